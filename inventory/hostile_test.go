//go:build !race

package inventory

// These tests are not for the race detector, under which they take ten times as
// long and other amounts of memory; `make test-unit` runs them beside.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	// hostileSize is how much of each kind there is: more than anybody writes by hand.
	hostileSize = 1 << 20
	// maxHostile bounds what may be allocated for one in all, in bytes.
	maxHostile = 2 << 30
)

// repeated is a text over and over, to the full size.
func repeated(text string) string {
	return strings.Repeat(text, hostileSize/len(text))
}

// counted is a text for each number, to the full size.
func counted(format string) string {
	var b strings.Builder
	for i := 0; b.Len() < hostileSize; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// chained is a text for each number and the next one.
func chained(format string) string {
	var b strings.Builder
	for i := 0; b.Len() < hostileSize; i++ {
		fmt.Fprintf(&b, format, i, i+1)
	}
	return b.String()
}

// bomb is YAML whose few lines stand for ten times as many values on each.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := range levels {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	return b.String()
}

// hostile are inventories of a megabyte that look for what takes more than its
// share of time or memory.
var hostile = []struct{ name, file, content string }{
	{"hosts", "hosts", counted("h%d\n")},
	{"hosts and variables", "hosts", counted("h%d a=1 b='x' c=\"[1, 2]\"\n")},
	{"ranges of all hosts", "hosts", counted("h%d[1:65536]\n")},
	{"one range of many variables", "hosts", "h[1:60000] " + counted("v%d=1 ")},
	{"a range and variables of its group", "hosts", "[g]\nh[1:60000]\n[g:vars]\n" + counted("v%d=1\n")},
	{"nested ranges", "hosts", repeated("h[1:9][1:9][1:9][1:9][1:9][1:9][1:9][1:9][1:9]\n")},
	{"bad lines", "hosts", repeated("a b\n")},
	{"one bad line", "hosts", "a " + repeated("b ")},
	{"open brackets of ranges", "hosts", repeated("[")},
	{"children that are not there", "hosts", "[g:children]\n" + counted("c%d\n")},
	{"variables of groups that are not there", "hosts", counted("[g%d:vars]\n")},
	{"a chain of groups", "hosts", chained("[g%d:children]\ng%d\n") + "[g0]\nh\n"},
	{"a chain from its end", "hosts", func() string {
		var b strings.Builder
		const n = 30_000
		fmt.Fprintf(&b, "[g%d]\nh[1:100]\n", n)
		for i := n; i > 0; i-- {
			fmt.Fprintf(&b, "[g%d:children]\ng%d\n", i-1, i)
		}
		return b.String()
	}()},
	{"hosts in a chain of groups", "hosts", "[g]\nh[1:1000]\n[g0:children]\ng\n" + chained("[g%[2]d:children]\ng%[1]d\n")},
	{"hosts that are in many groups", "hosts", counted("[g%d]\nh[1:9]\n")},
	{"a long word", "hosts", repeated("x")},
	{"brackets in a value", "hosts", "a x=" + repeated("[")},
	{"parentheses in a value", "hosts", "a\n[all:vars]\nx=[" + repeated("(1),") + "]"},
	{"a long text in quotes", "hosts", "a\n[all:vars]\nx=" + repeated("'a' ")},
	{"escapes", "hosts", "a\n[all:vars]\nx='" + repeated(`\x41`) + "'"},
	{"a long number", "hosts", "a x=" + repeated("9")},
	{"sections", "hosts", repeated("[a:b:c]\n")},
	{"YAML brackets", "hosts.yml", repeated("[")},
	{"YAML braces", "hosts.yml", repeated("{a: ")},
	{"YAML indents", "hosts.yml", func() string {
		var b strings.Builder
		for i := 0; b.Len() < hostileSize; i++ {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}()},
	{"YAML dashes", "hosts.yml", repeated("- ")},
	{"YAML keys", "hosts.yml", counted("k%d:\n")},
	{"YAML with one key", "hosts.yml", repeated("k:\n")},
	{"YAML comments", "hosts.yml", repeated("#\n")},
	{"YAML aliases", "hosts.yml", "a: &a {hosts: {h: }}\n" + counted("k%d: *a\n")},
	{"YAML merges", "hosts.yml", "a: &a {" + counted("v%d: 1, ")[:hostileSize/2] + "x: 1}\n" + counted("k%d: {<<: *a}\n")[:hostileSize/2]},
	{"YAML bomb", "hosts.yml", bomb(20)},
	{"YAML bomb that merges", "hosts.yml", strings.ReplaceAll(strings.ReplaceAll(bomb(20), "[", "{<<: ["), "]", "]}")},
	{"YAML ranges", "hosts.yml", "g:\n  hosts:\n" + counted("    h%d[1:65536]:\n")},
	{"YAML range of many variables", "hosts.yml", "g: {hosts: {\"h[1:60000]\": {" + counted("v%d: 1, ") + "x: 1}}}"},
	{"YAML groups in groups", "hosts.yml", repeated("{a: {children: ")},
	{"JSON brackets", "hosts.json", repeated("[") + repeated("]")},
	{"JSON escapes", "hosts.json", `{"g": {"vars": {"x": "` + repeated(`\ud83d\ude00`) + `"}}}`},
	{"JSON numbers", "hosts.json", `{"g": {"vars": {"x": [` + repeated("1,") + `1]}}}`},
	{"TOML brackets", "hosts.toml", "a = " + repeated("[")},
	{"TOML braces", "hosts.toml", "a = " + repeated("{a=")},
	{"TOML tables", "hosts.toml", counted("[g%d.hosts.h]\n")},
	{"TOML dots", "hosts.toml", "[" + repeated("a.") + "a]\n"},
	{"TOML lists of tables", "hosts.toml", repeated("[[g.vars.x]]\n")},
	{"TOML keys", "hosts.toml", "[g.vars]\n" + counted("k%d = 1\n")},
	{"TOML lines", "hosts.toml", repeated("\n")},
	{"TOML one key", "hosts.toml", repeated("a=1\n")},
	{"TOML ranges", "hosts.toml", "[g.hosts]\n" + counted("\"h%d[1:65536]\" = {}\n")},
}

// TestHostile reads each of them. That none takes hours is what the test's own end
// says.
func TestHostile(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			allocated := loadHostile(t, tt.file, tt.content)
			if allocated > maxHostile {
				t.Errorf("%d MiB were allocated", allocated>>20)
			}
		})
	}
}

