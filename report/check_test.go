package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

func findings(node string, checks ...installer.CheckedFinding) NodeFindings {
	return NodeFindings{Node: installer.NodeName{Name: node}, Findings: checks}
}

// because is a finding with the reason of its requirement.
func because(f installer.CheckedFinding, why string) installer.CheckedFinding {
	f.Why = why
	return f
}

// byPolicy is a finding that the inventory judges in another way.
func byPolicy(f installer.CheckedFinding, status, reason string) installer.CheckedFinding {
	f.Status, f.Reason = status, reason
	return f
}

func TestCheckTable(t *testing.T) {
	off := NodeFindings{Node: installer.NodeName{Name: "n3"}, Failure: &installer.Failure{
		Node: "n3", Kind: installer.KindUnreachable, Message: "cannot reach n3: no route to host", Hint: "is it on?"}}
	tests := []struct {
		name    string
		nodes   []NodeFindings
		options TableOptions
		want    string
	}{
		{"no nodes", nil, TableOptions{}, "0 nodes: 0 fail, 0 warn, 0 pass\n"},
		{
			"all in order is one line",
			[]NodeFindings{findings("n1", tarPasses), findings("n2", tarPasses)}, TableOptions{},
			"2 nodes: 0 fail, 0 warn, 2 pass\n",
		},
		{
			"unless all is asked for",
			[]NodeFindings{findings("n1", tarPasses)}, TableOptions{All: true, Width: 100},
			"pass  tar: tar is installed: 1.34\n\n1 node: 0 fail, 0 warn, 1 pass\n",
		},
		{
			"with the reason of each requirement",
			[]NodeFindings{findings("n1", because(littleMemory, "the kernel kills"), tarPasses), findings("n2", tarPasses), findings("n3")}, TableOptions{All: true, Why: true},
			"warn  memory: there is enough memory\n" +
				"      on      n1\n" +
				"      found   7.8 GB\n" +
				"      needed  32 GB\n" +
				"      why     the kernel kills\n" +
				"      to do   give the machine more memory, or run no real load on it\n" +
				"pass  tar: tar is installed: 1.34 (n1, n2)\n\n3 nodes: 0 fail, 1 warn, 2 pass\n",
		},
		{
			"what a reboot mends",
			[]NodeFindings{findings("n1", rebootDue)}, TableOptions{Width: 60},
			"warn  reboot-pending: the node waits for no reboot\n" +
				"      on      n1\n" +
				"      found   one is due\n" +
				"      needed  none is due\n" +
				"      to do   needs a reboot: systemctl reboot\n\n" +
				"1 node: 0 fail, 1 warn, 0 pass\n",
		},
		{
			"a node that cannot be reached comes first",
			[]NodeFindings{findings("n1", noDocker), off}, TableOptions{},
			"fail  reachable: the node can be looked at\n" +
				"      on      n3\n" +
				"      found   cannot reach the node: no route to host\n" +
				"      to do   is it on?\n" +
				"fail  docker-installed: Docker is installed\n" +
				"      on      n1\n" +
				"      found   nothing\n" +
				"      needed  Docker 1.13 or later\n" +
				"      apply   will install docker.io\n" +
				"\n2 nodes: 1 node could not be looked at, 1 fail, 0 warn, 0 pass; apply mends 1 of\nthem\n",
		},
		{
			"what the inventory says of requirements",
			[]NodeFindings{findings("n1", tarPasses, byPolicy(noDocker, "off", "a podman cluster"), byPolicy(littleMemory, "warn", "a lab"))}, TableOptions{Width: 80},
			"warn  memory: there is enough memory\n" +
				"      on      n1\n" +
				"      found   7.8 GB\n" +
				"      needed  32 GB\n" +
				"      to do   give the machine more memory, or run no real load on it\n" +
				"      policy  a lab\n" +
				"off   docker-installed: Docker is installed\n" +
				"      on      n1\n" +
				"      found   nothing\n" +
				"      needed  Docker 1.13 or later\n" +
				"      policy  a podman cluster\n" +
				"\n1 node: 0 fail, 1 warn, 1 pass, 1 off\n",
		},
		{
			"what all nodes share, in colour",
			[]NodeFindings{findings("n1", littleMemory), findings("n2", littleMemory)}, TableOptions{Color: true},
			"\x1b[33mwarn\x1b[0m  memory: there is enough memory\n" +
				"      on      all 2 nodes\n" +
				"      found   7.8 GB\n" +
				"      needed  32 GB\n" +
				"      to do   give the machine more memory, or run no real load on it\n" +
				"\n2 nodes: 0 fail, 2 warn, 0 pass\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, CheckTable(tt.nodes, tt.options)); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckTableOrder(t *testing.T) {
	nodes := []NodeFindings{findings("n1", tarPasses, littleMemory, noDocker), findings("n2", port53)}
	var got []string
	for _, v := range group(nodes) {
		got = append(got, v.finding.Requirement)
	}
	want := []string{"ports", "docker-installed", "memory", "tar"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("worst first: what a person must mend, what apply mends, warnings, the rest (-want +got):\n%s", diff)
	}
}

// Every line of a table fits, whatever nodes say and however they are called.
func TestCheckTableFits(t *testing.T) {
	long := installer.CheckedFinding{Status: "fail", Title: strings.Repeat("title ", 40),
		Found: strings.Repeat("x", 300), Need: "\x1b[31m" + strings.Repeat("世界 ", 50), Fix: "mend it"}
	var nodes []NodeFindings
	for i := range 200 {
		nodes = append(nodes, findings(fmt.Sprintf("node-%03d.example.org", i), long))
	}
	nodes = append(nodes, findings("other", tarPasses))
	for _, columns := range []int{40, 80, 99, 100, 120, 200} {
		for _, all := range []bool{false, true} {
			table := CheckTable(nodes, TableOptions{Width: columns, All: all})
			for line := range strings.Lines(table) {
				if w := width(strings.TrimSuffix(line, "\n")); w > columns {
					t.Errorf("in %d columns, a line has %d: %q", columns, w, line)
				}
			}
			if strings.Contains(table, "\x1b") {
				t.Errorf("in %d columns: an escape sequence came through", columns)
			}
			if got := strings.Contains(table, "node-150"); got != all {
				t.Errorf("in %d columns, all names shown: got %v, want %v", columns, got, all)
			}
		}
	}
}
