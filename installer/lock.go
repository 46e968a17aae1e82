package installer

import (
	"context"
	"errors"

	"dcosup/remote"
)

// clusterLock is the lock that a run holds, by a session on the bootstrap node. It
// can be given back and taken again while the run goes on: a reboot ends the session.
type clusterLock struct {
	run     *Run
	lost    context.CancelCauseFunc // of the run
	release func()
}

// lock takes the cluster's lock, which stands on the bootstrap node. It lives
// in /run: a reboot takes it away, and taking it leaves no trace on the disk. The
// context is cancelled when the lock is lost.
func (r *Run) lock(ctx context.Context) (context.Context, func(), error) {
	held, lost := context.WithCancelCause(ctx)
	l := &clusterLock{run: r, lost: lost}
	if err := l.take(ctx); err != nil {
		lost(err)
		return nil, nil, err
	}
	r.locked = l
	return held, func() {
		l.free()
		lost(context.Canceled)
	}, nil
}

func (l *clusterLock) take(ctx context.Context) error {
	b := l.run.Cluster.Bootstrap()
	conn, err := l.run.conn(ctx, b)
	if err != nil {
		return stepError{Node: b.Name, Step: "connect", Err: err}
	}
	locked, release, err := conn.Lock(ctx, remote.Lock{Path: "/run/dcosup/lock", Holder: l.run.Holder})
	if err != nil {
		return stepError{Node: b.Name, Step: "lock", Err: err}
	}
	l.release = release
	context.AfterFunc(locked, func() {
		if cause := context.Cause(locked); errors.Is(cause, remote.ErrLockLost) {
			l.lost(cause)
		}
	})
	return nil
}

// free gives the lock back, if it is held.
func (l *clusterLock) free() {
	if l.release != nil {
		l.release()
		l.release = nil
	}
}
