package adhoc_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/adhoc"
	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
	"dcosup/remote/remotetest"
)

func TestMain(m *testing.M) { remotetest.Main(m) }

// node is a host of the inventory that is a server of the test.
func node(name string, srv *remotetest.Server, more ...inventory.SSHOption) *inventory.Node {
	t := srv.Target(name)
	n := &inventory.Node{Name: name, Selected: true, SSH: inventory.SSH{Host: t.Host, Port: t.Port}}
	for _, o := range [][2]string{{"Port", fmt.Sprint(t.Port)}, {"User", t.User}, {"IdentityFile", t.KeyFiles[0]}, {"IdentityAgent", "none"}} {
		n.SSH.Options = append(n.SSH.Options, inventory.SSHOption{Name: o[0], Value: o[1]})
	}
	n.SSH.Options = append(n.SSH.Options, more...)
	n.SSH.Options = append(n.SSH.Options, inventory.SSHOption{Name: "UserKnownHostsFile", Value: t.KnownHosts[0]})
	return n
}

func crew(t *testing.T, nodes ...*inventory.Node) adhoc.Crew {
	t.Helper()
	ways, err := reach.New(nodes, reach.Options{Files: []string{}, Home: t.TempDir(), User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	d := &remote.Dialer{Retries: -1, StateDir: t.TempDir()}
	t.Cleanup(func() { d.Close() })
	return adhoc.Crew{Dialer: d, Ways: ways, Nodes: nodes, Forks: 2}
}

// gone is a host where nobody listens any more.
func gone(t *testing.T, name string) *inventory.Node {
	srv := remotetest.Start(t, remotetest.Options{})
	n := node(name, srv)
	srv.Close()
	return n
}

func TestExec(t *testing.T) {
	a, b := remotetest.Start(t, remotetest.Options{}), remotetest.Start(t, remotetest.Options{})
	writeFile(t, filepath.Join(b.Dir, "broken"), "")
	c := crew(t, node("a", a), gone(t, "gone"), node("b", b))
	var ended []string
	c.Ended = func(name string) { ended = append(ended, name) }
	heard := make(chan string, 10)
	results := c.Exec(t.Context(), remote.Command{Script: "echo out; echo err >&2; [ ! -e broken ] || exit 3"}, func(node, line string) { heard <- node + " " + line })
	var got []string
	for _, r := range results {
		got = append(got, fmt.Sprintf("%s %d %q %q %v %v", r.Node, r.ExitCode, r.Stdout, r.Stderr, remote.IsUnreachable(r.Err), r.Failed()))
	}
	want := []string{`a 0 "out\n" "err\n" false false`, `gone 0 "" "" true true`, `b 3 "out\n" "err\n" false true`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if len(ended) != 3 || len(heard) != 4 {
		t.Errorf("%d ended, %d lines heard; want 3 and 4", len(ended), len(heard))
	}
}

// After a stop no further node is begun, and those that have begun are waited for.
func TestStop(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := crew(t, node("a", srv), node("b", srv), node("c", srv))
	stop := make(chan struct{})
	c.Stop, c.Forks = stop, 1
	results := c.Exec(t.Context(), remote.Command{Script: "echo begun; until [ -e go ]; do sleep 0.05; done"}, func(string, string) {
		close(stop)
		writeFile(t, filepath.Join(srv.Dir, "go"), "")
	})
	if !strings.Contains(results[0].Stdout, "begun") || !errors.Is(results[1].Err, adhoc.ErrNotStarted) || !errors.Is(results[2].Err, adhoc.ErrNotStarted) {
		t.Errorf("got %+v", results)
	}
}

// No more nodes than Forks are talked to at once, and as many as that.
func TestForks(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	var nodes []*inventory.Node
	for i := range 8 {
		nodes = append(nodes, node(fmt.Sprint("n", i), srv))
	}
	c := crew(t, nodes...)
	c.Forks = 3
	// The first three wait for each other; each says how many it saw.
	results := c.Exec(t.Context(), remote.Command{Script: `: >"run.$$"; : >"began.$$"
until [ "$(ls began.* | wc -l)" -ge 3 ]; do sleep 0.05; done
ls run.* | wc -l
rm "run.$$"`}, nil)
	for _, r := range results {
		if n, err := strconv.Atoi(strings.TrimSpace(r.Stdout)); err != nil || n < 1 || n > 3 {
			t.Errorf("%s saw %q at once, %v, want at most 3", r.Node, r.Stdout, r.Err)
		}
	}
}

func TestPushAndPull(t *testing.T) {
	a, b := remotetest.Start(t, remotetest.Options{}), remotetest.Start(t, remotetest.Options{})
	c := crew(t, node("a", a), node("b", b), gone(t, "gone"))
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "content")
	dest := filepath.Join(t.TempDir(), "there", "file")
	for _, want := range []string{"[true false]", "[false false]"} { // both servers are this machine
		results := c.Push(t.Context(), remote.Upload{Path: file, Dest: dest})
		got := fmt.Sprint([]bool{results[0].Changed || results[1].Changed, false})
		if got != want || results[0].Failed() || results[1].Failed() || !results[2].Failed() {
			t.Errorf("got %s, %+v; want %s", got, results, want)
		}
	}
	dir := t.TempDir()
	for _, want := range []bool{true, false} {
		for _, r := range c.Pull(t.Context(), dest, dir)[:2] {
			text, err := os.ReadFile(filepath.Join(dir, r.Node, dest))
			if r.Err != nil || r.Changed != want || string(text) != "content" || err != nil {
				t.Errorf("%+v, %q, %v; want changed %v", r, text, err, want)
			}
		}
	}
}

func TestPing(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{NoSFTP: true})
	c := crew(t, node("a", srv), gone(t, "gone"))
	pinged := c.Ping(t.Context())
	if _, failed := pinged[0].Failure(); failed {
		t.Errorf("%+v: that files go another way is no failure", pinged[0])
	}
	if check, failed := pinged[1].Failure(); !failed || check.Stage != remote.StageDial {
		t.Errorf("%+v, want the dial to fail", pinged[1])
	}
}

// The way to three nodes, as a person has it in ssh_config: two hops, each with its own user, port and key, names in
// place of addresses, an included file, tokens. The hops are logged in to once for all.
func TestWaysOfTheConfiguration(t *testing.T) {
	outer, inner := remotetest.Start(t, remotetest.Options{User: "gate"}), remotetest.Start(t, remotetest.Options{User: "hop"})
	behind := remotetest.Start(t, remotetest.Options{User: "core"})
	dir := t.TempDir()
	known := ""
	for name, srv := range map[string]*remotetest.Server{"outer": outer, "inner": inner, "node": behind} {
		for from, to := range map[string]string{srv.KeyFile: name + "_key", srv.KnownHosts: name + "_known"} {
			text, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(dir, to), string(text))
		}
		known += filepath.Join(dir, name+"_known") + " "
	}
	writeFile(t, filepath.Join(dir, "config"), fmt.Sprintf(`Include %[1]s/hops
Match host node-* exec "true"
	Port 1
Host node-*
	HostName 127.0.0.1
	Port %[2]d
	User core
	IdentityFile %%d/node_key
	ProxyJump outer,inner
Host *
	UserKnownHostsFile %[3]s
	IdentityAgent none
	StrictHostKeyChecking yes
`, dir, behind.Port, known))
	writeFile(t, filepath.Join(dir, "hops"), fmt.Sprintf(`Host outer
	HostName 127.0.0.1
	Port %d
	User gate
	IdentityFile %%d/%%n_key
Host inner
	HostName 127.0.0.1
	Port %d
	User hop
	IdentityFile ~/%%n_key
`, outer.Port, inner.Port))
	var nodes []*inventory.Node
	for _, name := range []string{"node-1", "node-2", "node-3"} {
		nodes = append(nodes, &inventory.Node{Name: name, Selected: true, SSH: inventory.SSH{Host: name}})
	}
	ways, err := reach.New(nodes, reach.Options{Files: []string{filepath.Join(dir, "config")}, Home: dir, User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if w := ways.Warnings(); len(w) != 1 || !strings.Contains(w[0].Error(), "Match exec is not honoured") {
		t.Errorf("warnings: got %v, want one about the Match that runs a command", w)
	}
	d := &remote.Dialer{Retries: -1, StateDir: t.TempDir()}
	defer d.Close()
	c := adhoc.Crew{Dialer: d, Ways: ways, Nodes: nodes}
	// All stay connected until all are there: whoever leaves last closes the hops.
	results := c.Exec(t.Context(), remote.Command{Script: "echo >>begun; until [ \"$(wc -l <begun)\" -ge 3 ]; do sleep 0.05; done"}, nil)
	for _, r := range results {
		if r.Failed() {
			t.Errorf("%+v", r)
		}
	}
	for name, srv := range map[string]*remotetest.Server{"outer": outer, "inner": inner} {
		if got := srv.Connections(); got != 1 {
			t.Errorf("%s: %d connections, want one for all nodes", name, got)
		}
	}
}

// What is behind a jump that nothing is known of has its turn when the jump is known.
func TestStrangers(t *testing.T) {
	bastion, inner := remotetest.Start(t, remotetest.Options{}), remotetest.Start(t, remotetest.Options{})
	file := inventory.SSHOption{Name: "UserKnownHostsFile", Value: filepath.Join(t.TempDir(), "known_hosts")}
	jump := inventory.SSHOption{Name: "ProxyJump", Value: "bastion"}
	c := crew(t, node("inner", inner, jump, file), node("bastion", bastion, file), node("known", remotetest.Start(t, remotetest.Options{})))
	for _, want := range []string{"bastion", "inner", ""} {
		strangers, err := c.Strangers()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range strangers {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Fatalf("strangers: got %q, want %q", got, want)
		}
		for _, met := range c.HostKeys(t.Context(), strangers) {
			if met.Err != nil || len(met.Keys) != 1 || met.Keys[0].State != remote.KeyNew {
				t.Fatalf("met %+v", met)
			}
			if err := c.Dialer.Pin(met.Target, met.Keys); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range c.Exec(t.Context(), remote.Command{Script: ":"}, nil) {
		if r.Failed() {
			t.Errorf("%+v", r)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}
