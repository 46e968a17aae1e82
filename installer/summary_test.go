package installer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/dcos"
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// ended is a run of smallCluster that is over but for its summary: nothing was
// needed on the nodes but DC/OS.
func ended() *Run {
	c := smallCluster()
	for i, n := range c.Nodes {
		n.SSH.Host = fmt.Sprintf("10.0.0.%d", i+1)
	}
	r := New(Config{Cluster: c, Options: Options{Flags: "-i hosts"}})
	r.found, r.wanted = fresh(c), wantedSmall()
	return r
}

// did notes the outcomes of steps, written "install/a=changed".
func (r *Run) did(outcomes ...string) {
	for _, text := range outcomes {
		id, outcome, _ := strings.Cut(text, "=")
		action, node, _ := strings.Cut(id, "/")
		r.plan.Steps = append(r.plan.Steps, Step{ID: id, Action: Action(action), Node: node})
		r.results[id] = result{Outcome: Outcome(outcome)}
	}
}

// everywhere notes that masters and agents have DC/OS.
func everywhere(r *Run) {
	for _, name := range []string{"m", "a", "p"} {
		set(r.found, name, installed)
	}
}

// well notes that the cluster says so of these nodes.
func well(r *Run, names ...string) {
	r.health = &dcos.Report{Version: "2.1.0", Healthy: len(names) == 3}
	for _, name := range names {
		r.health.Nodes = append(r.health.Nodes, dcos.NodeHealth{Name: name, Health: dcos.Health{Healthy: true}})
	}
}

