//go:build lab

package e2e

import (
	"context"
	"strings"
	"testing"

	"dcosup/testing/lab"
)

// A cluster with an agent of Red Hat's family, whose packages come by dnf, and one
// of Flatcar's, where nothing can be installed and /usr cannot be written.
func TestAgentsOfOtherDistributions(t *testing.T) {
	l, err := lab.Up(t.Context(), lab.Options{
		Dir: t.TempDir(), Name: "dcosup-e2e-families", Nodes: []string{"bootstrap", "master-1", "agent-1", "agent-2", "public-1"},
		Flavours:     map[string]lab.Flavour{"agent-1": lab.RedHat, "agent-2": lab.Flatcar},
		ReleaseBytes: 20_000_000, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	says := func(node, script, want string) {
		t.Helper()
		got, err := l.Node(node).Exec(t.Context(), script)
		if got = strings.TrimSpace(got); err != nil || got != want {
			t.Errorf("%s: %s: got %q, %v, want %q", node, script, got, err, want)
		}
	}
	dcosup(t, "apply", "-i", l.InventoryPath()).must(t, 0, "agent-1", "agent-2")
	dcosup(t, "status", "-i", l.InventoryPath()).must(t, 0)
	says("agent-1", "rpm -q --qf '%{NAME} ' docker-ce docker-ce-cli containerd.io chrony curl ipset unzip xz",
		"docker-ce docker-ce-cli containerd.io chrony curl ipset unzip xz")
	says("agent-2", "touch /usr/x 2>/dev/null; readlink /etc/resolv.conf; systemctl is-enabled docker.service", "/run/systemd/resolve/resolv.conf\nenabled")
	for _, name := range []string{"agent-1", "agent-2", "public-1"} {
		address := l.Node(name).Address().String()
		says("master-1", "curl -sS http://127.0.0.1:5050/slaves | grep -c "+address, "1")
	}

	dcosup(t, "apply", "-i", l.InventoryPath()).must(t, 0, "nothing")
	dcosup(t, "reset", "--yes", "-i", l.InventoryPath()).must(t, 0)
	for _, name := range []string{"agent-1", "agent-2"} {
		says(name, "ls -d /opt/mesosphere /etc/mesosphere /var/lib/dcos /etc/systemd/system/dcos* 2>/dev/null; docker info >/dev/null && echo docker", "docker")
	}
}
