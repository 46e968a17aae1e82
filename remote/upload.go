package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/pkg/sftp"
)

var (
	//go:embed scripts/put.sh
	putScript string
	//go:embed scripts/prepare.sh
	prepareScript string
	//go:embed scripts/append.sh
	appendScript string
	//go:embed scripts/finish.sh
	finishScript string
	//go:embed scripts/space.sh
	spaceScript string
)

const (
	// sftpBlock and sftpWindow: 255 KiB is the most that fits into OpenSSH's 256 KiB packets; 64 of them under way
	// fill a link of 1 Gbit/s at a round trip of 130 ms.
	sftpBlock  = 255 << 10
	sftpWindow = 64
	// smallFile is what goes in one trip instead of three.
	smallFile = 512 << 10
	// transferTries is how often one Upload or Download begins when the file arrived damaged.
	transferTries = 3
)

// Upload is a file to be put in place on a machine.
type Upload struct {
	// Path is the local file. Or Source and Size say where the content comes from.
	Path   string
	Source io.ReaderAt
	Size   int64
	// SHA256 of the content, hexadecimal. Default: computed, which reads it once more.
	SHA256 string
	// Dest is the absolute path on the machine; its directory is made if need be, with mode 0755.
	Dest string
	// Mode defaults to 0644.
	Mode fs.FileMode
	// Owner is user:group. Default: root:root where commands run as root, else the login user.
	Owner string
	// Progress is told how much of the whole is there, in bytes, from one goroutine at a time.
	Progress func(done, total int64)
}

// File is small content to be put in place on a machine.
type File struct {
	Path    string // absolute
	Content []byte
	Mode    fs.FileMode // default: 0644
	Owner   string      // see Upload
}

// WriteFile puts a file in place: whole or not at all. changed is false if it was there already, with that mode and
// owner. Up to 512 KiB take one trip.
func (c *Conn) WriteFile(ctx context.Context, f File) (changed bool, err error) {
	return c.Upload(ctx, Upload{
		Source: bytes.NewReader(f.Content), Size: int64(len(f.Content)), Dest: f.Path, Mode: f.Mode, Owner: f.Owner,
	})
}

