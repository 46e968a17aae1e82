package installer

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

//go:embed scripts/private.sh
var privateScript string

// sendFixFiles brings the files that the fixes need to the node, into a directory
// for root alone. What is there already, from a run that was cut off, is not sent
// again; the fix that used them removes them.
func (p place) sendFixFiles(ctx context.Context, files []roles.FixFile) error {
	for i, f := range files {
		if i == 0 {
			_, err := p.conn.Run(ctx, remote.Command{Name: "make a directory for files", Script: privateScript, Args: []string{path.Dir(f.Dest)}, Again: true})
			if err != nil {
				return err
			}
		}
		p.waits("sending " + path.Base(f.Path))
		_, err := p.conn.Upload(ctx, remote.Upload{Path: f.Path, Dest: f.Dest, Mode: 0o600, Owner: "root:root", Progress: p.transfer()})
		if err != nil {
			return err
		}
	}
	return nil
}

// localFiles are the roles.Files of this machine. Each pattern is looked up once,
// however many nodes share it.
type localFiles struct {
	cluster *inventory.Cluster
	known   map[string]foundFiles // by pattern
}

type foundFiles struct {
	files []string
	err   error
}

// Find takes a pattern to count from where the inventory is.
func (l *localFiles) Find(pos inventory.Pos, pattern string) ([]string, error) {
	pattern = l.cluster.Beside(pos, pattern)
	found, known := l.known[pattern]
	if !known {
		found.files, found.err = filesOf(pattern)
		l.known[pattern] = found
	}
	return found.files, found.err
}

// filesOf are the files that a pattern stands for, at least one.
func filesOf(pattern string) ([]string, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s is no pattern: %w", pattern, err)
	}
	if files == nil {
		return nil, fmt.Errorf("there is no file %s", pattern)
	}
	return files, nil
}

// headBytes is what tells the kinds of files apart: keys can have a text before them.
const headBytes = 4 << 10

// Head returns how a file begins.
func (l *localFiles) Head(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		var failed *os.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, fmt.Errorf("%s cannot be read: %w", file, err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, headBytes))
}
