package genconf

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseValues(t *testing.T) {
	for name, test := range map[string]struct{ yaml, want string }{
		"text":                   {"k: some words", "some words"},
		"quoted number":          {"k: '1.13'", "1.13"},
		"whole number":           {"k: 0x10", "16"},
		"octal":                  {"k: 010", "8"},
		"sixties":                {"k: 12:30:45", "45045"},
		"YAML 1.1 boolean":       {"k: on", "true"},
		"quoted boolean word":    {"k: 'True'", "True"},
		"version is text":        {"k: 2.1.0", "2.1.0"},
		"address is text":        {"k: 10.0.0.1", "10.0.0.1"},
		"list":                   {"k: [10.0.0.1, 2, no]", `["10.0.0.1", 2, false]`},
		"mapping in its order":   {"k: {z: 1, a: {b: ~}}", `{"z": 1, "a": {"b": null}}`},
		"JSON in a text":         {`k: '["a"]'`, `["a"]`},
		"the last of two":        {"k: first\nk: second", "second"},
		"an alias":               {"x: &a [1]\nk: *a", "[1]"},
		"a block of many lines":  {"k: |\n  one\n  two\n", "one\ntwo\n"},
		"empty, but quoted":      {`k: ""`, ""},
		"text that looks a tag":  {"k: !!str 12", "12"},
		"underscores in numbers": {"k: 1_000", "1000"},
		"a huge number":          {"k: 123456789012345678901234567890", "123456789012345678901234567890"},
		"sixties below zero":     {"k: -1:30", "-90"},
		"no date: one digit":     {"k: 2020-1-2", "2020-1-2"},
		"floats inside":          {"k: [1.5, 1.0e+20, 1.0e-5, 1e5, .inf, -.inf, .nan, 1:30.5]", `[1.5, 1e+20, 1e-05, "1e5", Infinity, -Infinity, NaN, 90.5]`},
		"keys that are no text":  {"k: {1: a, yes: b, ~: c, 1.5: d}", `{"1": "a", "true": "b", "null": "c", "1.5": "d"}`},
		"merged":                 {"x: &x {a: 1, b: 2}\nk: {<<: *x, a: 3}", `{"a": 3, "b": 2}`},
		"only ASCII in JSON":     {`k: ["ü😀<&\u2028\\u003c"]`, `["\u00fc\ud83d\ude00<&\u2028\\u003c"]`},
	} {
		t.Run(name, func(t *testing.T) {
			values, err := ParseValues([]byte(test.yaml))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, values["k"]); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseValuesCrashes(t *testing.T) {
	for name, test := range map[string]struct{ yaml, want string }{
		"float":         {"version: 1.13", "key version"},
		"null":          {"version: ~", "key version"},
		"nothing":       {"version:", "key version"},
		"date":          {"since: 2020-01-01", "key since"},
		"time":          {"since: 2020-1-1 10:00:00", "key since"},
		"infinity":      {"k: .inf", "key k"},
		"date inside":   {"k: [{a: 2020-01-01}]", "key k"},
		"date as key":   {"k: {2020-01-01: a}", "key k"},
		"number as key": {"1: x", "keys must be text"},
		"word as key":   {"on: x", "keys must be text"},
		"empty file":    {"", "NoneType"},
		"only remarks":  {"# nothing\n", "NoneType"},
		"a list":        {"- a", "items"},
		"not YAML":      {"a: [", "ParserError"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseValues([]byte(test.yaml))
			var crash *CrashError
			if !errors.As(err, &crash) {
				t.Fatalf("got error %v, want a crash", err)
			}
			for _, want := range []string{"Traceback (most recent call last)", test.want} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("crash says %q, want %q in it", err, want)
				}
			}
		})
	}
}
