package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

func TestRun(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		tests := []struct {
			name           string
			cmd            remote.Command
			stdout, stderr string
			code           int
			signal         string
		}{
			{name: "output", cmd: remote.Command{Script: "echo out; echo err >&2"}, stdout: "out\n", stderr: "err\n"},
			{name: "no output", cmd: remote.Command{Script: ":"}},
			{name: "exit code", cmd: remote.Command{Script: "echo why >&2; exit 7"}, stderr: "why\n", code: 7},
			{name: "set -e ends it", cmd: remote.Command{Script: "set -e\nfalse\necho not reached"}, code: 1},
			{name: "signal", cmd: remote.Command{Script: "kill -KILL $$"}, code: -1, signal: "KILL"},
			{
				name:   "args are taken literally",
				cmd:    remote.Command{Script: `printf '<%s>' "$@"`, Args: []string{"a b", "$HOME", "'", "", "line\nbreak", "!x", `\`}},
				stdout: "<a b><$HOME><'><><line\nbreak><!x><\\>",
			},
			{name: "no args", cmd: remote.Command{Script: `echo "$#"`}, stdout: "0\n"},
			{
				name:   "stdin is not mixed with the script",
				cmd:    remote.Command{Script: "read -r first\necho \"1:$first\"\ncat", Stdin: strings.NewReader("one\ntwo\nthree")},
				stdout: "1:one\ntwo\nthree",
			},
			{name: "without stdin it is at its end", cmd: remote.Command{Script: "cat; echo done"}, stdout: "done\n"},
			{name: "environment", cmd: remote.Command{Script: "umask; echo $LC_ALL; echo \"${s-unset}\""}, stdout: "0022\nC\nunset\n"},
			{name: "a first line with a hashbang", cmd: remote.Command{Script: "#!/bin/sh\necho ok\n"}, stdout: "ok\n"},
			{name: "line numbers are the script's", cmd: remote.Command{Script: "\n\n)", Name: "broken"}, code: 2, stderr: "3"},
			{name: "a script of 300 KB", cmd: remote.Command{Script: strings.Repeat("# 29 bytes of a long comment.\n", 10000) + "echo end"}, stdout: "end\n"},
			{
				name:   "only the last of much output is kept",
				cmd:    remote.Command{Script: "seq 1 20000", MaxOutput: 12},
				stdout: "19999\n20000\n",
			},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				res, err := c.Run(limited(t), tt.cmd)
				if diff := cmp.Diff(tt.stdout, string(res.Stdout)); diff != "" {
					t.Errorf("stdout (-want +got):\n%s", diff)
				}
				if !strings.Contains(string(res.Stderr), tt.stderr) {
					t.Errorf("stderr is %q, want %q in it", res.Stderr, tt.stderr)
				}
				var ce *remote.CommandError
				switch {
				case tt.code == 0 && err != nil:
					t.Errorf("unexpected error: %v", err)
				case tt.code != 0 && !errors.As(err, &ce):
					t.Errorf("got error %v, want a CommandError", err)
				case tt.code != 0 && (ce.ExitCode != tt.code || ce.Signal != tt.signal || ce.Node != "n1"):
					t.Errorf("got %+v, want exit code %d, signal %q", ce, tt.code, tt.signal)
				}
			})
		}
	})
}

func TestRunStreamsWholeLines(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		var writes, lines []string
		res, err := c.Run(limited(t), remote.Command{
			Script: "printf 'a\\nb'; printf 'c\\n'; printf last",
			Stdout: remote.Lines(func(l string) { lines = append(lines, l) }),
			Stderr: writerFunc(func(p []byte) (int, error) { writes = append(writes, string(p)); return len(p), nil }),
		})
		if err != nil || string(res.Stdout) != "a\nbc\nlast" || writes != nil {
			t.Errorf("got %q, %v, and on stderr %q", res.Stdout, err, writes)
		}
		if diff := cmp.Diff([]string{"a", "bc", "last"}, lines); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestRunSinkFails(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		broken := errors.New("disk full")
		res, err := c.Run(limited(t), remote.Command{
			Script: "seq 1 100000; echo done >&2",
			Stdout: writerFunc(func(p []byte) (int, error) { return 0, broken }),
		})
		if !errors.Is(err, broken) || string(res.Stderr) != "done\n" {
			t.Errorf("got %v and stderr %q, want the sink's error and a script that came to its end", err, res.Stderr)
		}
	})
}

func TestRunIsCancelled(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(limited(t))
		_, err := c.Run(ctx, remote.Command{
			Script: "echo begun; exec sleep 100",
			Stdout: remote.Lines(func(string) { cancel(why) }),
		})
		if !errors.Is(err, why) {
			t.Errorf("got %v, want the context's cause", err)
		}
		if res, err := c.Run(limited(t), remote.Command{Script: "echo still here"}); err != nil {
			t.Errorf("the connection is of no more use: %v, %q", err, res.Stdout)
		}
	})
}

func TestRunDoesNotWaitForADaemon(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		res, err := c.Run(limited(t), remote.Command{Script: "sleep 60 & echo $!"})
		if err != nil {
			t.Fatal(err)
		}
		pid := strings.TrimSpace(string(res.Stdout))
		if _, err := c.Run(limited(t), remote.Command{Script: "kill $1", Args: []string{pid}}); err != nil {
			t.Errorf("the daemon is gone: %v", err)
		}
	})
}

func TestRunBehindANoisyLoginShell(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{Shell: shell(t, "echo Welcome!; printf 'no newline here:'; echo warning >&2\n")})
	c := connect(t, dialer(t), srv.Target("n1"))
	res, err := c.Run(limited(t), remote.Command{Script: "echo out; echo err >&2"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("out\n|err\n", string(res.Stdout)+"|"+string(res.Stderr)); diff != "" {
		t.Errorf("the noise is not the script's output (-want +got):\n%s", diff)
	}
}

// shell writes a login shell that begins with the given text.
func shell(t *testing.T, text string) string {
	t.Helper()
	path := t.TempDir() + "/shell"
	writeFile(t, path, "#!/bin/sh\n"+text+"exec /bin/sh \"$@\"\n", 0o755)
	return path
}

func TestRunBehindNoLoginShell(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{Shell: shell(t, "echo This account is not available.; exit 1\n")})
	c := connect(t, dialer(t), srv.Target("n1"))
	_, err := c.Run(limited(t), remote.Command{Script: "echo out"})
	var ce *remote.ConnectError
	if !errors.As(err, &ce) || ce.Stage != remote.StageSession || !strings.Contains(err.Error(), "not available") {
		t.Errorf("got %v, want a ConnectError at the session, with what the shell said", err)
	}
}

// The login shells that people have on nodes must all pass the command line on as it is.
func TestRunByLoginShell(t *testing.T) {
	for _, sh := range []string{"/bin/dash", "/bin/bash", "/bin/tcsh", "/usr/bin/fish", "busybox sh"} {
		t.Run(sh, func(t *testing.T) {
			path := sh
			if sh == "busybox sh" {
				path = t.TempDir() + "/sh"
				writeFile(t, path, "#!/bin/sh\nexec busybox sh \"$@\"\n", 0o755)
			}
			srv := remotetest.Start(t, remotetest.Options{Shell: path, User: "student", Bin: map[string]string{"sudo": passingSudo}})
			target := srv.Target("n1")
			target.Become.Method = remote.Sudo
			c := connect(t, dialer(t), target)
			res, err := c.Run(limited(t), remote.Command{
				Script: `printf '%s\n' "$1"; cat`, Args: []string{`a!b$c'd"e\f`}, Stdin: strings.NewReader("input"),
			})
			if err != nil {
				t.Fatalf("%v (is %s installed? make test installs it)", err, sh)
			}
			if diff := cmp.Diff("a!b$c'd\"e\\f\ninput", string(res.Stdout)); diff != "" {
				t.Errorf("stdout (-want +got):\n%s", diff)
			}
		})
	}
}

