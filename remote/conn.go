package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Conn is one machine, connected to. Its methods are safe for concurrent use.
//
// An operation that finds the connection lost since the last one dials again. An operation under which the connection
// is lost fails with *LostError: only its caller knows whether it may be done twice.
type Conn struct {
	d    *Dialer
	t    Target
	turn chan struct{} // holds one token while somebody dials

	watch func(Event) // told of every event, beside the Dialer's Trace

	mu     sync.Mutex
	cur    link
	aside  []link // links whose only session is held, where the server allows no second one
	jump   *Conn
	closed bool
}

// Target is what was connected to, its defaults filled in.
func (c *Conn) Target() Target { return c.t }

// Close ends the connection and everything on it. Jobs go on.
func (c *Conn) Close() error {
	c.mu.Lock()
	links, jump := c.aside, c.jump
	if c.cur != nil {
		links = append(links, c.cur)
	}
	c.closed, c.cur, c.aside, c.jump = true, nil, nil, nil
	c.mu.Unlock()
	var errs []error
	for _, l := range links {
		errs = append(errs, l.close())
	}
	if jump != nil {
		c.d.leaveJump(jump)
	}
	return errors.Join(errs...)
}

// live returns the current link if it still lives.
func (c *Conn) live() (link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, fmt.Errorf("%s: %w", c.t.Name, ErrClosed)
	}
	if c.cur != nil && c.cur.alive() {
		return c.cur, nil
	}
	return nil, nil
}

// link returns a live link, dialling if there is none. One caller dials, the others wait for its result.
func (c *Conn) link(ctx context.Context) (link, error) {
	if l, err := c.live(); l != nil || err != nil {
		return l, err
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if l, err := c.live(); l != nil || err != nil {
		return l, err
	}
	l, err := c.dialLink(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		l.close()
		return nil, fmt.Errorf("%s: %w", c.t.Name, ErrClosed)
	}
	c.cur = l
	return l, nil
}

func (c *Conn) dialLink(ctx context.Context) (link, error) {
	if c.t.Local {
		return &localLink{grace: c.d.OutputGrace}, nil
	}
	jump, err := c.jumpConn()
	if err != nil {
		return nil, err
	}
	l, err := c.dialSSH(ctx, jump)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// jumpConn returns the shared connection to the jump, or nil if there is none.
func (c *Conn) jumpConn() (*Conn, error) {
	if c.t.Jump == nil {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.jump == nil && !c.closed {
		j, err := c.d.useJump(*c.t.Jump)
		if err != nil {
			return nil, err
		}
		c.jump = j
	}
	return c.jump, nil
}

// DialContext connects to addr as seen from the machine: through the SSH connection (network "tcp" or "unix"), or
// directly for a local target. It fits http.Transport's DialContext. The result of an SSH connection knows no deadlines.
func (c *Conn) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	l, err := c.link(ctx)
	if err != nil {
		return nil, err
	}
	nc, err := l.dial(ctx, network, addr)
	if err != nil {
		return nil, fmt.Errorf("%s: dialling %s from there: %w", c.t.Name, addr, err)
	}
	return nc, nil
}

// start starts a command line on a live link. What fails before the command runs is a *ConnectError.
func (c *Conn) start(ctx context.Context, op, line string, s streams, hold bool) (process, error) {
	for {
		l, err := c.link(ctx)
		if err != nil {
			return nil, err
		}
		p, err := l.start(ctx, line, s, hold)
		var full errHeld
		switch {
		case err == nil:
			return p, nil
		case errors.As(err, &full):
			c.tell(Event{Text: "opening a second connection", Err: err})
			c.setAside(l)
		default:
			return nil, c.opError(ctx, op, err)
		}
	}
}

// setAside keeps a link for the sessions that are held on it; the next operation dials another.
func (c *Conn) setAside(l link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cur == l {
		c.cur, c.aside = nil, append(c.aside, l)
	}
}

// opError turns what a link returned into what callers see.
func (c *Conn) opError(ctx context.Context, op string, err error) error {
	var lost errLost
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %s: %w", c.t.Name, op, context.Cause(ctx))
	case errors.As(err, &lost):
		c.mu.Lock()
		closed := c.closed
		c.mu.Unlock()
		if closed {
			return fmt.Errorf("%s: %s: %w", c.t.Name, op, ErrClosed)
		}
		return &LostError{Node: c.t.Name, Op: op, Cause: lost.error}
	}
	return c.d.connectError(c.t, StageSession, err, "see MaxSessions in the node's sshd_config, and its load")
}
