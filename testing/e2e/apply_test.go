//go:build lab

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"dcosup/installer"
)

// From nodes that lack Docker, time and packages to a healthy cluster; and one
// agent that is down fails alone.
func TestFreshInstallWithOneAgentDown(t *testing.T) {
	anew(t.Context(), t, append(agents(), "bootstrap", "master-1")...)
	down := nodes.Node("agent-3")
	if err := down.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	dcosup(t, "apply", "-i", hosts()).must(t, 4, "agent-3", "unreachable")
	for _, name := range []string{"agent-1", "agent-2", "agent-4", "public-1"} {
		if got := on(t, name, "cat /opt/mesosphere/etc/dcos-version.json"); !strings.Contains(got, "2.1.0") {
			t.Errorf("%s has no DC/OS 2.1.0: %s", name, got)
		}
	}
	got := on(t, "master-1", "curl -sS http://127.0.0.1:5050/slaves")
	for _, name := range []string{"agent-1", "agent-2", "agent-4", "public-1"} {
		if address := nodes.Node(name).Address().String(); !strings.Contains(got, address) {
			t.Errorf("%s (%s) is not registered: %s", name, address, got)
		}
	}
	// What the nodes lacked is there now.
	on(t, "agent-2", "docker info >/dev/null && systemctl is-enabled docker")
	on(t, "agent-4", "docker info >/dev/null && chronyc tracking && command -v unzip xz ipset curl")
	if driver := on(t, "agent-4", "docker info --format '{{.Driver}}'"); driver != "overlay2" {
		t.Errorf("storage driver of agent-4: got %s, want overlay2", driver)
	}
	// The install files hold secrets: they are served no longer.
	on(t, "bootstrap", "! systemctl is-active --quiet dcosup-fileserver")
	if mode := on(t, "bootstrap", "stat -c %a /opt/dcosup/*/genconf"); mode != "700" {
		t.Errorf("mode of genconf/: got %s, want 700", mode)
	}

	// The one that was down comes back, and the same command adds it.
	if err := down.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	dcosup(t, "apply", "-i", hosts()).must(t, 0, "agent-3", "healthy")
	dcosup(t, "status", "-i", hosts()).must(t, 0)
}

func TestSecondApplyChangesNothing(t *testing.T) {
	cluster(t)
	before := listings(t)
	o := dcosup(t, "apply", "-i", hosts())
	o.must(t, 0, "nothing")
	unchanged(t, before)
}

// Ten points of a run, and at each of them dcosup is killed, then told to stop: once
// and, where its steps are jobs, twice. What had begun goes on on its node, each next
// run goes on where the nodes are, and in the end dcos_install.sh has run once on
// every node.
func TestApplyInterruptedAtEveryPointIsFinishedByTheNext(t *testing.T) {
	noCluster(t)
	everyone := append([]string{"master-1"}, agents()...)
	before := map[string]int{}
	for _, name := range everyone {
		before[name] = installations(t, name)
	}
	const killed, interrupted = -1, 130
	for _, at := range []point{
		{sign: installer.RunStarted},
		{sign: installer.NodeFound},
		{step: "release/bootstrap", sign: installer.StepProgress},
		{step: "genconf/bootstrap", sign: installer.StepOutput, job: "genconf"},
		{step: "serve/bootstrap", sign: installer.StepStarted},
		{step: "fix/agent-4", sign: installer.StepOutput},
		{step: "install/master-1", sign: installer.StepOutput, job: "install"},
		{step: "healthy/master-1", sign: installer.StepStarted},
		{step: "install/agent-1", sign: installer.StepOutput, job: "install"},
		{step: "verify/master-1", sign: installer.StepStarted},
	} {
		switch at.step {
		case "release/bootstrap":
			on(t, "bootstrap", "rm -rf /opt/dcosup") // so that there is something to upload
		case "fix/agent-4": // beside the steps before, it was fixed
			anew(t.Context(), t, "agent-4")
			before["agent-4"] = 0 // its journal begins anew
		}
		once := interrupted
		if at.step == "verify/master-1" {
			once = 0 // what runs is waited for, and nothing is left
		}
		at.ends(t, killed, at.freeze, os.Kill)
		if at.job != "" {
			at.ends(t, interrupted, nil, os.Interrupt, os.Interrupt)
		}
		at.ends(t, once, at.thaw, os.Interrupt)
	}
	dcosup(t, "apply", "-i", hosts()).must(t, 0)
	for _, name := range everyone {
		if got := installations(t, name) - before[name]; got != 1 {
			t.Errorf("%s: dcos_install.sh ran %d times, want once:\n%s", name, got, on(t, name, "journalctl -u dcosup-install.service -o short-precise"))
		}
	}
	on(t, "bootstrap", "! systemctl is-active --quiet dcosup-fileserver")
}

// point is the first event of a kind, of a step where it is of one. A step that
// is a job on its node is frozen between one dcosup and the next, so that all
// come upon it.
type point struct {
	step string
	sign installer.EventType
	job  string
}

func (p point) String() string { return strings.TrimSpace(string(p.sign) + " " + p.step) }

func (p point) freeze(t *testing.T) { p.signal(t, "STOP") }
func (p point) thaw(t *testing.T)   { p.signal(t, "CONT") }

// signal sends one to all processes of the job.
func (p point) signal(t *testing.T, name string) {
	if p.job != "" {
		on(t, path.Base(p.step), "systemctl kill --signal="+name+" dcosup-"+p.job+".service")
	}
}

