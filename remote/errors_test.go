package remote_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

// What is told of each failure: the stage, what was met there, and what to look at. The parts are real: sshd, the
// kernel, the file system. Of sudo and su, real ones tell in TestWhoMayComeIn.
func TestWhatErrorsSay(t *testing.T) {
	srv := startSSHD(t, "")
	good := srv.target("n1")
	change := func(f func(*remote.Target)) remote.Target {
		target := good
		f(&target)
		return target
	}
	stranger := startSSHD(t, "")
	other := strings.TrimSpace(readFile(t, stranger.file("host_ed25519.pub")))
	known := func(lines string) remote.Target {
		return change(func(to *remote.Target) {
			to.KnownHosts = []string{t.TempDir() + "/known_hosts"}
			writeFile(t, to.KnownHosts[0], lines, 0o600)
		})
	}
	name := fmt.Sprintf("[127.0.0.1]:%d ", srv.port)
	own := strings.TrimSpace(readFile(t, srv.file("host_ed25519.pub")))
	student := remotetest.Start(t, remotetest.Options{User: "student", Bin: map[string]string{"sudo": "#!/nonexistent/sh\n"}}).Target("n1")
	student.Become.Method = remote.Sudo
	daemon := startSSHD(t, "AuthorizedKeysCommandUser root\nAuthorizedKeysCommand /bin/cat "+srv.file("id_ed25519.pub"))
	dead, deaf := deadPort(t), deafPort(t)
	port := func(n int) remote.Target { return change(func(to *remote.Target) { to.Port = n }) }
	of := func(s *sshd) remote.Target { return s.target("n1") }
	const print = `SHA256:[A-Za-z0-9+/]{43}`
	for _, tt := range []struct {
		name   string
		target remote.Target
		says   string // a regular expression for the whole
		hint   string // a part of it
	}{
		{"no such name", change(func(to *remote.Target) { to.Host = "no-such-host.invalid" }),
			`n1: cannot connect to no-such-host\.invalid:\d+: resolve: lookup no-such-host\.invalid.*`, "set ansible_host to an address that this machine can reach"},
		{"refused", port(dead), `n1: cannot connect to 127\.0\.0\.1:\d+: dial: connection refused \(tried 2 times\)`,
			fmt.Sprintf("see whether sshd runs there and listens on port %d", dead)},
		{"timed out", port(deaf), `n1: cannot connect to 127\.0\.0\.1:\d+: dial: no answer within 300ms \(tried 2 times\)`,
			fmt.Sprintf("see whether the node is up, and whether a firewall drops port %d", deaf)},
		{"no common cipher", of(startSSHD(t, "Ciphers 3des-cbc")),
			`n1: .*: handshake: no common algorithm for the client to server cipher: the server offers 3des-cbc; dcosup takes aes128-gcm@openssh\.com, .*`, "see Ciphers, KexAlgorithms, MACs"},
		{"no common key exchange", of(startSSHD(t, "KexAlgorithms diffie-hellman-group1-sha1")),
			`n1: .*: handshake: no common algorithm for the key exchange: the server offers diffie-hellman-group1-sha1.*; dcosup takes curve25519-sha256, .*`, "bring the node's OpenSSH up to date"},
		{"a host key that is not known", known(""), `n1: .*: host key: the host key of \[127\.0\.0\.1\]:\d+ is not known: it shows ssh-ed25519 ` + print,
			"then run dcosup hostkeys --pin, or add to "},
		{"a host key that has changed", known("# old\n" + name + other + "\n"),
			`n1: .*: host key: the host key of \[127\.0\.0\.1\]:\d+ has changed: it shows ssh-ed25519 ` + print + `, expected ssh-ed25519 ` + print + ` \(/.*/known_hosts:2\)`, "/known_hosts), then run dcosup hostkeys --pin"},
		{"a host key that is revoked", known("@revoked * " + own + "\n"),
			`n1: .*: host key: the host key of .*, ssh-ed25519 ` + print + `, is revoked \(/.*/known_hosts:1\)`, "whoever revoked the key had a reason"},
		{"a key that the server does not take", change(func(to *remote.Target) { to.KeyFiles = []string{stranger.file("id_ed25519")} }),
			`n1: .*: auth: login as root refused: offered ssh-ed25519 ` + print + ` \(/.*/id_ed25519\); the server takes publickey, password.*`, "whether its authorized_keys on the node holds one of these keys"},
		{"nothing to offer", change(func(to *remote.Target) { to.KeyFiles = []string{"/nonexistent"} }),
			`n1: .*: auth: login as root refused: no key to offer; the server takes .*; not usable: /nonexistent: open /nonexistent: no such file or directory`, "name a private key with --private-key, or give a password with -k"},
		{"an account without a shell", func() remote.Target {
			target := of(daemon)
			target.User, target.KeyFiles = "daemon", good.KeyFiles
			return target
		}(), `n1: .*: session: the login shell did not start /bin/sh: exit code 1: .*not available.*`, "see the login shell of daemon on the node"},
		{"sftp only", of(startSSHD(t, "ForceCommand internal-sftp")), `n1: .*: session: the login shell did not start /bin/sh: .*`, "see ForceCommand in sshd_config"},
		{"sessions are forbidden", of(startSSHD(t, "MaxSessions 0")), `n1: .*: session: the server opens no session: .*`, "see MaxSessions in the node's sshd_config"},
		{"no sudo", student, `n1: sudo as student: there is no such command: .*`, "install sudo on the node, set ansible_become_method"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := dialer(t)
			d.Retries = 1
			if tt.target.Port == deaf {
				d.DialTimeout = 300 * time.Millisecond
			}
			wantError(t, runs(t, d, tt.target), tt.says, tt.hint)
		})
	}
	t.Run("no route", func(t *testing.T) {
		runtime.LockOSThread() // for good: the thread ends with this goroutine, and with it a network that has no routes
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			t.Fatalf("a network of its own needs root: %v", err)
		}
		d := dialer(t)
		d.Retries = -1
		_, err := d.Connect(limited(t), change(func(to *remote.Target) { to.Host = "192.0.2.1" }))
		wantError(t, err, `n1: cannot connect to 192\.0\.2\.1:\d+: dial: network is unreachable`, "see the routes from this machine to the node")
	})
	c := connect(t, dialer(t), good)
	t.Run("no such command", func(t *testing.T) {
		_, err := c.Run(limited(t), remote.Command{Name: "look", Script: "no-such-command --x"})
		wantError(t, err, `n1: look: exit code 127: .*no-such-command: .*not found`, "the node lacks a command")
	})
	t.Run("no space", func(t *testing.T) {
		dir := t.TempDir()
		mountSmall(t, dir)
		_, err := c.Upload(limited(t), remote.Upload{Dest: dir + "/f", Source: bytes.NewReader(content(big, 1)), Size: big})
		wantError(t, err, `n1: no space in /.*: 31457280 bytes needed, \d+ free`, "make room in "+dir+" on n1")
	})
}

// wantError fails the test unless an error says this, in one line, with a hint that has this in it.
func wantError(t *testing.T, err error, says, hint string) {
	t.Helper()
	if err == nil || !regexp.MustCompile(`^`+says+`$`).MatchString(err.Error()) {
		t.Errorf("error:\n got %v\nwant %s", err, says)
	}
	var has interface{ HintText() string }
	if !errors.As(err, &has) || !strings.Contains(has.HintText(), hint) {
		t.Errorf("it has no hint with %q in it", hint)
		if has != nil {
			t.Logf("it has %q", has.HintText())
		}
	}
}

// deafPort is a port of the loopback where the kernel answers nobody: its queue of connections is full.
func deafPort(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
		err = unix.Listen(fd, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	port := bound.(*unix.SockaddrInet4).Port
	for {
		c, err := net.DialTimeout("tcp", fmt.Sprint("127.0.0.1:", port), 200*time.Millisecond)
		if err != nil {
			return port
		}
		t.Cleanup(func() { c.Close() })
	}
}
