package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
)

// suite is the distribution of the nodes.
const suite = "bookworm"

// defaultKeyring is in every Debian, and in the package debian-archive-keyring elsewhere.
const defaultKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// mirror says where Debian packages come from.
type mirror struct {
	Main     string // URI of the archive
	Security string // URI of the security archive, "" for none
	Keyring  string // file that signs both
}

// MirrorVariable names, in the environment, the Debian mirror to use where the
// machine does not name one: where it is not a Debian.
const MirrorVariable = "LAB_DEBIAN_MIRROR"

// errNoMirror says that nothing names a mirror.
var errNoMirror = errors.New("this machine's apt sources name no Debian mirror: set " + MirrorVariable + " to the URL of one")

// aptSource is an entry of sources.list or of a .sources file.
type aptSource struct {
	URI, Suite, Keyring string
	main                bool // it offers the component "main"
}

// machineMirror finds the mirror that the machine with this root uses, so that
// nodes get packages where the machine can. Where it names none, it is the given one.
func machineMirror(root fs.FS, given string) mirror {
	m := mirror{Main: given, Keyring: defaultKeyring}
	release, _ := fs.ReadFile(root, "etc/os-release")
	if osRelease(string(release), "ID") != "debian" {
		return m
	}
	codename := osRelease(string(release), "VERSION_CODENAME")
	for _, s := range machineSources(root) {
		switch {
		case !s.main:
		case s.Suite == codename:
			m.Main, m.Keyring = s.URI, cmp.Or(s.Keyring, m.Keyring)
		case s.Suite == codename+"-security":
			m.Security = s.URI
		}
	}
	return m
}

func osRelease(text, key string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+"="); ok {
			return strings.Trim(value, `"'`)
		}
	}
	return ""
}

// machineSources reads what apt reads, leaving out what it cannot make sense of.
func machineSources(root fs.FS) []aptSource {
	var all []aptSource
	if text, err := fs.ReadFile(root, "etc/apt/sources.list"); err == nil {
		all = parseList(string(text))
	}
	const dir = "etc/apt/sources.list.d"
	entries, _ := fs.ReadDir(root, dir) // none is as good as unreadable: the defaults apply
	for _, e := range entries {
		text, err := fs.ReadFile(root, path.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		switch path.Ext(e.Name()) {
		case ".list":
			all = append(all, parseList(string(text))...)
		case ".sources":
			all = append(all, parseStanzas(string(text))...)
		}
	}
	return all
}

var listLine = regexp.MustCompile(`^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)$`)

// parseList reads the one-line form.
func parseList(text string) []aptSource {
	var all []aptSource
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		m := listLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		s := aptSource{URI: m[2], Suite: m[3], main: slices.Contains(strings.Fields(m[4]), "main")}
		for _, option := range strings.Fields(m[1]) {
			if file, ok := strings.CutPrefix(option, "signed-by="); ok {
				s.Keyring = file
			}
		}
		all = append(all, s)
	}
	return all
}

// parseStanzas reads the deb822 form. Of a stanza with several addresses the
// first is taken.
func parseStanzas(text string) []aptSource {
	var all []aptSource
	for stanza := range strings.SplitSeq(text, "\n\n") {
		fields := map[string][]string{}
		for line := range strings.Lines(stanza) {
			key, value, ok := strings.Cut(line, ":")
			if ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, " ") {
				fields[strings.ToLower(key)] = strings.Fields(value)
			}
		}
		if !slices.Contains(fields["types"], "deb") || len(fields["uris"]) == 0 || slices.Equal(fields["enabled"], []string{"no"}) {
			continue
		}
		keyring := ""
		if by := fields["signed-by"]; len(by) == 1 && path.IsAbs(by[0]) {
			keyring = by[0]
		}
		for _, s := range fields["suites"] {
			all = append(all, aptSource{URI: fields["uris"][0], Suite: s, Keyring: keyring, main: slices.Contains(fields["components"], "main")})
		}
	}
	return all
}

// sources renders the .sources file of a node.
func (m mirror) sources() string {
	stanza := "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n"
	text := fmt.Sprintf(stanza, m.Main, suite+" "+suite+"-updates", m.Keyring)
	if m.Security != "" {
		text += "\n" + fmt.Sprintf(stanza, m.Security, suite+"-security", m.Keyring)
	}
	return text
}

// aptSetting matches the settings of this machine without which a node may not
// reach or not believe the mirror: proxies, and the tolerance for an old snapshot.
var aptSetting = regexp.MustCompile(`^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date|Retries) ".+";$`)

// aptSettings returns these settings in apt.conf's form, "" when there are none
// or there is no apt here.
func aptSettings(ctx context.Context) string {
	dump, err := runCommand(exec.CommandContext(ctx, "apt-config", "dump"), nil)
	if err != nil {
		return ""
	}
	return filterSettings(dump)
}

func filterSettings(dump string) string {
	var b strings.Builder
	for line := range strings.Lines(dump) {
		if line = strings.TrimSpace(line); aptSetting.MatchString(line) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
