package listing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/inventory/listing"
	"dcosup/inventory/vault"
	"dcosup/secret"
)

// That the forms are Ansible's is held by the corpus in inventory; here is what is
// our own: secrets, limits, and texts that other readers must not mistake.

func load(t *testing.T, o inventory.Options, files map[string]string) *inventory.Inventory {
	t.Helper()
	o.WorkDir, o.Sources = t.TempDir(), []string{"hosts"}
	for name, text := range files {
		path := filepath.Join(o.WorkDir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inv, err := inventory.Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func TestSecretsAreNotShown(t *testing.T) {
	const canary = "CANARY"
	inv := load(t, inventory.Options{}, map[string]string{
		"hosts": "[g]\nh ansible_password=CANARY ansible_become_pass=CANARY api_token=CANARY1 pin_password=1234567\n[g:vars]\ndb_password=CANARY\n",
		"host_vars/h.yml": "dcos:\n  superuser_password: CANARY\n  config: {license_key_contents: CANARY, exhibitor_azure_account_key: CANARY, passwords: [CANARY, {x: CANARY}]}\n" +
			"passengers: 7\nask_password: true\nempty_password: ''\nno_password: null\ntemplated_password: '{{ vault_password }}'\n",
	})
	for name, text := range map[string]string{
		"list": listing.List(inv, listing.Options{}), "YAML": listing.List(inv, listing.Options{YAML: true}),
		"host": listing.Host(inv, inv.Host("h"), listing.Options{}), "graph": listing.Graph(inv, inv.Group("all"), listing.Options{Vars: true}),
	} {
		if strings.Contains(text, canary) || strings.Contains(text, "1234567") {
			t.Errorf("%s shows a secret:\n%s", name, text)
		}
	}
	shown := listing.Host(inv, inv.Host("h"), listing.Options{})
	for _, want := range []string{`"passengers": 7`, `"ask_password": true`, `"empty_password": ""`, `"no_password": null`, `"templated_password": "{{ vault_password }}"`} {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not shown:\n%s", want, shown)
		}
	}
	if all := listing.Host(inv, inv.Host("h"), listing.Options{Secrets: true}); strings.Count(all, canary) != 9 {
		t.Errorf("not all is shown:\n%s", all)
	}
}

func TestEncryptedFilesAndValues(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("../vault/testdata", name+".vault"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	value := "sealed: !vault |\n  " + strings.ReplaceAll(strings.TrimSpace(read("plain")), "\n", "\n  ") + "\n"
	inv := load(t, inventory.Options{Vault: &vault.Keyring{Secrets: []vault.Secret{{ID: "default", Password: secret.Text("hunter2")}}}},
		map[string]string{"hosts": "h\n", "host_vars/h.yml": value, "group_vars/all.yml": read("vars")})
	for _, secrets := range []bool{false, true} {
		o := listing.Options{Secrets: secrets, Vars: true}
		list, graph := listing.List(inv, o), listing.Graph(inv, inv.Group("all"), o)
		if strings.Contains(list+graph, "a secret") {
			t.Errorf("the encrypted value is shown:\n%s\n%s", list, graph)
		}
		if !strings.Contains(list, `"__ansible_vault": "$ANSIBLE_VAULT`) || !strings.Contains(graph, "{sealed = ***}") {
			t.Errorf("the encrypted value is not there:\n%s\n%s", list, graph)
		}
		if strings.Contains(list, "sesame") != secrets {
			t.Errorf("with secrets %t, the encrypted file is:\n%s", secrets, list)
		}
	}
}

// TestYAMLTexts has texts that YAML 1.1 would take for something else, which the
// library does not know: each is in quotes.
func TestYAMLTexts(t *testing.T) {
	texts := []string{"yes", "Off", "y", "N", "~", "null", "0644", "0o17", "1_000", "1:30", "1.5", ".5", "1e3", "08", "2020-01-02", "2020-1-2 1:02:03", ".inf", "-.INF", ".nan",
		"=", "<<", "-", "- a", "a: b", "a #b", "#a", "'", `"`, "", " ", "a\nb", "!x", "*x", "&x", "{{ x }}", "@x", "`x", "%x", "[", "true", "0x1F", "0b1", "+1", "012345678901234567890"}
	vars := &strings.Builder{}
	for _, text := range texts {
		vars.WriteString("- !!str " + quoted(text) + "\n")
	}
	inv := load(t, inventory.Options{}, map[string]string{"hosts": "h\n", "host_vars/h.yml": "texts:\n" + vars.String()})
	written := listing.Host(inv, inv.Host("h"), listing.Options{YAML: true})
	again := load(t, inventory.Options{}, map[string]string{"hosts": "h\n", "host_vars/h.yml": written})
	if diff := cmp.Diff(inv.Host("h").Vars().Native(), again.Host("h").Vars().Native()); diff != "" {
		t.Errorf("read again (-first +again):\n%s\n%s", diff, written)
	}
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

func TestLimit(t *testing.T) {
	inv := load(t, inventory.Options{Limit: "a,!a2"}, map[string]string{"hosts": "[a]\na[1:3]\n[b]\nb1 x=1\n"})
	want := "@all:\n  |--@ungrouped:\n  |--@a:\n  |  |--a1\n  |  |--a3\n  |--@b:\n"
	if diff := cmp.Diff(want, listing.Graph(inv, inv.Group("all"), listing.Options{})); diff != "" {
		t.Errorf("graph (-want +got):\n%s", diff)
	}
	if list := listing.List(inv, listing.Options{}); strings.Contains(list, "b1") || strings.Contains(list, "a2") {
		t.Errorf("hosts that are left out are listed:\n%s", list)
	}
}
