package remote

import (
	"context"
	"errors"
	"time"
)

// Check is one stage of a Ping.
type Check struct {
	Stage Stage
	Took  time.Duration
	// Detail is what was found, as in Event.Text; for a failure it is empty.
	Detail string
	Err    error
}

// StageSFTP is the last stage of a Ping.
const StageSFTP Stage = "sftp"

// Ping goes through every stage of reaching t, and tells of each in order: those of connecting, then a command as the
// login user (session), one as root (become; left out where t asks for none), and sftp. It ends with the first that
// fails, but for sftp, whose failure is no error of the machine: files then go over a session.
func (d *Dialer) Ping(ctx context.Context, t Target) []Check {
	if err := d.ready(); err != nil {
		return []Check{{Stage: StageDial, Err: err}}
	}
	p := &pinging{c: &Conn{d: d, t: t.filled(d.me), turn: make(chan struct{}, 1)}}
	p.c.watch = func(e Event) {
		if e.Stage != "" && e.Err == nil {
			p.checks = append(p.checks, Check{Stage: e.Stage, Took: e.Took, Detail: e.Text})
		}
	}
	defer p.c.Close()
	l, err := p.c.link(ctx)
	if err != nil {
		return append(p.checks, Check{Stage: stageOf(err, StageDial), Err: err})
	}
	if !p.try(ctx, StageSession, Command{Name: "ping", Script: ":", NoBecome: true}) {
		return p.checks
	}
	if p.c.t.Become.Method != NoBecome && p.c.t.User != "root" && !p.try(ctx, StageBecome, Command{Name: "ping", Script: ":"}) {
		return p.checks
	}
	if s, ok := l.(*sshLink); ok {
		p.sftp(ctx, s)
	}
	return p.checks
}

type pinging struct {
	c      *Conn
	checks []Check
}

// try runs a command that does nothing, and tells whether that went well.
func (p *pinging) try(ctx context.Context, stage Stage, cmd Command) bool {
	began := time.Now()
	_, err := p.c.Run(ctx, cmd)
	p.checks = append(p.checks, Check{Stage: stage, Took: time.Since(began), Err: err})
	return err == nil
}

func (p *pinging) sftp(ctx context.Context, l *sshLink) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, p.c.d.SessionTimeout)
	defer cancel()
	_, end, err := l.sftp(ctx)
	if err == nil {
		end()
	}
	p.checks = append(p.checks, Check{Stage: StageSFTP, Took: time.Since(began), Err: err})
}

// stageOf is the stage that an error names.
func stageOf(err error, other Stage) Stage {
	var ce *ConnectError
	if errors.As(err, &ce) {
		return ce.Stage
	}
	return other
}
