package roles

import (
	"strings"
	"testing"
)

func TestFixParser(t *testing.T) {
	type step struct {
		line  string
		event FixEvent
		err   string // part of the error
	}
	tests := []struct {
		name   string
		steps  []step
		finish string
	}{
		{"a whole run", []step{
			{line: ""},
			{line: "dcosup-fix begin a", event: FixEvent{Kind: FixBegin, ID: "a"}},
			{line: "Reading package lists...", event: FixEvent{Kind: FixOutput, ID: "a", Line: "Reading package lists..."}},
			{line: "dcosup-fix end a 100", event: FixEvent{Kind: FixEnd, ID: "a", Code: 100}},
			{line: "stray", event: FixEvent{Kind: FixOutput, Line: "stray"}},
			{line: "dcosup-fix done"},
		}, ""},
		{"cut off within", []step{{line: "dcosup-fix begin a", event: FixEvent{Kind: FixBegin, ID: "a"}}}, "within a"},
		{"cut off between", []step{
			{line: "dcosup-fix begin a", event: FixEvent{Kind: FixBegin, ID: "a"}},
			{line: "dcosup-fix end a 0", event: FixEvent{Kind: FixEnd, ID: "a"}},
		}, "before its last mark"},
		{"twice", []step{
			{line: "dcosup-fix begin a", event: FixEvent{Kind: FixBegin, ID: "a"}},
			{line: "dcosup-fix begin b", err: "within another"},
			{line: "dcosup-fix end b 0", err: `want the end of "a"`},
			{line: "dcosup-fix end a x", err: `want the end of "a"`},
			{line: "dcosup-fix end a 0", event: FixEvent{Kind: FixEnd, ID: "a"}},
			{line: "dcosup-fix begin a", err: "begins twice"},
			{line: "dcosup-fix pause", err: "unknown mark"},
			{line: "dcosup-fix done"},
			{line: "dcosup-fix begin c", err: "after the last"},
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var p FixParser
			for _, step := range test.steps {
				event, ok, err := p.Line(step.line)
				if (err != nil) != (step.err != "") || err != nil && !strings.Contains(err.Error(), step.err) {
					t.Errorf("%q: got error %v, want %q", step.line, err, step.err)
				}
				if ok != (step.event != FixEvent{}) || event != step.event {
					t.Errorf("%q: got %+v, %v, want %+v", step.line, event, ok, step.event)
				}
			}
			if err := p.Finish(); (err != nil) != (test.finish != "") || err != nil && !strings.Contains(err.Error(), test.finish) {
				t.Errorf("finish: got %v, want %q", err, test.finish)
			}
		})
	}
}
