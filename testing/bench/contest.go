package bench

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Try is how one contestant did the job once, on all nodes.
type Try struct {
	Wall, CPU time.Duration // of the contestant and all that it started; CPU does not count the nodes'
	Nodes     time.Duration // processor time of the nodes
	Memory    int64         // peak of all of the contestant's processes together, in bytes
	Failed    int           // nodes on which the job was not done, or not whole
}

// Contestant is a way to do the job, and its tries so far.
type Contestant struct {
	Name  string
	Tries []Try
}

// Contest is a job done in several ways by turns, on the same nodes. The first contestant is the one that others are
// compared with.
type Contest struct {
	Nodes       int
	Cores       int // of the machine that contestant and nodes share
	Contestants []Contestant
}

// Of is a contestant's median of something; 0 where it never tried.
func (c Contestant) Of(what func(Try) time.Duration) time.Duration {
	var all []time.Duration
	for _, t := range c.Tries {
		all = append(all, what(t))
	}
	return Median(all)
}

// What Of may be asked for.
func (t Try) wall() time.Duration  { return t.Wall }
func (t Try) cpu() time.Duration   { return t.CPU }
func (t Try) nodes() time.Duration { return t.Nodes }

// Memory is the peak of all tries, in bytes.
func (c Contestant) Memory() (most int64) {
	for _, t := range c.Tries {
		most = max(most, t.Memory)
	}
	return most
}

// Failed is how many nodes failed in all tries together.
func (c Contestant) Failed() (all int) {
	for _, t := range c.Tries {
		all += t.Failed
	}
	return all
}

// least is the nodes' own work, in the cheapest way that was seen without a failure.
func (c Contest) least() time.Duration {
	var least []time.Duration
	for _, one := range c.Contestants {
		if len(one.Tries) > 0 && one.Failed() == 0 {
			least = append(least, one.Of(Try.nodes))
		}
	}
	if len(least) == 0 {
		return 0
	}
	return slices.Min(least)
}

// Bound is the time below which nobody can come who shares the machine with the nodes: their own work, if all cores did
// nothing else.
func (c Contest) Bound() time.Duration { return c.least() / time.Duration(c.Cores) }

// Spent is all processor time that a contestant took, its own and the nodes', as a ratio to the least that the nodes
// need. Unlike a time by the clock it does not depend on what else the machine has to do.
func (c Contest) Spent(one Contestant) float64 {
	return (one.Of(Try.cpu) + one.Of(Try.nodes)).Seconds() / c.least().Seconds()
}

// Table shows the contestants. Who failed on nodes has no ratio: what was not done takes no time.
func (c Contest) Table() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	first := c.Contestants[0]
	fmt.Fprintf(w, "%d nodes\tseconds\ttimes %s\tCPU ms a node\ttimes %[2]s\tpeak MB\tthe nodes' CPU ms\tall CPU to the least\ttries\tfailed nodes\t\n", c.Nodes, first.Name)
	for _, one := range c.Contestants {
		if len(one.Tries) == 0 {
			continue
		}
		wall, cpu, spent := "-", "-", "-"
		if one.Failed() == 0 && first.Failed() == 0 {
			wall = ratio(one.Of(Try.wall), first.Of(Try.wall))
			cpu = ratio(one.Of(Try.cpu), first.Of(Try.cpu))
			spent = fmt.Sprintf("%.2f", c.Spent(one))
		}
		fmt.Fprintf(w, "%s\t%.2f\t%s\t%.1f\t%s\t%.0f\t%.1f\t%s\t%d\t%d\t\n", one.Name, one.Of(Try.wall).Seconds(), wall,
			c.each(one.Of(Try.cpu)), cpu, float64(one.Memory())/1e6, c.each(one.Of(Try.nodes)), spent, len(one.Tries), one.Failed())
	}
	_ = w.Flush() // a strings.Builder takes everything
	fmt.Fprintf(&text, "the bound is %.2f s\n", c.Bound().Seconds())
	return text.String()
}

// each is a time for one node, in milliseconds.
func (c Contest) each(d time.Duration) float64 { return d.Seconds() * 1000 / float64(c.Nodes) }

func ratio(d, to time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()/to.Seconds()) }