const passingSudo = `#!/bin/sh
[ "$1 $2" = "-n --" ] || exit 99
shift 2
exec "$@"
`

func TestSudo(t *testing.T) {
	tests := []struct {
		name, user, sudo string
		noSudo           bool
		denied           string
	}{
		{name: "allowed", user: "student", sudo: passingSudo},
		{name: "denied", user: "student", sudo: "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n", denied: "a password is required"},
		{name: "silent", user: "student", sudo: "#!/bin/sh\nexit 1\n", denied: "did not start the script"},
		{name: "not for root", user: "root", sudo: "#!/bin/sh\nexit 1\n"},
		{name: "not wanted", user: "student", sudo: "#!/bin/sh\nexit 1\n", noSudo: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := remotetest.Start(t, remotetest.Options{User: tt.user, Bin: map[string]string{"sudo": tt.sudo}})
			target := srv.Target("n1")
			target.Become.Method = remote.Sudo
			c := connect(t, dialer(t), target)
			_, err := c.Run(limited(t), remote.Command{Script: ":", NoBecome: tt.noSudo})
			var se *remote.BecomeError
			switch {
			case tt.denied == "" && err != nil:
				t.Errorf("unexpected error: %v", err)
			case tt.denied != "" && (!errors.As(err, &se) || !strings.Contains(se.Error(), tt.denied)):
				t.Errorf("got %v, want a BecomeError with %q", err, tt.denied)
			}
		})
	}
}

// What is in a script, its arguments and its input must not show in the node's process list.
func TestRunHidesTheScript(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	res, err := c.Run(limited(t), remote.Command{
		Script: "x=hidden-word; tr '\\0' ' ' < /proc/$$/cmdline; tr '\\0' '\\n' < /proc/$$/environ",
		Args:   []string{"hidden-arg"},
	})
	if err != nil || len(res.Stdout) == 0 {
		t.Fatalf("got %q, %v", res.Stdout, err)
	}
	if bytes.Contains(res.Stdout, []byte("hidden")) {
		t.Errorf("the process list or environment shows it: %s", res.Stdout)
	}
}

