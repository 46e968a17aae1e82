package installer

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// pending is a node that waits for a reboot.
func pending(s *Sight) {
	s.Facts.Reboot.Boot = "its-boot/1"
	s.Findings = append(s.Findings, roles.Finding{Requirement: roles.Requirement{ID: roles.IDRebootPending}, Status: roles.Warn, Reboot: true,
		Found: "due since upgrades of libc6", Need: "none is due"})
}

// outdated is one that can do nothing without a reboot.
func outdated(s *Sight) {
	s.Facts.Reboot.Boot = "its-boot/1"
	s.Findings = append(s.Findings, roles.Finding{Requirement: roles.Requirement{ID: "overlay"}, Status: roles.Fail, Reboot: true})
}

func TestPlanReboots(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(*inventory.Cluster, Discovery)
		without bool // no --reboot
		want    string
		notes   string // part of them, joined
	}{
		{name: "an agent, after its fixes", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", lacksDocker)
			set(d, "a", pending)
		}, want: `
fix/a
reboot/a < fix/a
release/b
genconf/b < release/b ; reboot/a
copy-self/b < release/b
serve/b < genconf/b copy-self/b
install/m < serve/b
healthy/m < install/m
install/a < serve/b reboot/a healthy/m
install/p < serve/b healthy/m
stop-serve/b < serve/b ; install/m install/a install/p
verify/m < healthy/m ; install/m install/a install/p`},

		{name: "the bootstrap node first, and nothing beside it", prepare: func(_ *inventory.Cluster, d Discovery) {
			for _, name := range []string{"b", "m", "a"} {
				set(d, name, pending)
			}
			set(d, "p", lacksDocker)
			for _, name := range []string{"m", "a", "p"} {
				set(d, name, func(s *Sight) {
					s.Findings = append(s.Findings, roles.Finding{Requirement: roles.Requirement{ID: roles.IDDetect}, Status: roles.Pass})
				})
			}
		}, want: `
reboot/b
reboot/m < reboot/b
reboot/a < reboot/b
fix/p < reboot/b
release/b < reboot/b
genconf/b < reboot/b release/b
copy-self/b < reboot/b release/b
serve/b < reboot/b genconf/b copy-self/b
install/m < serve/b reboot/m
healthy/m < install/m
install/a < serve/b reboot/a healthy/m
install/p < serve/b fix/p healthy/m
stop-serve/b < serve/b ; install/m install/a install/p
verify/m < healthy/m ; install/m install/a install/p`},

		{name: "masters one after another", prepare: func(c *inventory.Cluster, d Discovery) {
			for _, name := range []string{"m2", "m3"} {
				c.Nodes = append(c.Nodes, &inventory.Node{Name: name, Role: inventory.RoleMaster, Selected: true})
				d.Nodes[name] = Sight{Facts: roles.Facts{DCOS: roles.DCOS{State: roles.DCOSAbsent}}}
			}
			for _, name := range []string{"m", "m2", "m3", "a", "p"} {
				set(d, name, pending)
			}
			for _, name := range []string{"m2"} {
				set(d, name, lacksDocker)
				set(d, name, pending)
			}
		}, want: `
reboot/m
reboot/a
reboot/p
fix/m2
reboot/m2 < fix/m2 reboot/m
reboot/m3 < reboot/m2`},

		{name: "not without being told to", without: true, prepare: func(_ *inventory.Cluster, d Discovery) { set(d, "a", pending) },
			notes: "A reboot is due on a (reboot-pending): --reboot does it before anything is installed"},
		{name: "never under DC/OS", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", pending)
			set(d, "a", installed)
		}, notes: "A reboot is due on a (reboot-pending): DC/OS is there"},
		{name: "nor under half of it", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", pending)
			set(d, "a", func(s *Sight) { s.Facts.DCOS.State = roles.DCOSPartial })
		}, notes: "an installation of DC/OS was begun there"},
		{name: "nor while it installs", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", pending)
			set(d, "a", func(s *Sight) { s.Install.Phase = remote.JobRunning })
		}, notes: "an installation of DC/OS was begun there"},
		{name: "never the machine that dcosup runs on", prepare: func(c *inventory.Cluster, d Discovery) {
			set(d, "b", pending)
			c.Node("b").SSH.Local = true
		}, notes: "A reboot is due on b (reboot-pending): dcosup runs there"},
		{name: "however it is reached", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "b", pending)
			set(d, "b", func(s *Sight) { s.Facts.Reboot.Boot = "this-boot/7" })
		}, notes: "A reboot is due on b (reboot-pending): dcosup runs there"},
		{name: "nor one whose return could not be told", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", pending)
			set(d, "a", func(s *Sight) { s.Facts.Reboot.Boot = "/" })
		}, notes: "one boot cannot be told from the next"},
		{name: "those with the same lot are told together", without: true, prepare: func(_ *inventory.Cluster, d Discovery) {
			for _, name := range []string{"m", "a", "p"} {
				set(d, name, pending)
			}
		}, notes: "A reboot is due on m, a, p (reboot-pending): --reboot"},
		{name: "what is off needs none", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", pending)
			set(d, "a", func(s *Sight) { s.Findings[0].Status = roles.Off })
		}},
		{name: "nor a node that was not reached, or not selected", prepare: func(c *inventory.Cluster, d Discovery) {
			set(d, "a", pending)
			set(d, "a", func(s *Sight) { s.Err = errors.New("no route") })
			set(d, "p", pending)
			c.Node("p").Selected = false
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := smallCluster()
			d := fresh(c)
			d.Here = "this-boot/7"
			tc.prepare(c, d)
			choices := Choices{Reboot: !tc.without}
			plan := MakeFixPlan(c, d, choices)
			if strings.Contains(tc.want, "verify") {
				plan = MakePlan(c, d, wantedSmall(), choices)
			}
			if diff := cmp.Diff(strings.TrimSpace(tc.want), graph(plan)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if err := checkGraph(plan.Steps); err != nil {
				t.Error(err)
			}
			if notes := strings.Join(plan.Notes, "\n"); !strings.Contains(notes, tc.notes) || tc.notes == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tc.notes)
			}
		})
	}
}

