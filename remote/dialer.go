package remote

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/user"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Dialer connects to targets. Its zero value is ready to use; it must not be copied after that. Fields must not be
// changed after the first Connect.
type Dialer struct {
	// DialTimeout bounds the TCP dial, or the way through the jump. Default: 10 s.
	DialTimeout time.Duration
	// HandshakeTimeout bounds key exchange and login together. Default: 15 s.
	HandshakeTimeout time.Duration
	// SessionTimeout bounds the opening of one session. Default: 10 s.
	SessionTimeout time.Duration
	// StartTimeout bounds the time from there until a script begins, which the login shell and sudo take. Default: 30 s.
	StartTimeout time.Duration
	// KeepAlive is the pause between keepalives; KeepAliveMisses unanswered ones in a row end the connection.
	// Defaults: 15 s and 3, so that a dead peer is noticed within a minute. Below zero: none are sent.
	KeepAlive       time.Duration
	KeepAliveMisses int
	// Retries is how often an sshd that hangs up before it has named its version, as one with too many logins under
	// way does (MaxStartups), is tried again. A refused port and a jump that is lost get a third of it, a node that does
	// not answer in time one. Nothing else is tried again. Default: 12. Below zero: none.
	Retries int
	// RetryBase and RetryCap shape the pauses: the n-th is random between 0 and min(RetryCap, RetryBase·2ⁿ).
	// Defaults: 100 ms and 4 s.
	RetryBase, RetryCap time.Duration
	// Patience is for how long a machine is waited for that was lost in mid-step, such as one that reboots: by RunJob,
	// Upload, Download, and Run where a Command says that it may be done again. Default: 5 minutes. Below zero: not.
	Patience time.Duration
	// MaxLogins is how many logins may be under way at one sshd (host and port, through the same jump); more wait.
	// Default: 8, for sshd begins to hang up at 10 (MaxStartups).
	MaxLogins int
	// MaxKeys is how many keys are offered to one server, the named ones first. Default: 5, for sshd hangs up after 6
	// failures (MaxAuthTries), and a password is one too.
	MaxKeys int
	// MaxSessions is how many sessions one connection uses at a time; more wait. Default: 8, which with the one that is
	// asked for ahead leaves room below sshd's own default of 10.
	MaxSessions int
	// OutputGrace is how long a command's output may stay silent after the command itself has ended, before it is
	// given up: a daemon that it left behind can hold its stdout open for good. Default: 5 s.
	OutputGrace time.Duration
	// AgentSocket is the path of the ssh-agent's socket, usually SSH_AUTH_SOCK's value. Default: no agent.
	AgentSocket string
	// StateDir is the directory on nodes that keeps jobs. Default: /var/lib/dcosup.
	StateDir string
	// Ciphers and KeyExchanges are in order of preference. Defaults: AES-GCM with 128 bits first, which costs less
	// than half of the CPU time of ChaCha20 where the processor knows AES; X25519 with and without ML-KEM first.
	Ciphers, KeyExchanges []string
	// Trace is told what happens on the way to machines and is no error of the caller's: from any goroutine. Default:
	// nobody.
	Trace func(Event)
	// Rand returns a number in [0,1), Sleep waits or returns ctx's cause. Defaults: the real ones.
	Rand  func() float64
	Sleep func(ctx context.Context, d time.Duration) error

	once sync.Once
	me   *user.User
	errs error // of looking up me

	keys  keyRing
	hosts hostKeys

	mu     sync.Mutex
	closed bool
	jumps  map[string]*sharedJump
	logins map[string]chan struct{} // by door: a token for each login under way
}

// ready fills the defaults that are cheaper to hold than to compute.
func (d *Dialer) ready() error {
	d.once.Do(func() {
		d.me, d.errs = user.Current()
		setDefault(&d.DialTimeout, 10*time.Second)
		setDefault(&d.HandshakeTimeout, 15*time.Second)
		setDefault(&d.SessionTimeout, 10*time.Second)
		setDefault(&d.StartTimeout, 30*time.Second)
		setDefault(&d.KeepAlive, 15*time.Second)
		setDefault(&d.KeepAliveMisses, 3)
		setDefault(&d.Retries, 12)
		setDefault(&d.RetryBase, 100*time.Millisecond)
		setDefault(&d.RetryCap, 4*time.Second)
		setDefault(&d.MaxSessions, 8)
		setDefault(&d.OutputGrace, 5*time.Second)
		setDefault(&d.StateDir, "/var/lib/dcosup")
		setDefault(&d.Patience, 5*time.Minute)
		setDefault(&d.MaxLogins, 8)
		setDefault(&d.MaxKeys, 5)
		if d.Rand == nil {
			d.Rand = rand.Float64
		}
		if d.Sleep == nil {
			d.Sleep = sleep
		}
		if d.Ciphers == nil {
			d.Ciphers = []string{ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherChaCha20Poly1305,
				ssh.CipherAES128CTR, ssh.CipherAES192CTR, ssh.CipherAES256CTR}
		}
		if d.KeyExchanges == nil {
			d.KeyExchanges = []string{ssh.KeyExchangeCurve25519, ssh.KeyExchangeMLKEM768X25519,
				ssh.KeyExchangeECDHP256, ssh.KeyExchangeECDHP384, ssh.KeyExchangeECDHP521,
				ssh.KeyExchangeDH14SHA256, ssh.KeyExchangeDH16SHA512}
		}
		d.jumps, d.logins = map[string]*sharedJump{}, map[string]chan struct{}{}
	})
	return d.errs
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Connect opens the one connection to t. Errors are *ConnectError, or ctx's cause.
//
// The Conn dials again by itself when an operation starts on a connection that was lost since the one before.
func (d *Dialer) Connect(ctx context.Context, t Target) (*Conn, error) {
	if err := d.ready(); err != nil {
		return nil, fmt.Errorf("looking up the current user: %w", err)
	}
	c := &Conn{d: d, t: t.filled(d.me), turn: make(chan struct{}, 1)}
	if _, err := c.link(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close closes the jumps and the connection to the agent. Conns that are still open lose their connection if it
// goes through a jump.
func (d *Dialer) Close() error {
	if err := d.ready(); err != nil {
		return err
	}
	d.mu.Lock()
	d.closed = true
	jumps := d.jumps
	d.jumps = map[string]*sharedJump{}
	d.mu.Unlock()
	errs := []error{d.keys.close()}
	for _, j := range jumps {
		errs = append(errs, j.conn.Close())
	}
	return errors.Join(errs...)
}

// sharedJump is a connection to a jump machine, and how many Conns go through it.
type sharedJump struct {
	conn *Conn
	refs int
}

// useJump returns the Conn for t that all targets behind it share. It is not dialled yet: the first one that needs
// it does so. Every useJump is followed by one leaveJump.
func (d *Dialer) useJump(t Target) (*Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, ErrClosed
	}
	t = t.filled(d.me)
	id := t.identity()
	j := d.jumps[id]
	if j == nil {
		j = &sharedJump{conn: &Conn{d: d, t: t, turn: make(chan struct{}, 1)}}
		d.jumps[id] = j
	}
	j.refs++
	return j.conn, nil
}

// leaveJump closes the connection to t once nobody goes through it any more.
func (d *Dialer) leaveJump(c *Conn) {
	id := c.t.identity()
	d.mu.Lock()
	j := d.jumps[id]
	if j == nil || j.conn != c {
		d.mu.Unlock()
		return
	}
	j.refs--
	last := j.refs == 0
	if last {
		delete(d.jumps, id)
	}
	d.mu.Unlock()
	if last {
		c.Close()
	}
}
