//go:build lab

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/installer"
	"dcosup/roles"
	"dcosup/testing/lab/tried"
)

var update = flag.Bool("update", false, "write roles/testdata/tried.txt anew, of what is judged across nodes")

// flaw is something that a node can lack, made on a real one.
type flaw struct {
	id       string
	node     string // default: agent-1
	others   string // hosts to select beside it
	config   string // a line for dcos.config
	make     string
	status   string // what the check then says
	mend     string // how a person takes it away; "": check --fix does
	clean    string // what is left to be taken away after that
	imitates string // what answers in the node's place, and why
}

const fakeUnit = "printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/"

var flaws = []flaw{
	{id: "commands", make: "apt-get -q -y remove unzip", status: "fail"},
	{id: "firewall", make: fakeUnit + "firewalld.service && systemctl daemon-reload && systemctl enable --now firewalld", status: "fail",
		clean: "rm /etc/systemd/system/firewalld.service && systemctl daemon-reload"},
	{id: "hostname-unique", make: "hostname master-1", status: "warn", mend: "hostname agent-1"},
	{id: "network", node: "master-1", others: ",agent-1", make: "iptables -A INPUT -p tcp --dport 5050 -j DROP", status: "fail", mend: "iptables -F INPUT"},
	{id: "bandwidth", make: "iptables -A INPUT -p tcp --sport 8080 -m hashlimit --hashlimit-name slow --hashlimit-above 400kb/s -j DROP", status: "warn", mend: "iptables -F INPUT"},
	// What the node sends waits behind its own traffic, over 100 ms.
	{id: "latency", status: "warn", make: `tc qdisc add dev eth0 root tbf rate 4mbit burst 32kbit limit 1mb
		iptables -A INPUT -p icmp --icmp-type port-unreachable -j DROP
		systemd-run --unit=busy bash -c 'exec dd if=/dev/zero bs=1400 >/dev/udp/bootstrap/9'`,
		mend: "systemctl stop busy; tc qdisc del dev eth0 root; iptables -F INPUT"},
	{id: "clocks", others: ",master-1,public-1", status: "warn", imitates: "the date command is ahead: nodes share the machine's clock",
		make: `printf '#!/bin/sh\nif [ "$1" = +%%s%%N ]; then echo $(($(/usr/bin/date +%%s%%N) + 20000000000)); else exec /usr/bin/date "$@"; fi\n' >/usr/local/bin/date
		chmod +x /usr/local/bin/date`, mend: "rm /usr/local/bin/date"},
	{id: "ip-detect", config: detection("ip_detect", "echo 192.0.2.9", "ip -4 -o addr show dev eth0 | sed 's/.*inet //; s#/.*##'"), make: "touch /run/lab-flaw", status: "fail", mend: "rm /run/lab-flaw"},
	{id: "ip-detect-public", config: detection("ip_detect_public", "echo no address", "echo 192.0.2.9"), make: "touch /run/lab-flaw", status: "fail", mend: "rm /run/lab-flaw"},
	{id: "ip6-detect", config: detection("ip6_detect", "true", "echo fd00:213::9"), make: "true", status: "fail",
		mend: "ip -6 addr add fd00:213::9/64 dev eth0 nodad", clean: "ip -6 addr del fd00:213::9/64 dev eth0"},
	{id: "fault-domain-detect", config: detection("fault_domain_detect", "echo {}", `echo '{\"fault_domain\": {\"region\": {\"name\": \"r\"}, \"zone\": {\"name\": \"z\"}}}'`),
		make: "touch /run/lab-flaw", status: "fail", mend: "rm /run/lab-flaw"},
	{id: "dcos-version", make: installedAs("1.13.4", "slave"), status: "fail", mend: installedAs("2.1.0", "slave"), clean: notInstalled, imitates: otherInstalled},
	{id: "dcos-role", make: installedAs("2.1.0", "master"), status: "fail", mend: installedAs("2.1.0", "slave"), clean: notInstalled, imitates: otherInstalled},
	{id: "docker-running", make: "systemctl stop docker.socket docker", status: "fail"},
}

// detection is a script that says the wrong thing as long as the node has a flaw.
func detection(name, wrong, right string) string {
	return name + `_contents: "#!/bin/sh\nif [ -e /run/lab-flaw ]; then ` + wrong + "; else " + right + `; fi\n"`
}

// installedAs leaves what a node is known by on which DC/OS is installed.
func installedAs(version, role string) string {
	return notInstalled + ` && mkdir -p /opt/mesosphere/etc /etc/mesosphere/roles && touch /etc/mesosphere/roles/` + role +
		` && echo '{"version": "` + version + `"}' >/opt/mesosphere/etc/dcos-version.json`
}

const (
	notInstalled   = "rm -rf /opt/mesosphere /etc/mesosphere"
	otherInstalled = "files tell of a DC/OS that is not there: the lab has one release"
)

