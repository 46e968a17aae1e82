package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
	"dcosup/inventory"
)

func TestSummaryText(t *testing.T) {
	var fleet []installer.NodeResult
	for i := range 1000 {
		n := installer.NodeResult{Name: fmt.Sprint("a", i), Role: inventory.RoleAgent, State: installer.Healthy}
		if i == 7 {
			n.State, n.Detail = installer.Unreachable, "no route to host"
		}
		fleet = append(fleet, n)
	}
	failed := *noRoute()
	failed.Node, failed.Step = "a7", "install/a7"
	tests := []struct {
		name    string
		summary installer.Summary
		want    string
	}{
		{
			"nothing changed", installer.Summary{Command: "apply", OK: true, Seconds: 2.5},
			"✓ apply is done, nothing changed, in 2.5s\n",
		},
		{
			"a run that could not begin",
			installer.Summary{Command: "apply", Failures: []installer.Failure{{Kind: installer.KindUsage, Message: "hosts:1:1: no such file"}}},
			"✗ usage\n  hosts:1:1: no such file\n\n✗ apply failed, nothing changed\n",
		},
		{
			"of a thousand nodes, those that need a look are listed",
			installer.Summary{Command: "status", Cluster: "big", Nodes: fleet, Seconds: 3},
			"node        role          state        changes  detail\n" +
				"a7          agent         unreachable  -        no route to host\n" +
				"999 agent nodes healthy\n\n✗ status of big failed on 1 of 1000 nodes, in 3.0s\n",
		},
		{
			"a failure that nobody has seen yet is whole",
			installer.Summary{Command: "status", Failures: []installer.Failure{failed}, Next: "dcosup apply"},
			"✗ a7: install\n" +
				"  dcos_install.sh cannot fetch from the bootstrap node\n" +
				"  command  bash /opt/dcos_install_tmp/dcos_install.sh slave\n" +
				"  exit     code 7\n" +
				"  stderr   curl: (7) Failed to connect to 10.0.0.1 port 8080: No route to host\n" +
				"           Failed to fetch bootstrap.tar.xz\n" +
				"  hint     open port 8080 of boot for agent-2, then apply again\n" +
				"  log      /r/a7.log\n\n✗ status failed\n  next     dcosup apply\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := SummaryText(tt.summary, TableOptions{LogDir: "/r"})
			if tt.summary.Nodes != nil { // widths follow the contents
				got, tt.want = squeeze(got), squeeze(tt.want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

// squeeze makes one space of several.
func squeeze(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func TestSummaryShowsEveryNodeOnDemand(t *testing.T) {
	s := installer.Summary{OK: true}
	for i := range 100 {
		s.Nodes = append(s.Nodes, installer.NodeResult{Name: fmt.Sprint("a", i), State: installer.Healthy})
	}
	for all, want := range map[bool]bool{true: true, false: false} {
		if got := strings.Contains(SummaryText(s, TableOptions{All: all}), "a99"); got != want {
			t.Errorf("all %v: node listed: got %v, want %v", all, got, want)
		}
	}
}
