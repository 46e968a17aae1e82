package installer

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/roles"
)

// The ways lead to this machine: a port that listens and never accepts, as the
// script's do, one that nobody has, and one that hears what is said.
func TestPortsTryScript(t *testing.T) {
	open, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	closed, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	heard, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Close()
	way := func(proto string, a net.Addr) string { return proto + "/" + strings.Replace(a.String(), ":", "/", 1) }
	eachShell(t, func(t *testing.T, b box) {
		b.program("ping", "for last; do :; done; [ \"$last\" = 127.0.0.1 ]")
		got := b.run(portsTryScript, "10.0.0.7", way("tcp", open.Addr()), way("tcp", closed.Addr()), way("udp", heard.LocalAddr()), "icmp/127.0.0.1/0", "icmp/192.0.2.1/0")
		said, err := parseTried(got.Stdout)
		if err != nil || got.Code != 0 || got.Stderr != "" {
			t.Fatalf("%v: %+v", err, got)
		}
		want := map[string]roles.Reach{way("tcp", open.Addr()): roles.Open, way("tcp", closed.Addr()): roles.Refused, way("udp", heard.LocalAddr()): sent,
			"icmp/127.0.0.1/0": roles.Open, "icmp/192.0.2.1/0": roles.Silent}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		word := make([]byte, 100)
		if n, _, err := heard.ReadFrom(word); err != nil || string(word[:n]) != "10.0.0.7\n" {
			t.Errorf("heard %q, %v", word[:n], err)
		}
	})
}

// More ways than are tried at once are all told.
func TestPortsTryScriptOfManyWays(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("ping", "")
		args := []string{"10.0.0.7"}
		for i := range 120 {
			args = append(args, fmt.Sprintf("icmp/10.0.1.%d/0", i))
		}
		if said, err := parseTried(b.run(portsTryScript, args...).Stdout); err != nil || len(said) != 120 {
			t.Errorf("%d ways are told, want 120: %v", len(said), err)
		}
	})
}

// What is silent among many is tried once more, with more patience: open is what answers then.
func TestPortsTryScriptTriesWhatIsSilentAgain(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("timeout", fmt.Sprintf(`seconds=$1
for last; do :; done
echo "$seconds $last" >>%s
case $seconds:$* in 3:*10.0.0.8*) exit 124 ;; esac`, b.dir+"/tried"))
		got := b.run(portsTryScript, "10.0.0.7", "tcp/10.0.0.8/80", "tcp/10.0.0.9/81", "udp/10.0.0.8/64000")
		said, err := parseTried(got.Stdout)
		want := map[string]roles.Reach{"tcp/10.0.0.8/80": roles.Open, "tcp/10.0.0.9/81": roles.Open, "udp/10.0.0.8/64000": sent}
		if diff := cmp.Diff(want, said); diff != "" || err != nil || strings.Count(got.Stdout, "\n") != 4 {
			t.Errorf("%v, said (-want +got):\n%s\n%s", err, diff, got.Stdout)
		}
		tried := strings.Split(strings.TrimSpace(b.read("tried")), "\n")
		slices.Sort(tried)
		if diff := cmp.Diff([]string{"3 10.0.0.7", "3 80", "3 81", "5 10.0.0.7", "5 80"}, tried); diff != "" {
			t.Errorf("tried (-want +got):\n%s", diff)
		}
	})
}

// What a closed way says is told by words of bash and the kernel.
func TestPortsTryScriptKnowsWordsOfBash(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		for _, tc := range []struct {
			says string
			code int
			want roles.Reach
		}{
			{"bash: connect: Connection refused", 1, roles.Refused},
			{"bash: connect: No route to host", 1, roles.Unreachable},
			{"bash: connect: Network is unreachable", 1, roles.Unreachable},
			{"bash: connect: Connection timed out", 1, roles.Silent},
			{"", 124, roles.Silent},
			{"", 0, roles.Open},
		} {
			b.program("bash", fmt.Sprintf("echo %q; exit %d", tc.says, tc.code))
			said, err := parseTried(b.run(portsTryScript, "10.0.0.7", "tcp/10.0.0.8/80").Stdout)
			if got := said["tcp/10.0.0.8/80"]; err != nil || got != tc.want {
				t.Errorf("%q, code %d: got %q, %v, want %q", tc.says, tc.code, got, err, tc.want)
			}
		}
	})
}

