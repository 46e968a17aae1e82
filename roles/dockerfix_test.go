package roles

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const armored = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n"

// packageNode has what the fixes of Docker call, beside what every fake node has.
// known are the versions that its package manager tells, as lines of the fake apt-cache
// or dnf, by package.
func packageNode(t *testing.T, known map[string]string) fakeNode {
	n := newFakeNode(t)
	for name, versions := range known {
		n.write("known/"+name, versions)
	}
	dir := filepath.Join(n.root, "known")
	n.program("apt-cache", `cat "`+dir+`/$2" 2>/dev/null || :`)
	list := `case "$*" in *' list '*) for last; do :; done; cat "` + dir + `/$last" 2>/dev/null || exit 1 ;; esac`
	n.program("dnf", list)
	n.program("yum", list)
	n.program("dpkg", `case $1 in --print-architecture) echo amd64 ;; --compare-versions) [ "$2" != old ] ;; esac`)
	n.program("dpkg-query", "echo 1:now")
	n.program("dpkg-deb", `name=${2##*/}; case $3 in Package) echo "${name%%_*}" ;; Version) version=${name#*_}; echo "${version%%_*}" ;; esac`)
	n.program("rpm", `case "$*" in *NAME*) name=${4##*/}; echo "${name%%-[0-9]*}" ;; *VERSION*) version=${4##*-ce-}; echo "${version%%-*}" ;; -qp*) basename "$2" .rpm ;; esac`)
	n.program("gpg", "tr a-z A-Z")
	n.write("usr/lib/apt/apt-helper", "#!/bin/sh\necho \"apt-helper $*\" >>"+quote(filepath.Join(n.root, "calls"))+"\nfor last; do :; done\nprintf '%s' '"+armored+"' >\"$last\"\n")
	if err := os.Chmod(filepath.Join(n.root, "usr/lib/apt/apt-helper"), 0o755); err != nil {
		t.Fatal(err)
	}
	n.write("usr/lib/apt/methods/https", "")
	n.write("etc/ssl/certs/ca-certificates.crt", "")
	n.write("etc/apt/sources.list", "deb http://archive.example.org/ubuntu bionic main\n# deb https://mirror.example.org/linux/ubuntu bionic stable\n")
	return n
}

// madison is what apt-cache says of a package with these versions.
func madison(name string, versions ...string) string {
	text := ""
	for _, v := range versions {
		text += " " + name + " | " + v + " | https://mirror.example.org/linux/ubuntu bionic/stable amd64 Packages\n"
	}
	return text
}

// changes are the calls that change something, without options that are always the same.
func (n fakeNode) changes() []string {
	var kept []string
	for _, call := range n.calls() {
		call = strings.Replace(call, "-q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold ", "", 1)
		call = strings.ReplaceAll(call, n.root, "")
		if word, _, _ := strings.Cut(call, " "); slices.Contains([]string{"apt-get", "dnf", "yum", "systemctl", "gpg", "apt-helper"}, word) &&
			!strings.Contains(call, "--simulate") && !strings.Contains(call, " list ") {
			if word == "apt-helper" { // the file's name is of mktemp
				call = call[:strings.LastIndex(call, " ")]
			}
			kept = append(kept, call)
		}
	}
	return kept
}

// bionic and centos7 are fresh nodes that want this Docker.
func bionic() Facts {
	f := freshNode(OS{ID: "ubuntu", Version: "18.04", Like: "debian", Family: FamilyDebian, Manager: "apt-get", Codename: "bionic"})
	return f
}

func centos(manager, version string) Facts {
	return freshNode(OS{ID: "centos", Version: version, Like: "rhel fedora", Family: FamilyRedHat, Manager: manager})
}

// dockerCase is a fix of Docker on a fake node.
type dockerCase struct {
	name   string
	facts  Facts
	fix    DockerFix
	known  map[string]string // what the package manager tells, by package
	change func(fakeNode)
	code   int
	calls  []string          // nil: they are not looked at
	files  map[string]string // and their content; "absent" for none
	says   string
}

