package roles

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// fakeNode is a directory that fixes take for /, and programs that write down how
// they were called instead of changing this machine.
type fakeNode struct {
	t    *testing.T
	root string
	bin  string
}

func newFakeNode(t *testing.T) fakeNode {
	n := fakeNode{t: t, root: t.TempDir(), bin: t.TempDir()}
	for _, name := range []string{"apt-get", "dpkg", "dpkg-query", "yum", "dnf", "systemctl", "journalctl", "modprobe", "groupadd", "getent",
		"getenforce", "setenforce", "ufw", "docker", "chronyc", "ntpq", "timedatectl", "ip", "userdel", "sleep"} {
		n.program(name, "")
	}
	n.program("getent", "exit 2")
	return n
}

// program makes a fake do more than writing down its call.
func (n fakeNode) program(name, body string) {
	n.t.Helper()
	text := "#!/bin/sh\necho \"" + name + " $*\" >>" + quote(filepath.Join(n.root, "calls")) + "\n" + body + "\n"
	if err := os.WriteFile(filepath.Join(n.bin, name), []byte(text), 0o755); err != nil {
		n.t.Fatal(err)
	}
}

func (n fakeNode) write(path, text string) {
	n.t.Helper()
	path = filepath.Join(n.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		n.t.Fatal(err)
	}
}

// read returns a file's content, or "absent".
func (n fakeNode) read(path string) string {
	n.t.Helper()
	text, err := os.ReadFile(filepath.Join(n.root, path))
	if os.IsNotExist(err) {
		return "absent"
	}
	if err != nil {
		n.t.Fatal(err)
	}
	return string(text)
}

// calls returns how programs were called since the last time it was asked, but
// for the questions of how things are before they are changed.
func (n fakeNode) calls() []string {
	n.t.Helper()
	text := strings.TrimSuffix(n.read("calls"), "\n")
	n.write("calls", "")
	return slices.DeleteFunc(strings.Split(text, "\n"), func(call string) bool {
		return strings.HasPrefix(call, "dpkg-query ") || strings.HasPrefix(call, "systemctl is-") && !strings.Contains(call, "--quiet")
	})
}

func (n fakeNode) run(shell []string, script string) (stdout, stderr string, code int) {
	n.t.Helper()
	changed := strings.Replace(script, "ROOT=''", "ROOT="+quote(n.root), 1)
	if changed == script {
		n.t.Fatal("the script has no root to change")
	}
	if shell[0] == "busybox" {
		// It prefers its own tools to those in PATH, but functions to both.
		for _, name := range []string{"dpkg", "rpm", "modprobe", "ip", "sleep"} {
			changed = fmt.Sprintf("%s() { %s \"$@\"; }\n", name, quote(filepath.Join(n.bin, name))) + changed
		}
	}
	return sh(n.t, shell, changed, "PATH="+n.bin+":"+os.Getenv("PATH"))
}

// fix runs the fixes of these requirements, all taken as not met, and returns the
// code of each.
func (n fakeNode) fix(shell []string, f Facts, s Spec, ids ...string) (codes map[string]int, output string) {
	n.t.Helper()
	script, err := FixScript(unmet(ids...), f, s)
	if err != nil {
		n.t.Fatal(err)
	}
	shellcheck(n.t, "generated", script)
	return n.mend(shell, script)
}

// mend runs a script of fixes.
func (n fakeNode) mend(shell []string, script string) (codes map[string]int, output string) {
	n.t.Helper()
	out, errs, code := n.run(shell, script)
	if errs != "" {
		n.t.Errorf("stderr %q", errs)
	}
	codes, output = parseFixes(n.t, out)
	failed := slices.ContainsFunc(slices.Collect(maps.Values(codes)), func(c int) bool { return c != 0 })
	if failed != (code != 0) {
		n.t.Errorf("code %d of the script, with codes %v of its fixes", code, codes)
	}
	return codes, output
}

