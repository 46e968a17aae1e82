package roles

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// goodNode is a node that every role is content with, of Red Hat's family.
func goodNode() Facts {
	f := Facts{
		Hostname: "m1", Arch: "x86_64", Kernel: "3.10.0-1160.el7.x86_64",
		OS:      OS{ID: "centos", Version: "7", Like: "rhel fedora", Pretty: "CentOS Linux 7 (Core)", Family: FamilyRedHat, Manager: "yum"},
		Systemd: Systemd{Version: 219, State: "running"}, CPUs: 8, Memory: Memory{Total: 64 * gb},
		Disks: []Disk{{Path: "/", Total: 500 * gb, Free: 400 * gb, FSType: "xfs"}, {Path: "/var", Total: 500 * gb, Free: 400 * gb, FSType: "xfs"},
			{Path: "/opt", Total: 500 * gb, Free: 400 * gb, FSType: "xfs"},
			{Path: "/var/lib/docker", Total: 500 * gb, Free: 400 * gb, FSType: "xfs"}},
		Mounts: []Mount{{Point: "/", Type: "xfs", Options: []string{"rw", "relatime"}, FileTypes: "1"}},
		Inodes: []Inodes{{Path: "/var", Total: 1e7, Free: 9e6}, {Path: "/opt", Total: 1e7, Free: 9e6}},
		Network: Network{IPv6: "on", DefaultSource: netip.MustParseAddr("10.0.0.5"),
			Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.5")}},
		Names: Names{Hostname: []netip.Addr{netip.MustParseAddr("10.0.0.5")}, Resolvers: []Resolver{{"10.0.0.2:53", "0"}}},
		Settings: Settings{Language: "en_US.UTF-8", Modules: []string{"raid1", "dm_raid"}, Cgroups: 1, SortsVersions: true,
			OptMesosphere: "absent"},
		Overlay: true,
		Docker: Docker{Installed: true, Package: "docker-ce", Running: true, Enabled: true, Version: "19.03.5", Client: "19.03.5",
			Containerd: "1.2.6-3.3.el7", CgroupDriver: "cgroupfs", Driver: "overlay2", BackingFS: "xfs", SupportsType: "true"},
		Time:     Time{Services: []TimeService{{Unit: "chronyd", Active: true, Enabled: true}}, Daemon: true, Kernel: true, Source: "192.0.2.9", Offset: 0.0012},
		Commands: map[string]bool{"docker": true},
		SELinux:  SELinux{Mode: "Permissive", Policy: "targeted", Config: "permissive"},
		Services: map[string]Service{}, Groups: map[string]bool{"docker": true, "nogroup": true},
		DCOS: DCOS{State: DCOSAbsent},
	}
	for _, c := range neededCommands {
		f.Commands[c.name] = true
	}
	return f
}

// debianNode is the same of Debian's family.
func debianNode() Facts {
	f := goodNode()
	f.OS = OS{ID: "ubuntu", Version: "18.04", Like: "debian", Pretty: "Ubuntu 18.04", Family: FamilyDebian, Manager: "apt-get"}
	f.Docker.Package = "docker.io"
	f.Time.Services[0].Unit = "chrony"
	return f
}

func judged(t *testing.T, id string, f Facts, s Spec) Finding {
	t.Helper()
	findings := Judge(f, s)
	i := slices.IndexFunc(findings, func(f Finding) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("no finding %q for role %q", id, s.Role)
	}
	return findings[i]
}

func listen(proto, address string, number int, owner string) Socket {
	return Socket{Proto: proto, Address: netip.MustParseAddr(address), Port: number, Owner: owner}
}

func TestGoodNodeMeetsEverything(t *testing.T) {
	for _, role := range []inventory.Role{inventory.RoleBootstrap, inventory.RoleMaster, inventory.RoleAgent, inventory.RolePublicAgent} {
		for name, node := range map[string]Facts{"Red Hat": goodNode(), "Debian": debianNode()} {
			for _, finding := range Judge(node, Spec{Role: role, Version: "1.13.4"}) {
				covered.judged(finding)
				if finding.Status != Pass {
					t.Errorf("%s, %s: %s is %s: found %q, need %q", role, name, finding.ID, finding.Status, finding.Found, finding.Need)
				}
			}
		}
	}
}

// verdictCase changes a good node in one respect, and says what comes of it.
type verdictCase struct {
	name    string
	change  func(f *Facts, s *Spec)
	id      string
	status  Status
	found   string // part of Finding.Found
	fixable bool
	hint    string // part of Finding.Hint
}

func runVerdicts(t *testing.T, cases []verdictCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			f, s := goodNode(), Spec{Role: inventory.RoleMaster, Version: "1.13.4"}
			c.change(&f, &s)
			got := judged(t, c.id, f, s)
			covered.judged(got)
			if got.Status != c.status || got.Fixable != c.fixable || !strings.Contains(got.Found, c.found) || !strings.Contains(got.Hint, c.hint) {
				t.Errorf("got  %s, fixable %v, found %q, hint %q\nwant %s, fixable %v, found %q, hint %q",
					got.Status, got.Fixable, got.Found, got.Hint, c.status, c.fixable, c.found, c.hint)
			}
			if got.Status != Pass && (got.Fix == "") == (got.Hint == "") {
				t.Errorf("want either a fix or a hint; got fix %q, hint %q", got.Fix, got.Hint)
			}
		})
	}
}

