package roles

import (
	"strings"
	"testing"
	"time"

	"dcosup/inventory"
)

// taken is what was got in a second.
func taken(bytes int64) Download { return Download{Bytes: bytes, Took: time.Second} }

func TestJudgeBandwidth(t *testing.T) {
	asked := Policy{Limits: Limits{Bandwidth: 40e6}}
	free := Uplink{Best: taken(117e6)}
	const need = "at least 1.7 MB/s: about 1.5 GB in 15 minutes"
	tests := []struct {
		name   string
		policy Policy
		got    Download
		up     Uplink
		status Status
		found  string
		need   string
		hint   string
	}{
		{"a gigabit", Policy{}, taken(117e6), free, Pass, "120 MB/s", need, ""},
		{"of much in little time", Policy{}, Download{32e6, 20 * time.Millisecond}, free, Pass, "1.6 GB/s", need, ""},
		{"just enough", Policy{}, taken(1_666_666), free, Pass, "1.7 MB/s", need, ""},
		{"not quite", Policy{}, taken(1_500_000), free, Warn, "1.5 MB/s, at which about 1.5 GB take 17 minutes", need, "ethtool"},
		{"a slow link", Policy{}, Download{1_920_000, 2 * time.Second}, free, Warn, "960 kB/s, at which about 1.5 GB take 27 minutes", need, "ethtool"},
		{"a modem", Policy{}, taken(7000), free, Warn, "7.0 kB/s, at which about 1.5 GB take 60 hours", need, "ethtool"},
		{"nothing", Policy{}, Download{}, free, Warn, "it could not be measured", need, "network"},
		{"nothing in some time", Policy{}, Download{Took: time.Second}, free, Warn, "it could not be measured", need, "network"},
		{"the bootstrap node is slow", Policy{}, taken(970e3), Uplink{taken(980e3), 5, taken(1e6), 48e5}, Pass, "970 kB/s, which is all that the bootstrap node sends", need, ""},
		{"it is, and the node more so", Policy{}, taken(400e3), Uplink{taken(980e3), 5, taken(1e6), 48e5}, Warn, "400 kB/s, at which about 1.5 GB take 63 minutes", need, "ethtool"},
		{"all nodes are slow", Policy{}, taken(970e3), Uplink{taken(980e3), 5, taken(47e5), 48e5}, Warn, "970 kB/s, at which about 1.5 GB take 26 minutes", need, "ethtool"},
		{"no other node is there", Policy{}, taken(970e3), Uplink{Best: taken(970e3)}, Warn, "970 kB/s, at which about 1.5 GB take 26 minutes", need, "ethtool"},
		{"a limit of its own", asked, taken(30e6), free, Warn, "30 MB/s, at which about 1.5 GB take a minute", "at least 40 MB/s", "ethtool"},
		{"a policy", Policy{Rules: map[string]Rule{IDBandwidth: {Severity: Fail}}}, taken(1), free, Fail, "0.0 kB/s, at which about 1.5 GB take 416667 hours", need, "ethtool"},
		{"a policy, and nothing is known", Policy{Rules: map[string]Rule{IDBandwidth: {Severity: Fail}}}, Download{}, free, Warn, "it could not be measured", need, "network"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := JudgeBandwidth(inventory.RoleAgent, test.policy, test.got, test.up)
			covered.judged(got)
			holds(t, got, test.status, test.found, test.need, test.hint)
		})
	}
}

// holds compares a finding that has a number, where one could be measured.
func holds(t *testing.T, got Finding, status Status, found, need, hint string) {
	t.Helper()
	if got.Status != status || got.Found != found || got.Need != need || !strings.Contains(got.Hint, hint) || (status == Pass) != (got.Hint == "") {
		t.Errorf("got  %s, found %q, need %q, hint %q\nwant %s, found %q, need %q, hint %q", got.Status, got.Found, got.Need, got.Hint, status, found, need, hint)
	}
	if (got.Measured == Measure{}) != (found == notMeasured) {
		t.Errorf("found %q, measured %v", found, got.Measured)
	}
}

func TestJudgeUplink(t *testing.T) {
	const need5, need100 = "at least 8.3 MB/s: 1.7 MB/s for each of 5 nodes that install at once", "at least 170 MB/s: 1.7 MB/s for each of 100 nodes that install at once"
	tests := []struct {
		name   string
		policy Policy
		atOnce int
		up     Uplink
		status Status
		found  string
		need   string
		hint   string
	}{
		{"one node shows it", Policy{}, 5, Uplink{Best: taken(117e6)}, Pass, "120 MB/s to one node", need5, ""},
		{"several together show it", Policy{}, 100, Uplink{taken(117e6), 20, taken(900e6), 2340e6}, Pass, "900 MB/s to 20 nodes at once", need100, ""},
		{"it has no more", Policy{}, 100, Uplink{taken(117e6), 20, taken(117e6), 2340e6}, Warn,
			"120 MB/s to 20 nodes at once, at which about 1.5 GB for each take 22 minutes", need100, "faster link"},
		{"it is slow", Policy{}, 5, Uplink{taken(1e6), 5, taken(1e6), 5e6}, Warn, "1.0 MB/s to 5 nodes at once, at which about 1.5 GB for each take 2 hours", need5, "faster link"},
		{"all nodes are slow", Policy{}, 5, Uplink{taken(1e6), 5, taken(48e5), 5e6}, Pass, "4.8 MB/s to 5 nodes at once, which is all that they can take", need5, ""},
		{"some nodes are slow", Policy{}, 100, Uplink{taken(1e6), 20, taken(19e6), 20e6}, Warn,
			"19 MB/s to 20 nodes at once; whether it has more could not be measured", need100, "notes"},
		{"it was not tried together", Policy{}, 100, Uplink{Best: taken(117e6)}, Warn, "120 MB/s to one node; whether it has more could not be measured", need100, "notes"},
		{"the only node is slow", Policy{}, 1, Uplink{Best: taken(1e6)}, Warn, "1.0 MB/s to one node, at which about 1.5 GB for each take 25 minutes", "at least 1.7 MB/s", "faster link"},
		{"nothing came", Policy{}, 5, Uplink{}, Warn, "it could not be measured", need5, "notes"},
		{"a limit of its own", Policy{Limits: Limits{Bandwidth: 20e6}}, 5, Uplink{Best: taken(117e6)}, Pass, "120 MB/s to one node",
			"at least 100 MB/s: 20 MB/s for each of 5 nodes that install at once", ""},
		{"a policy, and nothing is known", Policy{Rules: map[string]Rule{IDBandwidth: {Severity: Fail}}}, 5, Uplink{}, Warn, "it could not be measured", need5, "notes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := JudgeUplink(test.policy, test.atOnce, test.up)
			covered.judged(got)
			holds(t, got, test.status, test.found, test.need, test.hint)
		})
	}
}
