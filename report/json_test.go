package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

func TestJSONRoundTrip(t *testing.T) {
	s := freshApply(noRoute())
	s.at(300, installer.Event{Type: installer.Note, Message: "quoted \"<&>\" \u2028 \x7f \u009b31m \x1b[31m 世"})
	var out strings.Builder
	sink := NewJSON(&out)
	s.tell(sink)
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	var got []installer.Event
	for line := range strings.Lines(out.String()) {
		var e installer.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("line %d: %v", len(got)+1, err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff(s.events, got); diff != "" {
		t.Errorf("events (-told +read):\n%s", diff)
	}
	for _, r := range out.String() {
		if r != '\n' && r < 0x20 || r >= 0x7f && r <= 0x9f {
			t.Errorf("control character %U stands in the output as it is", r)
		}
	}
}

// The same events, read back, are told in the same words.
func TestJSONIsEnoughToTellARunAgain(t *testing.T) {
	for name, s := range map[string]*story{"check": aCheck(), "plan": aPlan(), "apply": freshApply(noRoute())} {
		var kept strings.Builder
		s.tell(NewJSON(&kept))
		again := &story{}
		for line := range strings.Lines(kept.String()) {
			var e installer.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			again.events = append(again.events, e)
		}
		if diff := cmp.Diff(linesOf(s), linesOf(again)); diff != "" {
			t.Errorf("%s (-live +read back):\n%s", name, diff)
		}
	}
}

func linesOf(s *story) string {
	var out strings.Builder
	s.tell(NewLines(&out, LinesOptions{}))
	return out.String()
}
