package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Command is a POSIX shell script to be run on a machine, as root if the Target says so.
type Command struct {
	// Name is how errors call it. Default: "script".
	Name string
	// Script is the text. It never appears in a process list, and does not run unless it has arrived whole.
	// It runs with LC_ALL=C, umask 022, /sbin and /usr/sbin in PATH, and in the login user's home directory, or
	// whichever sudo chooses.
	Script string
	// Args become $1, $2 …; they do not appear in a process list either.
	Args []string
	// Stdin is what the script reads. Default: nothing. A Read that never returns is left behind when the script ends.
	Stdin io.Reader
	// Stdout and Stderr receive the output while it comes, in whole lines (longer ones than 64 KiB in pieces), from
	// one goroutine each. See Lines. An error from one of them fails the Run, but does not stop the script.
	Stdout, Stderr io.Writer
	// NoBecome runs it as the login user.
	NoBecome bool
	// Again says that the script may be begun again if the connection is lost under it, or the machine reboots: Run
	// then waits for the machine, for the Dialer's Patience. It is not for commands with Stdin. Output that came before
	// is told twice; the Result has the last try's only.
	Again bool
	// MaxOutput is how much of each output the Result keeps, in bytes: the last of it. Default: 1 MiB.
	MaxOutput int

	hold bool // runs for as long as the connection
}

// Result is what a command left.
type Result struct {
	Stdout, Stderr []byte // the last MaxOutput bytes
	Truncated      bool   // there was more of either
	ExitCode       int
}

// Run runs a script and waits for its end. A script that does not exit with 0 is a *CommandError, beside a whole
// Result. Other errors: *ConnectError (nothing was run), *BecomeError, *LostError (it may have run), ctx's cause.
//
// When ctx is done the session is closed; what the script started may go on. Use a Job for what must not be cut short.
func (c *Conn) Run(ctx context.Context, cmd Command) (res Result, err error) {
	once := func() error {
		r, err := c.begin(ctx, cmd)
		if err != nil {
			return err
		}
		res, err = r.finish(ctx)
		return err
	}
	if cmd.Again && cmd.Stdin == nil {
		err = c.insist(ctx, once)
	} else {
		err = once()
	}
	return res, err
}

// running is a started script and where its output goes.
type running struct {
	c        *Conn
	cmd      Command
	as       Become
	m        marks
	gate     *gate // nil where the script is sent at once
	p        process
	out, err *sink
}

// begin starts the script.
func (c *Conn) begin(ctx context.Context, cmd Command) (*running, error) {
	setDefault(&cmd.Name, "script")
	setDefault(&cmd.MaxOutput, 1<<20)
	m := newMarks()
	text := preamble(cmd.Args) + cmd.Script + "\n#" + m.begin
	r := &running{
		c: c, cmd: cmd, m: m,
		out: newSink(m.begin, cmd.MaxOutput, cmd.Stdout),
		err: newSink(m.begin, cmd.MaxOutput, cmd.Stderr),
	}
	if !cmd.NoBecome && c.t.User != "root" {
		r.as = c.t.Become
	}
	in := io.Reader(strings.NewReader(text))
	if cmd.Stdin != nil {
		in = io.MultiReader(in, cmd.Stdin)
	}
	stderr := io.Writer(r.err)
	if r.as.gated() {
		r.gate = newGate(r.as, m, in)
		in, stderr = r.gate, io.MultiWriter(r.gate, r.err)
	}
	p, err := c.start(ctx, cmd.Name, commandLine(r.as, len(text), m), streams{in, r.out, stderr}, cmd.hold)
	r.p = p
	return r, err
}

// preamble stays on the script's first line, so that line numbers in the shell's messages are the script's own.
func preamble(args []string) string {
	set := "set --"
	if len(args) > 0 {
		set += " " + Quote(args...)
	}
	return "unset s; LC_ALL=C PATH=${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin; export LC_ALL PATH; umask 022; " + set + "; "
}

// finish waits for the script's end and judges it.
func (r *running) finish(ctx context.Context) (Result, error) {
	ctx, stop := r.mustBegin(ctx)
	defer stop()
	st, err := r.p.wait(ctx)
	r.out.close()
	r.err.close()
	if r.gate != nil {
		r.gate.close()
	}
	res := Result{
		Stdout: r.out.tail.bytes(), Stderr: r.err.tail.bytes(), ExitCode: st.code,
		Truncated: r.out.tail.cut || r.err.tail.cut,
	}
	var late errNotBegun
	switch {
	case errors.As(err, &late):
		return res, r.c.d.connectError(r.c.t, r.stage(), late, "see the load of the node, and what its login shell and its sudo wait for")
	case err != nil:
		return res, r.c.opError(ctx, r.cmd.Name, err)
	case !r.out.hasBegun():
		return res, r.notBegun(st)
	}
	sinkErr := errors.Join(r.out.failed, r.err.failed)
	if st.code != 0 || st.signal != "" || sinkErr != nil {
		return res, &CommandError{
			Node: r.c.t.Name, Name: r.cmd.Name, ExitCode: st.code, Signal: st.signal,
			Stderr: string(last(res.Stderr, 64<<10)), Cause: sinkErr,
		}
	}
	return res, nil
}

// errNotBegun is a script that did not begin in time.
type errNotBegun struct{ error }

// mustBegin ends the returned context if the script does not begin in time: the login shell or sudo may hang.
func (r *running) mustBegin(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	limit := r.c.d.StartTimeout
	timer := time.AfterFunc(limit, func() {
		if !r.out.hasBegun() {
			cancel(errNotBegun{fmt.Errorf("the script did not begin within %v", limit)})
		}
	})
	return ctx, func() {
		timer.Stop()
		cancel(nil)
	}
}

// stage is the one in which a script is that has not begun.
func (r *running) stage() Stage {
	if r.as.Method != NoBecome {
		return StageBecome
	}
	return StageSession
}

// notBegun explains a command that ended before the script began: sudo said no, or the login shell did.
func (r *running) notBegun(st status) error {
	said := strings.TrimSpace(string(r.err.noise) + "\n" + string(r.out.noise))
	if r.as.Method != NoBecome {
		return r.becomeError(st, said)
	}
	hint := "see the login shell of " + r.c.t.User + " on the node: it must run commands"
	if st.code == 0 || strings.Contains(said, "sftp") {
		hint += "; and see ForceCommand in sshd_config, and command= in its authorized_keys, which put another command in its place"
	}
	return r.c.d.connectError(r.c.t, StageSession,
		fmt.Errorf("the login shell did not start /bin/sh: exit code %d: %s", st.code, lastLines(said, 3)), hint)
}
