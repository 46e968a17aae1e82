package inventory_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/crypto/ssh"
)

// workshop is the inventory of the SMACK workshop: seven nodes by address.
const workshop = `[bootstrap]
10.0.0.10

[masters]
10.0.0.11

[public-agents]
10.0.0.31

[private-agents]
10.0.0.21
10.0.0.22
10.0.0.23
10.0.0.24

[dcos-cluster:children]
bootstrap
masters
public-agents
private-agents
`

// settings are the smallest that make a cluster.
const settings = `dcos:
  download: https://example.com/dcos_generate_config.sh
  config:
    cluster_name: smack
`

// load loads an inventory of files in a directory of their own.
func load(t *testing.T, files map[string]string, opts inventory.Options) (*inventory.Inventory, error) {
	t.Helper()
	opts.WorkDir = t.TempDir()
	writeFiles(t, opts.WorkDir, files)
	if opts.HomeDir == "" {
		opts.HomeDir = "/home/op"
	}
	if opts.Sources == nil {
		opts.Sources = []string{"hosts"}
	}
	return inventory.Load(opts)
}

// cluster loads files that must describe a cluster. The workshop's hosts and
// the smallest settings are there unless the files have their own.
func cluster(t *testing.T, files map[string]string, opts inventory.Options) *inventory.Cluster {
	t.Helper()
	all := map[string]string{"hosts": workshop, "group_vars/all.yml": settings}
	maps.Copy(all, files)
	inv, err := load(t, all, opts)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	c, err := inv.Cluster()
	if err != nil {
		t.Fatalf("Cluster: %v", err)
	}
	return c
}

func warnings(list []*inventory.Error) string {
	var texts []string
	for _, w := range list {
		texts = append(texts, w.Format())
	}
	return strings.Join(texts, "\n")
}

