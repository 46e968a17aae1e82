package remote_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

func TestLock(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		lock := remote.Lock{Path: t.TempDir() + "/a/lock", Holder: "ann@desk since noon:\napply"}
		ctx, release, err := c.Lock(limited(t), lock)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Lock(limited(t), remote.Lock{Path: lock.Path, Holder: "bob"})
		var held *remote.LockedError
		if !errors.As(err, &held) || held.Holder != "ann@desk since noon: apply" || held.Node != "n1" {
			t.Errorf("got %v, want a LockedError that names ann", err)
		}
		if ctx.Err() != nil {
			t.Errorf("the first one lost it: %v", context.Cause(ctx))
		}
		release()
		release()
		if err := context.Cause(ctx); err == nil || errors.Is(err, remote.ErrLockLost) {
			t.Errorf("after release the context's cause is %v, want an end that is no loss", err)
		}
		_, release, err = c.Lock(limited(t), lock)
		if err != nil {
			t.Errorf("a released lock can be taken: %v", err)
		} else {
			release()
		}
	})
}

func TestLockIsLostWithItsSession(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	lock := remote.Lock{Path: srv.Dir + "/lock", Holder: "ann"}
	ctx, release, err := c.Lock(limited(t), lock)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	srv.CutAll()
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, remote.ErrLockLost) || !strings.Contains(err.Error(), "n1") {
		t.Errorf("the cause is %v, want ErrLockLost on n1", err)
	}
}

func TestLockOutlivesACancelledRun(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	lock := remote.Lock{Path: srv.Dir + "/lock", Holder: "ann"}
	ctx, cancel := context.WithCancel(limited(t))
	locked, release, err := c.Lock(ctx, lock)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-locked.Done()
	_, _, err = c.Lock(limited(t), lock)
	var held *remote.LockedError
	if !errors.As(err, &held) {
		t.Errorf("got %v: steps under way still need the lock until release", err)
	}
	release()
}

func TestLockBesideACommandOnOneSession(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{MaxSessions: 1})
	c := connect(t, dialer(t), srv.Target("n1"))
	_, release, err := c.Lock(limited(t), remote.Lock{Path: srv.Dir + "/lock"})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for range 3 {
		if _, err = c.Run(limited(t), remote.Command{Script: ":"}); err != nil {
			t.Error(err)
		}
	}
	if got := srv.Connections(); got != 2 {
		t.Errorf("%d connections, want one for the lock and one for all else", got)
	}
}
