package genconf_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dcosup/genconf"
)

// shells are those that nodes have as /bin/sh: Debian's, Red Hat's, and busybox's.
func shells(t *testing.T) [][]string {
	t.Helper()
	for _, tool := range []string{"dash", "bash", "busybox", "ip", "curl", "shellcheck"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test needs dash, bash, busybox, iproute2, curl and shellcheck: %v", err)
		}
	}
	return [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}}
}

// result is what came of a script.
type result struct {
	Stdout, Stderr string
	Code           int
}

// run runs a script from a file, as DC/OS's services do.
func run(t *testing.T, shell []string, script string, env ...string) result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script")
	writeFile(t, file, script)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell[0], append(shell[1:len(shell):len(shell)], file)...)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin"}, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", shell, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// wantAnswer holds a script to its contract: the answer, in one line, and nothing else; or words on standard error and
// nothing else, and exit code 1.
func wantAnswer(t *testing.T, got result, answer, problem string) {
	t.Helper()
	want := result{Code: 1}
	if problem == "" {
		want = result{Stdout: answer + "\n"}
	}
	if got.Stdout != want.Stdout || got.Code != want.Code {
		t.Errorf("got %q, code %d, want %q, code %d; it said: %s", got.Stdout, got.Code, want.Stdout, want.Code, got.Stderr)
	}
	if (got.Stderr != "") != (problem != "") || !strings.Contains(got.Stderr, problem) || strings.Count(got.Stderr, "\n") > 1 {
		t.Errorf("standard error: got %q, want one line with %q", got.Stderr, problem)
	}
}

// inEveryShell runs a script in every shell that nodes have.
func inEveryShell(t *testing.T, script, answer, problem string, env ...string) {
	t.Helper()
	for _, shell := range shells(t) {
		t.Run(shell[0], func(t *testing.T) {
			t.Parallel()
			wantAnswer(t, run(t, shell, script, env...), answer, problem)
		})
	}
}

// withFakeIP puts a function in front of the ip command: busybox's shell prefers its own ip to anything in PATH. body
// has its arguments.
func withFakeIP(t *testing.T, script, body string) string {
	t.Helper()
	const pinned = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
	if !strings.Contains(script, pinned) {
		t.Fatalf("the script does not pin its PATH:\n%s", script)
	}
	// Every script that stands within another one gets it too.
	return strings.ReplaceAll(script, pinned, pinned+"ip() {\n"+body+"\n}\n")
}

// made is the one script of a kind that a method makes.
func made(t *testing.T, name string, in genconf.Input, at genconf.Places) string {
	t.Helper()
	files, findings := genconf.RenderAt(in, at)
	for _, f := range findings {
		if strings.Contains(f.Key, "detect") {
			t.Fatalf("a finding: %v", f)
		}
	}
	return script(t, files, name)
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}
