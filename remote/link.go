package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// link is one live way to a machine: an SSH connection, or the machine itself.
type link interface {
	// start begins a command line of the login shell and returns a running one. hold says that it will run as long
	// as the connection, so that nobody waits for it to end.
	start(ctx context.Context, line string, s streams, hold bool) (process, error)
	dial(ctx context.Context, network, addr string) (net.Conn, error)
	alive() bool
	close() error
}

// streams are the ends of a command. Stdout and Stderr are written to by one goroutine each.
type streams struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// process is a started command. wait is called exactly once.
type process interface {
	// wait returns when the command has ended and its output has been written, or ctx is done: then the session is
	// closed, which most commands take as their end.
	wait(ctx context.Context) (status, error)
}

// status is how a command ended.
type status struct {
	code   int
	signal string
}

// errLost marks the end of the connection under a command.
type errLost struct{ error }

func (e errLost) Unwrap() error { return e.error }

// errHeld means that the server allows no session beside those that last as long as the connection.
type errHeld struct{ error }

func (e errHeld) Unwrap() error { return e.error }

type sshLink struct {
	client *ssh.Client
	slots  *slots
	grace  time.Duration // see Dialer.OutputGrace
	limit  time.Duration // see Dialer.SessionTimeout
	// proven is set once the server has accepted a command. From then on commands are sent without waiting for that,
	// which saves a round trip where a server lets input in before the command has begun. sshd does not.
	proven atomic.Bool
	gone   chan struct{} // closed when the connection has ended
	mu     sync.Mutex
	why    error          // set before gone is closed
	ahead  <-chan granted // a session channel that was asked for ahead of its use; nil: none
	frugal bool           // the server has refused one: no more are asked for ahead
}

// granted is the server's answer to the request for a channel.
type granted struct {
	ch   ssh.Channel
	reqs <-chan *ssh.Request
	err  error
}

func newSSHLink(c *ssh.Client, d *Dialer) *sshLink {
	l := &sshLink{
		client: c, grace: d.OutputGrace, limit: d.SessionTimeout, slots: newSlots(d.MaxSessions), gone: make(chan struct{}),
	}
	go func() {
		err := c.Wait()
		l.end(err)
		close(l.gone)
	}()
	return l
}

// end notes why the connection ended, the first time.
func (l *sshLink) end(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil {
		l.why = why
	}
}

func (l *sshLink) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil {
		return io.ErrUnexpectedEOF
	}
	return l.why
}

// whyEnded says why a session ended without a word: for the connection, or by itself.
func (l *sshLink) whyEnded(ctx context.Context) error {
	if err := l.ended(ctx); err != nil {
		return err
	}
	return errors.New("the session ended without an exit status")
}

// ended says why the connection has ended, or nil if it lives. A question tells: until it is answered or fails, the
// connection's end may not have been noticed yet.
func (l *sshLink) ended(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() {
		_, _, err := l.client.SendRequest("keepalive@openssh.com", true, nil)
		failed <- err
	}()
	select {
	case err := <-failed:
		if err == nil {
			return nil
		}
		l.client.Close()
		<-l.gone
		return l.reason()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *sshLink) alive() bool {
	select {
	case <-l.gone:
		return false
	default:
		return true
	}
}

func (l *sshLink) close() error {
	err := l.client.Close()
	<-l.gone
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (l *sshLink) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nc, err := l.client.DialContext(ctx, network, addr)
	if err != nil {
		return nil, l.lostOr(ctx, err)
	}
	return nc, nil
}

// watch ends the connection when the peer leaves misses keepalives in a row unanswered.
func (l *sshLink) watch(every time.Duration, misses int) {
	if every < 0 {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	answer := make(chan struct{}, 1)
	for missed, waiting := 0, false; ; {
		select {
		case <-l.gone:
			return
		case <-answer:
			missed, waiting = 0, false
		case <-tick.C:
			if waiting {
				missed++
			}
			if missed >= misses {
				l.end(fmt.Errorf("no answer to keepalives for %v", time.Duration(misses)*every))
				l.client.Close()
				return
			}
			if !waiting {
				waiting = true
				go func() {
					l.client.SendRequest("keepalive@openssh.com", true, nil)
					answer <- struct{}{}
				}()
			}
		}
	}
}

// open opens a session channel, waiting for a free slot.
func (l *sshLink) open(ctx context.Context, hold bool) (ssh.Channel, <-chan *ssh.Request, error) {
	for try := 0; ; try++ {
		if err := l.slots.acquire(ctx); err != nil {
			return nil, nil, err
		}
		ch, reqs, err := l.openOne(ctx)
		if err == nil {
			l.slots.hold(hold)
			return ch, reqs, nil
		}
		var refused *ssh.OpenChannelError
		if !errors.As(err, &refused) {
			l.slots.release(false)
			return nil, nil, err
		}
		// sshd counts a session as open until its process is reaped, so a refusal with nothing else open passes.
		alone, held := l.slots.refused()
		if alone && held && try >= 1 {
			return nil, nil, errHeld{fmt.Errorf("the server opens no session beside the one that is held: %w", err)}
		}
		if alone && try >= 5 {
			return nil, nil, fmt.Errorf("the server opens no session: %w", err)
		}
		if alone {
			if err := sleep(ctx, 20*time.Millisecond<<try); err != nil {
				return nil, nil, err
			}
		}
	}
}

// limited bounds the wait for an answer of the server.
func (l *sshLink) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, l.limit,
		tooLate(fmt.Sprintf("no answer to the request for a session within %v", l.limit)))
}

