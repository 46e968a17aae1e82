package remote

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

var (
	//go:embed scripts/job.sh
	jobScript string
	//go:embed scripts/job-start.sh
	jobStartScript string
	//go:embed scripts/job-run.sh
	jobRunScript string
	//go:embed scripts/job-follow.sh
	jobFollowScript string
	//go:embed scripts/job-state.sh
	jobStateScript string
	//go:embed scripts/job-stop.sh
	jobStopScript string
	//go:embed scripts/job-forget.sh
	jobForgetScript string
)

// Job is a script that runs on the machine as a unit of systemd, apart from any connection. It needs root there.
//
// Its state is in jobs/<Name> below the Dialer's StateDir, for root only: script, key, log, started, exit.
type Job struct {
	// Name is the job's on this machine; the unit is dcosup-<Name>.service. Letters, digits, "-", "_" and ".".
	Name string
	// Key is one line that stands for what is to be done, such as a hash of the inputs. A job that has succeeded with
	// the same key is not run again; one that runs with the same key is joined.
	Key string
	// Again runs a job anew that has succeeded with the same key: for who knows better than the job's own memory that
	// it is needed. One that runs is joined all the same.
	Again bool
	// Script is run by /bin/sh, with HOME, LC_ALL=C, umask 022 and systemd's PATH. It should do no harm when it is
	// begun again after it was cut short.
	Script string
	// Args become $1, $2 …; unlike a Command's they can be seen in the machine's process list.
	Args []string
	// Dir is the working directory. Default: /.
	Dir string
	// Timeout ends the script by SIGTERM, 30 s later by SIGKILL; its exit code is 124 then. Default: none.
	Timeout time.Duration

	again string // tells this wish to run it again from others: a start that is tried twice must start once
}

// mark makes the wish to run the job again one of its own.
func (j *Job) mark() {
	if j.Again && j.again == "" {
		j.again = rand.Text()
	}
}

// JobResult is how a job ended, or how it was started.
type JobResult struct {
	ExitCode    int
	Attached    bool      // it ran already, with the same key
	AlreadyDone bool      // it had succeeded before, with the same key; nothing was run
	Restarted   bool      // it was interrupted while it was followed, and begun again
	LogPath     string    // on the machine
	Started     time.Time // by the machine's clock, in whole seconds
}

// JobPhase is where a job stands.
type JobPhase string

// The phases.
const (
	JobAbsent      JobPhase = "absent"      // nothing is known of it
	JobRunning     JobPhase = "running"     // its unit is active
	JobEnded       JobPhase = "ended"       // it has left an exit code
	JobInterrupted JobPhase = "interrupted" // it was begun, runs no longer, and has left no exit code
)

// JobStatus is what a machine knows of a job.
type JobStatus struct {
	Phase    JobPhase
	Key      string
	ExitCode int       // of an ended one
	Started  time.Time // by the machine's clock
	LogPath  string
	LogSize  int64 // bytes

	verdict string
}

// StartJob starts the job and returns while it runs. One that runs with the same key is left running (Attached), one
// that has succeeded with it is not run again (AlreadyDone); one that has failed or was cut short is begun anew. Two
// starters at once start it once.
//
// Errors: *JobBusyError if it runs with another key, and Run's.
func (c *Conn) StartJob(ctx context.Context, j Job) (JobResult, error) {
	if err := j.check(); err != nil {
		return JobResult{}, fmt.Errorf("%s: %w", c.t.Name, err)
	}
	setDefault(&j.Dir, "/")
	limit := int64((j.Timeout + time.Second - 1) / time.Second)
	j.mark()
	// The script is an argument and not stdin: of stdin a part can arrive, when the connection is cut, and be run.
	args := append([]string{j.Key, j.Dir, fmt.Sprint(limit), j.again, jobRunScript, j.Script}, j.Args...)
	st, err := c.askJob(ctx, "start job "+j.Name, j.Name, jobStartScript, nil, args...)
	if err != nil {
		return JobResult{}, err
	}
	switch st.verdict {
	case "busy":
		return JobResult{}, &JobBusyError{Node: c.t.Name, Name: j.Name, Key: j.Key, RunningKey: st.Key, Started: st.Started}
	case "stopping":
		return JobResult{}, &LostError{Node: c.t.Name, Op: "start job " + j.Name, Cause: errors.New("the machine is shutting down, or its systemd does not answer")}
	}
	return JobResult{
		Attached: st.verdict == "attached", AlreadyDone: st.verdict == "done", LogPath: st.LogPath, Started: st.Started,
	}, nil
}

// JobState tells where a job stands.
func (c *Conn) JobState(ctx context.Context, name string) (JobStatus, error) {
	return c.askJob(ctx, "state of job "+name, name, jobStateScript, nil)
}

// StopJob ends a running job and waits for its end. It counts as interrupted then. One that does not run is no error.
func (c *Conn) StopJob(ctx context.Context, name string) error {
	_, err := c.askJob(ctx, "stop job "+name, name, jobStopScript, nil)
	return err
}

// ForgetJob removes what is known of a job. One that runs is a *CommandError.
func (c *Conn) ForgetJob(ctx context.Context, name string) error {
	_, err := c.askJob(ctx, "forget job "+name, name, jobForgetScript, nil)
	return err
}

