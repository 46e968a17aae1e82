//go:build lab

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
)

// TestNoSecretIsLeft is a whole run with every kind of secret: the passwords of a key, of sudo and of a vault, which may
// be nowhere at all, and secrets of DC/OS's configuration, which may be in files that only root can read. They are looked
// for in everything that the runs said and kept, in the arguments and the environment of every process while they ran,
// and afterwards in the journal and in every file of every node. A decoy shows that each of these nets catches.
func TestNoSecretIsLeft(t *testing.T) {
	noCluster(t)
	s := secrets{}
	for _, name := range []string{"passphrase", "sudo", "vault", "wrong", "admin", "registry", "decoy"} {
		s[name] = name + "-" + rand.Text()
	}
	requirePassword(t, s["sudo"])
	locked := lockedKey(t, s["passphrase"])
	vars := func(write func(string) string) func(string) string {
		return func(text string) string {
			return text + "        exhibitor_admin_password: " + write(s["admin"]) + `
        cluster_docker_credentials_enabled: true
        cluster_docker_credentials:
            auths:
                registry.example.com:
                    auth: ` + write(s["registry"]) + "\n"
		}
	}
	opened, seal := vault(t, s["vault"])
	askedFor := variant(t, replace(nodes.KeyPath(), locked), vars(func(text string) string { return text }))
	given := variant(t, replace(nodes.KeyPath(), locked), func(text string) string {
		return "ansible_become_password: " + seal(s["sudo"]) + "\n" + vars(seal)(text)
	})
	for _, n := range nodes.Nodes() {
		on(t, n.Name(), "touch /run/before-secrets")
	}
	on(t, "agent-1", "systemd-run --quiet --unit=decoy --setenv=WORD="+s["decoy"]+" /bin/sh -c 'while :; do sleep 60; done' "+s["decoy"])
	t.Cleanup(func() { _, _ = nodes.Node("agent-1").Exec(context.Background(), "systemctl stop decoy") }) // gone with the lab in any case

	w := watchProcesses(s)
	p := person{home: t.TempDir(), answers: []answer{{"BECOME password", s["sudo"]}, {"Passphrase for the key", s["passphrase"]}, {"ault password", s["vault"]}}}
	file := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(file, []byte(s["wrong"]+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.runs(t, 0, "apply", "-i", askedFor, "-K")
	p.runs(t, 1, "exec", "-i", askedFor, "-l", "agent-1", "-vvv", "--become-password-file", file, "--", "true")
	p.runs(t, 0, "status", "-i", given, opened, "-o", "lines", "-vvv")
	p.runs(t, 0, "apply", "-i", given, "-J", "-o", "json", "-vvv")
	p.runs(t, 0, "plan", "-i", given, opened, "-vvv")
	p.runs(t, 0, "ping", "-i", given, opened, "-o", "json", "-vvv")
	p.runs(t, 0, "exec", "-i", given, opened, "-o", "lines", "-vvv", "--", "id -un")
	p.runs(t, 0, "push", "-i", given, opened, "-vvv", nodes.ReleasePath(), "/var/tmp/pushed")
	w.end(t, s)

	for name, text := range map[string]string{"what they said": p.said.String(), "what they kept": everyFile(t, p.home)} {
		for _, found := range s.in(text) {
			t.Errorf("%s shows the secret %q", name, found)
		}
	}
	left := map[string]bool{}
	for _, n := range nodes.Nodes() {
		for _, f := range s.left(t, n.Name()) {
			left[f.secret] = true
			switch {
			case f.secret == "decoy" && n.Name() == "agent-1":
			case f.secret != "admin" && f.secret != "registry":
				t.Errorf("%s: %s holds the secret %q", n.Name(), f.where, f.secret)
			case f.readable:
				t.Errorf("%s: everybody can read the secret %q in %s", n.Name(), f.secret, f.where)
			}
		}
	}
	if want := map[string]bool{"decoy": true, "admin": true, "registry": true}; !cmp.Equal(want, left) {
		t.Errorf("found on the nodes: %v, want the decoy and what DC/OS is configured with: %v", left, want)
	}
}

// secrets are by name.
type secrets map[string]string

// in are the names of those that a text shows.
func (s secrets) in(text string) (names []string) {
	for name, word := range s {
		if strings.Contains(text, word) {
			names = append(names, name)
		}
	}
	return names
}

// requirePassword gives the login user a password for sudo on every node, which asks for it each time.
func requirePassword(t *testing.T, password string) {
	t.Helper()
	for _, n := range nodes.Nodes() {
		on(t, n.Name(), `echo `+remote.Quote("student:"+password)+` | chpasswd
cp -p /etc/sudoers.d/student /root/sudoers-student
printf 'Defaults:student timestamp_timeout=0\nstudent ALL=(ALL:ALL) ALL\n' >/etc/sudoers.d/student && visudo -cq`)
		t.Cleanup(func() {
			if _, err := n.Exec(context.Background(), "mv /root/sudoers-student /etc/sudoers.d/student && passwd -q -l student"); err != nil {
				t.Error(err)
			}
		})
	}
}

// lockedKey is the lab's key with a passphrase.
func lockedKey(t *testing.T, passphrase string) (path string) {
	t.Helper()
	text, err := os.ReadFile(nodes.KeyPath())
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "id_locked")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ssh-keygen", "-q", "-p", "-f", path, "-P", "", "-N", passphrase).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return path
}

// vault returns the flag that opens a vault with this password, and what encrypts a text for it, as a value of YAML.
func vault(t *testing.T, password string) (flag string, seal func(text string) string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vault")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return "--vault-password-file=" + file, func(text string) string {
		c := exec.Command("ansible-vault", "encrypt", "--vault-password-file", file, "--output", "-")
		c.Stdin = strings.NewReader(text)
		sealed, err := c.Output()
		if err != nil {
			t.Fatalf("ansible-vault (make test-e2e installs it): %v", err)
		}
		const indent = "\n                                "
		return "!vault |" + indent + strings.ReplaceAll(strings.TrimSpace(string(sealed)), "\n", indent)
	}
}

