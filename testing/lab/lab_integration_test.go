//go:build lab

package lab

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLab brings up three nodes and tries on them what the package promises.
// It needs a Docker engine and a package mirror, and is in nobody's way: its
// name and its network are its own. The parts build on each other.
func TestLab(t *testing.T) {
	ctx := t.Context()
	opts := Options{
		Dir:          t.TempDir(),
		Name:         "dcosup-lab-selftest",
		Nodes:        []string{"bootstrap", "agent-1", "agent-4"},
		ReleaseBytes: -1,
		Log:          t.Logf,
	}
	if err := Remove(ctx, opts, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Remove(context.WithoutCancel(ctx), opts, false); err != nil {
			t.Error(err)
		}
	})
	l, err := Up(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	bootstrap, ready, bare := l.Node("bootstrap"), l.Node("agent-1"), l.Node("agent-4")

	t.Run("nodes are machines", func(t *testing.T) { testMachines(t, l) })
	t.Run("engine in a ready node", func(t *testing.T) {
		expect(t, ready, "docker info --format '{{.Driver}}'", "overlay2\n")
	})
	t.Run("clock", func(t *testing.T) {
		expect(t, ready, "chronyc -n waitsync 30 0 0 1 >/dev/null; chronyc -n tracking | grep '^Leap'", "Leap status     : Normal\n")
		expect(t, bare, "command -v chronyd || echo none", "none\n")
	})
	t.Run("bare node can be fixed", func(t *testing.T) { testFix(t, bare) })
	t.Run("reboot keeps what is on the disk", func(t *testing.T) {
		expect(t, bare, "echo kept > /root/note; echo lost > /run/note", "")
		if err := bare.Reboot(ctx); err != nil {
			t.Fatal(err)
		}
		expect(t, bare, "cat /root/note; cat /run/note 2>/dev/null || echo gone; docker info --format '{{.Driver}}'", "kept\ngone\noverlay2\n")
	})
	t.Run("fresh loses it and keeps the identity", func(t *testing.T) {
		before := bare.Address()
		if err := bare.Fresh(ctx); err != nil {
			t.Fatal(err)
		}
		if bare.Address() != before {
			t.Errorf("the address went from %s to %s", before, bare.Address())
		}
		// That Fresh logged in shows that the pinned host key still holds.
		expect(t, bare, "ls /root/note 2>/dev/null || echo gone; command -v docker || echo none", "gone\nnone\n")
	})
	t.Run("listing", func(t *testing.T) { testListing(t, ready) })
	t.Run("up again changes nothing", func(t *testing.T) { testUpAgain(t, opts, ready) })
	t.Run("up repairs", func(t *testing.T) { testRepair(t, opts, l) })
	t.Run("up after an interrupted one", func(t *testing.T) { testInterrupted(t, opts, ready) })
	t.Run("jump host", func(t *testing.T) { testOnlyVia(t, ready, bootstrap) })
	t.Run("faults", func(t *testing.T) { testFaults(t, ready) })
	t.Run("a second lab", func(t *testing.T) { testSecondLab(t, l) })
	t.Run("down", func(t *testing.T) {
		if err := l.Down(ctx); err != nil {
			t.Fatal(err)
		}
		if left, err := l.containers(ctx); err != nil || len(left) > 0 {
			t.Errorf("containers %v, %v are left", left, err)
		}
		if err := l.Down(ctx); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}

// expect runs a script in the node and compares what it writes.
func expect(t *testing.T, n *Node, script, want string) {
	t.Helper()
	got, err := n.Exec(t.Context(), script)
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s (-want +got):\n%s", n.Name(), script, diff)
	}
}

func testMachines(t *testing.T, l *Lab) {
	for _, n := range l.Nodes() {
		expect(t, n, "hostname; systemctl is-system-running; date +%Z; cat /proc/1/comm", n.Name()+"\nrunning\nUTC\nsystemd\n")
		ssh := exec.CommandContext(t.Context(), "ssh", "-F", "none", "-i", l.KeyPath(), "-o", "UserKnownHostsFile="+l.KnownHostsPath(),
			"-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", User+"@"+n.Address().String(), "id -un; sudo -n id -un")
		var stderr bytes.Buffer
		ssh.Stderr = &stderr
		out, err := ssh.Output()
		if err != nil || string(out) != User+"\nroot\n" {
			t.Errorf("ssh to %s: %v: got %q; %s", n.Name(), err, out, stderr.String())
		}
	}
}

// testFix installs in a bare node what an installer would have to.
func testFix(t *testing.T, bare *Node) {
	expect(t, bare, "for c in docker chronyc curl unzip xz ipset; do command -v $c; done; command -v tar", "/usr/bin/tar\n")
	if _, err := bare.Exec(t.Context(), `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y --no-install-recommends install docker.io chrony`); err != nil {
		t.Fatal(err)
	}
	expect(t, bare, "docker info --format '{{.Driver}}'", "overlay2\n")
	expect(t, bare, "chronyc -n waitsync 30 0 0 1 >/dev/null; chronyc -n tracking | grep '^Leap'", "Leap status     : Normal\n")
	expect(t, bare, "systemctl is-system-running", "running\n")
}

func testListing(t *testing.T, n *Node) {
	list := func() Listing {
		t.Helper()
		listing, err := n.Listing(t.Context(), Lively()...)
		if err != nil {
			t.Fatal(err)
		}
		return listing
	}
	before := list()
	if len(before) < 1000 {
		t.Errorf("a node has only %d files", len(before))
	}
	if err := n.login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, list()); diff != "" {
		t.Errorf("a login changed files (-before +after):\n%s", diff)
	}
	expect(t, n, "touch /etc/passwd", "")
	var changed []string
	for i, f := range list() {
		if f != before[i] {
			changed = append(changed, f.Path)
		}
	}
	if diff := cmp.Diff([]string{"/etc/passwd"}, changed); diff != "" {
		t.Errorf("changed files (-want +got):\n%s", diff)
	}
}

