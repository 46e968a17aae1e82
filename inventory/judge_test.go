//go:build ansible

package inventory_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestJudge holds this package against ansible-inventory: what it says of an
// inventory is what the inventory means.
func TestJudge(t *testing.T) {
	judge, err := exec.LookPath("ansible-inventory")
	if err != nil {
		t.Fatal("ansible-inventory, which is the judge here, is missing: install ansible-core")
	}
	for _, tt := range judged {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFiles(t, dir, tt.files)
			sources := tt.sources
			if sources == nil {
				sources = []string{"hosts"}
			}
			inv, err := inventory.Load(inventory.Options{Sources: sources, ExtraVars: tt.extra, WorkDir: dir})
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			want := ansibleList(t, judge, dir, sources, tt.extra)
			if diff := cmp.Diff(want, roundTrip(t, listing(inv)), cmpopts.EquateEmpty(), anyOrder); diff != "" {
				t.Errorf("meaning differs (-ansible +dcosup):\n%s", diff)
			}
		})
	}
}

// anyOrder lets the groups within a group stand in any order: Ansible lists
// them in the order in which it happened to link them, and it means nothing.
var anyOrder = cmp.FilterPath(func(p cmp.Path) bool {
	step, ok := p.Last().(cmp.MapIndex)
	return ok && step.Key().String() == "children"
}, cmp.Transformer("set", func(list any) map[string]bool {
	set := map[string]bool{}
	items, _ := list.([]any)
	for _, item := range items {
		if s, ok := item.(string); ok {
			set[s] = true
		}
	}
	return set
}))

// ansibleList asks Ansible, with no configuration but its defaults.
func ansibleList(t *testing.T, judge, dir string, sources, extra []string, more ...string) map[string]any {
	t.Helper()
	args := append([]string{"--list", "--playbook-dir", dir}, more...)
	for _, s := range sources {
		args = append(args, "-i", s)
	}
	for _, e := range extra {
		args = append(args, "-e", e)
	}
	cmd := exec.Command(judge, args...)
	cmd.Dir = dir
	defaults := filepath.Join(t.TempDir(), "ansible.cfg")
	writeFiles(t, filepath.Dir(defaults), map[string]string{"ansible.cfg": ""})
	cmd.Env = judgeEnv(t, defaults)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ansible-inventory %q: %v\n%s", args, err, stderr.String())
	}
	var got map[string]any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("ansible-inventory answered %q: %v", out, err)
	}
	return got
}

// judgeEnv keeps the configuration of whoever runs the tests out of them.
func judgeEnv(t *testing.T, config string) []string {
	t.Helper()
	return append(os.Environ(), "ANSIBLE_CONFIG="+config, "ANSIBLE_HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1")
}

// listing is what ansible-inventory --list would print of the inventory.
func listing(inv *inventory.Inventory) map[string]any {
	hostvars := map[string]any{}
	for _, h := range inv.Hosts() {
		if h.Vars().Len() > 0 {
			hostvars[h.Name] = h.Vars().Plain()
		}
	}
	out := map[string]any{"_meta": map[string]any{"hostvars": hostvars}}
	for _, g := range inv.Groups() {
		entry := map[string]any{}
		var children, hosts []string
		for _, c := range g.Children() {
			children = append(children, c.Name)
		}
		for _, h := range g.DirectHosts() {
			hosts = append(hosts, h.Name)
		}
		if len(children) > 0 {
			entry["children"] = children
		}
		if len(hosts) > 0 && g.Name != "all" {
			entry["hosts"] = hosts
		}
		if len(entry) > 0 {
			out[g.Name] = entry
		}
	}
	return out
}

func roundTrip(t *testing.T, v any) map[string]any {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestJudgeMatch asks Ansible what the patterns select.
func TestJudgeMatch(t *testing.T) {
	judge, err := exec.LookPath("ansible")
	if err != nil {
		t.Fatal("ansible, which is the judge here, is missing: install ansible-core")
	}
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"hosts": matchHosts, "ansible.cfg": ""})
	for _, tt := range patterns {
		t.Run(tt.pattern, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(judge, "-i", "hosts", "--list-hosts", tt.pattern)
			cmd.Dir, cmd.Env = dir, judgeEnv(t, filepath.Join(dir, "ansible.cfg"))
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("ansible: %v", err)
			}
			_, list, _ := strings.Cut(string(out), "\n")
			if diff := cmp.Diff(tt.want, short(strings.Fields(list))); diff != "" {
				t.Errorf("hosts (-want +ansible):\n%s", diff)
			}
		})
	}
}

// TestJudgeMerge asks Ansible what its hash_behaviour makes of mappings that are
// said in many places.
func TestJudgeMerge(t *testing.T) {
	judge, err := exec.LookPath("ansible-inventory")
	if err != nil {
		t.Fatal("ansible-inventory, which is the judge here, is missing: install ansible-core")
	}
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"hosts.yml": "all:\n  vars: {m: {all: 1, x: all, deep: {all: 1, x: all}}}\n  children:\n    g:\n      vars: {m: {g: 1, x: g, deep: {g: 1, x: g}, list: [1]}}\n" +
			"      hosts: {a: {m: {host: 1}}}\n",
		"more.yml":             "g:\n  vars: {m: {more: 1}}\n  hosts: {a: {m: {morehost: 1}, text: x}}\n",
		"group_vars/all/1.yml": "m: {file1: 1, deep: {file: 1}}\n",
		"group_vars/all/2.yml": "m: {file2: 1, deep: {file: 2}}\n",
		"group_vars/g.yml":     "m: {list: [2], x: file}\ntext: {no: more}\n",
		"host_vars/a.yml":      "m: {hostfile: 1, deep: scalar}\n",
		"extra.yml":            "m: {extra: 1}\n",
	})
	t.Setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
	sources, extra := []string{"hosts.yml", "more.yml"}, []string{"@extra.yml", `{"m": {"cli": {"y": 1}}}`}
	inv, err := inventory.Load(inventory.Options{Sources: sources, ExtraVars: extra, WorkDir: dir, MergeHashes: true})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	want := ansibleList(t, judge, dir, sources, extra)
	if diff := cmp.Diff(want, roundTrip(t, listing(inv)), cmpopts.EquateEmpty(), anyOrder); diff != "" {
		t.Errorf("meaning differs (-ansible +dcosup):\n%s", diff)
	}
}
