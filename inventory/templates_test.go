package inventory_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/secret"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// templated is the inventory of testdata/templates.txtar and Ansible's answer.
func templated(t *testing.T) (files map[string]string, ansible string) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/templates.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	ansible = files["ansible"]
	delete(files, "ansible")
	return files, ansible
}

// TestTemplates holds what templates of an inventory say against Ansible's answer.
func TestTemplates(t *testing.T) {
	files, want := templated(t)
	c := sound(t, files, inventory.Options{})
	text, err := json.Marshal(c.Config.Plain())
	if err != nil {
		t.Fatal(err)
	}
	var got, answer map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &answer); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer, got); diff != "" {
		t.Errorf("dcos.config (-ansible +dcosup):\n%s", diff)
	}
}

// sound is the cluster of an inventory that has nothing wrong.
func sound(t *testing.T, files map[string]string, o inventory.Options) *inventory.Cluster {
	t.Helper()
	inv, err := load(t, files, o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := inv.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// smallWith are the files of a small cluster, with lines below dcos and its config.
func smallWith(dcos, config string, more map[string]string) map[string]string {
	files := map[string]string{
		"hosts":              "[bootstrap]\nb ansible_host=10.0.0.1\n[masters]\nm ansible_host=10.0.0.2\n[agents]\na ansible_host=10.0.0.3\n",
		"group_vars/all.yml": "dcos:\n" + dcos + "  download: https://example.com/x\n  config:\n    cluster_name: lab\n" + config,
	}
	for name, text := range more {
		files[name] = text
	}
	return files
}

// TestTemplatesOfConnections has templates in what says how a node is reached.
func TestTemplatesOfConnections(t *testing.T) {
	vars := `
ansible_host: "{{ net }}.{{ last }}"
ansible_port: "{{ port }}"
ansible_user: "{{ lookup('env', 'WHO') | default('centos', true) }}"
ansible_become: "{{ not raw }}"
ansible_become_password: "{{ pass }}"
ansible_ssh_common_args: "-o ConnectTimeout={{ port // 10 }}"
ansible_password: "{{ omit }}"
private_ip: "{{ ansible_host }}"
pass: hunter2
raw: false
net: 10.1.0
port: 2200
`
	c := sound(t, smallWith("", "", map[string]string{
		"hosts": "[bootstrap]\nb last=1\n[masters]\nm last=2\n[agents]\na last=3\n", "group_vars/masters.yml": vars, "group_vars/bootstrap.yml": "x: '{{ y'\n",
	}), inventory.Options{Getenv: func(name string) string { return map[string]string{"WHO": "me"}[name] }})
	m := c.Node("m")
	s := m.SSH
	if s.Host != "10.1.0.2" || s.Port != 2200 || s.User != "me" || !s.Become || s.BecomePassword != "hunter2" || s.Password != "" || m.PrivateIP != "10.1.0.2" {
		t.Errorf("the way to the node is %+v, its address %s", s, m.PrivateIP)
	}
	if last := s.Options[len(s.Options)-1]; last.Name != "ConnectTimeout" || last.Value != "220" {
		t.Errorf("the last option is %+v", last)
	}
}

// TestTemplatesOfSettings has templates in the variable dcos and in the old names.
func TestTemplatesOfSettings(t *testing.T) {
	c := sound(t, smallWith("  version: \"{{ v }}\"\n  enterprise_dcos: \"{{ ee }}\"\n  superuser_password: \"{{ secret_of_mine }}\"\n",
		"    superuser_username: admin\n    resolvers: \"{{ omit }}\"\n    dns: {a: \"{{ omit }}\", b: 1}\n    l: [\"{{ v }}\"]\n", map[string]string{
			"group_vars/masters.yml":   "dcos_requirements: {memory: {floor: \"{{ 1 + 1 }} GB\"}}\ndcos_fixes: {time: {servers: [\"{{ inventory_hostname }}.example.org\"]}}\n",
			"group_vars/bootstrap.yml": "v: \"2.1.0\"\nee: yes\nsecret_of_mine: hunter2\nlicense: abc\n",
			"group_vars/agents.yml":    "v: 1\n",
		}), inventory.Options{ExtraVars: []string{"dcos_ee_license_key_contents={{ license }}"}})
	if c.Release.Version != "2.1.0" || !c.Release.Enterprise || c.Superuser.Password != "hunter2" {
		t.Errorf("release %+v, superuser %+v", c.Release, c.Superuser)
	}
	want := map[string]any{"cluster_name": "lab", "superuser_username": "admin", "dns": map[string]any{"b": int64(1)}, "l": []any{"2.1.0"}, "license_key_contents": "abc"}
	if diff := cmp.Diff(want, c.Config.Plain()); diff != "" {
		t.Errorf("dcos.config (-want +got):\n%s", diff)
	}
	v := c.Node("m").Vars["dcos_requirements"]
	if diff := cmp.Diff(map[string]any{"memory": map[string]any{"floor": "2 GB"}}, v.Plain()); diff != "" {
		t.Errorf("dcos_requirements (-want +got):\n%s", diff)
	}
	v = c.Node("m").Vars["dcos_fixes"]
	if diff := cmp.Diff(map[string]any{"time": map[string]any{"servers": []any{"m.example.org"}}}, v.Plain()); diff != "" {
		t.Errorf("dcos_fixes (-want +got):\n%s", diff)
	}
}

// TestTemplatesThatAreNotNeeded stay what they are, whatever is wrong with them.
func TestTemplatesThatAreNotNeeded(t *testing.T) {
	sound(t, smallWith("", "    text: !unsafe \"{{ x\"\n", map[string]string{
		"group_vars/agents.yml": "other: \"{{ nobody.knows }}\"\npublic_ip: \"{{ nobody.knows }}\"\nx: \"{{ x }}\"\nz: \"{% nothing %}\"\n",
		"host_vars/b.yml":       "unused: \"{{ ansible_kernel }}\"\n",
	}), inventory.Options{})
}

func TestTemplateErrors(t *testing.T) {
	for _, tt := range []struct{ name, config, more, want, hint string }{
		{"undefined", `    x: "a {{ clustr_nam }}"`, "cluster_name_: 1\nclustr_name: 1\n",
			"group_vars/all.yml:5:14: dcos.config.x: clustr_nam is not defined", "did you mean clustr_name?"},
		{"undefined within another variable", `    x: "{{ one }}"`, "one: \"{{ two }}\"\ntwo: \"a {{ three }}\"\n",
			"group_vars/bootstrap.yml:2:12: two: three is not defined", "|default"},
		{"undefined attribute", `    x: "{{ hostvars['m'].adress }}"`, "", "group_vars/all.yml:5:26: dcos.config.x: hostvars['m'].adress is not defined", ""},
		{"no such group", `    x: "{{ groups['master'] | first }}"`, "", "group_vars/all.yml:5:18: dcos.config.x: groups['master'] is not defined", "did you mean masters?"},
		{"itself", `    x: "{{ one }}"`, "one: \"{{ two }}\"\ntwo: \"{{ one }}\"\n", "group_vars/bootstrap.yml:1:6: the variable one needs two needs one: it needs itself", ""},
		{"itself by another host", `    x: "{{ one }}"`, "one: \"{{ hostvars['m'].one }}\"\n", "group_vars/bootstrap.yml:1:6: the variable one needs one of m needs one: it needs itself", ""},
		{"dcos itself", `    x: "{{ dcos.version }}"`, "", "group_vars/all.yml:2:3: the variable dcos needs dcos: it needs itself", ""},
		{"syntax", `    x: "a {{ b | }}"`, "", `group_vars/all.yml:5:18: dcos.config.x: a name is expected here, and not "}}"`, ""},
		{"filter", `    x: "{{ 'a' | uper }}"`, "", `group_vars/all.yml:5:18: dcos.config.x: there is no filter "uper" that dcosup knows`, "did you mean upper?"},
		{"filter of Ansible", `    x: "{{ 9 | random }}"`, "", "dcos.config.x: the filter random is not evaluated by dcosup", "another value each time"},
		{"lookup", `    x: "{{ lookup('pipe', 'id') }}"`, "", "group_vars/all.yml:5:18: dcos.config.x: lookup('pipe') is not evaluated by dcosup", ""},
		{"no file", `    x: "{{ lookup('file', 'nothere') }}"`, "", "dcos.config.x: lookup('file'): there is no file ", ""},
		{"statement", `    x: "{% include 'x' %}"`, "", "group_vars/all.yml:5:12: dcos.config.x: {% include %} is a statement of Jinja2 that dcosup does not evaluate", ""},
		{"playbook", `    x: "{{ playbook_dir }}"`, "", "group_vars/all.yml:5:12: dcos.config.x: playbook_dir is a variable of running playbooks", ""},
		{"unknown fact", `    x: "{{ ansible_fqdn }}"`, "", "group_vars/all.yml:5:12: dcos.config.x: ansible_fqdn is none of the facts that dcosup finds out", ""},
		{"unknown fact under default", `    x: "{{ ansible_eth0.mtu | default(1500) }}"`, "", "ansible_eth0 is none of the facts that dcosup finds out", ""},
		{"variables as a whole", `    x: "{{ hostvars['m'] }}"`, "", "the variables of m as a whole are not known to dcosup", ""},
		{"all hosts", `    x: "{{ hostvars | length }}"`, "", "hostvars as a whole is not known to dcosup", "write groups['all']"},
		{"over lines", "    x: |\n      a\n      b {{ nobody }}", "", "group_vars/all.yml:7:12: dcos.config.x: nobody is not defined", ""},
		{"a shell's length", "    x: |\n      a\n      echo ${#a}", "", "group_vars/all.yml:7:13: dcos.config.x: {# begins a comment of Jinja2", ""},
		{"omit within a text", `    x: "a{{ omit }}"`, "", "dcos.config.x: omit stands within a text", ""},
		{"connection", "", "ansible_user: \"{{ nobody }}\"\n", "group_vars/bootstrap.yml:1:19: ansible_user: nobody is not defined", ""},
		{"a fact for the connection", "", "ansible_port: \"{{ ansible_processor_vcpus }}\"\n",
			"group_vars/bootstrap.yml:1:15: ansible_port needs the fact ansible_processor_vcpus of b, which is not known before the nodes have been asked", "only values in dcos.config"},
		{"a fact for the name", "    superuser_username: \"{{ ansible_hostname }}\"", "", "dcos.config.superuser_username needs the fact ansible_hostname of b", ""},
		{"bomb", "    x: \"{{ 'a' * 100000000 }}\"", "", "dcos.config.x: the text is longer than", ""},
		{"fixes", "", "dcos_fixes: {time: {servers: [\"{{ nobody }}\"]}}\n", "group_vars/bootstrap.yml:1:35: dcos_fixes.time.servers: nobody is not defined", ""},
		{"requirements", "", "dcos_requirements: {memory: {floor: \"{{ nobody }}\"}}\n", "group_vars/bootstrap.yml:1:41: dcos_requirements.memory.floor: nobody is not defined", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := smallWith("", tt.config+"\n", map[string]string{"group_vars/bootstrap.yml": tt.more})
			files["group_vars/all.yml"] = strings.Replace(files["group_vars/all.yml"], "  download: https://example.com/x\n", "", 1)
			files["group_vars/all.yml"] = strings.Replace(files["group_vars/all.yml"], "dcos:\n", "dcos:\n  version: \"2.1.0\"\n", 1)
			files["group_vars/masters.yml"] = "one: \"{{ hostvars['b'].one }}\"\n"
			inv, err := load(t, files, inventory.Options{ExtraVars: []string{"dcos_download=https://example.com/x"}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = inv.Cluster()
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.hint) {
				t.Errorf("error = %v\nwant %q and the hint %q", err, tt.want, tt.hint)
			}
			if err != nil && strings.Contains(err.Error(), "2 errors") {
				t.Errorf("it is told more than once: %v", err)
			}
		})
	}
}

// TestPending has values that need facts: they are left for when nodes were asked.
func TestPending(t *testing.T) {
	files := smallWith("", `    dns_search: "{{ ansible_hostname }}.example.com"
    resolvers: ["{{ hostvars['m'].ansible_default_ipv4.address }}", "{{ ansible_facts['kernel'] }}"]
    known: "{{ 1 + 1 }}"
    vcpus: "{{ ansible_processor_vcpus }}"
    gone: "{{ omit if ansible_system == 'Linux' else 'x' }}"
    nested: "{{ of_m }}"
`, map[string]string{"group_vars/bootstrap.yml": "of_m: \"{{ hostvars['m'].mine | default('never') }}\"\n", "host_vars/m.yml": "mine: \"{{ ansible_kernel }}!\"\n"})
	c := sound(t, files, inventory.Options{})
	if diff := cmp.Diff(map[string]any{"cluster_name": "lab", "known": "2"}, c.Config.Plain()); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	var pending []string
	for _, p := range c.Pending() {
		pending = append(pending, p.Key+" needs "+p.Fact+" at "+p.Pos.String())
	}
	want := []string{
		"dns_search needs ansible_hostname of b at group_vars/all.yml:5:5", "resolvers needs ansible_default_ipv4 of m at group_vars/all.yml:6:5",
		"vcpus needs ansible_processor_vcpus of b at group_vars/all.yml:8:5", "gone needs ansible_system of b at group_vars/all.yml:9:5",
		"nested needs ansible_kernel of m at group_vars/all.yml:10:5",
	}
	if diff := cmp.Diff(want, pending); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	facts := map[string]inventory.Facts{
		"b": {"hostname": "boot", "kernel": "5.10", "processor_vcpus": 4, "system": "Linux"},
		"m": {"default_ipv4": map[string]any{"address": "10.0.0.2"}, "kernel": "4.18"},
	}
	with, err := c.With(facts)
	if err != nil {
		t.Fatal(err)
	}
	after := map[string]any{"cluster_name": "lab", "known": "2", "dns_search": "boot.example.com", "resolvers": []any{"10.0.0.2", "5.10"}, "vcpus": "4", "nested": "4.18!"}
	if diff := cmp.Diff(after, with.Config.Plain()); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if len(with.Pending()) > 0 || len(c.Pending()) != 5 || c.Config.Len() != 2 {
		t.Errorf("pending after: %v; the first cluster has changed: %v", with.Pending(), c.Config.Plain())
	}
	if pos := with.Config.KeyPos("vcpus"); pos.String() != "group_vars/all.yml:8:5" {
		t.Errorf("the place of a pending key is %s", pos)
	}
}

func TestFactsThatAreMissing(t *testing.T) {
	for _, tt := range []struct{ name, template, want string }{
		{"of a host that was not asked", "{{ hostvars['a'].ansible_kernel }}", "the fact ansible_kernel of a is needed, and that host is not among the nodes that were asked"},
		{"that the node does not tell", "{{ ansible_distribution }}", "b does not tell the fact ansible_distribution"},
		{"a part that nobody asks for", "{{ ansible_default_ipv4.netmask | default('x') }}", "ansible_default_ipv4.netmask is none of the facts"},
		{"a part that the node lacks", "{{ ansible_default_ipv4.gateway }}", "ansible_default_ipv4.gateway is not defined"},
		{"all of it", "{{ ansible_default_ipv4 }}", "ansible_default_ipv4 as a whole is not known to dcosup"},
		{"and wrong besides", "{{ ansible_kernel + 1 }}", "a text and a number cannot be joined by +"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := sound(t, smallWith("", "    x: \""+tt.template+"\"\n", nil), inventory.Options{})
			_, err := c.With(map[string]inventory.Facts{"b": {"kernel": "5", "default_ipv4": map[string]any{}}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "group_vars/all.yml:5:") {
				t.Errorf("error = %v, want %q with its place", err, tt.want)
			}
		})
	}
}

// TestTemplatesOfSecrets holds that what is made of an encrypted value is a secret,
// and what is not stays as it is.
func TestTemplatesOfSecrets(t *testing.T) {
	files := smallWith("", `    a: "{{ v | trim }}"
    b: "x{{ map.open }}"
    c: {l: ["{{ map }}"], o: 1}
    d: "{{ 'y' if v else 'n' }}"
    e: "{{ indirect }}"
    f: "{{ {'p': indirect, 'q': 1}.q }}"
    g: "{{ lookup('file', 'sealed') | length }}"
`, map[string]string{
		"group_vars/bootstrap.yml": "v: " + inline(t, "plain") + "map:\n  open: 1\n  hidden: " + inline(t, "labelled") + "indirect: \"{{ v }}!\"\n",
		"sealed":                   envelope(t, "plain"),
	})
	c := sound(t, files, inventory.Options{Vault: passwords()})
	var secrets []string
	for _, path := range c.Config.SecretPaths() {
		secrets = append(secrets, strings.Join(path, "."))
	}
	if diff := cmp.Diff([]string{"a", "c.l", "d", "e", "f", "g"}, secrets); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	want := map[string]any{
		"cluster_name": "lab", "a": "a secret", "b": "x1", "c": map[string]any{"l": []any{map[string]any{"open": int64(1), "hidden": "für alle: ☃"}}, "o": int64(1)},
		"d": "y", "e": "a secret\n!", "f": "1", "g": "8",
	}
	if diff := cmp.Diff(want, c.Config.Plain()); diff != "" {
		t.Errorf("dcos.config (-want +got):\n%s", diff)
	}
	texts := c.SecretTexts()
	for _, text := range []secret.Text{"a secret", "a secret\n!", "für alle: ☃"} {
		if !slices.Contains(texts, text) {
			t.Errorf("%q is not to be hidden", text.Reveal())
		}
	}
}

func TestTemplatesOfSecretsThatFail(t *testing.T) {
	for _, tt := range []struct {
		name, template string
		o              inventory.Options
		want           string
	}{
		{"no password", "{{ v }}", inventory.Options{}, "group_vars/bootstrap.yml:1:4: v is encrypted by Ansible Vault, and "},
		{"an operator", "{{ v + 1 }}", inventory.Options{Vault: passwords()}, "group_vars/all.yml:5:14: dcos.config.x: a text and a number cannot be joined by ***"},
		{"a version", "{{ v is version('a.1', '>') }}", inventory.Options{Vault: passwords()}, "the versions *** and *** cannot be compared"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inv, err := load(t, smallWith("", "    x: \""+tt.template+"\"\n", map[string]string{"group_vars/bootstrap.yml": "v: " + inline(t, "plain")}), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = inv.Cluster()
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "a secret") {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
}