func testUpAgain(t *testing.T, opts Options, n *Node) {
	before, err := n.inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Up(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	after, err := n.inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("%s was touched (-before +after):\n%s", n.Name(), diff)
	}
}

func testRepair(t *testing.T, opts Options, l *Lab) {
	ctx := t.Context()
	lost, paused, stopped := l.Node("bootstrap"), l.Node("agent-1"), l.Node("agent-4")
	if err := errors.Join(lost.remove(ctx), paused.Pause(ctx), stopped.Kill(ctx)); err != nil {
		t.Fatal(err)
	}
	if _, err := Up(ctx, opts); err != nil {
		t.Fatal(err)
	}
	for _, n := range l.Nodes() {
		if got, err := n.State(ctx); err != nil || got != running {
			t.Errorf("%s is %s, %v", n.Name(), got, err)
		}
	}
}

// testInterrupted leaves a node as an Up does that is stopped between making
// the container and giving it its host key.
func testInterrupted(t *testing.T, opts Options, n *Node) {
	ctx := t.Context()
	if err := n.remove(ctx); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"create", "--name=" + n.container(), "--label=" + labelSpec + "=" + n.spec()}, n.createArgs()...)
	if _, err := n.docker(ctx, append(args, n.image)...); err != nil {
		t.Fatal(err)
	}
	if _, err := Up(ctx, opts); err != nil {
		t.Error(err)
	}
}

// reachable tells whether the node's sshd takes a connection from here.
func reachable(t *testing.T, n *Node) bool {
	t.Helper()
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(t.Context(), "tcp", n.Address().String()+":22")
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func testOnlyVia(t *testing.T, n, bastion *Node) {
	ctx := t.Context()
	for range 2 { // a second time must not shut out the bastion
		if err := n.OnlyVia(ctx, bastion); err != nil {
			t.Fatal(err)
		}
	}
	if reachable(t, n) {
		t.Error("sshd can be reached from the machine")
	}
	jump, err := bastion.Dial(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer jump.Close()
	conn, err := jump.DialContext(ctx, "tcp", n.Address().String()+":22")
	if err != nil {
		t.Errorf("sshd cannot be reached through the bastion: %v", err)
	} else {
		conn.Close()
	}
	if err := n.Direct(ctx); err != nil {
		t.Fatal(err)
	}
	if !reachable(t, n) {
		t.Error("sshd cannot be reached after Direct")
	}
}

func testFaults(t *testing.T, n *Node) {
	ctx := t.Context()
	if err := n.Disconnect(ctx); err != nil {
		t.Fatal(err)
	}
	if reachable(t, n) {
		t.Error("a node without network can be reached")
	}
	if err := n.Connect(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := n.ready(ctx); err != nil {
		t.Errorf("after Connect: %v", err)
	}
	if err := n.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := n.State(ctx); err != nil || got != "exited" {
		t.Errorf("a stopped node is %s, %v", got, err)
	}
	if err := n.Start(ctx); err != nil {
		t.Error(err)
	}
}

// testSecondLab brings up a node of another lab beside the first.
func testSecondLab(t *testing.T, first *Lab) {
	opts := Options{Dir: t.TempDir(), Name: "dcosup-lab-selftest2", Nodes: []string{"agent-4"}, ReleaseBytes: -1, Log: t.Logf}
	t.Cleanup(func() {
		if err := Remove(context.WithoutCancel(t.Context()), opts, false); err != nil {
			t.Error(err)
		}
	})
	second, err := Up(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if first.opts.Subnet.Overlaps(second.opts.Subnet) {
		t.Errorf("both labs are on %s and %s", first.opts.Subnet, second.opts.Subnet)
	}
	hosts, err := os.ReadFile(second.InventoryPath())
	if err != nil || !strings.Contains(string(hosts), "agent-4 ansible_host="+second.Node("agent-4").Address().String()) {
		t.Errorf("its inventory is %q, %v", hosts, err)
	}
	opened, err := Open(t.Context(), opts.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Node("agent-4").Fresh(t.Context()); err != nil {
		t.Errorf("a lab that was opened cannot make a node anew: %v", err)
	}
}
