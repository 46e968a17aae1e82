package installer

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dcosup/inventory"
	"dcosup/roles"
)

//go:embed scripts/latency.sh
var latencyScript string

// samplesOfTrip is how often a round trip is measured: the middle one is not of a
// packet that was lost, or of a node that was busy for a moment.
const samplesOfTrip = 5

// trips measures the round trips to masters, by ports that were found open.
func (t *network) trips(ctx context.Context) []roles.Trip {
	trips, left := roles.Trips(t.places, t.paths)
	if left > 0 {
		t.tell("the latency of %d agents is not measured: the others of a master do for it", left)
	}
	took := map[string]map[string]time.Duration{} // by node and address
	t.each(t.taking, func(n *inventory.Node) {
		if own := t.measureTrips(ctx, n, trips); own != nil {
			t.mu.Lock()
			defer t.mu.Unlock()
			took[n.Name] = own
		}
	})
	for i, trip := range trips {
		trips[i].Time, trips[i].Known = took[trip.From][t.address(trip.To)]
	}
	return trips
}

// measureTrips has a node measure its own of the trips: times by address.
func (t *network) measureTrips(ctx context.Context, n *inventory.Node, trips []roles.Trip) map[string]time.Duration {
	var args []string
	for _, trip := range trips {
		if trip.From != n.Name {
			continue
		}
		if ports := t.openPorts(trip); ports != nil {
			arg := t.address(trip.To)
			for i := range samplesOfTrip {
				arg += "/" + ports[i%len(ports)] // no port's queue is filled by them
			}
			args = append(args, arg)
		}
	}
	if args == nil {
		return nil
	}
	answer, err := t.script(ctx, n, "measure round trips", latencyScript, args)
	if err != nil {
		return nil
	}
	times, err := parseTrips(answer)
	if err != nil {
		t.note(n, fmt.Errorf("measure round trips: %w", err))
	}
	return times
}

// openPorts are those over TCP that the trip's first node found open at the other.
func (t *network) openPorts(trip roles.Trip) []string {
	var ports []string
	for _, p := range t.paths {
		if p.From == trip.From && p.To == trip.To && p.Proto == "tcp" && t.said[p.From][t.way(p)] == roles.Open {
			ports = append(ports, strconv.Itoa(p.Port))
		}
	}
	return ports
}

// parseTrips reads the answer of latency.sh: of each address the middle time.
func parseTrips(answer string) (map[string]time.Duration, error) {
	lines, err := wholeLines(answer)
	if err != nil {
		return nil, err
	}
	all := map[string][]time.Duration{}
	for _, line := range lines {
		address, text, _ := strings.Cut(line, " ")
		took, err := time.ParseDuration(text + "s")
		if err != nil || took < 0 {
			return nil, senseless(line)
		}
		all[address] = append(all[address], took)
	}
	middle := map[string]time.Duration{}
	for address, times := range all {
		slices.Sort(times)
		middle[address] = times[len(times)/2]
	}
	return middle, nil
}
