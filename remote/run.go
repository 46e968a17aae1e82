package remote

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
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
// Result. Other errors: *ConnectError (nothing was run), *SudoError, *LostError (it may have run), ctx's cause.
//
// When ctx is done the session is closed; what the script started may go on. Use a Job for what must not be cut short.
func (c *Conn) Run(ctx context.Context, cmd Command) (Result, error) {
	r, err := c.begin(ctx, cmd)
	if err != nil {
		return Result{}, err
	}
	return r.finish(ctx)
}

// running is a started script and where its output goes.
type running struct {
	c        *Conn
	cmd      Command
	sudo     bool
	p        process
	out, err *sink
}

// begin starts the script.
func (c *Conn) begin(ctx context.Context, cmd Command) (*running, error) {
	setDefault(&cmd.Name, "script")
	setDefault(&cmd.MaxOutput, 1<<20)
	mark := "dcosup-" + rand.Text()
	text := preamble(cmd.Args) + cmd.Script + "\n#" + mark
	r := &running{
		c: c, cmd: cmd, sudo: c.t.Become.Method != NoBecome && !cmd.NoBecome && c.t.User != "root",
		out: newSink(mark, cmd.MaxOutput, cmd.Stdout),
		err: newSink(mark, cmd.MaxOutput, cmd.Stderr),
	}
	in := io.Reader(strings.NewReader(text))
	if cmd.Stdin != nil {
		in = io.MultiReader(in, cmd.Stdin)
	}
	p, err := c.start(ctx, cmd.Name, commandLine(r.sudo, len(text), mark), streams{in, r.out, r.err}, cmd.hold)
	r.p = p
	return r, err
}

// commandLine is what the login shell is asked to run. It must mean the same to sh, csh and fish: so it is one line of
// plain words and one word in single quotes that has neither a quote, a backslash, an exclamation mark nor a newline.
//
// The script comes over stdin, before what the script itself shall read from there. "sh -s" would not do: it reads
// ahead, so script and input could not be told apart. dd reads the exact number of bytes. The mark at the end shows
// that all of it came; printed first on both outputs, it shows where the login shell's own noise ends, and that sudo
// let us in.
func commandLine(sudo bool, size int, mark string) string {
	const boot = `s=$(dd bs="$1" count=1 iflag=fullblock 2>/dev/null); case $s in *"#$2") ;; *) exit 125;; esac; ` +
		`echo "$2"; echo "$2" >&2; eval "$s"`
	line := "exec "
	if sudo {
		line += "sudo -n -- "
	}
	return line + fmt.Sprintf("/bin/sh -c '%s' dcosup %d %s", boot, size, mark)
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
	st, err := r.p.wait(ctx)
	r.out.close()
	r.err.close()
	res := Result{
		Stdout: r.out.tail.bytes(), Stderr: r.err.tail.bytes(), ExitCode: st.code,
		Truncated: r.out.tail.cut || r.err.tail.cut,
	}
	if err != nil {
		return res, r.c.opError(ctx, r.cmd.Name, err)
	}
	if !r.out.begun {
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

// notBegun explains a command that ended before the script began: sudo said no, or the login shell did.
func (r *running) notBegun(st status) error {
	said := strings.TrimSpace(string(r.err.noise) + "\n" + string(r.out.noise))
	if r.sudo {
		if said == "" {
			said = fmt.Sprintf("exit code %d", st.code)
		}
		return &SudoError{Node: r.c.t.Name, User: r.c.t.User, Stderr: said}
	}
	return r.c.d.connectError(r.c.t, StageSession,
		fmt.Errorf("the login shell did not start /bin/sh: exit code %d: %s", st.code, lastLines(said, 3)),
		"see the login shell of "+r.c.t.User+" on the node: it must run commands")
}
