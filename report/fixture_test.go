package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dcosup/installer"
	"dcosup/inventory"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden holds a text against testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// start is when every run of these tests begins.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// story tells a run event by event, each at its second.
type story struct{ events []installer.Event }

func (s *story) at(second float64, e installer.Event) {
	e.Time = start.Add(time.Duration(second * float64(time.Second)))
	e.Run = "r1"
	s.events = append(s.events, e)
}

func (s *story) tell(sink Sink) {
	for _, e := range s.events {
		sink.Event(e)
	}
}

var fourNodes = []installer.NodeName{
	{Name: "boot", Role: inventory.RoleBootstrap},
	{Name: "master-1", Role: inventory.RoleMaster},
	{Name: "agent-1", Role: inventory.RoleAgent},
	{Name: "agent-2", Role: inventory.RoleAgent},
}

func (s *story) started(command string) {
	s.at(0, installer.Event{Type: installer.RunStarted, Command: command, Cluster: "smack", Nodes: fourNodes})
}

func (s *story) found(second float64, node string, checks ...installer.CheckedFinding) {
	e := installer.Event{Type: installer.NodeFound, Node: node, Findings: checks}
	for _, n := range fourNodes {
		if n.Name == node {
			e.Role = n.Role
		}
	}
	s.at(second, e)
}

func (s *story) step(second float64, id string) {
	step := stepOf(id)
	s.at(second, installer.Event{Type: installer.StepStarted, Step: id, Stage: step.Stage,
		Node: step.Node, Message: step.Title})
}

func (s *story) says(second float64, id, message string) {
	s.at(second, installer.Event{Type: installer.StepProgress, Step: id, Message: message})
}

func (s *story) transfers(second float64, id string, done, total int64) {
	s.at(second, installer.Event{Type: installer.StepProgress, Step: id, Done: done, Total: total})
}

func (s *story) prints(second float64, id, line string) {
	s.at(second, installer.Event{Type: installer.StepOutput, Step: id, Node: stepOf(id).Node, Message: line})
}

func (s *story) ended(second float64, id string, outcome installer.Outcome, took float64) {
	s.at(second, installer.Event{Type: installer.StepEnded, Step: id, Stage: stepOf(id).Stage,
		Node: stepOf(id).Node, Outcome: outcome, Seconds: took})
}

func (s *story) failed(second float64, id string, f installer.Failure) {
	f.Node, f.Step = stepOf(id).Node, id
	s.at(second, installer.Event{Type: installer.StepEnded, Step: id, Stage: stepOf(id).Stage,
		Node: f.Node, Outcome: installer.Failed, Seconds: 3, Failure: &f, Message: f.Message})
}

func stepOf(id string) installer.Step {
	for _, s := range freshPlan.Steps {
		if s.ID == id {
			return s
		}
	}
	panic("no step " + id)
}

var freshPlan = installer.Plan{
	Steps: []installer.Step{
		{ID: "fix/boot", Stage: installer.StagePrepare, Node: "boot", Action: installer.ActFix,
			Title: "prepare the node", Why: "Docker is not installed"},
		{ID: "fix/master-1", Stage: installer.StagePrepare, Node: "master-1", Action: installer.ActFix,
			Title: "prepare the node", Why: "Docker is not installed"},
		{ID: "release/boot", Stage: installer.StageRelease, Node: "boot", Action: installer.ActRelease,
			Title: "fetch DC/OS 2.1.0", After: []string{"fix/boot"}},
		{ID: "serve/boot", Stage: installer.StageServe, Node: "boot", Action: installer.ActServe,
			Title: "serve the install files", After: []string{"release/boot"}},
		{ID: "install/master-1", Stage: installer.StageMasters, Node: "master-1", Action: installer.ActInstall,
			Title: "install DC/OS (master)", After: []string{"serve/boot", "fix/master-1"}},
		{ID: "healthy/master-1", Stage: installer.StageMasters, Node: "master-1", Action: installer.ActHealthy,
			Title: "wait until the master serves", After: []string{"install/master-1"}},
		{ID: "install/agent-1", Stage: installer.StageAgents, Node: "agent-1", Action: installer.ActInstall,
			Title: "install DC/OS (slave)", After: []string{"serve/boot", "healthy/master-1"}},
		{ID: "install/agent-2", Stage: installer.StageAgents, Node: "agent-2", Action: installer.ActInstall,
			Title: "install DC/OS (slave)", After: []string{"serve/boot", "healthy/master-1"}},
		{ID: "verify/boot", Stage: installer.StageVerify, Node: "boot", Action: installer.ActVerify,
			Title: "prove that the cluster is whole", Settled: []string{"install/agent-1", "install/agent-2"}},
	},
	Notes: []string{"The release is 1.1 GB; it is fetched once, by the bootstrap node."},
}

