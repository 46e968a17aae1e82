package report

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"dcosup/installer"
)

func TestFailureText(t *testing.T) {
	whole := *noRoute()
	whole.Node, whole.Step = "agent-2", "install/agent-2"
	tests := []struct {
		name    string
		failure installer.Failure
		options TableOptions
		want    string
	}{
		{
			"whole", whole, TableOptions{LogDir: "/runs/1", ASCII: true},
			"x agent-2: install\n" +
				"  dcos_install.sh cannot fetch from the bootstrap node\n" +
				"  command  bash /opt/dcos_install_tmp/dcos_install.sh slave\n" +
				"  exit     code 7\n" +
				"  stderr   curl: (7) Failed to connect to 10.0.0.1 port 8080: No route to host\n" +
				"           Failed to fetch bootstrap.tar.xz\n" +
				"  hint     open port 8080 of boot for agent-2, then apply again\n" +
				"  log      /runs/1/agent-2.log\n",
		},
		{
			"only what is known", installer.Failure{Kind: installer.KindLocked, Message: "locked by ann"}, TableOptions{},
			"✗ locked\n  locked by ann\n",
		},
		{
			"a quotation keeps its columns",
			installer.Failure{Kind: installer.KindUsage, Message: "hosts:3:5: no such key\n    dcoss:\n    ^\n\n"}, TableOptions{},
			"✗ usage\n  hosts:3:5: no such key\n      dcoss:\n      ^\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, FailureText(tt.failure, tt.options)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func at(node string, kind installer.Kind, message string) installer.Failure {
	return installer.Failure{Node: node, Step: "install/" + node, Kind: kind, Message: message}
}

func TestErrorsAreGroupedByCause(t *testing.T) {
	tests := []struct {
		name     string
		failures []installer.Failure
		causes   [][]string // nodes of each
		text     string
	}{
		{
			"one",
			[]installer.Failure{at("n1", installer.KindFailed, "disk full")},
			[][]string{{"n1"}}, "n1: install: disk full",
		},
		{
			"the node's own name does not count",
			[]installer.Failure{at("n1", installer.KindFailed, "cannot write to n1: full"),
				at("n2", installer.KindFailed, "cannot write to n2: full")},
			[][]string{{"n1", "n2"}}, "n1, n2: install: cannot write to the node: full",
		},
		{
			"two causes, mixed",
			[]installer.Failure{at("n1", installer.KindFailed, "disk full"),
				at("n2", installer.KindUnreachable, "no route"), at("n3", installer.KindFailed, "disk full")},
			[][]string{{"n1", "n3"}, {"n2"}},
			"2 causes:\n  n1, n3: install: disk full\n  n2: install: no route",
		},
		{
			"the same words of another kind are another cause",
			[]installer.Failure{at("n1", installer.KindFailed, "timeout"), at("n2", installer.KindUnreachable, "timeout")},
			[][]string{{"n1"}, {"n2"}},
			"2 causes:\n  n1: install: timeout\n  n2: install: timeout",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Errors(tt.failures)
			var many *multierror.Error
			if !errors.As(err, &many) {
				t.Fatalf("got %T, want *multierror.Error", err)
			}
			var got [][]string
			for _, e := range many.Errors {
				var cause *CauseError
				if !errors.As(e, &cause) {
					t.Fatalf("got %T, want *CauseError", e)
				}
				got = append(got, cause.Nodes())
			}
			if diff := cmp.Diff(tt.causes, got); diff != "" {
				t.Errorf("nodes of the causes (-want +got):\n%s", diff)
			}
			if err.Error() != tt.text {
				t.Errorf("got %q, want %q", err.Error(), tt.text)
			}
		})
	}
	if err := Errors(nil); err != nil {
		t.Errorf("no failures: got %v, want nil", err)
	}
}

func TestErrorsKeepsTheKind(t *testing.T) {
	err := Errors([]installer.Failure{at("n1", installer.KindUnreachable, "no route")})
	var cause *CauseError
	if !errors.As(err, &cause) || cause.Kind != installer.KindUnreachable {
		t.Errorf("got %v, want a cause of kind %s", cause, installer.KindUnreachable)
	}
}

func TestWithoutName(t *testing.T) {
	tests := []struct{ text, node, want string }{
		{"n1: full", "n1", "the node: full"},
		{"from n1 to n10", "n1", "from the node to n10"},
		{"n1-data of n1", "n1", "n1-data of the node"},
		{"10.0.0.1:22 refused", "10.0.0.1", "the node:22 refused"},
		{"no name", "", "no name"},
	}
	for _, tt := range tests {
		if got := withoutName(tt.text, tt.node); got != tt.want {
			t.Errorf("withoutName(%q, %q): got %q, want %q", tt.text, tt.node, got, tt.want)
		}
	}
}
