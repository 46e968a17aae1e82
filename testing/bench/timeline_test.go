package bench

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

// began is when the runs of these tests were started.
var began = time.Unix(1_800_000_000, 0)

// after makes an event that happened some milliseconds after the start.
func after(ms int, e installer.Event) string {
	e.Time = began.Add(time.Duration(ms) * time.Millisecond)
	line, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(line) + "\n"
}

func started(stage installer.Stage, step string) installer.Event {
	return installer.Event{Type: installer.StepStarted, Stage: stage, Step: step}
}

func ended(stage installer.Stage, step string) installer.Event {
	return installer.Event{Type: installer.StepEnded, Stage: stage, Step: step}
}

func TestOfEvents(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct {
		name, events string
		want         Timeline
	}{
		{name: "no events"},
		{name: "a check is all discovery",
			events: after(50, installer.Event{Type: installer.RunStarted}) + after(700, installer.Event{Type: installer.RunEnded}),
			want:   Timeline{{installer.StageDiscover, 50 * ms, 700 * ms}}},
		{name: "an apply's discovery ends with its plan",
			events: after(50, installer.Event{Type: installer.RunStarted}) + after(700, installer.Event{Type: installer.PlanMade}) +
				after(900, installer.Event{Type: installer.RunEnded}),
			want: Timeline{{installer.StageDiscover, 50 * ms, 700 * ms}}},
		{name: "a stage covers all its steps, and stages overlap",
			events: after(10, started(installer.StageAgents, "install/agent-1")) + after(20, started(installer.StageAgents, "install/agent-2")) +
				after(25, started(installer.StageVerify, "verify/master-1")) + after(30, ended(installer.StageAgents, "install/agent-2")) +
				after(40, ended(installer.StageAgents, "install/agent-1")) + after(60, ended(installer.StageVerify, "verify/master-1")),
			want: Timeline{{installer.StageAgents, 10 * ms, 40 * ms}, {installer.StageVerify, 25 * ms, 60 * ms}}},
		{name: "a step that was skipped took no time",
			events: after(10, started(installer.StageMasters, "install/master-1")) + after(20, ended(installer.StageMasters, "install/master-1")) +
				after(90, ended(installer.StageMasters, "healthy/master-1")),
			want: Timeline{{installer.StageMasters, 10 * ms, 20 * ms}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := OfEvents(began, []byte(tc.events))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("timeline (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfEventsNamesTheLineThatCannotBeRead(t *testing.T) {
	_, err := OfEvents(began, []byte(after(1, installer.Event{Type: installer.RunStarted})+"warning: no event\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got error %v, want one that names line 2", err)
	}
}

func TestOfMarks(t *testing.T) {
	// prepare is at work on two nodes at once.
	const marks = "1800000000.250000000 begin release\n1800000001.500000000 begin prepare\n" +
		"1800000001.500000000 begin prepare\n1800000002.000000000 end release\n" +
		"1800000003.000000000 end prepare\n1800000004.750000000 end prepare\n"
	want := Timeline{{installer.StageRelease, 250 * time.Millisecond, 2 * time.Second},
		{installer.StagePrepare, 1500 * time.Millisecond, 4750 * time.Millisecond}}
	got, err := OfMarks(began, marks)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

// What is no mark must not pass as a quick stage.
func TestOfMarksRefuses(t *testing.T) {
	for name, marks := range map[string]string{
		"a stage that did not end":              "1800000000.25 begin release\n",
		"one that ends on one of its two nodes": "1800000000.25 begin prepare\n1800000000.25 begin prepare\n1800000000.5 end prepare\n",
		"an end without a beginning":            "1800000000.5 end release\n",
		"no time":                               "soon begin release\n",
		"no word for the moment":                "1800000000.25 release\n",
		"an unknown word":                       "1800000000.25 started release\n",
	} {
		if got, err := OfMarks(began, marks); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		name       string
		of         []time.Duration
		want       time.Duration
		leavesAsIs []time.Duration
	}{
		{name: "of nothing", want: 0},
		{name: "of one", of: []time.Duration{7}, want: 7},
		{name: "of two, their mean", of: []time.Duration{10, 4}, want: 7},
		{name: "of three, the middle", of: []time.Duration{90, 1, 5}, want: 5, leavesAsIs: []time.Duration{90, 1, 5}},
	} {
		if got := Median(tc.of); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
		if tc.leavesAsIs != nil && !cmp.Equal(tc.of, tc.leavesAsIs) {
			t.Errorf("%s: the rounds were reordered: %v", tc.name, tc.of)
		}
	}
}

func TestTable(t *testing.T) {
	span := func(stage installer.Stage, from, to int) Span {
		return Span{stage, time.Duration(from) * time.Second, time.Duration(to) * time.Second}
	}
	got := Table(
		Column{"by hand", []Timeline{
			{span(installer.StageGenconf, 1, 5), span(installer.StageAgents, 5, 25)},
			{span(installer.StageGenconf, 3, 5), span(installer.StageAgents, 5, 35)}}},
		Column{"dcosup", []Timeline{{span(installer.StageGenconf, 2, 6), span(installer.StagePrepare, 1, 2)}}},
	)
	const want = "" +
		"    stage  by hand           dcosup         \n" +
		"              from  seconds    from  seconds\n" +
		"  prepare        -        -    1.00     1.00\n" +
		"  genconf     2.00     3.00    2.00     4.00\n" +
		"   agents     5.00    25.00       -        -\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
