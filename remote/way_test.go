package remote_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

func TestProxyCommand(t *testing.T) {
	srv := startSSHD(t, "")
	for _, tt := range []struct {
		name, command string
		says          string // "": it gets there
	}{
		{name: "ssh -W", command: fmt.Sprintf("ssh -F none -o BatchMode=yes -o UserKnownHostsFile=%s -i %s -p %d -W 127.0.0.1:%d root@127.0.0.1",
			srv.file("known_hosts"), srv.file("id_ed25519"), srv.port, srv.port)},
		{name: "it says why it fails", command: "sh -c 'echo no route to the proxy >&2; exit 1'", says: "no route to the proxy"},
		{name: "there is none", command: "/nonexistent/proxy", says: "not found"},
		{name: "it says nothing and ends", command: "true", says: "the ProxyCommand ended"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := dialer(t)
			d.Retries = -1
			target := srv.target("n1")
			target.ProxyCommand, target.HostKeyName = tt.command, fmt.Sprintf("[127.0.0.1]:%d", srv.port)
			err := runs(t, d, target)
			var ce *remote.ConnectError
			switch {
			case tt.says == "" && err != nil:
				t.Error(err)
			case tt.says != "" && (!errors.As(err, &ce) || ce.Stage != remote.StageDial || !strings.Contains(err.Error(), tt.says) || !strings.Contains(ce.Hint, tt.command)):
				t.Errorf("got %v, want %q in it", err, tt.says)
			}
		})
	}
	t.Run("it hangs", func(t *testing.T) {
		d := dialer(t)
		d.HandshakeTimeout, d.Retries = 200*time.Millisecond, -1
		target := srv.target("n1")
		target.ProxyCommand = "sleep 300"
		if err := runs(t, d, target); !remote.IsUnreachable(err) {
			t.Errorf("got %v, want unreachable", err)
		}
	})
}

// What listens there is no SSH server, or one with which nothing can be agreed on.
func TestNoUsualServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			c.Close()
		}
	}()
	web := remote.Target{Name: "n1", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, User: "root"}
	old := startSSHD(t, "Ciphers 3des-cbc").target("n1")
	for name, tt := range map[string]struct {
		target remote.Target
		says   []string
	}{
		"a web server":        {web, []string{"no SSH server", "HTTP/1.1 400 Bad Request"}},
		"no common algorithm": {old, []string{"no common algorithm", "the server offers 3des-cbc", "dcosup takes aes128-gcm"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := runs(t, dialer(t), tt.target)
			var ce *remote.ConnectError
			if !errors.As(err, &ce) || ce.Tries > 1 || ce.Stage != remote.StageHandshake || ce.Hint == "" {
				t.Fatalf("got %v, want one try and a hint", err)
			}
			for _, w := range tt.says {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q lacks %q", err, w)
				}
			}
		})
	}
}

