//go:build lab

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Only the bootstrap node can be reached from outside; it is the way to all
// others. No agent forwarding and no key on the bootstrap node is needed.
func TestThroughTheBootstrapNode(t *testing.T) {
	bastion := nodes.Node("bootstrap")
	for _, n := range nodes.Nodes() {
		if n == bastion {
			continue
		}
		if err := n.OnlyVia(t.Context(), bastion); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := n.Direct(t.Context()); err != nil {
				t.Error(err)
			}
		}()
	}
	inventory := variant(t, func(text string) string {
		for _, group := range []string{"masters", "private-agents", "public-agents"} {
			text += fmt.Sprintf("\n[%s:vars]\nansible_ssh_common_args='-o UserKnownHostsFile=%s -o ProxyJump=bootstrap'\n", group, nodes.KnownHostsPath())
		}
		return text
	}, nil)
	dcosup(t, "apply", "-i", inventory).must(t, 0)
	dcosup(t, "status", "-i", inventory).must(t, 0)
}

// As in the workshop: a person logs in to the bootstrap node and works there,
// on that node itself without SSH.
func TestOnTheBootstrapNodeItself(t *testing.T) {
	noCluster(t)
	bootstrap := nodes.Node("bootstrap")
	const dir = "/home/student/workshop"
	inventory := variant(t, func(text string) string {
		text = strings.Replace(text, "bootstrap ansible_host="+bootstrap.Address().String(), "bootstrap ansible_connection=local", 1)
		return strings.ReplaceAll(text, nodes.Dir(), dir)
	}, func(text string) string { return strings.ReplaceAll(text, nodes.Dir(), dir) })
	on(t, "bootstrap", "rm -rf "+dir+" && mkdir -p "+dir+"/release "+dir+"/group_vars")
	for from, to := range map[string]string{
		program:                nodes.Dir() + "/../dcosup",
		inventory:              dir + "/hosts",
		nodes.KeyPath():        dir + "/id_ed25519",
		nodes.KnownHostsPath(): dir + "/known_hosts",
		nodes.ReleasePath():    dir + "/release/dcos_generate_config.sh",
		filepath.Join(filepath.Dir(inventory), "group_vars/all.yml"): dir + "/group_vars/all.yml",
	} {
		if from == program {
			to = dir + "/dcosup"
		}
		copyInto(t, "bootstrap", from, to)
	}
	on(t, "bootstrap", "chown -R student "+dir+" && chmod 600 "+dir+"/id_ed25519 && chmod 755 "+dir+"/dcosup")
	out := on(t, "bootstrap", "cd "+dir+" && su student -c './dcosup apply -i hosts' 2>&1")
	t.Log(out)
	dcosup(t, "status", "-i", hosts()).must(t, 0)
}

func copyInto(t *testing.T, node, from, to string) {
	t.Helper()
	if _, err := os.Stat(from); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "docker", "cp", from, "dcosup-e2e-"+node+":"+to).CombinedOutput(); err != nil {
		t.Fatalf("copying %s to %s: %v: %s", from, node, err, out)
	}
}
