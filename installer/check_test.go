package installer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/roles"
)

// A check that fixes touches the selected nodes and nothing else, and installs
// nothing.
func TestMakeFixPlan(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(*inventory.Cluster, Discovery)
		want    string
	}{
		{name: "nothing is lacking", prepare: func(*inventory.Cluster, Discovery) {}},
		{name: "two lack something", want: "fix/b\nfix/a", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", lacksDocker)
			set(d, "b", lacksDocker)
		}},
		{name: "one of them is not selected", want: "fix/a", prepare: func(c *inventory.Cluster, d Discovery) {
			set(d, "a", lacksDocker)
			set(d, "b", lacksDocker)
			c.Node("b").Selected = false
		}},
		{name: "one cannot be reached", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", lacksDocker)
			set(d, "a", refuses)
		}},
		{name: "only a person can help", prepare: func(_ *inventory.Cluster, d Discovery) { set(d, "a", tooSmall) }},
		{name: "the inventory says that it need not be", prepare: func(_ *inventory.Cluster, d Discovery) {
			set(d, "a", func(s *Sight) {
				f := roles.Finding{Requirement: roles.Requirement{ID: "firewall"}, Status: roles.Fail, Fixable: true}
				s.Findings = []roles.Finding{roles.Policy{Rules: map[string]roles.Rule{"firewall": {Severity: roles.Off}}}.Apply(f)}
			})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := smallCluster()
			d := fresh(c)
			tc.prepare(c, d)
			if diff := cmp.Diff(tc.want, graph(MakeFixPlan(c, d, Choices{}))); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// After fixes, what a check finds is what counts; what failed fixes printed
// explains it, and what went wrong otherwise is not lost.
func TestStillUnmet(t *testing.T) {
	found := []Failure{{Node: "a", Kind: KindPrerequisite, Step: "check", Message: "docker-installed"}}
	fixes := []Failure{
		{Node: "a", Kind: KindPrerequisite, Step: "fix/a", Message: "docker-installed", Stderr: []string{"E: no route to mirror"}},
		{Node: "m", Kind: KindPrerequisite, Step: "fix/m", Message: "fixed by a second look"},
		{Node: "p", Kind: KindFailed, Step: "fix/p", Message: "output of fixes: unknown mark"},
		{Node: "b", Kind: KindUnreachable, Step: "fix/b", Message: "it came back"},
	}
	want := []Failure{
		{Node: "a", Kind: KindPrerequisite, Step: "check", Message: "docker-installed", Stderr: []string{"E: no route to mirror"}},
		{Node: "p", Kind: KindFailed, Step: "fix/p", Message: "output of fixes: unknown mark"},
	}
	if diff := cmp.Diff(want, stillUnmet(found, fixes)); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestOptionsAsked(t *testing.T) {
	for _, tc := range []struct {
		name string
		o    Options
		want string // of a, b and c, those that are asked
	}{
		{"all", Options{}, "abc"},
		{"only some", Options{Only: []string{"a", "c"}}, "ac"},
		{"but some", Options{Skip: []string{"a"}}, "bc"},
		{"both", Options{Only: []string{"a", "b"}, Skip: []string{"a"}}, "b"},
	} {
		got := ""
		for _, id := range []string{"a", "b", "c"} {
			if tc.o.asked(id) {
				got += id
			}
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
