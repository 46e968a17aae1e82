package farm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	Main()
	os.Exit(m.Run())
}

func start(t *testing.T, count int) *Farm {
	t.Helper()
	f, err := Start(filepath.Join(t.TempDir(), "farm"), count)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// onNode runs a command on a node, by the files that clients get.
func onNode(t *testing.T, c Clients, node, command string) string {
	t.Helper()
	out, err := exec.Command("ssh", "-F", c.SSHConfig(), node, command).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", node, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestEveryNodeIsItsOwn(t *testing.T) {
	f := start(t, 3)
	names, err := os.ReadFile(f.Names())
	if err != nil || string(names) != "n001\nn002\nn003\n" {
		t.Errorf("names are %q, %v", names, err)
	}
	for _, n := range f.Nodes {
		got := onNode(t, f.Clients, n.Name, `touch "$NODE_ROOT/mark" ~/mark; echo "$NODE ${SSH_CONNECTION#* * }"`)
		if want := fmt.Sprintf("%s %s %d", n.Name, n.Address, n.Port); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, dir := range []string{n.Root, n.home()} {
			if _, err := os.Stat(filepath.Join(dir, "mark")); err != nil {
				t.Error(err)
			}
		}
	}
	if err := f.Empty(); err != nil {
		t.Fatal(err)
	}
	for _, n := range f.Nodes {
		for _, dir := range []string{n.Root, n.home()} {
			if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
				t.Errorf("%s still has %v, %v", dir, left, err)
			}
		}
	}
}

func TestNodesEndWithTheFarm(t *testing.T) {
	f, err := Start(t.TempDir(), 2)
	if err != nil {
		t.Fatal(err)
	}
	pid := f.Nodes[1].process.Pid
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
		t.Errorf("the second node: %v, want it gone", err)
	}
}

// What a session used counts once it has ended.
func TestCPU(t *testing.T) {
	f := start(t, 1)
	before, err := f.CPU()
	if err != nil {
		t.Fatal(err)
	}
	onNode(t, f.Clients, "n001", burn)
	if err := f.Quiet(); err != nil {
		t.Fatal(err)
	}
	after, err := f.CPU()
	if err != nil {
		t.Fatal(err)
	}
	if used := after - before; used < burnt {
		t.Errorf("got %v, want at least %v", used, burnt)
	}
}

// burn uses about a second of processor time, for then the kernel ends it; burnt is a part of it that is always used.
const (
	burn  = `(ulimit -t 1; while :; do :; done); :`
	burnt = 500 * time.Millisecond
)
