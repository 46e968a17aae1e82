package roles

import (
	"net/netip"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// mounted gives a node one more filesystem.
func mounted(m Mount) func(*Facts, *Spec) {
	return func(f *Facts, _ *Spec) { f.Mounts = append(f.Mounts, m) }
}

func TestMount(t *testing.T) {
	f := Facts{Mounts: []Mount{{Point: "/"}, {Point: "/var"}, {Point: "/var/lib/mesos", Type: "ext4"}, {Point: "/var/lib/mesos", Type: "xfs"}}}
	tests := []struct{ path, point, kind string }{
		{"/tmp", "/", ""},
		{"/var", "/var", ""},
		{"/variable", "/", ""},
		{"/var/lib/mesos/slave", "/var/lib/mesos", "xfs"}, // the later of two hides the other
		{"/var/lib/mesosphere", "/var", ""},
	}
	for _, test := range tests {
		if got := f.Mount(test.path); got.Point != test.point || got.Type != test.kind {
			t.Errorf("%s: got %+v, want %s %s", test.path, got, test.point, test.kind)
		}
	}
	if got := (Facts{}).Mount("/tmp"); got.Point != "" {
		t.Errorf("nothing is mounted: got %+v", got)
	}
}

func TestFileVerdicts(t *testing.T) {
	inodes := func(free int64) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Inodes[1].Free = free }
	}
	noexec := func(point string) func(*Facts, *Spec) {
		return mounted(Mount{Point: point, Options: []string{"noexec"}})
	}
	agent := func(change func(*Facts, *Spec)) func(*Facts, *Spec) {
		return func(f *Facts, s *Spec) { s.Role = inventory.RoleAgent; change(f, s) }
	}
	opt := func(kind string) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Settings.OptMesosphere = kind }
	}
	runVerdicts(t, []verdictCase{
		{name: "few", id: "inodes", status: Warn, found: "300000 free in /opt", hint: "small files", change: inodes(300_000)},
		{name: "hardly any", id: "inodes", status: Fail, found: "7 free in /opt", hint: "small files", change: inodes(7)},
		{name: "hardly any, with DC/OS", id: "inodes", status: Warn, found: "7 free", hint: "small files",
			change: func(f *Facts, s *Spec) { inodes(7)(f, s); f.DCOS = installed() }},
		{name: "made as needed", id: "inodes", status: Pass, found: "in /var",
			change: func(f *Facts, _ *Spec) { f.Inodes[1] = Inodes{Path: "/opt"} }},
		{name: "not told", id: "inodes", status: Pass, found: "not told", change: func(f *Facts, _ *Spec) { f.Inodes = nil }},

		{name: "Docker's root without", id: "xfs-ftype", status: Fail, found: "ftype=0 at /var/lib/docker", hint: "mkfs.xfs -n ftype=1",
			change: mounted(Mount{Point: "/var/lib/docker", Type: "xfs", FileTypes: "0"})},
		{name: "Docker's root elsewhere", id: "xfs-ftype", status: Fail, found: "ftype=0 at /data", hint: "/data/docker",
			change: func(f *Facts, s *Spec) {
				f.Docker.Root = "/data/docker"
				mounted(Mount{Point: "/data", Type: "xfs", FileTypes: "0"})(f, s)
			}},
		{name: "nobody tells DC/OS's installer", id: "xfs-ftype", status: Fail, found: "nobody tells", hint: "install xfsprogs",
			change: func(f *Facts, s *Spec) {
				s.Role, f.Mounts = inventory.RoleAgent, []Mount{{Point: "/var", Type: "xfs", FileTypes: "?"}}
			}},
		{name: "nobody tells", id: "xfs-ftype", status: Warn, found: "nobody tells", hint: "xfs_info /var/lib/docker",
			change: mounted(Mount{Point: "/var/lib/docker", Type: "xfs", FileTypes: "?"})},
		{name: "ext4", id: "xfs-ftype", status: Pass, found: "no XFS", change: func(f *Facts, _ *Spec) { f.Mounts = []Mount{{Point: "/", Type: "ext4"}} }},
		{name: "an agent's work directory", id: "xfs-ftype", status: Fail, found: "ftype=0 at /var/lib/mesos", hint: "/var/lib/mesos/slave",
			change: agent(mounted(Mount{Point: "/var/lib/mesos", Type: "xfs", FileTypes: "0"}))},
		{name: "an agent's work directory elsewhere", id: "xfs-ftype", status: Fail, found: "ftype=0 at /work", hint: "/work/mesos",
			change: agent(func(f *Facts, s *Spec) {
				s.WorkDir = "/work/mesos"
				mounted(Mount{Point: "/work", Type: "xfs", FileTypes: "0"})(f, s)
			})},
		{name: "masters have no work directory", id: "xfs-ftype", status: Pass,
			change: mounted(Mount{Point: "/var/lib/mesos", Type: "xfs", FileTypes: "0"})},

		{name: "/var", id: "dcos-exec", status: Fail, found: "/var mounted noexec", hint: "remount,exec /var", change: noexec("/var")},
		{name: "/opt", id: "dcos-exec", status: Fail, found: "/opt mounted noexec", hint: "remount,exec /opt", change: noexec("/opt")},
		{name: "/home alone", id: "dcos-exec", status: Pass, change: noexec("/home")},
		{name: "exec within noexec", id: "dcos-exec", status: Pass, change: func(f *Facts, _ *Spec) {
			f.Mounts = append(f.Mounts, Mount{Point: "/opt", Options: []string{"noexec"}}, Mount{Point: "/opt/mesosphere", Options: []string{"rw"}})
		}},

		{name: "a link to nowhere", id: "opt-mesosphere", status: Fail, found: "link to nowhere", hint: "remove the link", change: opt("dangling")},
		{name: "a file", id: "opt-mesosphere", status: Fail, found: "no directory", hint: "move it away", change: opt("other")},
		{name: "empty", id: "opt-mesosphere", status: Pass, found: "empty", change: opt("empty")},
		{name: "not empty is for no-earlier-dcos to judge", id: "opt-mesosphere", status: Pass, change: opt("full")},
	})
}

