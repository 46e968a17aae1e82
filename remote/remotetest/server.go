// Package remotetest is an SSH server for tests. It runs in the test's process, takes any free port of the loopback,
// runs commands by the real shell of the machine in a directory of the test, and fails on purpose where it is told to.
//
// It is no stand-in for sshd where sshd's own behaviour matters: limits, sudo, account handling.
//
//	srv := remotetest.Start(t, remotetest.Options{NoSFTP: true})
//	d := &remote.Dialer{}
//	defer d.Close()
//	c, err := d.Connect(ctx, srv.Target("node-1"))
package remotetest

import (
	"crypto/ed25519"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"dcosup/remote"
	"dcosup/remote/knownhosts"
)

// Options say how the server behaves. The zero value behaves well.
type Options struct {
	// User is the login name. Default: the user that runs the test, for it is who the commands run as in any case.
	User string
	// Shell is the login shell, which gets -c and the command line. Default: /bin/sh.
	Shell string
	// Bin are scripts by name that come first in PATH, such as a fake systemctl.
	Bin map[string]string
	// Env is added to the commands' environment.
	Env []string
	// Password lets in, too. Default: no password is taken.
	Password string
	// NoSFTP refuses the subsystem.
	NoSFTP bool
	// NoForwarding refuses direct-tcpip channels.
	NoForwarding bool
	// MaxSessions refuses sessions beyond so many at a time on one connection. Default: no limit.
	MaxSessions int
	// HangUp closes the first so many connections before the version line.
	HangUp int
	// Mute accepts connections and says nothing.
	Mute bool
	// Cuts[i] cuts the i-th connection that was not hung up on after so many bytes from the client. 0: never.
	Cuts []int64
}

// Server is a running server. It ends with the test.
type Server struct {
	// Dir is the home directory, where commands run.
	Dir string
	// KeyFile is the private key that may log in; KnownHosts is a file with the server's host key.
	KeyFile, KnownHosts string
	Host                string
	Port                int

	o        Options
	cfg      *ssh.ServerConfig
	listener net.Listener
	frozen   atomic.Bool
	accepted atomic.Int64
	execs    atomic.Int64
	sessions atomic.Int64
	received atomic.Int64

	mu     sync.Mutex
	idling map[ssh.Channel]bool
	conns  map[net.Conn]bool
	kids   map[int]bool // process groups
	wg     sync.WaitGroup
}

// Start starts a server and stops it, and what it runs, when the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.User == "" {
		me, err := user.Current()
		if err != nil {
			t.Fatalf("remotetest: %v", err)
		}
		o.User = me.Username
	}
	if o.Shell == "" {
		o.Shell = "/bin/sh"
	}
	s := &Server{o: o, Dir: t.TempDir(), idling: map[ssh.Channel]bool{}, conns: map[net.Conn]bool{}, kids: map[int]bool{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("remotetest: %v", err)
		}
	}
	own := t.TempDir()
	hostKey, _, err := newKey("")
	must(err)
	s.KeyFile = filepath.Join(own, "id_ed25519")
	_, clientKey, err := newKey(s.KeyFile)
	must(err)
	for name, text := range o.Bin {
		must(os.MkdirAll(filepath.Join(own, "bin"), 0o755))
		must(os.WriteFile(filepath.Join(own, "bin", name), []byte(text), 0o755))
	}
	s.o.Env = append(s.o.Env, "PATH="+filepath.Join(own, "bin")+":"+os.Getenv("PATH"), "HOME="+s.Dir)
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(err)
	addr := s.listener.Addr().(*net.TCPAddr)
	s.Host, s.Port = "127.0.0.1", addr.Port
	s.KnownHosts = filepath.Join(own, "known_hosts")
	must(os.WriteFile(s.KnownHosts, []byte(knownhosts.Line(knownhosts.Name(s.Host, s.Port), hostKey.PublicKey())+"\n"), 0o600))
	s.cfg = &ssh.ServerConfig{PublicKeyCallback: func(c ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
		if c.User() == o.User && string(k.Marshal()) == string(clientKey.Marshal()) {
			return nil, nil
		}
		return nil, os.ErrPermission
	}}
	if o.Password != "" {
		s.cfg.PasswordCallback = func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if c.User() == o.User && string(password) == o.Password {
				return nil, nil
			}
			return nil, os.ErrPermission
		}
	}
	s.cfg.AddHostKey(hostKey)
	s.wg.Go(s.serve)
	t.Cleanup(s.Close)
	return s
}

