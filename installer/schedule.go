package installer

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// schedule executes the steps of a plan: each as soon as all that it waits for
// has ended, many at once, and none whose ground is gone. It knows nothing of
// nodes: what a step does is do's affair.
type schedule struct {
	// Do carries out one step. Its error makes the step Failed.
	Do func(context.Context, Step) (Outcome, error)
	// Limit is how many steps of an action may run at once; 0 means no bound.
	Limit func(Action) int
	// MaxFail is how many nodes may fail before nothing new is started; below
	// zero there is no bound.
	MaxFail int
	// Stop, when closed, starts nothing new; what runs is waited for.
	Stop <-chan struct{}
	// Started and Ended are told of every step, one call at a time.
	Started func(Step)
	Ended   func(Step, result)
}

// result is how a step ended. Because names the step that took its ground away.
type result struct {
	Outcome Outcome
	Err     error
	Because string
	Took    time.Duration
}

var errGraph = errors.New("the plan is not a graph that can be walked")

// checkGraph refuses a plan whose steps wait for what is not there, or for
// each other in a circle: executing it would wait for ever.
func checkGraph(steps []Step) error {
	waits := map[string][]string{}
	for _, s := range steps {
		if _, twice := waits[s.ID]; twice {
			return fmt.Errorf("%w: step %s stands in it twice", errGraph, s.ID)
		}
		waits[s.ID] = append(append([]string{}, s.After...), s.Settled...)
	}
	const open, closed = 1, 2
	mark := map[string]int{}
	var visit func(id string) error
	visit = func(id string) error {
		if mark[id] == closed {
			return nil
		}
		if mark[id] == open {
			return fmt.Errorf("%w: %s waits for itself", errGraph, id)
		}
		mark[id] = open
		for _, on := range waits[id] {
			if _, known := waits[on]; !known {
				return fmt.Errorf("%w: %s waits for %s, which is not in it", errGraph, id, on)
			}
			if err := visit(on); err != nil {
				return err
			}
		}
		mark[id] = closed
		return nil
	}
	for _, s := range steps {
		if err := visit(s.ID); err != nil {
			return err
		}
	}
	return nil
}

// Run executes the steps and returns how each of them ended. One goroutine,
// this one, owns all state; steps run in goroutines of their own and report
// back over a channel, so that Run returns only when none is left.
func (s schedule) Run(ctx context.Context, steps []Step) (map[string]result, error) {
	if err := checkGraph(steps); err != nil {
		return nil, err
	}
	w := walk{schedule: s, results: map[string]result{}, running: map[Action]int{},
		failed: map[string]bool{}, ended: make(chan ending), stop: s.Stop}
	w.waiting = append(w.waiting, steps...)
	for {
		w.startReady(ctx)
		if w.active == 0 {
			return w.results, nil
		}
		select {
		case e := <-w.ended:
			w.settle(e)
		case <-w.stop:
			w.stop, w.halted = nil, true // nil: a closed channel would be chosen for ever
		}
	}
}

type ending struct {
	step Step
	result
}

// walk is the state of one Run.
type walk struct {
	schedule
	waiting []Step
	results map[string]result
	running map[Action]int
	failed  map[string]bool // nodes with a failed step
	active  int
	halted  bool
	stop    <-chan struct{}
	ended   chan ending
}

// startReady starts every step that may start now, and ends those that never
// will. Ending one can take the ground from another, hence the loop.
func (w *walk) startReady(ctx context.Context) {
	for again := true; again; {
		again = false
		var rest []Step
		for _, step := range w.waiting {
			switch verdict, because := w.verdict(ctx, step); verdict {
			case mayStart:
				w.start(ctx, step)
			case mustWait:
				rest = append(rest, step)
			default:
				w.record(step, result{Outcome: Outcome(verdict), Because: because})
				again = true
			}
		}
		w.waiting = rest
	}
}

type verdict string

const (
	mayStart   verdict = "start"
	mustWait   verdict = "wait"
	mustSkip           = verdict(Skipped)
	mustCancel         = verdict(Cancelled)
)

// verdict says whether a step may start, and if it never will, because of which step.
func (w *walk) verdict(ctx context.Context, step Step) (verdict, string) {
	for _, id := range step.After {
		if r, ended := w.results[id]; ended && r.Outcome != Changed && r.Outcome != Unchanged {
			return mustSkip, id
		}
	}
	if ctx.Err() != nil || (w.stopped() || w.tooManyFailed()) && !step.Always {
		return mustCancel, ""
	}
	for _, ids := range [][]string{step.After, step.Settled} {
		for _, id := range ids {
			if _, ended := w.results[id]; !ended {
				return mustWait, ""
			}
		}
	}
	if limit := w.limit(step.Action); limit > 0 && w.running[step.Action] >= limit {
		return mustWait, ""
	}
	return mayStart, ""
}

func (w *walk) limit(a Action) int {
	if w.Limit == nil {
		return 0
	}
	return w.Limit(a)
}

func (w *walk) tooManyFailed() bool { return w.MaxFail >= 0 && len(w.failed) > w.MaxFail }

// stopped looks at the stop channel itself: it may have been closed while
// steps were being started.
func (w *walk) stopped() bool {
	select {
	case <-w.stop:
		w.stop, w.halted = nil, true
	default:
	}
	return w.halted
}

func (w *walk) start(ctx context.Context, step Step) {
	w.active++
	w.running[step.Action]++
	if w.Started != nil {
		w.Started(step)
	}
	go func() {
		began := time.Now()
		outcome, err := w.Do(ctx, step)
		switch {
		case err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()):
			outcome = Cancelled
		case err != nil:
			outcome = Failed
		}
		w.ended <- ending{step, result{Outcome: outcome, Err: err, Took: time.Since(began)}}
	}()
}

func (w *walk) settle(e ending) {
	w.active--
	w.running[e.step.Action]--
	if e.Outcome == Failed {
		w.failed[e.step.Node] = true
	}
	w.record(e.step, e.result)
}

func (w *walk) record(step Step, r result) {
	w.results[step.ID] = r
	if w.Ended != nil {
		w.Ended(step, r)
	}
}
