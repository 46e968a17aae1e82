package installer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder notes the order in which steps start, and lets chosen ones fail.
type recorder struct {
	mu    sync.Mutex
	order []string
	fail  map[string]bool
}

func (r *recorder) do(_ context.Context, s Step) (Outcome, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order = append(r.order, s.ID)
	if r.fail[s.ID] {
		return "", errors.New("told to fail")
	}
	return Changed, nil
}

func outcomes(results map[string]result) map[string]Outcome {
	got := map[string]Outcome{}
	for id, r := range results {
		got[id] = r.Outcome
	}
	return got
}

func TestScheduleWhatAFailureTakesAway(t *testing.T) {
	steps := []Step{
		{ID: "fix/a", Node: "a"},
		{ID: "fix/b", Node: "b"},
		{ID: "install/a", Node: "a", After: []string{"fix/a"}},
		{ID: "install/b", Node: "b", After: []string{"fix/b"}},
		{ID: "healthy/a", Node: "a", After: []string{"install/a"}},
		{ID: "verify/a", Node: "a", Settled: []string{"install/a", "install/b"}},
	}
	for _, tc := range []struct {
		name string
		fail []string
		want map[string]Outcome
	}{
		{"all goes well", nil, map[string]Outcome{"fix/a": Changed, "fix/b": Changed, "install/a": Changed,
			"install/b": Changed, "healthy/a": Changed, "verify/a": Changed}},
		{"a failed node stops only its own chain", []string{"fix/b"}, map[string]Outcome{"fix/a": Changed, "fix/b": Failed,
			"install/a": Changed, "install/b": Skipped, "healthy/a": Changed, "verify/a": Changed}},
		{"what builds on a skipped step is skipped too", []string{"fix/a"}, map[string]Outcome{"fix/a": Failed, "fix/b": Changed,
			"install/a": Skipped, "install/b": Changed, "healthy/a": Skipped, "verify/a": Changed}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &recorder{fail: map[string]bool{}}
			for _, id := range tc.fail {
				r.fail[id] = true
			}
			results, err := schedule{Do: r.do, MaxFail: -1}.Run(context.Background(), steps)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, outcomes(results)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScheduleStartsAStepOnlyAfterWhatItWaitsFor(t *testing.T) {
	r := &recorder{}
	steps := []Step{
		{ID: "c", After: []string{"b"}},
		{ID: "b", After: []string{"a"}},
		{ID: "a"},
		{ID: "d", Settled: []string{"c"}},
	}
	if _, err := (schedule{Do: r.do, MaxFail: -1}).Run(context.Background(), steps); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(r.order, " "), "a b c d"; got != want {
		t.Errorf("order: got %s, want %s", got, want)
	}
}

func TestScheduleKeepsToTheLimitOfAnAction(t *testing.T) {
	var steps []Step
	for _, node := range []string{"a", "b", "c", "d", "e"} {
		steps = append(steps, Step{ID: "install/" + node, Node: node, Action: ActInstall})
	}
	const limit = 2
	var mu sync.Mutex
	now, most := 0, 0
	gate := make(chan struct{}, limit) // a third step at once could not enter, and would be counted
	s := schedule{MaxFail: -1,
		Limit: func(Action) int { return limit },
		Do: func(context.Context, Step) (Outcome, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			select {
			case gate <- struct{}{}:
				defer func() { <-gate }()
			default:
				return "", errors.New("a third step ran")
			}
			mu.Lock()
			now--
			mu.Unlock()
			return Changed, nil
		}}
	results, err := s.Run(context.Background(), steps)
	if err != nil {
		t.Fatal(err)
	}
	for id, r := range results {
		if r.Outcome != Changed {
			t.Errorf("%s: %s: %v", id, r.Outcome, r.Err)
		}
	}
	if most > limit {
		t.Errorf("steps at once: got %d, want at most %d", most, limit)
	}
}

func TestScheduleStartsNothingAfterStop(t *testing.T) {
	stop := make(chan struct{})
	s := schedule{MaxFail: -1, Stop: stop, Do: func(context.Context, Step) (Outcome, error) {
		close(stop) // as if Ctrl-C came while the first step runs
		return Changed, nil
	}}
	results, err := s.Run(context.Background(), []Step{{ID: "a"}, {ID: "b", After: []string{"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Outcome{"a": Changed, "b": Cancelled}
	if diff := cmp.Diff(want, outcomes(results)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestScheduleTakesBackWhatItDidAfterStop(t *testing.T) {
	stop := make(chan struct{})
	s := schedule{MaxFail: -1, Stop: stop, Do: func(_ context.Context, step Step) (Outcome, error) {
		if step.ID == "serve" {
			close(stop)
		}
		return Changed, nil
	}}
	results, err := s.Run(context.Background(), []Step{
		{ID: "serve"}, {ID: "install", After: []string{"serve"}},
		{ID: "stop-serve", After: []string{"serve"}, Settled: []string{"install"}, Always: true},
		{ID: "never", After: []string{"install"}}, {ID: "stop-never", After: []string{"never"}, Always: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Outcome{"serve": Changed, "install": Cancelled, "stop-serve": Changed,
		"never": Skipped, "stop-never": Skipped}
	if diff := cmp.Diff(want, outcomes(results)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestScheduleStopsAfterTooManyFailedNodes(t *testing.T) {
	r := &recorder{fail: map[string]bool{"a": true}}
	s := schedule{Do: r.do, MaxFail: 0, Limit: func(Action) int { return 1 }}
	results, err := s.Run(context.Background(), []Step{{ID: "a", Node: "a"}, {ID: "b", Node: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Outcome{"a": Failed, "b": Cancelled}
	if diff := cmp.Diff(want, outcomes(results)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestScheduleCancelledWhileAStepRuns(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := schedule{MaxFail: -1, Do: func(ctx context.Context, _ Step) (Outcome, error) {
		cancel()
		<-ctx.Done()
		return "", ctx.Err()
	}}
	results, err := s.Run(ctx, []Step{{ID: "a"}, {ID: "b", After: []string{"a"}}})
	if err != nil {
		t.Fatal(err)
	}
	got := outcomes(results)
	// Whether b is looked at before a has ended, or after, is chance; it is not begun either way.
	if b := got["b"]; got["a"] != Cancelled || b != Skipped && b != Cancelled {
		t.Errorf("outcomes: got %v, want a cancelled and b not begun", got)
	}
}

func TestScheduleRefusesWhatItCouldNeverFinish(t *testing.T) {
	for _, tc := range []struct {
		name  string
		steps []Step
		want  string
	}{
		{"a circle", []Step{{ID: "a", After: []string{"b"}}, {ID: "b", Settled: []string{"a"}}}, "waits for itself"},
		{"a missing step", []Step{{ID: "a", After: []string{"x"}}}, "waits for x, which is not in it"},
		{"the same step twice", []Step{{ID: "a"}, {ID: "a"}}, "a stands in it twice"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := schedule{MaxFail: -1}.Run(context.Background(), tc.steps)
			if !errors.Is(err, errGraph) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error: got %v, want one with %q", err, tc.want)
			}
		})
	}
}
