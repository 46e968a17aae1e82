package remote

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshProcess is a command in a session.
type sshProcess struct {
	l       *sshLink
	ch      ssh.Channel
	hold    bool
	ended   chan status   // at most one; closed when the session has ended
	drained chan struct{} // closed when both outputs have ended
	output  atomic.Int64  // writes so far, to notice silence
}

// exec asks the server to run the command line. It waits for the answer until one such request was accepted.
func (p *sshProcess) exec(ctx context.Context, line string) error {
	ctx, cancel := p.l.limited(ctx)
	defer cancel()
	ask := !p.l.proven.Load()
	answer := make(chan error, 1)
	go func() {
		ok, err := p.ch.SendRequest("exec", ask, ssh.Marshal(struct{ Command string }{line}))
		if err == nil && ask && !ok {
			err = errors.New("the server refuses to run commands")
		}
		answer <- err
	}()
	select {
	case err := <-answer:
		if err == nil {
			p.l.proven.Store(true)
		}
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (p *sshProcess) requests(reqs <-chan *ssh.Request) {
	defer close(p.ended)
	for r := range reqs {
		switch r.Type {
		case "exit-status":
			var m struct{ Code uint32 }
			if ssh.Unmarshal(r.Payload, &m) == nil {
				p.report(status{code: int(m.Code)})
			}
		case "exit-signal":
			var m struct {
				Signal     string
				CoreDumped bool
				Error      string
				Lang       string
			}
			if ssh.Unmarshal(r.Payload, &m) == nil {
				p.report(status{code: -1, signal: m.Signal})
			}
		}
		if r.WantReply {
			r.Reply(false, nil)
		}
	}
}

func (p *sshProcess) report(s status) {
	select {
	case p.ended <- s:
	default: // a second one is the server's mistake
	}
}

// feed sends stdin. A command may end without reading all of it, so errors here mean nothing.
func (p *sshProcess) feed(stdin io.Reader) {
	if stdin != nil {
		io.Copy(struct{ io.Writer }{p.ch}, stdin)
	}
	p.ch.CloseWrite()
}

func (p *sshProcess) read(s streams) {
	var wg sync.WaitGroup
	wg.Go(func() { p.copy(s.stdout, p.ch) })
	wg.Go(func() { p.copy(s.stderr, p.ch.Stderr()) })
	go func() {
		wg.Wait()
		close(p.drained)
	}()
}

// copy never stops reading before the end: unread output would stall the command.
func (p *sshProcess) copy(w io.Writer, r io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			w.Write(buf[:n])
			p.output.Add(1)
		}
		if err != nil {
			return
		}
	}
}

func (p *sshProcess) wait(ctx context.Context) (status, error) {
	defer p.l.slots.release(p.hold)
	select {
	case st, ok := <-p.ended:
		if !ok {
			return status{}, errLost{p.l.whyEnded(ctx)}
		}
		err := p.drain(ctx)
		p.ch.Close()
		return st, err
	case <-ctx.Done():
		p.abandon()
		return status{}, context.Cause(ctx)
	}
}

// abandon ends the session without waiting: on a connection that hangs, even saying goodbye can take long.
func (p *sshProcess) abandon() {
	go func() {
		p.ch.SendRequest("signal", false, ssh.Marshal(struct{ Signal string }{"TERM"}))
		p.ch.Close()
	}()
}

// drain waits for the rest of the output, as long as there comes some.
func (p *sshProcess) drain(ctx context.Context) error {
	tick := time.NewTicker(p.l.grace)
	defer tick.Stop()
	for last := int64(-1); ; {
		select {
		case <-p.drained:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
			now := p.output.Load()
			if now == last {
				return nil
			}
			last = now
		}
	}
}
