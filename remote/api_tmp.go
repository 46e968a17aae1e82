package remote

import (
	"context"
	"io"
	"net"
	"time"
)

// signatures only, being filled in

func (d *Dialer) Connect(ctx context.Context, t Target) (*Conn, error) { panic("soon") }
func (d *Dialer) Close() error                                         { panic("soon") }

type Dialer struct {
	DialTimeout, HandshakeTimeout, SessionTimeout time.Duration
	KeepAlive                                     time.Duration
	KeepAliveMisses                               int
	Retries                                       int
	AgentSocket                                   string
	StateDir                                      string
	Ciphers, KeyExchanges                         []string
	Log                                           func(format string, args ...any)
	Now                                           func() time.Time
	Rand                                          func() float64
	Sleep                                         func(context.Context, time.Duration) error
}
type Conn struct{}

func (c *Conn) Target() Target                                                        { panic("soon") }
func (c *Conn) Close() error                                                          { panic("soon") }
func (c *Conn) Run(ctx context.Context, cmd Command) (Result, error)                  { panic("soon") }
func (c *Conn) Upload(ctx context.Context, u Upload) (changed bool, err error)        { panic("soon") }
func (c *Conn) WriteFile(ctx context.Context, f File) (changed bool, err error)       { panic("soon") }
func (c *Conn) StartJob(ctx context.Context, j Job) (JobResult, error)                { panic("soon") }
func (c *Conn) JobState(ctx context.Context, name string) (JobStatus, error)          { panic("soon") }
func (c *Conn) StopJob(ctx context.Context, name string) error                        { panic("soon") }
func (c *Conn) ForgetJob(ctx context.Context, name string) error                      { panic("soon") }
func (c *Conn) DialContext(ctx context.Context, network, addr string) (net.Conn, error) { panic("soon") }
func (c *Conn) RunJob(ctx context.Context, j Job, output func(line string)) (JobResult, error) {
	panic("soon")
}
func (c *Conn) Lock(ctx context.Context, l Lock) (locked context.Context, release func(), err error) {
	panic("soon")
}

type Command struct {
	Name           string
	Script         string
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	NoSudo         bool
	MaxOutput      int
}
type Result struct {
	Stdout, Stderr []byte
	Truncated      bool
	ExitCode       int
}
type Upload struct {
	Path     string // local file, or Source+Size
	Source   io.ReaderAt
	Size     int64
	SHA256   string
	Dest     string
	Mode     uint32
	Owner    string
	Progress func(done, total int64)
}
type File struct {
	Path    string
	Content []byte
	Mode    uint32
	Owner   string
}
type Job struct {
	Name, Key, Script string
	Args              []string
	Dir               string
	Timeout           time.Duration
}
type JobResult struct {
	ExitCode    int
	Attached    bool
	AlreadyDone bool
	LogPath     string
	Started     time.Time
}
type JobPhase string
type JobStatus struct {
	Phase    JobPhase
	Key      string
	ExitCode int
	Started  time.Time
	LogPath  string
}

const (
	JobAbsent      JobPhase = "absent"
	JobRunning     JobPhase = "running"
	JobEnded       JobPhase = "ended"
	JobInterrupted JobPhase = "interrupted"
)

type Lock struct {
	Path   string
	Holder string
}

func Lines(f func(line string)) io.Writer { panic("soon") }
func Quote(args ...string) string         { panic("soon") }
