//go:build ansible

package inventory_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/inventory/listing"
	"dcosup/inventory/vault"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
)

// ansibleVault is the real ansible-vault with the passwords of judgePasswords.
type ansibleVault struct {
	t    *testing.T
	path string
	dir  string
	ids  []string
}

// judgePasswords are vault ids and their passwords, and how the files look that
// hold them.
var judgePasswords = []struct{ id, password, file string }{
	{"default", "hunter2", "hunter2\n"},
	{"lab", "two words", "  two words \r\n"},
	{"prod", "pässwörd", "pässwörd"},
}

func newAnsibleVault(t *testing.T) ansibleVault {
	t.Helper()
	path, err := exec.LookPath("ansible-vault")
	if err != nil {
		t.Fatal("ansible-vault, which is the judge here, is missing: install ansible-core")
	}
	v := ansibleVault{t: t, path: path, dir: t.TempDir()}
	writeFiles(t, v.dir, map[string]string{"ansible.cfg": ""})
	for _, p := range judgePasswords {
		writeFiles(t, v.dir, map[string]string{p.id: p.file})
		v.ids = append(v.ids, "--vault-id", p.id+"@"+filepath.Join(v.dir, p.id))
	}
	return v
}

// run gives ansible-vault a text on standard input.
func (v ansibleVault) run(text string, args ...string) string {
	v.t.Helper()
	args = append(args, v.ids...)
	cmd := exec.Command(v.path, args...)
	cmd.Env = judgeEnv(v.t, filepath.Join(v.dir, "ansible.cfg"))
	cmd.Stdin = strings.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		v.t.Fatalf("ansible-vault %q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// file encrypts a whole file.
func (v ansibleVault) file(id, text string) string {
	v.t.Helper()
	return v.run(text, "encrypt", "--encrypt-vault-id", id, "--output", "-")
}

// value encrypts a value: `name: !vault |` and what belongs below it.
func (v ansibleVault) value(id, name, text string) string {
	v.t.Helper()
	return strings.TrimRight(v.run(text, "encrypt_string", "--encrypt-vault-id", id, "--stdin-name", name), "\n") + "\n"
}

// indent moves a value into something.
func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

// opened returns what ansible-inventory listed with the values that it left
// encrypted decrypted by ansible-vault.
func (v ansibleVault) opened(listed any) any {
	v.t.Helper()
	switch d := listed.(type) {
	case map[string]any:
		if text, ok := d["__ansible_vault"].(string); ok {
			return v.run(text, "decrypt", "--output", "-")
		}
		for key := range d {
			d[key] = v.opened(d[key])
		}
	case []any:
		for i := range d {
			d[i] = v.opened(d[i])
		}
	}
	return listed
}

func judgeRing() *vault.Keyring {
	ring := &vault.Keyring{}
	for _, p := range judgePasswords {
		ring.Secrets = append(ring.Secrets, vault.Secret{ID: p.id, Password: secret.Text(p.password)})
	}
	return ring
}

// vaulted are inventories that ansible-vault encrypts.
var vaulted = []struct {
	name    string
	files   func(ansibleVault) map[string]string
	sources []string
	extra   []string
}{
	{name: "whole files", files: func(v ansibleVault) map[string]string {
		return map[string]string{
			"hosts":                    v.file("default", "[g]\na port=22 list=\"[1, 'x']\"\n[g:vars]\nw = 1\n"),
			"group_vars/all/vault.yml": v.file("lab", "s: secret\nyes: no\nn: 0644\ndeep: {a: [1, {b: c}]}\n"),
			"group_vars/all/vars.yml":  "public: 1\n",
			"group_vars/g":             v.file("prod", "g: 1\n"),
			"host_vars/a.json":         v.file("default", `{"f": 1.5}`),
			"extra.yml":                v.file("lab", "e: 1\n"),
		}
	}, extra: []string{"@extra.yml"}},
	{name: "a YAML inventory", sources: []string{"inv"}, files: func(v ansibleVault) map[string]string {
		return map[string]string{
			"inv/hosts.yml":          v.file("default", "g:\n  hosts:\n    a: {x: 1}\n  vars: {v: 1}\n"),
			"inv/more":               v.file("lab", "[h]\nb\n"),
			"inv/group_vars/g/v.yml": v.file("lab", "---\nw: ü ☃\n"),
		}
	}},
	{name: "values", files: func(v ansibleVault) map[string]string {
		return map[string]string{
			"hosts": "[g]\na\n",
			"group_vars/all.yml": v.value("default", "one", "two words") + v.value("lab", "label", "ü ☃") + v.value("prod", "lines", "a\nb\n") +
				v.value("default", "number", "22") + v.value("default", "bool", "yes") + v.value("default", "template", "{{ x }}") +
				"deep:\n  er:\n" + indent(v.value("lab", "value", " blanks "), "    ") +
				"list:\n  - " + strings.TrimLeft(indent(v.value("lab", "value", "item"), "    "), " ") + "  - plain\n",
			"host_vars/a.yml": v.file("default", v.value("lab", "within", "a file")),
		}
	}},
	{name: "values in a YAML inventory", sources: []string{"hosts.yml"}, files: func(v ansibleVault) map[string]string {
		return map[string]string{"hosts.yml": "g:\n  vars:\n" + indent(v.value("lab", "v", "x"), "    ") + "  hosts:\n    a:\n" + indent(v.value("default", "w", "y"), "      ")}
	}},
	{name: "the older tag, quotes, anchors", files: func(v ansibleVault) map[string]string {
		envelope := strings.TrimSpace(v.file("default", "x"))
		return map[string]string{"hosts": "a\n", "host_vars/a.yml": strings.Replace(v.value("default", "old", "x"), "!vault", "!vault-encrypted", 1) +
			fmt.Sprintf("quoted: !vault %q\n", envelope) + strings.Replace(v.value("lab", "anchor", "x"), "!vault", "&v !vault", 1) + "alias: *v\n"}
	}},
	{name: "values in JSON", files: func(v ansibleVault) map[string]string {
		return map[string]string{"hosts": "a\n", "host_vars/a.json": fmt.Sprintf(`{"v": {"__ansible_vault": %q}}`, v.file("lab", "x"))}
	}},
	{name: "carriage returns and empty lines", files: func(v ansibleVault) map[string]string {
		return map[string]string{
			"hosts":              strings.ReplaceAll(v.file("default", "[g]\r\na x=1\r\n"), "\n", "\r\n"),
			"group_vars/all.yml": strings.ReplaceAll(v.value("lab", "v", "x")+"w: 1\n", "\n", "\r\n"),
			"group_vars/g.yml":   strings.Replace(v.file("default", "g: 1\n"), "\n", "  \n\n", 1) + "\n\n",
			"host_vars/a.yml":    indent(v.value("lab", "h", "x"), "      "),
		}
	}},
	{name: "nothing", files: func(v ansibleVault) map[string]string {
		return map[string]string{"hosts": "a\n", "host_vars/a.yml": v.file("default", "# nothing\n"), "group_vars/all.yml": v.file("lab", "{}")}
	}},
	{name: "much", files: func(v ansibleVault) map[string]string {
		return map[string]string{"hosts": "a\n", "host_vars/a.yml": v.file("default", "much: "+strings.Repeat("0123456789abcdef", 1<<14)+"\n")}
	}},
}

// listed is what dcosup lists.
func listed(t *testing.T, inv *inventory.Inventory) any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(listing.List(inv, listing.Options{Secrets: true})), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestJudgeVault holds what is decrypted against ansible-inventory.
func TestJudgeVault(t *testing.T) {
	judge, err := exec.LookPath("ansible-inventory")
	if err != nil {
		t.Fatal("ansible-inventory, which is the judge here, is missing: install ansible-core")
	}
	for _, tt := range vaulted {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, dir := newAnsibleVault(t), t.TempDir()
			writeFiles(t, dir, tt.files(v))
			sources := tt.sources
			if sources == nil {
				sources = []string{"hosts"}
			}
			inv, err := inventory.Load(inventory.Options{Sources: sources, ExtraVars: tt.extra, WorkDir: dir, Vault: judgeRing()})
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			want := v.opened(ansibleList(t, judge, dir, sources, tt.extra, v.ids...))
			if diff := cmp.Diff(want, v.opened(listed(t, inv))); diff != "" {
				t.Errorf("meaning differs (-ansible +dcosup):\n%s", diff)
			}
		})
	}
}