func TestClusterOfTheWorkshop(t *testing.T) {
	c := cluster(t, nil, inventory.Options{Overrides: inventory.Overrides{User: "centos", KeyFiles: []string{"~/key.pem", "rel"}}})
	var got []string
	for _, n := range c.Nodes {
		got = append(got, string(n.Role)+" "+n.SSH.User+"@"+n.SSH.Host)
	}
	want := []string{
		"bootstrap centos@10.0.0.10", "master centos@10.0.0.11",
		"agent centos@10.0.0.21", "agent centos@10.0.0.22", "agent centos@10.0.0.23", "agent centos@10.0.0.24",
		"public agent centos@10.0.0.31",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if len(c.Warnings) != 0 {
		t.Errorf("warnings of a sound inventory:\n%s", warnings(c.Warnings))
	}
	if got, want := len(c.Agents()), 5; got != want {
		t.Errorf("agents = %d, want %d", got, want)
	}
	if got, want := c.Bootstrap().Name, "10.0.0.10"; got != want {
		t.Errorf("bootstrap = %s, want %s", got, want)
	}
	if got := c.Node("10.0.0.24"); got == nil || got.Role.InstallWord() != "slave" {
		t.Errorf("node 10.0.0.24 = %+v, want one to install as slave", got)
	}
	if got := c.Node("nobody"); got != nil {
		t.Errorf("node nobody = %+v, want none", got)
	}
	keys := c.Bootstrap().SSH.KeyFiles
	if len(keys) != 2 || keys[0] != "/home/op/key.pem" || !filepath.IsAbs(keys[1]) {
		t.Errorf("key files = %v, want them absolute, ~ replaced", keys)
	}
}

func TestSettings(t *testing.T) {
	const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	c := cluster(t, map[string]string{"group_vars/all.yml": `dcos:
  download: installer/dcos_generate_config.ee.sh
  download_checksum: sha256:` + strings.ToUpper(sum) + `
  version: "2.10"
  image_commit: 4d92536e7381176206e71ee15b5ffe454439920c
  enterprise_dcos: yes
  selinux_mode: enforcing
  config:
    cluster_name: smack
    resolvers: [192.0.2.53]
    ip_detect_contents: |
      #!/bin/sh
      echo 10.0.0.1
    ip_detect_public_contents: "#!/bin/sh"
    fault_domain_detect_contents: "#!/bin/bash"
`}, inventory.Options{})
	got := *c
	want := inventory.Cluster{
		Name: "smack",
		Release: inventory.Release{
			Download: "installer/dcos_generate_config.ee.sh", Checksum: sum, Version: "2.10",
			ImageCommit: "4d92536e7381176206e71ee15b5ffe454439920c", Enterprise: true,
		},
		SELinuxMode: "enforcing",
	}
	ignore := cmpopts.IgnoreFields(inventory.Cluster{}, "Nodes", "Config")
	if diff := cmp.Diff(want, got, ignore, cmpopts.IgnoreUnexported(inventory.Cluster{})); diff != "" {
		t.Errorf("cluster (-want +got):\n%s", diff)
	}
	wantConfig := map[string]any{"cluster_name": "smack", "resolvers": []any{"192.0.2.53"}, "ip_detect_contents": "#!/bin/sh\necho 10.0.0.1\n",
		"ip_detect_public_contents": "#!/bin/sh", "fault_domain_detect_contents": "#!/bin/bash"}
	if diff := cmp.Diff(wantConfig, c.Config.Plain()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	resolvers, _ := c.Config.Get("resolvers")
	first := resolvers.Data.([]inventory.Value)[0]
	if got, want := first.Pos.String(), "group_vars/all.yml:10:17"; got != want {
		t.Errorf("place of the first resolver = %s, want %s", got, want)
	}
	if got, want := c.ErrorAt(first.Pos, "no", "yes").Format(), "group_vars/all.yml:10:17: no\n"+
		"  10 |     resolvers: [192.0.2.53]\n"+
		"     |                 ^\n"+
		"  hint: yes"; got != want {
		t.Errorf("error at the first resolver:\n%s\nwant:\n%s", got, want)
	}
}

func TestVarsOfNodesHaveNoPasswords(t *testing.T) {
	vars := settings + "ansible_password: hunter2\nansible_become_pass: hunter3\nrack: r1\n"
	n := cluster(t, map[string]string{"group_vars/all.yml": vars}, inventory.Options{}).Bootstrap()
	var got []string
	for name := range n.Vars {
		got = append(got, name)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"dcos", "rack"}, got); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if shown := fmt.Sprintf("%+v", n); strings.Contains(shown, "hunter") {
		t.Errorf("a printed node shows a password: %s", shown)
	}
	if n.SSH.Password.Reveal() != "hunter2" || n.SSH.BecomePassword.Reveal() != "hunter3" {
		t.Errorf("passwords = %q, %q", n.SSH.Password.Reveal(), n.SSH.BecomePassword.Reveal())
	}
}

func TestDefaultsOfSettings(t *testing.T) {
	c := cluster(t, nil, inventory.Options{})
	want := inventory.Release{Download: "https://example.com/dcos_generate_config.sh"}
	if diff := cmp.Diff(want, c.Release); diff != "" {
		t.Errorf("release (-want +got):\n%s", diff)
	}
	if c.SELinuxMode != "permissive" || c.Detection != (inventory.Detection{}) {
		t.Errorf("selinux %q, methods %v: want permissive and none", c.SELinuxMode, c.Detection)
	}
}

func TestGroupNames(t *testing.T) {
	for _, tt := range []struct{ playbooks, bootstrap, master, agent, public string }{
		{"dcos-ansible", "bootstraps", "masters", "agents_private", "agents_public"},
		{"ansible-dcos", "bootstraps", "masters", "agents", "agent_publics"},
		{"the workshop's", "bootstrap", "masters", "private-agents", "public-agents"},
		{"in the singular", "bootstrap", "master", "agent", "public_agents"},
		{"with low lines", "bootstrap", "master", "private_agents", "public_agents"},
	} {
		t.Run(tt.playbooks, func(t *testing.T) {
			hosts := "[" + tt.bootstrap + "]\nb\n[" + tt.master + "]\nm\n[" + tt.agent + "]\na\n[" + tt.public + "]\np\n"
			c := cluster(t, map[string]string{"hosts": hosts}, inventory.Options{})
			got := map[string]inventory.Role{}
			for _, n := range c.Nodes {
				got[n.Name] = n.Role
			}
			want := map[string]inventory.Role{
				"b": inventory.RoleBootstrap, "m": inventory.RoleMaster, "a": inventory.RoleAgent, "p": inventory.RolePublicAgent,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInstallWord(t *testing.T) {
	want := map[inventory.Role]string{
		inventory.RoleBootstrap: "", inventory.RoleMaster: "master",
		inventory.RoleAgent: "slave", inventory.RolePublicAgent: "slave_public",
	}
	for role, word := range want {
		if got := role.InstallWord(); got != word {
			t.Errorf("install word of %s = %q, want %q", role, got, word)
		}
	}
}

func TestLimitSelectsNodes(t *testing.T) {
	for _, tt := range []struct{ limit, want string }{
		{"", "10 11 21 22 23 24 31"},
		{"masters", "11"},
		{"private-agents:!10.0.0.22", "21 23 24"},
		{"@some.txt", "11 31"},
		{"!private-agents", "10 11 31"},
	} {
		t.Run(tt.limit, func(t *testing.T) {
			c := cluster(t, map[string]string{"some.txt": "10.0.0.11\n10.0.0.31\n"}, inventory.Options{Limit: tt.limit})
			var got []string
			for _, n := range c.Nodes {
				if n.Selected {
					got = append(got, strings.TrimPrefix(n.Name, "10.0.0."))
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("selected (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExample(t *testing.T) {
	dir := t.TempDir()
	for _, f := range inventory.Example() {
		writeFiles(t, dir, map[string]string{f.Name: f.Content})
	}
	inv, err := inventory.Load(inventory.Options{Sources: []string{filepath.Join(dir, "hosts")}, WorkDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c, err := inv.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(c.Nodes), 7; got != want {
		t.Errorf("the example has %d nodes, want %d", got, want)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("the example is warned of:\n%s", warnings(c.Warnings))
	}
	for _, n := range c.Nodes {
		if !strings.HasPrefix(n.SSH.Host, "192.0.2.") {
			t.Errorf("%s has the address %s, which is not reserved for documentation", n.Name, n.SSH.Host)
		}
	}
}

// privateKey is a new key in OpenSSH's format; passphrase "" leaves it open.
func privateKey(t *testing.T, passphrase string) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

func TestCheckKeyFiles(t *testing.T) {
	keys := t.TempDir()
	writeFiles(t, keys, map[string]string{"good": privateKey(t, ""), "locked": privateKey(t, "passphrase"), "open": "key", "public": "ssh-ed25519 AAAA"})
	for _, name := range []string{"good", "locked", "public"} {
		if err := os.Chmod(filepath.Join(keys, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hosts := "[bootstrap]\nb ansible_ssh_private_key_file=" + keys + "/good\n" +
		"[masters]\nm ansible_ssh_private_key_file=" + keys + "/open\n" +
		"[agents]\na ansible_ssh_private_key_file=" + keys + "/none\n" +
		"d ansible_ssh_private_key_file=" + keys + "\n" +
		"p ansible_ssh_private_key_file=" + keys + "/public\n" +
		"k ansible_ssh_private_key_file=" + keys + "/locked\n" +
		"l ansible_ssh_private_key_file=" + keys + "/none ansible_connection=local\n"
	c := cluster(t, map[string]string{"hosts": hosts}, inventory.Options{})
	err := inventory.CheckKeyFiles(c)
	if err == nil {
		t.Fatal("four bad key files, and no error")
	}
	got := strings.ReplaceAll(err.Error(), keys, "/keys")
	for _, want := range []string{
		"hosts:4:32: the key file /keys/open is open to others (mode 0644)", "hint: chmod 600 /keys/open",
		"hosts:6:32: the key file /keys/none does not exist",
		"hosts:7:32: the key file /keys is a directory",
		"hosts:8:32: the key file /keys/public holds no private key", "4 errors",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("error lacks %q:\n%s", want, got)
		}
	}
	limited := cluster(t, map[string]string{"hosts": hosts}, inventory.Options{Limit: "b"})
	if err := inventory.CheckKeyFiles(limited); err != nil {
		t.Errorf("only nodes of the limit should be checked: %v", err)
	}
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
