// Package fileserver serves the install files on the bootstrap node: what the generator wrote below genconf/serve, to
// the machines of the cluster and to nobody else, because the files hold the cluster's secrets.
//
// It answers GET and HEAD of regular files, with ranges, from a directory that no path and no symbolic link leads out
// of. It lists no directories, shows no dotfiles, speaks no TLS (DC/OS nodes fetch over http) and writes nothing but
// its log. A HEAD of dcos_install.sh is the test of whether it is ready.
//
//	l, err := fileserver.Listen(ctx, options)
//	if err != nil { ... }
//	err = fileserver.Serve(ctx, options, l) // until ctx ends
//
// Install files are replaced while nodes download them. All of them but one have names that stand for their content;
// the one, dcos_install.sh, tells a node the names of the others. So a node that began with the old one is served to its
// end from the old directory, if that is given as the second one.
package fileserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// DefaultListen is every address of the node, on the port that DC/OS's documentation uses for the bootstrap node.
const DefaultListen = ":8080"

// DefaultGrace is how long running downloads may go on after the end. Nodes retry what is cut off.
const DefaultGrace = 10 * time.Second

// Options say what is served, where and to whom. Dirs must hold at least one.
type Options struct {
	// Dirs are the directories to serve: a file comes from the first one that has it. They are opened anew for each
	// request, so each may be replaced meanwhile. All but the first may be missing.
	Dirs []string
	// Listen is "address:port" or ":port"; "" = DefaultListen. Only the function Listen uses it.
	Listen string
	// Prefix is the URL path in front of the files: the path of bootstrap_url. "" = none.
	Prefix string
	// Allow are the clients that may read, beside loopback, which always may. Everybody else is answered 403.
	Allow []netip.Prefix
	// Log takes one line for each request, as [Handler] documents it; nil = none.
	Log io.Writer
	// Grace is how long running downloads may go on after the end; 0 = DefaultGrace.
	Grace time.Duration
}

// Listen opens the address that o.Listen names.
func Listen(ctx context.Context, o Options) (net.Listener, error) {
	addr := cmp.Or(o.Listen, DefaultListen)
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("serve the install files on %s: %w (another program has this port; stop it or choose another port)", addr, err)
	case err != nil:
		return nil, fmt.Errorf("serve the install files on %s: %w", addr, err)
	}
	return l, nil
}

// Serve answers on l until ctx ends, then takes no new requests, lets running ones go on for o.Grace and cuts off what
// is left. It closes l, and has left nothing running when it returns. The end of ctx is no error.
func Serve(ctx context.Context, o Options, l net.Listener) error {
	defer l.Close()
	if len(o.Dirs) == 0 {
		return errors.New("serve the install files: no directory is given")
	}
	if info, err := os.Stat(o.Dirs[0]); err != nil {
		return fmt.Errorf("serve the install files: %w", err)
	} else if !info.IsDir() {
		return fmt.Errorf("serve the install files: %s: %w", o.Dirs[0], syscall.ENOTDIR)
	}
	if o.Log != nil {
		o.Log = &lockedWriter{w: o.Log} // the server's own complaints go there too
	}
	var running sync.WaitGroup
	files := Handler(o)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			running.Add(1)
			defer running.Done()
			files.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second, // one small request from the next room
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(cmp.Or[io.Writer](o.Log, io.Discard), "", log.LstdFlags|log.LUTC),
		// No WriteTimeout: hundreds of megabytes to a slow node take as long as they take.
	}
	err := serveUntilDone(ctx, server, l, cmp.Or(o.Grace, DefaultGrace))
	running.Wait()
	return err
}

func serveUntilDone(ctx context.Context, server *http.Server, l net.Listener, grace time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		_ = server.Close() // the listener broke; what is still running cannot be saved
		return fmt.Errorf("serve the install files on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		_ = server.Close() // the grace is over: cutting off is what is meant
	}
	<-failed // always http.ErrServerClosed here
	return nil
}

// Handler answers requests as o says. It logs one line for each:
//
//	time client method "path" "range" status bytes duration
//
// The time is UTC in RFC 3339, the range is the request's Range header, bytes is what was sent of the body. The query
// is not logged, since nothing here reads one.
func Handler(o Options) http.Handler {
	h := &handler{dirs: o.Dirs, allow: o.Allow}
	if o.Log != nil {
		h.log = &lockedWriter{w: o.Log}
	}
	if p := strings.Trim(o.Prefix, "/"); p != "" {
		h.prefix = "/" + p
	}
	return h
}

type handler struct {
	dirs   []string
	prefix string // "" or /path without a slash at its end
	allow  []netip.Prefix
	log    io.Writer // nil, or one for many goroutines
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	counted := &countingWriter{ResponseWriter: w}
	h.serve(counted, r)
	if h.log == nil {
		return
	}
	fmt.Fprintf(h.log, "%s %s %.10s %.500q %.100q %d %d %s\n", start.UTC().Format(time.RFC3339), client(r), r.Method, r.URL.Path,
		r.Header.Get("Range"), cmp.Or(counted.status, http.StatusOK), counted.bytes, time.Since(start).Round(time.Millisecond))
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(client(r)) {
		http.Error(w, "only the cluster's nodes may read the install files", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered", http.StatusMethodNotAllowed)
		return
	}
	name, ok := h.name(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	file, info, err := h.open(name)
	switch {
	case errors.Is(err, fs.ErrPermission):
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	case err != nil:
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	http.ServeContent(w, r, info.Name(), info.ModTime(), file)
}

// client is the address at the other end; forwarding headers are not believed.
func client(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{} // in no prefix
	}
	return ap.Addr().Unmap().WithZone("")
}

func (h *handler) allowed(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	for _, p := range h.allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// name is the file below a directory that a URL path means. Paths that are not in their plain form (a/../b, a//b) mean none.
func (h *handler) name(urlPath string) (string, bool) {
	rest, ok := strings.CutPrefix(urlPath, h.prefix+"/")
	if !ok || !fs.ValidPath(rest) {
		return "", false
	}
	for part := range strings.SplitSeq(rest, "/") {
		if strings.HasPrefix(part, ".") {
			return "", false
		}
	}
	return rest, true
}

// open opens a regular file in the first directory that has it. Any other error than its absence is the answer.
func (h *handler) open(name string) (file *os.File, info fs.FileInfo, err error) {
	for _, dir := range h.dirs {
		if file, info, err = openIn(dir, name); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return file, info, err
}

// openIn looks before it opens, because opening a named pipe would wait for a writer.
func openIn(dir, name string) (*os.File, fs.FileInfo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fs.ErrNotExist
	}
	file, err := root.Open(name)
	return file, info, err
}

// lockedWriter takes one line at a time.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// countingWriter remembers what the log needs. It keeps ReadFrom, by which the kernel copies files to the network
// without passing them through this process.
type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *countingWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom implements io.ReaderFrom. io.Copy takes the fast way if the writer below has one.
func (w *countingWriter) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseWriter, r)
	w.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
