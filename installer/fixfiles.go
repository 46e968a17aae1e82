package installer

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
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

// finder finds the files on this machine that an inventory names. Each pattern is
// looked up once, however many nodes share it.
type finder struct {
	cluster *inventory.Cluster
	known   map[string]foundFiles // by pattern
}

type foundFiles struct {
	files []string
	err   error
}

// find is a roles.Finder: a pattern counts from where the inventory is.
func (f finder) find(pos inventory.Pos, pattern string) ([]string, error) {
	pattern = f.cluster.Beside(pos, pattern)
	found, known := f.known[pattern]
	if !known {
		found.files, found.err = filesOf(pattern)
		f.known[pattern] = found
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
	for _, file := range files {
		if err := readable(file); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// readable fails for what is no file that can be read.
func readable(file string) error {
	f, err := os.Open(file)
	if err != nil {
		var failed *os.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return fmt.Errorf("%s cannot be read: %w", file, err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", file)
	}
	return err
}