// Upload puts a file in place: whole or not at all. A file with equal content is not sent; changed is false if mode
// and owner were right too. What an interrupted Upload has sent is not sent again, neither by this one, which goes on
// over a new connection when it loses one, nor by a later one with the same content and Dest.
//
// Errors: *NoSpaceError, *ChecksumError, and Run's.
func (c *Conn) Upload(ctx context.Context, u Upload) (changed bool, err error) {
	if u.Path != "" {
		f, err := os.Open(u.Path)
		if err != nil {
			return false, fmt.Errorf("uploading: %w", err)
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			return false, fmt.Errorf("uploading: %w", err)
		}
		u.Source, u.Size = f, st.Size()
	}
	if !strings.HasPrefix(u.Dest, "/") {
		return false, fmt.Errorf("uploading: destination %q is not an absolute path", u.Dest)
	}
	setDefault(&u.Mode, 0o644)
	if u.Progress == nil {
		u.Progress = func(int64, int64) {}
	}
	if u.SHA256 == "" {
		h := sha256.New()
		if _, err := io.Copy(h, io.NewSectionReader(u.Source, 0, u.Size)); err != nil {
			return false, fmt.Errorf("uploading to %s: reading the source: %w", u.Dest, err)
		}
		u.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
	for try := 1; ; try++ {
		err = c.insist(ctx, func() error {
			changed, err = c.uploadOnce(ctx, u)
			return err
		})
		var damaged *ChecksumError
		if try == transferTries || !errors.As(err, &damaged) {
			return changed, err
		}
		c.tell(Event{Text: "upload of " + u.Dest + ": going on", Err: err})
	}
}

func (c *Conn) uploadOnce(ctx context.Context, u Upload) (bool, error) {
	if u.Size <= smallFile {
		words, err := c.say(ctx, Command{
			Name: "write " + u.Dest, Script: putScript,
			Args:  []string{u.Dest, u.SHA256, octal(u.Mode), u.Owner},
			Stdin: io.NewSectionReader(u.Source, 0, u.Size),
		})
		if err != nil {
			return false, err
		}
		return c.placed(u, words)
	}
	words, err := c.say(ctx, Command{
		Name: "prepare upload of " + u.Dest, Script: prepareScript,
		Args: []string{u.Dest, u.SHA256, fmt.Sprint(u.Size), octal(u.Mode), u.Owner, c.t.User, fmt.Sprint(sftpBlock * sftpWindow)},
	})
	if err != nil {
		return false, err
	}
	if words[0] != "part" || len(words) < 3 {
		return c.placed(u, words)
	}
	offset, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil || offset > u.Size {
		return false, fmt.Errorf("%s: preparing upload of %s: unexpected answer %q", c.t.Name, u.Dest, words)
	}
	part := words[2]
	if err := c.transfer(ctx, u, part, offset); err != nil {
		return false, c.orNoSpace(ctx, u, part, err)
	}
	words, err = c.say(ctx, Command{
		Name: "finish upload of " + u.Dest, Script: finishScript,
		Args: []string{part, u.Dest, u.SHA256, octal(u.Mode), u.Owner},
	})
	if err != nil {
		return false, err
	}
	return c.placed(u, words)
}

func octal(m fs.FileMode) string {
	bits := uint32(m.Perm())
	for mode, bit := range map[fs.FileMode]uint32{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&mode != 0 {
			bits |= bit
		}
	}
	return fmt.Sprintf("%04o", bits)
}

// say runs a script whose answer is one line of up to three words, the last of which may have spaces.
func (c *Conn) say(ctx context.Context, cmd Command) ([]string, error) {
	res, err := c.Run(ctx, cmd)
	if err != nil {
		return nil, err
	}
	words := strings.SplitN(strings.TrimSuffix(string(res.Stdout), "\n"), " ", 3)
	return words, nil
}

// placed reads the answer that ends an upload.
func (c *Conn) placed(u Upload, words []string) (bool, error) {
	switch {
	case words[0] == "same" || words[0] == "mode" || words[0] == "new":
		u.Progress(u.Size, u.Size)
		return words[0] != "same", nil
	case words[0] == "bad" && len(words) > 1:
		return false, &ChecksumError{Node: c.t.Name, Path: u.Dest, Want: u.SHA256, Got: words[1]}
	case words[0] == "full" && len(words) > 2:
		free, _ := strconv.ParseInt(words[1], 10, 64)
		return false, &NoSpaceError{Node: c.t.Name, Dir: words[2], Need: u.Size, Free: free}
	}
	return false, fmt.Errorf("%s: uploading %s: unexpected answer %q", c.t.Name, u.Dest, words)
}

// orNoSpace is err, unless the disk has run full meanwhile: sftp says only that something failed.
func (c *Conn) orNoSpace(ctx context.Context, u Upload, part string, err error) error {
	if IsUnreachable(err) || ctx.Err() != nil {
		return err
	}
	words, asked := c.say(ctx, Command{Name: "look at the space for " + u.Dest, Script: spaceScript, Args: []string{part}})
	if asked != nil || len(words) < 3 {
		return err
	}
	have, err1 := strconv.ParseInt(words[0], 10, 64)
	free, err2 := strconv.ParseInt(words[1], 10, 64)
	if err1 != nil || err2 != nil || u.Size-have <= free {
		return err
	}
	return &NoSpaceError{Node: c.t.Name, Dir: words[2], Need: u.Size, Free: free}
}

// transfer sends the content from offset on to the end of part: by sftp as the login user, or, where that does not
// get there, over a session as root.
func (c *Conn) transfer(ctx context.Context, u Upload, part string, offset int64) error {
	l, err := c.link(ctx)
	if err != nil {
		return err
	}
	if s, ok := l.(*sshLink); ok {
		err := c.sftpTransfer(ctx, s, u, part, offset)
		var no errNoSFTP
		if !errors.As(err, &no) {
			return err
		}
		c.tell(Event{Text: "sending " + u.Dest + " over a session", Err: err})
	}
	_, err = c.Run(ctx, Command{
		Name: "upload of " + u.Dest, Script: appendScript, Args: []string{part}, Stdin: u.reader(offset),
	})
	return err
}

// errNoSFTP means that nothing was sent, and why.
type errNoSFTP struct{ error }

func (e errNoSFTP) Unwrap() error { return e.error }

func (c *Conn) sftpTransfer(ctx context.Context, l *sshLink, u Upload, part string, offset int64) error {
	op := "upload of " + u.Dest
	sctx, cancel := context.WithTimeout(ctx, c.d.SessionTimeout)
	defer cancel()
	client, end, err := l.sftp(sctx)
	if err != nil {
		return c.lostOr(ctx, l, op, err, errNoSFTP{fmt.Errorf("no sftp: %w", err)})
	}
	defer end()
	f, err := client.OpenFile(part, os.O_WRONLY)
	if err != nil {
		return c.lostOr(ctx, l, op, err, errNoSFTP{fmt.Errorf("sftp cannot write %s: %w", part, err)})
	}
	done := make(chan error, 1)
	go func() {
		_, err := f.Seek(offset, io.SeekStart)
		if err == nil {
			_, err = f.ReadFromWithConcurrency(u.reader(offset), sftpWindow)
		}
		done <- errors.Join(err, f.Close())
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, sftp.ErrSSHFxConnectionLost) { // the session may have ended alone
		err = errLost{err}
	}
	return c.lostOr(ctx, l, op, err, fmt.Errorf("%s: %s: %w", c.t.Name, op, err))
}

// lostOr is other, unless err, with which op failed, is the end of ctx or of the connection.
func (c *Conn) lostOr(ctx context.Context, l *sshLink, op string, err, other error) error {
	if err = l.lostOr(ctx, err); ctx.Err() != nil || errors.As(err, new(errLost)) {
		return c.opError(ctx, op, err)
	}
	return other
}

// sftp opens an sftp client in a session of its own.
func (l *sshLink) sftp(ctx context.Context) (*sftp.Client, func(), error) {
	ch, reqs, err := l.open(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	p := &sshProcess{ended: make(chan status, 1)}
	go p.requests(reqs)
	stop := context.AfterFunc(ctx, func() { ch.Close() })
	defer stop()
	end := func() {
		ch.Close()
		l.slots.release(false)
	}
	ok, err := ch.SendRequest("subsystem", true, []byte("\x00\x00\x00\x04sftp"))
	if err == nil && !ok {
		err = errors.New("the server has no such subsystem")
	}
	var client *sftp.Client
	if err == nil {
		go io.Copy(io.Discard, ch.Stderr())
		client, err = sftp.NewClientPipe(ch, ch, sftp.MaxPacketUnchecked(sftpBlock),
			sftp.MaxConcurrentRequestsPerFile(sftpWindow), sftp.UseConcurrentWrites(true))
	}
	if err != nil {
		end()
		return nil, nil, err
	}
	return client, func() { client.Close(); end() }, nil
}

// reader reads the content from offset on, and tells Progress.
func (u Upload) reader(offset int64) io.Reader {
	r := &progressReader{r: io.NewSectionReader(u.Source, offset, u.Size-offset), total: u.Size, tell: u.Progress}
	r.done.Store(offset)
	return r
}

type progressReader struct {
	r     io.Reader
	done  atomic.Int64
	total int64
	tell  func(done, total int64)
}

func (p *progressReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.tell(p.done.Add(int64(n)), p.total)
	}
	return n, err
}
