package remote

import (
	"context"
	"io/fs"
)

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

// Download fetches a file: whole or not at all, verified by sha256. A local file with equal content is left as it is;
// then changed is false. What an interrupted Download has fetched is not fetched again while the file there stays the
// same, neither by this one, which goes on over a new connection when it loses one, nor by a later one.
//
// Errors: *NoSpaceError and *ChecksumError with an empty Node for this machine's disk and a file that changed while
// it was read, an error that wraps fs.ErrNotExist or fs.ErrPermission, and Run's.
func (c *Conn) Download(ctx context.Context, dl Download) (changed bool, err error) {
	panic("not built yet")
}
