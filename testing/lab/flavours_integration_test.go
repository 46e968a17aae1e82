//go:build lab

package lab

import (
	"context"
	"testing"
)

// TestOtherDistributions tries what the README says of the flavours that imitate
// other distributions.
func TestOtherDistributions(t *testing.T) {
	ctx := t.Context()
	opts := Options{
		Dir: t.TempDir(), Name: "dcosup-lab-families", Nodes: []string{"bootstrap", "agent-1", "agent-2"},
		Flavours: map[string]Flavour{"agent-1": RedHat, "agent-2": Flatcar}, ReleaseBytes: -1, Log: t.Logf,
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
	redhat, flatcar := l.Node("agent-1"), l.Node("agent-2")

	t.Run("nodes are machines", func(t *testing.T) { testMachines(t, l) })
	t.Run("redhat says what it is", func(t *testing.T) {
		expect(t, redhat, `. /etc/os-release; echo "$ID $VERSION_ID $PRETTY_NAME"`, "centos 8 CentOS Linux 8 (lab imitation on Debian)\n")
		expect(t, redhat, "for c in apt apt-get dpkg dpkg-query dnf yum rpm; do command -v $c; done", "/usr/bin/dnf\n/usr/bin/yum\n/usr/bin/rpm\n")
		expect(t, redhat, "for c in docker chronyd curl unzip xz ipset; do command -v $c; done; echo none", "none\n")
	})
	t.Run("rpm knows what is installed", func(t *testing.T) {
		expect(t, redhat, `rpm -qf --qf '%{NAME}\n' /usr/bin/bash /usr/sbin/modprobe /usr/bin/tar /usr/bin/awk; rpm -q chrony || true`,
			"bash\nkmod\ntar\ngawk\npackage chrony is not installed\n")
	})
	t.Run("what is installed works", func(t *testing.T) {
		if _, err := redhat.Exec(ctx, `set -e
dnf -y -q install docker-ce chrony curl unzip xz ipset net-tools firewalld dnsmasq
systemctl start docker chronyd firewalld dnsmasq`); err != nil {
			t.Fatal(err)
		}
		expect(t, redhat, "docker info --format '{{.Driver}}'; systemctl is-enabled docker chronyd firewalld dnsmasq", "overlay2\ndisabled\nenabled\nenabled\ndisabled\n")
		expect(t, redhat, "chronyc -n waitsync 30 0 0 1 >/dev/null; chronyc -n tracking | grep '^Leap'", "Leap status     : Normal\n")
		expect(t, redhat, "firewall-cmd --state; systemctl is-active dnsmasq; curl -V | cut -c-4 | head -n 1; ipset list; xz --version | head -c 3",
			"running\nactive\ncurl\nxz ")
	})
	t.Run("flatcar says what it is", func(t *testing.T) {
		expect(t, flatcar, `. /etc/os-release; echo "$ID $VERSION_ID $PRETTY_NAME"`, "flatcar 2345.3.1 Flatcar Container Linux 2345.3.1 (lab imitation on Debian)\n")
		expect(t, flatcar, "for c in apt apt-get dpkg dpkg-query dnf yum rpm; do command -v $c; done; echo none", "none\n")
		expect(t, flatcar, "systemctl is-active docker.service; systemctl is-enabled docker.service docker.socket", "inactive\ndisabled\nenabled\n")
	})
	for _, when := range []string{"new", "rebooted"} {
		t.Run("flatcar, "+when, func(t *testing.T) {
			expect(t, flatcar, "touch /usr/x 2>&1; touch /opt/x && echo but /opt", "touch: cannot touch '/usr/x': Read-only file system\nbut /opt\n")
			expect(t, flatcar, "readlink /etc/resolv.conf; getent hosts bootstrap | cut -d' ' -f1",
				"../run/systemd/resolve/stub-resolv.conf\n"+l.Node("bootstrap").Address().String()+"\n")
			expect(t, flatcar, "docker info --format '{{.Driver}}'", "overlay2\n") // which its socket starts
			eventually(t, flatcar, "test -e /run/systemd/timesync/synchronized")
		})
		if when == "new" {
			if err := flatcar.Reboot(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// eventually waits until a script succeeds in the node.
func eventually(t *testing.T, n *Node, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bootPatience)
	defer cancel()
	var last error
	if poll(ctx, func() bool { _, last = n.Exec(ctx, script); return last == nil }) != nil {
		t.Errorf("%s: %s: %v", n.Name(), script, last)
	}
}
