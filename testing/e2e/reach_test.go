//go:build lab

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Only the bootstrap node can be reached from outside; it is the way to all
// others. No agent forwarding and no key on the bootstrap node is needed. The
// release is a URL, which the bootstrap node fetches.
func TestThroughTheBootstrapNodeWithAReleaseFromTheWeb(t *testing.T) {
	noCluster(t)
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
	}, release(web(t, nodes.ReleasePath()), sha256Of(t, nodes.ReleasePath())))
	dcosup(t, "apply", "-i", inventory).must(t, 0)
	dcosup(t, "status", "-i", inventory).must(t, 0)
	if got, want := on(t, "bootstrap", "cut -d ' ' -f 1 /opt/dcosup/*/release.stamp"), sha256Of(t, nodes.ReleasePath()); got != want {
		t.Errorf("the release on the bootstrap node: got %s, want %s", got, want)
	}
}

// web serves a file where the lab's nodes can reach it, and returns its URL.
func web(t *testing.T, file string) string {
	t.Helper()
	gateway := on(t, "bootstrap", "ip -4 route show default | sed -n 's/.* via \\([0-9.]*\\).*/\\1/p'")
	listener, err := net.Listen("tcp", net.JoinHostPort(gateway, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.FileServer(http.Dir(filepath.Dir(file))), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // it ends by Close, with an error that says so
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String() + "/" + filepath.Base(file)
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
		program:                dir + "/dcosup",
		inventory:              dir + "/hosts",
		nodes.KeyPath():        dir + "/id_ed25519",
		nodes.KnownHostsPath(): dir + "/known_hosts",
		nodes.ReleasePath():    dir + "/release/dcos_generate_config.sh",
		filepath.Join(filepath.Dir(inventory), "group_vars/all.yml"): dir + "/group_vars/all.yml",
	} {
		copyInto(t, "bootstrap", from, to)
	}
	on(t, "bootstrap", "chown -R student "+dir+" && chmod 600 "+dir+"/id_ed25519 && chmod 755 "+dir+"/dcosup")
	installed = true
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
