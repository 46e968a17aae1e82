package roles

import (
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

func TestDockerDirectory(t *testing.T) {
	tests := []struct {
		name string
		os   OS
		want string // "directory suite"
	}{
		{"Debian 12", OS{ID: "debian", Version: "12", Codename: "bookworm"}, "debian bookworm"},
		{"Debian without a codename", OS{ID: "debian", Version: "8"}, " "},
		{"Debian between two releases", OS{ID: "debian", Codename: "trixie/sid"}, " "},
		{"Ubuntu 18.04", OS{ID: "ubuntu", Version: "18.04", Like: "debian", Codename: "bionic", Origin: "bionic"}, "ubuntu bionic"},
		{"Linux Mint", OS{ID: "linuxmint", Version: "21", Like: "ubuntu debian", Codename: "vanessa", Origin: "jammy"}, "ubuntu jammy"},
		{"Linux Mint of Debian", OS{ID: "linuxmint", Version: "6", Like: "debian", Codename: "faye", Origin: "bookworm"}, "debian bookworm"},
		{"one that does not say of what it was made", OS{ID: "kali", Version: "2024.1", Like: "debian", Codename: "kali-rolling"}, " "},
		{"CentOS 7", OS{ID: "centos", Version: "7", Like: "rhel fedora"}, "centos 7"},
		{"RHEL 8", OS{ID: "rhel", Version: "8.4", Like: "fedora"}, "centos 8"},
		{"Oracle", OS{ID: "ol", Version: "7.9", Like: "fedora"}, "centos 7"},
		{"Rocky", OS{ID: "rocky", Version: "8.9", Like: "rhel centos fedora"}, "centos 8"},
		{"Alma", OS{ID: "almalinux", Version: "9.3", Like: "rhel centos fedora"}, "centos 9"},
		{"one that says it is like RHEL", OS{ID: "springdale", Version: "7.9", Like: "rhel fedora"}, "centos 7"},
		{"CentOS 6", OS{ID: "centos", Version: "6"}, " "},
		{"Fedora", OS{ID: "fedora", Version: "40"}, "fedora 40"},
		{"one that says it is like Fedora", OS{ID: "nobara", Version: "39", Like: "fedora"}, "fedora 39"},
		{"Amazon Linux", OS{ID: "amzn", Version: "2", Like: "centos rhel fedora"}, " "},
		{"SUSE", OS{ID: "sles", Version: "15", Like: "suse"}, " "},
	}
	for _, test := range tests {
		directory, suite := dockerDirectory(test.os)
		if got := directory + " " + suite; got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestBeginsVersion(t *testing.T) {
	tests := []struct {
		version, prefix string
		want            bool
	}{
		{"20.10.24", "20.10", true}, {"20.10.24", "20", true}, {"20.10.24", "20.10.24", true}, {"20.10.24+dfsg1", "20.10.24", true},
		{"20.10.24", "20.1", false}, {"20.10.24", "20.10.2", false}, {"19.03.15", "20", false}, {"18.09.1-ce", "18.09.1", true}, {"1.13.1", "13", false},
	}
	for _, test := range tests {
		if got := beginsVersion(test.version, test.prefix); got != test.want {
			t.Errorf("%s begins with %s: got %v", test.version, test.prefix, got)
		}
	}
}

// fedoraLess is a node of a distribution of which Docker has no packages.
func fedoraLess() Facts {
	f := goodNode()
	f.OS = OS{ID: "amzn", Version: "2", Like: "centos rhel fedora", Pretty: "Amazon Linux 2", Family: FamilyRedHat, Manager: "yum"}
	return f
}

// What a check says of a node without Docker, or with another than is wanted.
func TestDockerFindings(t *testing.T) {
	absent := func(f Facts) Facts {
		f.Docker = Docker{}
		return f
	}
	with := func(f Facts, change func(*Facts)) Facts {
		change(&f)
		return f
	}
	debian := debianNode()
	debian.OS.Codename = "bionic"
	files := []string{"/i/docker-ce_19.03.15_amd64.deb", "/i/containerd.io_1.deb"}
	tests := []struct {
		name  string
		facts Facts
		fix   DockerFix
		id    string
		want  Status
		fixes string // "id: what is done", of what can be fixed
		found string
		need  string
		hint  string
	}{
		{name: "as ever", facts: absent(debian), id: "docker-installed", want: Fail, fixes: "packages: install Docker's engine"},
		{name: "a version of the distribution's", facts: absent(debian), fix: DockerFix{Version: "20.10"}, id: "docker-installed", want: Fail,
			fixes: "docker-packages: install Docker 20.10 from the node's repositories"},
		{name: "a version that the distribution cannot have", facts: absent(goodNode()), fix: DockerFix{Version: "20.10"}, id: "docker-installed", want: Fail, hint: "source: docker"},
		{name: "Docker's own", facts: absent(debian), fix: DockerFix{Source: SourceDocker}, id: "docker-installed", want: Fail,
			fixes: "docker-packages: install Docker from Docker's repository"},
		{name: "a version of Docker's own", facts: absent(goodNode()), fix: DockerFix{Source: SourceDocker, Version: "19.03"}, id: "docker-installed", want: Fail,
			fixes: "docker-packages: install Docker 19.03 from Docker's repository"},
		{name: "a mirror", facts: absent(debian), fix: DockerFix{Source: "https://mirror.example.org/docker-ce", Version: "19.03"}, id: "docker-installed", want: Fail,
			fixes: "docker-packages: install Docker 19.03 from mirror.example.org"},
		{name: "a distribution that Docker does not know", facts: absent(fedoraLess()), fix: DockerFix{Source: SourceDocker}, id: "docker-installed", want: Fail,
			hint: "Docker's repository has nothing for Amazon Linux 2: say another docker.source in dcos_fixes"},
		{name: "files", facts: absent(debian), fix: DockerFix{Source: SourcePackages, Packages: files}, id: "docker-installed", want: Fail,
			fixes: "docker-packages: install Docker from 2 files"},
		{name: "files of another family", facts: absent(goodNode()), fix: DockerFix{Source: SourcePackages, Packages: files}, id: "docker-installed", want: Fail,
			hint: "add Docker's packages for CentOS Linux 7 (Core) to docker.packages in dcos_fixes: none of its files is for this node"},
		{name: "no package manager", facts: with(absent(debian), func(f *Facts) { f.OS.Manager = "" }), fix: DockerFix{Source: SourcePackages, Packages: files}, id: "docker-installed", want: Fail,
			hint: "install Docker with the distribution's package manager"},
		{name: "Podman's imitation", facts: with(absent(debian), func(f *Facts) { f.Docker.Podman = true }), fix: DockerFix{Source: SourceDocker}, id: "docker-installed", want: Fail,
			hint: "remove podman-docker: Docker itself is then installed for you"},
		{name: "Docker will run", facts: absent(debian), fix: DockerFix{Source: SourceDocker}, id: "docker-running", want: Fail, fixes: "docker-running: start Docker"},
		{name: "Docker cannot run", facts: absent(fedoraLess()), fix: DockerFix{Source: SourceDocker}, id: "docker-enabled", want: Fail, hint: "install Docker first"},

		{name: "the wanted version", facts: goodNode(), fix: DockerFix{Version: "19.03"}, id: "docker-version", want: Pass, found: "19.03.5", need: "19.03"},
		{name: "not known yet", facts: absent(debian), fix: DockerFix{Source: SourceDocker, Version: "19.03"}, id: "docker-version", want: Warn, need: "19.03", hint: "again"},
		{name: "another one", facts: goodNode(), fix: DockerFix{Source: SourceDocker, Version: "20.10"}, id: "docker-version", want: Fail, found: "19.03.5", need: "20.10",
			fixes: "docker-packages: install Docker 20.10 from Docker's repository; its containers are restarted"},
		{name: "another one, by files", facts: with(debian, func(f *Facts) { f.Docker.Package = "docker-ce" }), fix: DockerFix{Source: SourcePackages, Packages: files, Version: "20.10"}, id: "docker-version", want: Fail,
			fixes: "docker-packages: install Docker 20.10 from 2 files; its containers are restarted"},
		{name: "of another package", facts: debian, fix: DockerFix{Source: SourceDocker, Version: "20.10"}, id: "docker-version", want: Fail, hint: "remove docker.io: the wanted Docker, of another package, is then installed for you"},
		{name: "of another package than the files", facts: debian, fix: DockerFix{Source: SourcePackages, Packages: files, Version: "20.10"}, id: "docker-version", want: Fail, hint: "remove docker.io"},
		{name: "of no package", facts: with(debian, func(f *Facts) { f.Docker.Package = "" }), fix: DockerFix{Source: SourceDocker, Version: "20.10"}, id: "docker-version", want: Fail, hint: "remove this Docker"},
		{name: "nowhere to be had", facts: fedoraLess(), fix: DockerFix{Source: SourceDocker, Version: "20.10"}, id: "docker-version", want: Fail, hint: "Docker's repository has nothing"},
		{name: "under DC/OS", facts: with(goodNode(), func(f *Facts) { f.DCOS.State = DCOSInstalled }), fix: DockerFix{Source: SourceDocker, Version: "20.10"}, id: "docker-version", want: Warn,
			found: "19.03.5", need: "20.10", hint: "drain it, then install that version by hand"},
		{name: "while DC/OS is being installed", facts: with(goodNode(), func(f *Facts) { f.DCOS.State = DCOSPartial }), fix: DockerFix{Source: SourceDocker, Version: "20.10"}, id: "docker-version", want: Fail, hint: "by hand"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Spec{Role: inventory.RoleAgent, Fixes: Fixes{Docker: test.fix}}
			got := judged(t, test.id, test.facts, s)
			covered.judged(got)
			fixes := ""
			if got.Fixable {
				fixes = got.FixID + ": " + got.Fix
			}
			if got.Status != test.want || fixes != test.fixes || test.found != "" && got.Found != test.found || test.need != "" && got.Need != test.need {
				t.Errorf("got %s, found %q, need %q, fixes %q\nwant %s, found %q, need %q, fixes %q", got.Status, got.Found, got.Need, fixes, test.want, test.found, test.need, test.fixes)
			}
			if !strings.Contains(got.Hint, test.hint) || (got.Hint == "") != (test.hint == "") {
				t.Errorf("hint %q, want %q", got.Hint, test.hint)
			}
		})
	}
}

// What a fix needs is sent to the node, and only that.
func TestFixFiles(t *testing.T) {
	files := []string{"/i/p/docker-ce_1.deb", "/i/q/containerd.io_1.deb", "/i/docker-ce-1.rpm"}
	tests := []struct {
		name string
		fix  DockerFix
		ids  []string
		want []FixFile
	}{
		{"nothing to install", DockerFix{Source: SourcePackages, Packages: files}, nil, nil},
		{"another fix", DockerFix{Source: SourcePackages, Packages: files}, []string{"ntp-running"}, nil},
		{"packages of the family", DockerFix{Source: SourcePackages, Packages: files}, []string{"docker-version"}, []FixFile{
			{"/i/p/docker-ce_1.deb", "/var/lib/dcosup/fixes/docker-ce_1.deb"}, {"/i/q/containerd.io_1.deb", "/var/lib/dcosup/fixes/containerd.io_1.deb"}}},
		{"a key", DockerFix{Source: SourceDocker, Key: "/i/my.gpg"}, []string{"docker-version"}, []FixFile{{"/i/my.gpg", "/var/lib/dcosup/fixes/docker.key"}}},
		{"a key that is fetched", DockerFix{Source: SourceDocker}, []string{"docker-version"}, nil},
	}
	for _, test := range tests {
		f := debianNode()
		f.OS.Codename = "bionic"
		got := FixFiles(unmet(test.ids...), f, Spec{Fixes: Fixes{Docker: test.fix}})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// A node that cannot be given what is wanted is no reason for half a script.
func TestFixScriptWithoutAWay(t *testing.T) {
	_, err := FixScript(unmet("docker-version"), fedoraLess(), Spec{Fixes: Fixes{Docker: DockerFix{Source: SourceDocker}}})
	if err == nil || !strings.Contains(err.Error(), "no way to the Docker") {
		t.Errorf("got error %v", err)
	}
}

func TestSyncText(t *testing.T) {
	yes, no := true, false
	chrony := func(change func(*Facts)) Facts {
		f := goodNode()
		f.Time = Time{Services: []TimeService{{Unit: "chronyd", Active: true}}}
		change(&f)
		return f
	}
	tests := []struct {
		name  string
		facts Facts
		fix   TimeFix
		want  string
	}{
		{"before DC/OS", chrony(func(*Facts) {}), TimeFix{}, "ask the time sources now, and wait for the clock; step it if it is off"},
		{"under DC/OS", chrony(func(f *Facts) { f.DCOS.State = DCOSInstalled }), TimeFix{}, "ask the time sources now, and wait for the clock; it is not stepped"},
		{"while it is being installed", chrony(func(f *Facts) { f.DCOS.State = DCOSPartial }), TimeFix{}, "ask the time sources now, and wait for the clock; it is not stepped"},
		{"under DC/OS all the same", chrony(func(f *Facts) { f.DCOS.State = DCOSInstalled }), TimeFix{Step: &yes}, "ask the time sources now, and wait for the clock; step it if it is off"},
		{"never", chrony(func(*Facts) {}), TimeFix{Step: &no}, "ask the time sources now, and wait for the clock; it is not stepped"},
		{"servers", chrony(func(*Facts) {}), TimeFix{Servers: []string{"a.example", "10.0.0.2"}}, "ask the time sources and a.example, 10.0.0.2 now, and wait for the clock; step it if it is off"},
		{"a service that decides by itself", chrony(func(f *Facts) { f.Time.Services[0].Unit = "systemd-timesyncd" }), TimeFix{}, "ask the time sources now, and wait for the clock"},
	}
	for _, test := range tests {
		if got := judged(t, "ntp-synchronised", test.facts, Spec{Role: inventory.RoleAgent, Fixes: Fixes{Time: test.fix}}).Fix; got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
