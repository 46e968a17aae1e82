package inventory_test

import (
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// TestPlaces holds that every value knows where it was written, to the leaf.
func TestPlaces(t *testing.T) {
	inv, err := load(t, map[string]string{
		"hosts":              "[g]\na  x=1 'y=two words' d=\"{'k': [1, 'z']}\"\n[g:vars]\n  v = 'w'\n",
		"group_vars/all.yml": "dcos:\n  config:\n    list: [a, {b: c}]\n",
		"host_vars/a.json":   `{"j": {"k": [true]}}`,
	}, inventory.Options{ExtraVars: []string{"e=1 f=2", `{"g": {"h": 1}}`}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var collect func(path string, v inventory.Value)
	collect = func(path string, v inventory.Value) {
		got[path] = v.Pos.String()
		switch d := v.Data.(type) {
		case []inventory.Value:
			for _, item := range d {
				collect(path+"[]", item)
			}
		case *inventory.Map:
			for _, key := range d.Keys() {
				item, _ := d.Get(key)
				collect(path+"."+key, item)
			}
		}
	}
	vars := inv.Host("a").Vars()
	for _, key := range vars.Keys() {
		v, _ := vars.Get(key)
		collect(key, v)
	}
	want := map[string]string{
		"x": "hosts:2:6", "y": "hosts:2:11", "d": "hosts:2:25", "d.k": "hosts:2:31", "d.k[]": "hosts:2:35",
		"v":    "hosts:4:7",
		"dcos": "group_vars/all.yml:2:3", "dcos.config": "group_vars/all.yml:3:5",
		"dcos.config.list": "group_vars/all.yml:3:11", "dcos.config.list[]": "group_vars/all.yml:3:15",
		"dcos.config.list[].b": "group_vars/all.yml:3:19",
		"j":                    "host_vars/a.json:1:7", "j.k": "host_vars/a.json:1:13", "j.k[]": "host_vars/a.json:1:14",
		"e": "--extra-vars:1:1", "f": "--extra-vars:1:5", "g": "--extra-vars (2):1:7", "g.h": "--extra-vars (2):1:13",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

// TestBeyondTheJudge has the values that Ansible cannot print as JSON, and
// those of which dcosup keeps more.
func TestBeyondTheJudge(t *testing.T) {
	inv, err := load(t, map[string]string{
		"hosts":           "a big=123456789012345678901234567890 set=\"{7, 8}\" complex=1+2j",
		"host_vars/a.yml": "date: 2024-01-02\ninf: .inf\nraw: !unsafe '{{ x }}'\nbig2: 123456789012345678901234567890\n",
	}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"big": "123456789012345678901234567890", "set": []any{int64(7), int64(8)}, "complex": "1+2j",
		"date": "2024-01-02", "inf": ".inf", "raw": "{{ x }}", "big2": "123456789012345678901234567890",
	}
	if diff := cmp.Diff(want, inv.Host("a").Vars().Plain()); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestWarnings(t *testing.T) {
	inv, err := load(t, map[string]string{
		"hosts":                  "[masters]\nm\n[x]\nx\n",
		"group_vars/mastesr.yml": "v: 1\n",
		"group_vars/all.yml":     "v: 1\nw: 1\nv: 2\n",
		"group_vars/db.yml":      "v: 1\n",
	}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := warnings(inv.Warnings())
	want := `hosts:3:1: "x" is the name of a group and of a host
  3 | [x]
    | ^
  hint: rename the group or the host
group_vars/all.yml:3:1: the key "v" is here for the second time, and the one at group_vars/all.yml:1:1 is lost
  3 | v: 2
    | ^
  hint: remove one of them
group_vars/mastesr.yml: the file is not used: there is no group "mastesr"
  hint: did you mean masters?`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"download", "download_checksum", "config", "version", "x"}
	for _, tt := range []struct{ name, want string }{
		{"downlaod", "download"},
		{"dowload", "download"},
		{"Download", "download"},
		{"download-checksum", "download_checksum"},
		{"cofnig", "config"},
		{"versions", "version"},
		{"download", ""}, // is known
		{"dawnlaad", "download"},
		{"dxwnlxxd", ""},
		{"y", ""},
		{"", ""},
	} {
		if got := inventory.Suggest(tt.name, known); got != tt.want {
			t.Errorf("Suggest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestValueText(t *testing.T) {
	for _, tt := range []struct {
		data any
		want string
		ok   bool
	}{
		{nil, "", true}, {"s", "s", true}, {true, "True", true}, {false, "False", true},
		{int64(-5), "-5", true}, {1.5, "1.5", true}, {2.0, "2.0", true},
		{[]inventory.Value{}, "", false}, {&inventory.Map{}, "", false},
	} {
		got, ok := inventory.Value{Data: tt.data}.Text()
		if got != tt.want || ok != tt.ok {
			t.Errorf("Text of %#v = %q, %v; want %q, %v", tt.data, got, ok, tt.want, tt.ok)
		}
	}
}

func TestMapKeepsOrder(t *testing.T) {
	m := &inventory.Map{}
	for _, k := range []string{"z", "a", "m", "a"} {
		m.Set(k, inventory.Value{Data: k})
	}
	if diff := cmp.Diff([]string{"z", "a", "m"}, m.Keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	var none *inventory.Map
	if v, ok := none.Get("x"); ok || v.Data != nil || none.Len() != 0 || len(none.Keys()) != 0 {
		t.Errorf("a nil Map is not empty")
	}
}

func TestAliasesThatGrowAreRefused(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a: &a [x, x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c < 'k'; c++ {
		prev := string(c - 1)
		bomb.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+prev+", ", 9) + "*" + prev + "]\n")
	}
	for name, content := range map[string]string{"many": bomb.String(), "itself": "a: &a [*a]\n"} {
		_, err := load(t, map[string]string{"hosts": "h\n", "group_vars/all.yml": content}, inventory.Options{})
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
