package installer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPortsOpenScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		units, state := b.dir+"/units", b.dir+"/state"
		b.program("systemctl", "")
		b.write("state/heard", "of an earlier run")
		b.write("units/dcosup-heard.service", "of an earlier run")
		b.write("units/dcosup-ports.service", "of an earlier run")
		b.want(answer{}, b.run(portsOpenScript, units, state, "10.0.0.1", "tcp/80", "tcp/2181"))
		if diff := cmp.Diff("[Socket]\nBacklog=1024\nListenStream=10.0.0.1:80\nListenStream=10.0.0.1:2181\n", b.read("units/dcosup-ports.socket")); diff != "" {
			t.Errorf("sockets (-want +got):\n%s", diff)
		}
		if b.read("state/heard") != "absent" || b.read("units/dcosup-heard.service") != "absent" {
			t.Error("something of an earlier run is left")
		}
		b.wantCalls("systemctl stop dcosup-ports.socket dcosup-heard.socket dcosup-zeros.socket dcosup-ports.service dcosup-heard.service dcosup-zeros@*.service", "systemctl daemon-reload", "systemctl reset-failed dcosup-ports.socket", "systemctl start dcosup-ports.socket",
			"systemctl reset-failed dcosup-ports.service", "systemctl start dcosup-ports.service")

		b.want(answer{}, b.run(portsOpenScript, units, state, "10.0.0.1", "udp/64000"))
		if diff := cmp.Diff("[Socket]\nListenDatagram=10.0.0.1:64000\n", b.read("units/dcosup-heard.socket")); diff != "" {
			t.Errorf("socket (-want +got):\n%s", diff)
		}
		if b.read("units/dcosup-ports.socket") != "absent" {
			t.Error("the sockets of the run before are left")
		}
		if got := b.read("units/dcosup-heard.service"); !strings.Contains(got, "exec cat <&3 >"+state+"/heard") {
			t.Errorf("what is heard is not kept: %s", got)
		}

		b.want(answer{}, b.run(portsOpenScript, units, state, "10.0.0.1", "zeros/8080"))
		if diff := cmp.Diff("[Socket]\nAccept=yes\nListenStream=10.0.0.1:8080\n", b.read("units/dcosup-zeros.socket")); diff != "" {
			t.Errorf("socket (-want +got):\n%s", diff)
		}
		if got := b.read("units/dcosup-zeros@.service"); !strings.Contains(got, "head -c 1000000000 /dev/zero'\n") || !strings.Contains(got, "StandardOutput=socket\n") {
			t.Errorf("who connects gets nothing: %s", got)
		}
		if b.read("units/dcosup-heard.socket") != "absent" {
			t.Error("the socket of the run before is left")
		}
		b.want(answer{}, b.run(portsOpenScript, units, state, "10.0.0.1", "tcp/80"))
		if b.read("units/dcosup-zeros.socket") != "absent" || b.read("units/dcosup-zeros@.service") != "absent" {
			t.Error("the zeros of the run before are left")
		}
	})
}

func TestPortsOpenScriptFails(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("systemctl", `[ "$1" != start ]`)
		b.program("journalctl", "echo 'Address already in use'")
		b.want(answer{Stderr: "Address already in use\n", Code: 1}, b.run(portsOpenScript, b.dir+"/units", b.dir+"/state", "10.0.0.1", "tcp/80"))
	})
}

func TestPortsCloseScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.program("systemctl", "exit 5") // of units that are not there
		b.write("state/heard", "10.0.0.3\n10.0.0.2\n10.0.0.3\n")
		b.write("state/lock", "another's")
		b.write("units/dcosup-ports.socket", "[Socket]")
		b.write("units/dcosup-zeros.socket", "[Socket]")
		b.write("units/dcosup-zeros@.service", "[Service]")
		b.write("units/other.socket", "another's")
		b.want(answer{Stdout: "10.0.0.2\n10.0.0.3\nend\n"}, b.run(portsCloseScript, b.dir+"/units", b.dir+"/state"))
		for name, want := range map[string]string{"state/heard": "absent", "units/dcosup-ports.socket": "absent",
			"units/dcosup-zeros.socket": "absent", "units/dcosup-zeros@.service": "absent", "state/lock": "another's", "units/other.socket": "another's"} {
			if got := b.read(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		b.want(answer{Stdout: "end\n"}, b.run(portsCloseScript, b.dir+"/none", b.dir+"/none"))
	})
}

func TestTriesNetwork(t *testing.T) {
	for _, tc := range []struct {
		ids  []string
		want bool
	}{{nil, false}, {[]string{"clocks"}, false}, {[]string{"clocks", "latency"}, true}, {[]string{"network"}, true}, {[]string{"bandwidth"}, true}} {
		if got := TriesNetwork(tc.ids); got != tc.want {
			t.Errorf("%v: got %v, want %v", tc.ids, got, tc.want)
		}
	}
}
