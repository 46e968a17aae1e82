package remote_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

// No test may leave a goroutine or a file behind.
func TestMain(m *testing.M) {
	before := len(openFiles())
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if now := openFiles(); code == 0 && len(now) > before {
			fmt.Fprintf(os.Stderr, "files were left open; before there were %d, now %q\n", before, now)
			code = 1
		}
		os.Exit(code)
	}))
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

// dialer returns a Dialer that retries quickly, and is closed at the end of the test.
func dialer(t *testing.T) *remote.Dialer {
	t.Helper()
	d := &remote.Dialer{
		RetryBase: time.Millisecond, RetryCap: 10 * time.Millisecond, OutputGrace: 200 * time.Millisecond,
		StateDir: t.TempDir(), Trace: func(e remote.Event) { t.Log(e) },
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("closing the dialer: %v", err)
		}
	})
	return d
}

func connect(t *testing.T, d *remote.Dialer, target remote.Target) *remote.Conn {
	t.Helper()
	c, err := d.Connect(context.Background(), target)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// both runs a test over SSH and on the machine itself: a Conn must not differ.
func both(t *testing.T, f func(t *testing.T, c *remote.Conn)) {
	t.Run("ssh", func(t *testing.T) {
		srv := remotetest.Start(t, remotetest.Options{})
		f(t, connect(t, dialer(t), srv.Target("n1")))
	})
	t.Run("local", func(t *testing.T) {
		f(t, connect(t, dialer(t), remote.Target{Name: "n1", Local: true}))
	})
}

// limited is a context that ends long after the test should have.
func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
