package inventory

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pelletier/go-toml/v2"
	"gopkg.in/yaml.v3"
)

// sane fails if what was reported cannot be shown, or points outside the text.
func sane(t *testing.T, p *problems, content string) {
	t.Helper()
	lines := strings.Count(content, "\n") + 1
	for _, e := range append(p.sorted(p.errs), p.sorted(p.warnings)...) {
		if e.Message == "" || e.Format() == "" {
			t.Errorf("an error without words: %+v", e)
		}
		if e.Pos.Line > lines+1 {
			t.Errorf("%s: the text has %d lines", e, lines)
		}
	}
}

func FuzzINI(f *testing.F) {
	for _, seed := range []string{
		"a\n", "[g]\na[1:3]:22 x='y z' # c\n[g:vars]\nk = {'a': [1, (2,)]}\n[h:children]\ng\n", "[x:y]\n[", "a \\", "[a:children]\na\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 1000 {
			return
		}
		inv := newInventory(Options{})
		inv.problems.addFile("f", content)
		for _, s := range parseINI(inv.problems, "f", content, inv.groupNames) {
			s.apply(inv)
		}
		inv.reconcile()
		if len(inv.Hosts()) != len(inv.hosts) {
			t.Errorf("all has %d hosts, and there are %d", len(inv.Hosts()), len(inv.hosts))
		}
		sane(t, inv.problems, content)
	})
}

