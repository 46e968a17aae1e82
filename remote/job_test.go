package remote_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

// A stand-in for systemd: a unit is a process in a session of its own, whose number is in a file. The real one is in
// the tests with the tag lab.
const (
	fakeSystemdRun = `#!/bin/sh
for a; do case $a in --unit=*) unit=${a#*=}; shift ;; --*) shift ;; *) break ;; esac; done
echo "Running as unit $unit." >&2
echo "$unit" >>"$UNITS/started"
setsid "$@" >/dev/null 2>&1 </dev/null &
echo $! >"$UNITS/$unit"
`
	// A killed process may stay as a zombie for want of somebody to reap it.
	fakeSystemctl = `#!/bin/sh
alive() { kill -0 "$1" 2>/dev/null && ! grep -q ' Z ' "/proc/$1/stat"; }
case "$1" in
show) # -p ActiveState UNIT
	pid=$(cat "$UNITS/$4" 2>/dev/null)
	state=inactive
	if [ -n "$pid" ] && alive "$pid"; then state=active; fi
	if [ -e "$UNITS/lingers" ]; then rm "$UNITS/lingers"; state=deactivating; fi
	echo "ActiveState=$state" ;;
stop)
	kill -TERM "-$(cat "$UNITS/$2")"
	while alive "$(cat "$UNITS/$2")"; do sleep 0.01; done ;;
kill) kill -KILL "-$(cat "$UNITS/$2")" ;;
reset-failed) exit 1 ;;
is-system-running) if [ -e "$UNITS/stopping" ]; then rm "$UNITS/stopping"; echo stopping; else echo running; fi ;;
*) exit 99 ;;
esac
`
)

// jobNode is a node with the stand-in. sh is the /bin/sh of its login shell's command line and of its jobs.
type jobNode struct {
	*remotetest.Server
	units string
}

func startJobNode(t *testing.T) *jobNode {
	t.Helper()
	n := &jobNode{units: t.TempDir()}
	n.Server = remotetest.Start(t, remotetest.Options{
		User: "root", Env: []string{"UNITS=" + n.units},
		Bin: map[string]string{"systemd-run": fakeSystemdRun, "systemctl": fakeSystemctl},
	})
	t.Cleanup(func() { n.killAll(t) })
	return n
}

// killAll ends what a failed test has left running.
func (n *jobNode) killAll(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(n.units, "*.service"))
	if err != nil {
		t.Error(err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && pid > 1 {
				syscall.Kill(-pid, syscall.SIGKILL)
			}
		}
	}
}

// kill ends a unit as the kernel or a power cut would.
func (n *jobNode) kill(t *testing.T, c *remote.Conn, job string) {
	t.Helper()
	_, err := c.Run(limited(t), remote.Command{
		Script: `systemctl kill "$1"`, Args: []string{"dcosup-" + job + ".service"},
	})
	if err != nil {
		t.Errorf("killing %s: %v", job, err)
	}
}