// person sits at a terminal, answers questions, and remembers all that was said there.
type person struct {
	home    string
	answers []answer
	said    bytes.Buffer
}

type answer struct{ question, text string }

// runs is a dcosup on the terminal, and fails the test unless it ends with this exit code. With --output its standard
// output goes to a pipe.
func (p *person) runs(t *testing.T, code int, args ...string) {
	t.Helper()
	terminal, side := openTerminal(t)
	c := command(t, args...)
	c.Env = append(c.Env, "HOME="+p.home, "TERM=xterm")
	var piped bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = side, side, side
	if slices.Contains(args, "-o") {
		c.Stdout = &piped
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	side.Close()
	shown := p.listens(t, terminal)
	_ = c.Wait() // its exit code tells
	terminal.Close()
	fmt.Fprintf(&p.said, "%s%s", shown, piped.String())
	if got := c.ProcessState.ExitCode(); got != code {
		t.Fatalf("dcosup %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, shown, piped.String())
	}
	t.Logf("dcosup %s: exit code %d, %d bytes on the terminal, %d on the pipe", strings.Join(args, " "), code, len(shown), piped.Len())
}

// listens reads the terminal until nobody is at its other side, and answers each question once.
func (p *person) listens(t *testing.T, terminal *os.File) string {
	var shown []byte
	answered := map[string]bool{}
	buf := make([]byte, 4096)
	for {
		n, err := terminal.Read(buf)
		shown = append(shown, buf[:n]...)
		for _, a := range p.answers {
			if !answered[a.question] && bytes.Contains(shown, []byte(a.question)) && bytes.HasSuffix(shown, []byte(": ")) {
				answered[a.question] = true
				if _, err := terminal.WriteString(a.text + "\n"); err != nil {
					t.Error(err)
				}
			}
		}
		if err != nil {
			return string(shown) // EIO: the other side is closed
		}
	}
}

// everyFile is the text of all files below a directory, and their names.
func everyFile(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s\n%s\n", path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(all.String(), "events.jsonl") {
		t.Errorf("%s holds no run's directory", dir)
	}
	return all.String()
}

// watcher looks at the arguments and the environment of every process, here and in the nodes, which share the kernel.
type watcher struct {
	stop  chan struct{}
	ended sync.WaitGroup
	found map[string]string // the process by the secret that it shows
	seen  map[string]bool   // words that only the nodes' processes have
}

func watchProcesses(s secrets) *watcher {
	w := &watcher{stop: make(chan struct{}), found: map[string]string{}, seen: map[string]bool{}}
	w.ended.Go(func() {
		for {
			began := time.Now()
			w.look(s)
			select {
			case <-w.stop:
				return
			case <-time.After(max(20*time.Millisecond, time.Since(began))): // those who are watched need the processors, too
			}
		}
	})
	return w
}

func (w *watcher) look(s secrets) {
	processes, _ := filepath.Glob("/proc/[0-9]*") // the pattern is good
	for _, process := range processes {
		for _, name := range []string{"cmdline", "environ"} {
			text, err := os.ReadFile(filepath.Join(process, name))
			if err != nil {
				continue // it has ended
			}
			for _, found := range s.in(string(text)) {
				w.found[found+" in "+name] = strings.ReplaceAll(string(text), "\x00", " ")
			}
			for _, word := range []string{"dcos_install.sh", "sudo\x00-S\x00-p\x00"} {
				if strings.Contains(string(text), word) {
					w.seen[word] = true
				}
			}
		}
	}
}

// end fails the test if any process showed a secret, or if this could not have been seen.
func (w *watcher) end(t *testing.T, s secrets) {
	t.Helper()
	close(w.stop)
	w.ended.Wait()
	for _, decoy := range []string{"decoy in cmdline", "decoy in environ"} {
		if w.found[decoy] == "" {
			t.Errorf("%s was not seen: the test proves nothing", decoy)
		}
		delete(w.found, decoy)
	}
	if len(w.seen) != 2 {
		t.Errorf("of the nodes' processes only %v were seen", w.seen)
	}
	for what, process := range w.found {
		t.Errorf("a process showed the secret %s: %s", what, process)
	}
}

// leftover is a secret that a node holds.
type leftover struct {
	secret, where string
	readable      bool // by everybody
}

// left looks into a node's journal and all its files that have changed meanwhile.
func (s secrets) left(t *testing.T, node string) (all []leftover) {
	t.Helper()
	script := `find / \( -path /proc -o -path /sys \) -prune -o -type f -cnewer /run/before-secrets -print0 >/run/changed
journalctl --sync
`
	for name, word := range s {
		script += fmt.Sprintf(`xargs -0 grep -laF -e %[2]s </run/changed 2>/dev/null | while read -r f; do
	if runuser -u nobody -- test -r "$f"; then who=everybody; else who=root; fi
	echo "%[1]s $who $f"
done
if journalctl --no-pager -o export | grep -qaF -e %[2]s; then echo "%[1]s root the journal"; fi
`, name, word)
	}
	for line := range strings.Lines(on(t, node, script)) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 3)
		all = append(all, leftover{secret: fields[0], readable: fields[1] == "everybody", where: fields[2]})
	}
	return all
}
