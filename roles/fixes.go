package roles

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"dcosup/inventory"
)

// FixesVar is the variable of an inventory that says how fixes do their work:
//
//	dcos_fixes:
//	  docker:
//	    source: docker
//	    version: "19.03"
//	  time:
//	    servers: [time.example.org, 10.0.0.2]
const FixesVar = "dcos_fixes"

// Fixes is how fixes do their work on a node. The zero value takes what the
// distribution has.
type Fixes struct {
	Docker DockerFix
	Time   TimeFix
}

// DockerFix says which Docker is installed where there is none, or another.
type DockerFix struct {
	// Source is SourceDistribution, SourceDocker, SourcePackages or the URL of a
	// mirror of Docker's repository, without a slash at its end. "" is
	// SourceDistribution.
	Source string
	// Version is what the version begins with, by whole numbers: 20.10 is any
	// 20.10.x. "" is the newest that there is.
	Version string
	// Key is a file on this machine with the key that has signed the repository;
	// "": the key is fetched from the repository itself.
	Key string
	// Packages are files on this machine, for SourcePackages.
	Packages []string
}

// The words for sources.
const (
	SourceDistribution = "distribution" // the repositories that the node has
	SourceDocker       = "docker"       // Docker's repository for the node's distribution
	SourcePackages     = "packages"     // files
)

// dockerHome is where Docker's repositories are.
const dockerHome = "https://download.docker.com"

// TimeFix says how a clock is set right that is not synchronised.
type TimeFix struct {
	// Servers are names and addresses that are given to the node's time service.
	Servers []string
	// Step says whether chrony may set a clock that is off at once, rather than
	// let it run faster or slower till it is right; nil: as long as there is no
	// DC/OS on the node.
	Step *bool
}

// Files are those on this machine. Errors are for a person, in a few words.
type Files interface {
	// Find returns the files that a pattern stands for, which was written at pos.
	Find(pos inventory.Pos, pattern string) ([]string, error)
	// Head returns how a file begins: 4 KiB, or all of it.
	Head(file string) ([]byte, error)
}

// ReadFixes reads the value of FixesVar. All mistakes are returned together;
// beside them the rest is not to be used.
func ReadFixes(v inventory.Value, files Files) (Fixes, []Problem) {
	r := fixesReader{disk: files}
	sections, ok := v.Data.(*inventory.Map)
	if !ok {
		if v.Data != nil {
			r.add(v.Pos, "write "+strings.Join(fixSections(), ": or ")+": below it", "%s must be a mapping", FixesVar)
		}
		return r.fixes, r.problems
	}
	for _, name := range sections.Keys() {
		section, _ := sections.Get(name)
		r.section(name, sections.KeyPos(name), section)
	}
	return r.fixes, r.problems
}

// fixKey is a setting as an inventory names it.
type fixKey struct {
	Section, Name string
	About         string // what it means
	Example       string // a value, as it is written in YAML
	set           func(r *fixesReader, name string, v inventory.Value)
}

// fixKeys returns all settings of fixes.
func fixKeys() []fixKey {
	return []fixKey{
		{"docker", "source", "where Docker comes from: `distribution`, the repositories that the node has (the default); `docker`, Docker's own; " +
			"the URL of a mirror of that, with the same directories below it; `packages`, files", "docker", (*fixesReader).source},
		{"docker", "version", "what the version begins with, by whole numbers, so that `20.10` is any 20.10.x, and the newest of those is taken; " +
			"default: the newest there is", `"20.10"`, (*fixesReader).version},
		{"docker", "key", "a file with the public key that has signed the repository or its packages; default: the one that the repository " +
			"has where Docker's has it, by https only", "files/docker.gpg", (*fixesReader).key},
		{"docker", "packages", "with `source: packages`, the files, with patterns such as `*.deb`; a node gets those of its family",
			"[packages/*.deb, packages/*.rpm]", (*fixesReader).packages},
		{"time", "servers", "names and addresses of time servers, for chrony, ntp, ntpsec and systemd-timesyncd", "[time.example.org, 10.0.0.2]", (*fixesReader).servers},
		{"time", "step", "whether chrony may step a clock that is off, rather than slew it; default: as long as there is no DC/OS on the node", "false", (*fixesReader).step},
	}
}

// fixSections are the names of the sections, each once.
func fixSections() []string {
	var names []string
	for _, k := range fixKeys() {
		names = append(names, k.Section)
	}
	return slices.Compact(names)
}

