package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// dialSSH connects to t, through the jump if there is one, and tries again what is worth it.
func (d *Dialer) dialSSH(ctx context.Context, t Target, jump *Conn) (*sshLink, error) {
	for try := 1; ; try++ {
		l, err := d.trySSH(ctx, t, jump)
		if err == nil {
			return l, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s: connecting to %s: %w", t.Name, t.Addr(), context.Cause(ctx))
		}
		var ce *ConnectError
		if !errors.As(err, &ce) || try > d.retriesFor(ce) {
			if ce != nil {
				ce.Tries = try
			}
			return nil, err
		}
		pause := d.pause(try)
		d.tell(Event{Node: t.Name, Stage: ce.Stage, Text: fmt.Sprintf("trying again in %v", pause.Round(time.Millisecond)), Err: ce.Cause})
		if err := d.Sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("%s: connecting to %s: %w", t.Name, t.Addr(), err)
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
	switch {
	case d.Retries < 0:
		return 0
	case errors.As(e.Cause, &early):
		return d.Retries
	case errors.Is(e.Cause, syscall.ECONNREFUSED), errors.Is(e.Cause, syscall.ECONNRESET):
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

func (d *Dialer) trySSH(ctx context.Context, t Target, jump *Conn) (*sshLink, error) {
	nc, err := d.dialNet(ctx, t, jump)
	if err != nil {
		return nil, err
	}
	hctx, cancel := context.WithTimeoutCause(ctx, d.HandshakeTimeout,
		fmt.Errorf("no end of the handshake within %v: %w", d.HandshakeTimeout, context.DeadlineExceeded))
	defer cancel()
	// A channel through a jump knows no deadlines, so the connection is closed under the handshake instead.
	stop := context.AfterFunc(hctx, func() { nc.Close() })
	l, err := d.handshake(hctx, t, nc)
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

func (d *Dialer) connectError(t Target, s Stage, cause error, hint string) *ConnectError {
	return &ConnectError{Node: t.Name, Stage: s, Addr: t.Addr(), Cause: cause, Hint: hint}
}

func (d *Dialer) dialNet(ctx context.Context, t Target, jump *Conn) (net.Conn, error) {
	dctx, cancel := context.WithTimeoutCause(ctx, d.DialTimeout,
		fmt.Errorf("no answer within %v: %w", d.DialTimeout, context.DeadlineExceeded))
	defer cancel()
	if jump != nil {
		return d.dialThrough(ctx, dctx, t, jump)
	}
	nc, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(dctx, "tcp", t.Addr())
	var dns *net.DNSError
	switch {
	case err == nil:
		return nc, nil
	case errors.As(err, &dns):
		return nil, d.connectError(t, StageResolve, err, "set ansible_host to an address that this machine can reach")
	case dctx.Err() != nil:
		err = context.Cause(dctx)
		return nil, d.connectError(t, StageDial, err, "see whether the node is up, and whether a firewall drops port "+fmt.Sprint(t.Port))
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, d.connectError(t, StageDial, err, fmt.Sprintf("see whether sshd runs there and listens on port %d", t.Port))
	}
	return nil, d.connectError(t, StageDial, err, "")
}

// dialThrough opens the way to t on the jump's connection. ctx bounds the login at the jump, dctx the way onward.
func (d *Dialer) dialThrough(ctx, dctx context.Context, t Target, jump *Conn) (net.Conn, error) {
	if _, err := jump.link(ctx); err != nil {
		hint := ""
		var ce *ConnectError
		if errors.As(err, &ce) {
			hint = ce.Hint
		}
		return nil, d.connectError(t, StageJump, err, hint)
	}
	nc, err := jump.DialContext(dctx, "tcp", t.Addr())
	if err == nil {
		return nc, nil
	}
	if dctx.Err() != nil {
		err = context.Cause(dctx)
	}
	hint := fmt.Sprintf("see whether %s can reach %s", jump.t.Name, t.Addr())
	var refused *ssh.OpenChannelError
	if errors.As(err, &refused) && refused.Reason == ssh.Prohibited {
		hint = fmt.Sprintf("the sshd on %s forbids forwarding: set AllowTcpForwarding yes (or local) there", jump.t.Name)
	}
	return nil, d.connectError(t, StageDial, err, hint)
}

func (d *Dialer) handshake(ctx context.Context, t Target, nc net.Conn) (*sshLink, error) {
	hosts, err := d.hosts.of(t)
	if err != nil {
		return nil, d.connectError(t, StageHostKey, err, "")
	}
	at := &attempt{}
	cfg := &ssh.ClientConfig{
		User:              t.User,
		Auth:              d.keys.methods(d.AgentSocket, t, d.me.HomeDir, at),
		HostKeyAlgorithms: hosts.algorithms(t.Addr()),
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if at.key, at.keyErr = hosts.check(t, key); at.keyErr != nil {
				return at.keyErr
			}
			at.keyChecked = true
			return nil
		},
	}
	cfg.Ciphers, cfg.KeyExchanges = d.Ciphers, d.KeyExchanges
	sniffed := &versionSniffer{Conn: nc}
	conn, chans, reqs, err := ssh.NewClientConn(sniffed, t.Addr(), cfg)
	if err != nil {
		return nil, d.handshakeError(ctx, t, at, sniffed, err)
	}
	return newSSHLink(ssh.NewClient(conn, chans, reqs), d), nil
}

func (d *Dialer) handshakeError(ctx context.Context, t Target, at *attempt, s *versionSniffer, err error) error {
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	switch {
	case ctx.Err() != nil:
		return d.connectError(t, StageHandshake, context.Cause(ctx), "the port is open, but sshd does not answer in time: see the node's load, and what listens there")
	case at.keyErr != nil:
		return d.connectError(t, StageHostKey, at.keyErr, at.keyErr.hint(t))
	case ended && !at.keyChecked:
		if !s.seen {
			err = fmt.Errorf("the server hung up before it named its version: %w", err)
		}
		return d.connectError(t, StageHandshake, errEarlyEnd{err},
			"see the sshd's log there; MaxStartups limits how many may log in at once, and a ban by address looks the same")
	case ended, isTimeout(err), !at.keyChecked:
		return d.connectError(t, StageHandshake, err, "")
	}
	ae := &AuthError{User: t.User, Accepted: at.accepted, Skipped: at.skipped}
	for _, o := range at.offers {
		ae.Offered = append(ae.Offered, o.what)
	}
	return d.connectError(t, StageAuth, ae, authHint(t, ae))
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
