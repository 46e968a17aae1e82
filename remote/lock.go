package remote

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

//go:embed scripts/lock.sh
var lockScript string

const (
	// lockBeat is how often the holder says that it is there; lockSilence is after what silence the node gives the
	// lock up. Keepalives find a dead connection within 45 s, before the node does.
	lockBeat    = 15 * time.Second
	lockSilence = 60 * time.Second
)

// Lock is a lock file on a machine.
type Lock struct {
	// Path defaults to lock in the Dialer's StateDir.
	Path string
	// Holder is one line for whoever finds the lock held: who, from where, since when, doing what.
	Holder string
}

// Lock takes the lock, or fails with *LockedError at once if somebody has it. The lock is held by a live session:
// when that ends for whatever reason, locked is cancelled with the cause ErrLockLost. release gives the lock back and
// returns once it is free; it must be called, and may be called more than once.
func (c *Conn) Lock(ctx context.Context, l Lock) (locked context.Context, release func(), err error) {
	if l.Path == "" {
		l.Path = c.d.StateDir + "/lock"
	}
	beats, beat := io.Pipe()
	answer := &firstLine{got: make(chan struct{})}
	// The session must outlive a cancelled ctx until release, for steps that are under way still need the lock.
	sctx, end := context.WithCancel(context.WithoutCancel(ctx))
	r, err := c.begin(ctx, Command{
		Name: "lock " + l.Path, Script: lockScript,
		Args:  []string{l.Path, oneLine(l.Holder), fmt.Sprint(int(lockSilence.Seconds()))},
		Stdin: beats, Stdout: answer, hold: true,
	})
	if err != nil {
		end()
		beat.Close()
		return nil, nil, err
	}
	ended := make(chan error, 1)
	var res Result
	go func() {
		var err error
		res, err = r.finish(sctx)
		beat.CloseWithError(io.EOF)
		beats.Close()
		ended <- err
	}()
	if err := c.awaitLock(ctx, l, answer, ended, end, &res); err != nil {
		end()
		beat.Close()
		return nil, nil, err
	}
	locked, lose := context.WithCancelCause(ctx)
	gone := make(chan struct{})
	released := make(chan struct{})
	go func() {
		err := <-ended
		select {
		case <-released:
			lose(context.Canceled)
		default:
			lose(fmt.Errorf("%s: %w (%v)", c.t.Name, ErrLockLost, err))
		}
		close(gone)
	}()
	go sendBeats(beat, gone)
	var once sync.Once
	return locked, func() {
		once.Do(func() {
			close(released)
			beat.Close()
			t := time.AfterFunc(c.d.SessionTimeout, end)
			defer t.Stop()
			<-gone
			end()
		})
	}, nil
}

// awaitLock waits for the node's verdict.
func (c *Conn) awaitLock(ctx context.Context, l Lock, answer *firstLine, ended <-chan error, end func(), res *Result) error {
	var err error
	select {
	case <-answer.got:
		if answer.line == "locked" {
			return nil
		}
		err = <-ended
	case err = <-ended:
	case <-ctx.Done():
		end()
		<-ended
		return fmt.Errorf("%s: taking the lock %s: %w", c.t.Name, l.Path, context.Cause(ctx))
	}
	if holder, held := strings.CutPrefix(string(res.Stdout), "held\n"); held && err == nil {
		return c.heldBy(l, holder)
	}
	if err == nil {
		err = fmt.Errorf("%s: taking the lock %s: the session ended", c.t.Name, l.Path)
	}
	return err
}

func (c *Conn) heldBy(l Lock, holder string) error {
	holder = strings.TrimSpace(holder)
	if holder == "" {
		holder = "somebody who has just taken it"
	}
	return &LockedError{Node: c.t.Name, Path: l.Path, Holder: holder}
}

func sendBeats(w io.Writer, gone <-chan struct{}) {
	tick := time.NewTicker(lockBeat)
	defer tick.Stop()
	for {
		select {
		case <-gone:
			return
		case <-tick.C:
			if _, err := w.Write([]byte(".")); err != nil {
				return
			}
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.FieldsFunc(s, isControl), " ") }

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// firstLine is a writer that notices the first line.
type firstLine struct {
	got  chan struct{}
	line string // once got is closed
	seen bool
}

func (f *firstLine) Write(p []byte) (int, error) {
	if !f.seen {
		f.seen = true
		f.line, _, _ = strings.Cut(string(p), "\n")
		close(f.got)
	}
	return len(p), nil
}