func TestMachineVerdicts(t *testing.T) {
	runVerdicts(t, []verdictCase{
		{name: "ordinary user", id: "root", status: Fail, found: "user id 1000", hint: "sudo",
			change: func(f *Facts, _ *Spec) { f.UID = 1000 }},
		{name: "arm", id: "arch", status: Fail, found: "aarch64", hint: "x86_64",
			change: func(f *Facts, _ *Spec) { f.Arch = "aarch64" }},
		{name: "Debian was never listed", id: "distribution", status: Warn, found: "Debian", hint: "one node",
			change: func(f *Facts, _ *Spec) {
				f.OS = OS{ID: "debian", Version: "12", Pretty: "Debian 12", Family: FamilyDebian, Manager: "apt-get"}
			}},
		{name: "Ubuntu was dropped", id: "distribution", status: Warn, found: "Ubuntu", hint: "from 1.13, before 2.1",
			change: func(f *Facts, s *Spec) { *f, s.Version = debianNode(), "2.1.0" }},
		{name: "CoreOS was dropped", id: "distribution", status: Warn, hint: "made for it before 2.0",
			change: func(f *Facts, s *Spec) { f.OS, s.Version = OS{ID: "coreos", Family: FamilyFlatcar}, "2.0.1" }},
		{name: "Flatcar came", id: "distribution", status: Pass,
			change: func(f *Facts, s *Spec) {
				f.OS, s.Version = OS{ID: "flatcar", Version: "2345.3.1", Family: FamilyFlatcar}, "2.1.0"
			}},
		{name: "no package manager", id: "distribution", status: Warn, hint: "no package manager",
			change: func(f *Facts, _ *Spec) { f.OS = OS{ID: "nix", Family: FamilyOther} }},
		{name: "2.6", id: "kernel", status: Fail, found: "2.6.32", hint: "upgrade",
			change: func(f *Facts, _ *Spec) { f.Kernel = "2.6.32-754.el6.x86_64" }},
		{name: "3.9 is older than 3.10", id: "kernel", status: Fail, found: "3.9",
			change: func(f *Facts, _ *Spec) { f.Kernel = "3.9.1" }},
		{name: "6.18", id: "kernel", status: Pass, change: func(f *Facts, _ *Spec) { f.Kernel = "6.18.44-fc" }},
		{name: "none", id: "systemd", status: Fail, found: "none", hint: "init",
			change: func(f *Facts, _ *Spec) { f.Systemd = Systemd{} }},
		{name: "not the init", id: "systemd", status: Fail, found: "not the init", hint: "boot",
			change: func(f *Facts, _ *Spec) { f.Systemd.State = "" }},
		{name: "too old", id: "systemd", status: Fail, found: "195", hint: "newer",
			change: func(f *Facts, _ *Spec) { f.Systemd.Version = 195 }},
		{name: "old enough to end tasks", id: "systemd", status: Warn, found: "204", hint: "upgrades",
			change: func(f *Facts, _ *Spec) { f.Systemd.Version = 204 }},
		{name: "degraded still runs", id: "systemd", status: Pass, change: func(f *Facts, _ *Spec) { f.Systemd.State = "degraded" }},
		{name: "few", id: "cpus", status: Warn, found: "1", hint: "trial", change: func(f *Facts, _ *Spec) { f.CPUs = 1 }},
		{name: "own limit", id: "cpus", status: Pass, found: "1",
			change: func(f *Facts, s *Spec) { f.CPUs, s.Policy.Limits.CPUs = 1, 1 }},
		{name: "lab", id: "memory", status: Warn, found: "4.0 GB", hint: "trial",
			change: func(f *Facts, _ *Spec) { f.Memory.Total = 4 * gb }},
		{name: "below the floor", id: "memory", status: Fail, found: "0.8 GB", hint: "more memory",
			change: func(f *Facts, _ *Spec) { f.Memory.Total = 800 << 20 }},
		{name: "sold as 32 GB, shows less", id: "memory", status: Pass, found: "33.3 GB",
			change: func(f *Facts, _ *Spec) { f.Memory.Total = 31 << 30 }},
		{name: "small", id: "disk-root", status: Warn, found: "40.0 GB, 30.0 GB free", hint: "trial",
			change: func(f *Facts, _ *Spec) { f.Disks[0].Total, f.Disks[0].Free = 40*gb, 30*gb }},
		{name: "read-only", id: "writable", status: Fail, found: "/opt, /var/lib read-only", hint: "read-write",
			change: func(f *Facts, _ *Spec) { f.ReadOnly = []string{"/opt", "/var/lib"} }},
		{name: "seen by a login user", id: "writable", status: Pass,
			change: func(f *Facts, _ *Spec) { f.UID, f.ReadOnly = 1000, []string{"/opt"} }},
		{name: "full", id: "disk-root", status: Fail, found: "500.0 GB, 1.0 GB free", hint: "free space",
			change: func(f *Facts, _ *Spec) { f.Disks[0].Free = gb }},
		{name: "full of DC/OS", id: "disk-root", status: Pass,
			change: func(f *Facts, _ *Spec) { f.Disks[0].Free = gb; f.DCOS = installed() }},
		{name: "not told", id: "disk-root", status: Fail, found: "0.0 GB", hint: "free space",
			change: func(f *Facts, _ *Spec) { f.Disks = nil }},
		{name: "little", id: "disk-var", status: Warn, found: "10.0 GB", hint: "trial",
			change: func(f *Facts, _ *Spec) { f.Disks[1].Free = 10 * gb }},
		{name: "full", id: "disk-var", status: Fail, found: "1.0 GB", hint: "own",
			change: func(f *Facts, _ *Spec) { f.Disks[1].Free = gb }},
		{name: "no room for DC/OS", id: "disk-opt", status: Fail, found: "1.0 GB", hint: "/opt",
			change: func(f *Facts, _ *Spec) { f.Disks[2].Free = gb }},
		{name: "no room for the release", id: "disk-opt", status: Fail, found: "3.0 GB", hint: "/opt",
			change: func(f *Facts, s *Spec) { s.Role = inventory.RoleBootstrap; f.Disks[2].Free = 3 * gb }},
		{name: "full of the release", id: "disk-opt", status: Warn, found: "3.0 GB", hint: "/opt",
			change: func(f *Facts, s *Spec) {
				s.Role, s.Provided = inventory.RoleBootstrap, true
				f.Disks[2].Free = 3 * gb
			}},
	})
}