func parseFixes(t *testing.T, out string) (codes map[string]int, output string) {
	t.Helper()
	var p FixParser
	codes = map[string]int{}
	for line := range strings.Lines(out) {
		event, ok, err := p.Line(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case ok && event.Kind == FixEnd:
			codes[event.ID] = event.Code
		case ok && event.Kind == FixOutput:
			output += event.Line + "\n"
		}
	}
	if err := p.Finish(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	covered.fixed(codes)
	return codes, output
}

// unmet makes findings that ask for their fixes.
func unmet(ids ...string) []Finding {
	var findings []Finding
	for _, r := range All() {
		if slices.Contains(ids, r.ID) {
			findings = append(findings, Finding{Requirement: r, Status: Fail, Fixable: true, FixID: r.fix, Fix: r.fixText})
		}
	}
	return findings
}

// freshNode has nothing that DC/OS needs but the distribution.
func freshNode(os OS) Facts {
	return Facts{OS: os, Arch: "x86_64", Kernel: "4.15", Network: Network{IPv6: "on"}, Systemd: Systemd{Version: 237, State: "running"},
		Docker: Docker{Repos: []string{"extras"}}, Groups: map[string]bool{}, DCOS: DCOS{State: DCOSAbsent}, Commands: map[string]bool{
			"awk": true, "bash": true, "df": true, "getent": true, "getopt": true, "groupadd": true, "sed": true, "sha256sum": true,
			"sort": true, "systemd-notify": true, "tar": true, "ip": true}}
}

// A fresh node, from its judgement to the calls of its fixes.
func TestFixFreshNode(t *testing.T) {
	tests := []struct {
		name string
		os   OS
		want []string
	}{
		{"Debian", OS{ID: "ubuntu", Version: "18.04", Family: FamilyDebian, Manager: "apt-get"}, []string{
			"dpkg --audit",
			"apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold --simulate install chrony curl docker.io ipset iputils-ping kmod unzip xz-utils",
			"apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold install chrony curl docker.io ipset iputils-ping kmod unzip xz-utils",
			"getent group docker", "groupadd -r docker", "getent group nogroup", "groupadd -r nogroup",
			"systemctl reset-failed docker.service", "systemctl start docker.service", "docker info",
			"systemctl enable docker.service",
			"systemctl reset-failed chrony.service", "systemctl enable chrony.service", "systemctl start chrony.service", "systemctl is-active --quiet chrony.service",
			"chronyc -n tracking", "chronyc online", "chronyc burst 4/4", "chronyc waitsync 60 0 0 1", "chronyc makestep",
		}},
		{"Red Hat", OS{ID: "centos", Version: "7", Family: FamilyRedHat, Manager: "yum"}, []string{
			"yum -y install chrony curl docker ipset iputils kmod unzip xz",
			"getent group docker", "groupadd -r docker", "getent group nogroup", "groupadd -r nogroup",
			"systemctl reset-failed docker.service", "systemctl start docker.service", "docker info",
			"systemctl enable docker.service",
			"systemctl reset-failed chronyd.service", "systemctl enable chronyd.service", "systemctl start chronyd.service", "systemctl is-active --quiet chronyd.service",
			"chronyc -n tracking", "chronyc online", "chronyc burst 4/4", "chronyc waitsync 60 0 0 1", "chronyc makestep",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, shell []string) {
				n := newFakeNode(t)
				f, s := freshNode(test.os), Spec{Role: inventory.RoleAgent, Version: "1.13.4"}
				findings := Judge(f, s)
				script, err := FixScript(findings, f, s)
				if err != nil {
					t.Fatal(err)
				}
				shellcheck(t, "generated", script)
				out, errs, code := n.run(shell, script)
				codes, _ := parseFixes(t, out)
				if code != 0 || errs != "" {
					t.Errorf("code %d, stderr %q, output:\n%s", code, errs, out)
				}
				if diff := cmp.Diff(slices.Sorted(slices.Values(FixIDs(findings))), slices.Sorted(maps.Keys(codes))); diff != "" {
					t.Errorf("fixes (-announced +run):\n%s", diff)
				}
				// Whether this machine's kernel has overlay is not the test's matter.
				calls := slices.DeleteFunc(n.calls(), func(c string) bool { return c == "modprobe overlay" })
				if diff := cmp.Diff(test.want, calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if got := n.read("etc/modules-load.d/dcosup-overlay.conf"); got != "overlay\n" {
					t.Errorf("modules: %q", got)
				}
			})
		})
	}
}

