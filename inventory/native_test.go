package inventory_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// oneVar is the variable v of a host, written as YAML.
func oneVar(t *testing.T, content string) *inventory.Map {
	t.Helper()
	inv, err := load(t, map[string]string{"hosts": "a\n", "host_vars/a.yml": content}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, _ := inv.Host("a").Vars().Get("v")
	m, ok := v.Data.(*inventory.Map)
	if !ok {
		t.Fatalf("v is %T, want a map", v.Data)
	}
	return m
}

func TestNative(t *testing.T) {
	day := time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for text, want := range map[string]any{
		"2020-01-02": day, "2020-01-02 10:11:12": day, "2020-01-02T10:11:12.5 -05:00": day, "2020-13-45": time.Time{}, "'2020-01-02'": "2020-01-02",
		"!!str 2020-01-02": "2020-01-02", "2020-1-2": "2020-1-2", "2020-1-2 1:02:03": time.Time{},
		"123456789012345678901234567890": huge, "'123456789012345678901234567890'": "123456789012345678901234567890", "0xffffffffffffffffff": new(big.Int).SetBytes([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		".inf": math.Inf(1), "-.INF": math.Inf(-1), ".nan": math.NaN(), "'.inf'": ".inf",
		"on": true, "12:30:45": int64(45045), "0o17": "0o17", "017": int64(15), "1_000": int64(1000), "1e5": "1e5", "1.5": 1.5, "~": nil, "text": "text",
		"[2020-01-02, {a: .inf}]": []any{day, map[string]any{"a": math.Inf(1)}}, "{2020-01-02: x}": map[any]any{day: "x"}, "{1: x, yes: y}": map[string]any{"1": "x", "true": "y"},
	} {
		got := oneVar(t, "v: {k: "+text+"}\n").Native()["k"]
		sameNumber := cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
		if diff := cmp.Diff(want, got, sameNumber, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if got := oneVar(t, "x: &d 2020-01-02\nv: {k: *d}\n").Native()["k"]; got != day {
		t.Errorf("an alias of a date is %v", got)
	}
}

func TestNonTextKeys(t *testing.T) {
	m := oneVar(t, "x: &x {2: a}\nv: {1: a, '3': b, yes: c, 2020-01-02: d, 1.5: e, ~: f, text: g, <<: *x}\n")
	if diff := cmp.Diff([]string{"2", "1", "true", "2020-01-02", "1.5", "null"}, m.NonTextKeys()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := oneVar(t, "v: {1: a, '1': b}\n").NonTextKeys(); len(got) > 0 {
		t.Errorf("got %q, want none: the text was written last", got)
	}
}

func TestPosAt(t *testing.T) {
	m := oneVar(t, `v:
  net:
    overlays:
      - name: a
      - name: b
        subnet: x
  text: '["json"]'
`)
	for _, tt := range []struct {
		path []string
		want string
	}{
		{[]string{"net", "overlays", "1", "subnet"}, "6:9"},
		{[]string{"net", "overlays", "1"}, "5:9"},
		{[]string{"net", "overlays", "1", "prefix"}, "5:9"},
		{[]string{"net", "overlays", "2", "subnet"}, "3:5"},
		{[]string{"net", "overlays", "x"}, "3:5"},
		{[]string{"net"}, "2:3"},
		{[]string{"text", "0"}, "7:3"},
		{[]string{"nothing", "0"}, "-"},
		{nil, "-"},
	} {
		got := m.PosAt(tt.path)
		if got.IsValid() {
			got.File = ""
			if s := (inventory.Pos{File: "f", Line: got.Line, Column: got.Column}).String(); s != "f:"+tt.want {
				t.Errorf("%q: got %s, want %s", tt.path, s, tt.want)
			}
		} else if tt.want != "-" {
			t.Errorf("%q: no place, want %s", tt.path, tt.want)
		}
	}
}

func TestTagsOfCollections(t *testing.T) {
	for content, good := range map[string]bool{
		"v: !!set {a, b}\n": false, "v: !!omap [a: 1]\n": false, "v: !x {}\n": false, "v: !!map {a: 1}\n": true, "v: !!seq [a]\n": true, "v: !unsafe [a]\n": true,
	} {
		_, err := load(t, map[string]string{"hosts": "a\n", "host_vars/a.yml": content}, inventory.Options{})
		if (err == nil) != good {
			t.Errorf("%q: got %v, want success %t", content, err, good)
		}
	}
}