// fixKeysOf are the settings of one section.
func fixKeysOf(section string) []fixKey {
	return slices.DeleteFunc(fixKeys(), func(k fixKey) bool { return k.Section != section })
}

// fixesReader collects the settings and all that is wrong with them.
type fixesReader struct {
	mistakes
	fixes Fixes
	disk  Files
}

func (r *fixesReader) section(name string, pos inventory.Pos, v inventory.Value) {
	if !slices.Contains(fixSections(), name) {
		r.add(pos, suggest(name, fixSections()), "%s has no setting %q", FixesVar, name)
		return
	}
	var keys []string
	for _, k := range fixKeysOf(name) {
		keys = append(keys, k.Name)
	}
	m, ok := v.Data.(*inventory.Map)
	if !ok {
		r.add(v.Pos, "write "+strings.Join(keys, ": or ")+": below it", "%s.%s must be a mapping", FixesVar, name)
		return
	}
	before := len(r.problems)
	for _, key := range m.Keys() {
		at := slices.Index(keys, key)
		if at < 0 {
			r.add(m.KeyPos(key), suggest(key, keys), "%s.%s has no setting %q", FixesVar, name, key)
			continue
		}
		value, _ := m.Get(key)
		fixKeysOf(name)[at].set(r, name+"."+key, value)
	}
	if name == "docker" && len(r.problems) == before {
		r.together(m, pos)
	}
}

// together judges what the settings of Docker mean beside each other.
func (r *fixesReader) together(m *inventory.Map, pos inventory.Pos) {
	d := r.fixes.Docker
	_, hasPackages := m.Get("packages")
	switch {
	case d.Source == SourcePackages && len(d.Packages) == 0:
		r.add(pos, "write packages: and the files", "docker.source says packages, and none are named")
	case d.Source != SourcePackages && hasPackages:
		r.add(m.KeyPos("packages"), "write source: packages, or leave them out", "docker.packages are not used: the source is %s", or(d.Source, SourceDistribution))
	}
	switch {
	case d.Key != "" && d.repository() == "":
		r.add(m.KeyPos("key"), "write source: and the URL of the mirror, or leave it out", "docker.key is not used: the source is %s", or(d.Source, SourceDistribution))
	case d.Key == "" && strings.HasPrefix(d.Source, "http:"):
		r.add(m.KeyPos("source"), "write key: and a file with the mirror's public key, or use https",
			"docker.source is not safe: what comes by http is believed for its signature, and the key would come the same way")
	}
}

// repository is where the repositories for all distributions are; "" for a
// source that is none.
func (d DockerFix) repository() string {
	switch d.Source {
	case "", SourceDistribution, SourcePackages:
		return ""
	case SourceDocker:
		return dockerHome
	}
	return d.Source
}

func (r *fixesReader) source(name string, v inventory.Value) {
	text, ok := r.text(name, v)
	if !ok {
		return
	}
	words := []string{SourceDistribution, SourceDocker, SourcePackages}
	if slices.Contains(words, text) {
		r.fixes.Docker.Source = text
		return
	}
	u, err := url.Parse(text)
	switch {
	case !strings.Contains(text, "://"):
		r.add(v.Pos, suggest(text, append(words, "a URL such as https://mirror.example.org/docker-ce")), "%s: there is no source %q", name, text)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || !plainURL.MatchString(text):
		r.add(v.Pos, "for example https://mirror.example.org/docker-ce", "%s: want the URL of a directory, by https or http", name)
	case u.User != nil:
		r.add(v.Pos, "let the mirror know the nodes by their addresses", "%s has a user or a password in it, which all users of the node could read", name)
	default:
		r.fixes.Docker.Source = strings.TrimRight(text, "/")
	}
}

var (
	// plainURL has no character that means something else in the files of apt and yum.
	plainURL = regexp.MustCompile(`^[A-Za-z0-9:/@._~%+,=-]+$`)
	// plainVersion is how versions of packages begin.
	plainVersion = regexp.MustCompile(`^[0-9]+(\.[0-9A-Za-z.+~-]*[0-9A-Za-z])?$`)
)

func (r *fixesReader) version(name string, v inventory.Value) {
	text, ok := r.text(name, v)
	_, number := v.Data.(float64)
	switch {
	case !ok:
	case number:
		r.add(v.Pos, "put it in quotes", "%s was read as a number, by which digits get lost", name)
	case !plainVersion.MatchString(text):
		r.add(v.Pos, `for example "20.10" or "19.03.15"`, "%s: want a version or its beginning, not %q", name, text)
	default:
		r.fixes.Docker.Version = text
	}
}

