package roles

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func readAnswer(t testing.TB) string {
	t.Helper()
	answer, err := os.ReadFile("testdata/centos7.facts")
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestParseFacts(t *testing.T) {
	got, err := ParseFacts([]byte(readAnswer(t)))
	if err != nil {
		t.Fatal(err)
	}
	want := Facts{
		Hostname: "m1", Arch: "x86_64", Kernel: "3.10.0-1160.el7.x86_64", CPUs: 4,
		DMI:     DMI{Vendor: "Xen", Product: "HVM domU", ProductVersion: "4.2.amazon", BIOSVersion: "4.2.amazon"},
		OS:      OS{ID: "centos", Version: "7", Like: "rhel fedora", Pretty: "CentOS Linux 7 (Core)", Family: FamilyRedHat, Manager: "yum", Codename: "Core"},
		Systemd: Systemd{Version: 219, State: "degraded"},
		Memory:  Memory{Total: 32000000 << 10, Available: 30000000 << 10},
		Disks:   []Disk{{"/", 100000 << 10, 50000 << 10, "xfs"}, {"/var", 200000 << 10, 60000 << 10, "xfs"}},
		Network: Network{
			Addresses:     []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("2001:db8::5")},
			DefaultSource: netip.MustParseAddr("10.0.0.5"),
			DefaultDevice: "eth0",
			Gateway:       "10.0.0.1",
			Leased:        []netip.Addr{netip.MustParseAddr("10.0.0.5")},
			IPv6:          "on",
		},
		Docker: Docker{Installed: true, Package: "docker-ce", Repos: []string{"docker-ce-stable", "extras"}, Running: true, Enabled: true,
			Version: "18.09.9", Client: "18.09.8", Containerd: "1.2.10-3.2.el7", CgroupDriver: "cgroupfs", Driver: "devicemapper", DataFile: "/dev/loop0", BackingFS: "xfs", Root: "/var/lib/docker",
			LiveRestore: true, Images: 3, Containers: 2, Config: `{ "log-driver": "none" }`},
		Overlay:  true,
		Time:     Time{Services: []TimeService{{"chronyd", true, true}}, Daemon: true, Kernel: true, Source: "192.168.0.1", Offset: 0.000012},
		Commands: map[string]bool{"bash": true, "docker": true, "tar": true, "ipset": false},
		SELinux:  SELinux{Mode: "Enforcing", Policy: "targeted", Config: "enforcing"},
		Services: map[string]Service{"firewalld": {}, "ufw": {}},
		Groups:   map[string]bool{"docker": true, "nogroup": false},
		Sockets: []Socket{
			listen("tcp", "0.0.0.0", 22, "sshd/900"),
			listen("tcp", "127.0.0.1", 53, ""),
			listen("tcp", "::", 5050, "tmux:_server/33"),
			listen("tcp", "2001:db8::5", 8080, ""),
			listen("udp", "127.0.0.53", 53, "systemd-resolve/7"),
		},
		Connections: []Connection{{Port: 9990}, {Port: 80, Ending: true}},
		DCOS: DCOS{State: DCOSInstalled, Version: "2.1.0", ImageCommit: "abc123", Variant: "open", Roles: []string{"master"},
			RepositoryURL: "http://10.0.0.2:8080", PackageList: "0123abcd", Setup: "inactive",
			Traces: []string{"/opt/mesosphere", "/etc/mesosphere", "/var/lib/dcos"}},
		Jobs:     []string{"genconf-1", "install-2"},
		ReadOnly: []string{"/opt"}, PackageLock: true,
		Mounts: []Mount{
			{Point: "/", Type: "xfs", Options: []string{"rw", "relatime"}, FileTypes: "0"},
			{Point: "/tmp", Type: "tmpfs", Options: []string{"rw", "nosuid", "noexec"}},
			{Point: "/var/lib/mesos", Type: "xfs", Options: []string{"rw"}, FileTypes: "?"}},
		Inodes: []Inodes{{"/var", 1000, 400}, {"/opt", 0, 0}},
		Settings: Settings{Language: "en_US.UTF-8", Swaps: []string{"/dev/sda2"}, Modules: []string{"raid1"}, Cgroups: 1,
			NoKernelMemory: true, SortsVersions: true, OptMesosphere: "full"},
		Names: Names{Hostname: []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("fe80::1")},
			Resolvers: []Resolver{{"10.0.0.2:53", "0"}, {"8.8.8.8:53", "silent"}}},
		Reboot: Reboot{Boot: "3f1c2b9a-0d3e-4c55-9f0e-1b2a3c4d5e6f/1", Required: true, Packages: []string{"linux-image-amd64", "libc6"},
			Kernels: []string{"3.10.0-1127.el7.x86_64", "3.10.0-1160.el7.x86_64"}, Modules: true,
			Arguments: []string{"ipv6.disable=1"}, NextKnown: true, NextArguments: []string{"systemd.unified_cgroup_hierarchy=0"}},
		Changes: []Change{{"file", "/etc/hosts"}, {"unit", "firewalld.service"}, {"package", "chrony"}},
		Clock:   Clock{Begin: time.Unix(1600000000, 123456789).UTC(), End: time.Unix(1600000001, 0).UTC(), Coarse: time.Second},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseFactsIsStrict(t *testing.T) {
	answer := readAnswer(t)
	edit := func(old, new string) string {
		if !strings.Contains(answer, old) {
			t.Fatalf("the answer has no %q", old)
		}
		return strings.Replace(answer, old, new, 1)
	}
	tests := []struct {
		name, answer, want string
	}{
		{"nothing", "", `want "dcosup-facts 4"`},
		{"a message of the login first", "Welcome!\n" + answer, `line 1: want "dcosup-facts 4": "Welcome!"`},
		{"another form", edit("dcosup-facts 4", "dcosup-facts 9"), "line 1"},
		{"first line alone", "dcosup-facts 4\n", "cut off"},
		{"cut off", edit("dcosup-facts end\n", ""), "cut off"},
		{"text after the end", answer + "bye\n", "cut off"},
		{"no key", edit("uid=0", "uid"), `line 11: want key=value: "uid"`},
		{"unknown key", edit("uid=0", "gid=0"), "line 11: unknown key"},
		{"repeated key", edit("uid=0", "uid=0\nuid=0"), "line 12: repeated key"},
		{"missing key", edit("uid=0\n", ""), `missing key "uid"`},
		{"no number", edit("cpus=4", "cpus=four"), "line 12: want a whole number"},
		{"negative", edit("memory.total=3", "memory.total=-3"), "want a number of KiB"},
		{"no disk", edit("/:100000:50000:xfs", "/:100000"), "want path:total:free:type"},
		{"no size", edit("/:100000:50000:xfs", "/:x:50000:xfs"), "want sizes"},
		{"no address", edit("10.0.0.5 fe80", "ten fe80"), `"ten" is no address`},
		{"no source", edit("source=10.0.0.5", "source=x"), "line 19"},
		{"no socket", edit("00000000:0016", "0000:0016"), "is no socket address"},
		{"no connection", edit("connections=2706:01", "connections=2706"), "no port and state"},
		{"no owner", edit("tcp:22:sshd/900", "tcp:22"), "want proto:port:name/pid"},
		{"no state of IPv6", edit("ipv6=on", "ipv6=maybe"), "want on, off or absent"},
		{"neither yes nor no", edit("overlay=yes", "overlay=maybe"), "want yes or no"},
		{"half a mount", edit("/tmp tmpfs", "/tmp"), "want point, type and options"},
		{"no ftype", edit("/var/lib/mesos/slave=?", "/var/lib/mesos/slave"), "want path=ftype"},
		{"no inodes", edit("/var:1000:400", "/var:1000"), "want path:total:free"},
		{"no number of inodes", edit("/var:1000:400", "/var:many:400"), "want numbers of inodes"},
		{"no state of /opt/mesosphere", edit("opt.mesosphere=full", "opt.mesosphere=fully"), "want absent, empty, full"},
		{"no answer of a resolver", edit("8.8.8.8:53=silent", "8.8.8.8:53"), "want address:port=answer"},
		{"no address of the name", edit("hostname.addresses=10.0.0.5", "hostname.addresses=m1"), `"m1" is no address`},
		{"no time", edit("clock.begin=16", "clock.begin=x16"), "want a time"},
		{"no change", edit("unit:firewalld", "firewalld"), "want kind:key"},
		{"no property", edit("Id=docker.service", "docker.service"), "want Property=value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseFacts([]byte(test.answer))
			var probe *ProbeError
			if !errors.As(err, &probe) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want a *ProbeError with %q", err, test.want)
			}
		})
	}
}

