//go:build lab

package release_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dcosup/testing/lab"
	"dcosup/testing/lab/release"

	"github.com/google/go-cmp/cmp"
)

// bootstrap is this machine as the bootstrap node: it has a Docker engine, runs the release there and serves the files.
type bootstrap struct {
	t   *testing.T
	dir string
	url string

	mu    sync.Mutex
	asked map[string][]string // paths, by who asked
}

func newBootstrap(t *testing.T, gateway netip.Addr) *bootstrap {
	t.Helper()
	b := &bootstrap{t: t, dir: t.TempDir(), asked: map[string][]string{}}
	build(t, release.Options{Out: filepath.Join(b.dir, "dcos_generate_config.sh"), PayloadBytes: 5_000_000})
	l, err := net.Listen("tcp", net.JoinHostPort(gateway.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	b.url = "http://" + l.Addr().String()
	files := http.FileServer(http.Dir(filepath.Join(b.dir, "genconf", "serve")))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		b.mu.Lock()
		b.asked[host] = append(b.asked[host], r.URL.Path)
		b.mu.Unlock()
		files.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(l) }() // ends by Close
	t.Cleanup(func() { _ = server.Close() })
	t.Cleanup(b.removeImage)
	return b
}

func (b *bootstrap) removeImage() {
	tars, _ := filepath.Glob(filepath.Join(b.dir, "dcos-genconf.*.tar"))
	for _, path := range tars {
		tag := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "dcos-genconf."), ".tar")
		out, err := exec.Command("docker", "image", "rm", "dcos-genconf-standin:"+tag).CombinedOutput()
		if err != nil {
			b.t.Errorf("docker image rm: %v: %s", err, out)
		}
	}
}

// run runs the release on this configuration and gives its exit code, stdout and stderr.
func (b *bootstrap) run(config string, args ...string) (code int, stdout, stderr string) {
	b.t.Helper()
	genconf := filepath.Join(b.dir, "genconf")
	const detect = "#!/bin/sh\nset -eu\nip -4 -o addr show dev eth0 scope global | sed -n 's,.* inet \\([0-9.]*\\)/.*,\\1,p'\n"
	if err := errors.Join(os.MkdirAll(genconf, 0o755),
		os.WriteFile(filepath.Join(genconf, "config.yaml"), []byte(config), 0o644),
		os.WriteFile(filepath.Join(genconf, "ip-detect"), []byte(detect), 0o644)); err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.CommandContext(b.t.Context(), "bash", append([]string{filepath.Join(b.dir, "dcos_generate_config.sh")}, args...)...)
	cmd.Dir = b.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		b.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// mustExec runs a script on a node.
func mustExec(t *testing.T, n *lab.Node, script string) string {
	t.Helper()
	out, err := n.Exec(t.Context(), script)
	if err != nil {
		t.Fatalf("%s: %s: %v\n%s", n.Name(), script, err, out)
	}
	return out
}

func (b *bootstrap) install(n *lab.Node, role string) {
	b.t.Helper()
	mustExec(b.t, n, fmt.Sprintf("curl -fsS %s/dcos_install.sh -o /root/dcos_install.sh && bash /root/dcos_install.sh %s 2>&1", b.url, role))
}

// becomes waits until a script on a node prints want.
func becomes(t *testing.T, n *lab.Node, script, want string) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		got, _ = n.Exec(t.Context(), script) // until it is right
		if got == want {
			return
		}
	}
	t.Fatalf("%s: %s prints (-want +got):\n%s", n.Name(), script, cmp.Diff(want, got))
}

const (
	exhibitors = `curl -s localhost/exhibitor/exhibitor/v1/cluster/status | grep -o '"description":"[^"]*"'`
	agents     = `curl -s localhost/mesos/slaves | grep -o '"hostname":"[^"]*"' | cut -d '"' -f 4 | tr '\n' ' '`
	unhealthy  = `curl -s localhost:1050/system/health/v1 | grep -o '"id":"[^"]*","name":"[^"]*","health":1' | cut -d '"' -f 4`
)