func TestRunLosesTheConnection(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	_, err := c.Run(limited(t), remote.Command{
		Name: "long", Script: "echo begun; exec sleep 100",
		Stdout: remote.Lines(func(string) { srv.CutAll() }),
	})
	var lost *remote.LostError
	if !errors.As(err, &lost) || lost.Op != "long" || lost.Node != "n1" || !remote.IsUnreachable(err) {
		t.Errorf("got %v, want a LostError about n1, long", err)
	}
	if _, err := c.Run(limited(t), remote.Command{Script: ":"}); err != nil {
		t.Errorf("the next operation must dial again: %v", err)
	}
}

// The end of a connection shows in many ways, and for a moment not at all: whatever an operation meets then, it is told
// as the loss that it is.
func TestLossThatIsNotNoticedYet(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	u := remote.Upload{Dest: filepath.Join(srv.Dir, "f"), Source: bytes.NewReader(content(1<<20, 1)), Size: 1 << 20}
	for range 50 {
		srv.CutAll()
		var lost *remote.LostError
		if _, err := c.Run(limited(t), remote.Command{Script: ":"}); err != nil && !errors.As(err, &lost) {
			t.Fatalf("got %v, want a LostError or none", err)
		}
		srv.CutAll()
		if _, err := c.Run(limited(t), remote.Command{Script: ":", Again: true}); err != nil {
			t.Fatalf("a script that may be begun again: %v", err)
		}
		srv.CutAll()
		if _, err := c.Upload(limited(t), u); err != nil {
			t.Fatalf("upload: %v", err)
		}
	}
}

// A script that was cut off on its way must not run in part.
func TestRunNeedsTheWholeScript(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{Cuts: []int64{200_000}})
	c := connect(t, dialer(t), srv.Target("n1"))
	_, err := c.Run(limited(t), remote.Command{
		Script: "touch ran\n" + strings.Repeat("# 29 bytes of a long comment.\n", 20000),
	})
	var lost *remote.LostError
	if !errors.As(err, &lost) {
		t.Fatalf("got %v, want a LostError", err)
	}
	res, err := c.Run(limited(t), remote.Command{Script: "ls"})
	if err != nil || len(res.Stdout) > 0 {
		t.Errorf("the beginning of it ran: %q, %v", res.Stdout, err)
	}
}

func TestRunManyOverFewSessions(t *testing.T) {
	for _, limit := range []int{1, 2, 20} {
		t.Run(fmt.Sprint("server allows ", limit), func(t *testing.T) {
			srv := remotetest.Start(t, remotetest.Options{MaxSessions: limit})
			c := connect(t, dialer(t), srv.Target("n1"))
			ctx := limited(t)
			errs := make(chan error)
			for range 20 {
				go func() {
					_, err := c.Run(ctx, remote.Command{Script: "sleep 0.02"})
					errs <- err
				}()
			}
			for range 20 {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
			if got := srv.Connections(); got != 1 {
				t.Errorf("%d connections, want one", got)
			}
		})
	}
}

func TestClosed(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		c.Close()
		_, err := c.Run(limited(t), remote.Command{Script: ":"})
		if !errors.Is(err, remote.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	})
}

// A command does not wait for a session: the one before it has asked for one.
func TestSessionsAreAskedForAhead(t *testing.T) {
	for _, tc := range []struct {
		name     string
		options  remotetest.Options
		closes   bool // the server closes what is not used
		sessions int  // that three commands in a row, and what was asked for ahead, open
	}{
		{name: "one more than there are commands", sessions: 4},
		{name: "one that the server has closed meanwhile is not used", closes: true, sessions: 6},
		{name: "the server allows one", options: remotetest.Options{MaxSessions: 1}, sessions: 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := remotetest.Start(t, tc.options)
			c, ctx := connect(t, dialer(t), srv.Target("n1")), limited(t)
			for range 3 {
				// The answer to the request comes before those of a command that waits for its input.
				if _, err := c.Run(ctx, remote.Command{Script: "cat", Stdin: strings.NewReader("x")}); err != nil {
					t.Fatal(err)
				}
				if tc.closes {
					srv.CloseIdle()
				}
				if _, err := c.DialContext(ctx, "tcp", fmt.Sprint("127.0.0.1:", deadPort(t))); err == nil { // after all that was said before
					t.Fatal("somebody listens where nobody should")
				}
			}
			if got := srv.Sessions(); got != tc.sessions {
				t.Errorf("%d sessions, want %d", got, tc.sessions)
			}
			if got := srv.Connections(); got != 1 {
				t.Errorf("%d connections, want one", got)
			}
		})
	}
}
