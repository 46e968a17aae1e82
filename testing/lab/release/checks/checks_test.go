package checks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dcosup/testing/lab/release/catalog"
	"dcosup/testing/lab/release/checks"
	"dcosup/testing/lab/release/node"

	"github.com/google/go-cmp/cmp"
)

// report is what the runner prints.
type report struct {
	Status int
	Checks map[string]checks.Result
	Error  string
}

func run(t *testing.T, h checks.Host, line string) (int, report) {
	t.Helper()
	var out strings.Builder
	code := checks.Command(t.Context(), h, strings.Fields(line), &out)
	var r report
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
		t.Fatalf("%s prints %q: %v", line, out.String(), err)
	}
	return code, r
}

// mesos answers as a Mesos component whose metrics are these, and gives its port.
func mesos(t *testing.T, metrics string) int {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, metrics) }))
	t.Cleanup(server.Close)
	_, text, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestChecksOfEachRole(t *testing.T) {
	for role, want := range map[string][]string{
		"master": {"clock_sync", "components_master", "curl", "docker", "ip_detect_script", "journald_dir_permissions",
			"mesos_master_replog_synchronized", "tar", "unzip", "xz"},
		"slave_public": {"clock_sync", "components_agent", "curl", "docker", "ip_detect_script", "journald_dir_permissions",
			"mesos_agent_registered_with_masters", "tar", "unzip", "xz"},
	} {
		var out strings.Builder
		h := checks.Host{Roles: []string{role}}
		if code := checks.Command(t.Context(), h, []string{"check", "--list", "node-poststart"}, &out); code != checks.OK {
			t.Fatalf("exit code %d: %s", code, out.String())
		}
		var list map[string]any
		if err := json.Unmarshal([]byte(out.String()), &list); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(list))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", role, diff)
		}
	}
}

func TestStatusFollowsWhatIsThere(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no program at all
	for name, test := range map[string]struct {
		host checks.Host
		line string
		want int
		say  string
	}{
		"recovered": {checks.Host{Node: node.Node{Address: "127.0.0.1"}, Roles: []string{"master"},
			MasterPort: mesos(t, `{"registrar/log/recovered": 1}`)}, "check node-poststart mesos_master_replog_synchronized", 0, "is 1"},
		"not recovered": {checks.Host{Node: node.Node{Address: "127.0.0.1"}, Roles: []string{"master"},
			MasterPort: mesos(t, `{"registrar/log/recovered": 0}`)}, "check node-poststart mesos_master_replog_synchronized", 2, "want 1"},
		"not registered": {checks.Host{Node: node.Node{Address: "127.0.0.1"}, Roles: []string{"slave"},
			AgentPort: mesos(t, `{"slave/registered": 0}`)}, "check node-poststart mesos_agent_registered_with_masters", 2, "want 1"},
		"nobody answers": {checks.Host{Node: node.Node{Address: "127.0.0.1"}, Roles: []string{"slave"}, AgentPort: 1},
			"check node-poststart mesos_agent_registered_with_masters", 2, "refused"},
		"no such program": {checks.Host{}, "check node-poststart unzip", 2, "not found"},
		"address":         {checks.Host{Node: node.Node{Address: "10.0.0.1"}}, "check node-prestart ip_detect_script", 0, "10.0.0.1"},
		"not an address":  {checks.Host{Node: node.Node{Address: "curl: (6)"}}, "check node-prestart ip_detect_script", 2, "no IPv4"},
		"clock unchecked": {checks.Host{}, "check node-poststart clock_sync", 0, "check_time is false"},
		"a leader": {checks.Host{Node: node.Node{Settings: catalog.Settings{Masters: []string{"127.0.0.1"}}},
			MasterPort: mesos(t, `{"master/elected": 1}`)}, "check cluster", 0, "leader is 127.0.0.1"},
		"no leader": {checks.Host{Node: node.Node{Settings: catalog.Settings{Masters: []string{"127.0.0.1"}}},
			MasterPort: mesos(t, `{"master/elected": 0}`)}, "check cluster", 2, "want one"},
	} {
		t.Run(name, func(t *testing.T) {
			code, r := run(t, test.host, test.line)
			if code != test.want || r.Status != test.want || len(r.Checks) != 1 {
				t.Errorf("got code %d, status %d, %d checks; want %d and one check", code, r.Status, len(r.Checks), test.want)
			}
			for _, c := range r.Checks {
				if !strings.Contains(c.Output, test.say) {
					t.Errorf("output %q, want %q in it", c.Output, test.say)
				}
			}
		})
	}
}

func TestWrongUse(t *testing.T) {
	for _, line := range []string{"", "check", "check everything", "check cluster none", "list cluster"} {
		if code, r := run(t, checks.Host{}, line); code != checks.Unknown || r.Error == "" {
			t.Errorf("%q: got code %d, error %q; want %d and a word", line, code, r.Error, checks.Unknown)
		}
	}
}