// TestInstall installs a master, an agent and a public agent in real nodes, and does to them what an operator, or bad
// luck, does. The parts build on each other.
func TestInstall(t *testing.T) {
	opts := lab.Options{Dir: t.TempDir(), Name: "dcosup-release-test", Nodes: []string{"master-1", "agent-1", "public-1"},
		Flavours: map[string]lab.Flavour{"master-1": lab.Ready}, ReleaseBytes: -1, Log: t.Logf}
	t.Cleanup(func() {
		if err := lab.Remove(context.WithoutCancel(t.Context()), opts, false); err != nil {
			t.Error(err)
		}
	})
	l, err := lab.Up(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	master, agent, public := l.Node("master-1"), l.Node("agent-1"), l.Node("public-1")
	gateway := netip.PrefixFrom(master.Address(), 24).Masked().Addr().Next()
	b := newBootstrap(t, gateway)
	config := fmt.Sprintf("bootstrap_url: %s\ncluster_name: test\nexhibitor_storage_backend: static\nmaster_discovery: static\n"+
		"master_list: [%s]\ncheck_time: false\noauth_enabled: false\n", b.url, master.Address())

	t.Run("wrong calls", func(t *testing.T) { testWrongCalls(t, b, config) })
	t.Run("master", func(t *testing.T) {
		if code, _, stderr := b.run(config); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		b.install(master, "master")
		becomes(t, master, exhibitors, "\"description\":\"serving\"\n")
		checkOrder(t, b, master)
		becomes(t, master, "bash /root/dcos_install.sh master >/dev/null 2>&1; echo $?", "1\n") // is installed
	})
	both := fmt.Sprintf("%s %s ", agent.Address(), public.Address())
	t.Run("agents", func(t *testing.T) {
		b.install(agent, "slave")
		b.install(public, "slave_public")
		becomes(t, master, agents, both)
		for _, n := range l.Nodes() {
			becomes(t, n, "/opt/mesosphere/bin/dcos-shell dcos-check-runner check node-poststart >/dev/null; echo $?", "0\n")
		}
		becomes(t, agent, "/opt/mesosphere/bin/dcos-check-runner check cluster >/dev/null; echo $?", "0\n")
		becomes(t, agent, "curl -s -o /dev/null -w '%{http_code}' localhost:61001/dcos-metadata/dcos-version.json", "200")
	})
	t.Run("health follows what runs", func(t *testing.T) {
		mustExec(t, agent, "systemctl stop dcos-mesos-slave")
		becomes(t, master, agents, public.Address().String()+" ")
		becomes(t, agent, unhealthy, "dcos-mesos-slave.service\n")
		becomes(t, agent, "/opt/mesosphere/bin/dcos-check-runner check node-poststart >/dev/null; echo $?", "2\n")
		mustExec(t, agent, "systemctl start dcos-mesos-slave")
		becomes(t, master, agents, both)
		becomes(t, agent, unhealthy, "")
	})
	t.Run("another configuration", func(t *testing.T) { testUpgrade(t, b, agent, config+"dns_search: example.org\n") })
	t.Run("reboot", func(t *testing.T) {
		if err := master.Reboot(t.Context()); err != nil {
			t.Fatal(err)
		}
		becomes(t, master, exhibitors, "\"description\":\"serving\"\n")
		becomes(t, master, agents, both)
	})
	t.Run("uninstall", func(t *testing.T) {
		mustExec(t, public, "/opt/mesosphere/bin/dcos-shell pkgpanda uninstall")
		becomes(t, public, "ls -A /opt/mesosphere; pgrep standin; ls /etc/systemd/system | grep -c dcos.target", "0\n")
		becomes(t, master, agents, agent.Address().String()+" ")
	})
}

// testWrongCalls tries what the release must refuse, and the one call that needs no configuration.
func testWrongCalls(t *testing.T, b *bootstrap, config string) {
	for name, test := range map[string]struct {
		config string
		args   []string
		code   int
		stdout string
		stderr string // a part
	}{
		"refused setting": {config + "enable_lb: x\n", nil, 1, "", "\x1b[31menable_lb: Must be one of 'true', 'false'. Got 'x'."},
		"crash":           {"cluster_name:\n", nil, 1, "", "Traceback"},
		"unknown flag":    {config, []string{"--deploy"}, 2, "", "--deploy"},
		"version":         {config, []string{"--version"}, 0, "{\"variant\": \"\", \"version\": \"2.1.0\"}\n", ""},
	} {
		code, stdout, stderr := b.run(test.config, test.args...)
		// The first call also prints the name of the file that it unpacks.
		if code != test.code || !strings.HasSuffix(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%s: exit code %d, want %d; stdout %q, want %q; stderr %q, want %q in it",
				name, code, test.code, stdout, test.stdout, stderr, test.stderr)
		}
	}
}

// testUpgrade brings another configuration to an agent by the upgrade script.
func testUpgrade(t *testing.T, b *bootstrap, agent *lab.Node, config string) {
	const active = "/opt/mesosphere/bin/pkgpanda active | grep dcos-config"
	before, id := mustExec(t, agent, active), mustExec(t, agent, "cat /var/lib/mesos/slave/meta/standin-agent-id")
	code, stdout, stderr := b.run(config, "--generate-node-upgrade-script", "2.1.0")
	_, url, ok := strings.Cut(strings.TrimSpace(stdout), "Node upgrade script URL: ")
	if code != 0 || !ok {
		t.Fatalf("exit code %d, stdout %q: %s", code, stdout, stderr)
	}
	mustExec(t, agent, "curl -fsS "+url+" -o /root/upgrade.sh && bash /root/upgrade.sh")
	if after := mustExec(t, agent, active); after == before {
		t.Errorf("the configuration is still %s", after)
	}
	becomes(t, agent, "cat /var/lib/mesos/slave/meta/standin-agent-id", id)
	becomes(t, agent, "curl -s localhost:5051/metrics/snapshot", "{\"slave/registered\":1}\n")
}

// checkOrder wants that a node asked for the script, the bootstrap archive, the list, and the packages in its order.
func checkOrder(t *testing.T, b *bootstrap, n *lab.Node) {
	t.Helper()
	serve := filepath.Join(b.dir, "genconf", "serve")
	list := string(readFile(t, filepath.Join(serve, "cluster-package-list.latest")))
	var ids []string
	if err := json.Unmarshal(readFile(t, filepath.Join(serve, "package_lists", list+".package_list.json")), &ids); err != nil {
		t.Fatal(err)
	}
	want := []string{"/dcos_install.sh", "/bootstrap/" + string(readFile(t, filepath.Join(serve, "bootstrap.latest"))) + ".bootstrap.tar.xz",
		"/package_lists/" + list + ".package_list.json"}
	for _, id := range ids {
		name, _, _ := strings.Cut(id, "--")
		if name == "standin-runtime" { // came with the bootstrap archive
			continue
		}
		want = append(want, "/packages/"+name+"/"+id+".tar.xz")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if diff := cmp.Diff(want, b.asked[n.Address().String()]); diff != "" {
		t.Errorf("asked by %s (-want +got):\n%s", n.Name(), diff)
	}
}