// openOne returns one session channel: that which was asked for ahead, or a new one.
func (l *sshLink) openOne(ctx context.Context) (ssh.Channel, <-chan *ssh.Request, error) {
	ctx, cancel := l.limited(ctx)
	defer cancel()
	if got := l.takeAhead(); got != nil {
		if o := l.await(ctx, got); o.usable() {
			return o.ch, o.reqs, nil
		}
	}
	o := l.await(ctx, l.request())
	return o.ch, o.reqs, o.err
}

// usable tells whether the channel is there still: a server may close one that has long been idle.
func (o granted) usable() bool {
	if o.err != nil {
		return false
	}
	select {
	case <-o.reqs: // closed with the channel; nobody asks anything of a session that nothing runs in
		o.ch.Close()
		return false
	default:
		return true
	}
}

// request asks for a session channel.
func (l *sshLink) request() <-chan granted {
	got := make(chan granted, 1)
	go func() {
		ch, reqs, err := l.client.OpenChannel("session", nil)
		var refused *ssh.OpenChannelError
		if errors.As(err, &refused) {
			l.mu.Lock()
			l.frugal = true
			l.mu.Unlock()
		}
		got <- granted{ch, reqs, err}
	}()
	return got
}

// await waits for an answer. x/crypto/ssh cannot be told to stop waiting; a late one is closed.
func (l *sshLink) await(ctx context.Context, got <-chan granted) granted {
	var why error
	select {
	case o := <-got:
		return o
	case <-l.gone: // a request that was sent while the connection ended is never answered
		why = l.reason()
	case <-ctx.Done():
		why = context.Cause(ctx)
	}
	go func() {
		if o := <-got; o.err == nil {
			go ssh.DiscardRequests(o.reqs)
			o.ch.Close()
		}
	}()
	return granted{err: why}
}

// askAhead asks for a session channel before it is needed, while another is at work: the next command then need not wait
// a round trip for one. It has no slot, so the server sees at most one session more than those.
func (l *sshLink) askAhead() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ahead == nil && !l.frugal {
		l.ahead = l.request()
	}
}

func (l *sshLink) takeAhead() <-chan granted {
	l.mu.Lock()
	defer l.mu.Unlock()
	got := l.ahead
	l.ahead = nil
	return got
}

func (l *sshLink) start(ctx context.Context, line string, s streams, hold bool) (process, error) {
	ch, reqs, err := l.open(ctx, hold)
	if err != nil {
		return nil, l.lostOr(ctx, err)
	}
	p := &sshProcess{l: l, ch: ch, hold: hold, ended: make(chan status, 1), drained: make(chan struct{})}
	// The request handler must run before anything is asked that the server may answer with requests of its own.
	go p.requests(reqs)
	if err = p.exec(ctx, line); err != nil {
		go ch.Close() // which a connection that hangs may hold up
		l.slots.release(hold)
		return nil, l.lostOr(ctx, err)
	}
	l.askAhead()
	go p.feed(s.stdin)
	p.read(s)
	return p, nil
}

// lostOr is err, unless it is the connection's end: that shows in many ways, of which some come before the end is noticed.
func (l *sshLink) lostOr(ctx context.Context, err error) error {
	var refused *ssh.OpenChannelError
	switch {
	case !l.alive():
		return errLost{l.reason()}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), errors.As(err, &refused):
		return err
	}
	ctx, cancel := l.limited(ctx)
	defer cancel()
	if why := l.ended(ctx); why != nil {
		return errLost{why}
	}
	return err
}
