package roles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// cluster makes places: a bootstrap node and so many of each other kind.
func cluster(masters, agents, public int) []Place {
	places := []Place{{"b", inventory.RoleBootstrap, "10.0.0.1"}}
	for kind, count := range map[string]int{"m": masters, "a": agents, "p": public} {
		for i := range count {
			role := map[string]inventory.Role{"m": inventory.RoleMaster, "a": inventory.RoleAgent, "p": inventory.RolePublicAgent}[kind]
			places = append(places, Place{fmt.Sprint(kind, i), role, ""})
		}
	}
	slices.SortFunc(places, func(a, b Place) int { return strings.Compare(a.Name, b.Name) })
	return places
}

func TestPaths(t *testing.T) {
	to := func(paths []Path, name string) (ways []string) {
		for _, p := range paths {
			if p.To == name {
				ways = append(ways, fmt.Sprintf("%s %s/%d", p.From, p.Proto, p.Port))
			}
		}
		return ways
	}
	tests := []struct {
		name, version string
		port          int
		node          string
		want          []string
	}{
		{"to an agent of 1.11", "1.11.12", 0, "a0", []string{"m0 icmp/0", "m1 icmp/0", "p0 icmp/0", "m0 tcp/5051", "m1 tcp/5051", "m0 tcp/61001", "m1 tcp/61001",
			"m0 tcp/61420", "m1 tcp/61420", "p0 tcp/61420", "m0 tcp/62501", "m1 tcp/62501", "p0 tcp/62501", "m0 udp/64000", "m1 udp/64000", "p0 udp/64000"}},
		{"to a master of 2.0", "2.0.1", 0, "m1", []string{"m0 icmp/0", "a0 icmp/0", "p0 icmp/0",
			"m0 tcp/80", "a0 tcp/80", "p0 tcp/80", "m0 tcp/443", "a0 tcp/443", "p0 tcp/443", "m0 tcp/2181", "a0 tcp/2181", "p0 tcp/2181",
			"m0 tcp/2888", "m0 tcp/3888", "m0 tcp/5050", "a0 tcp/5050", "p0 tcp/5050", "m0 tcp/8080", "m0 tcp/8181", "m0 tcp/9000",
			"m0 tcp/61053", "a0 tcp/61053", "p0 tcp/61053", "m0 tcp/62501", "a0 tcp/62501", "p0 tcp/62501", "m0 udp/64000", "a0 udp/64000", "p0 udp/64000"}},
		{"to the bootstrap node", "2.1.0", 8080, "b", []string{"m0 tcp/8080", "m1 tcp/8080", "a0 tcp/8080", "p0 tcp/8080"}},
		{"nobody says where the install files are", "2.1.0", 0, "b", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, to(Paths(cluster(2, 1, 1), test.version, test.port), test.node)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	// Calico came with 2.1.
	for version, want := range map[string]bool{"2.0.1": false, "2.1.0": true} {
		if got := slices.Contains(to(Paths(cluster(1, 1, 0), version, 0), "a0"), "m0 tcp/179"); got != want {
			t.Errorf("%s: port 179 is tried: %v, want %v", version, got, want)
		}
	}
}

// In a large cluster every node is still tried from each kind of node, and tries
// each kind, but the number of ways does not grow with the square of its size.
func TestPathsOfManyNodes(t *testing.T) {
	places := cluster(5, 200, 30)
	paths := Paths(places, "2.1.0", 8080)
	role := map[string]inventory.Role{}
	for _, p := range places {
		role[p.Name] = p.Role
	}
	tried := map[string]bool{}
	most := map[string]int{}
	for _, p := range paths {
		if p.From == p.To {
			t.Fatalf("a way to itself: %+v", p)
		}
		tried[fmt.Sprint(p.To, " from ", role[p.From], " ", p.Port)] = true
		tried[fmt.Sprint(p.From, " to ", role[p.To], " ", p.Port)] = true
		most[p.From]++
	}
	for _, p := range places {
		for _, other := range clusterRoles {
			if p.Role == inventory.RoleBootstrap {
				continue
			}
			for _, way := range []string{fmt.Sprint(p.Name, " from ", other, " 62501"), fmt.Sprint(p.Name, " to ", other, " 62501")} {
				if !tried[way] {
					t.Errorf("not tried: %s", way)
				}
			}
		}
		if most[p.Name] > 600 {
			t.Errorf("%s tries %d ways", p.Name, most[p.Name])
		}
	}
	if len(paths) > 40*len(places)*ringOf {
		t.Errorf("%d ways between %d nodes", len(paths), len(places))
	}
}

// What is tried are ports that DC/OS listens on.
func TestLinksArePorts(t *testing.T) {
	for _, l := range dcosLinks {
		if l.proto != "tcp" {
			continue
		}
		for _, target := range l.targets {
			found := slices.ContainsFunc(dcosPorts, func(p port) bool {
				return p.number == l.port && p.from == l.since && (p.master && target == inventory.RoleMaster || p.agent && target != inventory.RoleMaster)
			})
			if !found {
				t.Errorf("%d (%s) is no port of a %s from %q on", l.port, l.service, target, l.since)
			}
		}
	}
}

func TestJudgePaths(t *testing.T) {
	way := func(from string, port int, reach Reach) Tried {
		return Tried{Path{From: from, To: "m", Proto: "tcp", Port: port, Service: "svc"}, reach}
	}
	ping := func(from string, reach Reach) Tried {
		return Tried{Path{From: from, To: "m", Proto: "icmp", Service: "ping"}, reach}
	}
	tests := []struct {
		name   string
		tried  []Tried
		status Status
		found  string
		hint   string
	}{
		{"open", []Tried{way("a", 80, Open), way("b", 80, Open), ping("a", Open)}, Pass, "all 3 ways are open", ""},
		{"another node's", []Tried{{Path{From: "m", To: "a", Proto: "tcp"}, Silent}}, Pass, "no way to try", ""},
		{"some could not be tried", []Tried{way("a", 80, Open), way("b", 80, Untried)}, Pass, "all 2 ways are open but 1, which could not be tried", ""},
		{"none could be tried", []Tried{way("a", 80, Untried)}, Warn, "nothing could be tried", "notes"},
		{"dropped", []Tried{way("a", 80, Silent), way("a", 5050, Silent), way("b", 80, Silent), way("b", 5050, Silent), way("c", 80, Open)}, Fail,
			"80/tcp (svc), 5050/tcp (svc) from a, b: no answer", "security groups"},
		{"the most ports first", []Tried{way("a", 80, Refused), way("b", 81, Silent), way("b", 82, Silent)}, Fail,
			"81/tcp (svc), 82/tcp (svc) from b: no answer; 80/tcp (svc) from a: refused", "security groups"},
		{"no route", []Tried{way("a", 80, Unreachable)}, Fail, "80/tcp (svc) from a: no route", "security groups"},
		{"pings alone", []Tried{ping("a", Silent), way("a", 80, Open)}, Warn, "ping from a: no answer", "ICMP"},
		{"pings too", []Tried{ping("a", Silent), way("a", 80, Silent)}, Fail, "ping, 80/tcp (svc) from a: no answer", "security groups"},
		{"from many", []Tried{way("a", 80, Silent), way("b", 80, Silent), way("c", 80, Silent), way("d", 80, Silent), way("e", 80, Silent)}, Fail,
			"80/tcp (svc) from a, b, 3 more: no answer", "security groups"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := JudgePaths("m", Policy{}, test.tried)
			covered.judged(got)
			if got.Status != test.status || got.Found != test.found || !strings.Contains(got.Hint, test.hint) || (got.Status == Pass) != (got.Hint == "") {
				t.Errorf("got  %s, found %q, hint %q\nwant %s, found %q, hint %q", got.Status, got.Found, got.Hint, test.status, test.found, test.hint)
			}
		})
	}
	off := Policy{Rules: map[string]Rule{IDNetwork: {Severity: Warn, Reason: "known"}}}
	if got := JudgePaths("m", off, []Tried{way("a", 80, Silent)}); got.Status != Warn || got.Reason != "known" {
		t.Errorf("with a policy: got %s, %q", got.Status, got.Reason)
	}
}