// A node's files can hold anything; a terminal must not obey it.
func TestParseFactsTamesControlCharacters(t *testing.T) {
	answer := strings.Replace(readAnswer(t), "os.pretty=CentOS", "os.pretty=\x1b[31mEvil\xff", 1)
	got, err := ParseFacts([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	if want := "?[31mEvil? Linux 7 (Core)"; got.OS.Pretty != want {
		t.Errorf("got %q, want %q", got.OS.Pretty, want)
	}
}

func TestFamilies(t *testing.T) {
	tests := []struct {
		os   OS
		want Family
	}{
		{OS{ID: "debian"}, FamilyDebian},
		{OS{ID: "ubuntu", Like: "debian"}, FamilyDebian},
		{OS{ID: "linuxmint", Like: "ubuntu debian"}, FamilyDebian},
		{OS{ID: "ol", Like: "fedora"}, FamilyRedHat},
		{OS{ID: "scientific", Like: "rhel fedora"}, FamilyRedHat},
		{OS{ID: "flatcar", Like: "coreos"}, FamilyFlatcar},
		{OS{ID: "alpine"}, FamilyOther},
		{OS{}, FamilyOther},
	}
	for _, test := range tests {
		if got := family(test.os); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.os, got, test.want)
		}
	}
}

// Docker's command tells its version by itself, or, from version 23 on, as part
// of what the daemon is asked.
func TestDockerClient(t *testing.T) {
	tests := []struct{ name, key, value, want string }{
		{"old", "docker.client", "Docker version 1.13.1, build 7d71120/1.13.1", "1.13.1"},
		{"new", "docker.info", "Version:    28.2.2; Server Version: 20.10.24;", "28.2.2"},
		{"not Docker's", "docker.client", "podman version 4.9.4", ""},
		{"none", "docker.client", "", ""},
	}
	for _, test := range tests {
		var f Facts
		if err := probeKeys[test.key](&f, test.value); err != nil || f.Docker.Client != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.name, f.Docker.Client, err, test.want)
		}
	}
}