// RunJob starts the job, or joins it as StartJob says, and follows it to its end: output gets every line of its log
// from the beginning. Loss of the connection is survived; an interruption (killed, or the machine went down) is
// survived once, by beginning the job again. When ctx is done RunJob returns, and the job goes on.
//
// An exit code other than 0 is a *CommandError, whose Stderr is the end of the log. Other errors:
// *JobInterruptedError, and StartJob's.
func (c *Conn) RunJob(ctx context.Context, j Job, output func(line string)) (JobResult, error) {
	if output == nil {
		output = func(string) {}
	}
	j.mark()
	res, err := c.startSurely(ctx, j)
	if err != nil || res.AlreadyDone {
		return res, err
	}
	for {
		st, tail, err := c.followJob(ctx, j, output)
		if err != nil {
			return res, err
		}
		if st.Phase == JobEnded {
			res.ExitCode = st.ExitCode
			if st.ExitCode != 0 {
				return res, &CommandError{Node: c.t.Name, Name: "job " + j.Name, ExitCode: st.ExitCode, Stderr: tail}
			}
			return res, nil
		}
		if res.Restarted {
			return res, &JobInterruptedError{Node: c.t.Name, Name: j.Name, LogPath: res.LogPath}
		}
		c.tell(Event{Text: "job " + j.Name + " was interrupted, beginning it again"})
		again, err := c.startSurely(ctx, j)
		if err != nil {
			return res, err
		}
		res.Restarted, res.Started = true, again.Started
	}
}

// startSurely starts the job over a new connection if the old one is lost on the way: starting twice starts once.
func (c *Conn) startSurely(ctx context.Context, j Job) (res JobResult, err error) {
	err = c.insist(ctx, func() error {
		res, err = c.StartJob(ctx, j)
		return err
	})
	return res, err
}

// followJob shows the job's log until the job has ended or was interrupted. tail is the log's end.
func (c *Conn) followJob(ctx context.Context, j Job, output func(string)) (st JobStatus, logTail string, err error) {
	log := &logFollower{output: output, tail: tail{max: 64 << 10}}
	for {
		before := log.offset
		err := c.insist(ctx, func() error {
			st, err = c.followOnce(ctx, j, log)
			return err
		})
		if err != nil {
			return st, "", err
		}
		had := log.offset + int64(len(log.pending))
		if st.Phase != JobRunning && (had >= st.LogSize || had == before) {
			log.flush()
			return st, string(log.tail.bytes()), nil
		}
	}
}

// followOnce follows for as long as one session lasts.
func (c *Conn) followOnce(ctx context.Context, j Job, log *logFollower) (JobStatus, error) {
	log.pending = nil
	// Stdin stays open for as long as anybody listens: its end tells the script to go.
	in, hangUp := io.Pipe()
	defer hangUp.Close()
	return c.askJobTo(ctx, log, "follow job "+j.Name, j.Name, jobFollowScript, in, fmt.Sprint(log.offset))
}

// logFollower receives a job's log and counts it: only whole lines, so that one cut by a lost connection is read again.
type logFollower struct {
	output  func(string)
	offset  int64
	pending []byte
	tail    tail
}

func (l *logFollower) Write(p []byte) (int, error) {
	l.pending = append(l.pending, p...)
	if p[len(p)-1] == '\n' || len(l.pending) >= maxLine {
		l.flush()
	}
	return len(p), nil
}

func (l *logFollower) flush() {
	if len(l.pending) == 0 {
		return
	}
	lineWriter(l.output).Write(l.pending)
	l.tail.write(l.pending)
	l.offset += int64(len(l.pending))
	l.pending = nil
}

func (j Job) check() error {
	switch {
	case !validJobName(j.Name):
		return fmt.Errorf("job name %q: want letters, digits, -, _ and . only, and none of the last first", j.Name)
	case j.Key == "" || strings.ContainsFunc(j.Key, isControl):
		return fmt.Errorf("job %s: key %q: want one line", j.Name, j.Key)
	case j.Script == "":
		return fmt.Errorf("job %s: no script", j.Name)
	case j.Timeout < 0:
		return fmt.Errorf("job %s: timeout %v", j.Name, j.Timeout)
	}
	return nil
}

func validJobName(name string) bool {
	return name != "" && name[0] != '.' && name[0] != '-' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

// askJob runs one of the job scripts and reads its answer from stdout.
func (c *Conn) askJob(ctx context.Context, op, name, script string, stdin io.Reader, args ...string) (JobStatus, error) {
	return c.askJobTo(ctx, nil, op, name, script, stdin, args...)
}

// askJobTo does the same; given a writer for stdout it reads the answer from stderr.
func (c *Conn) askJobTo(ctx context.Context, stdout io.Writer, op, name, script string, stdin io.Reader, args ...string) (JobStatus, error) {
	if !validJobName(name) {
		return JobStatus{}, fmt.Errorf("%s: not a job name: %q", c.t.Name, name)
	}
	res, err := c.Run(ctx, Command{
		Name: op, Script: jobScript + script, Args: append([]string{c.d.StateDir, name}, args...),
		Stdin: stdin, Stdout: stdout, MaxOutput: 64 << 10,
	})
	if err != nil {
		return JobStatus{}, err
	}
	answer := res.Stdout
	if stdout != nil {
		answer = res.Stderr
	}
	st, err := parseJobStatus(string(answer))
	if err != nil {
		return st, fmt.Errorf("%s: %s: %w", c.t.Name, op, err)
	}
	st.LogPath = c.d.StateDir + "/jobs/" + name + "/log"
	return st, nil
}

// parseJobStatus reads key=value lines; others are noise, such as systemd-run's.
func parseJobStatus(text string) (JobStatus, error) {
	var st JobStatus
	var errs []error
	number := func(s string) int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		errs = append(errs, err)
		return n
	}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "verdict":
			st.verdict = value
		case "phase":
			st.Phase = JobPhase(value)
		case "key":
			st.Key = value
		case "exit":
			st.ExitCode = int(number(value))
		case "started":
			st.Started = time.Unix(number(value), 0)
		case "size":
			st.LogSize = number(value)
		}
	}
	return st, errors.Join(errs...)
}
