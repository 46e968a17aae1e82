package roles

import (
	"slices"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

func TestRebootVerdicts(t *testing.T) {
	reboot := func(r Reboot) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Reboot = r }
	}
	kernel := func(running string, installed ...string) func(*Facts, *Spec) {
		return func(f *Facts, _ *Spec) { f.Kernel, f.Reboot.Kernels = running, installed }
	}
	runVerdicts(t, []verdictCase{
		{name: "nothing is known", id: "reboot-pending", status: Pass, found: "none is due", change: reboot(Reboot{})},
		{name: "Debian says so", id: "reboot-pending", status: Warn, found: "due since upgrades of libc6", hint: "--reboot",
			change: reboot(Reboot{Required: true, Packages: []string{"libc6"}})},
		{name: "nobody knows why", id: "reboot-pending", status: Warn, found: "the distribution says", hint: "systemctl reboot", change: reboot(Reboot{Required: true})},
		{name: "with DC/OS", id: "reboot-pending", status: Warn, found: "the distribution says", hint: "by hand",
			change: func(f *Facts, _ *Spec) { f.Reboot.Required, f.DCOS = true, installed() }},
		{name: "a newer kernel", id: "reboot-pending", status: Warn, found: "kernel 6.1.0-30-amd64 is installed, 6.1.0-9-amd64 runs", hint: "--reboot",
			change: kernel("6.1.0-9-amd64", "6.1.0-9-amd64", "6.1.0-30-amd64", "6.1.0-12-amd64")},
		{name: "another update of version 8", id: "reboot-pending", status: Warn, found: "4.18.0-372.9.1.el8_6.x86_64", hint: "--reboot",
			change: kernel("4.18.0-348.el8_5.x86_64", "4.18.0-372.9.1.el8_6.x86_64")},
		{name: "the running one is the newest", id: "reboot-pending", status: Pass, change: kernel("5.4.0-42-generic", "5.4.0-42-generic", "5.4.0-9-generic")},
		{name: "one of another kind", id: "reboot-pending", status: Pass, change: kernel("6.1.0-9-amd64", "6.1.0-30-cloud-amd64", "6.1.0-30-rt-amd64")},
		{name: "none in /boot, as in a container", id: "reboot-pending", status: Pass, change: kernel("6.18.44-fc")},

		{name: "modules that an upgrade took away", id: "overlay", status: Fail, found: "modules are gone", hint: "--reboot",
			change: func(f *Facts, _ *Spec) {
				f.Overlay, f.Reboot = false, Reboot{Kernels: []string{"3.10.0-1170.el7.x86_64"}}
			}},
		{name: "modules that were never there", id: "overlay", status: Fail, fixable: true, change: func(f *Facts, _ *Spec) { f.Overlay = false }},
		{name: "modules that an upgrade took away", id: "raid-modules", status: Warn, found: "modules are gone", hint: "storage service",
			change: func(f *Facts, _ *Spec) {
				f.Settings.Modules, f.Reboot = nil, Reboot{Kernels: []string{"3.10.0-1170.el7.x86_64"}}
			}},
		{name: "the boot loader asks for version 1 already", id: "cgroups", status: Warn, found: "after a reboot version 1", hint: "--reboot",
			change: func(f *Facts, _ *Spec) {
				f.Settings.Cgroups, f.Reboot.NextArguments = 2, []string{"systemd.unified_cgroup_hierarchy=0"}
			}},
		{name: "the argument does not help", id: "cgroups", status: Warn, found: "version 2", hint: "GRUB",
			change: func(f *Facts, _ *Spec) {
				a := []string{"systemd.unified_cgroup_hierarchy=0"}
				f.Settings.Cgroups, f.Reboot = 2, Reboot{Arguments: a, NextArguments: a}
			}},
		{name: "taken off the boot loader's arguments", id: "ipv6", status: Fail, found: "after a reboot on", hint: "--reboot",
			change: func(f *Facts, _ *Spec) {
				f.Network.IPv6, f.Reboot = "absent", Reboot{Arguments: []string{"ipv6.disable=1"}, NextKnown: true}
			}},
		{name: "the boot loader is not known", id: "ipv6", status: Fail, found: "absent", hint: "off its command line",
			change: func(f *Facts, _ *Spec) {
				f.Network.IPv6, f.Reboot = "absent", Reboot{Arguments: []string{"ipv6.disable=1"}}
			}},
		{name: "enforcing is set, and comes by a reboot", id: "selinux", status: Warn, found: "disabled, after a reboot enforcing", hint: "fixfiles",
			change: func(f *Facts, s *Spec) {
				s.SELinuxMode, f.SELinux = "enforcing", SELinux{Mode: "Disabled", Config: "enforcing"}
			}},
		{name: "disabled is wanted, permissive till the reboot", id: "selinux", status: Pass,
			change: func(f *Facts, s *Spec) {
				s.SELinuxMode, f.SELinux = "disabled", SELinux{Mode: "Permissive", Config: "disabled"}
			}},
	})
}

