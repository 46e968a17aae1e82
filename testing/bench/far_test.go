//go:build lab

package bench

import (
	"path/filepath"
	"testing"
	"time"

	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
	"dcosup/testing/farm"
)

// roundTrip is that of BenchmarkFar: so long that what else the machine does blurs little.
const roundTrip = 200 * time.Millisecond

// BenchmarkFar tells how often a command has to wait for the nodes: what it takes longer over a long way, in round trips.
// exec connects and runs one script, check runs two of which the second needs the first one's answers. On seven nodes the
// waiting of one overlaps with the work of others, which share this machine; alone tells of one node, and stage of each
// further script there.
func BenchmarkFar(b *testing.B) {
	f := grow(b, 7)
	cluster := f.cluster(b)
	far, err := f.Far(roundTrip)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := far.Close(); err != nil {
			b.Error(err)
		}
	})
	commands := []struct {
		name     string
		args     []string
		answered func(said string) int
		nodes    int
	}{
		{"cold", []string{"exec", "--script", filepath.Join(f.job, "job.sh")}, probed, 7},
		{"cold-alone", []string{"exec", "-l", f.Nodes[0].Name, "--", "true"}, func(said string) int { return lines(said, `"ok":true`) }, 1},
		{"check", []string{"check", "-i", cluster}, found, 7},
	}
	near, away := make([][]Try, len(commands)), make([][]Try, len(commands))
	for range rounds(b, 9) {
		for i, c := range commands {
			for inventory, tries := range map[string]*[]Try{f.Inventory(): &near[i], far.Inventory(): &away[i]} {
				t, said := f.work(b, dcosupOn(b.Context(), inventory, c.args...), "")
				if got := c.answered(said); got != c.nodes {
					b.Fatalf("%s: %d nodes answered, want %d:\n%s", c.name, got, c.nodes, said)
				}
				*tries = append(*tries, t)
			}
		}
	}
	b.ReportMetric((stage(b, far.Clients)-stage(b, f.Clients)).Seconds()/roundTrip.Seconds(), "trips-stage")
	for i, c := range commands {
		b.ReportMetric((seconds(away[i])-seconds(near[i])).Seconds()/roundTrip.Seconds(), "trips-"+c.name)
	}
	b.ReportMetric(0, "ns/op") // of no meaning here; 0 takes it out of the line
}

// stage is how long a script takes on the first node over a connection that has run one before.
func stage(b *testing.B, clients farm.Clients) time.Duration {
	b.Helper()
	inv, err := inventory.Load(inventory.Options{Sources: []string{clients.Inventory()}})
	if err != nil {
		b.Fatal(err)
	}
	nodes, err := inv.Nodes()
	if err != nil {
		b.Fatal(err)
	}
	ways, err := reach.New(nodes, reach.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d := &remote.Dialer{}
	defer d.Close()
	c, err := d.Connect(b.Context(), ways.Target(nodes[0].Name))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	var took []time.Duration
	for i := range 1 + rounds(b, 9) {
		began := time.Now()
		if _, err := c.Run(b.Context(), remote.Command{Script: ":"}); err != nil {
			b.Fatal(err)
		}
		if i > 0 {
			took = append(took, time.Since(began))
		}
	}
	return Median(took)
}
