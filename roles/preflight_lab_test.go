//go:build lab

package roles_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
	"dcosup/testing/lab/release/catalog"
	"dcosup/testing/lab/release/genconf"
)

// refused is a node that `dcos_install.sh --preflight-only` refuses, unless it is
// sound.
type refused struct {
	name, breaks, repair string
	role                 inventory.Role // default: a private agent
	families             []roles.Family // nil: all
	before               func(*testing.T)
	user                 bool // without sudo
	sound                bool
	// says has the checks of the preflight that fail, and the requirement that
	// says so before. nil: it refuses without a check.
	says map[string]string
}

// preflights knows the script, and collects which of its checks failed on some
// node.
type preflights struct {
	script string
	mu     sync.Mutex
	failed map[string]bool // by the check's name
}

// newPreflights makes the script as the generator does.
func newPreflights(t *testing.T) *preflights {
	t.Helper()
	dir := t.TempDir()
	manifest, err := json.Marshal(catalog.Manifest{Version: "2.1.0", BootstrapID: "none"})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"artifacts/release.json": string(manifest), "artifacts/bootstrap/none.bootstrap.tar.xz": "", "genconf/ip-detect": "#!/bin/sh\necho 10.0.0.2\n",
		"genconf/config.yaml": "bootstrap_url: http://10.0.0.1\ncluster_name: x\nexhibitor_storage_backend: static\nmaster_discovery: static\nmaster_list: [10.0.0.2]\n",
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	if code := genconf.Run(genconf.Call{Dir: dir, Artifacts: filepath.Join(dir, "artifacts"), Stdout: &said, Stderr: &said}); code != 0 {
		t.Fatalf("the generator: code %d: %s", code, said.String())
	}
	script, err := os.ReadFile(filepath.Join(dir, "genconf/serve/dcos_install.sh"))
	if err != nil {
		t.Fatal(err)
	}
	return &preflights{script: string(script), failed: map[string]bool{}}
}

// try breaks the node in each way, and holds the preflight against the findings.
func (p *preflights) try(t *testing.T, n node) {
	n.on(t, "usermod -s /bin/sh student") // who can then log in without bash
	n = connect(t, n.lab, n.Name())
	n.on(t, "mkdir -p /run/lab\ncat >/run/lab/dcos_install.sh <<'END-OF-SCRIPT'\n"+p.script+"\nEND-OF-SCRIPT")
	for _, r := range refusals(n) {
		if r.families != nil && !slices.Contains(r.families, n.family) {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			if r.before != nil {
				r.before(t)
			}
			defer func() { n.on(t, r.repair) }()
			n.on(t, r.breaks)
			p.compare(t, n, r)
		})
	}
}

var (
	checkLine = regexp.MustCompile(`(?m)^Checking (.*): (PASS|FAIL) `)
	directory = regexp.MustCompile(`XFS below \S+`)
)

// compare runs the preflight and the probe: what fails there is a failure here,
// and where nothing is one here, nothing fails there.
func (p *preflights) compare(t *testing.T, n node, r refused) {
	t.Helper()
	spec := func(s *roles.Spec) {
		small(s)
		s.SELinuxMode = "enforcing"
		if r.role != "" {
			s.Role = r.role
		}
	}
	facts, findings := n.look(t, broken{spec: spec, user: r.user, imitates: "a preflight"})
	code, said := n.preflight(t, r)
	got := map[string]string{}
	p.mu.Lock()
	for _, m := range checkLine.FindAllStringSubmatch(said, -1) {
		check := directory.ReplaceAllString(m[1], "XFS") // is one check, whatever the directory
		p.failed[check] = p.failed[check] || m[2] == "FAIL"
		if m[2] == "FAIL" {
			got[m[1]] = r.says[m[1]]
		}
	}
	p.mu.Unlock()
	if diff := cmp.Diff(r.says, got); diff != "" && len(r.says)+len(got) > 0 {
		t.Errorf("what the preflight refuses (-want +got):\n%s\n%s", diff, said)
	}
	for _, id := range slices.Sorted(maps.Values(r.says)) {
		if f := pick(t, findings, id); f.Status != roles.Fail {
			t.Errorf("the preflight fails, and check says of %s: %s, found %s", id, f.Status, f.Found)
		}
	}
	failed := slices.DeleteFunc(findings, func(f roles.Finding) bool { return f.Status != roles.Fail })
	if code != 0 && len(failed) == 0 || code == 0 && !r.sound {
		t.Errorf("the preflight ends with code %d, and check finds %v:\n%s", code, failed, said)
	}
	if r.sound && (code != 0 || len(failed) > 0) {
		t.Errorf("a node as it should be: code %d, found %v; docker %+v\n%s", code, failed, facts.Docker, said)
	}
}

