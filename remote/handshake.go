package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// dialSSH connects, through the jump if there is one, and tries again what is worth it.
func (c *Conn) dialSSH(ctx context.Context, jump *Conn) (l *sshLink, err error) {
	err = c.retry(ctx, func() error {
		l, err = c.trySSH(ctx, jump)
		return err
	})
	return l, err
}

// retry does f again as often as its *ConnectError is worth it.
func (c *Conn) retry(ctx context.Context, f func() error) error {
	d, t := c.d, c.t
	for try := 1; ; try++ {
		err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: connecting to %s: %w", t.Name, t.Addr(), context.Cause(ctx))
		}
		var ce *ConnectError
		if !errors.As(err, &ce) || try > d.retriesFor(ce) {
			if ce != nil {
				ce.Tries = try
			}
			return err
		}
		pause := d.pause(try)
		c.tell(Event{Stage: ce.Stage, Text: fmt.Sprintf("trying again in %v", pause.Round(time.Millisecond)), Err: ce.Cause})
		if err := d.Sleep(ctx, pause); err != nil {
			return fmt.Errorf("%s: connecting to %s: %w", t.Name, t.Addr(), err)
		}
	}
}

// pause is the wait after the try-th failure: full jitter, so that many clients spread out.
func (d *Dialer) pause(try int) time.Duration {
	most := d.RetryCap
	if shift := try; shift < 20 && d.RetryBase<<shift < most {
		most = d.RetryBase << shift
	}
	return time.Duration(d.Rand() * float64(most))
}

// errEarlyEnd marks a peer that hung up before the login began.
type errEarlyEnd struct{ error }

func (e errEarlyEnd) Unwrap() error { return e.error }

// retriesFor says how often a failure is worth another try.
func (d *Dialer) retriesFor(e *ConnectError) int {
	var early errEarlyEnd
	var refused *ssh.OpenChannelError
	var jumpLost errLost
	switch {
	case d.Retries < 0:
		return 0
	case errors.As(e.Cause, &early):
		return d.Retries
	case errors.Is(e.Cause, syscall.ECONNREFUSED), errors.Is(e.Cause, syscall.ECONNRESET), errors.As(e.Cause, &jumpLost):
		return (d.Retries + 2) / 3
	case errors.As(e.Cause, &refused) && refused.Reason == ssh.ConnectionFailed:
		return (d.Retries + 2) / 3
	case (e.Stage == StageDial || e.Stage == StageHandshake) && isTimeout(e.Cause),
		errors.Is(e.Cause, syscall.EHOSTUNREACH):
		return min(1, d.Retries)
	}
	return 0
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		(errors.As(err, &ne) && ne.Timeout())
}

