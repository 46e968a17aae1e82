package roles

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dcosup/inventory"
)

// The defaults are the vendor's words: masters stand in zones of one region, which
// are up to 10 ms apart, and agents may be in another region, less than 100 ms
// away. The second is what etcd leaves for a round trip, too, between its heartbeats.
const (
	mastersApart = 10 * time.Millisecond
	agentsApart  = 100 * time.Millisecond
)

// IDLatency is the requirement that JudgeLatency judges.
const IDLatency = "latency"

func latencyRequirement() Requirement {
	return Requirement{
		ID: IDLatency, Title: "Masters answer each other, and agents, fast enough", Severity: Warn, Roles: clusterRoles,
		Why: "What a master writes counts when most masters have written it: each write to ZooKeeper, etcd and Mesos's log waits for " +
			"round trips between them. Where those are long all is slow, and leaders are elected anew without need.",
		Probe: "with `check --network`: how long bash's connections to open ports of masters take, the middle one of five",
	}
}

// Trip is how long the way from a node to a master and back takes.
type Trip struct {
	From, To string // names
	Time     time.Duration
	Known    bool // it could be measured
}

// tripsOfAMaster bounds how many agents measure the way to one master. The
// connections stay in its queue, which on old kernels has room for 128.
const tripsOfAMaster = 50

// Trips returns what is to be measured, of what is tried: the ways between masters,
// and from agents to masters. left is how many agents are left out.
func Trips(places []Place, paths []Path) (trips []Trip, left int) {
	role := map[string]inventory.Role{}
	for _, p := range places {
		role[p.Name] = p.Role
	}
	agents := map[string]int{} // of a master
	chosen, has := map[Trip]bool{}, map[string]bool{}
	for _, p := range paths {
		trip := Trip{From: p.From, To: p.To}
		if role[p.To] != inventory.RoleMaster || p.Proto != "tcp" || chosen[trip] {
			continue
		}
		if role[p.From] != inventory.RoleMaster {
			if agents[p.To] == tripsOfAMaster {
				continue
			}
			agents[p.To]++
		}
		chosen[trip], has[p.From] = true, true
		trips = append(trips, trip)
	}
	for _, p := range places {
		if slices.Contains(agentsOnly, p.Role) && !has[p.Name] {
			left++
		}
	}
	return trips, left
}

// distance is two nodes, and the shorter of the two times that it takes from one to
// the other and back: what is longer waited for something else.
type distance struct {
	nodes [2]string
	Trip
	masters bool // both are masters
	limit   time.Duration
}

func (d distance) long() bool { return d.Known && d.Time > d.limit }

// part is the time as a part of the limit: above 1 it is too long.
func (d distance) part() float64 { return float64(d.Time) / float64(d.limit) }

// other is the end of the distance that is not name.
func (d distance) other(name string) string {
	if d.nodes[0] == name {
		return d.nodes[1]
	}
	return d.nodes[0]
}

// JudgeLatency judges the nodes by the ways between them that were to be measured,
// by name. What is slow is held against the node that is at fault, as far as can be
// seen. Nodes without such ways have no finding. Of the limits of two nodes the
// larger one counts.
func JudgeLatency(places []Place, policies map[string]Policy, trips []Trip) map[string]Finding {
	distances := distancesOf(places, policies, trips)
	guilty := blame(distances)
	found := map[string]Finding{}
	for _, p := range places {
		own := slices.DeleteFunc(slices.Clone(distances), func(d distance) bool { return !slices.Contains(d.nodes[:], p.Name) })
		if len(own) > 0 {
			found[p.Name] = policies[p.Name].Apply(latencyRequirement().finding(judgeDistances(p.Name, own, guilty[p.Name])))
		}
	}
	return found
}

func distancesOf(places []Place, policies map[string]Policy, trips []Trip) []distance {
	at := map[string]Place{}
	for _, p := range places {
		at[p.Name] = p
	}
	var distances []distance
	for _, t := range trips {
		ends := [2]string{min(t.From, t.To), max(t.From, t.To)}
		i := slices.IndexFunc(distances, func(d distance) bool { return d.nodes == ends })
		if i < 0 {
			masters := at[t.From].Role == inventory.RoleMaster
			distances = append(distances, distance{nodes: ends, Trip: t, masters: masters, limit: apart(at[t.From], at[t.To], policies)})
			continue
		}
		if d := &distances[i]; t.Known && (!d.Known || t.Time < d.Time) {
			d.Trip = t
		}
	}
	return distances
}