// table writes a summary as a person sees it: one line a node, then what to type.
func table(s Summary) string {
	var b strings.Builder
	for _, n := range s.Nodes {
		fmt.Fprintf(&b, "%s: %s: %s", n.Name, n.State, n.Detail)
		if n.Changes > 0 {
			fmt.Fprintf(&b, " (%d)", n.Changes)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%d %s", s.ExitCode, s.Next)
	return b.String()
}

func refuses(s *Sight) {
	s.Err = &remote.ConnectError{Node: "a", Stage: remote.StageDial, Addr: "10.0.0.3:22", Cause: errors.New("connection refused")}
}

func tooSmall(s *Sight) {
	s.Findings = append(s.Findings, roles.Finding{Requirement: roles.Requirement{ID: "cpus"}, Status: roles.Fail, Found: "1", Need: "2"})
}

func TestSummary(t *testing.T) {
	const interrupted = "interrupted: 1 of 3 steps are left"
	for _, tc := range []struct {
		name, command string
		happened      func(r *Run) []Failure
		want          string
	}{
		{name: "check: all is well", command: "check", happened: func(r *Run) []Failure { return r.unmetNodes(true) }, want: `
b: ready: serves nothing now
m: ready: meets the requirements
a: ready: meets the requirements
p: ready: meets the requirements
0 dcosup apply -i hosts`},

		{name: "check: of a cluster that is installed", command: "check", happened: func(r *Run) []Failure {
			everywhere(r)
			return r.unmetNodes(true)
		}, want: `
b: ready: serves nothing now
m: ready: DC/OS 2.1.0 is installed
a: ready: DC/OS 2.1.0 is installed
p: ready: DC/OS 2.1.0 is installed
0 dcosup status -i hosts`},

		{name: "check: apply would fix it", command: "check", happened: func(r *Run) []Failure {
			set(r.found, "a", lacksDocker)
			return r.unmetNodes(true)
		}, want: `
b: ready: serves nothing now
m: ready: meets the requirements
a: failed: docker-installed: found , need 
p: ready: meets the requirements
3 dcosup apply -i hosts`},

		{name: "check: a person must act first", command: "check", happened: func(r *Run) []Failure {
			set(r.found, "a", lacksDocker)
			set(r.found, "p", tooSmall)
			return r.unmetNodes(true)
		}, want: `
b: ready: serves nothing now
m: ready: meets the requirements
a: failed: docker-installed: found , need 
p: failed: cpus: found 1, need 2
3 dcosup check -i hosts`},

		{name: "check: a node that cannot be reached proves nothing", command: "check", happened: func(r *Run) []Failure {
			set(r.found, "a", refuses)
			return r.unmetNodes(true)
		}, want: `
b: ready: serves nothing now
m: ready: meets the requirements
a: unreachable: cannot connect to 10.0.0.3:22: dial: connection refused
p: ready: meets the requirements
4 dcosup check -i hosts`},

		{name: "check: -l leaves nodes out", command: "check", happened: func(r *Run) []Failure {
			set(r.found, "p", tooSmall)
			r.Cluster.Node("p").Selected = false
			return r.unmetNodes(true)
		}, want: `
b: ready: serves nothing now
m: ready: meets the requirements
a: ready: meets the requirements
p: left out: not selected by --limit
0 dcosup apply -i hosts`},

		{name: "plan: there is something to do", command: "plan", happened: func(r *Run) []Failure {
			r.plan = MakePlan(r.Cluster, r.found, r.wanted, Choices{})
			return nil
		}, want: `
b: ready: serves nothing now
m: absent: DC/OS is not installed
a: absent: DC/OS is not installed
p: absent: DC/OS is not installed
0 dcosup apply -i hosts`},

		{name: "plan: nothing is left to do", command: "plan", happened: func(r *Run) []Failure {
			everywhere(r)
			r.plan = MakePlan(r.Cluster, r.found, r.wanted, Choices{})
			return nil
		}, want: `
b: ready: serves nothing now
m: ready: DC/OS 2.1.0 is installed
a: ready: DC/OS 2.1.0 is installed
p: ready: DC/OS 2.1.0 is installed
0 dcosup status -i hosts`},

		{name: "plan: it goes on without a node, and says why", command: "plan", happened: func(r *Run) []Failure {
			everywhere(r)
			set(r.found, "a", refuses)
			return r.unreachable()
		}, want: `
b: ready: serves nothing now
m: ready: DC/OS 2.1.0 is installed
a: unreachable: cannot connect to 10.0.0.3:22: dial: connection refused
p: ready: DC/OS 2.1.0 is installed
4 dcosup apply -i hosts`},

		{name: "plan: a node that does not let us in", command: "plan", happened: func(r *Run) []Failure {
			everywhere(r)
			set(r.found, "p", func(s *Sight) {
				s.Err = &remote.BecomeError{Node: "p", User: "core", Method: remote.Sudo, Reason: "not allowed"}
			})
			return r.unreachable()
		}, want: `
b: ready: serves nothing now
m: ready: DC/OS 2.1.0 is installed
a: ready: DC/OS 2.1.0 is installed
p: failed: sudo as core: not allowed
1 dcosup plan -i hosts`},

		{name: "apply: a whole installation", command: "apply", happened: func(r *Run) []Failure {
			r.did("release/b=changed", "genconf/b=changed", "serve/b=changed", "fix/a=changed", "install/m=changed", "healthy/m=unchanged",
				"install/a=changed", "install/p=changed", "stop-serve/b=changed", "verify/m=unchanged")
			well(r, "m", "a", "p")
			return nil
		}, want: `
b: ready: serves nothing now (2)
m: healthy: DC/OS 2.1.0 (1)
a: healthy: DC/OS 2.1.0 (2)
p: healthy: DC/OS 2.1.0 (1)
0 dcosup status -i hosts`},

		{name: "apply: told to go on serving", command: "apply", happened: func(r *Run) []Failure {
			everywhere(r)
			r.did("serve/b=changed")
			well(r, "m", "a", "p")
			return nil
		}, want: `
b: ready: serves the install files
m: healthy: DC/OS 2.1.0
a: healthy: DC/OS 2.1.0
p: healthy: DC/OS 2.1.0
0 dcosup status -i hosts`},

		{name: "apply: an agent failed, another was not waited for", command: "apply", happened: func(r *Run) []Failure {
			set(r.found, "m", installed)
			r.did("install/a=failed", "install/p=changed")
			well(r, "m")
			return []Failure{failureOf(&remote.CommandError{Node: "a", Name: "job install", ExitCode: 1}, "a", "install/a")}
		}, want: `
b: ready: serves nothing now
m: healthy: DC/OS 2.1.0
a: failed: job install failed
p: ready: DC/OS is installed; its health was not proven (1)
1 dcosup apply -i hosts`},

		{name: "apply: a failed master stops the agents", command: "apply", happened: func(r *Run) []Failure {
			r.did("install/m=failed", "install/a=skipped", "install/p=skipped")
			return []Failure{failureOf(&remote.CommandError{Node: "m", Name: "job install", ExitCode: 1}, "m", "install/m")}
		}, want: `
b: ready: serves nothing now
m: failed: job install failed
a: left out: its turn never came
p: left out: its turn never came
1 dcosup apply -i hosts`},

		{name: "apply: Ctrl-C", command: "apply", happened: func(r *Run) []Failure {
			r.did("install/m=changed", "install/a=cancelled")
			return []Failure{{Kind: KindInterrupted, Message: interrupted}}
		}, want: `
b: ready: serves nothing now
m: ready: DC/OS is installed; its health was not proven (1)
a: left out: its turn never came
p: left out: its turn never came
130 dcosup apply -i hosts`},

		{name: "apply: another run holds the lock", command: "apply", happened: func(r *Run) []Failure {
			r.found = Discovery{}
			return failuresOf(stepError{Node: "b", Step: "lock", Err: &remote.LockedError{Node: "b", Path: "/run/dcosup/lock", Holder: "eve"}})
		}, want: `
b: failed: /run/dcosup/lock is held by eve
m: left out: not looked at
a: left out: not looked at
p: left out: not looked at
5 dcosup apply -i hosts`},

		{name: "apply: a mistake in the inventory has no next command", command: "apply", happened: func(r *Run) []Failure {
			r.found = Discovery{}
			return failuresOf(&inventory.Error{Message: "no"})
		}, want: "\nb: left out: not looked at\nm: left out: not looked at\na: left out: not looked at\np: left out: not looked at\n2 "},

		{name: "status: well", command: "status", happened: func(r *Run) []Failure {
			everywhere(r)
			well(r, "m", "a", "p")
			return nil
		}, want: "\nb: ready: serves nothing now\nm: healthy: DC/OS 2.1.0\na: healthy: DC/OS 2.1.0\np: healthy: DC/OS 2.1.0\n0 "},

		{name: "status: one is ill, one has no DC/OS, and files are served", command: "status", happened: func(r *Run) []Failure {
			set(r.found, "m", installed)
			set(r.found, "a", installed)
			r.found.Bootstrap.Serving = true
			well(r, "m")
			return []Failure{{Node: "a", Step: "status", Kind: KindFailed, Message: "mesos does not answer"},
				{Node: "p", Step: "status", Kind: KindFailed, Message: "DC/OS is not installed"}}
		}, want: `
b: ready: serves the install files
m: healthy: DC/OS 2.1.0
a: unhealthy: mesos does not answer
p: absent: DC/OS is not installed
1 dcosup apply -i hosts`},

		{name: "reset: all is gone", command: "reset", happened: func(r *Run) []Failure {
			set(r.found, "m", installed)
			set(r.found, "a", installed)
			r.found.Bootstrap.Serving = true
			r.did("forget/b=changed", "uninstall/m=changed", "uninstall/a=changed", "forget/a=changed")
			return nil
		}, want: "\nb: ready: serves nothing now (1)\nm: absent: DC/OS was removed (1)\na: absent: DC/OS was removed (2)\np: absent: DC/OS is not installed\n0 "},

		{name: "reset: something stayed", command: "reset", happened: func(r *Run) []Failure {
			set(r.found, "m", installed)
			r.did("uninstall/m=failed")
			return []Failure{failureOf(&remote.CommandError{Node: "m", Name: "remove DC/OS", ExitCode: 1}, "m", "uninstall/m")}
		}, want: `
b: ready: serves nothing now
m: failed: remove DC/OS failed
a: absent: DC/OS is not installed
p: absent: DC/OS is not installed
1 dcosup reset -i hosts`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := ended()
			got := r.summary(tc.command, tc.happened(r))
			if diff := cmp.Diff(strings.TrimPrefix(tc.want, "\n"), table(got)); diff != "" {
				t.Errorf("summary (-want +got):\n%s", diff)
			}
			if got.OK != (got.ExitCode == 0) {
				t.Errorf("ok is %v with exit code %d", got.OK, got.ExitCode)
			}
			if (got.Next == "") != (got.NextWhy == "") {
				t.Errorf("next %q stands with why %q", got.Next, got.NextWhy)
			}
		})
	}
}

func TestSummaryNamesTheClustersPageOnceItIsHealthy(t *testing.T) {
	for _, tc := range []struct {
		name string
		well []string
		want string
	}{
		{"nobody asked", nil, ""},
		{"one node is ill", []string{"m", "a"}, ""},
		{"healthy", []string{"m", "a", "p"}, "http://10.0.0.2/"},
	} {
		r := ended()
		if tc.well != nil {
			well(r, tc.well...)
		}
		if got := r.summary("status", nil).URL; got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

// Changes of the run are those of its nodes; serving and its end do not count.
func TestSummaryCountsChanges(t *testing.T) {
	r := ended()
	r.did("serve/b=changed", "genconf/b=changed", "install/m=unchanged", "install/a=changed", "fix/a=changed", "install/p=failed", "stop-serve/b=changed")
	if got := r.summary("apply", nil).Changes; got != 3 {
		t.Errorf("changes: got %d, want 3: genconf/b, install/a, fix/a", got)
	}
}