// starts is how often a unit was started.
func (n *jobNode) starts(t *testing.T) int {
	b, err := os.ReadFile(filepath.Join(n.units, "started"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Count(string(b), "\n")
}

// gate is a file that a job's script waits for, so that a test decides when it goes on.
func gate(t *testing.T) (wait string, open func()) {
	path := filepath.Join(t.TempDir(), "gate")
	return "until [ -e " + path + " ]; do sleep 0.02; done\n", func() { writeFile(t, path, "", 0o600) }
}

func TestRunJob(t *testing.T) {
	n := startJobNode(t)
	c := connect(t, dialer(t), n.Target("n1"))
	tests := []struct {
		name  string
		job   remote.Job
		lines []string
		code  int
	}{
		{
			name:  "output and args",
			job:   remote.Job{Script: `echo "$1"; echo err >&2; pwd; printf end`, Args: []string{"a  b"}, Dir: "/usr"},
			lines: []string{"a  b", "err", "/usr", "end"},
		},
		{name: "exit code", job: remote.Job{Script: "echo why; exit 3"}, lines: []string{"why"}, code: 3},
		{name: "no output", job: remote.Job{Script: "exit 0"}},
		{name: "much output", job: remote.Job{Script: "seq 1 30000 | tail -n 20000"}, lines: seq(10001, 30000)},
		{name: "timeout", job: remote.Job{Script: "echo begun; exec sleep 100", Timeout: 3 * time.Second}, lines: []string{"begun"}, code: 124},
		{name: "no such directory", job: remote.Job{Script: "echo no", Dir: "/nonexistent"}, code: 1,
			lines: []string{"SHELL: cd: can't cd to /nonexistent"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.job.Name, tt.job.Key = "j", tt.name
			var lines []string
			res, err := c.RunJob(limited(t), tt.job, func(l string) {
				if i := strings.Index(l, ": cd:"); i > 0 {
					l = "SHELL" + l[i:]
				}
				lines = append(lines, l)
			})
			if diff := cmp.Diff(tt.lines, lines); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			var ce *remote.CommandError
			if tt.code == 0 && err != nil || tt.code != 0 && (!errors.As(err, &ce) || ce.ExitCode != tt.code) || res.ExitCode != tt.code {
				t.Errorf("got exit code %d, %v; want %d", res.ExitCode, err, tt.code)
			}
			if ce != nil && !strings.Contains(ce.Stderr, strings.TrimPrefix(tt.lines[0], "SHELL")) {
				t.Errorf("the error's log is %q, want %q in it", ce.Stderr, tt.lines)
			}
			if time.Since(res.Started) > time.Hour || res.LogPath == "" {
				t.Errorf("result %+v has no time or path", res)
			}
		})
	}
}

func seq(from, to int) (out []string) {
	for i := from; i <= to; i++ {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func TestJobIsNotDoneTwice(t *testing.T) {
	n := startJobNode(t)
	c := connect(t, dialer(t), n.Target("n1"))
	job := func(key, script string) remote.Job { return remote.Job{Name: "j", Key: key, Script: script} }
	again := job("k2", "exit 0")
	again.Again = true
	steps := []struct {
		name   string
		job    remote.Job
		done   bool // already
		fails  bool
		starts int // in all
	}{
		{"the first time", job("k1", "exit 0"), false, false, 1},
		{"succeeded, same key", job("k1", "exit 0"), true, false, 1},
		{"succeeded, other key", job("k2", "exit 1"), false, true, 2},
		{"failed, same key", job("k2", "exit 0"), false, false, 3},
		{"then done", job("k2", "exit 0"), true, false, 3},
		{"done, but wanted again", again, false, false, 4},
		{"then done", job("k2", "exit 0"), true, false, 4},
	}
	for _, st := range steps {
		res, err := c.RunJob(limited(t), st.job, nil)
		if res.AlreadyDone != st.done || (err != nil) != st.fails || n.starts(t) != st.starts {
			t.Errorf("%s: got %+v, %v, %d starts; want %+v", st.name, res, err, n.starts(t), st)
		}
	}
	if err := c.ForgetJob(limited(t), "j"); err != nil {
		t.Fatal(err)
	}
	if res, err := c.RunJob(limited(t), job("k2", "exit 0"), nil); err != nil || res.AlreadyDone {
		t.Errorf("a forgotten job is done anew: got %+v, %v", res, err)
	}
}

func TestJobIsStartedOnceByMany(t *testing.T) {
	n := startJobNode(t)
	d := dialer(t)
	wait, open := gate(t)
	job := remote.Job{Name: "j", Key: "k", Script: wait + "echo done"}
	var wg sync.WaitGroup
	var mu sync.Mutex
	attached, started := 0, make(chan struct{}, 4)
	for range 4 {
		c := connect(t, d, n.Target("n1"))
		wg.Go(func() {
			res, err := c.StartJob(limited(t), job)
			started <- struct{}{}
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if res.Attached {
				attached++
			}
		})
	}
	for range 4 {
		<-started
	}
	wg.Wait()
	if attached != 3 || n.starts(t) != 1 {
		t.Errorf("%d starts, %d joined; want 1 and 3", n.starts(t), attached)
	}
	c := connect(t, d, n.Target("n1"))
	_, err := c.StartJob(limited(t), remote.Job{Name: "j", Key: "other", Script: ":"})
	var busy *remote.JobBusyError
	if !errors.As(err, &busy) || busy.RunningKey != "k" || time.Since(busy.Started) > time.Hour {
		t.Errorf("got %v, want a JobBusyError about k", err)
	}
	open()
	var lines []string
	res, err := c.RunJob(limited(t), job, func(l string) { lines = append(lines, l) })
	if err != nil || n.starts(t) != 1 {
		t.Errorf("joining at the end: %+v, %v, %d starts", res, err, n.starts(t))
	}
}

func TestJobSurvivesLostConnections(t *testing.T) {
	n := startJobNode(t)
	c := connect(t, dialer(t), n.Target("n1"))
	wait, open := gate(t)
	var lines []string
	res, err := c.RunJob(limited(t), remote.Job{Name: "j", Key: "k", Script: "echo one\nprintf tw\n" + wait + "echo o\necho three"},
		func(l string) {
			lines = append(lines, l)
			if l == "one" && len(lines) == 1 {
				go func() { n.CutAll(); open() }()
			}
		})
	if err != nil || res.Restarted {
		t.Errorf("got %+v, %v", res, err)
	}
	if diff := cmp.Diff([]string{"one", "two", "three"}, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if n.Connections() < 2 || n.starts(t) != 1 {
		t.Errorf("%d connections, %d starts; want more than one, and one", n.Connections(), n.starts(t))
	}
}

func TestJobIsInterrupted(t *testing.T) {
	for _, times := range []int{1, 2} {
		n := startJobNode(t)
		d := dialer(t)
		c, killer := connect(t, d, n.Target("n1")), connect(t, d, n.Target("n1"))
		wait, open := gate(t)
		begun := 0
		var kills sync.WaitGroup
		res, err := c.RunJob(limited(t), remote.Job{Name: "j", Key: "k", Script: "echo begun\n" + wait + "echo done"},
			func(l string) {
				if l != "begun" {
					return
				}
				if begun++; begun <= times {
					kills.Go(func() { n.kill(t, killer, "j") })
				} else {
					open()
				}
			})
		kills.Wait()
		var twice *remote.JobInterruptedError
		if times == 1 && (err != nil || !res.Restarted || begun != 2) {
			t.Errorf("killed once: got %+v, %v, begun %d times; want it begun again", res, err, begun)
		}
		if times == 2 && !errors.As(err, &twice) {
			t.Errorf("killed twice: got %+v, %v; want a JobInterruptedError", res, err)
		}
	}
}

// A machine that shuts down interrupts its jobs first, while it can still be talked to.
func TestJobWaitsForAReboot(t *testing.T) {
	n := startJobNode(t)
	c := connect(t, dialer(t), n.Target("n1"))
	job := remote.Job{Name: "j", Key: "k", Script: "echo done"}
	stopping := filepath.Join(n.units, "stopping")
	writeFile(t, stopping, "", 0o600)
	if _, err := c.StartJob(limited(t), job); !remote.IsUnreachable(err) {
		t.Errorf("got %v, want that it goes down", err)
	}
	writeFile(t, stopping, "", 0o600)
	if res, err := c.RunJob(limited(t), job, nil); err != nil || res.Restarted || n.starts(t) != 1 {
		t.Errorf("got %+v, %v, %d starts; want one, afterwards", res, err, n.starts(t))
	}
}

// A unit takes a moment to go after its job has ended: the next job, of other inputs too, waits for that.
func TestJobThatHasEndedIsNotBusy(t *testing.T) {
	n := startJobNode(t)
	c := connect(t, dialer(t), n.Target("n1"))
	for i, st := range []struct {
		key  string
		done bool
	}{{"k1", false}, {"k1", true}, {"k2", false}} {
		if i > 0 {
			writeFile(t, filepath.Join(n.units, "lingers"), "", 0o600)
		}
		res, err := c.RunJob(limited(t), remote.Job{Name: "j", Key: st.key, Script: "echo done"}, nil)
		if err != nil || res.Attached || res.AlreadyDone != st.done {
			t.Errorf("%s: got %+v, %v; want done already: %v", st.key, res, err, st.done)
		}
	}
}

func TestJobGoesOnWithoutUs(t *testing.T) {
	n := startJobNode(t)
	c := connect(t, dialer(t), n.Target("n1"))
	wait, open := gate(t)
	job := remote.Job{Name: "j", Key: "k", Script: "echo begun\n" + wait + "echo done"}
	ctx, cancel := context.WithCancel(limited(t))
	if _, err := c.RunJob(ctx, job, func(string) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the context's end", err)
	}
	st, err := c.JobState(limited(t), "j")
	if err != nil || st.Phase != remote.JobRunning || st.Key != "k" {
		t.Errorf("got %+v, %v; want it running", st, err)
	}
	open()
	var lines []string
	if res, err := c.RunJob(limited(t), job, func(l string) { lines = append(lines, l) }); err != nil || !res.Attached && !res.AlreadyDone {
		t.Errorf("got %+v, %v", res, err)
	} else if res.Attached && len(lines) != 2 {
		t.Errorf("log is %q, want all of it", lines)
	}
}

func TestJobStates(t *testing.T) {
	n := startJobNode(t)
	c := connect(t, dialer(t), n.Target("n1"))
	ctx := limited(t)
	is := func(want remote.JobPhase, code int) {
		t.Helper()
		st, err := c.JobState(ctx, "j")
		if err != nil || st.Phase != want || st.ExitCode != code {
			t.Errorf("got %+v, %v; want %s, %d", st, err, want, code)
		}
	}
	is(remote.JobAbsent, 0)
	if err := c.StopJob(ctx, "j"); err != nil {
		t.Errorf("stopping what does not run: %v", err)
	}
	if _, err := c.StartJob(ctx, remote.Job{Name: "j", Key: "k", Script: "sleep 100"}); err != nil {
		t.Fatal(err)
	}
	is(remote.JobRunning, 0)
	var ce *remote.CommandError
	if err := c.ForgetJob(ctx, "j"); !errors.As(err, &ce) {
		t.Errorf("forgetting a running job: got %v, want a CommandError", err)
	}
	if err := c.StopJob(ctx, "j"); err != nil {
		t.Error(err)
	}
	is(remote.JobInterrupted, 0)
	if _, err := c.RunJob(ctx, remote.Job{Name: "j", Key: "k", Script: "exit 4"}, nil); !errors.As(err, &ce) {
		t.Errorf("got %v, want a CommandError", err)
	}
	is(remote.JobEnded, 4)
}

func TestJobIsChecked(t *testing.T) {
	c := connect(t, dialer(t), remote.Target{Name: "n1", Local: true})
	for name, job := range map[string]remote.Job{
		"no name":         {Key: "k", Script: ":"},
		"a path for name": {Name: "../x", Key: "k", Script: ":"},
		"no key":          {Name: "j", Script: ":"},
		"key of lines":    {Name: "j", Key: "a\nb", Script: ":"},
		"no script":       {Name: "j", Key: "k"},
		"time backwards":  {Name: "j", Key: "k", Script: ":", Timeout: -1},
	} {
		if _, err := c.StartJob(limited(t), job); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
