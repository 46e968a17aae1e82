package roles

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// apartBy are trips, both ways where masters are at both ends, as "m0 m1 60":
// milliseconds, or ? if it could not be measured.
func apartBy(lines ...string) (trips []Trip) {
	for _, line := range lines {
		var t Trip
		var ms int
		n, _ := fmt.Sscanf(line, "%s %s %d", &t.From, &t.To, &ms)
		t.Known, t.Time = n == 3, time.Duration(ms)*time.Millisecond
		trips = append(trips, t)
		if t.From[0] == 'm' {
			trips = append(trips, Trip{From: t.To, To: t.From, Time: t.Time, Known: t.Known})
		}
	}
	return trips
}

func TestJudgeLatency(t *testing.T) {
	wide := Policy{Limits: Limits{MastersApart: 80 * time.Millisecond, AgentsApart: 200 * time.Millisecond}}
	tests := []struct {
		name     string
		policies map[string]Policy
		trips    []Trip
		want     string // the nodes that have findings, with what is not met
		node     string // whose finding says:
		found    string
		need     string
	}{
		{"nothing to measure", nil, nil, "", "", "", ""},
		{"all close", nil, apartBy("m0 m1 0", "m0 m2 3", "m1 m2 0", "a0 m0 0", "a1 m0 0"), "a0 a1 m0 m1 m2",
			"m0", "at most 3ms to a0, a1, 2 more", "at most 10ms between masters, 100ms between an agent and a master"},
		{"at the limits", nil, apartBy("m0 m1 10", "a0 m0 100"), "a0 m0 m1", "m1", "at most 10ms to m0", "at most 10ms between masters"},
		{"under what can be measured", nil, apartBy("a0 m0 0"), "a0 m0", "a0", "under 1ms to m0", "at most 100ms between an agent and a master"},
		{"a master is far from all", nil, apartBy("m0 m1 60", "m1 m2 61", "m0 m2 0", "a0 m0 0", "a0 m1 60"), "a0 m0 m1:warn m2",
			"m1", "61ms to m2, 60ms to m0, at most 60ms to a0", ""},
		{"and the others say so", nil, apartBy("m0 m1 60", "m1 m2 61", "m0 m2 0", "a0 m0 0", "a0 m1 60"), "a0 m0 m1:warn m2",
			"m0", "60ms to m1, under 1ms to a0, m2: what is slow is at the other end", ""},
		{"an agent is far from all masters", nil, apartBy("m0 m1 0", "m1 m2 0", "m0 m2 0", "a0 m0 150", "a0 m1 151", "a0 m2 150", "a1 m0 0"), "a0:warn a1 m0 m1 m2",
			"a0", "151ms to m1, 150ms to m0, 150ms to m2", ""},
		{"a master is far from the agents only", nil, apartBy("a0 m0 150", "a1 m0 150", "p0 m0 150"), "a0 a1 m0:warn p0",
			"m0", "150ms to a0, 150ms to a1, 150ms to p0", ""},
		{"the worst first, by its limit", nil, apartBy("m0 m1 60", "a0 m1 300", "a1 m1 101", "p0 m1 101"), "a0 a1 m0 m1:warn p0",
			"m1", "60ms to m0, 300ms to a0, 2 more", ""},
		{"two that cannot be told apart", nil, apartBy("m0 m1 60"), "m0:warn m1:warn", "m0", "60ms to m1", "at most 10ms between masters"},
		{"two are far", nil, apartBy("m0 m1 60", "m0 m2 0", "m1 m2 60", "a0 m0 150", "a0 m2 150", "a1 m0 0", "a1 m2 0"), "a0:warn a1 m0 m1:warn m2", "m1", "60ms to m0, 60ms to m2", ""},
		{"one way was slower", nil, []Trip{{"m0", "m1", 50 * time.Millisecond, true}, {"m1", "m0", 0, true}}, "m0 m1", "m0", "under 1ms to m1", ""},
		{"one way is not known", nil, []Trip{{"m0", "m1", 0, false}, {"m1", "m0", 50 * time.Millisecond, true}}, "m0:warn m1:warn", "m0", "50ms to m1", ""},
		{"nothing could be measured", nil, apartBy("m0 m1 ?", "a0 m1 0"), "a0 m0:warn m1", "m0", "it could not be measured", "at most 10ms between masters"},
		{"some could not be measured", nil, apartBy("m0 m1 ?", "a0 m1 0"), "a0 m0:warn m1", "m1", "under 1ms to a0; it could not be measured to m0", ""},
		{"limits of their own", map[string]Policy{"m0": wide, "m1": wide, "a0": wide}, apartBy("m0 m1 60", "a0 m0 150"), "a0 m0 m1",
			"m0", "at most 150ms to a0, m1", "at most 80ms between masters, 200ms between an agent and a master"},
		{"of one end only", map[string]Policy{"m1": wide}, apartBy("m0 m1 60", "m0 m2 60", "m1 m2 60"), "m0:warn m1 m2:warn", "m1", "at most 60ms to m0, m2", ""},
		{"a policy", map[string]Policy{"m0": {Rules: map[string]Rule{IDLatency: {Severity: Fail}}}, "m1": {Rules: map[string]Rule{IDLatency: {Severity: Off, Reason: "far"}}}},
			apartBy("m0 m1 60"), "m0:fail m1:off", "", "", ""},
		{"a policy, and nothing is known", map[string]Policy{"m0": {Rules: map[string]Rule{IDLatency: {Severity: Fail}}}}, apartBy("m0 m1 ?"), "m0:warn m1:warn", "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := JudgeLatency(cluster(3, 2, 1), test.policies, test.trips)
			var words []string
			for _, p := range cluster(3, 2, 1) {
				f, has := got[p.Name]
				if !has {
					continue
				}
				covered.judged(f)
				words = append(words, p.Name+ifText(f.Status != Pass, ":"+f.Status.String()))
				if (f.Status == Warn || f.Status == Fail) != (f.Hint != "") {
					t.Errorf("%s: %s, hint %q", p.Name, f.Status, f.Hint)
				}
				if (f.Measured == Measure{}) != (f.Found == notMeasured) {
					t.Errorf("%s: found %q, measured %v", p.Name, f.Found, f.Measured)
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(words, " ")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if f := got[test.node]; f.Found != test.found || test.need != "" && f.Need != test.need {
				t.Errorf("%s: got  %q, need %q\nwant %q, need %q", test.node, f.Found, f.Need, test.found, test.need)
			}
		})
	}
}

// Between masters both ways are measured, from agents one; of many agents of a
// master some do.
func TestTrips(t *testing.T) {
	of := func(masters, agents, public int) ([]Trip, int) {
		places := cluster(masters, agents, public)
		return Trips(places, Paths(places, "2.1.0", 8080))
	}
	trips, left := of(2, 1, 1)
	var got []string
	for _, trip := range trips {
		got = append(got, trip.From+" "+trip.To)
	}
	if want := "m0 m1, m1 m0, a0 m0, a0 m1, p0 m0, p0 m1"; strings.Join(got, ", ") != want || left != 0 {
		t.Errorf("got  %v, and %d are left\nwant %s", got, left, want)
	}
	for _, tc := range []struct{ masters, agents, trips, left int }{
		{1, 0, 0, 0}, {1, 50, 50, 0}, {1, 70, 50, 20}, {3, 150, 6 + 150, 0}, {3, 200, 6 + 150, 50}, {5, 200, 20 + 200, 0},
	} {
		trips, left := of(tc.masters, tc.agents, 0)
		to := map[string]int{}
		for _, trip := range trips {
			if trip.From[0] == 'a' {
				to[trip.To]++
			}
		}
		for name, n := range to {
			if n > tripsOfAMaster {
				t.Errorf("%d agents measure the way to %s", n, name)
			}
		}
		if len(trips) != tc.trips || left != tc.left {
			t.Errorf("%d masters, %d agents: got %d trips, %d agents are left, want %d, %d", tc.masters, tc.agents, len(trips), left, tc.trips, tc.left)
		}
	}
}
