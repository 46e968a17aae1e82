//go:build lab

package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"dcosup/installer"
)

// bootOf tells one boot of a node from the next: when its first process began.
func bootOf(t *testing.T, node string) string {
	t.Helper()
	return on(t, node, `sed 's/.*) //' /proc/1/stat | cut -d' ' -f20`)
}

func boots(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, n := range nodes.Nodes() {
		all[n.Name()] = bootOf(t, n.Name())
	}
	return all
}

// Nodes that wait for a reboot get one, the bootstrap node, whose lock it ends,
// first; all others are left alone.
func TestCheckReboots(t *testing.T) {
	noCluster(t)
	before := boots(t)
	waiting := []string{"bootstrap", "master-1", "agent-3"}
	for _, name := range waiting {
		on(t, name, "touch /run/reboot-required")
	}
	dcosup(t, "check", "-i", hosts(), "--only", "reboot-pending").must(t, 0, "let --reboot", "3 warn")
	dcosup(t, "plan", "-i", hosts()).must(t, 0, "A reboot is due on bootstrap, master-1, agent-3 (reboot-pending): --reboot does it")
	if now := boots(t); now["agent-3"] != before["agent-3"] {
		t.Fatal("a plan rebooted agent-3")
	}
	o := dcosup(t, "check", "--fix", "--reboot", "-i", hosts(), "--only", "reboot-pending", "-o", "json")
	o.must(t, 0)
	for name, boot := range boots(t) {
		if rebooted := boot != before[name]; rebooted != slices.Contains(waiting, name) {
			t.Errorf("%s was rebooted: %v", name, rebooted)
		}
	}
	var order []string
	for line := range strings.Lines(o.text) {
		var e installer.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			continue // prose
		}
		if e.Step != "" && (e.Type == installer.StepStarted || e.Type == installer.StepEnded) {
			order = append(order, string(e.Type)+" "+e.Step)
		}
	}
	if len(order) != 6 || order[0] != "step-started reboot/bootstrap" || order[1] != "step-ended reboot/bootstrap" {
		t.Errorf("steps: %v", order)
	}
	on(t, "bootstrap", "flock -n /run/dcosup/lock true") // it was taken again, and given back
}

// A node that comes back with the same need has failed, and is not rebooted again.
func TestCheckDoesNotRebootInALoop(t *testing.T) {
	noCluster(t)
	on(t, "agent-3", "echo 'f /run/reboot-required' >/etc/tmpfiles.d/again.conf && systemd-tmpfiles --create again.conf")
	dcosup(t, "check", "--fix", "--reboot", "-i", hosts(), "-l", "agent-3", "--only", "reboot-pending").must(t, 1, "needs a reboot as before")
	on(t, "agent-3", "rm /etc/tmpfiles.d/again.conf /run/reboot-required")
}

// A dcosup that is killed while a node reboots: the next one finds the node as it is.
func TestCheckKilledWhileANodeReboots(t *testing.T) {
	noCluster(t)
	before := bootOf(t, "agent-3")
	on(t, "agent-3", "touch /run/reboot-required")
	c := command(t, "check", "--fix", "--reboot", "-i", hosts(), "-l", "agent-3", "--only", "reboot-pending", "-o", "json")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for found := false; !found; {
		if !lines.Scan() {
			t.Fatal("it ended before the reboot")
		}
		var e installer.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		found = e.Type == installer.StepProgress && e.Step == "reboot/agent-3" && e.Message == "the node to come back"
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = c.Wait() // its error is that it was killed
	eventually(t, "agent-3 is back and needs nothing", func() bool {
		return dcosup(t, "check", "--fix", "--reboot", "-i", hosts(), "-l", "agent-3", "--only", "reboot-pending").code == 0
	})
	if bootOf(t, "agent-3") == before {
		t.Error("agent-3 was not rebooted")
	}
}