// ends runs an apply, sends it signals at the point, the second one when it has
// said that it heard the first, does what is to be done then, and fails the test
// unless the exit code is the one that is wanted; -1 if a signal itself ended it.
func (p point) ends(t *testing.T, want int, then func(*testing.T), signals ...os.Signal) {
	t.Helper()
	c := command(t, "apply", "-i", hosts(), "-o", "json")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	prose, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	events := json.NewDecoder(out)
	for {
		var e installer.Event
		if err := events.Decode(&e); err != nil {
			said, _ := io.ReadAll(prose)
			_ = c.Wait()
			t.Fatalf("apply ended before %s: %v\n%s", p, err, said)
		}
		if e.Step == p.step && e.Type == p.sign {
			break
		}
	}
	said := bufio.NewReader(prose)
	for i, by := range signals {
		if i > 0 {
			if line, err := said.ReadString('\n'); !strings.Contains(line, "once more") {
				t.Errorf("after the first signal it said %q, %v", line, err)
			}
		}
		if err := c.Process.Signal(by); err != nil {
			t.Fatal(err)
		}
	}
	if then != nil {
		then(t)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	_, _ = io.Copy(io.Discard, io.MultiReader(events.Buffered(), out)) // what it still says, until its end
	_ = c.Wait()                                                       // its error says only how it ended, as its exit code does
	got := c.ProcessState.ExitCode()
	t.Logf("%v at the first %s: exit code %d", signals, p, got)
	if got != want {
		t.Errorf("%v at %s: exit code: got %d, want %d", signals, p, got, want)
	}
}

// installations counts how often dcos_install.sh was started on a node, as its
// systemd remembers.
func installations(t *testing.T, node string) int {
	t.Helper()
	count, err := strconv.Atoi(on(t, node, "journalctl -u dcosup-install.service -o cat | grep -c '^Started ' || true"))
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestStatusNamesAnUnwellNode(t *testing.T) {
	cluster(t)
	on(t, "agent-1", "systemctl stop dcos-mesos-slave")
	dcosup(t, "status", "-i", hosts()).must(t, 1, "agent-1")
	on(t, "agent-1", "systemctl start dcos-mesos-slave")
	eventually(t, "agent-1 is back", func() bool { return dcosup(t, "status", "-i", hosts()).code == 0 })
}

// Every run leaves its events and a log for each node.
func TestRunDirectory(t *testing.T) {
	c := command(t, "check", "-i", hosts(), "-o", "json")
	state := t.TempDir()
	c.Env = append(c.Env, "XDG_STATE_HOME="+state)
	stdout, err := c.Output()
	if err != nil && c.ProcessState.ExitCode() != 3 {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(state, "dcosup/runs/*/events.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("events.jsonl: got %v, %v; want one", files, err)
	}
	kept, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, stdout) {
		t.Error("events.jsonl is not what -o json wrote")
	}
	var last installer.Event
	lines := bytes.Split(bytes.TrimSpace(kept), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
		t.Fatal(err)
	}
	if last.Type != installer.RunEnded || last.Summary == nil || len(last.Summary.Nodes) != 7 {
		t.Errorf("the last event is not the end of a run on seven nodes: %s", lines[len(lines)-1])
	}
}

func TestSecondOperatorIsToldWhoHoldsTheLock(t *testing.T) {
	noCluster(t)
	holder := command(t, "apply", "-i", hosts())
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Process.Kill(); _ = holder.Wait() }()
	eventually(t, "the first run holds the lock", func() bool {
		_, err := nodes.Node("bootstrap").Exec(t.Context(), "test -e /run/dcosup/lock && ! flock -n /run/dcosup/lock true")
		return err == nil
	})
	dcosup(t, "apply", "-i", hosts()).must(t, 5, "dcosup apply, since")
}

func TestResetLeavesNothing(t *testing.T) {
	cluster(t)
	c := command(t, "reset", "-i", hosts())
	c.Stdin = strings.NewReader("another-cluster\n")
	if out, err := c.CombinedOutput(); err == nil || c.ProcessState.ExitCode() != 2 {
		t.Fatalf("reset went on with the wrong name: %v\n%s", err, out)
	}
	c = command(t, "reset", "-i", hosts())
	c.Stdin = strings.NewReader("dcosup-lab\n")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range append([]string{"bootstrap", "master-1"}, agents()...) {
		left := on(t, name, `
ls -d /opt/mesosphere /etc/mesosphere /var/lib/mesosphere /var/lib/dcos /var/lib/mesos /var/lib/zookeeper /opt/dcosup \
  /run/dcos /run/mesos /etc/rexray /etc/profile.d/dcos.sh /etc/systemd/journald.conf.d/dcos.conf /var/lib/dcosup/jobs /tmp/dcos 2>/dev/null
ls -d /etc/systemd/system/dcos* /etc/systemd/system/*/dcos* 2>/dev/null
systemctl list-units --all --plain --no-legend 'dcos*' | grep -v not-found
ls -l /proc/[0-9]*/exe 2>/dev/null | grep -e /opt/mesosphere -e /opt/dcosup
true`)
		if left != "" {
			t.Errorf("%s still has:\n%s", name, left)
		}
	}
	dcosup(t, "status", "-i", hosts()).must(t, 1, "not installed")
}
