package installer

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/roles"
)

// listen opens a port of this machine. Nothing is accepted, as at the sockets of
// ports-open.sh.
func listen(t *testing.T, address string) (host, port string) {
	t.Helper()
	l, err := net.Listen("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	host, port, _ = net.SplitHostPort(l.Addr().String())
	return host, port
}

// closedPort is one of this machine on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestLatencyScript(t *testing.T) {
	_, one := listen(t, "127.0.0.1:0")
	_, two := listen(t, "127.0.0.1:0")
	_, far := listen(t, "127.0.0.2:0")
	eachShell(t, func(t *testing.T, b box) {
		got := b.run(latencyScript, "127.0.0.1/"+one+"/"+closedPort(t)+"/"+two, "127.0.0.2/"+far, "127.0.0.3/"+closedPort(t))
		lines, err := wholeLines(got.Stdout)
		if err != nil || got.Code != 0 || got.Stderr != "" || len(lines) != 3 {
			t.Fatalf("%v: %+v, want three lines", err, got)
		}
		times, err := parseTrips(got.Stdout)
		if err != nil || len(times) != 2 || times["127.0.0.1"] > 5*time.Second {
			t.Errorf("got %v, %v", times, err)
		}
		b.want(answer{Stdout: "end\n"}, b.run(latencyScript))
	})
}

func TestMeasuringScriptsWithoutBash(t *testing.T) {
	for _, script := range []string{latencyScript, bandwidthScript} {
		b := box{t: t, shell: []string{"/bin/dash"}, dir: t.TempDir(), bin: t.TempDir()}
		if err := os.Symlink("/usr/bin/timeout", b.bin+"/timeout"); err != nil {
			t.Fatal(err)
		}
		b.want(answer{Stderr: "there is no bash to measure with\n", Code: 1}, b.run("PATH="+b.bin+"\n"+script))
	}
}

func TestParseTrips(t *testing.T) {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, tc := range []struct {
		name, answer string
		want         map[string]time.Duration
		err          string
	}{
		{name: "none", answer: "end\n", want: map[string]time.Duration{}},
		{name: "the middle one", answer: "10.0.0.1 1.002\n10.0.0.1 0.004\n10.0.0.1 0.001\n10.0.0.1 0.003\n10.0.0.1 0.002\nend\n", want: map[string]time.Duration{"10.0.0.1": ms(3)}},
		{name: "of each address", answer: "10.0.0.1 0.004\n10.0.0.2 0.100\nend\n", want: map[string]time.Duration{"10.0.0.1": ms(4), "10.0.0.2": ms(100)}},
		{name: "less than can be told", answer: "10.0.0.1 0.000\nend\n", want: map[string]time.Duration{"10.0.0.1": 0}},
		{name: "cut off", answer: "10.0.0.1 0.004\n", err: "ends too early"},
		{name: "no time", answer: "10.0.0.1\nend\n", err: "makes no sense"},
		{name: "no number", answer: "10.0.0.1 soon\nend\n", err: "makes no sense"},
		{name: "a comma", answer: "10.0.0.1 0,004\nend\n", err: "makes no sense"},
		{name: "before it began", answer: "10.0.0.1 -1\nend\n", err: "makes no sense"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseTrips(tc.answer)
			if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Fatalf("got %v, want %q", err, tc.err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("times (-want +got):\n%s", diff)
			}
		})
	}
}

// What is measured are ways that were found open: without one nothing is known.
func TestTripsOfANetwork(t *testing.T) {
	f := fakeNetwork(t)
	_, port := listen(t, "127.0.0.2:0")
	way := "tcp/127.0.0.2/" + port
	for _, from := range []string{"a", "p"} {
		f.paths = append(f.paths, roles.Path{From: from, To: "m", Proto: "tcp", Port: number(t, port)}, roles.Path{From: from, To: "m", Proto: "tcp", Port: 1})
	}
	f.said = map[string]map[string]roles.Reach{"a": {way: roles.Open, "tcp/127.0.0.2/1": roles.Silent}, "p": {way: roles.Refused}}
	trips := f.trips(t.Context())
	if len(trips) != 2 || !trips[0].Known || trips[0].From != "a" || trips[1].Known || trips[1].Time != 0 {
		t.Errorf("got %+v, want one that is known of a, and one that is not of p", trips)
	}
	if got := f.openPorts(trips[0]); len(got) != 1 || got[0] != port {
		t.Errorf("open ports: got %v, want %s", got, port)
	}
}