func TestPortsTryScriptWithoutBash(t *testing.T) {
	b := box{t: t, shell: []string{"/bin/dash"}, dir: t.TempDir(), bin: t.TempDir()}
	if err := os.Symlink("/usr/bin/timeout", b.bin+"/timeout"); err != nil {
		t.Fatal(err)
	}
	b.want(answer{Stderr: "there is no bash to try ports with\n", Code: 1}, b.run("PATH="+b.bin+"\n"+portsTryScript, "10.0.0.7"))
}

func TestParseTriedRefusesWhatMakesNoSense(t *testing.T) {
	for _, tc := range []struct{ name, answer, want string }{
		{"nothing", "", "ends too early"},
		{"cut off", "tcp/10.0.0.1/80 open\n", "ends too early"},
		{"no word", "tcp/10.0.0.1/80\nend\n", "makes no sense"},
		{"an unknown word", "tcp/10.0.0.1/80 ajar\nend\n", "makes no sense"},
	} {
		if _, err := parseTried(tc.answer); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

// Both ends have their word: who tried, and who listened.
func TestNetworkResults(t *testing.T) {
	at := netip.MustParseAddr
	path := func(from, to, proto string, port int) roles.Path {
		return roles.Path{From: from, To: to, Proto: proto, Port: port}
	}
	n := network{
		places: []roles.Place{{Name: "a", Address: "10.0.0.1"}, {Name: "b", Address: "10.0.0.2"}, {Name: "c", Address: "10.0.0.3"}},
		paths: []roles.Path{path("a", "b", "tcp", 80), path("a", "b", "tcp", 443), path("a", "b", "udp", 64000), path("c", "b", "udp", 64000),
			path("a", "c", "udp", 64000), path("b", "c", "tcp", 22), path("b", "c", "tcp", 80), path("b", "c", "icmp", 0)},
		facts: map[string]roles.Facts{
			"b": {Sockets: []roles.Socket{{Proto: "tcp", Port: 443, Address: at("127.0.0.1")}}},
			"c": {Sockets: []roles.Socket{{Proto: "udp", Port: 64000, Address: at("10.0.0.3")}, {Proto: "tcp", Port: 22, Address: at("::")}}},
		},
		deaf:  map[string]bool{"c": true},
		heard: map[string][]string{"b": {"10.0.0.1", "end"}},
		said: map[string]map[string]roles.Reach{
			"a": {"tcp/10.0.0.2/80": roles.Open, "tcp/10.0.0.2/443": roles.Silent, "udp/10.0.0.2/64000": sent, "udp/10.0.0.3/64000": sent},
			"b": {"tcp/10.0.0.3/22": roles.Open, "tcp/10.0.0.3/80": roles.Refused, "icmp/10.0.0.3/0": roles.Open},
			"c": {"udp/10.0.0.2/64000": sent},
		},
	}
	if diff := cmp.Diff([]string{"tcp/80", "tcp/443", "udp/64000"}, n.ports("b")); diff != "" {
		t.Errorf("ports that b opens: one that is held at another address is free (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"tcp/80"}, n.ports("c")); diff != "" {
		t.Errorf("ports that c opens (-want +got):\n%s", diff)
	}
	want := []roles.Reach{roles.Open, roles.Silent, roles.Open, roles.Silent,
		roles.Untried, // somebody else holds the port: nobody knows whether it heard
		roles.Open,    // its own service answers, though it opened nothing
		roles.Untried, // it could not open its sockets
		roles.Open}
	var got []roles.Reach
	for _, tried := range n.results() {
		got = append(got, tried.Reach)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}
