package installer

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// smallCluster is a bootstrap node, a master, an agent and a public agent.
func smallCluster() *inventory.Cluster {
	node := func(name string, role inventory.Role) *inventory.Node {
		return &inventory.Node{Name: name, Role: role, Selected: true}
	}
	return &inventory.Cluster{Name: "small", Nodes: []*inventory.Node{
		node("b", inventory.RoleBootstrap), node("m", inventory.RoleMaster),
		node("a", inventory.RoleAgent), node("p", inventory.RolePublicAgent),
	}}
}

// fresh is the discovery of nodes that need nothing but DC/OS.
func fresh(c *inventory.Cluster) Discovery {
	d := Discovery{Nodes: map[string]Sight{}}
	for _, n := range c.Nodes {
		d.Nodes[n.Name] = Sight{Facts: roles.Facts{DCOS: roles.DCOS{State: roles.DCOSAbsent}}}
	}
	return d
}

const sum = "aaaa"

// wantedSmall wants a release with the checksum aaaa and the configuration key K.
func wantedSmall() Wanted {
	return Wanted{Key: "K", Release: inventory.Release{Checksum: sum}, URL: &url.URL{Scheme: "http", Host: "b:8080"}}
}

// provided is what a complete genconf of wantedSmall leaves.
func provided() BootstrapFacts {
	return BootstrapFacts{Generator: true, Release: sum + " somewhere", Genconf: "K " + sum, Served: true}
}

func set(d Discovery, name string, change func(*Sight)) {
	s := d.Nodes[name]
	change(&s)
	d.Nodes[name] = s
}

func installed(s *Sight) { s.Facts.DCOS = roles.DCOS{State: roles.DCOSInstalled, Version: "2.1.0"} }

func lacksDocker(s *Sight) {
	s.Findings = []roles.Finding{{Requirement: roles.Requirement{ID: "docker-installed"}, Status: roles.Fail, Fixable: true}}
}

