package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

func TestLines(t *testing.T) {
	tests := []struct {
		name    string
		golden  string
		events  *story
		options LinesOptions
	}{
		{"a fresh apply", "apply.lines", freshApply(nil), LinesOptions{}},
		{"an agent fails", "failed.lines", freshApply(noRoute()), LinesOptions{LogDir: "/runs/1", ASCII: true, Verbose: 1}},
		{"a check", "check.lines", aCheck(), LinesOptions{}},
		{"a plan", "plan.lines", aPlan(), LinesOptions{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			sink := NewLines(&out, tt.options)
			tt.events.tell(sink)
			if err := sink.Close(); err != nil {
				t.Fatal(err)
			}
			golden(t, tt.golden, out.String())
			if strings.ContainsAny(out.String(), "\x1b\x07\r") {
				t.Error("control characters reached the output")
			}
		})
	}
}

func aCheck() *story {
	s := &story{}
	s.started("check")
	s.looked()
	s.at(1.5, installer.Event{Type: installer.RunEnded, Summary: &installer.Summary{
		Command: "check", Cluster: "smack", ExitCode: 3, Seconds: 1.5, Next: "dcosup apply -i hosts",
		NextWhy: "after port 53 of agent-2 is free"}})
	return s
}

func aPlan() *story {
	s := &story{}
	s.started("plan")
	s.looked()
	s.at(1.5, installer.Event{Type: installer.PlanMade, Plan: &freshPlan})
	s.at(1.5, installer.Event{Type: installer.RunEnded, Summary: &installer.Summary{
		Command: "plan", Cluster: "smack", OK: true, Seconds: 1.5, Next: "dcosup apply -i hosts"}})
	return s
}

func TestLinesOutputOnlyWhenVerbose(t *testing.T) {
	for verbose, want := range map[int]bool{0: false, 1: true} {
		var out strings.Builder
		freshApply(nil).tell(NewLines(&out, LinesOptions{Verbose: verbose}))
		if got := strings.Contains(out.String(), "Starting DC/OS Install Process"); got != want {
			t.Errorf("verbose %d: output shown: got %v, want %v", verbose, got, want)
		}
	}
}

// A big transfer is told in quarters, each once; a small one not at all.
func TestLinesTellBigTransfersInQuarters(t *testing.T) {
	for _, tt := range []struct {
		name  string
		total int64
		want  []string
	}{
		{"1.2 GB", 1_200_000_000, []string{"25%", "50%", "75%", "100%"}},
		{"10 MB", 10_000_000, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			sink := NewLines(&out, LinesOptions{})
			sink.Event(installer.Event{Type: installer.StepStarted, Stage: installer.StageRelease, Step: "release/b", Node: "b", Message: "bring it"})
			for tenth := range int64(11) {
				sink.Event(installer.Event{Type: installer.StepProgress, Stage: installer.StageRelease, Step: "release/b", Node: "b",
					Done: tenth * tt.total / 10, Total: tt.total})
			}
			var got []string
			for _, word := range strings.Fields(out.String()) {
				if strings.HasSuffix(word, "%") {
					got = append(got, word)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("told (-want +got):\n%s\n%s", diff, out.String())
			}
		})
	}
}

// full is a disk that has room for n writes.
type full struct{ n int }

var errFull = errors.New("no space left on device")

func (f *full) Write(b []byte) (int, error) {
	if f.n--; f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteErrorsComeFromClose(t *testing.T) {
	sinks := map[string]func(w *full) Sink{
		"lines":    func(w *full) Sink { return NewLines(w, LinesOptions{}) },
		"json":     func(w *full) Sink { return NewJSON(w) },
		"terminal": func(w *full) Sink { return NewTerminal(w, TerminalOptions{}) },
	}
	for name, make := range sinks {
		t.Run(name, func(t *testing.T) {
			sink := make(&full{})
			freshApply(nil).tell(sink)
			if err := sink.Close(); !errors.Is(err, errFull) {
				t.Errorf("got error %v, want %v", err, errFull)
			}
		})
	}
}

// recorder is a sink that writes down what it is told.
type recorder struct {
	name string
	log  *[]string
	err  error
}

func (r recorder) Event(e installer.Event) { *r.log = append(*r.log, r.name+" "+string(e.Type)) }
func (r recorder) Close() error            { *r.log = append(*r.log, r.name+" closed"); return r.err }

func TestTee(t *testing.T) {
	var log []string
	errA, errB := errors.New("a"), errors.New("b")
	sink := Tee(recorder{"a", &log, errA}, recorder{"b", &log, errB})
	sink.Event(installer.Event{Type: installer.Note})
	err := sink.Close()
	want := []string{"a note", "b note", "a closed", "b closed"}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if !errors.Is(err, errA) || !errors.Is(err, errB) {
		t.Errorf("got error %v, want both sinks' errors", err)
	}
}
