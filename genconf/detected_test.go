package genconf_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

func TestCheckDetected(t *testing.T) {
	own := []string{"10.0.0.11", "192.168.1.5"}
	masters := []string{"10.0.0.11", "10.0.0.12", "10.0.0.13"}
	for _, tt := range []struct {
		name, output string
		own, masters []string
		isMaster     bool
		want         string // reason; "" = good
	}{
		{"master", "10.0.0.11\n", own, masters, true, ""},
		{"agent", "192.168.1.5", own, masters, false, ""},
		{"nothing to compare with", "10.1.1.1", nil, nil, true, ""},
		{"nothing", "\n", own, masters, true, "nothing"},
		{"two addresses", "10.0.0.11 192.168.1.5", own, masters, true, "more than one word"},
		{"a page", "<html>" + strings.Repeat("x", 200), own, masters, true, "not an IPv4 address"},
		{"IPv6", "fe80::1", own, masters, true, "not an IPv4 address"},
		{"with length", "10.0.0.11/24", own, masters, true, "not an IPv4 address"},
		{"loopback", "127.0.0.1", []string{"127.0.0.1"}, nil, false, "not an address that other nodes can reach"},
		{"not its own", "10.0.0.12", own, masters, true, "the node has only 10.0.0.11, 192.168.1.5"},
		{"master on its other address", "192.168.1.5", own, masters, true, "not in master_list 10.0.0.11, 10.0.0.12, 10.0.0.13"},
		{"agent on a master's address", "10.0.0.11", own, masters, false, "a master's address, but this node is an agent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := genconf.CheckDetected(tt.output, tt.own, tt.masters, tt.isMaster)
			var got string
			if d := (*genconf.DetectError)(nil); errors.As(err, &d) {
				got = d.Reason
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("the message is too long to read: %v", err)
			}
		})
	}
}

// What `ip -o -4 route get` prints, in the forms seen on nodes.
func TestGeneratedIPDetect(t *testing.T) {
	for _, tt := range []struct {
		name, ip string // ip is the body of the fake command
		want     string
		wantErr  string // part of what is said on standard error
	}{
		{"same network", "echo '10.0.0.11 dev eth0 src 10.0.0.21 uid 0 \\    cache '", "10.0.0.21\n", ""},
		{"through a gateway", "echo '10.0.0.11 via 192.168.1.1 dev eth1 src 192.168.1.5 uid 0 \\    cache '", "192.168.1.5\n", ""},
		{"on the master itself", "echo 'local 10.0.0.11 dev lo src 10.0.0.11 uid 0 \\    cache <local> '", "10.0.0.11\n", ""},
		{"no source", "echo '10.0.0.11 dev eth0'", "", "names no source address"},
		{"src without a value", "echo '10.0.0.11 dev eth0 src'", "", "names no source address"},
		{"network down", "echo 'RTNETLINK answers: Network is unreachable' >&2; exit 2", "", "no route to the master 10.0.0.11: RTNETLINK"},
	} {
		for _, shell := range shells(t) {
			t.Run(tt.name+"/"+strings.Join(shell, " "), func(t *testing.T) {
				stdout, stderr, err := runScript(t, shell, withFakeIP(t, rendered(t, "10.0.0.11"), tt.ip))
				if diff := cmp.Diff(tt.want, stdout); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if (err != nil) != (tt.wantErr != "") || !strings.Contains(stderr, tt.wantErr) {
					t.Errorf("got %v, %q; want %q", err, stderr, tt.wantErr)
				}
			})
		}
	}
}

// The kernel's own answer: the way to a local address begins at that address.
func TestGeneratedIPDetectWithTheRealIP(t *testing.T) {
	for _, shell := range shells(t) {
		stdout, stderr, err := runScript(t, shell, rendered(t, "127.0.0.1"))
		if err != nil || stdout != "127.0.0.1\n" {
			t.Errorf("%v: got %q, %v: %s", shell, stdout, err, stderr)
		}
	}
}

// shells are the two strictest that nodes have as /bin/sh.
func shells(t *testing.T) [][]string {
	t.Helper()
	for _, tool := range []string{"dash", "busybox", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test needs dash, busybox and iproute2: %v", err)
		}
	}
	return [][]string{{"dash"}, {"busybox", "sh"}}
}

func rendered(t *testing.T, master string) string {
	t.Helper()
	files, _ := genconf.Render(genconf.Input{Masters: []string{master}})
	return string(files.IPDetect)
}

// withFakeIP puts a function in front of the ip command: busybox's shell prefers its own ip to anything in PATH.
func withFakeIP(t *testing.T, script, body string) string {
	t.Helper()
	const pinned = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
	before, after, ok := strings.Cut(script, pinned)
	if !ok {
		t.Fatalf("the script does not pin its PATH:\n%s", script)
	}
	fake := "ip() {\n[ \"$*\" = '-o -4 route get 10.0.0.11' ] || exit 99\n" + body + "\n}\n"
	return before + pinned + fake + after
}

func runScript(t *testing.T, shell []string, script string) (stdout, stderr string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ip-detect")
	if err := os.WriteFile(file, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shell[0], append(shell[1:], file)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}