func (c dockerCase) try(t *testing.T, shell []string) {
	n := packageNode(t, c.known)
	for _, file := range c.fix.Packages {
		n.write("var/lib/dcosup/fixes/"+filepath.Base(file), "")
	}
	if c.fix.Key != "" {
		n.write("var/lib/dcosup/fixes/docker.key", armored)
	}
	if c.change != nil {
		c.change(n)
	}
	script, err := FixScript(unmet("docker-version"), c.facts, Spec{Fixes: Fixes{Docker: c.fix}})
	if err != nil {
		t.Fatal(err)
	}
	before := n.listing()
	// busybox prefers its own to a program, and takes no function of that name.
	out, errs, _ := n.run(shell, strings.ReplaceAll(script, "dpkg-deb ", quote(filepath.Join(n.bin, "dpkg-deb"))+" "))
	codes, output := parseFixes(t, out)
	if errs != "" {
		t.Errorf("stderr %q", errs)
	}
	if codes[FixDocker] != c.code || !strings.Contains(output, c.says) {
		t.Errorf("code %d, want %d, with %q in:\n%s", codes[FixDocker], c.code, c.says, output)
	}
	if c.calls != nil {
		if diff := cmp.Diff(c.calls, n.changes(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	}
	for path, want := range c.files {
		if got := n.read(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if _, err := os.Stat(filepath.Join(n.root, "var/lib/dcosup/fixes")); err == nil {
		t.Error("what was sent is still there")
	}
	out, errs, code := n.restore(shell)
	if diff := cmp.Diff(before, n.listing()); diff != "" || code != 0 || errs != "" {
		t.Errorf("put back: code %d, stderr %q, the node (-before +after):\n%s\nsaid:\n%s", code, errs, diff, out)
	}
}

const (
	mirrorURL   = "https://mirror.example.org"
	mirrorLine  = "deb [arch=amd64 signed-by=/etc/apt/keyrings/dcosup-docker.asc] https://mirror.example.org/linux/ubuntu bionic stable\n"
	listUpdate  = "apt-get -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/dcosup-docker.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 update"
	keyDownload = "apt-helper -o Acquire::Retries=3 download-file https://mirror.example.org/linux/ubuntu/gpg"
)

func pinned(name string) string {
	return "Explanation: a Docker that is upgraded in passing ends what DC/OS runs\nPackage: " + name + "\nPin: version 1:now\nPin-Priority: 1000\n\n"
}

func vendorKnown() map[string]string {
	return map[string]string{
		"docker-ce":     madison("docker-ce", "5:20.10.24~3-0~ubuntu-bionic", "5:19.03.15~3-0~ubuntu-bionic", "5:19.03.1~3-0~ubuntu-bionic", "18.06.3~ce~3-0~ubuntu"),
		"docker-ce-cli": madison("docker-ce-cli", "5:20.10.24~3-0~ubuntu-bionic", "5:19.03.15~3-0~ubuntu-bionic", "5:19.03.1~3-0~ubuntu-bionic"),
		"containerd.io": madison("containerd.io", "1.6.20-1"),
	}
}

// The scripts are whole only when they are put together.
func TestDockerScriptsPassShellcheck(t *testing.T) {
	for _, f := range []Facts{bionic(), centos("dnf", "8")} {
		script, err := FixScript(unmet("docker-version", "ntp-synchronised"), f, Spec{Fixes: Fixes{Docker: DockerFix{Source: SourceDocker}}})
		if err != nil {
			t.Fatal(err)
		}
		shellcheck(t, f.OS.ID, script)
	}
}

func TestDockerByApt(t *testing.T) {
	const list, asc, pins = "etc/apt/sources.list.d/dcosup-docker.list", "etc/apt/keyrings/dcosup-docker.asc", "etc/apt/preferences.d/dcosup-docker"
	files := []string{"/i/docker-ce_20.10.24_amd64.deb", "/i/containerd.io_1.6_amd64.deb"}
	const both = "/var/lib/dcosup/fixes/docker-ce_20.10.24_amd64.deb /var/lib/dcosup/fixes/containerd.io_1.6_amd64.deb"
	tests := []dockerCase{
		{name: "the newest of a mirror", fix: DockerFix{Source: mirrorURL}, known: vendorKnown(),
			calls: []string{keyDownload, listUpdate, "apt-get install --allow-downgrades docker-ce=5:20.10.24~3-0~ubuntu-bionic docker-ce-cli=5:20.10.24~3-0~ubuntu-bionic containerd.io=1.6.20-1"},
			files: map[string]string{list: mirrorLine, asc: armored, pins: pinned("docker-ce") + pinned("docker-ce-cli") + pinned("containerd.io")}},
		{name: "the beginning of a version", fix: DockerFix{Source: mirrorURL, Version: "19.03"}, known: vendorKnown(),
			calls: []string{keyDownload, listUpdate, "apt-get install --allow-downgrades docker-ce=5:19.03.15~3-0~ubuntu-bionic docker-ce-cli=5:19.03.15~3-0~ubuntu-bionic containerd.io=1.6.20-1"}},
		{name: "a whole version, which others begin with", fix: DockerFix{Source: mirrorURL, Version: "19.03.1"}, known: vendorKnown(),
			calls: []string{keyDownload, listUpdate, "apt-get install --allow-downgrades docker-ce=5:19.03.1~3-0~ubuntu-bionic docker-ce-cli=5:19.03.1~3-0~ubuntu-bionic containerd.io=1.6.20-1"}},
		{name: "an engine that is one package", fix: DockerFix{Source: mirrorURL, Version: "18.06"}, known: vendorKnown(),
			calls: []string{keyDownload, listUpdate, "apt-get install --allow-downgrades docker-ce=18.06.3~ce~3-0~ubuntu"}, files: map[string]string{pins: pinned("docker-ce")}},
		{name: "a version that there is not", fix: DockerFix{Source: mirrorURL, Version: "17.03"}, known: vendorKnown(), code: 1,
			says: "there is no docker-ce 17.03; there is: 20.10.24 19.03.15 19.03.1 18.06.3", calls: []string{keyDownload, listUpdate}},
		{name: "a key at hand", fix: DockerFix{Source: mirrorURL, Key: "/i/my.gpg"}, known: vendorKnown(), files: map[string]string{list: mirrorLine, asc: armored}},
		{name: "a key that is no text", fix: DockerFix{Source: mirrorURL, Key: "/i/my.gpg"}, known: vendorKnown(),
			change: func(n fakeNode) { n.write("var/lib/dcosup/fixes/docker.key", "\x99\x01\x00") },
			files:  map[string]string{list: strings.Replace(mirrorLine, ".asc", ".gpg", 1), "etc/apt/keyrings/dcosup-docker.gpg": "\x99\x01\x00"}},
		{name: "an apt that knows no such text", fix: DockerFix{Source: mirrorURL}, known: vendorKnown(),
			change: func(n fakeNode) { n.program("dpkg-query", "echo old") },
			files:  map[string]string{"etc/apt/keyrings/dcosup-docker.gpg": strings.ToUpper(armored)}},
		{name: "an apt without https", fix: DockerFix{Source: mirrorURL}, known: vendorKnown(),
			change: func(n fakeNode) {
				_ = os.Remove(filepath.Join(n.root, "usr/lib/apt/methods/https"))
				_ = os.Remove(filepath.Join(n.root, "etc/ssl/certs/ca-certificates.crt"))
			},
			calls: []string{"apt-get install ca-certificates apt-transport-https", keyDownload, listUpdate,
				"apt-get install --allow-downgrades docker-ce=5:20.10.24~3-0~ubuntu-bionic docker-ce-cli=5:20.10.24~3-0~ubuntu-bionic containerd.io=1.6.20-1"}},
		{name: "a repository that a person has named already", fix: DockerFix{Source: mirrorURL}, known: vendorKnown(),
			change: func(n fakeNode) {
				n.write("etc/apt/sources.list.d/docker.list", "deb https://mirror.example.org/linux/ubuntu bionic stable\n")
			},
			calls: []string{"apt-get update", "apt-get install --allow-downgrades docker-ce=5:20.10.24~3-0~ubuntu-bionic docker-ce-cli=5:20.10.24~3-0~ubuntu-bionic containerd.io=1.6.20-1"},
			files: map[string]string{list: "absent", asc: "absent"}},
		{name: "a repository that cannot be believed", fix: DockerFix{Source: mirrorURL}, known: vendorKnown(), code: 1,
			change: func(n fakeNode) {
				n.program("apt-get", "case \"$*\" in *' update') echo 'E: is not signed'; exit 100 ;; esac")
			},
			says: "that can be believed", files: map[string]string{list: "absent", asc: "absent"}},
		{name: "a repository that has nothing", fix: DockerFix{Source: mirrorURL}, code: 1, says: "has no packages for bionic", files: map[string]string{list: "absent"}},
		{name: "a key that cannot be fetched", fix: DockerFix{Source: mirrorURL}, known: vendorKnown(), code: 1, says: "cannot be fetched from https://mirror.example.org/linux/ubuntu/gpg",
			change: func(n fakeNode) { n.write("usr/lib/apt/apt-helper", "#!/bin/sh\nexit 100\n") }, files: map[string]string{list: "absent"}},
		{name: "a version of the distribution's", fix: DockerFix{Version: "20.10"}, known: map[string]string{"docker.io": madison("docker.io", "24.0.5-0ubuntu1", "20.10.21-0ubuntu1~18.04.3")},
			calls: []string{"apt-get install --allow-downgrades docker.io=20.10.21-0ubuntu1~18.04.3"}, files: map[string]string{list: "absent", pins: pinned("docker.io")}},
		{name: "in the place of another", fix: DockerFix{Version: "20.10"}, known: map[string]string{"docker.io": madison("docker.io", "20.10.21-0ubuntu1~18.04.3")},
			facts: func() Facts { f := bionic(); f.Docker.Installed = true; return f }(), change: func(n fakeNode) { n.write(pins, "old") },
			calls: []string{"apt-get install --allow-downgrades docker.io=20.10.21-0ubuntu1~18.04.3", "systemctl try-restart docker.service"},
			files: map[string]string{pins: pinned("docker.io"), "var/lib/dcosup/backup/docker-packages/_etc_apt_preferences.d_dcosup-docker": "old"}},
		{name: "files", fix: DockerFix{Source: SourcePackages, Packages: files, Version: "20.10"}, calls: []string{"apt-get --allow-downgrades --no-download install " + both},
			files: map[string]string{pins: pinned("docker-ce") + pinned("containerd.io")}},
		{name: "files that need others", fix: DockerFix{Source: SourcePackages, Packages: files}, says: "the files alone do not do",
			change: func(n fakeNode) { n.program("apt-get", "case \"$*\" in *--no-download*) exit 100 ;; esac") },
			calls:  []string{"apt-get --allow-downgrades --no-download install " + both, "apt-get update", "apt-get --allow-downgrades install " + both}},
		{name: "files of another version", fix: DockerFix{Source: SourcePackages, Packages: files, Version: "19.03"}, code: 1,
			says: "the files have docker-ce 20.10.24, but the inventory wants 19.03", calls: []string{}},
	}
	eachShell(t, func(t *testing.T, shell []string) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				if test.facts.OS.ID == "" {
					test.facts = bionic()
				}
				test.try(t, shell)
			})
		}
	})
}

