package remote

import (
	"context"
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

// The stages of a Ping beyond those of connecting.
const (
	StageBecome Stage = "become"
	StageSFTP   Stage = "sftp"
)

// Ping goes through every stage of reaching t, and tells of each in order: those of connecting, then a command as the
// login user (session), one as root (become; left out where t asks for none), and sftp. It ends with the first that
// fails, but for sftp, whose failure is no error of the machine: files then go over a session.
func (d *Dialer) Ping(ctx context.Context, t Target) []Check { panic("not built yet") }