func TestNothingToFix(t *testing.T) {
	findings := Judge(goodNode(), Spec{Role: inventory.RoleMaster, Version: "2.1.0"})
	script, err := FixScript(findings, goodNode(), Spec{})
	if script != "" || err != nil || FixIDs(findings) != nil {
		t.Errorf("got %q, %v, %v; want nothing", script, err, FixIDs(findings))
	}
}

// One failing fix stops those that need it, and no other.
func TestFailingPackagesStopWhatNeedsThem(t *testing.T) {
	eachShell(t, func(t *testing.T, shell []string) {
		n := newFakeNode(t)
		n.program("apt-get", "echo 'E: no route to mirror'; exit 100")
		codes, output := n.fix(shell, freshNode(debianNode().OS), Spec{},
			"docker-installed", "docker-running", "docker-enabled", "group-docker", "ntp-running")
		want := map[string]int{"packages": 1, "docker-running": FixNotTried, "docker-enabled": FixNotTried, "ntp-running": FixNotTried, "group-docker": 0}
		if diff := cmp.Diff(want, codes); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
		for _, text := range []string{"E: no route to mirror", "not tried: it needs packages, which failed"} {
			if !strings.Contains(output, text) {
				t.Errorf("the output has no %q:\n%s", text, output)
			}
		}
	})
}

