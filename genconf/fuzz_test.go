package genconf

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	standin "dcosup/testing/lab/release/genconf"
)

// documents are texts of dcos.config that are hard to carry over.
var documents = []string{
	"cluster_name: prod\nresolvers: [8.8.8.8]\nenable_lb: on\n",
	"weights: 2020-01-01\n", "weights: 12:30:45\n", "weights: '12:30:45'\n", "weights: 123456789012345678901234567890\n", "weights: 0x1F\n", "weights: 017\n", "weights: '017'\n",
	"weights: .inf\n", "weights: [.inf, -.inf, .nan, 1.5, 1.0e+20, 1e5, 1e-7, 1:30.5, 0.1, 1_0.5, 5., .5]\n", "weights: ~\n", "weights: [~, null, '~', 'null', '', ' ']\n",
	"1: x\n", "yes: x\n", "weights: {1: a, yes: b, ~: c, 1.5: d, '1': e, '': f}\n", "weights: {2020-01-01: a}\n", "weights: [a: 2020-01-01]\n",
	"x: &x {a: 1, b: {c: d}}\nweights: {<<: *x, a: 2}\ngc_delay: *x\n", "weights: &a [*a]\n", "weights: [=, '=', '<<', '!x', '&x', '*x', '%x', '@x', '`x', '-', '- x', '? x', ': x', 'x:', 'x: y', 'x #y', '#x', '[x', '{x', '\"x', \"'x\", '|', '>', ',x']\n",
	"weights: ['y', 'n', 'Y', 'yes', 'No', 'on', 'OFF', 'true', 'False', 'null', '1.5', '1e5', '1.0e+5', '0x1', '0b1', '0o7', '1_000', '+1', '-1', '.5', '1.', '2020-01-01', '2001-12-14 21:59:43.10 -5', '1:30', '1:60', '.inf', '.NaN', '0.', '08', '2020-13-45', '0x_', '1__']\n",
	"weights: \"a\\nb\\n\"\n", "weights: |\n  a\n   b\n\n  c\n", "weights: |+\n  a\n\n", "weights: \"\\n a\\n\"\n", "weights: \"a \\nb\"\n", "weights: \"\\ta\\n\\tb\"\n", "weights: \"a\\rb\"\n", "weights: \"a\\r\\nb\\n\"\n",
	"weights: [\"\\u2028\", \"\\x85\", \"\\a\", \"\\x7f\", \"\\ufeff\", \"\\U0001F600\", \"ü\", \"\\t\", \" a\", \"a \", \"\\\\\", \"\\\"\", \"\\e\", \"\\0\", \"\\ufffe\"]\n",
	"weights: '" + strings.Repeat("long ", 60) + "'\n", "'a: b': c\n'#': d\n'': e\n? 'long'\n: f\n", "dcos_overlay_network: {overlays: [{name: dcos, enabled: yes}]}\n", "{\"weights\": [1, \"\\ud83d\\ude00\", 1e400]}\n",
	"weights: !!str 12\n", "weights: !!set {a, b}\n", "weights: !!binary aGk=\n", "weights: {a: [], b: {}, c: [[]], d: [{}]}\n", "weights: [-0, +5, -5, 0, 00, 0.0, -0.0]\n",
}

// FuzzRender holds that any dcos.config ends in findings, or in a config.yaml in which another reader of YAML 1.1 sees
// what the person wrote.
func FuzzRender(f *testing.F) {
	for _, d := range documents {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		in, ok := fromYAML(t, text)
		if !ok {
			return
		}
		files, findings := Render(in)
		for _, f := range findings {
			if f.Message == "" || f.Severity == Error && f.Hint == "" {
				t.Errorf("a finding that does not help: %+v", f)
			}
		}
		want, readable := texts(in)
		if !readable {
			if !HasErrors(findings) {
				t.Errorf("%q: the generator would crash, and nothing is said", text)
			}
			return
		}
		got, err := standin.ParseValues(files.Config)
		if err != nil {
			t.Fatalf("%q: the other reader cannot read what was written: %v\n%s", text, err, files.Config)
		}
		for _, k := range files.Derived {
			delete(got, k)
		}
		if diff := cmp.Diff(want, map[string]string(got)); diff != "" {
			t.Errorf("%q: what was written (-meant +read):\n%s\n%s", text, diff, files.Config)
		}
	})
}

// fromYAML reads a text as dcos.config is read. ok is false where the inventory refuses it.
func fromYAML(t *testing.T, text string) (in Input, ok bool) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"hosts": "h\n", "host_vars/h.yml": text} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inv, err := inventory.Load(inventory.Options{Sources: []string{"hosts"}, WorkDir: dir, HomeDir: dir})
	if err != nil {
		return Input{}, false
	}
	vars := inv.Host("h").Vars()
	in = asked("2.1.0")
	in.Config, in.NonTextKeys = vars.Native(), vars.NonTextKeys()
	return in, true
}

// texts is what the generator makes of the configuration; ok is false where it would crash.
func texts(in Input) (out map[string]string, ok bool) {
	out = map[string]string{}
	config := maps.Clone(in.Config)
	for _, k := range []string{"ip_detect_contents", "ip_detect_public_contents", "fault_domain_detect_contents"} {
		delete(config, k) // they become files
	}
	for k, v := range config {
		text, p := generatorText(v)
		if p != nil {
			return nil, false
		}
		out[k] = text
	}
	return out, len(in.NonTextKeys) == 0
}
