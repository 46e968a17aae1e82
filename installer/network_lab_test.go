//go:build lab

package installer

import (
	"context"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
	"dcosup/roles"
	"dcosup/testing/lab"
)

// TestNetworkOnNodes has real nodes measure each other, over links that are made slow.
func TestNetworkOnNodes(t *testing.T) {
	l, err := lab.Up(t.Context(), lab.Options{Dir: t.TempDir(), Name: "dcosup-network-test", Masters: 3,
		Nodes: []string{"bootstrap", "master-1", "master-2", "master-3", "agent-1", "agent-2"}, ReleaseBytes: 1 << 20, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	n := labNetwork{l}
	t.Run("in order", n.inOrder)
	t.Run("slow links", n.slowLinks)
	t.Run("a slow bootstrap node", n.slowUplink)
	t.Run("interrupted", n.interrupted)
	t.Run("left alone", n.leftAlone)
}

type labNetwork struct{ *lab.Lab }

// check checks the network, and returns what is not met, as "agent-1 bandwidth". said
// is told every note.
func (n labNetwork) check(ctx context.Context, t *testing.T, said func(note string)) (unmet []string) {
	t.Helper()
	inv, err := inventory.Load(inventory.Options{Sources: []string{n.InventoryPath()}, WorkDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := inv.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	ways, err := reach.New(cluster.Nodes, reach.Options{Files: []string{}, Home: t.TempDir(), User: me.Username, UID: me.Uid})
	if err != nil {
		t.Fatal(err)
	}
	dialer := &remote.Dialer{StateDir: t.TempDir()}
	defer dialer.Close()
	options := DefaultOptions()
	options.Network, options.Only, options.Holder = true, networkIDs, "the test"
	run := New(Config{Cluster: cluster, Ways: ways, Dialer: dialer, Options: options, Emit: func(e Event) {
		for _, f := range e.Findings {
			t.Logf("%s: %s: %s: %s", e.Node, f.Requirement, f.Status, f.Found)
			if f.Status != roles.Pass.String() {
				unmet = append(unmet, e.Node+" "+f.Requirement)
			}
		}
		if e.Type == Note {
			t.Logf("%s: %s", e.Node, e.Message)
			said(e.Message)
		}
	}})
	defer run.Close()
	if s := run.Check(ctx); ctx.Err() == nil && !s.OK {
		t.Errorf("failures: %+v", s.Failures)
	}
	slices.Sort(unmet)
	return unmet
}

func (n labNetwork) on(t *testing.T, node, script string) string {
	t.Helper()
	out, err := n.Node(node).Exec(context.WithoutCancel(t.Context()), script)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// clean fails if a trial has left something on a node.
func (n labNetwork) clean(t *testing.T) {
	t.Helper()
	for _, node := range n.Nodes() {
		if left := n.left(t, node.Name()); left != "" {
			t.Errorf("%s: left behind: %s", node.Name(), left)
		}
	}
}

func (n labNetwork) left(t *testing.T, node string) string {
	t.Helper()
	return n.on(t, node, `ls -A /run/systemd/system /run/dcosup 2>/dev/null | grep -e dcosup- -e heard
systemctl list-units --all --no-legend 'dcosup-*'
ps -e -o args | grep '[h]ead -c'; :`)
}

func (n labNetwork) inOrder(t *testing.T) {
	if got := n.check(t.Context(), t, func(string) {}); got != nil {
		t.Errorf("not met on a network that is in order: %v", got)
	}
	n.clean(t)
}

// What comes to agent-2 is throttled to 8 Mbit/s, and what master-2 sends waits behind
// its own traffic, which keeps a queue full at that rate: some 70 ms and more.
func (n labNetwork) slowLinks(t *testing.T) {
	t.Cleanup(func() {
		n.on(t, "bootstrap", "tc qdisc del dev eth0 root")
		n.on(t, "master-2", "systemctl stop busy; tc qdisc del dev eth0 root; iptables -F INPUT")
	})
	n.on(t, "bootstrap", fmt.Sprintf(`set -e
tc qdisc add dev eth0 root handle 1: htb default 1
tc class add dev eth0 parent 1: classid 1:1 htb rate 10gbit quantum 60000
tc class add dev eth0 parent 1: classid 1:2 htb rate 8mbit
tc filter add dev eth0 parent 1: protocol ip u32 match ip dst %s flowid 1:2`, n.Node("agent-2").Address()))
	n.on(t, "master-2", fmt.Sprintf(`set -e
tc qdisc add dev eth0 root tbf rate 8mbit burst 32kbit limit 1mb
iptables -A INPUT -p icmp --icmp-type port-unreachable -j DROP
systemd-run --quiet --unit=busy bash -c 'exec dd if=/dev/zero bs=1400 >/dev/udp/%s/9'`, n.Node("bootstrap").Address()))
	// That the masters' data are slow to come over a busy link is true, or not.
	got := slices.DeleteFunc(n.check(t.Context(), t, func(string) {}), func(s string) bool { return s == "master-2 bandwidth" })
	if diff := cmp.Diff([]string{"agent-2 bandwidth", "master-2 latency"}, got); diff != "" {
		t.Errorf("not met (-want +got):\n%s", diff)
	}
}

// A bootstrap node that sends slowly does so to all.
func (n labNetwork) slowUplink(t *testing.T) {
	t.Cleanup(func() { n.on(t, "bootstrap", "tc qdisc del dev eth0 root") })
	n.on(t, "bootstrap", "tc qdisc add dev eth0 root tbf rate 8mbit burst 32kbit latency 50ms")
	together := false
	// Each gets too little by itself, and all of it.
	got := n.check(t.Context(), t, func(note string) { together = together || strings.Contains(note, "to 5 nodes at once") })
	if diff := cmp.Diff([]string{"bootstrap bandwidth"}, got); diff != "" || !together {
		t.Errorf("not met (-want +got):\n%s\ntried together: %v", diff, together)
	}
	n.clean(t)
}

// Wherever a person interrupts it, nothing is left.
func (n labNetwork) interrupted(t *testing.T) {
	for _, at := range []string{"ways between", "one after another"} {
		ctx, cancel := context.WithCancel(t.Context())
		reached, more := false, ""
		unmet := n.check(ctx, t, func(note string) {
			if reached {
				more += note + "\n"
			}
			if strings.Contains(note, at) {
				reached = true
				time.AfterFunc(500*time.Millisecond, cancel) // in mid-trial
			}
		})
		if cancel(); !reached || unmet != nil || strings.Contains(more, "cancel") {
			t.Errorf("at %q: reached: %v, not met: %v; then it was noted:\n%s", at, reached, unmet, more)
		}
		n.clean(t)
	}
}

// What nobody comes back to close closes by itself; its five minutes are five seconds here.
func (n labNetwork) leftAlone(t *testing.T) {
	script := strings.Replace(portsOpenScript, "sleep 300", "sleep 5", 1)
	n.on(t, "bootstrap", fmt.Sprintf("set -- %s %s %s tcp/8081 udp/64000 zeros/8080\n%s", unitsDir, heardDir, n.Node("bootstrap").Address(), script))
	n.on(t, "agent-1", fmt.Sprintf("bash -c 'head -c 1 </dev/tcp/%s/8080 >/dev/null'", n.Node("bootstrap").Address()))
	n.on(t, "bootstrap", `until [ -z "$(ls /run/systemd/system | grep dcosup-)" ] && ! systemctl list-units --no-legend 'dcosup-*' | grep -q .; do sleep 0.1; done`)
}