func TestPing(t *testing.T) {
	good := startSSHD(t, "").target("n1")
	noKey := good
	noKey.KeyFiles, noKey.AgentSocket = []string{"/nonexistent"}, remote.NoAgent
	stranger := good
	stranger.KnownHosts = []string{filepath.Join(t.TempDir(), "none")}
	nobody := good
	nobody.Port = deadPort(t)
	noFiles := startSSHD(t, "Subsystem sftp /bin/false").target("n1")
	only := startSSHD(t, "ForceCommand internal-sftp").target("n1")
	student := remotetest.Start(t, remotetest.Options{User: "student", Bin: map[string]string{"sudo": passingSudo}}).Target("n1")
	student.Become.Method = remote.Sudo
	for _, tt := range []struct {
		name   string
		target remote.Target
		want   string
	}{
		{"all is well", good, "dial, handshake, host key, auth, session, sftp"},
		{"with sudo", student, "dial, handshake, host key, auth, session, become, sftp"},
		{"nobody there", nobody, "dial failed"},
		{"a host key that is not known", stranger, "dial, host key failed"},
		{"no key", noKey, "dial, auth failed"},
		{"no sftp", noFiles, "dial, handshake, host key, auth, session, sftp failed"},
		{"files only", only, "dial, handshake, host key, auth, session failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := dialer(t)
			d.Retries = -1
			var got []string
			for _, c := range d.Ping(limited(t), tt.target) {
				word := string(c.Stage)
				if c.Err != nil {
					word += " failed"
				}
				got = append(got, word)
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("stages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnlock(t *testing.T) {
	srv := startSSHD(t, "")
	for _, format := range []string{"RFC4716", "PEM"} {
		t.Run(format, func(t *testing.T) {
			locked := filepath.Join(t.TempDir(), "locked")
			keygen(t, "-t", "rsa", "-f", locked, "-N", "secret words", "-m", format)
			copyFile(t, locked+".pub", srv.file("id_ed25519.pub"))
			target := srv.target("n1")
			target.KeyFiles, target.AgentSocket = []string{locked}, remote.NoAgent
			behind := srv.target("n2")
			behind.KeyFiles, behind.Jump = []string{srv.file("id_ed25519")}, &target
			d := dialer(t)
			if got := d.LockedKeys([]remote.Target{behind, target}); !slices.Equal(got, []string{locked}) {
				t.Fatalf("locked: %q, want %q once", got, locked)
			}
			if err := d.Unlock(locked, "wrong"); !errors.Is(err, remote.ErrPassphrase) {
				t.Errorf("a wrong passphrase: %v", err)
			}
			if err := runs(t, d, target); err == nil || !strings.Contains(err.Error(), "passphrase") {
				t.Errorf("while it is locked: %v", err)
			}
			if err := d.Unlock(locked, "secret words"); err != nil {
				t.Fatal(err)
			}
			if err := runs(t, d, target); err != nil {
				t.Errorf("unlocked: %v", err)
			}
			if got := d.LockedKeys([]remote.Target{target}); got != nil {
				t.Errorf("still locked: %q", got)
			}
		})
	}
}

func TestKeysThatAreNotOffered(t *testing.T) {
	srv := startSSHD(t, "")
	dir := t.TempDir()
	var keys []string
	for i := range 8 {
		keys = append(keys, filepath.Join(dir, fmt.Sprint("k", i)))
		keygen(t, "-t", "ed25519", "-f", keys[i], "-N", "")
	}
	t.Run("more than a server takes", func(t *testing.T) {
		target := srv.target("n1")
		target.KeyFiles = keys
		err := runs(t, dialer(t), target)
		var ae *remote.AuthError
		var ce *remote.ConnectError
		if !errors.As(err, &ae) || !errors.As(err, &ce) || len(ae.Offered) != 5 || ae.Withheld != 3 || !strings.Contains(err.Error(), "5 of 8 usable keys") || !strings.Contains(ce.Hint, "--private-key") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the agent's come after the named one", func(t *testing.T) {
		d := dialer(t)
		d.AgentSocket = startAgent(t, keys...)
		if err := runs(t, d, srv.target("n1")); err != nil {
			t.Error(err)
		}
	})
	t.Run("others may read it", func(t *testing.T) {
		open := filepath.Join(dir, "open")
		copyFile(t, srv.file("id_ed25519"), open)
		chmod(t, open, 0o644)
		target := srv.target("n1")
		target.KeyFiles = []string{open}
		if err := runs(t, dialer(t), target); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("got %v, want a word about its mode", err)
		}
	})
	t.Run("a public key whose private one the agent has", func(t *testing.T) {
		d := dialer(t)
		d.AgentSocket = startAgent(t, srv.file("id_ed25519"))
		target := srv.target("n1")
		target.KeyFiles, target.IdentitiesOnly = []string{srv.file("id_ed25519.pub")}, true
		if err := runs(t, d, target); err != nil {
			t.Error(err)
		}
	})
}

// An agent that was forwarded is one like any other: on a machine to which one has logged in by ssh -A, its keys let in
// to further ones.
func TestForwardedAgent(t *testing.T) {
	here, there := startSSHD(t, ""), startSSHD(t, "")
	copyFile(t, here.file("id_ed25519.pub"), there.file("id_ed25519.pub"))
	ssh := exec.Command("ssh", "-A", "-F", "none", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile="+here.file("known_hosts"),
		"-p", fmt.Sprint(here.port), "root@127.0.0.1", "echo $SSH_AUTH_SOCK; exec cat")
	ssh.Env = append(os.Environ(), "SSH_AUTH_SOCK="+startAgent(t, here.file("id_ed25519")))
	stay, err := ssh.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := ssh.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := ssh.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		stay.Close()
		if err := ssh.Wait(); err != nil {
			t.Error(err)
		}
	}()
	socket, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	d := dialer(t)
	d.AgentSocket = strings.TrimSpace(socket)
	target := there.target("n1")
	target.KeyFiles = []string{"/nonexistent"}
	if err := runs(t, d, target); err != nil {
		t.Errorf("by the forwarded agent at %s: %v", socket, err)
	}
	d.Close() // ssh stays for as long as somebody uses its agent
}

func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	ca, user := filepath.Join(dir, "ca"), filepath.Join(dir, "user")
	keygen(t, "-t", "ed25519", "-f", ca, "-N", "")
	keygen(t, "-t", "ed25519", "-f", user, "-N", "")
	srv := startSSHD(t, "TrustedUserCAKeys "+ca+".pub\nAuthorizedKeysFile none")
	keygen(t, "-s", ca, "-I", "test", "-n", "root", "-V", "-1h:+1h", user+".pub")
	elsewhere := filepath.Join(dir, "elsewhere-cert.pub")
	target := srv.target("n1")
	target.KeyFiles = []string{user}
	t.Run("beside its key", func(t *testing.T) {
		if err := runs(t, dialer(t), target); err != nil {
			t.Error(err)
		}
	})
	copyFile(t, user+"-cert.pub", elsewhere)
	rename(t, user+"-cert.pub", filepath.Join(dir, "away"))
	t.Run("named, for a key of the agent", func(t *testing.T) {
		d := dialer(t)
		d.AgentSocket = startAgent(t, user)
		target.KeyFiles, target.CertFiles = []string{"/nonexistent"}, []string{elsewhere}
		if err := runs(t, d, target); err != nil {
			t.Error(err)
		}
	})
	t.Run("none", func(t *testing.T) {
		target.KeyFiles, target.CertFiles = []string{user}, nil
		if err := runs(t, dialer(t), target); err == nil {
			t.Error("the login succeeds without the certificate: the test proves nothing")
		}
	})
}
