package inventory

import (
	"slices"
	"strings"
)

// sshArgs are what the arguments for ssh say that an inventory has in
// ansible_ssh_args, ansible_ssh_common_args and ansible_ssh_extra_args.
type sshArgs struct {
	options  map[string]argument
	keyFiles []string
	// port has no Data if the arguments name none.
	port Value
}

// argument is an option of ssh_config and its place.
type argument struct {
	value string
	pos   Pos
}

// The options that have a meaning for dcosup, in lower case, as ssh does not
// care for case.
const (
	optProxyJump      = "proxyjump"
	optProxyCommand   = "proxycommand"
	optKnownHosts     = "userknownhostsfile"
	optStrict         = "stricthostkeychecking"
	optIdentitiesOnly = "identitiesonly"
	optIdentityFile   = "identityfile"
	optUser           = "user"
	optPort           = "port"
)

// handled are the options that need no word because dcosup does what they ask
// for anyway: it keeps one connection a node and asks nobody.
var handled = [...]string{
	"controlmaster", "controlpath", "controlpersist", "batchmode", "loglevel",
	"serveraliveinterval", "serveralivecountmax", "tcpkeepalive", "compression",
}

// sshArguments reads the arguments for ssh. As with ssh, of an option given
// twice the first counts.
func (b *clusterBuilder) sshArguments(h *Host) *sshArgs {
	a := &sshArgs{options: map[string]argument{}}
	for _, key := range []string{"ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"} {
		s, ok := b.text(h.vars, key)
		if !ok {
			continue
		}
		words, err := splitWords([]rune(strings.ReplaceAll(s.text, "#", `\#`)))
		if err != nil {
			b.hintf(s.pos, "close it, or escape it by a backslash", "cannot read %s: %v", key, err)
			continue
		}
		texts := make([]string, len(words))
		for i, w := range words {
			texts[i] = w.String()
		}
		b.flags(a, texts, argument{key, s.pos})
	}
	return a
}

// flagOptions are the letters of ssh that stand for an option.
var flagOptions = map[string]string{"-J": optProxyJump, "-i": optIdentityFile, "-l": optUser, "-p": optPort}

// flags reads the words of one variable; of is its name and place.
func (b *clusterBuilder) flags(a *sshArgs, words []string, of argument) {
	for i := 0; i < len(words); i++ {
		flag, value := words[i], ""
		if len(flag) > 2 && flag[0] == '-' && strings.Contains("oJilpFWLRDSbcemO", flag[1:2]) {
			flag, value = flag[:2], flag[2:]
		} else if len(flag) == 2 && strings.Contains("oJilpFWLRDSbcemO", flag[1:]) && i+1 < len(words) {
			i++
			value = words[i]
		}
		switch {
		case flag == "-o":
			name, val := cutOption(value)
			b.option(a, name, argument{val, of.pos}, of.value)
		case flagOptions[flag] != "":
			b.option(a, flagOptions[flag], argument{value, of.pos}, of.value)
		case slices.Contains([]string{"-C", "-q", "-4", "-T", "-x", "-a", "-n", "-v"}, flag):
		default:
			b.warnf(of.pos, "remove it if it is not needed", "%s has %q, which dcosup does not use", of.value, flag)
		}
	}
}

// cutOption cuts Name=value, Name = value or "Name value".
func cutOption(text string) (name, value string) {
	i := strings.IndexAny(text, "= \t")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.Trim(strings.TrimLeft(text[i:], "= \t"), `"`)
}

// option records one option of ssh.
func (b *clusterBuilder) option(a *sshArgs, name string, arg argument, variable string) {
	key := strings.ToLower(name)
	switch key {
	case optIdentityFile:
		a.keyFiles = append(a.keyFiles, arg.value)
	case optPort:
		if a.port.Data == nil {
			a.port = Value{Data: arg.value, Pos: arg.pos}
		}
	case optProxyCommand:
		jump, ok := jumpOf(arg.value)
		if !ok {
			b.warnf(arg.pos, "use ProxyJump, as in -J user@host",
				"%s has a ProxyCommand that dcosup cannot follow, so that the node may not be reached", variable)
			return
		}
		b.option(a, optProxyJump, argument{jump, arg.pos}, variable)
	case optProxyJump, optKnownHosts, optStrict, optIdentitiesOnly, optUser:
		if _, ok := a.options[key]; !ok {
			a.options[key] = arg
		}
	default:
		if !slices.Contains(handled[:], key) {
			b.warnf(arg.pos, "remove it if it is not needed", "%s has the option %s, which dcosup does not use", variable, name)
		}
	}
}

// jumpOf returns the ProxyJump that does what a ProxyCommand such as
// `ssh -W %h:%p -q -p 2222 user@bastion` does, if there is one.
func jumpOf(command string) (jump string, ok bool) {
	words := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(command, `"`, ""), "'", ""))
	if len(words) == 0 || words[0] != "ssh" && !strings.HasSuffix(words[0], "/ssh") {
		return "", false
	}
	var host, user, port string
	forwards := false
	for i := 1; i < len(words); i++ {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch w := words[i]; {
		case w == "-W" && (next == "%h:%p" || next == "[%h]:%p"):
			forwards, i = true, i+1
		case w == "-q":
		case w == "-l":
			user, i = next, i+1
		case w == "-p":
			port, i = next, i+1
		case !strings.HasPrefix(w, "-") && host == "":
			host = w
		default:
			return "", false
		}
	}
	if user != "" && !strings.Contains(host, "@") {
		host = user + "@" + host
	}
	if port != "" {
		host += ":" + port
	}
	return host, forwards && host != "" && !strings.HasPrefix(host, ":")
}

// settle puts the options into the settings of a node.
func (a *sshArgs) settle(s *SSH, b *clusterBuilder) {
	if user := a.options[optUser]; user.value != "" && s.User == "" {
		s.User = user.value
	}
	if jump := a.options[optProxyJump].value; strings.ToLower(jump) != "none" {
		s.ProxyJump = jump
	}
	for _, file := range strings.Fields(a.options[optKnownHosts].value) {
		s.UserKnownHostsFile = append(s.UserKnownHostsFile, b.inv.path(file))
	}
	s.IdentitiesOnly = strings.EqualFold(a.options[optIdentitiesOnly].value, "yes")
	strict, ok := a.options[optStrict]
	if !ok {
		return
	}
	known := []string{"yes", "no", "ask", "accept-new", "off"}
	if s.StrictHostKeyChecking = strings.ToLower(strict.value); !slices.Contains(known, s.StrictHostKeyChecking) {
		b.hintf(strict.pos, "write yes, no, ask, accept-new or off", "StrictHostKeyChecking is %q", strict.value)
	}
}