func TestKernelVerdicts(t *testing.T) {
	family := func(family Family, change func(*Facts)) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.OS.Family = family; change(f) }
	}
	language := func(value string) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Settings.Language = value }
	}
	on := Service{Active: true, Enabled: true}
	runVerdicts(t, []verdictCase{
		{name: "version 2", id: "cgroups", status: Warn, found: "version 2", hint: "unified_cgroup_hierarchy=0",
			change: func(f *Facts, _ *Spec) { f.Settings.Cgroups = 2 }},
		{name: "not told", id: "cgroups", status: Pass, found: "not told", change: func(f *Facts, _ *Spec) { f.Settings.Cgroups = 0 }},
		{name: "an agent's", id: "swap", status: Warn, found: "/dev/sda2", hint: "swapoff",
			change: func(f *Facts, s *Spec) {
				s.Role, f.Settings.Swaps = inventory.RoleAgent, []string{"/dev/sda2"}
			}},
		{name: "one of two", id: "raid-modules", status: Warn, found: "raid1", hint: "storage service",
			change: func(f *Facts, _ *Spec) { f.Settings.Modules = []string{"raid1"} }},
		{name: "busybox", id: "sort-versions", status: Warn, found: "does not", hint: "coreutils",
			change: func(f *Facts, _ *Spec) { f.Settings.SortsVersions = false }},
		{name: "Flatcar", id: "auto-updates", status: Warn, found: "update-engine, locksmithd", hint: "mask --now",
			change: family(FamilyFlatcar, func(f *Facts) { f.Services["locksmithd"], f.Services["update-engine"] = on, on })},
		{name: "Ubuntu", id: "auto-updates", status: Warn, found: "unattended-upgrades", hint: "20auto-upgrades",
			change: family(FamilyDebian, func(f *Facts) { f.Settings.AptUpgrades = true })},
		{name: "yum", id: "auto-updates", status: Warn, found: "yum-cron", hint: "systemctl disable --now yum-cron",
			change: family(FamilyRedHat, func(f *Facts) { f.Services["yum-cron"] = Service{Enabled: true} })},
		{name: "none", id: "locale", status: Warn, found: "not set", hint: "localectl", change: language("")},
		{name: "C", id: "locale", status: Warn, found: "C", hint: "localectl", change: language("C")},
		{name: "Latin-1", id: "locale", status: Warn, found: "de_DE.ISO-8859-1", hint: "localectl", change: language("de_DE.ISO-8859-1")},
		{name: "as the vendor writes it", id: "locale", status: Pass, change: language("en_US.utf8")},
	})
}

