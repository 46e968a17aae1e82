package remote_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

func TestDownload(t *testing.T) {
	both(t, func(t *testing.T, c *remote.Conn) {
		there, here := filepath.Join(t.TempDir(), "a file"), filepath.Join(t.TempDir(), "copy")
		body := content(big, 9)
		writeFile(t, there, string(body), 0o644)
		var last int64
		dl := remote.Download{Path: there, Dest: here, Mode: 0o640, Progress: func(done, total int64) { last = done }}
		for _, want := range []bool{true, false} {
			if changed, err := c.Download(limited(t), dl); err != nil || changed != want || last != big {
				t.Errorf("got %v, %v, %d bytes told; want %v", changed, err, last, want)
			}
		}
		got, err := os.ReadFile(here)
		if info, _ := os.Stat(here); err != nil || sha(got) != sha(body) || info.Mode() != 0o640 {
			t.Errorf("%d bytes, %v, %v", len(got), info.Mode(), err)
		}
		if got := names(t, filepath.Dir(here)); len(got) != 1 {
			t.Errorf("beside it: %q", got)
		}
	})
}

// What was fetched before a cut is not fetched again.
func TestDownloadGoesOn(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	body := content(big, 2)
	there, here := filepath.Join(srv.Dir, "f"), filepath.Join(t.TempDir(), "copy")
	writeFile(t, there, string(body), 0o644)
	c := connect(t, dialer(t), srv.Target("n1"))
	cut := false
	least := int64(big) // of what was there after the cut
	_, err := c.Download(limited(t), remote.Download{Path: there, Dest: here, Progress: func(done, _ int64) {
		switch {
		case cut:
			least = min(least, done)
		case done > big/2:
			cut = true
			srv.CutAll()
		}
	}})
	if err != nil || !cut || least < big/2 || srv.Connections() != 2 {
		t.Errorf("got %v; cut %v, went on from %d, over %d connections", err, cut, least, srv.Connections())
	}
	if got, err := os.ReadFile(here); err != nil || sha(got) != sha(body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// What does not belong together is fetched anew: a part that was damaged, or a file that changed while it was read.
func TestDownloadRepairs(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	there, dir := filepath.Join(srv.Dir, "f"), t.TempDir()
	here := filepath.Join(dir, "copy")
	old, body := content(big, 4), content(big, 5)
	for name, prepare := range map[string]func() func(done, total int64){
		"a damaged part": func() func(done, total int64) {
			writeFile(t, there, string(body), 0o644)
			writeFile(t, filepath.Join(dir, ".copy."+sha(body)[:16]+".part"), string(old[:big/2]), 0o600)
			return nil
		},
		"it changes meanwhile": func() func(done, total int64) {
			writeFile(t, there, string(old), 0o644)
			change := sync.OnceFunc(func() { writeFile(t, there, string(body), 0o644) })
			return func(int64, int64) { change() }
		},
	} {
		t.Run(name, func(t *testing.T) {
			os.Remove(here)
			dl := remote.Download{Path: there, Dest: here, Progress: prepare()}
			if changed, err := c.Download(limited(t), dl); err != nil || !changed {
				t.Errorf("got %v, %v", changed, err)
			}
			if got := readFile(t, here); sha([]byte(got)) != sha(body) {
				t.Errorf("%d bytes, and not those of the file", len(got))
			}
			if got := names(t, dir); len(got) != 1 {
				t.Errorf("beside it: %q", got)
			}
		})
	}
}

func TestDownloadFails(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	writeFile(t, filepath.Join(srv.Dir, "f"), string(content(big, 3)), 0o644)
	small := t.TempDir()
	mountSmall(t, small)
	for _, tt := range []struct {
		name, path, dest string
		check            func(error) bool
	}{
		{"no such file", filepath.Join(srv.Dir, "none"), "x", func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		{"a directory", srv.Dir, "x", func(err error) bool { return err != nil && !errors.Is(err, fs.ErrNotExist) }},
		{"no directory here", filepath.Join(srv.Dir, "f"), "none/x", func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		{"no room here", filepath.Join(srv.Dir, "f"), small + "/x", func(err error) bool {
			var full *remote.NoSpaceError
			return errors.As(err, &full) && full.Need == big && full.Free < big
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dest := tt.dest
			if !filepath.IsAbs(dest) {
				dest = filepath.Join(t.TempDir(), dest)
			}
			if changed, err := c.Download(limited(t), remote.Download{Path: tt.path, Dest: dest}); changed || !tt.check(err) {
				t.Errorf("got %v, %v", changed, err)
			}
			if _, err := os.Stat(dest); err == nil {
				t.Error("the destination was made")
			}
		})
	}
}
