package remote_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"dcosup/remote"
)

// sshd is a real OpenSSH server on the loopback that lets root in with one key.
type sshd struct {
	dir  string
	port int
	cmd  *exec.Cmd
}

// startSSHD starts one, with Ed25519 and ECDSA host keys and those of the given kinds. config is added to its
// sshd_config, before everything else. With SHLVL bash does not read this machine's own .bashrc, which is not what
// is tried here.
func startSSHD(t *testing.T, config string, kinds ...string) *sshd {
	t.Helper()
	const binary = "/usr/sbin/sshd"
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("%v: install openssh-server (make test does)", err)
	}
	s := &sshd{dir: t.TempDir()}
	keygen(t, "-t", "ed25519", "-f", s.file("id_ed25519"), "-N", "")
	kinds = append([]string{"ed25519", "ecdsa"}, kinds...)
	for _, kind := range kinds {
		keygen(t, "-t", kind, "-f", s.file("host_"+kind), "-N", "")
		config += "\nHostKey " + s.file("host_"+kind)
	}
	if !strings.Contains(config, "Subsystem") {
		config += "\nSubsystem sftp internal-sftp"
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	said := ""
	for try := 0; ; try++ { // sshd takes no port 0, and a port that is free now may be taken when it binds
		s.port = freePort(t)
		if said = s.listen(t, binary, config); said == "" {
			break
		}
		if try == 20 || !strings.Contains(said, "in use") {
			t.Fatalf("sshd does not listen: %s", said)
		}
	}
	s.know(t, kinds...)
	return s
}

// listen starts sshd on s.port, and stops it with the test. It returns what sshd said if it does not listen.
func (s *sshd) listen(t *testing.T, binary, config string) (said string) {
	t.Helper()
	writeFile(t, s.file("config"), fmt.Sprintf(`%s
ListenAddress 127.0.0.1
Port %d
AuthorizedKeysFile %[3]s/id_ed25519.pub
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
SetEnv SHLVL=2
`, config, s.port, s.dir), 0o600)
	s.cmd = exec.Command(binary, "-D", "-e", "-f", s.file("config"))
	log, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for {
		if !lines.Scan() {
			s.cmd.Wait() // its error says less than sshd did
			return said + "it ended"
		}
		if strings.HasPrefix(lines.Text(), "Server listening") {
			break
		}
		said += lines.Text() + "\n"
	}
	drained := make(chan struct{})
	go func() {
		for lines.Scan() {
		}
		close(drained)
	}()
	t.Cleanup(func() {
		s.cmd.Process.Signal(syscall.SIGTERM)
		<-drained
		s.cmd.Wait()
	})
	return ""
}

func (s *sshd) file(name string) string { return filepath.Join(s.dir, name) }

// know writes known_hosts anew, with the host keys of these kinds.
func (s *sshd) know(t *testing.T, kinds ...string) {
	t.Helper()
	var text strings.Builder
	for _, kind := range kinds {
		pub, err := os.ReadFile(s.file("host_" + kind + ".pub"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "[127.0.0.1]:%d %s", s.port, pub)
	}
	writeFile(t, s.file("known_hosts"), text.String(), 0o600)
}

func (s *sshd) target(name string) remote.Target {
	return remote.Target{
		Name: name, Host: "127.0.0.1", Port: s.port, User: "root",
		KeyFiles: []string{s.file("id_ed25519")}, KnownHosts: []string{s.file("known_hosts")},
	}
}

func keygen(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", append([]string{"-q"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// deadPort is a port of the loopback on which nobody listens, and nobody can while the test lasts.
func deadPort(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return bound.(*unix.SockaddrInet4).Port
}

// startAgent starts a real ssh-agent with these keys in it.
func startAgent(t *testing.T, keys ...string) (socket string) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "agent")
	cmd := exec.Command("ssh-agent", "-D", "-a", socket)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // it speaks once it listens
		t.Fatal(err)
	}
	for _, key := range keys {
		add := exec.Command("ssh-add", "-q", key)
		add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("ssh-add: %v: %s", err, out)
		}
	}
	return socket
}
