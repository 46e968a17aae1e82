package report

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
	"dcosup/inventory"
)

// theatre is a terminal view on a screen, with a clock that stands still until
// it is set.
type theatre struct {
	*Terminal
	screen  *screen
	columns atomic.Int64
	now     atomic.Pointer[time.Time]
	ticks   chan time.Time
}

func play(columns, tall int, o TerminalOptions) *theatre {
	th := &theatre{screen: newScreen(columns, tall), ticks: make(chan time.Time)}
	th.columns.Store(int64(columns))
	th.now.Store(&start)
	o.Width = func() int { return int(th.columns.Load()) }
	o.Height = func() int { return tall }
	o.Clock = Clock{
		Now:  func() time.Time { return *th.now.Load() },
		Tick: func(time.Duration) (<-chan time.Time, func()) { return th.ticks, func() {} },
	}
	th.Terminal = NewTerminal(th.screen, o)
	return th
}

// until tells the story up to a second of the run, and draws.
func (th *theatre) until(s *story, second float64) {
	now := start.Add(time.Duration(second * float64(time.Second)))
	for len(s.events) > 0 && !s.events[0].Time.After(now) {
		th.Event(s.events[0])
		s.events = s.events[1:]
	}
	th.now.Store(&now)
	th.Flush()
}

// A screen of an apply at several moments. Each moment shows all lines, with
// those that have scrolled away.
func TestTerminalMoments(t *testing.T) {
	for _, columns := range []int{40, 80, 200} {
		t.Run(fmt.Sprintf("%d columns", columns), func(t *testing.T) {
			th := play(columns, 24, TerminalOptions{LogDir: "/runs/1", Color: true})
			s := freshApply(noRoute())
			var moments strings.Builder
			for _, second := range []float64{1.2, 21, 150, 202, 204, 265} {
				th.until(s, second)
				fmt.Fprintf(&moments, "======== after %gs\n%s\n", second, th.screen.text())
				th.screen.verify(t)
			}
			if err := th.Close(); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("terminal.%d", columns), moments.String())
		})
	}
}

func TestTerminalCheckAndPlan(t *testing.T) {
	for name, s := range map[string]*story{"check": aCheck(), "plan": aPlan()} {
		t.Run(name, func(t *testing.T) {
			th := play(80, 24, TerminalOptions{})
			s.tell(th)
			if err := th.Close(); err != nil {
				t.Fatal(err)
			}
			golden(t, "terminal."+name, th.screen.text()+"\n")
			th.screen.verify(t)
		})
	}
}