func installed() DCOS { return DCOS{State: DCOSInstalled, Version: "2.1.0", Roles: []string{"master"}} }

func TestSystemVerdicts(t *testing.T) {
	missing := func(names ...string) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) {
			for _, name := range names {
				f.Commands[name] = false
			}
		}
	}
	selinux := func(mode, config, want string) func(*Facts, *Spec) {
		return func(f *Facts, s *Spec) { f.SELinux.Mode, f.SELinux.Config, s.SELinuxMode = mode, config, want }
	}
	runVerdicts(t, []verdictCase{
		{name: "held", id: "package-lock", status: Warn, found: "lock", hint: "wait",
			change: func(f *Facts, _ *Spec) { f.PackageLock = true }},
		{name: "missing", id: "commands", status: Fail, found: "missing: ipset, unzip", fixable: true, change: missing("ipset", "unzip")},
		{name: "missing, and nobody can install it", id: "commands", status: Fail, found: "unzip", hint: "unzip",
			change: func(f *Facts, _ *Spec) { f.Commands["unzip"] = false; f.OS = OS{Family: FamilyOther} }},
		{name: "missing on Flatcar", id: "commands", status: Fail, found: "unzip", hint: "no package manager",
			change: func(f *Facts, _ *Spec) { f.Commands["unzip"] = false; f.OS = OS{ID: "flatcar", Family: FamilyFlatcar} }},
		{name: "ifconfig is for 1.12", id: "commands", status: Fail, found: "ifconfig", fixable: true,
			change: func(f *Facts, s *Spec) { f.Commands["ifconfig"] = false; s.Version = "1.12.3" }},
		{name: "ifconfig is not for 1.13", id: "commands", status: Pass, change: missing("ifconfig")},
		{name: "bootstrap needs no ipset", id: "commands", status: Pass,
			change: func(f *Facts, s *Spec) { f.Commands["ipset"] = false; s.Role = inventory.RoleBootstrap }},
		{name: "bootstrap needs xz", id: "commands", status: Fail, found: "xz", fixable: true,
			change: func(f *Facts, s *Spec) { f.Commands["xz"] = false; s.Role = inventory.RoleBootstrap }},

		{name: "none in the kernel", id: "selinux", status: Pass, found: "none", change: selinux("", "", "")},
		{name: "enforcing, permissive wanted", id: "selinux", status: Fail, found: "enforcing", fixable: true, change: selinux("Enforcing", "enforcing", "")},
		{name: "comes back at boot", id: "selinux", status: Fail, found: "permissive, after a reboot enforcing", fixable: true, change: selinux("Permissive", "enforcing", "")},
		{name: "enforcing wanted and there", id: "selinux", status: Pass, change: selinux("Enforcing", "enforcing", "enforcing")},
		{name: "enforcing wanted, not there", id: "selinux", status: Warn, found: "permissive", hint: "lock you out", change: selinux("Permissive", "permissive", "enforcing")},
		{name: "disabled wanted, after a reboot", id: "selinux", status: Pass, change: selinux("Permissive", "disabled", "disabled")},
		{name: "disabled wanted, permissive", id: "selinux", status: Fail, found: "permissive", fixable: true, change: selinux("Permissive", "permissive", "disabled")},
		{name: "1.11 refuses enforcing", id: "selinux", status: Fail, hint: "before 1.12",
			change: func(f *Facts, s *Spec) {
				selinux("Enforcing", "enforcing", "enforcing")(f, s)
				s.Version = "1.11.12"
			}},
		{name: "only the policy targeted", id: "selinux", status: Fail, found: "mls", hint: "targeted",
			change: func(f *Facts, s *Spec) {
				selinux("Enforcing", "enforcing", "enforcing")(f, s)
				f.SELinux.Policy = "mls"
			}},
		{name: "nobody tells the policy", id: "selinux", status: Fail, found: "nobody tells", hint: "policycoreutils",
			change: func(f *Facts, s *Spec) {
				selinux("Enforcing", "enforcing", "enforcing")(f, s)
				f.SELinux.Policy = ""
			}},
		{name: "Flatcar", id: "selinux", status: Fail, hint: "does not support",
			change: func(f *Facts, s *Spec) {
				selinux("Enforcing", "enforcing", "enforcing")(f, s)
				f.OS.Family = FamilyFlatcar
			}},

		{name: "missing", id: "group-docker", status: Fail, found: "missing", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Groups["docker"] = false }},
		{name: "missing", id: "group-nogroup", status: Fail, found: "missing", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Groups["nogroup"] = false }},
		{name: "noexec", id: "tmp-exec", status: Fail, found: "noexec", hint: "remount",
			change: mounted(Mount{Point: "/tmp", Type: "tmpfs", Options: []string{"rw", "noexec"}})},
	})
}