func TestPackages(t *testing.T) {
	t.Run("old lists are fetched anew", func(t *testing.T) {
		n := newFakeNode(t)
		fetched := quote(filepath.Join(n.root, "fetched"))
		n.program("apt-get", "case \"$*\" in *' update') : >"+fetched+" ;; *) [ -e "+fetched+" ] ;; esac")
		codes, _ := n.fix(shells[0], freshNode(debianNode().OS), Spec{}, "ntp-installed")
		var verbs []string
		for _, call := range n.calls() {
			if verb, found := strings.CutPrefix(call, "apt-get "); found {
				_, verb, _ = strings.Cut(verb, "--force-confold ")
				verbs = append(verbs, verb)
			}
		}
		want := []string{"--simulate install chrony", "update", "install chrony"}
		if diff := cmp.Diff(want, verbs); diff != "" || codes["packages"] != 0 {
			t.Errorf("code %d, calls (-want +got):\n%s", codes["packages"], diff)
		}
	})
	t.Run("a lock of the lists is waited for", func(t *testing.T) {
		n := newFakeNode(t)
		asked := quote(filepath.Join(n.root, "asked"))
		n.program("apt-get", "case \"$*\" in *--simulate*) exit 100 ;; *' update') echo x >>"+asked+
			"; [ $(wc -l <"+asked+") -gt 5 ] || { echo 'E: Could not get lock /var/lib/apt/lists/lock'; exit 100; } ;; esac")
		if codes, output := n.fix(shells[0], freshNode(debianNode().OS), Spec{}, "ntp-installed"); codes["packages"] != 0 {
			t.Errorf("code %d:\n%s", codes["packages"], output)
		}
	})
	t.Run("an interrupted installation is finished first", func(t *testing.T) {
		n := newFakeNode(t)
		n.program("dpkg", "[ \"$1\" != --audit ] || echo half-configured")
		n.fix(shells[0], freshNode(debianNode().OS), Spec{}, "ntp-installed")
		if calls := n.calls(); len(calls) < 2 || calls[1] != "dpkg --force-confold --configure -a" {
			t.Errorf("calls: %v", calls)
		}
	})
	t.Run("rpm's lock is waited for", func(t *testing.T) {
		n := newFakeNode(t)
		n.write("var/lib/rpm/.rpm.lock", "")
		lock, err := os.Open(filepath.Join(n.root, "var/lib/rpm/.rpm.lock"))
		if err == nil {
			err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Close()
		n.program("sleep", "rm "+quote(lock.Name())) // which is as good as its end
		codes, output := n.fix(shells[0], freshNode(OS{ID: "rhel", Version: "8", Family: FamilyRedHat, Manager: "dnf"}), Spec{}, "ntp-installed")
		if diff := cmp.Diff([]string{"sleep 1", "dnf -y install chrony"}, n.calls()); diff != "" || codes["packages"] != 0 ||
			!strings.Contains(output, "waiting for it") {
			t.Errorf("code %d, output %q, calls (-want +got):\n%s", codes["packages"], output, diff)
		}
	})
	t.Run("dnf is tried three times", func(t *testing.T) {
		n := newFakeNode(t)
		n.program("dnf", "exit 1")
		codes, _ := n.fix(shells[0], freshNode(OS{ID: "rhel", Version: "8", Family: FamilyRedHat, Manager: "dnf"}), Spec{}, "ntp-installed")
		want := []string{"dnf -y install chrony", "dnf -y install chrony", "dnf clean expire-cache", "dnf -y install chrony"}
		if diff := cmp.Diff(want, n.calls()); diff != "" || codes["packages"] != 1 {
			t.Errorf("code %d, calls (-want +got):\n%s", codes["packages"], diff)
		}
	})
}

func TestDockerPackages(t *testing.T) {
	vendor := []string{"docker-ce", "docker-ce-cli", "containerd.io"}
	tests := []struct {
		name  string
		os    OS
		repos []string
		want  []string
	}{
		{"Debian 12", OS{ID: "debian", Version: "12", Family: FamilyDebian, Manager: "apt-get"}, nil, []string{"docker.io"}},
		{"Debian 13", OS{ID: "debian", Version: "13", Family: FamilyDebian, Manager: "apt-get"}, nil, []string{"docker.io", "docker-cli"}},
		{"Ubuntu with Docker's own", OS{ID: "ubuntu", Version: "18.04", Family: FamilyDebian, Manager: "apt-get"}, []string{"download.docker.com"}, vendor},
		{"CentOS 7", OS{ID: "centos", Version: "7", Family: FamilyRedHat, Manager: "yum"}, []string{"extras"}, []string{"docker"}},
		{"CentOS 7 with Docker's own", OS{ID: "centos", Version: "7", Family: FamilyRedHat, Manager: "yum"}, []string{"docker-ce-stable", "extras"}, vendor},
		{"CentOS 8", OS{ID: "centos", Version: "8", Family: FamilyRedHat, Manager: "dnf"}, []string{"extras"}, nil},
		{"Fedora", OS{ID: "fedora", Version: "40", Family: FamilyRedHat, Manager: "dnf"}, nil, []string{"moby-engine"}},
		{"Flatcar", OS{ID: "flatcar", Family: FamilyFlatcar}, nil, nil},
	}
	for _, test := range tests {
		got := dockerPackages(Facts{OS: test.os, Docker: Docker{Repos: test.repos}})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// dockerWith answers as an engine whose driver is the one that daemon.json asks for,
// or that cannot work with it.
func (n fakeNode) dockerWith(fallback string, works bool) {
	asked := "sed -n 's/.*\"storage-driver\": \"\\(.*\\)\".*/ Storage Driver: \\1/p' " + quote(filepath.Join(n.root, "etc/docker/daemon.json"))
	if !works {
		asked = "echo ' Storage Driver: " + fallback + "'"
	}
	n.program("docker", asked)
}

func TestDockerStorage(t *testing.T) {
	const before = "{\n\t\"log-driver\": \"none\",\n\t\"storage-opts\": [\"dm.basesize=20G\"]\n}\n"
	const after = "{\n  \"log-driver\": \"none\",\n  \"storage-driver\": \"overlay2\"\n}\n"
	facts := func(config string) Facts {
		f := debianNode()
		f.Docker.Config = strings.TrimSpace(strings.NewReplacer("\n", " ", "\t", " ").Replace(config))
		return f
	}
	eachShell(t, func(t *testing.T, shell []string) {
		t.Run("merged", func(t *testing.T) {
			n := newFakeNode(t)
			n.dockerWith("", true)
			n.write("etc/docker/daemon.json", before)
			codes, output := n.fix(shell, facts(before), Spec{}, "docker-storage")
			if codes["docker-storage"] != 0 {
				t.Fatalf("code %d:\n%s", codes["docker-storage"], output)
			}
			if diff := cmp.Diff(after, n.read("etc/docker/daemon.json")); diff != "" {
				t.Errorf("daemon.json (-want +got):\n%s", diff)
			}
			if got := n.read("var/lib/dcosup/backup/docker-storage/_etc_docker_daemon.json"); got != before {
				t.Errorf("backup: %q", got)
			}
		})
		t.Run("there was none", func(t *testing.T) {
			n := newFakeNode(t)
			n.dockerWith("", true)
			codes, output := n.fix(shell, facts(""), Spec{}, "docker-storage")
			if got := n.read("etc/docker/daemon.json"); codes["docker-storage"] != 0 || got != "{\n  \"storage-driver\": \"overlay2\"\n}\n" {
				t.Errorf("code %d, daemon.json %q:\n%s", codes["docker-storage"], got, output)
			}
			if got := n.read("var/lib/dcosup/backup/docker-storage/_etc_docker_daemon.json.absent"); got != "" {
				t.Errorf("backup: %q", got)
			}
		})
		t.Run("put back when Docker cannot", func(t *testing.T) {
			n := newFakeNode(t)
			n.dockerWith("vfs", false)
			n.write("etc/docker/daemon.json", before)
			codes, _ := n.fix(shell, facts(before), Spec{}, "docker-storage")
			if got := n.read("etc/docker/daemon.json"); codes["docker-storage"] != 1 || got != before {
				t.Errorf("code %d, daemon.json %q", codes["docker-storage"], got)
			}
			if calls := n.calls(); calls[len(calls)-1] != "systemctl restart docker.service" {
				t.Errorf("Docker is not restarted at the end: %v", calls)
			}
		})
		t.Run("changed in between", func(t *testing.T) {
			n := newFakeNode(t)
			n.write("etc/docker/daemon.json", before)
			codes, _ := n.fix(shell, facts("{}"), Spec{}, "docker-storage")
			if got := n.read("etc/docker/daemon.json"); codes["docker-storage"] != 1 || got != before {
				t.Errorf("code %d, daemon.json %q", codes["docker-storage"], got)
			}
		})
	})
}

func TestSELinuxFix(t *testing.T) {
	n := newFakeNode(t)
	n.program("getenforce", "echo Enforcing")
	const before = "# comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"
	n.write("etc/selinux/config", before)
	codes, output := n.fix(shells[0], goodNode(), Spec{SELinuxMode: "Disabled"}, "selinux")
	if got := n.read("etc/selinux/config"); codes["selinux"] != 0 || got != "# comment\nSELINUX=disabled\nSELINUXTYPE=targeted\n" {
		t.Errorf("code %d, config %q\n%s", codes["selinux"], got, output)
	}
	// A second run, for whatever reason, must not lose the first state.
	n.fix(shells[0], goodNode(), Spec{}, "selinux")
	if got := n.read("var/lib/dcosup/backup/selinux/_etc_selinux_config"); got != before {
		t.Errorf("backup: %q", got)
	}
	if diff := cmp.Diff([]string{"getenforce ", "setenforce 0", "getenforce ", "setenforce 0"}, n.calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestServicesInTheWay(t *testing.T) {
	t.Run("firewall", func(t *testing.T) {
		n := newFakeNode(t)
		n.fix(shells[0], goodNode(), Spec{}, "firewall")
		want := []string{"systemctl cat firewalld.service", "systemctl stop firewalld.service", "systemctl disable firewalld.service", "ufw disable"}
		if diff := cmp.Diff(want, n.calls()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
	t.Run("dnsmasq", func(t *testing.T) {
		n := newFakeNode(t)
		n.write("etc/resolv.conf", "nameserver 127.0.0.1\nnameserver 192.0.2.53\n")
		codes, _ := n.fix(shells[0], goodNode(), Spec{}, "dnsmasq")
		want := []string{"systemctl stop dnsmasq.service", "systemctl disable dnsmasq.service"}
		if diff := cmp.Diff(want, n.calls()); diff != "" || codes["dnsmasq"] != 0 {
			t.Errorf("code %d, calls (-want +got):\n%s", codes["dnsmasq"], diff)
		}
	})
	t.Run("dnsmasq is the only resolver", func(t *testing.T) {
		n := newFakeNode(t)
		n.write("etc/resolv.conf", "search example\nnameserver 127.0.0.1\n")
		codes, output := n.fix(shells[0], goodNode(), Spec{}, "dnsmasq")
		if codes["dnsmasq"] != 1 || !strings.Contains(output, "only name server") || n.read("calls") != "absent" {
			t.Errorf("code %d, calls %q, output %q", codes["dnsmasq"], n.read("calls"), output)
		}
	})
	t.Run("stub of systemd-resolved", func(t *testing.T) {
		n := newFakeNode(t)
		n.write("etc/hosts", "")
		file := filepath.Join(n.root, "etc/resolv.conf")
		if err := os.Symlink("../run/systemd/resolve/stub-resolv.conf", file); err != nil {
			t.Fatal(err)
		}
		codes, output := n.fix(shells[0], goodNode(), Spec{}, "resolved-stub")
		target, err := os.Readlink(file)
		if err != nil || target != "/run/systemd/resolve/resolv.conf" || codes["resolved-stub"] != 0 {
			t.Errorf("code %d, link to %q, %v\n%s", codes["resolved-stub"], target, err, output)
		}
		kept, err := os.Readlink(filepath.Join(n.root, "var/lib/dcosup/backup/resolved-stub/_etc_resolv.conf"))
		if err != nil || kept != "../run/systemd/resolve/stub-resolv.conf" {
			t.Errorf("backup: %q, %v", kept, err)
		}
		if got := n.read("etc/systemd/resolved.conf.d/dcosup.conf"); !strings.Contains(got, "\nDNSStubListener=no\n") {
			t.Errorf("drop-in: %q", got)
		}
	})
}

func TestIPv6Fix(t *testing.T) {
	n := newFakeNode(t)
	for _, which := range []string{"all", "default", "lo"} {
		n.write("proc/sys/net/ipv6/conf/"+which+"/disable_ipv6", "1\n")
	}
	codes, output := n.fix(shells[0], goodNode(), Spec{}, "ipv6")
	if got := n.read("proc/sys/net/ipv6/conf/all/disable_ipv6"); got != "0\n" || codes["ipv6"] != 0 {
		t.Errorf("code %d, got %q\n%s", codes["ipv6"], got, output)
	}
	if got := n.read("etc/sysctl.d/99-dcosup-ipv6.conf"); !strings.Contains(got, "\nnet.ipv6.conf.all.disable_ipv6 = 0\n") {
		t.Errorf("for the next boot: %q", got)
	}
}

func TestHostnameFix(t *testing.T) {
	const before = "127.0.0.1 localhost" // without a newline at its end
	eachShell(t, func(t *testing.T, shell []string) {
		t.Run("there is a file", func(t *testing.T) {
			n := newFakeNode(t)
			n.program("getent", "")
			n.write("etc/hosts", before)
			codes, output := n.fix(shell, goodNode(), Spec{}, "hostname")
			if got, want := n.read("etc/hosts"), before+"\n10.0.0.5 m1\n"; codes["hostname"] != 0 || got != want {
				t.Errorf("code %d, got %q, want %q\n%s", codes["hostname"], got, want, output)
			}
			if got := n.read("var/lib/dcosup/backup/hostname/_etc_hosts"); got != before {
				t.Errorf("backup: %q", got)
			}
		})
		t.Run("the node does not look there", func(t *testing.T) {
			n := newFakeNode(t)
			n.program("getent", "exit 2")
			codes, output := n.fix(shell, goodNode(), Spec{}, "hostname")
			if codes["hostname"] != 1 || !strings.Contains(output, "nsswitch.conf") {
				t.Errorf("code %d, output %q", codes["hostname"], output)
			}
		})
	})
}

func TestTimeFixes(t *testing.T) {
	with := func(unit string) Facts {
		f := goodNode()
		f.Time = Time{Services: []TimeService{{Unit: unit, Active: true}}}
		return f
	}
	t.Run("servers are added once", func(t *testing.T) {
		n := newFakeNode(t)
		n.write("etc/chrony.conf", "server 192.0.2.1 iburst\n")
		s := Spec{Fixes: Fixes{Time: TimeFix{Servers: []string{"192.0.2.1", "time.example"}}}, SyncWait: 5}
		n.fix(shells[0], with("chronyd"), s, "ntp-synchronised")
		if got, want := n.read("etc/chrony.conf"), "server 192.0.2.1 iburst\nserver time.example iburst\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		want := []string{"systemctl restart chronyd.service", "chronyc -n tracking", "chronyc online", "chronyc burst 4/4", "chronyc waitsync 5 0 0 1", "chronyc makestep"}
		if diff := cmp.Diff(want, n.calls()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		n.fix(shells[0], with("chronyd"), s, "ntp-synchronised")
		if calls := n.calls(); calls[0] != "chronyc -n tracking" {
			t.Errorf("the second time: %v", calls)
		}
	})
	t.Run("no source answers", func(t *testing.T) {
		n := newFakeNode(t)
		n.program("chronyc", "[ \"$1\" != waitsync ]")
		codes, output := n.fix(shells[0], with("chronyd"), Spec{}, "ntp-synchronised")
		if codes["ntp-synchronised"] != 1 || !strings.Contains(output, "UDP port 123") {
			t.Errorf("code %d, output %q", codes["ntp-synchronised"], output)
		}
	})
	t.Run("ntpd", func(t *testing.T) {
		n := newFakeNode(t)
		n.program("ntpq", "echo 'leap=00, stratum=3'")
		if codes, output := n.fix(shells[0], with("ntpd"), Spec{}, "ntp-synchronised"); codes["ntp-synchronised"] != 0 {
			t.Errorf("output %q", output)
		}
	})
	t.Run("timesyncd", func(t *testing.T) {
		n := newFakeNode(t)
		n.program("timedatectl", "echo 'System clock synchronized: yes'")
		if codes, output := n.fix(shells[0], with("systemd-timesyncd"), Spec{}, "ntp-synchronised"); codes["ntp-synchronised"] != 0 {
			t.Errorf("output %q", output)
		}
	})
	t.Run("timesyncd follows, where the kernel's clock is another's", func(t *testing.T) {
		n := newFakeNode(t)
		n.program("timedatectl", "echo 'System clock synchronized: no'")
		n.write("run/systemd/timesync/synchronized", "")
		codes, output := n.fix(shells[0], with("systemd-timesyncd"), Spec{}, "ntp-synchronised")
		want := []string{"timedatectl set-ntp true", "systemctl restart systemd-timesyncd.service"}
		if diff := cmp.Diff(want, n.calls()); diff != "" || codes["ntp-synchronised"] != 0 {
			t.Errorf("output %q, calls (-want +got):\n%s", output, diff)
		}
	})
	t.Run("a unit whose condition is not met", func(t *testing.T) {
		n := newFakeNode(t)
		n.program("systemctl", "[ \"$1\" != is-active ]")
		codes, _ := n.fix(shells[0], with("chronyd"), Spec{}, "ntp-running", "ntp-synchronised")
		want := map[string]int{"ntp-running": 1, "ntp-synchronised": FixNotTried}
		if diff := cmp.Diff(want, codes); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	})
}

func TestFixScriptRefusesBadWords(t *testing.T) {
	tests := []struct {
		name string
		spec Spec
		id   string
		want string
	}{
		{"NTP server", Spec{Fixes: Fixes{Time: TimeFix{Servers: []string{"a b; reboot"}}}}, "ntp-synchronised", "want a host name"},
		{"SELinux mode", Spec{SELinuxMode: "strict/"}, "selinux", "want enforcing"},
	}
	for _, test := range tests {
		_, err := FixScript(unmet(test.id), goodNode(), test.spec)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got error %v, want %q", test.name, err, test.want)
		}
	}
}
