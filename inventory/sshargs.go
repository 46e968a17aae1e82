package inventory

import (
	"slices"
	"strings"
)

// sshArguments reads one variable with arguments for ssh. What they mean is
// judged where all of ssh's configuration is known.
func (b *clusterBuilder) sshArguments(s *SSH, h *Host, variable string) {
	text, ok := b.text(h.vars, variable)
	flag := map[string]string{"ansible_ssh_args": b.inv.opts.Overrides.SSHArgs, "ansible_ssh_common_args": b.inv.opts.Overrides.SSHCommonArgs,
		"ansible_ssh_extra_args": b.inv.opts.Overrides.SSHExtraArgs}[variable]
	if !ok && flag == "" {
		return
	}
	if !ok {
		text.text = flag
	}
	words, err := splitWords([]rune(strings.ReplaceAll(text.text, "#", `\#`)))
	if err != nil {
		b.hintf(text.pos, "close it, or escape it by a backslash", "cannot read %s: %v", variable, err)
		return
	}
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.String()
	}
	first := len(s.Options)
	b.letters(s, texts, variable, text)
	for i := range s.Options[first:] {
		s.Options[first+i].Secret = text.secret
	}
}

// letterOptions are the letters of ssh that stand for an option.
var letterOptions = map[string]string{"-J": "ProxyJump", "-i": "IdentityFile", "-l": "User", "-p": "Port"}

// letters reads the words of one variable.
func (b *clusterBuilder) letters(s *SSH, words []string, variable string, text scalar) {
	pos := text.pos
	const withValue = "oJilpFWLRDSbcemO"
	for i := 0; i < len(words); i++ {
		letter, value := words[i], ""
		if len(letter) > 2 && letter[0] == '-' && strings.Contains(withValue, letter[1:2]) {
			letter, value = letter[:2], letter[2:]
		} else if len(letter) == 2 && strings.Contains(withValue, letter[1:]) && i+1 < len(words) {
			i++
			value = words[i]
		}
		switch {
		case letter == "-o":
			name, val := cutOption(value)
			s.add(name, val, pos)
		case letter == "-i":
			s.add("IdentityFile", quotedPath(b.inv.path(value)), pos)
		case letter == "-F":
			s.ConfigFile = b.inv.path(value)
		case letterOptions[letter] != "":
			s.add(letterOptions[letter], value, pos)
		case slices.Contains([]string{"-C", "-q", "-4", "-T", "-x", "-a", "-n", "-v"}, letter):
		default:
			b.warnf(pos, "remove it if it is not needed", "%s has %s, which dcosup does not use", variable, scalar{text: letter, secret: text.secret}.shown())
		}
	}
}

// cutOption cuts Name=value, Name = value or "Name value".
func cutOption(text string) (name, value string) {
	i := strings.IndexAny(text, "= \t")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimLeft(text[i:], "= \t")
}