func TestNetworkVerdicts(t *testing.T) {
	off := false
	on := Service{Active: true, Enabled: true}
	runVerdicts(t, []verdictCase{
		{name: "firewalld", id: "firewall", status: Fail, found: "firewalld runs, and starts at boot", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Services["firewalld"] = on }},
		{name: "ufw", id: "firewall", status: Fail, found: "ufw", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Services["ufw"] = on }},
		{name: "a bootstrap node may have one", id: "firewall", status: Warn, found: "firewalld", hint: "install files",
			change: func(f *Facts, s *Spec) { f.Services["firewalld"] = on; s.Role = inventory.RoleBootstrap }},
		{name: "starts at boot", id: "dnsmasq", status: Fail, found: "starts at boot", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Services["dnsmasq"] = Service{Enabled: true} }},
		{name: "stub", id: "resolved-stub", status: Fail, found: "port 53", fixable: true,
			change: func(f *Facts, _ *Spec) {
				f.Services["systemd-resolved"] = on
				f.Sockets = []Socket{listen("udp", "127.0.0.53", 53, "")}
			}},
		{name: "resolved without its stub", id: "resolved-stub", status: Pass,
			change: func(f *Facts, _ *Spec) { f.Services["systemd-resolved"] = on }},
		{name: "off", id: "ipv6", status: Fail, found: "off", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Network.IPv6 = "off" }},
		{name: "not in the kernel", id: "ipv6", status: Fail, found: "absent", hint: "ipv6.disable=1",
			change: func(f *Facts, _ *Spec) { f.Network.IPv6 = "absent" }},
		{name: "off on purpose", id: "ipv6", status: Pass, found: "off",
			change: func(f *Facts, s *Spec) { f.Network.IPv6 = "off"; s.EnableIPv6 = &off }},

		{name: "taken", id: "ports", status: Fail, found: "5050/tcp (for mesos-master) is held by nginx (process 33)", hint: "stop",
			change: func(f *Facts, _ *Spec) { f.Sockets = []Socket{listen("tcp", "::", 5050, "nginx/33")} }},
		{name: "taken by nobody knows whom", id: "ports", status: Fail, found: "8181/tcp (for exhibitor) is held by an unknown process",
			change: func(f *Facts, _ *Spec) { f.Sockets = []Socket{listen("tcp", "10.0.0.1", 8181, "")} }},
		{name: "an agent leaves 5050 alone", id: "ports", status: Pass,
			change: func(f *Facts, s *Spec) {
				f.Sockets, s.Role = []Socket{listen("tcp", "::", 5050, "")}, inventory.RoleAgent
			}},
		{name: "a stub that will be fixed", id: "ports", status: Pass,
			change: func(f *Facts, _ *Spec) {
				f.Services["systemd-resolved"] = on
				f.Sockets = []Socket{listen("udp", "127.0.0.53", 53, "")}
			}},
		{name: "a dnsmasq that will be fixed", id: "ports", status: Pass,
			change: func(f *Facts, _ *Spec) {
				f.Services["dnsmasq"] = on
				f.Sockets = []Socket{listen("udp", "0.0.0.0", 53, "dnsmasq/7")}
			}},
		{name: "another resolver beside dnsmasq", id: "ports", status: Fail, found: "53/udp (for dcos-net) is held by named (process 8)",
			change: func(f *Facts, _ *Spec) {
				f.Services["dnsmasq"] = on
				f.Sockets = []Socket{listen("udp", "0.0.0.0", 53, "named/8")}
			}},
		{name: "a connection, which DC/OS's installer takes for a clash", id: "ports", status: Fail, found: "9990 (for cosmos) is used by a connection", hint: "end it",
			change: func(f *Facts, _ *Spec) { f.Connections = []Connection{{9990, true}, {9990, false}} }},
		{name: "one that ends", id: "ports", status: Warn, found: "80 (for adminrouter) is used by a connection that ends", hint: "a minute",
			change: func(f *Facts, _ *Spec) { f.Connections = []Connection{{80, true}} }},
		{name: "a connection of another role's port", id: "ports", status: Pass,
			change: func(f *Facts, s *Spec) { s.Role, f.Connections = inventory.RoleAgent, []Connection{{9990, false}} }},
		{name: "DC/OS holds its own", id: "ports", status: Pass, found: "DC/OS 2.1.0 is installed",
			change: func(f *Facts, _ *Spec) {
				f.DCOS = installed()
				f.Sockets = []Socket{listen("tcp", "::", 5050, "mesos-master/33")}
			}},
		{name: "our own installation is under way", id: "ports", status: Pass, found: "under way",
			change: func(f *Facts, s *Spec) {
				f.DCOS.State, s.Ours = DCOSPartial, true
				f.Sockets = []Socket{listen("tcp", "::", 5050, "mesos-master/33")}
			}},
	})
}