// However small the terminal, what stays is never overwritten and the live
// area leaves nothing behind.
func TestTerminalLeavesNoGarbage(t *testing.T) {
	want := func() string { // with nothing live in between
		th := play(80, 50, TerminalOptions{})
		freshApply(noRoute()).tell(th)
		if err := th.Close(); err != nil {
			t.Fatal(err)
		}
		return th.screen.text()
	}()
	for _, tall := range []int{3, 4, 6, 10, 24} {
		t.Run(fmt.Sprintf("%d rows", tall), func(t *testing.T) {
			th := play(80, tall, TerminalOptions{})
			s := freshApply(noRoute())
			for second := 0.0; second <= 265; second += 0.5 {
				th.until(s, second)
			}
			if err := th.Close(); err != nil {
				t.Fatal(err)
			}
			th.screen.verify(t)
			if diff := cmp.Diff(want, th.screen.text()); diff != "" {
				t.Errorf("screen (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTerminalBecomesNarrow(t *testing.T) {
	th := play(80, 24, TerminalOptions{})
	s := freshApply(nil)
	th.until(s, 150)
	th.screen.resize(30)
	th.columns.Store(30)
	th.until(s, 155)
	if n := strings.Count(th.screen.text(), "masters"); n != 1 {
		t.Errorf("the masters' stage stands %d times on the screen, want once:\n%s", n, th.screen.text())
	}
	th.screen.verify(t)
	if err := th.Close(); err != nil {
		t.Fatal(err)
	}
}

// However many events come, a tick is at most one write, and none when there is
// nothing new.
func TestTerminalRateOfWrites(t *testing.T) {
	th := play(80, 24, TerminalOptions{Verbose: 1})
	s := freshApply(nil)
	th.until(s, 81)
	before := th.screen.writes
	for i := range 1000 {
		th.Event(installer.Event{Type: installer.StepOutput, Step: "install/master-1", Node: "master-1",
			Message: fmt.Sprint("line ", i)})
	}
	for range 5 {
		th.ticks <- start
	}
	if err := th.Close(); err != nil {
		t.Fatal(err)
	}
	// One for the lines, and one that removes the live area.
	if got := th.screen.writes - before; got != 2 {
		t.Errorf("got %d writes, want 2", got)
	}
	if !strings.Contains(th.screen.text(), "master-1 | line 999") {
		t.Error("the last line of output is missing")
	}
}

func TestTerminalClosedInTheMiddle(t *testing.T) {
	th := play(80, 24, TerminalOptions{ASCII: true})
	th.until(freshApply(nil), 150)
	for range 2 { // closing twice is harmless
		if err := th.Close(); err != nil {
			t.Fatal(err)
		}
	}
	th.Event(installer.Event{Type: installer.Note, Message: "too late"})
	th.Flush()
	got := th.screen.text()
	if want := "! masters   1 of 2 steps, 1 changed, 1m09s"; !strings.HasSuffix(got, want) {
		t.Errorf("got screen\n%s\nwant its last line to be\n%s", got, want)
	}
	th.screen.verify(t)
}

// A thousand nodes that fail for one reason are one block and a line each.
func TestTerminalSameFailureOfManyNodes(t *testing.T) {
	th := play(80, 24, TerminalOptions{LogDir: "/r"})
	var nodes []installer.NodeName
	for i := range 1000 {
		nodes = append(nodes, installer.NodeName{Name: fmt.Sprint("n", i), Role: inventory.RoleAgent})
	}
	th.Event(installer.Event{Type: installer.RunStarted, Time: start, Command: "apply", Nodes: nodes})
	for _, n := range nodes[:999] {
		th.Event(installer.Event{Type: installer.NodeFound, Time: start, Node: n.Name, Failure: &installer.Failure{
			Node: n.Name, Step: "connect", Kind: installer.KindUnreachable,
			Message: "cannot reach " + n.Name + ": no route to host", Hint: "is it on?"}})
	}
	th.Flush()
	got := th.screen.text()
	for text, want := range map[string]int{"is it on?": 1, "✗ ": 999, "as on n0": 998, "▸ discover  999 of 1000": 1, "waiting for n999": 1} {
		if n := strings.Count(got, text); n != want {
			t.Errorf("%q stands %d times on the screen, want %d", text, n, want)
		}
	}
	if err := th.Close(); err != nil {
		t.Fatal(err)
	}
}

// A terminal that takes nothing (Ctrl-S) must not hold up the run.
func TestTerminalDoesNotBlockTheRun(t *testing.T) {
	w := &stuck{free: make(chan struct{}), reached: make(chan struct{}, 100)}
	ticks := make(chan time.Time, 1)
	th := NewTerminal(w, TerminalOptions{Clock: Clock{
		Tick: func(time.Duration) (<-chan time.Time, func()) { return ticks, func() {} },
	}})
	th.Event(installer.Event{Type: installer.Note, Message: "one"})
	ticks <- start
	<-w.reached
	for range 1000 {
		th.Event(installer.Event{Type: installer.Note, Message: "more"}) // would hang here
	}
	close(w.free)
	if err := th.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(w.text.String(), "more"); got != 1000 {
		t.Errorf("got %d notes on the screen, want 1000", got)
	}
}

type stuck struct {
	free    chan struct{}
	reached chan struct{}
	text    strings.Builder
}

func (s *stuck) Write(b []byte) (int, error) {
	s.reached <- struct{}{}
	<-s.free
	return s.text.Write(b)
}