func TestNameVerdicts(t *testing.T) {
	named := func(addresses ...string) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) {
			f.Names.Hostname = nil
			for _, a := range addresses {
				f.Names.Hostname = append(f.Names.Hostname, netip.MustParseAddr(a))
			}
		}
	}
	answers := func(answers ...Resolver) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Names.Resolvers = answers }
	}
	leased := func(f *Facts, _ *Spec) { f.Network.Leased = f.Network.Addresses }
	runVerdicts(t, []verdictCase{
		{name: "nobody knows it", id: "hostname", status: Warn, found: "m1 is not known", fixable: true, change: named()},
		{name: "nor an address of the node", id: "hostname", status: Warn, found: "not known", hint: "/etc/hosts",
			change: func(f *Facts, s *Spec) { named()(f, s); f.Network = Network{} }},
		{name: "a name that is none", id: "hostname", status: Warn, found: "not known", hint: "/etc/hosts",
			change: func(f *Facts, s *Spec) { named()(f, s); f.Hostname = "a b" }},
		{name: "another's", id: "hostname", status: Warn, found: "192.0.2.7, which is another machine", hint: "hostnamectl", change: named("192.0.2.7")},
		{name: "loopback, as Debian has it", id: "hostname", status: Pass, found: "127.0.1.1", change: named("127.0.1.1")},
		{name: "link-local, as systemd's module tells it", id: "hostname", status: Pass, change: named("fe80::1")},
		{name: "one of two", id: "hostname", status: Pass, change: named("192.0.2.7", "10.0.0.5")},
		{name: "nothing to ask with", id: "hostname", status: Pass, found: "no getent",
			change: func(f *Facts, s *Spec) { named()(f, s); f.Names.HostnameUnasked = true }},

		{name: "silent", id: "resolvers", status: Warn, found: "no answer from 8.8.8.8, 8.8.4.4:5353", hint: "dcos.config.resolvers",
			change: answers(Resolver{"8.8.8.8:53", "silent"}, Resolver{"8.8.4.4:5353", "silent"})},
		{name: "one is silent", id: "resolvers", status: Warn, found: "no answer from 8.8.8.8; 10.0.0.2 answer", hint: "UDP port 53",
			change: answers(Resolver{"8.8.8.8:53", "silent"}, Resolver{"10.0.0.2:53", "0"})},
		{name: "a closed network", id: "resolvers", status: Pass, found: "10.0.0.2 (SERVFAIL) answer", change: answers(Resolver{"10.0.0.2:53", "2"})},
		{name: "nothing to ask with", id: "resolvers", status: Pass, found: "none was asked", change: answers(Resolver{"10.0.0.2:53", "unasked"})},

		{name: "on lease", id: "address-stable", status: Warn, found: "10.0.0.5, from DHCP", hint: "reserve", change: leased},
		{name: "another of the node's addresses is", id: "address-stable", status: Pass, found: "10.0.0.6",
			change: func(f *Facts, s *Spec) { leased(f, s); s.Address = netip.MustParseAddr("10.0.0.6") }},
		{name: "in a cloud", id: "address-stable", status: Pass, found: "which keeps it",
			change: func(f *Facts, s *Spec) { leased(f, s); s.Cloud = true }},
		{name: "not known", id: "address-stable", status: Pass, found: "not known", change: func(f *Facts, _ *Spec) { f.Network = Network{IPv6: "on"} }},
	})
	// An agent may change its address.
	f := goodNode()
	leased(&f, nil)
	for _, finding := range Judge(f, Spec{Role: inventory.RoleAgent}) {
		if finding.ID == "address-stable" {
			t.Error("an agent is asked for a stable address")
		}
	}
}

