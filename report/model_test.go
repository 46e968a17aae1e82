package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

// after returns where a run stands when these events have been told.
func after(events ...installer.Event) *model {
	m := newModel()
	for _, e := range events {
		m.take(e)
	}
	return m
}

func begins(id string) installer.Event {
	return installer.Event{Type: installer.StepStarted, Step: id, Stage: installer.StageAgents, Time: start}
}

func carries(id string, done, total int64) installer.Event {
	return installer.Event{Type: installer.StepProgress, Step: id, Done: done, Total: total}
}

func ends(id string, o installer.Outcome) installer.Event {
	return installer.Event{Type: installer.StepEnded, Step: id, Stage: installer.StageAgents, Outcome: o}
}

func planned(ids ...string) installer.Event {
	p := &installer.Plan{}
	for _, id := range ids {
		p.Steps = append(p.Steps, installer.Step{ID: id, Stage: installer.StageAgents, Title: id})
	}
	return installer.Event{Type: installer.PlanMade, Plan: p}
}

func TestModelCounts(t *testing.T) {
	type counts struct {
		ended, total      int
		bytes, bytesTotal int64
		share             int64 // of 100
	}
	tests := []struct {
		name   string
		events []installer.Event
		want   counts
	}{
		{"nothing yet", nil, counts{}},
		{"a plan", []installer.Event{planned("a", "b")}, counts{total: 2}},
		{"half a transfer is half a step",
			[]installer.Event{planned("a", "b"), begins("a"), carries("a", 50, 100)},
			counts{total: 2, bytes: 50, bytesTotal: 100, share: 25}},
		{"a transfer that starts over",
			[]installer.Event{planned("a", "b"), begins("a"), carries("a", 50, 100), carries("a", 10, 100)},
			counts{total: 2, bytes: 10, bytesTotal: 100, share: 5}},
		{"more than was announced",
			[]installer.Event{planned("a"), begins("a"), carries("a", 150, 100)},
			counts{total: 1, bytes: 100, bytesTotal: 100, share: 100}},
		{"a size that is not known is not summed",
			[]installer.Event{planned("a", "b"), begins("a"), carries("a", 50, 0)},
			counts{total: 2}},
		{"a step that ends well has carried all",
			[]installer.Event{planned("a", "b"), begins("a"), carries("a", 50, 100), ends("a", installer.Changed)},
			counts{ended: 1, total: 2, bytes: 100, bytesTotal: 100, share: 50}},
		{"a step that failed carries nothing any more",
			[]installer.Event{planned("a", "b"), begins("a"), carries("a", 50, 100), ends("a", installer.Failed)},
			counts{ended: 1, total: 2, share: 50}},
		{"a step that ends twice counts once",
			[]installer.Event{planned("a", "b"), begins("a"), ends("a", installer.Changed), ends("a", installer.Changed)},
			counts{ended: 1, total: 2, share: 50}},
		{"skipped without having begun",
			[]installer.Event{planned("a", "b"), ends("a", installer.Skipped)},
			counts{ended: 1, total: 2, share: 50}},
		{"a step that was not planned",
			[]installer.Event{planned("a"), begins("x"), ends("x", installer.Changed)},
			counts{ended: 1, total: 2, share: 50}},
		{"a second plan adds what is new",
			[]installer.Event{planned("a", "b"), begins("a"), ends("a", installer.Changed), planned("b", "c")},
			counts{ended: 1, total: 3, share: 33}},
		{"progress of what is not known", []installer.Event{carries("x", 1, 2)}, counts{}},
		{"a plan without a plan", []installer.Event{{Type: installer.PlanMade}}, counts{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := after(tt.events...)
			got := counts{m.ended, m.total, m.bytes, m.bytesTotal, m.share(100)}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(counts{})); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestModelStageEndsOnce(t *testing.T) {
	m := after(planned("a", "b"), begins("a"), begins("b"))
	var closed []string
	for _, e := range []installer.Event{ends("a", installer.Changed), ends("b", installer.Failed), ends("b", installer.Failed)} {
		if s := m.take(e); s != nil {
			closed = append(closed, e.Step)
		}
	}
	if diff := cmp.Diff([]string{"b"}, closed); diff != "" {
		t.Errorf("ends of the stage (-want +got):\n%s", diff)
	}
}

func TestModelNodeLookedAtAgain(t *testing.T) {
	m := after(
		installer.Event{Type: installer.RunStarted, Nodes: fourNodes[:2]},
		installer.Event{Type: installer.NodeFound, Node: "boot", Findings: []installer.CheckedFinding{noDocker, littleMemory}},
		installer.Event{Type: installer.NodeFound, Node: "boot", Findings: []installer.CheckedFinding{littleMemory}},
	)
	if diff := cmp.Diff(tally{warn: 1}, m.tally, cmp.AllowUnexported(tally{})); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if s := m.stages[installer.StageDiscover]; s.closed || s.ended() != 1 {
		t.Errorf("discovery: got %d nodes, closed %v, want 1 and still open", s.ended(), s.closed)
	}
}

func TestModelSlowestFirst(t *testing.T) {
	m := after(planned("a", "b", "c", "d"))
	for i, id := range []string{"c", "a", "d", "b"} {
		e := begins(id)
		e.Time = start.Add(time.Duration(i/2) * time.Second) // c and a, then d and b
		m.take(e)
	}
	var got []string
	for _, s := range m.stages[installer.StageAgents].slowest(3) {
		got = append(got, s.id)
	}
	if diff := cmp.Diff([]string{"a", "c", "b"}, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestBar(t *testing.T) {
	tests := []struct {
		done, total int64
		want        string
	}{
		{0, 10, "   0% .........."},
		{5, 10, "  50% #####....."},
		{10, 10, " 100% ##########"},
		{0, 0, "   0% .........."},
	}
	for _, tt := range tests {
		if got := barText(pen{ascii: true}, tt.done, tt.total, 10); got != tt.want {
			t.Errorf("%d of %d: got %q, want %q", tt.done, tt.total, got, tt.want)
		}
	}
}
