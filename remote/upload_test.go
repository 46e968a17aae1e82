package remote_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

// content is the same for the same seed.
func content(size int, seed uint64) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	r.Read(b)
	return b
}

const big = 30 << 20 // more than the resumed part's slack of 16 MiB

func TestUpload(t *testing.T) {
	ways := map[string]remotetest.Options{
		"sftp":       {User: "root"},
		"no sftp":    {User: "root", NoSFTP: true},
		"local":      {},
		"sudo, sftp": {User: "root", Bin: map[string]string{"sudo": passingSudo}},
	}
	for way, o := range ways {
		for _, size := range []int{0, 1, 512 << 10, 512<<10 + 1, 3 << 20} {
			t.Run(way, func(t *testing.T) {
				target := remote.Target{Name: "n1", Local: true}
				if way != "local" {
					target = remotetest.Start(t, o).Target("n1")
				}
				c := connect(t, dialer(t), target)
				u := remote.Upload{
					Dest: filepath.Join(t.TempDir(), "new dir", "it's $x.bin"), Size: int64(size),
					Source: bytes.NewReader(content(size, 1)), Mode: 0o640, Owner: "daemon:root",
				}
				var last, total int64
				u.Progress = func(d, t int64) { last, total = d, t }
				expect(t, c, u, true)
				if last != int64(size) || total != int64(size) {
					t.Errorf("progress ended at %d of %d, want %d", last, total, size)
				}
				expect(t, c, u, false)
				u.Mode = 0o600
				expect(t, c, u, true)
				u.Source = bytes.NewReader(content(size, 2))
				expect(t, c, u, size > 0)
			})
		}
	}
}

// expect uploads and looks at what is there then: the file, and nothing else in its directory.
func expect(t *testing.T, c *remote.Conn, u remote.Upload, changed bool) {
	t.Helper()
	got, err := c.Upload(limited(t), u)
	if err != nil || got != changed {
		t.Errorf("got changed %v, %v; want %v", got, err, changed)
	}
	want := make([]byte, u.Size)
	u.Source.ReadAt(want, 0)
	have, err := os.ReadFile(u.Dest)
	if err != nil || !bytes.Equal(have, want) {
		t.Errorf("the file differs: %d bytes, want %d; %v", len(have), len(want), err)
	}
	if st, err := os.Stat(u.Dest); err == nil && st.Mode().Perm() != u.Mode {
		t.Errorf("mode is %v, want %v", st.Mode(), u.Mode)
	}
	if diff := cmp.Diff([]string{filepath.Base(u.Dest)}, names(t, filepath.Dir(u.Dest))); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestUploadOfAFile(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "from"), "hello", 0o600)
		changed, err := c.Upload(limited(t), remote.Upload{Path: filepath.Join(dir, "from"), Dest: filepath.Join(dir, "to")})
		if err != nil || !changed {
			t.Fatalf("got %v, %v", changed, err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, "to")); err != nil || string(b) != "hello" {
			t.Errorf("got %q, %v", b, err)
		}
		_, err = c.Upload(limited(t), remote.Upload{Path: filepath.Join(dir, "none"), Dest: "/x"})
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want that the source does not exist", err)
		}
	})
}

func TestUploadGoesOnAfterACut(t *testing.T) {
	for _, noSFTP := range []bool{false, true} {
		srv := remotetest.Start(t, remotetest.Options{User: "root", NoSFTP: noSFTP, Cuts: []int64{25 << 20}})
		c := connect(t, dialer(t), srv.Target("n1"))
		u := remote.Upload{
			Dest: filepath.Join(t.TempDir(), "f"), Size: big, Source: bytes.NewReader(content(big, 1)), Mode: 0o644,
		}
		expect(t, c, u, true)
		if most := int64(big + 22<<20); srv.Received() > most || srv.Connections() != 2 {
			t.Errorf("no sftp %v: %d bytes over %d connections, want at most %d over 2: what arrived is not sent again",
				noSFTP, srv.Received(), srv.Connections(), most)
		}
	}
}

