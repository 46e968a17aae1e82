package remote

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSink(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	tests := []struct {
		name          string
		writes        []string
		noise, kept   string
		lines         []string
		begun, cutOff bool
	}{
		{name: "nothing before the mark", writes: []string{"MARK\na\nb\n"}, kept: "a\nb\n", lines: []string{"a\nb\n"}, begun: true},
		{name: "noise before it", writes: []string{"hello MA", "RK\na\n"}, noise: "hello ", kept: "a\n", lines: []string{"a\n"}, begun: true},
		{name: "no mark", writes: []string{"sudo: ", "no\n"}, noise: "sudo: no\n"},
		{name: "the mark counts once", writes: []string{"MARK\nMARK\n"}, kept: "MARK\n", lines: []string{"MARK\n"}, begun: true},
		{name: "a line in pieces", writes: []string{"MARK\n", "a", "b", "\nc"}, kept: "ab\nc", lines: []string{"ab\n", "c"}, begun: true},
		{name: "a line without end", writes: []string{"MARK\n", long, "y\n"}, kept: "xxxxxxxxxxxxxxy\n", lines: []string{long, "y\n"}, begun: true, cutOff: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var lines []string
			s := newSink("MARK", 16, collect{&lines})
			for _, w := range tt.writes {
				s.Write([]byte(w))
			}
			s.close()
			s.Write([]byte("too late\n"))
			if diff := cmp.Diff(tt.lines, lines); diff != "" {
				t.Errorf("handed on (-want +got):\n%s", diff)
			}
			if got := string(s.tail.bytes()); got != tt.kept || s.tail.cut != tt.cutOff {
				t.Errorf("kept %q (cut: %v), want %q (%v)", got, s.tail.cut, tt.kept, tt.cutOff)
			}
			if string(s.noise) != tt.noise || s.begun != tt.begun {
				t.Errorf("noise is %q, begun %v; want %q, %v", s.noise, s.begun, tt.noise, tt.begun)
			}
		})
	}
}

type collect struct{ to *[]string }

func (c collect) Write(p []byte) (int, error) {
	*c.to = append(*c.to, string(p))
	return len(p), nil
}

func TestParseJobStatus(t *testing.T) {
	got, err := parseJobStatus("Running as unit x.\nverdict=busy\nphase=running\nkey=a=b\nsize= 12\n")
	want := JobStatus{Phase: JobRunning, Key: "a=b", LogSize: 12, verdict: "busy"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(JobStatus{})); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := parseJobStatus("exit=many\n"); err == nil {
		t.Error("exit=many is not a number")
	}
}

func TestJobFollowerReadsACutLineAgain(t *testing.T) {
	var lines []string
	l := &logFollower{output: func(s string) { lines = append(lines, s) }, tail: tail{max: 100}}
	l.Write([]byte("one\ntwo\n"))
	l.Write([]byte("thr"))
	l.pending = nil // as a new session does
	if l.offset != 8 {
		t.Fatalf("the next session begins at %d, want 8", l.offset)
	}
	l.Write([]byte("three\n"))
	l.Write([]byte("end"))
	l.flush()
	if want := []string{"one", "two", "three", "end"}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
}

func TestLastLines(t *testing.T) {
	for text, want := range map[string]string{"": "", "a\n": "a", "a\n\nb\nc\n": "b | c", " x ": "x"} {
		if got := lastLines(text, 2); got != want {
			t.Errorf("lastLines(%q, 2) is %q, want %q", text, got, want)
		}
	}
}