// TestJudgeLocked asks Ansible about values for which there is no password: it
// lists them as they are.
func TestJudgeLocked(t *testing.T) {
	judge, err := exec.LookPath("ansible-inventory")
	if err != nil {
		t.Fatal("ansible-inventory, which is the judge here, is missing: install ansible-core")
	}
	v, dir := newAnsibleVault(t), t.TempDir()
	writeFiles(t, dir, map[string]string{"hosts": "a\n", "group_vars/all.yml": "list:\n  - " + strings.TrimLeft(indent(v.value("lab", "v", "x"), "    "), " ")})
	inv, err := inventory.Load(inventory.Options{Sources: []string{"hosts"}, WorkDir: dir})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	want := ansibleList(t, judge, dir, []string{"hosts"}, nil)
	if diff := cmp.Diff(any(want), listed(t, inv)); diff != "" {
		t.Errorf("meaning differs (-ansible +dcosup):\n%s", diff)
	}
}

// TestJudgeVaultTemplate asks Ansible whether braces in an encrypted value begin
// a template: they do not.
func TestJudgeVaultTemplate(t *testing.T) {
	judge, err := exec.LookPath("ansible")
	if err != nil {
		t.Fatal("ansible, which is the judge here, is missing: install ansible-core")
	}
	v, dir := newAnsibleVault(t), t.TempDir()
	writeFiles(t, dir, map[string]string{"hosts": "a\n", "group_vars/all.yml": "other: evaluated\n" + v.value("default", "password", "{{ other }}")})
	cmd := exec.Command(judge, append([]string{"all", "-i", "hosts", "-m", "debug", "-a", "var=password"}, v.ids...)...)
	cmd.Dir, cmd.Env = dir, judgeEnv(t, filepath.Join(v.dir, "ansible.cfg"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"password": "{{ other }}"`) {
		t.Errorf("ansible: %v\n%s", err, out)
	}
}