func (n node) preflight(t *testing.T, r refused) (code int, said string) {
	t.Helper()
	role := map[inventory.Role]string{"": "slave", inventory.RoleMaster: "master"}[r.role]
	conn := n.conn
	if r.user {
		conn = n.user
	}
	result, err := conn.Run(t.Context(), remote.Command{Script: "sh /run/lab/dcos_install.sh --preflight-only " + role + " 2>&1"})
	var failed *remote.CommandError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if failed != nil {
		code = failed.ExitCode
	}
	return code, string(result.Stdout)
}

// untried are the checks that no row failed, though they can fail. Most ports
// cannot: the script looks for them in a form that the kernel does not write. The
// role is not the node's.
func (p *preflights) untried() []string {
	var names []string
	for name := range p.failed {
		var port int
		_, err := fmt.Sscanf(name, "that port %d is free", &port)
		blind := err == nil && strings.ContainsAny(fmt.Sprintf("%x", port), "abcdef")
		if !p.failed[name] && !blind && name != "the role" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Every check of the preflight has a row that fails it.
func (p *preflights) judge(t *testing.T) {
	if len(p.failed) < 20 {
		t.Errorf("the preflight has %d checks, which is too few: are their names read right?", len(p.failed))
	}
	for _, name := range p.untried() {
		t.Errorf("no node fails the preflight's check %q: add a row to refusals", name)
	}
}

func hidden(programs ...string) (hide, show string) {
	for _, name := range programs {
		hide += fmt.Sprintf("readlink -f \"$(command -v %s)\" >>/run/lab/hidden\n", name)
	}
	return ": >/run/lab/hidden\n" + hide + "while read -r path; do mount --bind /dev/null \"$path\"; done </run/lab/hidden",
		"while read -r path; do umount \"$path\"; done </run/lab/hidden"
}

// listen opens ports for TCP.
func listen(unit string, ports ...int) (open, end string) {
	open = "systemd-run --quiet --unit=" + unit + " systemd-socket-activate"
	for _, port := range ports {
		open += fmt.Sprintf(" -l %d", port)
	}
	return open + " cat\n" + appears(ports[len(ports)-1]), "systemctl stop " + unit + "\n"
}

// appears waits for a socket with the port.
func appears(port int) string {
	return fmt.Sprintf("timeout 30 sh -c 'until grep -q \":%04X \" /proc/net/tcp*; do sleep 0.1; done'\n", port)
}

// refusals are all ways in which the preflight refuses a node, many at a time.
func refusals(n node) []refused {
	hide, show := hidden("curl", "bash", "ping", "tar", "xz", "unzip", "ipset", "systemd-notify")
	enforcing, enforcingAway := instead("getenforce", "echo Enforcing")
	old, oldAway := instead("systemctl", `if [ "$1" = --version ]; then echo 'systemd 199'; else exec /run/lab/systemctl.own "$@"; fi`)
	agentPorts, agentEnd := listen("lab-agent", 53, 5051, 61001)
	masterPorts, masterEnd := listen("lab-master", 53, 80, 443, 2181, 5050, 9000, 9990)
	docker, dockerAway := hidden("docker")
	ancient, ancientAway := instead("docker", "/run/lab/docker.own \"$@\" | sed 's/20\\.10\\.24+dfsg1/1.5.0/g'")
	loop, loopAway := instead("docker", "/run/lab/docker.own \"$@\" | sed 's#Storage Driver: .*#Storage Driver: devicemapper\\n Data file: /dev/loop0#'")
	wrong, wrongAway := instead("xfs_info", "/run/lab/xfs_info.own \"$@\" | sed s/ftype=1/ftype=0/")
	connection := "systemd-run --quiet --unit=lab-server systemd-socket-activate --accept --inetd -l 4711 sleep 600\n" + appears(4711) +
		"systemd-run --quiet --unit=lab-client sh -c 'tail -f /dev/null | curl --silent --local-port 9990 telnet://127.0.0.1:4711'\n" + appears(9990)
	const earlier = "for an earlier DC/OS"
	xfs := []roles.Family{roles.FamilyDebian} // which alone can install its tools here
	return []refused{
		{
			name: "all at once", breaks: agentPorts + enforcing + old + hide, repair: show + "\n" + oldAway + enforcingAway + agentEnd,
			says: map[string]string{
				"that SELinux is off, permissive or targeted": "selinux", "systemd's version is at least 200": "systemd", "that port 53 is free for dcos-net": "ports",
				"for curl in PATH": "commands", "for bash in PATH": "commands", "for ping in PATH": "commands", "for tar in PATH": "commands", "for xz in PATH": "commands",
				"for unzip in PATH": "commands", "for ipset in PATH": "commands", "for systemd-notify in PATH": "commands",
			},
		},
		{
			name: "ports of a master", role: inventory.RoleMaster, breaks: masterPorts, repair: masterEnd,
			says: map[string]string{"that port 53 is free for dcos-net": "ports", "that port 80 is free for adminrouter": "ports", "that port 2181 is free for zookeeper": "ports",
				"that port 9000 is free for metronome": "ports", "that port 9990 is free for cosmos": "ports"},
		},
		{
			name: "a connection from a port of a master", role: inventory.RoleMaster, breaks: connection, repair: "systemctl stop lab-server\nsystemctl stop lab-client", // in this order nothing of it lingers
			says: map[string]string{"that port 9990 is free for cosmos": "ports"},
		},
		{name: "no Docker", breaks: docker, repair: dockerAway, says: map[string]string{"for docker in PATH": "docker-installed"}},
		{
			name: "Docker is stopped", breaks: "systemctl stop docker.socket docker.service", repair: "systemctl start docker.service",
			says: map[string]string{"that docker answers": "docker-running"},
		},
		{
			name: "an old Docker", breaks: ancient, repair: ancientAway,
			says: map[string]string{"docker's version (Client) is at least 1.6": "docker-version", "docker's version (Server) is at least 1.6": "docker-version"},
		},
		{
			name: "an old docker command", breaks: otherDocker("00"), repair: otherDockerAway,
			says: map[string]string{"docker's version (Client) is at least 1.6": "docker-version"},
		},
		{name: "devicemapper on a loop device", breaks: loop, repair: loopAway, says: map[string]string{"docker's storage": "docker-storage"}},
		{name: "packages of DC/OS", breaks: "mkdir -p /opt/mesosphere/bin", repair: "rm -r /opt/mesosphere", says: map[string]string{earlier: "no-earlier-dcos"}},
		{name: "a directory for dcos.target", breaks: "mkdir /etc/systemd/system/dcos.target", repair: "rmdir /etc/systemd/system/dcos.target", says: map[string]string{earlier: "no-earlier-dcos"}},
		{name: "what dcos.target wants", breaks: "mkdir /etc/systemd/system/dcos.target.wants", repair: "rmdir /etc/systemd/system/dcos.target.wants", says: map[string]string{earlier: "no-earlier-dcos"}},
		{
			name: "XFS of which nobody tells", families: xfs, before: func(t *testing.T) { n.xfs(t, "/var/lib/mesos") },
			breaks: "chmod 644 \"$(command -v xfs_info)\"", repair: "chmod 755 /usr/sbin/xfs_info\numount /var/lib/mesos\nrmdir /var/lib/mesos",
			says: map[string]string{"that XFS below /var/lib/mesos/slave has ftype=1": "xfs-ftype"},
		},
		{
			name: "XFS without types, for Docker", families: xfs,
			before: func(t *testing.T) {
				n.on(t, "systemctl stop docker.socket docker.service")
				n.xfs(t, "/srv/docker")
				n.on(t, "echo '{\"data-root\": \"/srv/docker/root\"}' >/etc/docker/daemon.json\nsystemctl start docker.service")
			},
			breaks: wrong, repair: wrongAway + "systemctl stop docker.socket docker.service\nrm /etc/docker/daemon.json\numount /srv/docker\nsystemctl start docker.service",
			says: map[string]string{"that XFS below /srv/docker/root has ftype=1": "xfs-ftype"},
		},
		{name: "not root", user: true},
		{name: "nothing, for an agent", sound: true},
		{name: "nothing, for a master", sound: true, role: inventory.RoleMaster},
	}
}

// xfs mounts a new XFS at dir.
func (n node) xfs(t *testing.T, dir string) {
	t.Helper()
	n.on(t, "rm -f /var/lib/lab.xfs\ntruncate -s 320M /var/lib/lab.xfs\nmkfs.xfs -q /var/lib/lab.xfs")
	if err := n.MountImage(t.Context(), "/var/lib/lab.xfs", dir); err != nil {
		t.Fatal(err)
	}
}
