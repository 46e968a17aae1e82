package installer

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
	"dcosup/remote/remotetest"
	"dcosup/roles"
)

// zeros stands for the bootstrap node's socket: who connects gets zeros.
type zeros struct {
	net.Listener
	slow  []int // numbers of connections, from 1, that get a hundred kilobytes a second
	count int   // connections until now
}

func serveZeros(t *testing.T, slow ...int) *zeros {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	z := &zeros{Listener: l, slow: slow}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			z.count++
			chunk := make([]byte, 1<<16)
			if slices.Contains(z.slow, z.count) {
				chunk = chunk[:1000]
			}
			wg.Go(func() { serve(c, chunk) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return z
}

func serve(c net.Conn, chunk []byte) {
	defer c.Close()
	for {
		if _, err := c.Write(chunk); err != nil {
			return
		}
		if len(chunk) == 1000 {
			time.Sleep(10 * time.Millisecond) // the slow link
		}
	}
}

func (z *zeros) port() string {
	_, port, _ := net.SplitHostPort(z.Addr().String())
	return port
}

func TestBandwidthScript(t *testing.T) {
	fast, slow := serveZeros(t), serveZeros(t, 1, 2)
	_, silent := listen(t, "127.0.0.1:0")
	eachShell(t, func(t *testing.T, b box) {
		got, err := parseTaken(b.run(bandwidthScript, "127.0.0.1", fast.port(), "5000000", "5").Stdout)
		if err != nil || got.Bytes != 5000000 || got.Took <= 0 {
			t.Errorf("bounded by its bytes: got %+v, %v", got, err)
		}
		got, err = parseTaken(b.run(bandwidthScript, "127.0.0.1", slow.port(), "5000000", "1").Stdout)
		if err != nil || got.Bytes < 1000 || got.Bytes >= 5000000 || got.Took < time.Second {
			t.Errorf("bounded by its time: got %+v, %v", got, err)
		}
		refused := closedPort(t)
		if got := b.run(bandwidthScript, "127.0.0.1", refused, "1000", "1"); got.Code != 1 || got.Stdout != "" || !strings.Contains(got.Stderr, "Connection refused") ||
			!strings.HasSuffix(got.Stderr, "nothing came from 127.0.0.1, port "+refused+"\n") {
			t.Errorf("refused: got %+v", got)
		}
		b.program("timeout", "shift; exec /usr/bin/timeout 0.2 \"$@\"")
		b.want(answer{Stderr: "nothing came from 127.0.0.1, port " + silent + "\n", Code: 1}, b.run(bandwidthScript, "127.0.0.1", silent, "1000", "1"))
	})
}

func TestParseTaken(t *testing.T) {
	for _, tc := range []struct {
		name, answer string
		want         roles.Download
		err          string
	}{
		{"all of it", "32000000 0.250\nend\n", roles.Download{Bytes: 32e6, Took: 250 * time.Millisecond}, ""},
		{"in no time", "32000000 0.000\nend\n", roles.Download{Bytes: 32e6, Took: time.Millisecond}, ""},
		{"nothing in time", "0 2.004\nend\n", roles.Download{Took: 2004 * time.Millisecond}, ""},
		{"cut off", "32000000 0.250\n", roles.Download{}, "ends too early"},
		{"nothing", "end\n", roles.Download{}, "makes no sense"},
		{"one number", "32000000\nend\n", roles.Download{}, "makes no sense"},
		{"less than nothing", "-1 0.250\nend\n", roles.Download{}, "makes no sense"},
		{"before it began", "1 -0.250\nend\n", roles.Download{}, "makes no sense"},
		{"no number", "1 NaN\nend\n", roles.Download{}, "makes no sense"},
		{"for ever", "1 Inf\nend\n", roles.Download{}, "makes no sense"},
	} {
		got, err := parseTaken(tc.answer)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) || got != tc.want {
			t.Errorf("%s: got %+v, %v, want %+v, %q", tc.name, got, err, tc.want, tc.err)
		}
	}
}

// Masters come first, and each beginning of the order is spread over the others.
func TestInTurn(t *testing.T) {
	var nodes []*inventory.Node
	for i := range 200 {
		nodes = append(nodes, &inventory.Node{Name: fmt.Sprint(i), Role: inventory.RoleAgent})
	}
	nodes[100].Role, nodes[101].Role = inventory.RoleMaster, inventory.RoleMaster
	got := inTurn(slices.Clone(nodes))
	if !slices.Contains(got[:3], nodes[100]) || !slices.Contains(got[:3], nodes[101]) {
		t.Errorf("masters are not first: %s, %s, %s", got[0].Name, got[1].Name, got[2].Name)
	}
	quarters := map[int]int{}
	for _, n := range got[:40] {
		quarters[slices.Index(nodes, n)/50]++
	}
	if len(got) != 200 || quarters[0] < 8 || quarters[1] < 8 || quarters[2] < 8 || quarters[3] < 8 {
		t.Errorf("the first 40 are not spread: %v", quarters)
	}
}

func TestAtOnce(t *testing.T) {
	for _, tc := range []struct{ masters, agents, downloads, want int }{{1, 5, 100, 5}, {3, 1, 100, 3}, {3, 200, 100, 100}, {5, 200, 2, 5}, {1, 0, 100, 1}} {
		n := &network{Run: &Run{Config: Config{Options: Options{Downloads: tc.downloads}}}}
		for i := range tc.masters + tc.agents {
			role := inventory.RoleMaster
			if i >= tc.masters {
				role = []inventory.Role{inventory.RoleAgent, inventory.RolePublicAgent}[i%2]
			}
			n.taking = append(n.taking, &inventory.Node{Role: role})
		}
		if got := n.atOnce(); got != tc.want {
			t.Errorf("%d masters, %d agents, %d downloads: got %d, want %d", tc.masters, tc.agents, tc.downloads, got, tc.want)
		}
	}
}

// Downloading may take half of the time that an installation may.
func TestDownloadTime(t *testing.T) {
	if want := DefaultOptions().InstallTimeout / 2; roles.DownloadTime != want {
		t.Errorf("got %s, want %s", roles.DownloadTime, want)
	}
}

// trial is a network of this machine: b, m, a and p are one server of SSH, where m
// has another address.
type trial struct {
	*network
	srv   *remotetest.Server
	stop  chan struct{}
	notes []string
}

func fakeNetwork(t *testing.T) *trial {
	t.Helper()
	f := &trial{stop: make(chan struct{})}
	f.srv = remotetest.Start(t, remotetest.Options{Bin: map[string]string{
		"systemctl":  "#!/bin/sh\n[ \"$1\" != start ] || [ ! -e deaf ]\n",
		"journalctl": "#!/bin/sh\necho no room\n",
		// It tells whether several ran at once.
		"bash": "#!/bin/sh\necho >>taken\nmkdir taking || : >together\n/bin/bash \"$@\"\nrmdir taking\n",
	}})
	c := smallCluster()
	seen := map[string]*Sight{}
	for _, n := range c.Nodes {
		target := f.srv.Target(n.Name)
		n.SSH = inventory.SSH{Host: target.Host, Port: target.Port}
		for _, o := range [][2]string{{"Port", strconv.Itoa(target.Port)}, {"User", target.User}, {"IdentityFile", target.KeyFiles[0]}, {"IdentityAgent", "none"}, {"UserKnownHostsFile", target.KnownHosts[0]}} {
			n.SSH.Options = append(n.SSH.Options, inventory.SSHOption{Name: o[0], Value: o[1]})
		}
		seen[n.Name] = &Sight{}
	}
	ways, err := reach.New(c.Nodes, reach.Options{Files: []string{}, Home: t.TempDir(), User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	dialer := &remote.Dialer{Retries: -1, StateDir: t.TempDir()}
	options := DefaultOptions()
	run := New(Config{Cluster: c, Ways: ways, Dialer: dialer, Stop: f.stop, Options: options, Emit: func(e Event) { f.notes = append(f.notes, e.Message) }})
	t.Cleanup(func() {
		run.Close()
		dialer.Close()
	})
	run.wanted.Addresses = map[string]string{"b": "127.0.0.1", "m": "127.0.0.2", "a": "127.0.0.1", "p": "127.0.0.1"}
	run.settings = map[string]nodeSettings{}
	f.network = run.newNetwork(c.Nodes, seen)
	f.paths, f.units, f.state = nil, t.TempDir(), t.TempDir()
	return f
}

// serves says where the bootstrap node serves.
func (f *trial) serves(port string) {
	f.wanted.URL = &url.URL{Scheme: "http", Host: "127.0.0.1:" + port}
}

func number(t *testing.T, port string) int {
	t.Helper()
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// met are the findings that are met, unknown or not, by node.
func met(found map[string]roles.Finding) map[string]string {
	words := map[string]string{}
	for name, f := range found {
		words[name] = f.Status.String()
		if strings.Contains(f.Found, "could not be measured") {
			words[name] = "unknown"
		}
	}
	return words
}

func TestBandwidthOfANetwork(t *testing.T) {
	for _, tc := range []struct {
		name    string
		slow    []int
		prepare func(*trial)
		want    map[string]string
		taken   int // how often data were taken
		atOnce  bool
		note    string
	}{
		{name: "one after another", want: map[string]string{"b": "pass", "m": "pass", "a": "pass", "p": "pass"}, taken: 3,
			note: "how fast the bootstrap node's data come is measured on 3 nodes, one after another"},
		{name: "the second is slow", slow: []int{2}, want: map[string]string{"b": "pass", "m": "pass", "a": "pass", "p": "warn"}, taken: 3},
		{name: "more is wanted than one shows", slow: []int{4, 5, 6}, prepare: func(f *trial) {
			f.settings["b"] = nodeSettings{policy: roles.Policy{Limits: roles.Limits{Bandwidth: 1e12}}}
		},
			want: map[string]string{"b": "warn", "m": "pass", "a": "pass", "p": "pass"}, taken: 6, atOnce: true, note: "how fast they come to 3 nodes at once is measured"},
		{name: "more is wanted, and only one node may be talked to at once", prepare: func(f *trial) {
			f.Forks, f.settings["b"] = 1, nodeSettings{policy: roles.Policy{Limits: roles.Limits{Bandwidth: 1e12}}}
		},
			want: map[string]string{"b": "unknown", "m": "pass", "a": "pass", "p": "pass"}, taken: 3},
		{name: "stopped", prepare: func(f *trial) { close(f.stop) }, want: map[string]string{"b": "unknown"},
			note: "how fast the bootstrap node's data come was measured on 0 of 3 nodes; the others are not judged"},
		{name: "the bootstrap node cannot serve", prepare: func(f *trial) { box{t: t, dir: f.srv.Dir}.write("deaf", "") },
			want: map[string]string{"b": "unknown", "m": "unknown", "a": "unknown", "p": "unknown"}, note: "no room"},
		{name: "nobody serves there", prepare: func(f *trial) { f.serves(closedPort(t)) },
			want: map[string]string{"b": "unknown", "m": "unknown", "a": "unknown", "p": "unknown"}, taken: 3, note: "nothing came from 127.0.0.1, port "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			z := serveZeros(t, tc.slow...)
			f := fakeNetwork(t)
			f.serves(z.port())
			if tc.prepare != nil {
				tc.prepare(f)
			}
			got := f.bandwidth(t.Context())
			if diff := cmp.Diff(tc.want, met(got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%v", diff, got)
			}
			home := box{t: t, dir: f.srv.Dir}
			if n := strings.Count(home.read("taken"), "\n"); n != tc.taken || (home.read("together") != "absent") != tc.atOnce {
				t.Errorf("taken %d times, want %d, at once: %v; together: %s", n, tc.taken, tc.atOnce, home.read("together"))
			}
			if !slices.ContainsFunc(f.notes, func(n string) bool { return strings.Contains(n, tc.note) }) {
				t.Errorf("notes %q lack %q", f.notes, tc.note)
			}
			if !f.opened["b"] {
				t.Error("what was opened would not be closed")
			}
		})
	}
}

// A port that something holds, such as a file server, is not fought for.
func TestZerosPort(t *testing.T) {
	f := fakeNetwork(t)
	f.serves("8080")
	if got := f.zerosPort("b"); got != 8080 {
		t.Errorf("got %d, want that of the install files", got)
	}
	f.facts["b"] = roles.Facts{Sockets: []roles.Socket{{Proto: "tcp", Port: 8080, Address: netip.IPv4Unspecified()}, {Proto: "tcp", Port: 8081, Address: netip.IPv4Unspecified()}}}
	if got := f.zerosPort("b"); got != 8082 {
		t.Errorf("got %d, want the next that is free", got)
	}
}