// graph writes a plan as lines: "step < must succeed ; must have ended".
func graph(p Plan) string {
	var lines []string
	for _, s := range p.Steps {
		line := s.ID
		if len(s.After) > 0 {
			line += " < " + strings.Join(s.After, " ")
		}
		if len(s.Settled) > 0 {
			line += " ; " + strings.Join(s.Settled, " ")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestMakePlan(t *testing.T) {
	for _, tc := range []struct {
		name    string
		found   func(Discovery) Discovery
		cluster func(*inventory.Cluster)
		want    string
	}{
		{name: "nothing is there", want: `
release/b
genconf/b < release/b
copy-self/b < release/b
serve/b < genconf/b copy-self/b
install/m < serve/b
healthy/m < install/m
install/a < serve/b healthy/m
install/p < serve/b healthy/m
stop-serve/b < serve/b ; install/m install/a install/p
verify/m < healthy/m ; install/m install/a install/p`},

		{name: "all is there", found: func(d Discovery) Discovery {
			for _, name := range []string{"m", "a", "p"} {
				set(d, name, installed)
			}
			d.Bootstrap = provided()
			return d
		}, want: `
verify/m`},

		{name: "one agent is left, and the install files are there", found: func(d Discovery) Discovery {
			set(d, "m", installed)
			set(d, "p", installed)
			d.Bootstrap = provided()
			return d
		}, want: `
copy-self/b
serve/b < copy-self/b
healthy/m
install/a < serve/b healthy/m
stop-serve/b < serve/b ; install/a
verify/m < healthy/m ; install/a`},

		{name: "prerequisites are missing on the bootstrap node and an agent", found: func(d Discovery) Discovery {
			set(d, "b", lacksDocker)
			set(d, "a", lacksDocker)
			return d
		}, want: `
fix/b
fix/a
release/b < fix/b
genconf/b < fix/b release/b ; fix/a
copy-self/b < fix/b release/b
serve/b < fix/b genconf/b copy-self/b
install/m < serve/b
healthy/m < install/m
install/a < serve/b fix/a healthy/m
install/p < serve/b healthy/m
stop-serve/b < serve/b ; install/m install/a install/p
verify/m < healthy/m ; install/m install/a install/p`},

		{name: "genconf waits for the fix of a master whose ip-detect is not proven", found: func(d Discovery) Discovery {
			set(d, "m", lacksDocker)
			for _, name := range []string{"a", "p"} {
				set(d, name, installed)
			}
			return d
		}, want: `
fix/m
release/b
genconf/b < fix/m release/b
copy-self/b < release/b
serve/b < genconf/b copy-self/b
install/m < serve/b fix/m
healthy/m < install/m
stop-serve/b < serve/b ; install/m
verify/m < healthy/m ; install/m`},

		{name: "nor for the fix of an agent on which the scripts were tried", found: func(d Discovery) Discovery {
			set(d, "m", installed)
			set(d, "p", installed)
			set(d, "a", lacksDocker)
			set(d, "a", func(s *Sight) {
				s.Findings = append(s.Findings, roles.Finding{Requirement: roles.Requirement{ID: roles.IDDetect}, Status: roles.Pass})
			})
			return d
		}, want: `
fix/a
release/b
genconf/b < release/b
copy-self/b < release/b
serve/b < genconf/b copy-self/b
healthy/m
install/a < serve/b fix/a healthy/m
stop-serve/b < serve/b ; install/a
verify/m < healthy/m ; install/a`},

		{name: "genconf does not wait for the fix of a master whose ip-detect is proven", found: func(d Discovery) Discovery {
			set(d, "m", lacksDocker)
			set(d, "m", func(s *Sight) {
				s.Findings = append(s.Findings, roles.Finding{Requirement: roles.Requirement{ID: roles.IDDetect}, Status: roles.Pass})
			})
			for _, name := range []string{"a", "p"} {
				set(d, name, installed)
			}
			return d
		}, want: `
fix/m
release/b
genconf/b < release/b
copy-self/b < release/b
serve/b < genconf/b copy-self/b
install/m < serve/b fix/m
healthy/m < install/m
stop-serve/b < serve/b ; install/m
verify/m < healthy/m ; install/m`},

		{name: "an interrupted installation is removed first", found: func(d Discovery) Discovery {
			for _, name := range []string{"m", "p"} {
				set(d, name, installed)
			}
			set(d, "a", func(s *Sight) {
				s.Facts.DCOS = roles.DCOS{State: roles.DCOSPartial, Setup: "failed"}
				s.Install.Phase = remote.JobInterrupted
			})
			d.Bootstrap = provided()
			return d
		}, want: `
copy-self/b
serve/b < copy-self/b
healthy/m
clean/a
install/a < serve/b clean/a healthy/m
stop-serve/b < serve/b ; install/a
verify/m < healthy/m ; install/a`},

		{name: "an installation that is still going on is not disturbed", found: func(d Discovery) Discovery {
			for _, name := range []string{"m", "p"} {
				set(d, name, installed)
			}
			set(d, "a", func(s *Sight) {
				s.Facts.DCOS = roles.DCOS{State: roles.DCOSPartial}
				s.Install.Phase = remote.JobRunning
			})
			d.Bootstrap = provided()
			return d
		}, want: `
copy-self/b
serve/b < copy-self/b
healthy/m
install/a < serve/b healthy/m
stop-serve/b < serve/b ; install/a
verify/m < healthy/m ; install/a`},

		{name: "an agent that cannot be reached has no steps", found: func(d Discovery) Discovery {
			set(d, "m", installed)
			set(d, "p", installed)
			d.Nodes["a"] = Sight{Err: errors.New("no route")}
			return d
		}, want: `
verify/m`},

		{name: "a node that -l leaves out is not touched", cluster: func(c *inventory.Cluster) {
			c.Node("a").Selected = false
			c.Node("b").Selected = false
		}, found: func(d Discovery) Discovery {
			delete(d.Nodes, "a")
			set(d, "m", installed)
			d.Bootstrap = provided()
			return d
		}, want: `
copy-self/b
serve/b < copy-self/b
healthy/m
install/p < serve/b healthy/m
stop-serve/b < serve/b ; install/p
verify/m < healthy/m ; install/p`},

		{name: "a changed configuration is generated anew for new nodes", found: func(d Discovery) Discovery {
			set(d, "m", installed)
			set(d, "p", installed)
			d.Bootstrap = provided()
			d.Bootstrap.Genconf = "old " + sum
			return d
		}, want: `
genconf/b
copy-self/b
serve/b < genconf/b copy-self/b
healthy/m
install/a < serve/b healthy/m
stop-serve/b < serve/b ; install/a
verify/m < healthy/m ; install/a`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := smallCluster()
			if tc.cluster != nil {
				tc.cluster(c)
			}
			d := fresh(c)
			if tc.found != nil {
				d = tc.found(d)
			}
			plan := MakePlan(c, d, wantedSmall(), Choices{})
			if diff := cmp.Diff(strings.TrimSpace(tc.want), graph(plan)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if err := checkGraph(plan.Steps); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMakePlanSaysWhenAChangeIsNotApplied(t *testing.T) {
	c := smallCluster()
	d := fresh(c)
	for _, name := range []string{"m", "a", "p"} {
		set(d, name, installed)
	}
	d.Bootstrap = provided()
	w := wantedSmall()
	w.Drift.Config = []genconf.Change{{Key: "gc_delay", Old: "2days", New: "3days", Rule: "it is allowed", OK: true}}
	plan := MakePlan(c, d, w, Choices{})
	if plan.Changes() {
		t.Errorf("the plan changes something:\n%s", graph(plan))
	}
	if diff := cmp.Diff(w.Drift.Config, plan.Changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("gc_delay: 2days → 3days (it is allowed)", plan.Notes[len(plan.Notes)-1]); diff != "" {
		t.Errorf("last note (-want +got):\n%s", diff)
	}
}

func TestMakePlanKeepsServingWhenTold(t *testing.T) {
	c := smallCluster()
	plan := MakePlan(c, fresh(c), wantedSmall(), Choices{KeepServing: true})
	if got := graph(plan); strings.Contains(got, "stop-serve") {
		t.Errorf("the plan stops the file server:\n%s", got)
	}
}

// A run that was cut off can leave the file server behind: the next one stops
// it, unless a node may still need it.
func TestMakePlanStopsAServerThatIsLeft(t *testing.T) {
	for _, tc := range []struct {
		name   string
		keep   bool
		change func(Discovery)
		want   bool
	}{
		{name: "nobody needs it", change: func(Discovery) {}, want: true},
		{name: "it is to stay", keep: true, change: func(Discovery) {}},
		{name: "a node still installs", change: func(d Discovery) {
			set(d, "a", func(s *Sight) { s.Install.Phase = remote.JobRunning })
		}},
		{name: "a node could not be looked at", change: func(d Discovery) {
			set(d, "p", func(s *Sight) { s.Err = errors.New("no route") })
		}},
		{name: "a node was left out by -l", change: func(d Discovery) { delete(d.Nodes, "a") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := smallCluster()
			d := fresh(c)
			for _, name := range []string{"m", "a", "p"} {
				set(d, name, installed)
			}
			d.Bootstrap = provided()
			d.Bootstrap.Serving = true
			tc.change(d)
			if got := graph(MakePlan(c, d, wantedSmall(), Choices{KeepServing: tc.keep})); strings.Contains(got, "stop-serve") != tc.want {
				t.Errorf("stops the file server: %v, want %v:\n%s", !tc.want, tc.want, got)
			}
		})
	}
}

func TestMakeResetPlan(t *testing.T) {
	c := smallCluster()
	d := fresh(c)
	set(d, "m", installed)
	set(d, "a", func(s *Sight) {
		s.Facts.DCOS.State = roles.DCOSPartial
		s.Facts.Jobs = []string{"install"}
	})
	want := `
forget/b
uninstall/m
uninstall/a
forget/a < uninstall/a`
	if diff := cmp.Diff(strings.TrimSpace(want), graph(MakeResetPlan(c, d, Choices{}))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

// Hundreds of nodes are planned in an instant: the plan is looked at by people
// who wait for it.
func BenchmarkMakePlan(b *testing.B) {
	c := smallCluster()
	for i := range 500 {
		c.Nodes = append(c.Nodes, &inventory.Node{Name: fmt.Sprintf("agent-%d", i), Role: inventory.RoleAgent, Selected: true})
	}
	d := fresh(c)
	for b.Loop() {
		MakePlan(c, d, wantedSmall(), Choices{})
	}
}