func FuzzYAMLInventory(f *testing.F) {
	for _, seed := range []string{
		"all:\n  hosts:\n    a: {x: 1}\n  children: {b: }\n", "{", "- a", "a: &a\n  children: *a\n", "x: !vault y", `{"a": {"hosts": {"\ud83d\ude00\/": null}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 1000 {
			return
		}
		inv := newInventory(Options{})
		inv.problems.addFile("f", content)
		for _, s := range parseYAMLInventory(inv.problems, "f", content) {
			s.apply(inv)
		}
		inv.reconcile()
		sane(t, inv.problems, content)
	})
}

func FuzzExtraVars(f *testing.F) {
	for _, seed := range []string{"a=b", `a="b c" d='e\' f'`, "{a: b}", "x={{ a b }} y={%", `a=\u00e9\x41\U0001F600`, "=", "a=\\"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := &problems{}
		p.addFile("-e", text)
		vars := parseKeyValues(p, "-e", text)
		for _, key := range vars.Keys() {
			if v, _ := vars.Get(key); !v.Pos.IsValid() {
				t.Errorf("%q has no place", key)
			}
		}
		sane(t, p, text)
	})
}

func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"a,b", "g:&h:!i", "~a.*", "x[1:2]", "[!a]*", "a[-1]", "[]", "a[0-]", "2001:db8::1"} {
		f.Add(seed)
	}
	inv := newInventory(Options{})
	for _, name := range []string{"a", "b", "web1"} {
		declareHosts{names: []string{name}, group: "g", pos: Pos{File: "f", Line: 1}}.apply(inv)
	}
	inv.reconcile()
	f.Fuzz(func(t *testing.T, pattern string) {
		hosts, err := inv.Match(pattern)
		seen := map[*Host]bool{}
		for _, h := range hosts {
			if seen[h] {
				t.Errorf("%q selects %s twice (error: %v)", pattern, h.Name, err)
			}
			seen[h] = true
		}
	})
}

// FuzzScalar holds the rules for plain scalars against the YAML library where
// both versions of YAML agree: on decimal numbers.
func FuzzScalar(f *testing.F) {
	for _, seed := range []string{"1", "-5", "1.5", "1:30", "0x1f", "yes", "~", "1_0", "08", "9999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		switch got := resolve(text).(type) {
		case int64:
			var n int64
			if strings.Trim(text, "123456789") == "" && (yaml.Unmarshal([]byte(text), &n) != nil || n != got) {
				t.Errorf("resolve(%q) = %d, and yaml reads %d", text, got, n)
			}
		case float64:
			if math.IsNaN(got) || math.IsInf(got, 0) {
				t.Errorf("resolve(%q) = %v, which JSON cannot write", text, got)
			}
		case string:
			if got != text {
				t.Errorf("resolve(%q) = %q: a text must stay as it is", text, got)
			}
		}
	})
}

func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{"1", "[1, {'a': (2,)}]", "'x' \"y\"", "r'\\n'", "{1: 2, 3}", "1e5", "-", "0o17", "'\\x41\\u00e9\\777'", "((((((", "'''a'''"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		runes := []rune(text)
		v := parseLiteral(runes, func(i int) Pos { return Pos{File: "f", Line: 1, Column: i + 1} })
		var check func(Value)
		check = func(v Value) {
			if v.Pos.Column < 1 || v.Pos.Column > len(runes)+1 {
				t.Errorf("%q: a value at %s", text, v.Pos)
			}
			switch d := v.Data.(type) {
			case []Value:
				for _, item := range d {
					check(item)
				}
			case *Map:
				for _, key := range d.Keys() {
					item, _ := d.Get(key)
					check(item)
				}
			}
		}
		check(v)
	})
}

// FuzzDecryptedFile holds that nothing of a decrypted file is shown, whatever is
// wrong with it: each $ stands for a secret.
func FuzzDecryptedFile(f *testing.F) {
	const secret = "CANARY"
	for _, seed := range []string{
		"$\n", "[$]\n$ $=$ $\n[$:$]\n[g:vars]\n$\n[h:children]\n$\n$ $\n", "[x:y]\n[$ $", "a \"$", "a[$]\nb[1:$]\nc:$\n", "[a:children]\na\n",
		"$: !$ $\n", "a: &$ [*$]\n", "a: *$\n", "all:\n  hosts: [$]\n  $: {}\n  vars: $\n", "all: {hosts: {\"$[\": $}, hots: }\n", "plugin: $\n", "a: {<<: $}\n$: 1\n$: 2\n",
		`{"$": {"__ansible_vault": "$"}}`, "ansible_group_priority=$",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 200 || strings.Contains(content, secret[:2]) {
			return
		}
		content = strings.ReplaceAll(content, "$", secret)
		inv := newInventory(Options{})
		inv.problems.addFile("f", content)
		inv.problems.hide("f")
		steps, trial := inv.try(func(p *problems) []step { return parseYAMLInventory(p, "f", content) })
		inv.accept(steps, trial)
		inv.accept(inv.try(func(p *problems) []step { return parseINI(p, "f", content, inv.groupNames) }))
		inv.reconcile()
		for _, e := range append(inv.problems.sorted(inv.problems.errs), inv.problems.sorted(inv.problems.warnings)...) {
			if strings.Contains(e.Format(), secret) {
				t.Errorf("%q is shown: %s", content, e.Format())
			}
		}
		for _, h := range inv.Hosts() {
			for _, key := range h.own.Keys() {
				if v, _ := h.own.Get(key); !v.Secret && key != "ansible_port" {
					t.Errorf("%s of %q is no secret", key, h.Name)
				}
			}
		}
	})
}

// FuzzTOML holds our reading of what may be said twice, and of values, against the
// library's decoder. Dates are texts here.
func FuzzTOML(f *testing.F) {
	for _, seed := range []string{
		"[a.b]\nc=1\n[a]\nd.e=2\n", "[[a]]\nx=1\n[[a]]\n[a.b]\n", "a={b=1,c={d=[1,'x']}}\na.e=1\n", "a.b=1\na.c=2\n[a.d]\n", "[a]\n[a]\n", "a=1\n[a.b]\n",
		"a=[{b=1}]\n[[a]]\n", "x=0x1F\ny=1_000.5e3\nz=inf\n", "'a\"'.\"b\\u00e9\" = '''x\n'''", "a=9223372036854775808", "d=1979-05-27T07:32:00Z",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 1000 {
			return
		}
		p := &problems{}
		p.addFile("f", content)
		doc, ok := parseTOML(p, "f", content)
		sane(t, p, content)
		var want map[string]any
		err := toml.Unmarshal([]byte(content), &want)
		if ok != (err == nil) {
			t.Fatalf("%q: read %t, and the library says %v", content, ok, err)
		}
		if !ok || dates.MatchString(content) || strings.Contains(content, "nan") || strings.Contains(content, "inf") {
			return
		}
		if diff := cmp.Diff(want, doc.Plain(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q (-library +dcosup):\n%s", content, diff)
		}
	})
}

var dates = regexp.MustCompile(`\d\d\d\d-\d|\d\d:\d`)

// FuzzProgram reads what an executable inventory may print.
func FuzzProgram(f *testing.F) {
	for _, seed := range []string{
		`{"g": {"hosts": ["a"], "vars": {"v": 1}, "children": ["h"]}, "_meta": {"hostvars": {"a": {"x": [1]}}}}`, `{"g": ["a"], "h": {"x": 1}}`, `{"_meta": 1}`, `[`, "{\"a\":\n\xff",
	} {
		f.Add(seed, `{"x": 1}`)
	}
	f.Fuzz(func(t *testing.T, list, host string) {
		if len(list)+len(host) > 1000 {
			return
		}
		inv := newInventory(Options{})
		inv.accept(inv.try(func(p *problems) []step {
			s := &script{p: p, name: "f", run: func(string, ...string) ([]byte, error) { return []byte(host), nil }}
			return s.list([]byte(list))
		}))
		inv.reconcile()
		sane(t, inv.problems, list+host)
	})
}
