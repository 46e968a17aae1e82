package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// How a connection gets to the port of a machine: straight, through a jump, or by a command.

func (d *Dialer) connectError(t Target, s Stage, cause error, hint string) *ConnectError {
	return &ConnectError{Node: t.Name, Stage: s, Addr: t.Addr(), Cause: cause, Hint: hint}
}

func (d *Dialer) dialNet(ctx context.Context, t Target, jump *Conn) (net.Conn, error) {
	limit := t.DialTimeout
	setDefault(&limit, d.DialTimeout)
	silence := tooLate(fmt.Sprintf("no answer within %v", limit))
	dctx, cancel := context.WithTimeoutCause(ctx, limit, silence)
	defer cancel()
	switch {
	case t.ProxyCommand != "":
		return d.dialCommand(t)
	case jump != nil:
		return d.dialThrough(ctx, dctx, t, jump)
	}
	nc, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(dctx, "tcp", t.Addr())
	var dns *net.DNSError
	if err == nil {
		return nc, nil
	}
	err = bare(err)
	switch {
	case errors.As(err, &dns):
		return nil, d.connectError(t, StageResolve, err, "set ansible_host to an address that this machine can reach")
	case dctx.Err() != nil, isTimeout(err): // the dialer's own clock may be a moment ahead of the context's
		if !errors.Is(err, syscall.ETIMEDOUT) { // which is the kernel's word
			err = silence
		}
		return nil, d.connectError(t, StageDial, err, "see whether the node is up, and whether a firewall drops port "+fmt.Sprint(t.Port))
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, d.connectError(t, StageDial, err, fmt.Sprintf("see whether sshd runs there and listens on port %d", t.Port))
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return nil, d.connectError(t, StageDial, err, "see the routes from this machine to the node, and whether it is up")
	}
	return nil, d.connectError(t, StageDial, err, "")
}

// bare is what the kernel or the resolver said, without the address, which a ConnectError names itself.
func bare(err error) error {
	var op *net.OpError
	var call *os.SyscallError
	switch {
	case errors.As(err, &call):
		return call.Err
	case errors.As(err, &op):
		return op.Err
	}
	return err
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

// dialCommand starts t's ProxyCommand. Whether it gets there shows in the handshake.
func (d *Dialer) dialCommand(t Target) (net.Conn, error) {
	c := &commandConn{cmd: exec.Command("/bin/sh", "-c", "exec "+t.ProxyCommand), said: tail{max: 4 << 10}}
	// A group of its own, so that ctrl-C at the terminal does not reach it, and what it starts can be ended with it.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.Stderr = writerFunc(c.hear)
	c.cmd.WaitDelay = time.Second
	var err error
	if c.in, err = c.cmd.StdinPipe(); err == nil {
		if c.out, err = c.cmd.StdoutPipe(); err == nil {
			err = c.cmd.Start()
		}
	}
	if err != nil {
		return nil, d.connectError(t, StageDial, fmt.Errorf("the ProxyCommand does not start: %w", err), "")
	}
	return c, nil
}

// commandConn is a connection over the standard streams of a command. It knows no deadlines.
type commandConn struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.ReadCloser
	once sync.Once
	mu   sync.Mutex
	said tail // of its stderr
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func (c *commandConn) hear(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said.write(p)
	return len(p), nil
}

// complaint is what the command said last on its stderr.
func (c *commandConn) complaint() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return lastLines(string(c.said.bytes()), 2)
}

func (c *commandConn) Read(p []byte) (int, error)  { return c.out.Read(p) }
func (c *commandConn) Write(p []byte) (int, error) { return c.in.Write(p) }

// Close ends the command, with all that it has started.
func (c *commandConn) Close() error {
	c.once.Do(func() {
		syscall.Kill(-c.cmd.Process.Pid, syscall.SIGTERM)
		c.in.Close()
		c.out.Close()
		c.cmd.Wait() // its status is of no use: it was ended
	})
	return nil
}

func (c *commandConn) LocalAddr() net.Addr              { return commandAddr{} }
func (c *commandConn) RemoteAddr() net.Addr             { return commandAddr{} }
func (c *commandConn) SetDeadline(time.Time) error      { return nil }
func (c *commandConn) SetReadDeadline(time.Time) error  { return nil }
func (c *commandConn) SetWriteDeadline(time.Time) error { return nil }

type commandAddr struct{}

func (commandAddr) Network() string { return "command" }
func (commandAddr) String() string  { return "ProxyCommand" }