func TestDockerVerdicts(t *testing.T) {
	absent := func(change func(*Facts)) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Docker = Docker{}; change(f) }
	}
	driver := func(d Docker) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) {
			d.Installed, d.Running, d.Version = true, true, "19.03.5"
			f.Docker = d
		}
	}
	version := func(v string) func(*Facts, *Spec) { return func(f *Facts, _ *Spec) { f.Docker.Version = v } }
	runVerdicts(t, []verdictCase{
		{name: "not loaded", id: "overlay", status: Fail, found: "not loaded", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Overlay = false }},
		{name: "absent, extras have it", id: "docker-installed", status: Fail, fixable: true,
			change: absent(func(f *Facts) { f.Docker.Repos = []string{"extras"} })},
		{name: "absent, nobody has it", id: "docker-installed", status: Fail, hint: "docker-ce.repo",
			change: absent(func(f *Facts) { f.OS.Version = "8"; f.Docker.Repos = []string{"extras"} })},
		{name: "absent on RHEL 7 without its extras", id: "docker-installed", status: Fail, hint: "rhel-7-server-extras-rpms",
			change: absent(func(f *Facts) { f.OS.ID = "rhel" })},
		{name: "Podman's imitation", id: "docker-installed", status: Fail, found: "Podman", hint: "add Docker's repository",
			change: absent(func(f *Facts) { f.OS.Version = "8"; f.Docker.Podman = true })},
		{name: "Podman's imitation, beside Docker's repository", id: "docker-installed", status: Fail, found: "Podman", hint: "then installed for you",
			change: absent(func(f *Facts) { f.Docker.Podman = true; f.Docker.Repos = []string{"docker-ce-stable"} })},
		{name: "nothing to start beside Podman's imitation", id: "docker-running", status: Fail, found: "not installed", hint: "first",
			change: absent(func(f *Facts) { f.Docker.Podman = true; f.Docker.Repos = []string{"docker-ce-stable"} })},
		{name: "by no package", id: "docker-installed", status: Pass, found: "no known package",
			change: func(f *Facts, _ *Spec) { f.Docker.Package = "" }},
		{name: "stopped", id: "docker-running", status: Fail, found: "does not answer", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Docker.Running = false }},
		{name: "absent, will be installed", id: "docker-running", status: Fail, found: "not installed", fixable: true,
			change: absent(func(f *Facts) { f.Docker.Repos = []string{"docker-ce-stable"} })},
		{name: "absent, cannot be installed", id: "docker-running", status: Fail, found: "not installed", hint: "first", change: absent(func(*Facts) {})},
		{name: "disabled", id: "docker-enabled", status: Fail, found: "not enabled", fixable: true,
			change: func(f *Facts, _ *Spec) { f.Docker.Enabled = false }},
		{name: "not known yet", id: "docker-version", status: Warn, found: "not known", hint: "again", change: absent(func(*Facts) {})},
		{name: "1.5", id: "docker-version", status: Fail, found: "1.5.0", hint: "upgrade", change: version("1.5.0")},
		{name: "a command of 1.5", id: "docker-version", status: Fail, found: "command 1.5.0", hint: "Docker's command",
			change: func(f *Facts, _ *Spec) { f.Docker.Client = "1.5.0" }},
		{name: "1.13 is not 1.1", id: "docker-version", status: Pass, change: version("1.13.1")},
		{name: "not known yet", id: "docker-storage", status: Warn, found: "not known", hint: "again", change: absent(func(*Facts) {})},
		{name: "vfs, empty", id: "docker-storage", status: Fail, found: "vfs", fixable: true, change: driver(Docker{Driver: "vfs"})},
		{name: "vfs, in use", id: "docker-storage", status: Fail, found: "vfs", hint: "2 images, 1 containers", change: driver(Docker{Driver: "vfs", Images: 2, Containers: 1})},
		{name: "vfs, overlay below", id: "docker-storage", status: Fail, found: "vfs", hint: "of its own",
			change: func(f *Facts, s *Spec) { driver(Docker{Driver: "vfs"})(f, s); f.Disks[3].FSType = "overlay" }},
		{name: "vfs, broken daemon.json", id: "docker-storage", status: Fail, found: "vfs", hint: "no JSON object", change: driver(Docker{Driver: "vfs", Config: "{"})},
		{name: "devicemapper on a loop device", id: "docker-storage", status: Fail, found: "devicemapper on a loop device", fixable: true,
			change: driver(Docker{Driver: "devicemapper", DataFile: "/dev/loop0"})},
		{name: "devicemapper on a disk", id: "docker-storage", status: Warn, found: "devicemapper", hint: "it works", change: driver(Docker{Driver: "devicemapper"})},
		{name: "xfs without ftype", id: "docker-storage", status: Fail, found: "overlay2 on xfs without d_type", hint: "ftype=1",
			change: driver(Docker{Driver: "overlay2", BackingFS: "xfs", SupportsType: "false"})},
		{name: "on", id: "docker-live-restore", status: Warn, found: "on", hint: "daemon.json",
			change: func(f *Facts, _ *Spec) { f.Docker.LiveRestore = true }},
	})
}