func TestEngineVerdicts(t *testing.T) {
	docker := func(change func(*Docker)) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { change(&f.Docker) }
	}
	version := func(v string) func(*Facts, *Spec) { return docker(func(d *Docker) { d.Version, d.Client = v, v }) }
	containerd := func(v string) func(*Facts, *Spec) { return docker(func(d *Docker) { d.Containerd = v }) }
	stopped := docker(func(d *Docker) { *d = Docker{Installed: true, Client: "1", Version: "2"} })
	nokmem := func(kernel string) func(*Facts, *Spec) {
		return func(f *Facts, s *Spec) {
			version("18.06.3-ce")(f, s)
			f.Settings.NoKernelMemory, f.Kernel = true, kernel
		}
	}
	runVerdicts(t, []verdictCase{
		{name: "half an upgrade", id: "docker-client", status: Warn, found: "command 19.03.9, daemon 19.03.5", hint: "restart Docker",
			change: docker(func(d *Docker) { d.Client = "19.03.9" })},
		{name: "stopped", id: "docker-client", status: Pass, found: "not known", change: stopped},

		{name: "leaks", id: "docker-kmem", status: Warn, found: "17.12.1-ce, kernel 3.10.0-1160", hint: "18.09.1", change: version("17.12.1-ce")},
		{name: "leaks, the first one", id: "docker-kmem", status: Warn, hint: "18.09.1", change: version("17.06.0-ce")},
		{name: "leaks, the last one", id: "docker-kmem", status: Warn, found: "18.09.0", hint: "18.09.1", change: version("18.09.0")},
		{name: "leaks no more", id: "docker-kmem", status: Pass, change: version("18.09.1")},
		{name: "Red Hat's own", id: "docker-kmem", status: Pass, change: version("1.13.1")},
		{name: "a newer kernel", id: "docker-kmem", status: Pass,
			change: func(f *Facts, s *Spec) { version("18.06.3-ce")(f, s); f.Kernel = "4.4.200-1.el7.elrepo" }},
		{name: "version 8", id: "docker-kmem", status: Pass,
			change: func(f *Facts, s *Spec) { version("18.06.3-ce")(f, s); f.OS.Version = "8.2" }},
		{name: "switched off", id: "docker-kmem", status: Pass, change: nokmem("3.10.0-1160.el7.x86_64")},
		{name: "a kernel that cannot switch it off", id: "docker-kmem", status: Warn, hint: "1062.4.1", change: nokmem("3.10.0-957.el7.x86_64")},

		{name: "leaks too", id: "containerd-version", status: Warn, found: "1.2.10-3.2.el7", hint: "another containerd.io", change: containerd("1.2.10-3.2.el7")},
		{name: "1.2.13", id: "containerd-version", status: Pass, change: containerd("1.2.13-3.1.el7")},
		{name: "on version 8", id: "containerd-version", status: Pass,
			change: func(f *Facts, s *Spec) { containerd("1.2.10-3.2.el7")(f, s); f.OS.Version = "8" }},
		{name: "part of Docker", id: "containerd-version", status: Pass, found: "no package", change: containerd("")},

		{name: "rootless", id: "docker-cgroup-driver", status: Warn, found: "none", hint: "as root", change: docker(func(d *Docker) { d.CgroupDriver = "none" })},
		{name: "systemd, as Red Hat's", id: "docker-cgroup-driver", status: Pass, change: docker(func(d *Docker) { d.CgroupDriver = "systemd" })},
		{name: "an old one does not tell", id: "docker-cgroup-driver", status: Pass, found: "not told", change: docker(func(d *Docker) { d.CgroupDriver = "" })},

		{name: "zfs", id: "docker-backing-fs", status: Warn, found: "zfs", hint: "/data/docker",
			change: docker(func(d *Docker) { d.BackingFS, d.Root = "zfs", "/data/docker" })},
		{name: "zfs of its own", id: "docker-backing-fs", status: Pass, change: docker(func(d *Docker) { d.Driver, d.BackingFS = "zfs", "zfs" })},
		{name: "ext4", id: "docker-backing-fs", status: Pass, found: "extfs", change: docker(func(d *Docker) { d.BackingFS = "extfs" })},
	})
}

func TestQuestions(t *testing.T) {
	tests := []struct {
		name string
		q    Questions
		want []string
	}{
		{"none", Questions{}, []string{""}},
		{"a port is added where there is none", Questions{WorkDir: "/work", Resolvers: []string{"10.0.0.2", "10.0.0.3:5353"}},
			[]string{"/work", "10.0.0.2:53", "10.0.0.3:5353"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, test.q.Args()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
