package genconf

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shells are those that may run dcos_install.sh on a node.
var shells = [][]string{{"dash"}, {"bash"}, {"busybox", "sh"}}

// fakeNode is a directory that dcos_install.sh takes for a machine, with the commands that it calls.
type fakeNode struct {
	t      *testing.T
	script string
	root   string
	bin    string
}

func newFakeNode(t *testing.T) fakeNode {
	t.Helper()
	g := newGenerator(t, minimal)
	if code, _, stderr := g.run(); code != 0 {
		t.Fatal(stderr)
	}
	n := fakeNode{t: t, script: filepath.Join(g.dir, "genconf/serve/dcos_install.sh"), root: t.TempDir(), bin: t.TempDir()}
	for _, name := range []string{"awk", "cat", "df", "dirname", "grep", "head", "ls", "mkdir", "sed", "sort", "touch"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(n.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	n.command("id", "echo 0")
	n.command("docker", `case "$*" in
		*Version*) echo 20.10.24 ;;
		*Driver*) echo overlay2 ;;
		*DockerRootDir*) echo / ;;
	esac`)
	n.command("systemctl", `if [ "$1" = --version ]; then echo "systemd 252 (252.1)"; else echo "$*" >>"$DCOSUP_STANDIN_ROOT/systemctl"; fi`)
	for _, name := range []string{"curl", "bash", "ping", "tar", "xz", "unzip", "ipset", "systemd-notify", "lsmod"} {
		n.command(name, "exit 0")
	}
	return n
}

func (n fakeNode) command(name, script string) {
	n.t.Helper()
	if err := os.WriteFile(filepath.Join(n.bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		n.t.Fatal(err)
	}
}

// install runs the script and gives its exit code and all that it printed.
func (n fakeNode) install(shell []string, args ...string) (int, string) {
	n.t.Helper()
	path, err := exec.LookPath(shell[0])
	if err != nil {
		n.t.Fatal(err)
	}
	cmd := exec.CommandContext(n.t.Context(), path, append(append(shell[1:], n.script), args...)...)
	cmd.Env = []string{"PATH=" + n.bin, "DCOSUP_STANDIN_ROOT=" + n.root}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		n.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// systemctl gives the calls of systemctl.
func (n fakeNode) systemctl() string {
	n.t.Helper()
	text, err := os.ReadFile(filepath.Join(n.root, "systemctl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		n.t.Fatal(err)
	}
	return string(text)
}

const (
	installed = `daemon-reload
restart systemd-journald
restart docker
start dcos-link-env
enable dcos-setup
start dcos-setup
`
	nothing = ""
)

func TestInstallArguments(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		say  string
		done string
	}{
		"a master":               {[]string{"master"}, 0, "not DC/OS", installed},
		"an agent":               {[]string{"slave"}, 0, "port 5051", installed},
		"unseen":                 {[]string{"--disable-preflight", "slave_public"}, 0, "slave_public", installed},
		"without waiting":        {[]string{"--no-block-dcos-setup", "master"}, 0, "", strings.Replace(installed, "start dcos-setup", "--no-block start dcos-setup", 1)},
		"only looking":           {[]string{"-p", "master"}, 0, "PASS", nothing},
		"a free node":            {[]string{"-p", "slave"}, 0, "for an earlier DC/OS: PASS", nothing},
		"an agent's disks":       {[]string{"-p", "slave"}, 0, "that XFS below /var/lib/mesos/slave has ftype=1: PASS (no XFS)", nothing},
		"looking without role":   {[]string{"--preflight-only"}, 1, "the role: FAIL", nothing},
		"two roles":              {[]string{"master", "slave"}, 1, "the role: FAIL (master slave)", nothing},
		"a role that is none":    {[]string{"agent"}, 1, "the role: FAIL (agent)", nothing},
		"no role":                {nil, 1, "Usage", nothing},
		"help":                   {[]string{"-h"}, 1, "Usage", nothing},
		"an option that is none": {[]string{"--force", "master"}, 1, "Usage", nothing},
	} {
		for _, shell := range shells {
			t.Run(name+" under "+shell[0], func(t *testing.T) {
				n := newFakeNode(t)
				code, out := n.install(shell, test.args...)
				if code != test.code || !strings.Contains(out, test.say) {
					t.Errorf("exit code %d, want %d; %q wanted in:\n%s", code, test.code, test.say, out)
				}
				if diff := cmp.Diff(test.done, n.systemctl()); diff != "" {
					t.Errorf("systemctl (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestInstallWritesWhatTheNodeNeeds(t *testing.T) {
	n := newFakeNode(t)
	if code, out := n.install(shells[0], "master"); code != 0 {
		t.Fatal(out)
	}
	for path, want := range map[string]string{
		"etc/mesosphere/roles/master":                     "",
		"etc/mesosphere/setup-flags/repository-url":       "http://10.0.0.1:8080\n",
		"etc/systemd/journald.conf.d/dcos.conf":           "MaxLevelConsole=warning",
		"etc/rexray/config.yml":                           "rexray",
		"etc/systemd/system/dcos-download.service":        "http://10.0.0.1:8080/bootstrap/b00t.bootstrap.tar.xz",
		"etc/systemd/system/dcos-setup.service":           "pkgpanda setup --no-block-systemd",
		"etc/systemd/system/dcos-link-env.service":        "/etc/profile.d/dcos.sh",
		"etc/mesosphere/setup-flags/cluster-package-list": readFile(t, filepath.Join(filepath.Dir(n.script), "cluster-package-list.latest")),
	} {
		if got := readFile(t, filepath.Join(n.root, path)); !strings.Contains(got, want) {
			t.Errorf("%s holds %q, want %q in it", path, got, want)
		}
	}
}

func TestInstallRefusesAnInstalledNode(t *testing.T) {
	for name, trace := range map[string]string{
		"packages":            "opt/mesosphere/environment",
		"a target's wants":    "etc/systemd/system/dcos.target.wants/x",
		"a target's drop-ins": "etc/systemd/system/dcos.target/x",
	} {
		t.Run(name, func(t *testing.T) {
			n := newFakeNode(t)
			writeFile(t, filepath.Join(n.root, trace), "")
			code, out := n.install(shells[0], "master")
			if code != 1 || !strings.Contains(out, filepath.Dir(trace)) || n.systemctl() != nothing {
				t.Errorf("exit code %d, want 1 and the place named:\n%s", code, out)
			}
		})
	}
}

func TestExitCodeIsTheNumberOfFailedChecks(t *testing.T) {
	n := newFakeNode(t)
	for _, name := range []string{"unzip", "ipset", "xz"} {
		if err := os.Remove(filepath.Join(n.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := n.install(shells[0], "slave"); code != 3 || n.systemctl() != nothing {
		t.Errorf("exit code %d, want 3 and nothing done:\n%s", code, out)
	}
	n.command("docker", "exit 1")
	if code, out := n.install(shells[0], "slave", "-p"); code != 4 {
		t.Errorf("exit code %d, want 4:\n%s", code, out)
	}
}

// The real script finds only ports whose hexadecimal form has no letters, in any state of a socket.
func TestPortCheckIsAsWeakAsTheRealOne(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue
   0: 00000000:0035 00000000:0000 0A 00000000:00000000
   1: 0100007F:2328 0100007F:A141 01 00000000:00000000
   2: 00000000:13BA 00000000:0000 0A 00000000:00000000
   3: 00000000:01BB 00000000:0000 0A 00000000:00000000
`
	for _, shell := range shells {
		n := newFakeNode(t)
		writeFile(t, filepath.Join(n.root, "proc/net/tcp"), table)
		code, out := n.install(shell, "master")
		var busy []string
		for line := range strings.Lines(out) {
			if strings.Contains(line, "port") && strings.Contains(line, "FAIL") {
				busy = append(busy, strings.Fields(line)[3])
			}
		}
		if diff := cmp.Diff([]string{"53", "9000"}, busy); diff != "" || code != 2 {
			t.Errorf("%s: exit code %d, want 2; busy ports (-want +got):\n%s", shell[0], code, diff)
		}
	}
}

func TestInstallNeedsRoot(t *testing.T) {
	n := newFakeNode(t)
	n.command("id", "echo 1000")
	if code, out := n.install(shells[0], "master"); code != 1 || !strings.Contains(out, "root") {
		t.Errorf("exit code %d, want 1 and the reason:\n%s", code, out)
	}
}

func TestLoopbackDevicemapperIsRefusedAtOnce(t *testing.T) {
	n := newFakeNode(t)
	n.command("docker", `case "$*" in
		*Version*) echo 20.10.24 ;;
		info) echo " Data file: /dev/loop0" ;;
	esac`)
	if code, out := n.install(shells[0], "master"); code != 1 || !strings.Contains(out, "docker's storage: FAIL") || strings.Contains(out, "role") {
		t.Errorf("exit code %d, want 1 before the last check:\n%s", code, out)
	}
}
