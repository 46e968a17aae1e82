package pyliteral_test

import (
	"math"
	"testing"

	"dcosup/inventory/pyliteral"
)

func TestFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -2.5: "-2.5", 1e15: "1000000000000000.0", 1e16: "1e+16", 0.0001: "0.0001", 0.00001: "1e-05",
		math.Inf(1): "inf", math.Inf(-1): "-inf", math.NaN(): "nan",
	} {
		if got := pyliteral.Float(f); got != want {
			t.Errorf("%v: got %s, want %s", f, got, want)
		}
	}
}

func TestQuoted(t *testing.T) {
	for s, want := range map[string]string{
		"": "''", "a b": "'a b'", "it's": `"it's"`, `it's "so"`: `'it\'s "so"'`, `a\b`: `'a\\b'`,
		"a\n\r\t": `'a\n\r\t'`, "\x01\x7f": `'\x01\x7f'`, "ü€": "'ü€'", "\u00a0\u200b": `'\xa0\u200b'`, "\U000e0001": `'\U000e0001'`,
	} {
		if got := pyliteral.Quoted(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}