// What needs a reboot says so to programs, too, until a policy turns it off.
func TestFindingsThatNeedAReboot(t *testing.T) {
	f := goodNode()
	f.Overlay, f.Settings.Cgroups = false, 2
	f.Reboot = Reboot{Kernels: []string{"3.10.0-1170.el7.x86_64"}, NextArguments: []string{"systemd.unified_cgroup_hierarchy=0"}}
	needs := func(s Spec) (ids []string) {
		for _, finding := range Judge(f, s) {
			if finding.Reboot {
				ids = append(ids, finding.ID)
			}
		}
		slices.Sort(ids)
		return ids
	}
	s := Spec{Role: inventory.RoleMaster, Version: "2.1.0"}
	if diff := cmp.Diff([]string{"cgroups", "overlay", "reboot-pending"}, needs(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.Policy.Rules = map[string]Rule{"overlay": {Severity: Off, Reason: "x"}, "cgroups": {Severity: Fail}}
	if diff := cmp.Diff([]string{"cgroups", "reboot-pending"}, needs(s)); diff != "" {
		t.Errorf("with a policy (-want +got):\n%s", diff)
	}
}

func TestToPutBack(t *testing.T) {
	f := Facts{Changes: []Change{{"package", "chrony"}, {"file", "/etc/hosts"}, {"directory", "/etc/docker"}, {"group", "docker"},
		{"selinux", "mode"}, {"ufw", "state"}, {"unit", "docker.service"}, {"copy", "hostname/_etc_hosts"}}}
	var got []string
	for _, c := range f.ToPutBack() {
		got = append(got, c.String())
	}
	want := []string{"/etc/hosts", "the group docker", "SELinux's mode", "ufw", "docker.service",
		"a copy of an older dcosup, hostname/_etc_hosts"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.Changes = []Change{{"package", "chrony"}, {"directory", "/etc/docker"}}
	if got := f.ToPutBack(); len(got) != 1 || got[0].String() != "the directory /etc/docker" {
		t.Errorf("a directory alone: %v", got)
	}
}

// The probe tells what a journal has, and copies that it does not.
func TestProbeTellsWhatFixesChanged(t *testing.T) {
	n := newLivingNode(t)
	n.mend(shells[0], n.script("hostname", "firewall", "ntp-installed"))
	n.write("var/lib/dcosup/backup/overlay/_etc_x.absent", "")
	eachShell(t, func(t *testing.T, shell []string) {
		out, errs, _ := n.run(shell, "ROOT=''\n"+replaceOnce(t, ProbeScript(), "kept=/var/lib", "kept=$ROOT/var/lib"))
		facts, err := ParseFacts([]byte(out))
		if err != nil || errs != "" {
			t.Fatalf("%v, stderr %q\n%s", err, errs, out)
		}
		want := []Change{{"file", "/etc/hosts"}, {"unit", "firewalld.service"}, {"ufw", "state"}, {"copy", "overlay/_etc_x.absent"}, {"package", "chrony"}}
		if diff := cmp.Diff(want, facts.Changes); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if facts.Reboot.Boot == "" || facts.Reboot.Boot == "/" {
			t.Errorf("boot: %q", facts.Reboot.Boot)
		}
	})
}