func TestStateOfDCOS(t *testing.T) {
	core := []string{"/opt/mesosphere", "/etc/mesosphere"}
	tests := []struct {
		name string
		dcos DCOS
		want State
	}{
		{"nothing", DCOS{}, DCOSAbsent},
		{"data alone", DCOS{Traces: []string{"/var/lib/mesos"}}, DCOSAbsent},
		{"finished", DCOS{Version: "2.1.0", Roles: []string{"slave"}, Traces: core}, DCOSInstalled},
		{"no role", DCOS{Version: "2.1.0", Traces: core}, DCOSPartial},
		{"no version yet", DCOS{Roles: []string{"slave"}, Traces: core}, DCOSPartial},
		{"marker still there", DCOS{Version: "2.1.0", Roles: []string{"slave"}, Traces: append(core, unfinished)}, DCOSPartial},
		{"setup at work", DCOS{Version: "2.1.0", Roles: []string{"slave"}, Traces: core, Setup: "activating"}, DCOSPartial},
		{"setup failed", DCOS{Version: "2.1.0", Roles: []string{"slave"}, Traces: core, Setup: "failed"}, DCOSPartial},
	}
	for _, test := range tests {
		if got := test.dcos.state(); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestTimeSources(t *testing.T) {
	tests := []struct {
		name, key, value string
		want             Time
	}{
		{"chrony follows", "time.chrony", "C0A80001,ntp.example,3,1600000000.1,-0.5,0,0,0,0,0,0,0,64,Normal", Time{Daemon: true, Source: "ntp.example", Offset: 0.5}},
		{"chrony has none", "time.chrony", "00000000,,0,0.0,0,0,0,0,0,0,0,0,0,Not synchronised", Time{}},
		{"chrony is silent", "time.chrony", "506 Cannot talk to daemon", Time{}},
		{"ntpd follows", "time.ntpq", "leap=00, stratum=3, offset=-250, refid=192.0.2.1", Time{Daemon: true, Source: "192.0.2.1", Offset: 0.25}},
		{"ntpd has none", "time.ntpq", "leap=11, stratum=16, offset=0, refid=INIT", Time{}},
		{"ntpd is silent", "time.ntpq", "ntpq: read: Connection refused", Time{}},
		{"timesyncd follows", "time.timesyncd", "yes", Time{Daemon: true}},
		{"the kernel", "time.kernel", "yes", Time{Kernel: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var f Facts
			if err := probeKeys[test.key](&f, test.value); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, f.Time); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseFacts(f *testing.F) {
	f.Add([]byte(readAnswer(f)))
	f.Add([]byte("dcosup-facts 4\ndcosup-facts end\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		facts, err := ParseFacts(answer)
		if err != nil {
			var probe *ProbeError
			if !errors.As(err, &probe) {
				t.Errorf("error %v is no *ProbeError", err)
			}
			return
		}
		for _, r := range All() { // whatever a node says, it can be judged
			r.judge(facts, Spec{})
		}
	})
}
