package remotetest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a package, which together may leave no goroutine and no open file behind.
func Main(m *testing.M) {
	left := leftovers()
	code := m.Run()
	if code == 0 {
		if text := left(); text != "" {
			fmt.Fprintln(os.Stderr, text)
			code = 1
		}
	}
	os.Exit(code)
}

// Clean fails a test, after all of its cleanup, if it leaves a goroutine or an open file behind. It is called first, and
// not by tests that run in parallel.
func Clean(t testing.TB) {
	t.Helper()
	left := leftovers()
	t.Cleanup(func() {
		if text := left(); text != "" {
			t.Error(text)
		}
	})
}

// leftovers notes what is there; the returned function says what has come and not gone. It is patient: on a busy machine
// what is about to end may take its time.
func leftovers() func() string {
	goroutines, files := goleak.IgnoreCurrent(), len(openFiles())
	return func() string {
		var err error
		var now []string
		for range 30 { // each Find waits about half a second by itself
			err, now = goleak.Find(goroutines), openFiles()
			if err == nil && len(now) <= files {
				return ""
			}
		}
		if err != nil {
			return fmt.Sprintf("goroutines were left behind: %v", err)
		}
		return fmt.Sprintf("files were left open; before there were %d, now %q", files, now)
	}
}

// openFiles is what this process has open, but for what Go's own runtime opens once.
func openFiles() (names []string) {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.HasPrefix(to, "anon_inode:[event") && !strings.HasPrefix(to, "/sys/fs/cgroup/") {
			names = append(names, to)
		}
	}
	return names
}
