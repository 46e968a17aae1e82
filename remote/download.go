package remote

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

//go:embed scripts/describe.sh
var describeScript string

// Download is a file to be fetched from a machine.
type Download struct {
	// Path is the absolute path on the machine; it is read as root where the Target says so.
	Path string
	// Dest is the local path; its directory must exist.
	Dest string
	// Mode of the local file. Default: 0600, for what only root may read there should not become readable here.
	Mode fs.FileMode
	// Progress is told how much of the whole is there, in bytes, from one goroutine at a time.
	Progress func(done, total int64)
}

// Download fetches a file: whole or not at all, verified by sha256. It goes over a session and not by sftp, which
// reads only what the login user may. A local file with equal content is left as it is; then changed is false. What an
// interrupted Download has fetched is not fetched again while the file there stays the same, neither by this one, which
// goes on over a new connection when it loses one, nor by a later one.
//
// Errors: *NoSpaceError with an empty Node for this machine's disk, *ChecksumError where the file changes each time
// that it is read, one that wraps fs.ErrNotExist, and Run's.
func (c *Conn) Download(ctx context.Context, dl Download) (changed bool, err error) {
	setDefault(&dl.Mode, 0o600)
	if dl.Progress == nil {
		dl.Progress = func(int64, int64) {}
	}
	for try := 1; ; try++ {
		changed, err = c.downloadOnce(ctx, dl)
		var damaged *ChecksumError
		if try == transferTries || !errors.As(err, &damaged) {
			return changed, err
		}
		c.tell(Event{Text: "download of " + dl.Path + ": beginning again", Err: err})
	}
}

func (c *Conn) downloadOnce(ctx context.Context, dl Download) (changed bool, err error) {
	size, sum, err := c.describe(ctx, dl.Path)
	if err != nil {
		return false, err
	}
	if had, err := fileSum(dl.Dest); err == nil && had == sum {
		dl.Progress(size, size)
		return false, os.Chmod(dl.Dest, dl.Mode)
	}
	// The name comes from the content, so that only a try for the same content is continued.
	part := filepath.Join(filepath.Dir(dl.Dest), "."+filepath.Base(dl.Dest)+"."+sum[:16]+".part")
	f, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return false, fmt.Errorf("downloading: %w", err)
	}
	defer f.Close()
	if err := roomFor(f, size); err != nil {
		return false, err
	}
	if err := c.insist(ctx, func() error { return c.fetch(ctx, dl, f, size) }); err != nil {
		return false, err
	}
	return true, c.place(dl, part, sum)
}

// describe asks for the size and the sha256 of a file.
func (c *Conn) describe(ctx context.Context, path string) (size int64, sum string, err error) {
	res, err := c.Run(ctx, Command{Name: "look at " + path, Script: describeScript, Args: []string{path}, Again: true})
	var failed *CommandError
	switch {
	case errors.As(err, &failed) && failed.ExitCode == 66:
		return 0, "", fmt.Errorf("%s: %s: %w", c.t.Name, path, fs.ErrNotExist)
	case errors.As(err, &failed) && failed.ExitCode == 65:
		return 0, "", fmt.Errorf("%s: %s is not a file", c.t.Name, path)
	case err != nil:
		return 0, "", err
	}
	if _, err := fmt.Sscan(string(res.Stdout), &size, &sum); err != nil || len(sum) != 64 {
		return 0, "", fmt.Errorf("%s: looking at %s: unexpected answer %q", c.t.Name, path, res.Stdout)
	}
	return size, sum, nil
}

// roomFor holds the free space of this machine's disk against what is still to come.
func roomFor(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() > size {
		return f.Truncate(0)
	}
	var disk unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &disk); err != nil {
		return nil // then writing tells
	}
	if free := int64(disk.Bavail) * int64(disk.Bsize); size-info.Size() > free {
		return &NoSpaceError{Dir: filepath.Dir(f.Name()), Need: size, Free: free}
	}
	return nil
}

// fetch appends what is missing.
func (c *Conn) fetch(ctx context.Context, dl Download, f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	have := info.Size()
	w := writerFunc(func(p []byte) (int, error) {
		n, err := f.Write(p)
		have += int64(n)
		dl.Progress(have, size)
		return n, err
	})
	_, err = c.Run(ctx, Command{Name: "download of " + dl.Path, Script: `exec tail -c "+$2" -- "$1"`,
		Args: []string{dl.Path, fmt.Sprint(have + 1)}, Stdout: w, MaxOutput: 1})
	return err
}

// place checks what has come, and puts it in place.
func (c *Conn) place(dl Download, part, want string) error {
	got, err := fileSum(part)
	if err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	if got != want {
		os.Remove(part)
		return &ChecksumError{Node: c.t.Name, Path: dl.Path, Want: want, Got: got}
	}
	if err := os.Chmod(part, dl.Mode); err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	if err := os.Rename(part, dl.Dest); err != nil {
		return fmt.Errorf("downloading: %w", err)
	}
	return nil
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
