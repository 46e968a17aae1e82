//go:build lab

package bench

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/roles"
	"dcosup/testing/lab"
)

// port is where the install files are served; dcosup's default.
const port = "8080"

// byHand is all that byhand.sh needs, prepared before its clock starts: what a
// good operator would have worked out on another day.
type byHand struct {
	dir     string // ssh_config, scripts, genconf/
	cluster *inventory.Cluster
}

// prepareByHand asks the fresh nodes what they lack, and writes the files.
func prepareByHand(b *testing.B) byHand {
	b.Helper()
	// Short: the path of a socket has room for 107 bytes.
	dir, err := os.MkdirTemp("", "byhand-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	h := byHand{dir: dir}
	inv, err := inventory.Load(inventory.Options{Sources: []string{nodes.InventoryPath()}})
	if err != nil {
		b.Fatal(err)
	}
	if h.cluster, err = inv.Cluster(); err != nil {
		b.Fatal(err)
	}
	h.write(b, "ssh_config", h.sshConfig())
	h.write(b, "probe.sh", roles.ProbeScript())
	for _, n := range h.cluster.Nodes {
		h.write(b, "fix-"+n.Name+".sh", h.fixOf(b, n))
	}
	files, findings := genconf.Render(genconf.Input{Config: h.cluster.Config.Plain(), ClusterName: h.cluster.Name,
		Masters: addresses(h.cluster.Masters()), BootstrapURL: h.url(), Version: h.cluster.Release.Version})
	if genconf.HasErrors(findings) {
		b.Fatal(findings)
	}
	for _, f := range files.List() {
		h.write(b, "genconf/"+f.Name, string(f.Content))
	}
	return h
}

func (h byHand) write(b *testing.B, name, content string) {
	b.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		b.Fatal(err)
	}
}

// sshConfig lets one connection a node serve all commands. The cipher is the
// one that dcosup asks for first: ssh's own first choice costs more.
func (h byHand) sshConfig() string {
	var text strings.Builder
	for _, n := range nodes.Nodes() {
		fmt.Fprintf(&text, "Host %s\n  HostName %s\n", n.Name(), n.Address())
	}
	fmt.Fprintf(&text, `Host *
  User %s
  IdentityFile %s
  IdentitiesOnly yes
  UserKnownHostsFile %s
  StrictHostKeyChecking yes
  BatchMode yes
  Ciphers ^aes128-gcm@openssh.com
  ControlPath %s/%%n
`, lab.User, nodes.KeyPath(), nodes.KnownHostsPath(), h.dir)
	return text.String()
}

// fixOf is the script that puts a node right, "" if it lacks nothing.
func (h byHand) fixOf(b *testing.B, n *inventory.Node) string {
	b.Helper()
	answer, err := nodes.Node(n.Name).Exec(b.Context(), roles.ProbeScript())
	if err != nil {
		b.Fatal(err)
	}
	facts, err := roles.ParseFacts([]byte(answer))
	if err != nil {
		b.Fatal(err)
	}
	// The lab's inventory sets check_time: false.
	spec := roles.Spec{Role: n.Role, Version: h.cluster.Release.Version, SELinuxMode: h.cluster.SELinuxMode, AllowUnsynchronised: true}
	script, err := roles.FixScript(roles.Judge(facts, spec), facts, spec)
	if err != nil {
		b.Fatal(err)
	}
	return script
}

func (h byHand) url() string {
	return (&url.URL{Scheme: "http", Host: nodes.Node(h.cluster.Bootstrap().Name).Address().String() + ":" + port}).String()
}

// disconnect ends the connections that byhand.sh opened: with -M -N -f they
// stay until they are told to go, or their node goes.
func (h byHand) disconnect() {
	for _, n := range nodes.Nodes() {
		_ = exec.Command("ssh", "-F", filepath.Join(h.dir, "ssh_config"), "-O", "exit", n.Name()).Run()
	}
}

func (h byHand) ssh(b *testing.B, args ...string) *exec.Cmd {
	return exec.CommandContext(b.Context(), "ssh", append([]string{"-F", filepath.Join(h.dir, "ssh_config")}, args...)...)
}

// install runs byhand.sh.
func (h byHand) install(b *testing.B) outcome {
	b.Helper()
	here, err := filepath.Abs(".")
	if err != nil {
		b.Fatal(err)
	}
	place := "/opt/dcosup/" + h.cluster.Release.Version
	var agents, public []*inventory.Node
	for _, n := range h.cluster.Agents() {
		if n.Role == inventory.RolePublicAgent {
			public = append(public, n)
		} else {
			agents = append(agents, n)
		}
	}
	c := exec.CommandContext(b.Context(), "sh", "byhand.sh")
	c.Env = append(os.Environ(), "DIR="+h.dir, "HERE="+here,
		"RELEASE="+nodes.ReleasePath(), "SUM="+h.cluster.Release.Checksum, "PROGRAM="+program, "PLACE="+place, "URL="+h.url(), "PORT="+port,
		"BOOTSTRAP="+h.cluster.Bootstrap().Name, "MASTERS="+names(h.cluster.Masters()),
		"AGENTS="+names(agents), "PUBLIC_AGENTS="+names(public),
		"ADDRESSES="+strings.Join(addresses(h.cluster.Agents()), " "),
		"ALLOW="+strings.Join(addresses(h.cluster.Nodes), ","))
	b.Cleanup(func() {
		if b.Failed() {
			log, err := os.ReadFile(filepath.Join(h.dir, "log"))
			b.Logf("the nodes said (%v):\n%s", err, log[max(0, len(log)-4000):])
		}
	})
	return timed(b, c)
}

func names(list []*inventory.Node) string {
	var all []string
	for _, n := range list {
		all = append(all, n.Name)
	}
	return strings.Join(all, " ")
}

// addresses are those in the lab's network, which dcosup finds out by itself.
func addresses(list []*inventory.Node) []string {
	var all []string
	for _, n := range list {
		all = append(all, nodes.Node(n.Name).Address().String())
	}
	return all
}