// apart is how far a node may be from a master.
func apart(from, to Place, policies map[string]Policy) time.Duration {
	var limit time.Duration
	for _, end := range []Place{from, to} {
		l := Spec{Role: end.Role, Policy: policies[end.Name]}.limits()
		if from.Role == inventory.RoleMaster {
			limit = max(limit, l.MastersApart)
		} else {
			limit = max(limit, l.AgentsApart)
		}
	}
	return limit
}

// blame tells which nodes are at fault for distances that are too long: the one of
// whose own the largest part is, then the one of what is left. If several cannot be
// told apart, all of them are.
func blame(distances []distance) map[string]bool {
	known, guilty := map[string]int{}, map[string]bool{}
	var left []distance
	for _, d := range distances {
		if d.Known {
			known[d.nodes[0]]++
			known[d.nodes[1]]++
		}
		if d.long() {
			left = append(left, d)
		}
	}
	for len(left) > 0 {
		long := map[string]int{}
		for _, d := range left {
			long[d.nodes[0]]++
			long[d.nodes[1]]++
		}
		worse := func(a, b string) int { // by part, then by number
			return cmp.Or(cmp.Compare(long[a]*known[b], long[b]*known[a]), cmp.Compare(long[a], long[b]))
		}
		worst := slices.MaxFunc(slices.Collect(maps.Keys(long)), worse)
		for name := range long {
			if worse(name, worst) == 0 {
				guilty[name] = true
			}
		}
		left = slices.DeleteFunc(left, func(d distance) bool { return guilty[d.nodes[0]] || guilty[d.nodes[1]] })
	}
	return guilty
}

// judgeDistances judges one node by its distances.
func judgeDistances(name string, distances []distance, guilty bool) Verdict {
	var slow, fast, unknown []string
	var longest, longestFast time.Duration
	slices.SortStableFunc(distances, func(a, b distance) int { return cmp.Compare(b.part(), a.part()) })
	for _, d := range distances {
		switch {
		case !d.Known:
			unknown = append(unknown, d.other(name))
		case d.long():
			slow = append(slow, fmt.Sprintf("%s to %s", trip(d.Time), d.other(name)))
		default:
			fast = append(fast, d.other(name))
			longestFast = max(longestFast, d.Time)
		}
		longest = max(longest, d.Time)
	}
	v := Verdict{OK: !guilty, Need: longestOf(distances)}
	parts := some(slow, 3)
	if fast != nil {
		parts = append(parts, fmt.Sprintf("%s to %s", atMost(longestFast), strings.Join(some(slices.Sorted(slices.Values(fast)), 3), ", ")))
	}
	v.Found = strings.Join(parts, ", ")
	switch {
	case guilty:
		v.Hint = "put masters close to each other, and agents not too far from them; or look at what the link is busy with"
	case slow != nil:
		v.Found += ": what is slow is at the other end"
	case fast == nil:
		v.OK, v.Unknown, v.Found = false, true, notMeasured
		v.Hint = "see which ports are open (the requirement " + IDNetwork + "), and the notes of the run"
		return v
	}
	v.Measured = Measure{Value: longest.Seconds(), Unit: "s"}
	v.Found += ifText(unknown != nil, "; it could not be measured to "+strings.Join(some(unknown, 3), ", "))
	return v
}

// longestOf says how long a node's distances may be.
func longestOf(distances []distance) string {
	var masters, agents time.Duration
	for _, d := range distances {
		if d.masters {
			masters = max(masters, d.limit)
		} else {
			agents = max(agents, d.limit)
		}
	}
	var kinds []string
	if masters > 0 {
		kinds = append(kinds, fmt.Sprintf("%s between masters", masters))
	}
	if agents > 0 {
		kinds = append(kinds, fmt.Sprintf("%s between an agent and a master", agents))
	}
	return "at most " + strings.Join(kinds, ", ")
}

// trip shows a time as it is measured, in milliseconds.
func trip(d time.Duration) string {
	if d < time.Millisecond {
		return "under 1ms"
	}
	return readable(d)
}

// atMost is trip for the longest of several.
func atMost(d time.Duration) string {
	if d < time.Millisecond {
		return "under 1ms"
	}
	return "at most " + readable(d)
}