func loadHostile(t *testing.T, file, content string) (allocated uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	opts, err := Options{WorkDir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	inv := newInventory(opts)
	inv.problems.addFile(file, content)
	inv.text(file, content)
	inv.reconcile()
	inv.mergeVars()
	if err := inv.problems.err(); err != nil {
		_ = err.Error() // as a person would see it
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostileTemplates evaluates templates that are many, or need each other. What
// follows --- are variables of the bootstrap node only.
func TestHostileTemplates(t *testing.T) {
	const config = "dcos:\n  download: x\n  config:\n    cluster_name: x\n"
	for _, tt := range []struct{ name, vars, want string }{
		{"work for each of many keys", config + counted("    k%d: '{{ range(900000) | length }}'\n"), "takes too much work"},
		{"many keys", config + counted("    k%d: '{{ inventory_hostname }}'\n"), ""},
		{"a chain of variables", config + "    k: '{{ v0 }}'\n---\n" + chained("v%d: '{{ v%d }}'\n"), "more than 100 variables need each other"},
		{"one template of many parts", config + "    k: \"" + repeated("{{ 1 }}") + "\"\n", ""},
		{"wrong in many places", config + counted("    k%d: '{{ x%[1]d }}'\n"), "more errors, which are not shown"},
		{"a text that grows", config + "    k: '{{ v0 }}'\n---\nv9: x\n" + func() string {
			var b strings.Builder
			for i := range 9 {
				fmt.Fprintf(&b, "v%d: '%s'\n", i, strings.Repeat(fmt.Sprintf("{{ v%d }}", i+1), 1000))
			}
			return b.String()
		}(), "takes too much work"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			all, own, _ := strings.Cut(tt.vars, "---\n")
			for name, text := range map[string]string{"hosts": "[bootstrap]\nb\n[masters]\nm\n[agents]\na[1:200]\n", "group_vars/all.yml": all, "host_vars/b.yml": own} {
				name = filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			inv, err := Load(Options{Sources: []string{"hosts"}, WorkDir: dir, HomeDir: dir})
			if err == nil {
				_, err = inv.Cluster()
			}
			runtime.ReadMemStats(&after)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error = %.300v, want %q", err, tt.want)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 4*maxHostile { // most of it for a moment only
				t.Errorf("%d MiB were allocated", allocated>>20)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			t.Logf("%v, %d MiB", time.Since(start).Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}