func TestDockerByRpm(t *testing.T) {
	const repo = "etc/yum.repos.d/dcosup-docker.repo"
	repoFile := func(release, key string) string {
		return "[dcosup-docker]\nname=Docker for DC/OS; switched off, so that it is not upgraded in passing\nbaseurl=https://mirror.example.org/linux/centos/" + release +
			"/$basearch/stable\nenabled=0\ngpgcheck=1\ngpgkey=" + key + "\nmetadata_expire=60\n"
	}
	known := map[string]string{
		"docker-ce": "Available Packages\ndocker-ce.x86_64     3:19.03.9-3.el8     dcosup-docker\ndocker-ce.x86_64     3:19.03.15-3.el8     dcosup-docker\n" +
			"docker-ce.x86_64     3:20.10.24-3.el8     dcosup-docker\n",
		"docker-ce-cli": "Available Packages\ndocker-ce-cli.x86_64     1:19.03.15-3.el8     dcosup-docker\ndocker-ce-cli.x86_64     1:20.10.24-3.el8     dcosup-docker\n",
		"containerd.io": "Available Packages\ncontainerd.io.x86_64     1.6.9-3.1.el8     dcosup-docker\ncontainerd.io.x86_64     1.6.20-3.1.el8     dcosup-docker\n",
	}
	broken := map[string]string{"docker-ce": "Available Packages\ndocker-ce.x86_64\n                    3:19.03.15-3.el7\n                                      dcosup-docker\n",
		"docker-ce-cli": "docker-ce-cli.x86_64\n       1:19.03.15-3.el7    dcosup-docker\n"}
	files := []string{"/i/docker-ce-20.10.24-3.el8.x86_64.rpm", "/i/containerd.io-1.6.20-3.el8.x86_64.rpm"}
	const both = "/var/lib/dcosup/fixes/docker-ce-20.10.24-3.el8.x86_64.rpm /var/lib/dcosup/fixes/containerd.io-1.6.20-3.el8.x86_64.rpm"
	tests := []dockerCase{
		{name: "the newest of a mirror", fix: DockerFix{Source: mirrorURL}, known: known,
			calls: []string{"dnf -y --enablerepo=dcosup-docker install docker-ce-20.10.24-3.el8 docker-ce-cli-20.10.24-3.el8 containerd.io-1.6.20-3.1.el8"},
			files: map[string]string{repo: repoFile("8", "https://mirror.example.org/linux/centos/gpg")}},
		{name: "the beginning of a version", fix: DockerFix{Source: mirrorURL, Version: "19.03"}, known: known,
			calls: []string{"dnf -y --enablerepo=dcosup-docker install docker-ce-19.03.15-3.el8 docker-ce-cli-19.03.15-3.el8 containerd.io-1.6.20-3.1.el8"}},
		{name: "yum, which breaks lines", facts: centos("yum", "7"), fix: DockerFix{Source: mirrorURL, Version: "19.03"}, known: broken,
			calls: []string{"yum -y --enablerepo=dcosup-docker install docker-ce-19.03.15-3.el7 docker-ce-cli-19.03.15-3.el7"},
			files: map[string]string{repo: repoFile("7", "https://mirror.example.org/linux/centos/gpg")}},
		{name: "yum, to which an older one is nothing to do", facts: centos("yum", "7"), fix: DockerFix{Source: mirrorURL, Version: "19.03"}, known: broken,
			change: func(n fakeNode) { n.program("rpm", "exit 1") },
			calls: []string{"yum -y --enablerepo=dcosup-docker install docker-ce-19.03.15-3.el7 docker-ce-cli-19.03.15-3.el7",
				"yum -y --enablerepo=dcosup-docker downgrade docker-ce-19.03.15-3.el7 docker-ce-cli-19.03.15-3.el7"}},
		{name: "a version that there is not", fix: DockerFix{Source: mirrorURL, Version: "17.03"}, known: known, code: 1,
			says: "there is no docker-ce 17.03; there is: 20.10.24 19.03.15 19.03.9", calls: []string{}},
		{name: "a repository that has nothing", fix: DockerFix{Source: mirrorURL}, code: 1, says: "No matching Packages",
			change: func(n fakeNode) { n.program("dnf", "echo 'Error: No matching Packages to list'; exit 1") }},
		{name: "a key at hand", fix: DockerFix{Source: mirrorURL, Key: "/i/my.gpg"}, known: known,
			files: map[string]string{repo: repoFile("8", "file:///etc/pki/rpm-gpg/RPM-GPG-KEY-dcosup-docker"), "etc/pki/rpm-gpg/RPM-GPG-KEY-dcosup-docker": armored}},
		{name: "a version of the distribution's, in the place of another", fix: DockerFix{Version: "1.13"},
			facts: func() Facts { f := centos("yum", "7"); f.Docker.Installed = true; return f }(),
			known: map[string]string{"docker": "docker.x86_64  2:1.13.1-209.git7d71120.el7.centos  extras\n"},
			calls: []string{"yum -y install docker-1.13.1-209.git7d71120.el7.centos", "systemctl try-restart docker.service"}, files: map[string]string{repo: "absent"}},
		{name: "files", fix: DockerFix{Source: SourcePackages, Packages: files, Version: "20.10"}, calls: []string{"dnf -y --disablerepo=* install " + both}},
		{name: "files that need others", fix: DockerFix{Source: SourcePackages, Packages: files}, says: "the files alone do not do",
			change: func(n fakeNode) { n.program("dnf", "case \"$*\" in *--disablerepo=*) exit 1 ;; esac") },
			calls:  []string{"dnf -y --disablerepo=* install " + both, "dnf -y install " + both}},
		{name: "files of another version", fix: DockerFix{Source: SourcePackages, Packages: files, Version: "19.03"}, code: 1,
			says: "the files have docker-ce 20.10.24, but the inventory wants 19.03", calls: []string{}},
	}
	eachShell(t, func(t *testing.T, shell []string) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				if test.facts.OS.ID == "" {
					test.facts = centos("dnf", "8")
				}
				test.try(t, shell)
			})
		}
	})
}
