//go:build lab

package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// BenchmarkApply installs the cluster by hand and by `dcosup apply`, in turns,
// each time on fresh nodes. Every second round begins with dcosup, so that
// neither has the warmer machine.
func BenchmarkApply(b *testing.B) {
	up(b)
	hand, own := Column{Name: "by hand"}, Column{Name: "dcosup"}
	var handTook, ownTook []time.Duration
	byHand := func() {
		fresh(b)
		h := prepareByHand(b)
		defer h.disconnect()
		o := h.install(b)
		t, err := OfMarks(o.began, string(o.stdout))
		if err != nil {
			b.Fatal(err)
		}
		// What was installed by hand has to be a cluster by dcosup's own word.
		dcosup(b, "status")
		hand.Rounds, handTook = append(hand.Rounds, t), append(handTook, o.took)
	}
	byDcosup := func() {
		fresh(b)
		o := dcosup(b, "apply")
		t, err := OfEvents(o.began, o.stdout)
		if err != nil {
			b.Fatal(err)
		}
		own.Rounds, ownTook = append(own.Rounds, t), append(ownTook, o.took)
	}
	for round := range rounds(b, 3) {
		first, second := byHand, byDcosup
		if round%2 == 1 {
			first, second = second, first
		}
		first()
		second()
		show("round %d: by hand %.1f s, dcosup %.1f s", round+1, handTook[round].Seconds(), ownTook[round].Seconds())
	}
	show("medians of %d rounds, in seconds:\n%s", len(handTook), Table(hand, own))
	report(b, "hand", handTook)
	report(b, "dcosup", ownTook)
	reportRatio(b, "dcosup/hand", ownTook, handTook)
}

// BenchmarkCheck holds `dcosup check` against plain ssh with the same script:
// one node alone, the slowest of the seven, and all seven at once. Both connect
// anew. The nodes are in whatever state they are in, in both ways. First they
// share the machine, then each has a tenth of it, as if it were a machine of its own.
func BenchmarkCheck(b *testing.B) {
	up(b)
	h := prepareByHand(b)
	b.Run("shared", func(b *testing.B) { h.check(b) })
	b.Run("apart", func(b *testing.B) {
		share := float64(runtime.NumCPU()) / 10
		for _, n := range nodes.Nodes() {
			if err := n.Processors(b.Context(), share); err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := n.Processors(context.Background(), 0); err != nil {
					b.Errorf("what is measured next is measured on less than the machine: %v", err)
				}
			}()
		}
		h.check(b)
	})
}

func (h byHand) check(b *testing.B) {
	var check, one, all []time.Duration
	for range rounds(b, 5) {
		check = append(check, dcosup(b, "check", 3).took)
		longest := time.Duration(0)
		for _, n := range nodes.Nodes() {
			longest = max(longest, timed(b, h.probe(b, n.Name())).took)
		}
		one = append(one, longest)
		all = append(all, h.probeAll(b))
	}
	report(b, "check", check)
	report(b, "ssh-one", one)
	report(b, "ssh-all", all)
	b.ReportMetric(Median(check).Seconds()/Median(all).Seconds(), "check/ssh-all")
	reportRatio(b, "check/ssh-one", check, one)
}

// probe is ssh to one node with the script that looks at it, over a connection
// of its own.
func (h byHand) probe(b *testing.B, node string) *exec.Cmd {
	b.Helper()
	script, err := os.Open(filepath.Join(h.dir, "probe.sh"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = script.Close() })
	c := h.ssh(b, "-o", "ControlPath=none", node, "sudo sh")
	c.Stdin = script
	return c
}

// probeAll looks at all nodes at once and tells how long that took.
func (h byHand) probeAll(b *testing.B) time.Duration {
	b.Helper()
	var wg sync.WaitGroup
	failed := make(chan error, len(nodes.Nodes()))
	began := time.Now()
	for _, n := range nodes.Nodes() {
		c := h.probe(b, n.Name())
		wg.Go(func() { failed <- c.Run() })
	}
	wg.Wait()
	took := time.Since(began)
	close(failed)
	for err := range failed {
		if err != nil {
			b.Fatal(err)
		}
	}
	return took
}

// BenchmarkNothingToDo holds a second apply against a check: what it costs to
// be sure that nothing is left to do.
func BenchmarkNothingToDo(b *testing.B) {
	up(b)
	dcosup(b, "apply")
	var apply, check []time.Duration
	for range rounds(b, 5) {
		apply = append(apply, dcosup(b, "apply").took)
		check = append(check, dcosup(b, "check").took)
	}
	report(b, "apply", apply)
	report(b, "check", check)
	reportRatio(b, "apply/check", apply, check)
}