// login waits for its turn at an sshd, which hangs up on too many that have not logged in yet. The returned function
// gives the turn back.
func (d *Dialer) login(ctx context.Context, t Target) (done func(), err error) {
	d.mu.Lock()
	turns := d.logins[t.door()]
	if turns == nil {
		turns = make(chan struct{}, max(d.MaxLogins, 1))
		d.logins[t.door()] = turns
	}
	d.mu.Unlock()
	select {
	case turns <- struct{}{}:
		return func() { <-turns }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *Conn) trySSH(ctx context.Context, jump *Conn) (*sshLink, error) {
	d, t := c.d, c.t
	done, err := d.login(ctx, t)
	if err != nil {
		return nil, err
	}
	defer done()
	began := time.Now()
	nc, err := d.dialNet(ctx, t, jump)
	if err != nil {
		return nil, err
	}
	c.tell(Event{Stage: StageDial, Text: t.way(), Took: time.Since(began)})
	hctx, cancel := context.WithTimeoutCause(ctx, d.HandshakeTimeout,
		tooLate(fmt.Sprintf("no end of the handshake within %v", d.HandshakeTimeout)))
	defer cancel()
	// A channel through a jump knows no deadlines, so the connection is closed under the handshake instead.
	stop := context.AfterFunc(hctx, func() { nc.Close() })
	l, err := c.handshake(hctx, nc)
	if !stop() && err == nil {
		l.close()
		err = d.connectError(t, StageHandshake, context.Cause(hctx), "")
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	go l.watch(d.KeepAlive, d.KeepAliveMisses)
	return l, nil
}

func (c *Conn) handshake(ctx context.Context, nc net.Conn) (*sshLink, error) {
	d, t := c.d, c.t
	hosts, err := d.hosts.of(t)
	if err != nil {
		return nil, d.connectError(t, StageHostKey, err, "")
	}
	at := &attempt{began: time.Now()}
	cfg := &ssh.ClientConfig{
		User:              t.User,
		Auth:              d.methods(t, at),
		HostKeyAlgorithms: hosts.algorithms(t),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			at.exchanged = time.Now()
			if at.key, at.keyErr = hosts.check(t, key); at.keyErr != nil {
				return at.keyErr
			}
			at.keyChecked = true
			return nil
		},
		BannerCallback: func(text string) error {
			at.banner = text
			return nil
		},
	}
	cfg.Ciphers, cfg.KeyExchanges = d.Ciphers, d.KeyExchanges
	sniffed := &versionSniffer{Conn: nc}
	conn, chans, reqs, err := ssh.NewClientConn(sniffed, t.Addr(), cfg)
	if err != nil {
		return nil, d.handshakeError(ctx, t, at, sniffed, err)
	}
	c.tellHandshake(conn, at)
	return newSSHLink(ssh.NewClient(conn, chans, reqs), d), nil
}

// tellHandshake tells what was agreed on, for -v and ping.
func (c *Conn) tellHandshake(conn ssh.Conn, at *attempt) {
	text := string(conn.ServerVersion())
	if a, ok := conn.(ssh.AlgorithmsConnMetadata); ok {
		agreed := a.Algorithms()
		text += ", " + agreed.KeyExchange + ", " + agreed.Write.Cipher
	}
	c.tell(Event{Stage: StageHandshake, Text: text, Took: at.exchanged.Sub(at.began)})
	c.tell(Event{Stage: StageHostKey, Text: at.key.text})
	c.tell(Event{Stage: StageAuth, Text: c.t.User + " by " + at.by, Took: time.Since(at.exchanged)})
}

func (d *Dialer) handshakeError(ctx context.Context, t Target, at *attempt, s *versionSniffer, err error) error {
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, fs.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	var algorithms *ssh.AlgorithmNegotiationError
	switch {
	case ctx.Err() != nil:
		return d.connectError(t, StageHandshake, context.Cause(ctx), "the port is open, but sshd does not answer in time: see the node's load, and what listens there")
	case at.keyErr != nil:
		return d.connectError(t, StageHostKey, at.keyErr, at.keyErr.hint())
	case errors.As(err, &algorithms):
		return d.connectError(t, StageHandshake, fmt.Errorf("no common algorithm for the %s: the server offers %s; dcosup takes %s",
			algorithms.What, strings.Join(algorithms.RequestedAlgorithms, ", "), strings.Join(algorithms.SupportedAlgorithms, ", ")),
			"bring the node's OpenSSH up to date, or see Ciphers, KexAlgorithms, MACs and HostKeyAlgorithms in its sshd_config")
	case !s.seen && len(s.head) > 0 && !tooBusy(s.head):
		return d.connectError(t, StageHandshake, fmt.Errorf("what listens there is no SSH server: it says %q", firstLineOf(s.head)),
			fmt.Sprintf("see what listens on port %d of the node, and set ansible_port to sshd's", t.Port))
	case ended && !at.keyChecked:
		return d.hungUp(t, s, err)
	case ended, isTimeout(err), !at.keyChecked:
		return d.connectError(t, StageHandshake, err, "")
	}
	ae := at.refused(t)
	return d.connectError(t, StageAuth, ae, ae.hint(t))
}

// hungUp is a peer that ended the connection before the login began.
func (d *Dialer) hungUp(t Target, s *versionSniffer, err error) error {
	if c, ok := s.Conn.(*commandConn); ok {
		c.Close() // so that all it said is heard
		if said := c.complaint(); said != "" {
			err = errors.New(said)
		}
		return d.connectError(t, StageDial, errEarlyEnd{fmt.Errorf("the ProxyCommand ended: %w", err)},
			"try it by hand: "+t.ProxyCommand)
	}
	if !s.seen {
		err = fmt.Errorf("the server hung up before it named its version: %w", err)
	}
	return d.connectError(t, StageHandshake, errEarlyEnd{err},
		"see the sshd's log there; MaxStartups limits how many may log in at once, and a ban by address looks the same")
}

// tooBusy tells whether what came instead of a version is sshd's word for too many logins at once.
func tooBusy(head []byte) bool {
	return bytes.Contains(head, []byte("Exceeded MaxStartups")) || bytes.Contains(head, []byte("Not allowed at this time"))
}

func firstLineOf(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSpace(string(last(line, 200)))
}

// versionSniffer notices whether the peer has named its version: until then, a hang-up means that it is too busy.
type versionSniffer struct {
	net.Conn
	seen bool
	head []byte
}

func (s *versionSniffer) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if !s.seen && n > 0 {
		s.head = append(s.head, p[:n]...)
		if bytes.Contains(s.head, []byte("SSH-")) || len(s.head) > 16<<10 {
			s.seen, s.head = true, nil
		}
	}
	return n, err
}
