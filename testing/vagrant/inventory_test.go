// Package vagrant_test tries inventory.sh with a vagrant and an ssh-keyscan that
// answer from files. That Vagrant itself works is what test.sh is for.
package vagrant_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const fakeVagrant = `#!/bin/sh
case $1 in
ssh-config) shift; for node; do cat "$FAKE/$node"; done ;;
status) cat "$FAKE/status" ;;
esac
`

// The address is the last argument: "-T 10 -p PORT ADDRESS".
const fakeKeyscan = `#!/bin/sh
[ -e "$FAKE/mute" ] || printf '%s ssh-ed25519 KEY-OF-%s-%s\n' "$5" "$5" "$4"
`

// machine renders an entry as vagrant ssh-config does.
func machine(name, host, port, user, key string) string {
	return "Host " + name + "\n  HostName " + host + "\n  User " + user + "\n  Port " + port +
		"\n  UserKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n  IdentityFile \"" + key + "\"\n\n"
}

// running renders what vagrant status says of a node that is up.
func running(name, provider string) string {
	return "1," + name + ",provider-name," + provider + "\n1," + name + ",state,running\n"
}

func TestInventory(t *testing.T) {
	for _, tc := range []struct {
		name              string
		files             map[string]string // answers: a file for each node's ssh-config, and status
		hosts, knownHosts string            // DIR stands for the directory
	}{
		{
			name: "containers are where Vagrant says",
			files: map[string]string{
				"bootstrap": machine("bootstrap", "10.0.0.10", "22", "student", "/k/id"),
				"agent-1":   machine("agent-1", "10.0.0.21", "22", "student", "/k/id"),
				"status":    running("bootstrap", "docker") + running("agent-1", "docker") + "1,agent-2,state,not_created\n",
			},
			hosts: `[bootstraps]
bootstrap ansible_host=10.0.0.10 ansible_port=22 ansible_user=student ansible_ssh_private_key_file=/k/id

[masters]

[private-agents]
agent-1 ansible_host=10.0.0.21 ansible_port=22 ansible_user=student ansible_ssh_private_key_file=/k/id

[public-agents]

[dcos-cluster:children]
bootstraps
masters
private-agents
public-agents

[all:vars]
ansible_ssh_common_args='-o UserKnownHostsFile=DIR/known_hosts'
`,
			knownHosts: "10.0.0.10 ssh-ed25519 KEY-OF-10.0.0.10-22\n10.0.0.21 ssh-ed25519 KEY-OF-10.0.0.21-22\n",
		},
		{
			name: "machines are at the address of the Vagrantfile, not at the forwarded port",
			files: map[string]string{
				"master-1": machine("master-1", "127.0.0.1", "2200", "vagrant", "/k/m1"),
				"public-1": machine("public-1", "127.0.0.1", "2201", "vagrant", "/k/p1"),
				"status":   running("master-1", "virtualbox") + running("public-1", "virtualbox"),
			},
			hosts: `[bootstraps]

[masters]
master-1 ansible_host=192.168.56.11 ansible_port=22 ansible_user=vagrant ansible_ssh_private_key_file=/k/m1

[private-agents]

[public-agents]
public-1 ansible_host=192.168.56.31 ansible_port=22 ansible_user=vagrant ansible_ssh_private_key_file=/k/p1

[dcos-cluster:children]
bootstraps
masters
private-agents
public-agents

[all:vars]
ansible_ssh_common_args='-o UserKnownHostsFile=DIR/known_hosts'
`,
			knownHosts: "192.168.56.11 ssh-ed25519 KEY-OF-192.168.56.11-22\n192.168.56.31 ssh-ed25519 KEY-OF-192.168.56.31-22\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, out, err := inventory(t, tc.files)
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for name, want := range map[string]string{
				"inventory/hosts":              tc.hosts,
				"known_hosts":                  tc.knownHosts,
				"inventory/group_vars/all.yml": "dcos: {}\n",
			} {
				got, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.ReplaceAll(want, "DIR", dir), string(got)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestInventoryRefuses(t *testing.T) {
	bootstrap := machine("bootstrap", "10.0.0.10", "22", "student", "/k/id")
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no node is up", map[string]string{"status": "1,bootstrap,state,not_created\n"}, "vagrant up comes first"},
		{"a node shows no key", map[string]string{"bootstrap": bootstrap, "status": running("bootstrap", "docker"), "mute": ""}, "bootstrap shows no host key at 10.0.0.10"},
		{"a node of no role", map[string]string{"db": machine("db", "127.0.0.1", "2200", "vagrant", "/k"), "status": running("db", "libvirt")}, "a node db that is none of"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, out, err := inventory(t, tc.files)
			if err == nil || !strings.Contains(out, tc.want) {
				t.Errorf("got %v and %q, want a failure with %q", err, out, tc.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "inventory", "hosts")); err == nil {
				t.Error("an inventory was written all the same")
			}
		})
	}
}

// inventory runs inventory.sh with what the fakes are to answer, and returns
// the directory it was to fill and what it said.
func inventory(t *testing.T, files map[string]string) (dir, output string, err error) {
	t.Helper()
	fake, dir := t.TempDir(), t.TempDir()
	write := func(path, text string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(fake, "bin", "vagrant"), fakeVagrant, 0o755)
	write(filepath.Join(fake, "bin", "ssh-keyscan"), fakeKeyscan, 0o755)
	write(filepath.Join(dir, "group_vars", "all.yml"), "dcos: {}\n", 0o600)
	for name, text := range files {
		write(filepath.Join(fake, name), text, 0o644)
	}
	cmd := exec.Command("sh", "inventory.sh", dir)
	cmd.Env = []string{"PATH=" + filepath.Join(fake, "bin") + ":" + os.Getenv("PATH"), "FAKE=" + fake}
	out, err := cmd.CombinedOutput()
	return dir, string(out), err
}
