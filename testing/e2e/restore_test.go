//go:build lab

package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/testing/lab"
)

// condition is how a node is set: what a fix could change. Files of /etc, with what
// they hold; units; groups; settings of the kernel. Backups that groupadd and its
// kin write are left out, and caches.
const condition = `cd /etc
find . -xdev ! -name . -printf '%y %m %U:%G %p %l\n' | grep -vE '^. [0-9]+ [^ ]+ \./(group|gshadow|passwd|shadow|subuid|subgid)-? |ld\.so\.cache|\./mtab |\./\.updated'
find . -xdev -type f ! -name '*-' ! -name ld.so.cache ! -name .updated -exec sha256sum {} +
systemctl list-unit-files --no-legend --plain | awk '{print "unit", $1, $2}'
for unit in chrony chronyd docker.service docker.socket firewalld dnsmasq; do echo "$unit: $(systemctl is-active $unit)"; done
if command -v ufw >/dev/null; then ufw status | sed 's/^/ufw /'; fi
getent group | sed 's/^/group /'
sed 's/^/ipv6 /' /proc/sys/net/ipv6/conf/*/disable_ipv6`

// conditionOf lists it, a line a thing.
func conditionOf(t *testing.T, n *lab.Node) []string {
	t.Helper()
	out, err := n.Exec(t.Context(), condition)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	slices.Sort(lines)
	return lines
}

// breakages are what fixes mend on any node that has all packages, beside those of
// its distribution.
const breakages = `set -e
systemctl stop docker.socket docker.service
mkdir -p /etc/docker
printf '{"storage-driver": "vfs", "log-level": "warn"}' >/etc/docker/daemon.json
systemctl start docker.service
systemctl disable docker.service
groupdel docker
hostname stranger
mkdir -p /etc/selinux
printf 'SELINUX=enforcing\nSELINUXTYPE=targeted\n' >/etc/selinux/config
for unit in firewalld dnsmasq; do
	printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/$unit.service
done
systemctl daemon-reload
systemctl enable --now firewalld.service dnsmasq.service
cp /etc/resolv.conf /run/resolv.conf
echo nameserver 192.0.2.53 >>/etc/resolv.conf
`

// restores fixes nodes as they are when they are new, and puts that back; then as
// they are when they are broken in many ways, some of their distribution, and puts
// that back.
func restores(t *testing.T, inventory string, l *lab.Lab, more string, names ...string) {
	t.Helper()
	flags := []string{"-i", inventory, "-l", strings.Join(names, ",")}
	check, reset := append([]string{"check", "--fix"}, flags...), append([]string{"reset", "--restore", "--yes", "-v"}, flags...)
	conditions := func() map[string][]string {
		all := map[string][]string{}
		for _, name := range names {
			all[name] = conditionOf(t, l.Node(name))
		}
		return all
	}
	before := conditions()
	dcosup(t, check...).must(t, 0)
	dcosup(t, reset...).must(t, 0, "changes of dcosup put back", "left the packages that dcosup installed; this removes them: ")
	for name, now := range conditions() {
		// All that was there is; what packages brought is beside it.
		for _, line := range before[name] {
			services := strings.HasSuffix(line, ": inactive") || strings.Contains(line, "./sha")
			accounts := strings.HasSuffix(line, "group") || strings.HasSuffix(line, "gshadow") || strings.HasSuffix(line, "passwd") || strings.HasSuffix(line, "shadow")
			if !services && !accounts && !slices.Contains(now, line) {
				t.Errorf("%s is not as it was when it was new: %s", name, line)
			}
		}
	}
	for _, name := range names {
		if _, err := l.Node(name).Exec(t.Context(), breakages+more); err != nil {
			t.Fatal(err)
		}
	}
	before = conditions()
	dcosup(t, check...).must(t, 0)
	if diff := cmp.Diff(before, conditions()); diff == "" {
		t.Error("the fixes changed nothing")
	}
	o := dcosup(t, reset...)
	o.must(t, 0, "put back /etc/docker/daemon.json", "put back /etc/hosts", "put back the group docker")
	if diff := cmp.Diff(before, conditions()); diff != "" {
		t.Errorf("after reset --restore (-before +after):\n%s", diff)
	}
	for _, name := range names {
		driver, err := l.Node(name).Exec(t.Context(), "docker info --format '{{.Driver}}'; ls /var/lib/dcosup/backup")
		if err != nil || driver != "vfs\njournal\n" { // which has the packages
			t.Errorf("%s: Docker's driver, and what is kept: %q, %v", name, driver, err)
		}
	}
}

// What fixes changed is put back: on new nodes of Debian that lack much, on nodes
// that are broken, and on such nodes after DC/OS was there.
func TestResetRestoresWhatFixesChanged(t *testing.T) {
	noCluster(t)
	names := []string{"agent-3", "agent-4"}
	anew(t.Context(), t, names...)
	t.Cleanup(func() { anew(context.WithoutCancel(t.Context()), t, names...) })
	restores(t, hosts(), nodes, `systemctl disable --now chrony.service
DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install ufw
ufw allow 22/tcp
ufw --force enable`, names...)

	before := conditionOf(t, nodes.Node("agent-4"))
	dcosup(t, "apply", "-i", hosts()).must(t, 0)
	// Under DC/OS no node is rebooted, and nothing is put back.
	on(t, "agent-4", "touch /run/reboot-required")
	boot := bootOf(t, "agent-4")
	dcosup(t, "apply", "--reboot", "-i", hosts()).must(t, 0, "A reboot is due on agent-4 (reboot-pending): DC/OS is there")
	if got := bootOf(t, "agent-4"); got != boot {
		t.Errorf("agent-4 was rebooted: %s, before %s", got, boot)
	}
	dcosup(t, "reset", "--yes", "-i", hosts()).must(t, 0, "dcosup reset --restore puts it back, now or later")
	dcosup(t, "reset", "--restore", "--yes", "-i", hosts()).must(t, 0, "put back")
	if diff := cmp.Diff(before, conditionOf(t, nodes.Node("agent-4"))); diff != "" {
		t.Errorf("after DC/OS (-before +after):\n%s", diff)
	}
}

// The same where packages come by dnf, and are not enabled by themselves.
func TestResetRestoresOnRedHat(t *testing.T) {
	l, err := lab.Up(t.Context(), lab.Options{
		Dir: t.TempDir(), Name: "dcosup-e2e-restore", Nodes: []string{"bootstrap", "master-1", "agent-1"},
		Flavours: map[string]lab.Flavour{"agent-1": lab.RedHat}, ReleaseBytes: -1, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	restores(t, l.InventoryPath(), l, "systemctl disable --now chronyd.service", "agent-1")
}
