package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// localLink is this machine.
type localLink struct {
	grace  time.Duration // see Dialer.OutputGrace
	closed atomic.Bool
}

func (l *localLink) alive() bool { return !l.closed.Load() }

func (l *localLink) close() error {
	l.closed.Store(true)
	return nil
}

func (l *localLink) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

type localProcess struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
}

func (l *localLink) start(_ context.Context, line string, s streams, _ bool) (process, error) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	cmd.Stdout, cmd.Stderr = s.stdout, s.stderr
	cmd.WaitDelay = l.grace
	// A group of its own, so that ctrl-C at the terminal does not reach it, and its children can be ended with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	// A pipe of our own: given a Reader, Wait would wait for its end.
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	go func() {
		io.Copy(stdin, s.stdin)
		stdin.Close()
	}()
	return &localProcess{cmd, cancel}, nil
}

func (p *localProcess) wait(ctx context.Context) (status, error) {
	defer p.cancel()
	stop := context.AfterFunc(ctx, p.cancel)
	defer stop()
	err := p.cmd.Wait()
	if ctx.Err() != nil {
		return status{}, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return status{}, err
	}
	ws := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return status{code: -1, signal: unix.SignalName(ws.Signal())[len("SIG"):]}, nil
	}
	return status{code: ws.ExitStatus()}, nil
}
