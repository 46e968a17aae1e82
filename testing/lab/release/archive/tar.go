// Package archive writes the files that a release is made of: tar archives whose bytes depend on nothing but their
// content, and xz streams.
//
// The xz writer stores and does not compress: what a stand-in release carries is incompressible on purpose, and the
// standard library has no xz. The result is a valid .xz file for xz, tar -J and busybox. The package reads nothing.
//
//	files := []archive.File{{Name: "bin/tool", Mode: 0o755, Body: binary}}
//	x := archive.NewXZ(out)
//	err := errors.Join(archive.Tar(x, files), x.Close())
package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha1"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// File is one entry of an archive.
type File struct {
	// Name is the path inside the archive, relative, with forward slashes.
	Name string
	// Mode holds the permission bits; 0 means 0644.
	Mode int64
	// Body is the content, unless Open is set.
	Body []byte
	// Link makes the entry a symbolic link to this target.
	Link string
	// Open gives a content that is too big to be held; exactly Size bytes are read from it.
	Open func() io.Reader
	// Size is the length of what Open gives, in bytes.
	Size int64
	// Digest stands for the content of Open in [ID]: two files with the same Digest have the same bytes.
	Digest string
}

// Tar writes files sorted by name, each below its directories, owned by root and dated 1970-01-01, so that equal
// files give equal bytes. It closes nothing but its own framing.
func Tar(w io.Writer, files []File) error {
	t := tar.NewWriter(w)
	made := map[string]bool{".": true}
	for _, f := range sorted(files) {
		for _, dir := range parents(f.Name) {
			if made[dir] {
				continue
			}
			made[dir] = true
			if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}); err != nil {
				return fmt.Errorf("tar directory %s: %w", dir, err)
			}
		}
		if err := writeFile(t, f); err != nil {
			return fmt.Errorf("tar %s: %w", f.Name, err)
		}
	}
	return t.Close()
}

func writeFile(t *tar.Writer, f File) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Mode: f.mode(), Size: int64(len(f.Body))}
	switch {
	case f.Link != "":
		h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, f.Link, 0
	case f.Open != nil:
		h.Size = f.Size
	}
	if err := t.WriteHeader(h); err != nil || h.Typeflag == tar.TypeSymlink {
		return err
	}
	_, err := io.CopyN(t, f.reader(), h.Size)
	return err
}

// ID is the SHA-1, in hexadecimal, of everything that [Tar] would write, without reading what Open gives. SHA-1 because
// that is the length and look of package ids in DC/OS; nothing relies on its strength.
func ID(files []File) string {
	sum := sha1.New()
	for _, f := range sorted(files) {
		fmt.Fprintf(sum, "%q %o %q %d %q %d\n", f.Name, f.mode(), f.Link, f.Size, f.Digest, len(f.Body))
		sum.Write(f.Body)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

func (f File) mode() int64 {
	if f.Mode == 0 {
		return 0o644
	}
	return f.Mode
}

func (f File) reader() io.Reader {
	if f.Open != nil {
		return f.Open()
	}
	return bytes.NewReader(f.Body)
}

func sorted(files []File) []File {
	return slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
}

// parents lists the directories above name, outermost first.
func parents(name string) []string {
	var dirs []string
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		dirs = append(dirs, dir)
	}
	slices.Reverse(dirs)
	return dirs
}