func TestTimeVerdicts(t *testing.T) {
	state := func(services []TimeService, daemon, kernel bool) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Time = Time{Services: services, Daemon: daemon, Kernel: kernel} }
	}
	runs := []TimeService{{Unit: "chronyd", Active: true, Enabled: true}}
	runVerdicts(t, []verdictCase{
		{name: "none", id: "ntp-installed", status: Fail, found: "none", fixable: true, change: state(nil, false, false)},
		{name: "masked on Flatcar", id: "ntp-installed", status: Fail, found: "none", hint: "unmask systemd-timesyncd",
			change: func(f *Facts, s *Spec) {
				state(nil, false, false)(f, s)
				f.OS = OS{ID: "flatcar", Family: FamilyFlatcar}
			}},
		{name: "none, and nobody can install it", id: "ntp-installed", status: Fail, found: "none", hint: "chrony",
			change: func(f *Facts, s *Spec) { state(nil, false, false)(f, s); f.OS.Manager = "" }},
		{name: "stopped", id: "ntp-running", status: Fail, found: "chronyd stopped", fixable: true, change: state([]TimeService{{Unit: "chronyd"}}, false, false)},
		{name: "not at boot", id: "ntp-running", status: Fail, found: "chronyd runs", fixable: true, change: state([]TimeService{{Unit: "chronyd", Active: true}}, false, false)},
		{name: "one of two", id: "ntp-running", status: Pass, found: "ntpd runs", change: state([]TimeService{{Unit: "chronyd"}, {Unit: "ntpd", Active: true, Enabled: true}}, false, false)},
		{name: "not", id: "ntp-synchronised", status: Fail, found: "not", fixable: true, change: state(runs, false, false)},
		{name: "not, and allowed", id: "ntp-synchronised", status: Warn, found: "not", fixable: true,
			change: func(f *Facts, s *Spec) { state(runs, false, false)(f, s); s.AllowUnsynchronised = true }},
		{name: "the service alone", id: "ntp-synchronised", status: Warn, found: "kernel", hint: "-x", change: state(runs, true, false)},
		{name: "the service alone, and allowed", id: "ntp-synchronised", status: Pass,
			change: func(f *Facts, s *Spec) { state(runs, true, false)(f, s); s.AllowUnsynchronised = true }},
		{name: "the kernel alone", id: "ntp-synchronised", status: Pass, change: state(nil, false, true)},
		{name: "with a source", id: "ntp-synchronised", status: Pass, found: "(192.0.2.9, off by 1.200 ms)", change: func(*Facts, *Spec) {}},
	})
}