func TestUploadRepairs(t *testing.T) {
	dir := t.TempDir()
	dest := filepath.Join(dir, "f")
	u := remote.Upload{Dest: dest, Size: big, Source: bytes.NewReader(content(big, 1)), Mode: 0o644}
	u.SHA256 = sha(content(big, 1))
	part := filepath.Join(dir, ".f."+u.SHA256[:16]+".part")
	tests := []struct {
		name  string
		there map[string]string // beside it, before
	}{
		{"a damaged part", map[string]string{part: strings.Repeat("x", 20<<20)}},
		{"a part that is too long", map[string]string{part: strings.Repeat("x", big+1)}},
		{"a part of other content", map[string]string{filepath.Join(dir, ".f.0123456789abcdef.part"): "old"}},
		{"another file", map[string]string{dest: "old"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			os.Remove(dest)
			for path, text := range tt.there {
				writeFile(t, path, text, 0o600)
			}
			srv := remotetest.Start(t, remotetest.Options{User: "root"})
			expect(t, connect(t, dialer(t), srv.Target("n1")), u, true)
		})
	}
}

func TestUploadFails(t *testing.T) {
	small, dir := t.TempDir(), t.TempDir()
	mountSmall(t, small)
	tests := []struct {
		name string
		u    remote.Upload
		is   func(error) bool
	}{
		{"no space", remote.Upload{Dest: small + "/f", Size: big, Source: bytes.NewReader(content(big, 1))}, func(err error) bool {
			var e *remote.NoSpaceError
			return errors.As(err, &e) && e.Need == big && e.Free > 0 && e.Free < big && e.Dir == small
		}},
		{"not what it should be", remote.Upload{Dest: dir + "/f", Size: 1 << 20, Source: bytes.NewReader(content(1<<20, 1)), SHA256: sha(nil)}, func(err error) bool {
			var e *remote.ChecksumError
			return errors.As(err, &e) && e.Want == sha(nil) && e.Got == sha(content(1<<20, 1))
		}},
		{"not what it should be, small", remote.Upload{Dest: dir + "/f", Size: 1, Source: strings.NewReader("x"), SHA256: sha(nil)}, func(err error) bool {
			var e *remote.ChecksumError
			return errors.As(err, &e)
		}},
		{"onto a directory", remote.Upload{Dest: dir, Size: 1, Source: strings.NewReader("x")}, func(err error) bool {
			var e *remote.CommandError
			return errors.As(err, &e) && strings.Contains(e.Stderr, "is a directory")
		}},
		{"relative", remote.Upload{Dest: "f", Size: 1, Source: strings.NewReader("x")}, func(err error) bool {
			return strings.Contains(err.Error(), "not an absolute path")
		}},
	}
	both(t, func(t *testing.T, c *remote.Conn) {
		for _, tt := range tests {
			changed, err := c.Upload(limited(t), tt.u)
			if err == nil || changed || !tt.is(err) {
				t.Errorf("%s: got %v, %v", tt.name, changed, err)
			}
		}
		if left := names(t, dir); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

// A disk that somebody else fills in mid-upload is told as such, whichever way the file goes; when there is room again,
// the same upload finishes.
func TestUploadRunsOutOfSpace(t *testing.T) {
	for name, config := range map[string]string{"sftp": "", "no sftp": "Subsystem sftp /bin/false"} {
		t.Run(name, func(t *testing.T) {
			const size = 3 << 20
			srv := startSSHD(t, config)
			dir := t.TempDir()
			mountSmall(t, dir)
			c := connect(t, dialer(t), srv.target("n1"))
			body := content(size, 8)
			u := remote.Upload{Dest: dir + "/f", Source: bytes.NewReader(body), Size: size, Mode: 0o644}
			fill := sync.OnceFunc(func() { writeFile(t, dir+"/filler", string(content(5<<19, 1)), 0o600) })
			u.Progress = func(done, _ int64) { fill() }
			_, err := c.Upload(limited(t), u)
			var full *remote.NoSpaceError
			if !errors.As(err, &full) || full.Dir != dir || full.Need != size {
				t.Errorf("got %v, want a NoSpaceError", err)
			}
			if _, err := os.Stat(u.Dest); err == nil {
				t.Error("the destination was made")
			}
			if err := os.Remove(dir + "/filler"); err != nil {
				t.Fatal(err)
			}
			u.Progress = nil
			expect(t, c, u, true)
		})
	}
}

func TestWriteFile(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	f := remote.File{Path: srv.Dir + "/etc/x.conf", Content: []byte("a=b\n"), Mode: 0o600}
	for _, want := range []bool{true, false} {
		before := srv.Execs()
		changed, err := c.WriteFile(limited(t), f)
		if err != nil || changed != want || srv.Execs()-before != 1 {
			t.Errorf("got %v, %v in %d commands; want %v in one", changed, err, srv.Execs()-before, want)
		}
	}
	if got := srv.Read(t, "etc/x.conf"); got != "a=b" {
		t.Errorf("got %q", got)
	}
}
