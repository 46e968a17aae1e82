package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shellProgram is a program with the given shell text, and an app to run it.
func shellProgram(t *testing.T, text string) (*app, program) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "inv.sh")
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	a := &app{World: World{Stdin: strings.NewReader(""), Stderr: &strings.Builder{}, Getenv: func(string) string { return "" }}}
	return a, program{path: path, args: []string{"--list"}, patience: time.Minute, max: 1000}
}

func TestPrograms(t *testing.T) {
	t.Setenv("CLOUD_TOKEN", "t")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text, out, err string
	}{
		{"environment, directory and arguments are the person's", "#!/bin/sh\necho \"$CLOUD_TOKEN $(pwd) $*\"\n", "t " + here + " --list\n", ""},
		{"what is said on standard error is no answer", "#!/bin/sh\necho wait >&2\necho out\n", "out\n", ""},
		{"a failure with its reason", "#!/bin/sh\necho out\necho one >&2\necho two >&2\nexit 4\n", "", "exit status 4: one; two"},
		{"too much", "#!/bin/sh\nhead -c 5000 /dev/zero\n", "", "it printed more than 1000 bytes"},
		{"many complaints are cut", "#!/bin/sh\nhead -c 5000 /dev/zero | tr '\\0' x >&2\nexit 1\n", "", "exit status 1: " + strings.Repeat("x", maxComplaint)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, p := shellProgram(t, tt.text)
			out, err := a.run(t.Context(), p)
			if diff := cmp.Diff(tt.out, string(out)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
				t.Errorf("error = %v, want %q", err, tt.err)
			}
		})
	}
}

func TestProgramThatHangs(t *testing.T) {
	a, p := shellProgram(t, "#!/bin/sh\necho still here >&2\nsleep 60 & wait\n")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.run(ctx, p); err == nil || !strings.Contains(err.Error(), "it did not end within 1m0s") {
		t.Errorf("error = %v, want one that says that it took too long", err)
	}
}

// What is no program is told apart: an inventory is then read as a text.
func TestNoProgram(t *testing.T) {
	a, p := shellProgram(t, "[masters]\nm1\n")
	if _, err := a.run(t.Context(), p); !errors.Is(err, syscall.ENOEXEC) {
		t.Errorf("error = %v, want one of the format", err)
	}
	if err := os.Chmod(p.path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.run(t.Context(), p); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error = %v, want one of permission", err)
	}
}
