//go:build lab

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A directory as dcos-ansible has it (ansible.cfg, an inventory with its groups and
// variables, group_vars/all/) is pointed at, and nothing in it is rewritten.
func TestDcosAnsibleDirectory(t *testing.T) {
	noCluster(t)
	dir := t.TempDir()
	for name, text := range dcosAnsible(t) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := func(args ...string) outcome {
		t.Helper()
		c := command(t, args...)
		c.Dir = dir
		out, _ := c.CombinedOutput() // the exit code says all
		t.Logf("dcosup %s: exit code %d\n%s", strings.Join(args, " "), c.ProcessState.ExitCode(), out)
		return outcome{c.ProcessState.ExitCode(), string(out)}
	}
	in("init", "--from", ".").must(t, 0, "1 bootstrap, 1 master, 4 agent, 1 public agent")
	in("inventory", "show").must(t, 0, "ansible-lab", "DC/OS 2.1.0")
	in("plan").must(t, 0, "run dcos_install.sh slave_public", "public-1.example", "master-1.example is healthy")
	in("plan", "-i", "hosts", "-e", "dcos_version=2.1.0").must(t, 0)
	in("plan", "-i", "hosts", "-e", "dcos_version=dcos-1.11").must(t, 2, "dcos.version", "dcos.yml:")
}

// dcosAnsible are the files of such a directory, for the nodes of the lab.
func dcosAnsible(t *testing.T) map[string]string {
	var lab struct {
		DCOS struct {
			Config struct{ Resolvers []string }
		}
	}
	text, err := os.ReadFile(filepath.Join(nodes.Dir(), "group_vars/all.yml"))
	if err = errors.Join(err, yaml.Unmarshal(text, &lab)); err != nil {
		t.Fatal(err)
	}
	host := func(name string) string {
		return fmt.Sprintf("%s.example ansible_host=%s\n", name, nodes.Node(name).Address())
	}
	hosts := "[bootstraps]\n" + host("bootstrap") + "\n[masters]\n" + host("master-1") + "\n[agents_private]\n"
	for _, name := range []string{"agent-1", "agent-2", "agent-3", "agent-4"} {
		hosts += host(name)
	}
	hosts += "\n[agents_public]\n" + host("public-1") + `
[bootstraps:vars]
node_type=bootstrap

[masters:vars]
node_type=master
dcos_legacy_node_type_name=master

[agents_private:vars]
node_type=agent
dcos_legacy_node_type_name=slave

[agents_public:vars]
node_type=agent_public
dcos_legacy_node_type_name=slave_public

[agents:children]
agents_private
agents_public

[dcos:children]
bootstraps
masters
agents
`
	bootstrap, master := nodes.Node("bootstrap").Address(), nodes.Node("master-1").Address()
	return map[string]string{
		"hosts": hosts,
		"ansible.cfg": fmt.Sprintf(`[defaults]
inventory = hosts
remote_user = student
private_key_file = %s
forks = 100
hash_behaviour = merge

[ssh_connection]
pipelining = True
ssh_args = -o ControlMaster=auto -o ControlPersist=5m -o PreferredAuthentications=publickey -o UserKnownHostsFile=%s
`, nodes.KeyPath(), nodes.KnownHostsPath()),
		"group_vars/all/dcos.yml": fmt.Sprintf(`---
dcos:
  download: %q
  version: "2.1.0"
  enterprise_dcos: false
  selinux_mode: enforcing

  config:
    cluster_name: "ansible-lab"
    security: "disabled"
    bootstrap_url: http://%s:8080
    exhibitor_storage_backend: static
    master_discovery: static
    master_list:
      - %s
`, nodes.ReleasePath(), bootstrap, master),
		"group_vars/all/resolvers.yml": fmt.Sprintf("dcos: {config: {resolvers: [%s], ip_detect_contents: %q}}\n", strings.Join(lab.DCOS.Config.Resolvers, ", "),
			"#!/usr/bin/env bash\nset -o nounset -o errexit\nip -4 route get "+master.String()+" | grep -Eo 'src [0-9.]+' | cut -d ' ' -f 2\n"),
		"host_vars/agent-1.example.yml": "rack: one\n",
	}
}
