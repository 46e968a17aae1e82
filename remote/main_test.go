package remote_test

import (
	"context"
	"testing"
	"time"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

func TestMain(m *testing.M) { remotetest.Main(m) }

// dialer returns a Dialer that retries quickly, and is closed at the end of the test.
func dialer(t *testing.T) *remote.Dialer {
	t.Helper()
	d := &remote.Dialer{
		RetryBase: time.Millisecond, RetryCap: 10 * time.Millisecond, OutputGrace: time.Second,
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

// limited is a context that ends long after the test should have, on a machine with much else to do, too.
func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