// Requirements that the facts of one node do not tell are missed by a node, then met:
// when a person mends it, or check --fix does; and a few that they do tell, which are
// all tried on nodes by package roles. What was seen is held against the record of
// which docs/requirements.md tells.
func TestCheckOnNodesWithFlaws(t *testing.T) {
	noCluster(t)
	anew(t.Context(), t, "agent-1", "master-1")
	for _, f := range flaws {
		t.Run(f.id, func(t *testing.T) {
			if f.node == "" {
				f.node = "agent-1"
			}
			on(t, f.node, f.make)
			code := map[string]int{"fail": 3, "warn": 0}[f.status]
			f.check(t, code, f.status)
			if f.mend != "" {
				on(t, f.node, f.mend)
				f.check(t, 0, "pass")
			} else {
				f.check(t, 0, "pass", "--fix")
			}
			if f.clean != "" {
				on(t, f.node, f.clean)
			}
		})
	}
	if !t.Failed() && !strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		held(t)
	}
}

// seen are the requirements that a check has judged.
var seen tried.Record

// held compares what was seen with the record, or writes it.
func held(t *testing.T) {
	elsewhere := func(id string) bool { return roles.Elsewhere(id).ID != "" }
	differences, err := seen.Held("../../roles/testdata/tried.txt", elsewhere, *update)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range differences {
		t.Errorf("%s; if that is right: go test -tags lab -run TestCheckOnNodesWithFlaws ./testing/e2e -update", line)
	}
}

// check checks for the flaw alone, and holds what it says of the node.
func (f flaw) check(t *testing.T, code int, status string, flags ...string) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "check.json")
	inventory := hosts()
	if f.config != "" {
		inventory = variant(t, nil, setting(f.config))
	}
	o := dcosup(t, append([]string{"check", "-i", inventory, "-l", f.node + f.others, "--only", f.id, "-o", "json", "--report", report}, flags...)...)
	got := ""
	for line := range strings.Lines(o.text) {
		var e installer.Event
		if json.Unmarshal([]byte(line), &e) == nil && e.Type == installer.NodeFound && e.Node == f.node && len(e.Findings) == 1 {
			got = e.Findings[0].Status // of the last look
		}
	}
	if got != status {
		t.Errorf("%s on %s: got %q, want %q", f.id, f.node, got, status)
	}
	sight := tried.Unmet
	if got == "pass" {
		sight = tried.Met
	}
	seen.See(f.id, string(roles.FamilyDebian), sight, f.imitates)
	o.must(t, code)
	if text, err := os.ReadFile(report); err != nil || !strings.Contains(string(text), `"requirement": "`+f.id+`"`) {
		t.Errorf("the report: %v, %s", err, text)
	}
}

// A node's ports are opened for a moment, and nothing of it stays, nor when a person
// interrupts it; a requirement that the inventory turns off stops nobody, and is told
// with its reason.
func TestCheckNetworkLeavesNothing(t *testing.T) {
	const ids = "network,bandwidth,latency"
	dcosup(t, "check", "-i", hosts(), "--only", ids).must(t, 0, "0 fail, 0 warn, 20 pass")
	on(t, "master-1", "iptables -A INPUT -p tcp --dport 2181 -j REJECT")
	t.Cleanup(func() { _, _ = nodes.Node("master-1").Exec(context.WithoutCancel(t.Context()), "iptables -F INPUT") })
	dcosup(t, "check", "-i", hosts(), "--only", "network").must(t, 3, "2181/tcp (zookeeper)", "refused")
	dcosup(t, "check", "-i", hosts(), "--only", "network", "-e", `{"dcos_requirements": {"network": {"severity": "off", "reason": "a test of firewalls"}}}`).
		must(t, 0, "a test of firewalls", "1 off")
	dcosup(t, "check", "-i", hosts(), "--only", "bandwidth", "-e", `{"dcos_requirements": {"bandwidth": {"wanted": "900 GB/s", "severity": "fail"}}}`).
		must(t, 3, "to 6 nodes at once", "900 GB/s for each of 5 nodes")
	networkIsClean(t)

	c := command(t, "check", "-i", hosts(), "--only", ids)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said += lines.Text() + "\n"
		for _, cue := range []string{"one after another", "once more leaves at once"} {
			if strings.Contains(lines.Text(), cue) {
				_ = c.Process.Signal(os.Interrupt)
			}
		}
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 130 && !strings.Contains(said, "the others are not judged") {
		t.Errorf("interrupted, it ended with %d:\n%s", code, said)
	}
	networkIsClean(t)
}

// networkIsClean fails if a trial of the network has left something.
func networkIsClean(t *testing.T) {
	t.Helper()
	for _, name := range append(agents(), "master-1", "bootstrap") {
		left := on(t, name, "ls -A /run/systemd/system /run/dcosup 2>/dev/null | grep -e dcosup-ports -e dcosup-zeros -e heard; systemctl list-units --all --no-legend 'dcosup-ports*' 'dcosup-heard*' 'dcosup-zeros*'")
		if left != "" {
			t.Errorf("%s: left behind: %s", name, left)
		}
	}
}
