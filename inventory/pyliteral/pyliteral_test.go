package pyliteral

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	item := func(data any, at, end int) Value { return Value{Data: data, At: at, End: end} }
	for _, tt := range []struct {
		text string
		want Value
	}{
		{"1_000", item(int64(1000), 0, 5)},
		{" -2.5", item(-2.5, 1, 5)},
		{`'a' "b"`, item("ab", 0, 7)},
		{"None", item(nil, 0, 4)},
		{"[1, # one\n 'x']", Value{Data: []Value{item(int64(1), 1, 2), item("x", 11, 14)}, End: 15, Kind: List}},
		{"(True,)", Value{Data: []Value{item(true, 1, 5)}, End: 7, Kind: Tuple}},
		{"{1}", Value{Data: []Value{item(int64(1), 1, 2)}, End: 3, Kind: Set}},
		{"{'a': 0}", Value{Data: Dict{{item("a", 1, 4), item(int64(0), 6, 7)}}, End: 8}},
		{"1, 2", Value{Data: []Value{item(int64(1), 0, 1), item(int64(2), 3, 4)}, End: 4, Kind: Tuple}},
	} {
		got, ok := Parse([]rune(tt.text), false)
		if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
			t.Errorf("%s: ok = %t (-want +got):\n%s", tt.text, ok, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "a", "[1", "{1: 2, 3}", "007", "'a", "[x]", "none", "{[1]: 2}", strings.Repeat("[", 101) + strings.Repeat("]", 101)} {
		if v, ok := Parse([]rune(text), false); ok {
			t.Errorf("%s is taken for %v", text, v)
		}
	}
}

// TestWordsOfJSON are literals only where they are asked for.
func TestWordsOfJSON(t *testing.T) {
	for _, text := range []string{"true", "[false]", "{'a': null}"} {
		if _, ok := Parse([]rune(text), false); ok {
			t.Errorf("%s is taken for Python", text)
		}
		if _, ok := Parse([]rune(text), true); !ok {
			t.Errorf("%s is refused", text)
		}
	}
	if _, ok := Parse([]rune("null"), true); !ok {
		t.Error("null is refused")
	}
}