var (
	tarPasses = installer.CheckedFinding{Requirement: "tar", Title: "tar is installed", Status: "pass", Found: "1.34"}
	noDocker  = installer.CheckedFinding{Requirement: "docker-installed", Title: "Docker is installed", Status: "fail",
		Found: "nothing", Need: "Docker 1.13 or later", Fix: "install docker.io"}
	rebootDue = installer.CheckedFinding{Requirement: "reboot-pending", Title: "the node waits for no reboot", Status: "warn",
		Found: "one is due", Need: "none is due", Reboot: true, Hint: "systemctl reboot"}
	littleMemory = installer.CheckedFinding{Requirement: "memory", Title: "there is enough memory", Status: "warn",
		Found: "7.8 GB", Need: "32 GB", Hint: "give the machine more memory, or run no real load on it"}
	port53 = installer.CheckedFinding{Requirement: "ports", Title: "the ports of DC/OS are free", Status: "fail",
		Found: "port 53 is held by dnsmasq (pid 811)", Need: "port 53 free", Hint: "stop dnsmasq and disable it"}
)

// checked tells the look at four nodes, of which one has everything wrong.
func (s *story) looked() {
	s.found(1.0, "boot", tarPasses, noDocker)
	s.found(1.1, "master-1", tarPasses, noDocker, littleMemory)
	s.found(1.1, "agent-1", tarPasses, littleMemory)
	s.found(1.4, "agent-2", port53, tarPasses, littleMemory)
}

// freshApply is a run in which all goes well but, where it is not nil, the
// installation of agent-2.
func freshApply(agent2 *installer.Failure) *story {
	s := &story{}
	s.started("apply")
	s.looked()
	s.at(1.5, installer.Event{Type: installer.PlanMade, Plan: &freshPlan})
	s.step(1.5, "fix/boot")
	s.step(1.5, "fix/master-1")
	s.ended(20, "fix/boot", installer.Changed, 18.5)
	s.step(20, "release/boot")
	s.transfers(21, "release/boot", 300e6, 1100e6)
	s.ended(42, "fix/master-1", installer.Changed, 40.5)
	s.ended(80, "release/boot", installer.Changed, 60)
	s.step(80, "serve/boot")
	s.ended(80.2, "serve/boot", installer.Changed, 0.2)
	s.step(81, "install/master-1")
	s.prints(82, "install/master-1", "\x1b[1mStarting DC/OS Install Process\x1b[0m")
	s.ended(140, "install/master-1", installer.Changed, 59)
	s.step(140, "healthy/master-1")
	s.says(141, "healthy/master-1", "Exhibitor has no leader yet")
	s.says(150, "healthy/master-1", "Exhibitor has no leader yet")
	s.says(160, "healthy/master-1", "Admin Router answers 502")
	s.ended(200, "healthy/master-1", installer.Unchanged, 60)
	s.step(200, "install/agent-1")
	s.step(200, "install/agent-2")
	s.theEnd(agent2)
	return s
}

func (s *story) theEnd(agent2 *installer.Failure) {
	sum := installer.Summary{Command: "apply", Cluster: "smack", OK: true, Changes: 7, Seconds: 265,
		Nodes: []installer.NodeResult{
			{Name: "boot", Role: inventory.RoleBootstrap, Address: "10.0.0.1", State: installer.Ready, Changes: 3},
			{Name: "master-1", Role: inventory.RoleMaster, Address: "10.0.0.2", State: installer.Healthy,
				Changes: 2, Detail: "DC/OS 2.1.0"},
			{Name: "agent-1", Role: inventory.RoleAgent, Address: "10.0.0.3", State: installer.Healthy,
				Changes: 1, Detail: "DC/OS 2.1.0, registered"},
			{Name: "agent-2", Role: inventory.RoleAgent, Address: "10.0.0.4", State: installer.Healthy,
				Changes: 1, Detail: "DC/OS 2.1.0, registered"},
		},
		URL: "http://10.0.0.2/", Next: "dcosup status -i hosts"}
	if agent2 == nil {
		s.ended(258, "install/agent-2", installer.Changed, 58)
	} else {
		s.failed(203, "install/agent-2", *agent2)
		f := *agent2
		f.Node, f.Step = "agent-2", "install/agent-2"
		sum.OK, sum.ExitCode, sum.Changes, sum.Failures = false, 1, 6, []installer.Failure{f}
		sum.Nodes[3].State, sum.Nodes[3].Changes, sum.Nodes[3].Detail = installer.Broken, 0, "install DC/OS (slave)"
		sum.Next, sum.NextWhy = "dcosup apply -i hosts", "it does only what is left"
	}
	s.ended(260, "install/agent-1", installer.Changed, 60)
	s.step(260, "verify/boot")
	s.ended(265, "verify/boot", installer.Unchanged, 5)
	s.at(265, installer.Event{Type: installer.RunEnded, Summary: &sum})
}

// noRoute is a failure with everything in it, and with what a node should not
// be able to do to a terminal.
func noRoute() *installer.Failure {
	return &installer.Failure{Kind: installer.KindFailed,
		Message:  "dcos_install.sh cannot fetch from the bootstrap node",
		Command:  "bash /opt/dcos_install_tmp/dcos_install.sh slave",
		ExitCode: 7,
		Stderr: []string{"\x1b[31mcurl: (7)\x1b[0m Failed to connect to 10.0.0.1 port 8080: No route to host",
			"\x1b]0;owned\x07\x1b[2J\x1b[HFailed to fetch bootstrap.tar.xz"},
		Hint: "open port 8080 of boot for agent-2, then apply again"}
}
