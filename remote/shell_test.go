package remote

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The scripts for nodes, under the shells that may be /bin/sh there. Elsewhere they run under this machine's.
var shells = map[string][]string{"dash": {"dash"}, "busybox": {"busybox", "sh"}, "bash": {"bash", "--posix"}}

// box is a place to run scripts in, with a stand-in for systemd that runs units in the foreground.
type box struct {
	t     *testing.T
	shell []string
	dir   string
}

func (b box) run(script, stdin string, args ...string) (stdout, stderr string) {
	b.t.Helper()
	cmd := exec.Command(b.shell[0], append(append(b.shell[1:], "-c", script, "test"), args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Env = append(os.Environ(), "PATH="+b.dir+"/bin:"+os.Getenv("PATH"), "SHELL_WORDS="+strings.Join(b.shell, " "))
	if e := cmd.Run(); e != nil {
		b.t.Errorf("%v: %v: %s", args, e, err.String())
	}
	return out.String(), err.String()
}

func inShells(t *testing.T, f func(b box)) {
	for name, shell := range shells {
		t.Run(name, func(t *testing.T) {
			b := box{t, shell, t.TempDir()}
			for name, text := range map[string]string{
				"systemctl": "#!/bin/sh\ncase $1 in show) echo ActiveState=inactive ;; is-system-running) echo running ;; esac\n",
				"systemd-run": "#!/bin/sh\nuntil [ \"$1\" = /bin/sh ]; do shift; done\nshift\n" +
					"$SHELL_WORDS \"$@\" || true\n",
			} {
				if err := os.MkdirAll(b.dir+"/bin", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(b.dir, "bin", name), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			f(b)
		})
	}
}

func TestFileScripts(t *testing.T) {
	sum := sha256.Sum256([]byte("hello"))
	want := hex.EncodeToString(sum[:])
	inShells(t, func(b box) {
		dest := b.dir + "/a dir/it's"
		part := b.dir + "/a dir/.it's." + want[:16] + ".part"
		steps := []struct {
			name, script, stdin string
			args                []string
			says                string
		}{
			{"damaged on its way", putScript, "hell", []string{dest, want, "0600", ""}, "bad "},
			{"new", putScript, "hello", []string{dest, want, "0600", ""}, "new\n"},
			{"equal", putScript, "hello", []string{dest, want, "0600", ""}, "same\n"},
			{"other mode", putScript, "hello", []string{dest, want, "0644", ""}, "mode\n"},
			{"equal, big", prepareScript, "", []string{dest, want, "5", "0644", "", "root", "2"}, "same\n"},
			{"other mode, big", prepareScript, "", []string{dest, want, "5", "0600", "", "root", "2"}, "mode\n"},
			{"other content, big", prepareScript, "", []string{dest + "2", want, "5", "0600", "", "root", "2"},
				"part 0 " + strings.Replace(part, "it's", "it's2", 1) + "\n"},
			{"too big", prepareScript, "", []string{dest + "3", want, "9000000000000000", "0600", "", "root", "2"}, "full "},
			{"the first part", appendScript, "hel", []string{strings.Replace(part, "it's", "it's2", 1)}, ""},
			{"going on", prepareScript, "", []string{dest + "2", want, "5", "0600", "", "root", "2"},
				"part 1 " + strings.Replace(part, "it's", "it's2", 1) + "\n"},
			{"the rest", appendScript, "ello", []string{strings.Replace(part, "it's", "it's2", 1)}, ""},
			{"finished", finishScript, "", []string{strings.Replace(part, "it's", "it's2", 1), dest + "2", want, "0600", ""}, "new\n"},
		}
		for _, st := range steps {
			got, _ := b.run(st.script, st.stdin, st.args...)
			if got != st.says && (!strings.HasSuffix(st.says, " ") || !strings.HasPrefix(got, st.says)) {
				b.t.Errorf("%s: it says %q, want %q", st.name, got, st.says)
			}
		}
		got, err := os.ReadFile(dest + "2")
		if err != nil || string(got) != "hello" {
			b.t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestJobScripts(t *testing.T) {
	inShells(t, func(b box) {
		ask := func(script, stdin string, args ...string) (JobStatus, string) {
			out, errs := b.run(jobScript+script, stdin, append([]string{b.dir, "j"}, args...)...)
			st, err := parseJobStatus(out)
			if script == jobFollowScript {
				st, err = parseJobStatus(errs)
			}
			if err != nil || !st.Started.IsZero() && time.Since(st.Started) > time.Hour {
				b.t.Errorf("answer %q: %v", out+errs, err)
			}
			st.Started = time.Time{}
			return st, out
		}
		check := func(name string, got, want JobStatus) {
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(JobStatus{})); diff != "" {
				b.t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		failed := JobStatus{Phase: JobEnded, Key: "k 1", ExitCode: 3, LogSize: 8, verdict: "started"}
		done := JobStatus{Phase: JobEnded, Key: "k 1", LogSize: 4, verdict: "started"}
		st, _ := ask(jobStateScript, "")
		check("absent", st, JobStatus{Phase: JobAbsent})
		st, _ = ask(jobStartScript, "", "k 1", "/", "10", "", jobRunScript, `echo "$1"; exit 3`, "one two")
		check("failed", st, failed)
		st, log := ask(jobFollowScript, "", "4")
		failed.verdict = ""
		check("followed", st, failed)
		if log != "two\n" {
			b.t.Errorf("from byte 4 the log is %q", log)
		}
		st, _ = ask(jobStartScript, "", "k 1", "/", "0", "", jobRunScript, "echo yes")
		check("again", st, done)
		st, _ = ask(jobStartScript, "", "k 1", "/", "0", "", jobRunScript, "echo yes")
		done.verdict = "done"
		check("done", st, done)
		ask(jobStopScript, "")
		ask(jobForgetScript, "")
		st, _ = ask(jobStateScript, "")
		check("forgotten", st, JobStatus{Phase: JobAbsent})
	})
}

func TestLockScript(t *testing.T) {
	inShells(t, func(b box) {
		path := b.dir + "/a/lock"
		if out, _ := b.run(lockScript, "..", path, "ann", "9"); out != "locked\n" {
			b.t.Errorf("it says %q", out)
		}
		if out, _ := b.run(`exec 9>>"$1"; flock 9; echo bob >"$1"; shift; `+Quote(b.shell...)+` -c "$1" lock "$2" ann 9 9>&-; :`, "", path, lockScript, path); out != "held\nbob\n" {
			b.t.Errorf("held by another, it says %q", out)
		}
		begun := time.Now()
		r, w, err := os.Pipe() // open, and silent
		if err != nil {
			b.t.Fatal(err)
		}
		defer w.Close()
		cmd := exec.Command(b.shell[0], append(b.shell[1:], "-c", lockScript, "lock", path, "ann", "1")...)
		cmd.Stdin = r
		if out, err := cmd.Output(); err != nil || string(out) != "locked\n" || time.Since(begun) < time.Second {
			b.t.Errorf("silent for its second: %q, %v after %v", out, err, time.Since(begun))
		}
	})
}