func (r *fixesReader) key(name string, v inventory.Value) {
	text, ok := r.text(name, v)
	if !ok {
		return
	}
	files := r.files(name, v.Pos, text)
	if len(files) > 1 {
		r.add(v.Pos, "name one", "%s: %q stands for %d files", name, text, len(files))
	} else if len(files) == 1 && r.holds(name, v.Pos, files[0], "public key of OpenPGP", isPublicKey) {
		r.fixes.Docker.Key = files[0]
	}
}

func (r *fixesReader) packages(name string, v inventory.Value) {
	for _, item := range r.list(name, v) {
		for _, file := range r.files(name, item.Pos, item.text) {
			switch {
			case familyOfFile(file) == "":
				r.add(item.Pos, "name .deb or .rpm files", "%s: %s is no package", name, file)
			case !plainFile.MatchString(baseName(file)):
				r.add(item.Pos, "give it the name that it has in the repository", "%s: the name of %s would need quotes on the node", name, file)
			case slices.ContainsFunc(r.fixes.Docker.Packages, func(other string) bool { return baseName(other) == baseName(file) }):
			case r.holds(name, item.Pos, file, "package, whatever its name says", isPackage(familyOfFile(file))):
				r.fixes.Docker.Packages = append(r.fixes.Docker.Packages, file)
			}
		}
	}
}

// plainFile is how packages' files are named. On the node a name stands in a
// list of words.
var plainFile = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+~%:^-]*$`)

func (r *fixesReader) files(name string, pos inventory.Pos, pattern string) []string {
	files, err := r.disk.Find(pos, pattern)
	if err != nil {
		r.add(pos, "name files on this machine; where they begin without /, they are beside the inventory", "%s: %v", name, err)
	}
	return files
}

// holds says whether a file has the content that it should have: what was saved
// from a web page may be the page.
func (r *fixesReader) holds(name string, pos inventory.Pos, file, what string, is func(head []byte) bool) bool {
	head, err := r.disk.Head(file)
	switch {
	case err != nil:
		r.add(pos, "", "%s: %v", name, err)
	case !is(head):
		r.add(pos, "", "%s: %s is no %s", name, file, what)
	}
	return err == nil && is(head)
}

// isPublicKey knows OpenPGP's keys, as text or not (RFC 4880, packets of tag 6).
// A private one must never come to a node.
func isPublicKey(head []byte) bool {
	if bytes.Contains(head, []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----")) {
		return !bytes.Contains(head, []byte("PRIVATE KEY"))
	}
	return len(head) > 0 && (head[0]&^3 == 0x98 || head[0] == 0xc6)
}

// isPackage knows the archives that are called .deb, and rpm's.
func isPackage(family Family) func([]byte) bool {
	magic := map[Family]string{FamilyDebian: "!<arch>\n", FamilyRedHat: "\xed\xab\xee\xdb"}[family]
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }
}

func (r *fixesReader) servers(name string, v inventory.Value) {
	for _, item := range r.list(name, v) {
		if !plainServer(item.text) {
			r.add(item.Pos, "for example time.example.org or 10.0.0.2", "%s: want a host name or an address, not %q", name, item.text)
		} else if !slices.Contains(r.fixes.Time.Servers, item.text) {
			r.fixes.Time.Servers = append(r.fixes.Time.Servers, item.text)
		}
	}
}

func (r *fixesReader) step(name string, v inventory.Value) {
	text, ok := r.text(name, v)
	if !ok {
		return
	}
	yes := strings.EqualFold(text, "true")
	if !yes && !strings.EqualFold(text, "false") {
		r.add(v.Pos, "write true or false", "%s must be true or false, not %q", name, text)
		return
	}
	r.fixes.Time.Step = &yes
}

// item is one text of a list, and where it stands.
type item struct {
	text string
	inventory.Pos
}

// list reads a list of texts; one text alone is a list of it.
func (r *fixesReader) list(name string, v inventory.Value) []item {
	values, isList := v.Data.([]inventory.Value)
	if !isList {
		values = []inventory.Value{v}
	}
	var items []item
	for _, value := range values {
		if !value.Pos.IsValid() {
			value.Pos = v.Pos
		}
		if text, ok := r.text(name, value); ok {
			items = append(items, item{text, value.Pos})
		}
	}
	return items
}
