package inventory_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"dcosup/inventory"
	"dcosup/inventory/vault"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
)

// envelope returns one of those that ansible-core made for the package vault.
// "plain" is the text "a secret\n" and has the password hunter2, as vars and
// hosts have; "labelled" has the label lab and the password other.
func envelope(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("vault", "testdata", name+".vault"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inline is an envelope as a value in YAML.
func inline(t *testing.T, name string) string {
	t.Helper()
	return "!vault |\n          " + strings.ReplaceAll(strings.TrimSpace(envelope(t, name)), "\n", "\n          ") + "\n"
}

// inJSON is an envelope as Ansible writes it into JSON.
func inJSON(t *testing.T, name string) string {
	t.Helper()
	return fmt.Sprintf(`{"__ansible_vault": %q}`, envelope(t, name))
}

func passwords() *vault.Keyring {
	return &vault.Keyring{Secrets: []vault.Secret{{Password: "hunter2"}, {ID: "lab", Password: "other"}}}
}

// secretsOf are the variables of a host with their paths; those that are secret
// have a * before them.
func secretsOf(h *inventory.Host) map[string]any {
	got := map[string]any{}
	var collect func(path string, v inventory.Value)
	collect = func(path string, v inventory.Value) {
		switch d := v.Data.(type) {
		case []inventory.Value:
			for i, item := range d {
				collect(fmt.Sprintf("%s.%d", path, i), item)
			}
		case *inventory.Map:
			for _, key := range d.Keys() {
				item, _ := d.Get(key)
				collect(path+"."+key, item)
			}
		default:
			if v.Secret {
				path = "*" + path
			}
			got[path] = v.Plain()
		}
	}
	for _, key := range h.Vars().Keys() {
		v, _ := h.Vars().Get(key)
		collect(key, v)
	}
	return got
}

func TestDecryptedValues(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		extra []string
		want  map[string]any
	}{
		{name: "values in YAML", files: map[string]string{
			"hosts":              "a\n",
			"group_vars/all.yml": "plain: x\nv: " + inline(t, "plain") + "deep:\n  list:\n    - w: " + inline(t, "labelled") + "old: " + strings.Replace(inline(t, "plain"), "!vault", "!vault-encrypted", 1),
		}, want: map[string]any{"plain": "x", "*v": "a secret\n", "*deep.list.0.w": "für alle: ☃", "*old": "a secret\n"}},
		{name: "aliases and merged keys stay secret", files: map[string]string{
			"hosts":              "a\n",
			"group_vars/all.yml": "v: &v " + inline(t, "plain") + "again: *v\nbase: &base\n  p: *v\nmerged:\n  <<: *base\n",
		}, want: map[string]any{"*v": "a secret\n", "*again": "a secret\n", "*base.p": "a secret\n", "*merged.p": "a secret\n"}},
		{name: "what replaces a secret is none", files: map[string]string{
			"hosts": "a v=public\n", "group_vars/all.yml": "v: " + inline(t, "plain"),
		}, want: map[string]any{"v": "public"}},
		{name: "values in JSON", files: map[string]string{
			"hosts.json":       `{"g": {"hosts": {"a": {"v": ` + inJSON(t, "plain") + `}}}}`,
			"host_vars/a.json": `{"w": [` + inJSON(t, "labelled") + `], "unsafe": {"__ansible_unsafe": "{{ x }}"}}`,
		}, extra: []string{`{"e": ` + inJSON(t, "plain") + `}`},
			want: map[string]any{"*v": "a secret\n", "*w.0": "für alle: ☃", "unsafe": "{{ x }}", "*e": "a secret\n"}},
		{name: "in YAML such a mapping is one", files: map[string]string{
			"hosts": "a\n", "host_vars/a.yml": "v:\n  __ansible_vault: x\n",
		}, want: map[string]any{"v.__ansible_vault": "x"}},
		{name: "files", files: map[string]string{
			"hosts": "a\n", "group_vars/all/vars.yml": "public: 1\n", "group_vars/all/vault.yml": envelope(t, "vars"),
		}, want: map[string]any{"public": int64(1), "*word": "sesame", "*number": int64(12345678), "*true": true, "*none": nil, "*short": "ab",
			"*list.0": "one", "*list.1.two": "zwei", "*template": "{{ x }}"}},
		{name: "a file of -e", files: map[string]string{"hosts": "a\n", "plain.vault": envelope(t, "vars")}, extra: []string{"@plain.vault", "list=1 word=shown"},
			want: map[string]any{"word": "shown", "*number": int64(12345678), "*true": true, "*none": nil, "*short": "ab", "list": "1", "*template": "{{ x }}"}},
		{name: "carriage returns", files: map[string]string{"hosts": "a\n", "host_vars/a": strings.ReplaceAll(envelope(t, "vars"), "\n", "\r\n")},
			extra: []string{"list=1"},
			want:  map[string]any{"*word": "sesame", "*number": int64(12345678), "*true": true, "*none": nil, "*short": "ab", "list": "1", "*template": "{{ x }}"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source := "hosts"
			if tt.files[source] == "" {
				source = "hosts.json"
			}
			inv, err := load(t, tt.files, inventory.Options{Sources: []string{source}, ExtraVars: tt.extra, Vault: passwords()})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, secretsOf(inv.Host("a"))); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecryptedInventory(t *testing.T) {
	inv, err := load(t, map[string]string{"hosts": envelope(t, "hosts")}, inventory.Options{Vault: passwords()})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"*ansible_host": "10.0.0.1", "*ansible_password": "open sesame", "*ansible_user": "core", "*list.0": "in a list"}
	if diff := cmp.Diff(want, secretsOf(inv.Host("m1"))); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	nodes, err := inv.Nodes()
	if err != nil {
		t.Fatal(err)
	}
	if ssh := nodes[0].SSH; ssh.Host != "10.0.0.1" || ssh.User != "core" || ssh.Password.Reveal() != "open sesame" {
		t.Errorf("ssh = %+v", ssh)
	}
}

const vaultHosts = "[bootstrap]\nb\n[masters]\nm\n[agents_private]\na\n"

// TestDecryptedSettings has encrypted values where settings are wanted: they
// count as the texts that they are, and braces in them begin no template.
func TestDecryptedSettings(t *testing.T) {
	inv, err := load(t, map[string]string{
		"hosts": vaultHosts,
		"group_vars/all.yml": "dcos:\n  download: https://example.com/x.sh\n  config:\n    cluster_name: c\n    hash: " + inline(t, "plain") +
			"    users: {admin: {name: x}}\n    list:\n      - public\n      - " + inline(t, "labelled") + "    deep:\n      er:\n        pw: " + inline(t, "labelled"),
		"group_vars/masters/vault.yml": envelope(t, "vars"),
		"host_vars/m.yml":              "nobody_needs_it: " + inline(t, "block"),
	}, inventory.Options{Vault: passwords()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := inv.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := c.Config.Get("hash"); v.Data != "a secret\n" {
		t.Errorf("hash = %v", v.Plain())
	}
	if diff := cmp.Diff([][]string{{"hash"}, {"list"}, {"deep", "er", "pw"}}, c.Config.SecretPaths()); diff != "" {
		t.Errorf("SecretPaths (-want +got):\n%s", diff)
	}
	want := []secret.Text{"12345678", "a secret\n", "ab", "für alle: ☃", "one", "sesame", "zwei", "{{ x }}"}
	if got := c.SecretTexts(); !slices.Equal(got, want) {
		t.Errorf("SecretTexts differ: %d of them, want %d", len(got), len(want))
	}
	// What nobody needs is decrypted by whoever asks, many at once too.
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			if text, ok := c.Node("m").Vars["nobody_needs_it"].Text(); !ok || text != "0123456789abcdef" {
				t.Errorf("Text() = %q, %v", text, ok)
			}
		})
	}
	readers.Wait()
	e := c.ErrorAt(c.Config.KeyPos("hash"), `hash: "a secret\n" is no hash, and sesame none`, "not 12345678")
	if got, want := e.Error(), "group_vars/all.yml:5:5: hash: *** is no hash, and *** none"; got != want || e.Hint != "not ***" {
		t.Errorf("ErrorAt = %q, hint %q; want %q", got, e.Hint, want)
	}
}

// TestLockedValues has values that cannot be decrypted where nobody needs them.
func TestLockedValues(t *testing.T) {
	files := map[string]string{
		"hosts":              "a v=1\n",
		"group_vars/all.yml": "unused: " + inline(t, "plain") + "v: " + inline(t, "plain") + "none: !vault |\n  nothing\n",
	}
	for name, ring := range map[string]*vault.Keyring{"no password": nil, "a wrong one": {Secrets: []vault.Secret{{Password: "wrong"}}}} {
		inv, err := load(t, files, inventory.Options{Vault: ring})
		if err != nil {
			t.Errorf("%s: Load: %v", name, err)
			continue
		}
		if _, err := inv.Nodes(); err != nil {
			t.Errorf("%s: Nodes: %v", name, err)
		}
		want := map[string]any{"*unused": map[string]any{"__ansible_vault": envelope(t, "plain")}, "v": int64(1),
			"*none": map[string]any{"__ansible_vault": "nothing\n"}}
		if diff := cmp.Diff(want, secretsOf(inv.Host("a"))); diff != "" {
			t.Errorf("%s: values (-want +got):\n%s", name, diff)
		}
	}
}

// TestNeededByAMachine tells that commands without a cluster need their
// passwords too.
func TestNeededByAMachine(t *testing.T) {
	inv, err := load(t, map[string]string{"hosts": "a\nb\n", "group_vars/all.yml": "ansible_password: " + inline(t, "plain")}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = inv.Nodes()
	want := "group_vars/all.yml:1:19: ansible_password is encrypted by Ansible Vault, and no vault password is given"
	if err == nil || !strings.HasPrefix(err.Error(), want+"\n") || strings.Count(err.Error(), "hint:") != 1 {
		t.Errorf("error = %v, want one: %s", err, want)
	}
}

// TestMergeHashes combines mappings from many places, and what is secret in them
// stays so.
func TestMergeHashes(t *testing.T) {
	files := map[string]string{
		"hosts":                      "[g]\na\n[h]\nb\n",
		"group_vars/all/1.yml":       "m: {public: 1, deep: {x: all}, list: [1]}\n",
		"group_vars/all/2-vault.yml": "m:\n  hidden: " + inline(t, "plain") + "  deep:\n    y: z\n",
		"group_vars/g.yml":           "m: {list: [2], deep: {x: g}}\n",
		"host_vars/b.yml":            envelope(t, "vars"),
		"group_vars/h.yml":           "list: {no: more}\n",
	}
	inv, err := load(t, files, inventory.Options{ExtraVars: []string{`{"m": {"e": 1}}`}, MergeHashes: true, Vault: passwords()})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"m.public": int64(1), "m.deep.x": "g", "m.deep.y": "z", "m.list.0": int64(2), "*m.hidden": "a secret\n", "m.e": int64(1)}
	if diff := cmp.Diff(want, secretsOf(inv.Host("a"))); diff != "" {
		t.Errorf("values of a (-want +got):\n%s", diff)
	}
	// What was combined for one host is not what another has.
	got := secretsOf(inv.Host("b"))
	for path, want := range map[string]any{"m.deep.x": "all", "m.list.0": int64(1), "*list.0": "one"} {
		if got[path] != want {
			t.Errorf("%s of b = %v, want %v", path, got[path], want)
		}
	}
	inv, err = load(t, files, inventory.Options{ExtraVars: []string{`{"m": {"e": 1}}`}, Vault: passwords()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"m.e": int64(1)}, secretsOf(inv.Host("a"))); diff != "" {
		t.Errorf("values without it (-want +got):\n%s", diff)
	}
}

// TestMergedSettings has a variable dcos whose last part is in one place for all
// nodes: it differs all the same.
func TestMergedSettings(t *testing.T) {
	inv, err := load(t, map[string]string{
		"hosts":              vaultHosts,
		"group_vars/all.yml": "dcos: {download: /x, config: {cluster_name: c}}\n",
		"host_vars/m.yml":    "dcos: {config: {x: 1}}\n",
	}, inventory.Options{ExtraVars: []string{`{"dcos": {"version": "2.1.0"}}`}, MergeHashes: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inv.Cluster(); err == nil || !strings.Contains(err.Error(), `the variable dcos of "m" differs`) {
		t.Errorf("error = %v, want one that says that dcos differs", err)
	}
}