func TestEarlierInstallation(t *testing.T) {
	partial := DCOS{State: DCOSPartial, Traces: []string{"/etc/mesosphere"}}
	runVerdicts(t, []verdictCase{
		{name: "a stranger's", id: "no-earlier-dcos", status: Fail, found: "/etc/mesosphere", hint: "reset",
			change: func(f *Facts, _ *Spec) { f.DCOS = partial }},
		{name: "ours", id: "no-earlier-dcos", status: Pass,
			change: func(f *Facts, s *Spec) { f.DCOS = partial; s.Ours = true }},
		{name: "left over", id: "no-earlier-dcos", status: Warn, found: "/var/lib/mesos", hint: "reset",
			change: func(f *Facts, _ *Spec) { f.DCOS.Traces = []string{"/var/lib/mesos"} }},
		{name: "installed", id: "no-earlier-dcos", status: Pass, found: "DC/OS 2.1.0 is installed",
			change: func(f *Facts, _ *Spec) { f.DCOS = installed() }},
	})
}

func TestPortsByRoleAndVersion(t *testing.T) {
	numbers := func(s Spec) []int {
		var n []int
		for _, p := range portsOf(s) {
			n = append(n, p.number)
		}
		return n
	}
	tests := []struct {
		name string
		spec Spec
		want []int
	}{
		{"agent of 1.11", Spec{Role: inventory.RoleAgent, Version: "1.11.12"},
			[]int{53, 5051, 61001, 61091, 61420, 62080, 62501}},
		{"public agent of 2.1", Spec{Role: inventory.RolePublicAgent, Version: "2.1.0"},
			[]int{53, 179, 5051, 61001, 61091, 62020, 62080, 62091, 62501, 64000}},
		{"master of 2.0", Spec{Role: inventory.RoleMaster, Version: "2.0.1"},
			[]int{53, 80, 443, 1050, 2181, 2888, 3888, 5050, 7070, 8080, 8101, 8123, 8181, 9000, 9942, 9990,
				15055, 36771, 41281, 46839, 61053, 61091, 62020, 62080, 62501}},
		{"agent of an unknown version: all", Spec{Role: inventory.RoleAgent},
			[]int{53, 179, 5051, 61001, 61091, 61420, 62020, 62080, 62091, 62501, 64000}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, numbers(test.spec)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestVersionBounds(t *testing.T) {
	tests := []struct {
		version, from, before string
		want                  bool
	}{
		{"2.1.0", "2.1", "", true},
		{"2.1.0-dev", "2.1", "", true},
		{"2.0.9", "2.1", "", false},
		{"1.13.4", "", "2.0", true},
		{"2.0.0", "", "2.0", false},
		{"1.9", "1.12", "", false},
		{"", "2.1", "2.0", true},
		{"master", "2.1", "2.0", true},
	}
	for _, test := range tests {
		if got := (Spec{Version: test.version}).within(test.from, test.before); got != test.want {
			t.Errorf("%q within [%q, %q): got %v, want %v", test.version, test.from, test.before, got, test.want)
		}
	}
}

// A bootstrap node is not asked for what only cluster nodes need, and a group
// that DC/OS 2 does not use is not asked for.
func TestJudgeLeavesOutWhatDoesNotConcern(t *testing.T) {
	var ids []string
	for _, finding := range Judge(goodNode(), Spec{Role: inventory.RoleBootstrap}) {
		ids = append(ids, finding.ID)
	}
	want := []string{"root", "arch", "distribution", "kernel", "systemd", "cpus", "memory", "writable", "disk-root", "disk-opt", "reboot-pending",
		"inodes", "xfs-ftype", "package-lock", "commands", "firewall", "hostname", "overlay", "docker-installed", "docker-running",
		"docker-enabled", "docker-version", "docker-storage", "docker-client", "docker-kmem", "containerd-version",
		"docker-cgroup-driver", "docker-backing-fs", "ntp-installed", "ntp-running", "ntp-synchronised"}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("bootstrap (-want +got):\n%s", diff)
	}
	for _, finding := range Judge(goodNode(), Spec{Role: inventory.RoleAgent, Version: "2.1.0"}) {
		if finding.ID == "group-nogroup" {
			t.Error("DC/OS 2.1 is asked for the group nogroup")
		}
	}
}

// Every requirement has the words that a person needs, and its own id.
func TestRequirementsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	fixes := map[string]bool{}
	for _, fix := range fixTable(Facts{}) {
		fixes[fix.id] = true
	}
	for _, r := range Known() {
		if seen[r.ID] || r.ID == "" || r.Title == "" || !strings.HasSuffix(r.Why, ".") || r.Probe == "" || r.Severity == Pass {
			t.Errorf("%q is not complete, or comes twice: %+v", r.ID, r)
		}
		if r.fix != "" && (!fixes[r.fix] || r.fixText == "") || r.fix == "" && r.fixText != "" {
			t.Errorf("%s: its fix %q does not exist or says nothing", r.ID, r.fix)
		}
		seen[r.ID] = true
	}
}

func TestFindingAsJSON(t *testing.T) {
	f := goodNode()
	f.Docker.Config = `{"http-proxy": "http://user:secret@proxy"}`
	finding := judged(t, "arch", f, Spec{Role: inventory.RoleAgent})
	text, err := json.Marshal(struct {
		Finding Finding
		Facts   Facts
	}{finding, f})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"Status":"pass"`) || strings.Contains(string(text), "secret") {
		t.Errorf("want the status as a word, and no secret: %s", text)
	}
}