// A requirement that fails for want of a reboot stops a run, unless the run reboots.
func TestUnmetForWantOfAReboot(t *testing.T) {
	for _, tc := range []struct {
		name    string
		reboot  bool
		prepare func(*Run)
		want    []string // nodes
	}{
		{"without --reboot", false, func(*Run) {}, []string{"a"}},
		{"with it", true, func(*Run) {}, nil},
		{"with it, where it cannot be done", true, func(r *Run) { r.Cluster.Node("a").SSH.Local = true }, []string{"a"}},
	} {
		r := ended()
		set(r.found, "a", outdated)
		r.Reboot = tc.reboot
		tc.prepare(r)
		var got []string
		for _, f := range r.unmetNodes(false) {
			got = append(got, f.Node)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		if got := r.unmetNodes(true); len(got) != 1 {
			t.Errorf("%s: a check finds %v, want one", tc.name, got)
		}
	}
}

// A need that a reboot did not meet is a failure, also of what only warns; one
// that is new is not.
func TestSameNeeds(t *testing.T) {
	var s Sight
	pending(&s)
	if err := sameNeeds([]string{"overlay"}, s.Findings); err != nil {
		t.Errorf("a new need: %v", err)
	}
	err := sameNeeds([]string{roles.IDRebootPending}, s.Findings)
	if err == nil || !strings.Contains(err.Error(), "needs a reboot as before: reboot-pending: found due since upgrades of libc6") || kindOf(err) != KindFailed {
		t.Errorf("the same need: %v", err)
	}
}

func TestBootHere(t *testing.T) {
	id, began, whole := strings.Cut(bootHere(), "/")
	if len(id) != 36 || began == "" || !whole || strings.ContainsFunc(began, func(r rune) bool { return r < '0' || r > '9' }) {
		t.Errorf("got %q", bootHere())
	}
}

func TestMakeResetPlanThatRestores(t *testing.T) {
	changed := func(changes ...roles.Change) func(*Sight) {
		return func(s *Sight) { s.Facts.Changes = changes }
	}
	hosts, chrony := roles.Change{Kind: "file", Key: "/etc/hosts"}, roles.Change{Kind: "package", Key: "chrony"}
	for _, tc := range []struct {
		name    string
		prepare func(Discovery)
		restore bool
		want    string
		notes   []string
	}{
		{name: "after DC/OS, before what dcosup keeps", restore: true, prepare: func(d Discovery) {
			set(d, "b", changed(hosts))
			set(d, "m", installed)
			set(d, "a", installed)
			set(d, "a", changed(hosts, chrony))
			set(d, "a", func(s *Sight) { s.Facts.Jobs = []string{"install"} })
		}, want: `
restore/b
forget/b ; restore/b
uninstall/m
uninstall/a
restore/a < uninstall/a
forget/a < uninstall/a ; restore/a`},
		{name: "without DC/OS", restore: true, prepare: func(d Discovery) { set(d, "p", changed(hosts)) }, want: "\nforget/b\nrestore/p"},
		{name: "packages alone are told", restore: true, prepare: func(d Discovery) {
			set(d, "p", changed(chrony))
			set(d, "a", changed(chrony))
		}, want: "\nforget/b", notes: []string{"Packages that fixes installed stay on a, p: chrony."}},
		{name: "not where DC/OS stays", restore: true, prepare: func(d Discovery) {
			set(d, "b", changed(hosts))
			set(d, "b", installed)
		}, want: "\nforget/b", notes: []string{"b has DC/OS, which stays: what fixes changed there is not put back."}},
		{name: "not without being told to", prepare: func(d Discovery) {
			set(d, "p", changed(hosts))
			set(d, "a", changed(chrony))
		}, want: "\nforget/b", notes: []string{"What fixes changed stays, and stays remembered, on p: dcosup reset --restore puts it back, now or later."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := smallCluster()
			d := fresh(c)
			tc.prepare(d)
			plan := MakeResetPlan(c, d, Choices{Restore: tc.restore})
			if diff := cmp.Diff(strings.TrimSpace(tc.want), graph(plan)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.notes, plan.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if err := checkGraph(plan.Steps); err != nil {
				t.Error(err)
			}
		})
	}
}

// The step says what is put back.
func TestRestoreStepNamesWhatItPutsBack(t *testing.T) {
	c := smallCluster()
	d := fresh(c)
	set(d, "p", func(s *Sight) {
		s.Facts.Changes = []roles.Change{{Kind: "package", Key: "chrony"}, {Kind: "directory", Key: "/etc/docker"}, {Kind: "file", Key: "/etc/docker/daemon.json"},
			{Kind: "unit", Key: "firewalld.service"}, {Kind: "group", Key: "docker"}}
	})
	plan := MakeResetPlan(c, d, Choices{Restore: true})
	i := slices.IndexFunc(plan.Steps, func(s Step) bool { return s.Action == ActRestore })
	if want := "put back 3 changes of dcosup: /etc/docker/daemon.json, firewalld.service, the group docker"; i < 0 || plan.Steps[i].Title != want {
		t.Errorf("got %+v, want the title %q", plan.Steps, want)
	}
}

func TestFew(t *testing.T) {
	for names, want := range map[string]string{"a": "a", "a b c d e f": "a, b, c, d, e, f", "a b c d e f g": "a, b, c, d, e and 2 more"} {
		if got := few(strings.Fields(names)); got != want {
			t.Errorf("%s: got %q, want %q", names, got, want)
		}
	}
}
