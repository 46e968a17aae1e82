package fileserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dcosup/fileserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tree is a small genconf/serve, and things in it that must not be served.
func tree(t *testing.T) string {
	t.Helper()
	outside := filepath.Join(t.TempDir(), "secret")
	write(t, outside, "outside")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "dcos_install.sh"), "#!/bin/bash\n0123456789\n")
	write(t, filepath.Join(dir, "packages", "a", "a--1.tar.xz"), "package a")
	write(t, filepath.Join(dir, ".hidden"), "hidden")
	write(t, filepath.Join(dir, ".git", "config"), "hidden")
	for link, target := range map[string]string{"escape": outside, "up": "../..", "current": "packages/a"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// answer is what a client sees of a response.
type answer struct {
	Status int
	Body   string
}

func TestHandler(t *testing.T) {
	const notFound = "404 page not found\n"
	allow := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("10.1.1.7/32")}
	dir := tree(t)
	for _, tt := range []struct {
		name                         string
		method, path, prefix, header string // header is the Range
		client                       string // "" = 10.0.0.21
		want                         answer
	}{
		{name: "file", path: "/dcos_install.sh", want: answer{200, "#!/bin/bash\n0123456789\n"}},
		{name: "head", method: "HEAD", path: "/dcos_install.sh", want: answer{200, ""}},
		{name: "below a prefix", path: "/dcos/v1/packages/a/a--1.tar.xz", prefix: "/dcos/v1/", want: answer{200, "package a"}},
		{name: "beside the prefix", path: "/dcos_install.sh", prefix: "dcos", want: answer{404, notFound}},
		{name: "link that stays inside", path: "/current/a--1.tar.xz", want: answer{200, "package a"}},

		{name: "range", path: "/dcos_install.sh", header: "bytes=12-15", want: answer{206, "0123"}},
		{name: "range to the end", path: "/dcos_install.sh", header: "bytes=20-", want: answer{206, "89\n"}},
		{name: "range beyond the end", path: "/dcos_install.sh", header: "bytes=99-", want: answer{416, "invalid range: failed to overlap\n"}},

		{name: "directory", path: "/packages/", want: answer{404, notFound}},
		{name: "directory without slash", path: "/packages", want: answer{404, notFound}},
		{name: "root", path: "/", want: answer{404, notFound}},
		{name: "missing", path: "/nothing", want: answer{404, notFound}},
		{name: "dotfile", path: "/.hidden", want: answer{404, notFound}},
		{name: "in a dot directory", path: "/.git/config", want: answer{404, notFound}},
		{name: "traversal", path: "/../../etc/passwd", want: answer{404, notFound}},
		{name: "traversal in the middle", path: "/packages/../dcos_install.sh", want: answer{404, notFound}},
		{name: "two slashes", path: "//dcos_install.sh", want: answer{404, notFound}},
		{name: "link out", path: "/escape", want: answer{404, notFound}},
		{name: "link up", path: "/up/etc/passwd", want: answer{404, notFound}},
		{name: "named pipe", path: "/pipe", want: answer{404, notFound}},
		{name: "null byte", path: "/dcos_install.sh\x00", want: answer{404, notFound}},

		{name: "post", method: "POST", path: "/dcos_install.sh", want: answer{405, "only GET and HEAD are answered\n"}},
		{name: "stranger", path: "/dcos_install.sh", client: "10.0.1.1", want: answer{403, "only the cluster's nodes may read the install files\n"}},
		{name: "stranger sees not what exists", path: "/nothing", client: "10.0.1.1", want: answer{403, "only the cluster's nodes may read the install files\n"}},
		{name: "one address", path: "/packages/a/a--1.tar.xz", client: "10.1.1.7", want: answer{200, "package a"}},
		{name: "IPv4 written as IPv6", path: "/packages/a/a--1.tar.xz", client: "::ffff:10.1.1.7", want: answer{200, "package a"}},
		{name: "loopback", path: "/packages/a/a--1.tar.xz", client: "::1", want: answer{200, "package a"}},
		{name: "no address", path: "/dcos_install.sh", client: "pipe", want: answer{403, "only the cluster's nodes may read the install files\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.URL.Path = tt.path
			if tt.method != "" {
				r.Method = tt.method
			}
			r.RemoteAddr = net.JoinHostPort("10.0.0.21", "40000")
			if tt.client != "" {
				r.RemoteAddr = net.JoinHostPort(tt.client, "40000")
			}
			r.Header.Set("X-Forwarded-For", "10.0.0.21")
			if tt.header != "" {
				r.Header.Set("Range", tt.header)
			}
			w := httptest.NewRecorder()
			fileserver.Handler(fileserver.Options{Dirs: []string{dir}, Prefix: tt.prefix, Allow: allow}).ServeHTTP(w, r)
			if diff := cmp.Diff(tt.want, answer{w.Code, w.Body.String()}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	h := fileserver.Handler(fileserver.Options{Dirs: []string{tree(t)}, Log: &log})
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/dcos_install.sh?token=secret", nil),
		httptest.NewRequest("GET", "/a%0Aforged%20line", nil),
		httptest.NewRequest("HEAD", "/dcos_install.sh", nil),
	} {
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Range", "bytes=0-3")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	stamps := regexp.MustCompile(`(?m)^\S+Z | \S+s$`)
	want := `127.0.0.1 GET "/dcos_install.sh" "bytes=0-3" 206 4
127.0.0.1 GET "/a\nforged line" "bytes=0-3" 404 19
127.0.0.1 HEAD "/dcos_install.sh" "bytes=0-3" 206 0
`
	if diff := cmp.Diff(want, stamps.ReplaceAllString(log.String(), "")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// fastWriter stands for the server's writer, whose ReadFrom hands the file to the kernel.
type fastWriter struct {
	*httptest.ResponseRecorder
	source io.Reader
}

func (w *fastWriter) ReadFrom(r io.Reader) (int64, error) {
	w.source = r
	return io.Copy(w.ResponseRecorder.Body, r)
}

func TestTheKernelCopiesTheFile(t *testing.T) {
	r := httptest.NewRequest("GET", "/packages/a/a--1.tar.xz", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := &fastWriter{ResponseRecorder: httptest.NewRecorder()}
	fileserver.Handler(fileserver.Options{Dirs: []string{tree(t)}}).ServeHTTP(w, r)
	limited, ok := w.source.(*io.LimitedReader) // what net.TCPConn.ReadFrom recognises for sendfile
	if !ok {
		t.Fatalf("ReadFrom got a %T", w.source)
	}
	if _, ok := limited.R.(*os.File); !ok {
		t.Errorf("ReadFrom got a %T inside, not a file", limited.R)
	}
	if got := w.Body.String(); got != "package a" {
		t.Errorf("got %q", got)
	}
}

// running is a server started by serve.
type running struct {
	url  string
	stop context.CancelFunc
	done chan error
}

func serve(t *testing.T, o fileserver.Options) running {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	ctx, cancel := context.WithCancel(t.Context())
	l, err := fileserver.Listen(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	r := running{"http://" + l.Addr().String(), cancel, make(chan error, 1)}
	go func() { r.done <- fileserver.Serve(ctx, o, l) }()
	t.Cleanup(cancel)
	return r
}

func TestServeMany(t *testing.T) {
	dir := t.TempDir()
	content := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	write(t, filepath.Join(dir, "big"), content)
	var log bytes.Buffer
	s := serve(t, fileserver.Options{Dirs: []string{dir}, Log: &log})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()

	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			r, _ := http.NewRequestWithContext(t.Context(), "GET", s.url+"/big", nil)
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-", i*1000))
			resp, err := client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || string(body) != content[i*1000:] {
				t.Errorf("request %d: %d bytes, %v", i, len(body), err)
			}
		})
	}
	wg.Wait()
	s.stop()
	if err := <-s.done; err != nil {
		t.Errorf("the end of the context is an error: %v", err)
	}
	if got := strings.Count(log.String(), "\n"); got != 30 {
		t.Errorf("got %d log lines, want 30:\n%s", got, log.String())
	}
}

// A download that is running when the end comes is finished within the grace, and cut off after it.
func TestServeEnds(t *testing.T) {
	const size = 64 << 20 // more than the socket buffers between the two hold
	for _, tt := range []struct {
		name     string
		grace    time.Duration
		complete bool
	}{
		{"finished", time.Minute, true},
		{"cut off", time.Millisecond, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "big"), "")
			if err := os.Truncate(filepath.Join(dir, "big"), size); err != nil {
				t.Fatal(err)
			}
			s := serve(t, fileserver.Options{Dirs: []string{dir}, Grace: tt.grace})
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			resp, err := client.Get(s.url + "/big")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()

			s.stop()
			if !tt.complete { // only the end of the grace can free the server of the unread download
				if err := <-s.done; err != nil {
					t.Errorf("the end is an error: %v", err)
				}
			}
			n, err := io.Copy(io.Discard, resp.Body)
			if tt.complete != (n == size && err == nil) {
				t.Errorf("got %d bytes, %v", n, err)
			}
			if tt.complete {
				if err := <-s.done; err != nil {
					t.Errorf("the end is an error: %v", err)
				}
			}
			if _, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://")); err == nil {
				t.Error("the port is still open")
			}
		})
	}
}

// Install files are replaced by turning links. A node that began with the old dcos_install.sh finds all that it names
// until its end; one that begins now gets the new one.
func TestReplacedWhileNodesDownload(t *testing.T) {
	dir := t.TempDir()
	current, previous := filepath.Join(dir, "current"), filepath.Join(dir, "previous")
	for _, tree := range []string{"1", "2"} {
		write(t, filepath.Join(dir, tree, "dcos_install.sh"), "install "+tree)
		write(t, filepath.Join(dir, tree, "packages", tree+".tar.xz"), "package "+tree)
		write(t, filepath.Join(dir, tree, "packages", "both.tar.xz"), "package of both")
	}
	turn := func(link, tree string) {
		t.Helper()
		if err := errors.Join(os.Symlink(tree, link+".new"), os.Rename(link+".new", link)); err != nil {
			t.Fatal(err)
		}
	}
	h := fileserver.Handler(fileserver.Options{Dirs: []string{current, previous}})
	get := func() (all []string) {
		for _, name := range []string{"dcos_install.sh", "packages/1.tar.xz", "packages/2.tar.xz", "packages/both.tar.xz"} {
			r := httptest.NewRequest("GET", "/"+name, nil)
			r.RemoteAddr = "127.0.0.1:1"
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			all = append(all, fmt.Sprint(w.Code, " ", w.Body.String()))
		}
		return all
	}
	const missing = "404 404 page not found\n"
	turn(current, "1")
	want := []string{"200 install 1", "200 package 1", missing, "200 package of both"}
	if diff := cmp.Diff(want, get()); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	turn(previous, "1")
	turn(current, "2")
	want = []string{"200 install 2", "200 package 1", "200 package 2", "200 package of both"}
	if diff := cmp.Diff(want, get()); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	if err := os.RemoveAll(filepath.Join(dir, "1")); err != nil {
		t.Fatal(err)
	}
	want = []string{"200 install 2", missing, "200 package 2", "200 package of both"}
	if diff := cmp.Diff(want, get()); diff != "" {
		t.Errorf("when the old one is gone (-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	l, err := fileserver.Listen(t.Context(), fileserver.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if _, err := fileserver.Listen(t.Context(), fileserver.Options{Listen: addr}); !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), addr) {
		t.Errorf("a taken port: got %v", err)
	}
	if err := fileserver.Serve(t.Context(), fileserver.Options{}, l); err == nil || !strings.Contains(err.Error(), "no directory") {
		t.Errorf("no directory: got %v", err)
	}
	if err := fileserver.Serve(t.Context(), fileserver.Options{Dirs: []string{filepath.Join(t.TempDir(), "missing")}}, l); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: got %v", err)
	}
	if err := fileserver.Serve(t.Context(), fileserver.Options{Dirs: []string{t.TempDir()}}, l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: got %v", err)
	}
}