func newKey(path string) (ssh.Signer, ssh.PublicKey, error) {
	_, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewSignerFromKey(priv)
	if err != nil || path == "" {
		return signer, nil, err
	}
	block, err := ssh.MarshalPrivateKey(priv, "")
	if err != nil {
		return nil, nil, err
	}
	return signer, signer.PublicKey(), os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}

// Target is how to connect to the server.
func (s *Server) Target(name string) remote.Target {
	return remote.Target{
		Name: name, Host: s.Host, Port: s.Port, User: s.o.User,
		KeyFiles: []string{s.KeyFile}, KnownHosts: []string{s.KnownHosts},
	}
}

// Connections is how many connections were accepted, those hung up on included.
func (s *Server) Connections() int { return int(s.accepted.Load()) }

// Execs is how many commands were run.
func (s *Server) Execs() int { return int(s.execs.Load()) }

// Sessions is how many sessions were opened.
func (s *Server) Sessions() int { return int(s.sessions.Load()) }

// CloseIdle closes the sessions in which nothing was started.
func (s *Server) CloseIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.idling {
		ch.Close()
	}
}

// Received is how many bytes came from clients.
func (s *Server) Received() int64 { return s.received.Load() }

// CutAll closes all connections, as a network that goes away would. New ones are accepted.
func (s *Server) CutAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// Close stops listening, closes all connections and ends what they run.
func (s *Server) Close() {
	s.listener.Close()
	s.CutAll()
	s.mu.Lock()
	for pid := range s.kids {
		killGroup(pid)
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Server) serve() {
	served := 0
	for {
		nc, err := s.listener.Accept()
		if err != nil {
			return
		}
		if s.accepted.Add(1) <= int64(s.o.HangUp) {
			nc.Close()
			continue
		}
		c := &countedConn{Conn: nc, s: s, closed: make(chan struct{})}
		if served < len(s.o.Cuts) {
			c.cutAfter = s.o.Cuts[served]
		}
		served++
		s.mu.Lock()
		s.conns[c] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			s.connection(c)
			c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
	}
}

func (s *Server) connection(nc net.Conn) {
	if s.o.Mute {
		io.Copy(io.Discard, nc)
		return
	}
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	conn, chans, reqs, err := ssh.NewServerConn(nc, s.cfg)
	if err != nil {
		return
	}
	nc.SetDeadline(time.Time{})
	s.wg.Go(func() { ssh.DiscardRequests(reqs) })
	var open atomic.Int64
	var wg sync.WaitGroup
	for ch := range chans {
		switch {
		case ch.ChannelType() == "session" && s.o.MaxSessions > 0 && open.Load() >= int64(s.o.MaxSessions):
			ch.Reject(ssh.ConnectionFailed, "open failed")
		case ch.ChannelType() == "session":
			open.Add(1)
			s.sessions.Add(1)
			wg.Go(func() {
				defer open.Add(-1)
				s.session(ch)
			})
		case ch.ChannelType() == "direct-tcpip" && !s.o.NoForwarding:
			wg.Go(func() { forward(ch) })
		default:
			ch.Reject(ssh.Prohibited, "administratively prohibited")
		}
	}
	conn.Close()
	wg.Wait()
}

func forward(nch ssh.NewChannel) {
	var m struct {
		Host     string
		Port     uint32
		FromHost string
		FromPort uint32
	}
	if err := ssh.Unmarshal(nch.ExtraData(), &m); err != nil {
		nch.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	to, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: net.ParseIP(m.Host), Port: int(m.Port)})
	if err != nil {
		nch.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	ch, reqs, err := nch.Accept()
	if err != nil {
		to.Close()
		return
	}
	go ssh.DiscardRequests(reqs)
	var wg sync.WaitGroup
	wg.Go(func() { io.Copy(to, ch); to.CloseWrite() })
	wg.Go(func() { io.Copy(ch, to); ch.Close() })
	wg.Wait()
	to.Close()
}

// Freeze makes the server deaf and dumb: connections stay open, and nothing is read from them any more. It lasts.
func (s *Server) Freeze() { s.frozen.Store(true) }

// countedConn counts what the client sends, and fails as it is told to.
type countedConn struct {
	net.Conn
	s        *Server
	read     int64
	cutAfter int64
	once     sync.Once
	closed   chan struct{}
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.s.frozen.Load() {
		<-c.closed
		return 0, net.ErrClosed
	}
	c.read += int64(n)
	c.s.received.Add(int64(n))
	if c.cutAfter > 0 && c.read > c.cutAfter {
		c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func (c *countedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// Read returns a file of the home directory without its last newline, or fails the test.
func (s *Server) Read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.Dir, name))
	if err != nil {
		t.Fatalf("remotetest: %v", err)
	}
	return strings.TrimSuffix(string(b), "\n")
}
