package installer

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"dcosup/inventory"
	"dcosup/roles"
)

//go:embed scripts/bandwidth.sh
var bandwidthScript string

// What measuring may cost: 32 MB or two seconds a node, whichever comes first, which
// is enough for TCP to come up to speed over 100 ms; a minute for all nodes, one after
// another; and, where one node cannot show that the bootstrap node sends enough, the
// same once more for up to 20 at once.
const (
	takeBytes    = 32_000_000
	takeTime     = 2 * time.Second
	takeInAll    = time.Minute
	takersAtOnce = 20
)

// takePatience is how much longer than takeTime a node may need, with all that its
// connection does. Others wait for it.
const takePatience = 20 * time.Second

// bandwidth measures what the nodes get of the bootstrap node's data, and judges it.
// Nodes whose turn did not come have no finding.
func (t *network) bandwidth(ctx context.Context) map[string]roles.Finding {
	source := t.Cluster.Bootstrap()
	takers := inTurn(slices.DeleteFunc(slices.Clone(t.taking), func(n *inventory.Node) bool { return n.Role == inventory.RoleBootstrap }))
	if len(takers) == 0 {
		return nil
	}
	port := t.zerosPort(source.Name)
	t.open(ctx, source, []string{fmt.Sprintf("zeros/%d", port)})
	got := map[string]roles.Download{}
	if !t.deaf[source.Name] {
		t.tell("how fast the bootstrap node's data come is measured on %d nodes, one after another, for a minute at most", len(takers))
	}
	until := time.Now().Add(takeInAll)
	var link roles.Uplink
	for _, n := range takers {
		if t.stopped() || ctx.Err() != nil || time.Now().After(until) {
			t.tell("how fast the bootstrap node's data come was measured on %d of %d nodes; the others are not judged", len(got), len(takers))
			break
		}
		got[n.Name] = t.take(ctx, n, port)
		if got[n.Name].Rate() > link.Best.Rate() {
			link.Best = got[n.Name]
		}
	}
	policy, atOnce := t.settings[source.Name].policy, t.atOnce()
	if best := link.Best.Rate(); best > 0 && best < roles.UplinkWanted(policy, atOnce) && !t.stopped() {
		t.takeTogether(ctx, takers, port, got, &link)
	}
	found := map[string]roles.Finding{source.Name: roles.JudgeUplink(policy, atOnce, link)}
	for _, n := range takers {
		if d, has := got[n.Name]; has {
			found[n.Name] = roles.JudgeBandwidth(n.Role, t.settings[n.Name].policy, d, link)
		}
	}
	return found
}

// atOnce is how many nodes install at once, at the most: all masters, and then
// agents, of which Downloads bounds the number.
func (t *network) atOnce() int {
	masters, agents := 0, 0
	for _, n := range t.taking {
		switch n.Role {
		case inventory.RoleMaster:
			masters++
		case inventory.RoleAgent, inventory.RolePublicAgent:
			agents++
		}
	}
	return max(masters, min(agents, t.Downloads))
}

// zerosPort is that of the install files, which firewalls must let through anyway,
// or the next that nothing holds.
func (t *network) zerosPort(name string) int {
	port := t.installPort()
	for t.taken(roles.Path{To: name, Proto: "tcp", Port: port}) {
		port++
	}
	return port
}

// take has a node take some of the bootstrap node's data.
func (t *network) take(ctx context.Context, n *inventory.Node, port int) roles.Download {
	source := t.Cluster.Bootstrap().Name
	if t.deaf[source] {
		return roles.Download{}
	}
	ctx, cancel := context.WithTimeout(ctx, takeTime+takePatience)
	defer cancel()
	answer, err := t.script(ctx, n, "take data of the bootstrap node", bandwidthScript,
		[]string{t.address(source), strconv.Itoa(port), strconv.Itoa(takeBytes), strconv.Itoa(int(takeTime.Seconds()))})
	if err != nil {
		return roles.Download{}
	}
	got, err := parseTaken(answer)
	if err != nil {
		t.note(n, fmt.Errorf("take data of the bootstrap node: %w", err))
	}
	return got
}

// takeTogether has nodes that could take data by themselves do it at once. They do
// not begin at the same moment: the time is that from the first's begin to the last's
// end, by this machine's clock.
func (t *network) takeTogether(ctx context.Context, takers []*inventory.Node, port int, alone map[string]roles.Download, link *roles.Uplink) {
	able := slices.DeleteFunc(slices.Clone(takers), func(n *inventory.Node) bool { return alone[n.Name].Rate() == 0 })
	able = able[:min(len(able), takersAtOnce, t.Forks)]
	if len(able) < 2 {
		return
	}
	t.tell("how fast they come to %d nodes at once is measured", len(able))
	var first, last time.Time
	t.each(able, func(n *inventory.Node) {
		got := t.take(ctx, n, port)
		t.mu.Lock()
		defer t.mu.Unlock()
		if got.Rate() == 0 {
			return
		}
		last = time.Now()
		if began := last.Add(-got.Took); first.IsZero() || began.Before(first) {
			first = began
		}
		link.All.Bytes += got.Bytes
		link.Alone += alone[n.Name].Rate()
		link.Takers++
	})
	link.All.Took = last.Sub(first)
}

// parseTaken reads the answer of bandwidth.sh.
func parseTaken(answer string) (roles.Download, error) {
	lines, err := wholeLines(answer)
	if err != nil {
		return roles.Download{}, err
	}
	var bytes int64
	var seconds float64
	line := strings.Join(lines, "\n")
	if n, err := fmt.Sscanf(line, "%d %f", &bytes, &seconds); n != 2 || err != nil || bytes < 0 || !(seconds >= 0 && seconds < 1e6) {
		return roles.Download{}, senseless(line)
	}
	// The time is told in thousandths: what took none took less than one.
	return roles.Download{Bytes: bytes, Took: max(time.Millisecond, time.Duration(seconds*float64(time.Second)))}, nil
}

// inTurn puts masters first, and then the others in an order of which each
// beginning is spread over all: nodes that stand together in an inventory often hang
// on one switch.
func inTurn(nodes []*inventory.Node) []*inventory.Node {
	place := map[*inventory.Node]float64{}
	for i, n := range nodes {
		if n.Role != inventory.RoleMaster {
			_, place[n] = math.Modf(float64(i) * math.Phi)
		}
	}
	slices.SortStableFunc(nodes, func(a, b *inventory.Node) int { return cmp.Compare(place[a], place[b]) })
	return nodes
}
