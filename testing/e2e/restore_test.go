//go:build lab

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/testing/lab"
)

// condition is how a node is set: what a fix could change, and reset --restore
// has to put back.
const condition = `cd /etc
find . -xdev ! -name . ! -path './systemd/system*' -printf '%p %y %m %U:%G %l ' \( -type f -exec sha256sum {} \; -o -printf '\n' \) |
	sed 's/ \([0-9a-f]\{64\}\) .*/ \1/' | grep -ve '^\./\(group-\|gshadow-\|passwd-\|shadow-\|ld\.so\.cache\|mtab\|\.updated\)'
systemctl list-unit-files --no-legend --plain | awk '{print "unit", $1, $2}'
for unit in chrony chronyd docker docker.socket firewalld dnsmasq systemd-resolved systemd-timesyncd; do echo "$unit $(systemctl is-active $unit)"; done
getent group | sed 's/^/group /'
sed 's/^/module /' /etc/modules-load.d/*.conf 2>/dev/null
cat /proc/sys/net/ipv6/conf/all/disable_ipv6
true`

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

// asBefore fails the test where a node is not as it was before fixes.
func asBefore(t *testing.T, n *lab.Node, before []string) {
	t.Helper()
	if diff := cmp.Diff(before, conditionOf(t, n)); diff != "" {
		t.Errorf("%s (-before +after):\n%s", n.Name(), diff)
	}
}

// onAll does something for nodes of these names, all at once.
func onAll(names []string, do func(*lab.Node)) {
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Add(1)
		go func() {
			defer wg.Done()
			do(nodes.Node(name))
		}()
	}
	wg.Wait()
}

// removal is the command that takes away the packages that fixes installed, as
// the run told it for a node.
func removal(t *testing.T, said, node string) string {
	t.Helper()
	for line := range strings.Lines(said) {
		if _, command, found := strings.Cut(line, "; this removes them: "); found && strings.Contains(line, node) {
			return strings.TrimSpace(command)
		}
	}
	t.Fatalf("nothing tells how to remove the packages of %s", node)
	return ""
}
