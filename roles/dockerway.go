package roles

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// filesDir is where the files from this machine are on a node while a fix needs
// them. Only root can read it.
const filesDir = "/var/lib/dcosup/fixes"

// keyFile is the name that the key of a repository has there.
const keyFile = "docker.key"

// FixFile is a file on this machine that a fix needs on the node.
type FixFile struct {
	Path string // on this machine
	Dest string // on the node
}

// FixFiles returns what must be on the node when the fixes of FixScript run, in
// one directory, for root's eyes only. The fix removes it when it has ended.
func FixFiles(findings []Finding, f Facts, s Spec) []FixFile {
	if !slices.Contains(FixIDs(findings), FixDocker) {
		return nil
	}
	way, _ := dockerWay(f, s)
	var files []FixFile
	for _, file := range way.files {
		files = append(files, FixFile{Path: file, Dest: filesDir + "/" + baseName(file)})
	}
	if way.key != "" {
		files = append(files, FixFile{Path: way.key, Dest: filesDir + "/" + keyFile})
	}
	return files
}

// way is how a node gets its Docker.
type way struct {
	main         string   // the package that has the daemon; "": one of the files
	same, beside []string // packages of the same version, and others
	version      string   // what it begins with; "" is the newest
	base, suite  string   // directory of the repository, and what is in it for the node; "" is the node's own
	key          string   // file on this machine
	files        []string // packages on this machine
	words        string   // what is done, in one line; "": as the requirement says
}

// fixID is the fix that goes this way: what the distribution has comes with the
// other packages.
func (w way) fixID() string {
	if w.version == "" && w.base == "" && w.files == nil {
		return FixPackages
	}
	return FixDocker
}

// dockerWay is how the node gets the Docker that the inventory asks for. Where
// there is no way, problem says what a person can do.
func dockerWay(f Facts, s Spec) (w way, problem string) {
	d := s.Fixes.Docker
	w = way{version: d.Version, key: d.Key}
	what := strings.TrimSpace("install Docker " + d.Version)
	switch {
	case d.Source == SourcePackages:
		return w.fromFiles(f, d.Packages, what)
	case d.repository() == "":
		return w.fromDistribution(f, what)
	}
	return w.fromRepository(f, d, what)
}

func (w way) fromFiles(f Facts, files []string, what string) (way, string) {
	for _, file := range files {
		if familyOfFile(file) == f.OS.Family {
			w.files = append(w.files, file)
		}
	}
	w.words = fmt.Sprintf("%s from %d files", what, len(w.files))
	switch {
	case !canInstall(f):
		return w, noDockerHint(f)
	case w.files == nil:
		return w, fmt.Sprintf("add Docker's packages for %s to docker.packages in %s: none of its files is for this node", f.OS.name(), FixesVar)
	}
	return w, ""
}

func (w way) fromDistribution(f Facts, what string) (way, string) {
	packages := dockerPackages(f)
	if packages == nil {
		return w, noDockerHint(f)
	}
	w.split(packages)
	if w.version != "" {
		w.words = what + " from the node's repositories"
	}
	return w, ""
}

func (w way) fromRepository(f Facts, d DockerFix, what string) (way, string) {
	directory, suite := dockerDirectory(f.OS)
	switch {
	case !canInstall(f):
		return w, noDockerHint(f)
	case directory == "":
		return w, fmt.Sprintf("Docker's repository has nothing for %s: say another docker.source in %s", f.OS.name(), FixesVar)
	}
	w.split(vendorPackages)
	w.base, w.suite = d.repository()+"/linux/"+directory, suite
	w.words = what + " from Docker's repository"
	if u, err := url.Parse(d.Source); err == nil && u.Host != "" {
		w.words = what + " from " + u.Host
	}
	return w, ""
}

// name is what people call the distribution.
func (os OS) name() string { return or(os.Pretty, os.ID) }

// split sorts packages, the first of which has the daemon.
func (w *way) split(packages []string) {
	w.main = packages[0]
	for _, name := range packages[1:] {
		if strings.HasPrefix(name, "containerd") {
			w.beside = append(w.beside, name)
		} else {
			w.same = append(w.same, name)
		}
	}
}

// has says whether the way leads to a package of that name.
func (w way) has(name string) bool {
	return w.main == name || slices.ContainsFunc(w.files, func(file string) bool {
		rest, begins := strings.CutPrefix(baseName(file), name)
		return begins && len(rest) > 1 && (rest[0] == '_' || rest[0] == '-' && rest[1] >= '0' && rest[1] <= '9')
	})
}

// plainCodename is what releases of Debian and Ubuntu are called.
var plainCodename = regexp.MustCompile(`^[a-z]+$`)

// dockerDirectory is where Docker's repository has the packages of a distribution:
// the directory below linux/, and the release in it; "" where it has none. What
// derives from Red Hat's is served by CentOS's.
func dockerDirectory(os OS) (directory, suite string) {
	like := strings.Fields(os.Like)
	release := major(os.Version)
	derives := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return os.ID == name || slices.Contains(like, name) })
	}
	switch {
	case os.ID == "amzn": // it says that it is like CentOS, and counts otherwise
	case os.ID == "debian":
		directory, suite = "debian", os.Codename
	case os.ID == "ubuntu":
		directory, suite = "ubuntu", or(os.Codename, os.Origin)
	case derives("ubuntu"):
		directory, suite = "ubuntu", os.Origin
	case derives("debian"):
		directory, suite = "debian", os.Origin
	case os.ID == "fedora":
		directory, suite = "fedora", fmt.Sprint(release)
	case derives("centos", "rhel", "ol", "rocky", "almalinux"):
		directory, suite = "centos", fmt.Sprint(release)
	case derives("fedora"):
		directory, suite = "fedora", fmt.Sprint(release)
	}
	if plain := plainCodename.MatchString(suite); plain || suite == fmt.Sprint(release) && release >= 7 {
		return directory, suite
	}
	return "", ""
}

// familyOfFile is the family whose packages are called so, "" for no package.
func familyOfFile(name string) Family {
	switch path.Ext(name) {
	case ".deb":
		return FamilyDebian
	case ".rpm":
		return FamilyRedHat
	}
	return ""
}

// baseName is the last part of a path on this machine, which has slashes.
func baseName(file string) string { return path.Base(file) }

// beginsVersion says whether a version begins with another, by whole numbers:
// 20.10.24 begins with 20.10 and not with 20.1.
func beginsVersion(version, prefix string) bool {
	rest, begins := strings.CutPrefix(version, prefix)
	return begins && (rest == "" || rest[0] < '0' || rest[0] > '9')
}

func dockerVars(c fixContext) (map[string]string, error) {
	w, problem := dockerWay(c.facts, c.spec)
	if problem != "" {
		return nil, fmt.Errorf("there is no way to the Docker that is wanted: %s", problem)
	}
	var files []string
	for _, file := range w.files {
		files = append(files, baseName(file))
	}
	vars := map[string]string{
		"MAIN": w.main, "SAME": strings.Join(w.same, " "), "BESIDE": strings.Join(w.beside, " "), "VERSION": w.version,
		"BASE": w.base, "SUITE": w.suite, "KEY": ifText(w.key != "", filesDir+"/"+keyFile),
		"DIRECTORY": filesDir, "FILES": strings.Join(files, " "), "RESTART": ifText(c.facts.Docker.Installed, "yes"),
	}
	if c.facts.OS.Family == FamilyRedHat {
		vars["MANAGER"] = c.facts.OS.Manager
	}
	return vars, nil
}
