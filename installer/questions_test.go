package installer

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/roles"
)

func TestQuestions(t *testing.T) {
	google := []string{"8.8.8.8", "8.8.4.4"}
	for _, tc := range []struct {
		name, config, node string
		want               roles.Questions
	}{
		{name: "what the generator takes by itself", node: "m", want: roles.Questions{Resolvers: google}},
		{name: "a list", config: "    resolvers: [10.0.0.2, '10.0.0.3:5353']\n", node: "a", want: roles.Questions{Resolvers: []string{"10.0.0.2", "10.0.0.3:5353"}}},
		{name: "a list in JSON", config: "    resolvers: '[\"10.0.0.2\"]'\n", node: "a", want: roles.Questions{Resolvers: []string{"10.0.0.2"}}},
		{name: "none", config: "    resolvers: []\n", node: "a", want: roles.Questions{}},
		{name: "the bootstrap node is not asked", node: "b", want: roles.Questions{}},
		{name: "work elsewhere", config: "    mesos_agent_work_dir: /work\n", node: "b", want: roles.Questions{WorkDir: "/work"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := loaded(t, tc.config, nil)
			if diff := cmp.Diff(tc.want, questions(c, c.Node(tc.node))); diff != "" {
				t.Errorf("questions (-want +got):\n%s", diff)
			}
		})
	}
}

// Nodes are judged together when all have answered; one that did not is left out.
func TestJudgeAcross(t *testing.T) {
	c := loaded(t, "", nil)
	now := time.Now()
	sight := func(name string, off time.Duration) *Sight {
		return &Sight{Asked: now, Answered: now.Add(time.Second), Facts: roles.Facts{Hostname: name,
			Clock: roles.Clock{Begin: now.Add(off), End: now.Add(time.Second + off)}, Time: roles.Time{Kernel: true}}}
	}
	lost := &Sight{}
	refuses(lost)
	found := New(Config{Cluster: c}).judgeAcross(c.Nodes, map[string]*Sight{"b": sight("x", 0), "m": sight("x", time.Hour), "a": lost})
	got := map[string]string{}
	for node, findings := range found {
		for _, f := range findings {
			got[node+" "+f.ID] = f.Status.String()
		}
	}
	want := map[string]string{"b hostname-unique": "warn", "m hostname-unique": "warn", "b clocks": "pass", "m clocks": "fail"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
