package roles

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dcosNode is a fake node with all that DC/OS leaves, and what must survive.
func dcosNode(t *testing.T) fakeNode {
	n := newFakeNode(t)
	for _, path := range []string{
		"opt/mesosphere/bin/mesos", "opt/mesosphere/.hidden", "etc/mesosphere/roles/master",
		"etc/systemd/system/dcos-setup.service", "etc/systemd/system/dcos-mesos-master.service", "etc/systemd/system/dcos.target",
		"etc/systemd/system/dcos.target.wants/dcos-mesos-master.service", "etc/systemd/system/multi-user.target.wants/dcos-setup.service",
		"etc/systemd/journald.conf.d/dcos.conf", "etc/profile.d/dcos.sh", "etc/rexray/config.yml",
		"var/lib/dcos/cluster-id", "var/lib/mesos/slave/meta", "var/lib/mesosphere/x", "var/lib/zookeeper/myid", "var/log/mesos/log",
		"run/dcos/x", "run/mesos/x", "tmp/dcos/dcos_install.sh",
	} {
		n.write(path, "x")
	}
	for _, path := range survivors {
		n.write(path, "x")
	}
	n.write("run/systemd/system/x", "")
	n.write("etc/resolv.conf", "search example\nnameserver 198.51.100.1\nnameserver 192.0.2.53\n")
	n.write("etc/passwd", "root:x:0:0::/root:/bin/sh\ndcos_bouncer:x:900:900::/:/bin/false\n")
	n.program("systemctl", `[ "$1" != list-units ] || { echo 'dcos-mesos-master.service loaded active running Mesos'; echo '● dcos-net.service loaded failed failed Net'; }`)
	return n
}

var survivors = []string{"etc/systemd/system/other.service", "etc/systemd/system/dcosup-serve.service", "etc/systemd/system/multi-user.target.wants/other.service",
	"opt/other/file", "var/lib/docker/image", "var/lib/dcosup/jobs/1", "etc/systemd/journald.conf.d/other.conf"}

// remaining lists the files of the fake node.
func (n fakeNode) remaining() []string {
	n.t.Helper()
	var files []string
	err := filepath.WalkDir(n.root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, n.root+"/"))
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(f string) bool { return f == "calls" })
}

func TestUninstall(t *testing.T) {
	eachShell(t, func(t *testing.T, shell []string) {
		n := dcosNode(t)
		out, errs, code := n.run(shell, UninstallScript())
		if code != 0 || errs != "" {
			t.Errorf("code %d, stderr %q", code, errs)
		}
		want := append([]string{"etc/resolv.conf", "etc/passwd", "run/systemd/system/x"}, survivors...)
		slices.Sort(want)
		got := n.remaining()
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		if got, want := n.read("etc/resolv.conf"), "search example\nnameserver 192.0.2.53\n"; got != want {
			t.Errorf("resolv.conf: got %q, want %q", got, want)
		}
		for _, line := range []string{"stopped 2 units", "removed /opt/mesosphere", "removed /var/lib/zookeeper", "removed the user dcos_bouncer"} {
			if !strings.Contains(out, line+"\n") {
				t.Errorf("the output has no line %q:\n%s", line, out)
			}
		}
		calls := n.calls()
		for _, call := range []string{"systemctl stop dcos-mesos-master.service dcos-net.service", "systemctl daemon-reload",
			"systemctl restart systemd-journald.service", "userdel dcos_bouncer"} {
			if !slices.Contains(calls, call) {
				t.Errorf("no call %q in %q", call, calls)
			}
		}
	})
}

// The directory of journald's settings is made by DC/OS's installer, and goes if
// nobody else has settings there.
func TestUninstallRemovesDirectoryThatIsEmpty(t *testing.T) {
	for _, others := range []bool{true, false} {
		n := dcosNode(t)
		if !others {
			if err := os.Remove(filepath.Join(n.root, "etc/systemd/journald.conf.d/other.conf")); err != nil {
				t.Fatal(err)
			}
		}
		n.run(shells[0], UninstallScript())
		if _, err := os.Stat(filepath.Join(n.root, "etc/systemd/journald.conf.d")); os.IsNotExist(err) == others {
			t.Errorf("with settings of others %v: %v", others, err)
		}
	}
}

// On a node without DC/OS nothing happens, and nothing is said: not even to a
// ZooKeeper of somebody else.
func TestUninstallWhereNothingIs(t *testing.T) {
	eachShell(t, func(t *testing.T, shell []string) {
		n := newFakeNode(t)
		n.write("var/lib/zookeeper/myid", "1")
		n.write("etc/resolv.conf", "nameserver 192.0.2.53\n")
		n.write("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
		out, errs, code := n.run(shell, UninstallScript())
		if out != "" || errs != "" || code != 0 {
			t.Errorf("code %d, stdout %q, stderr %q", code, out, errs)
		}
		want := []string{"etc/passwd", "etc/resolv.conf", "var/lib/zookeeper/myid"}
		if diff := cmp.Diff(want, n.remaining()); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	})
}

func TestUninstallRestoresResolver(t *testing.T) {
	const ours = "nameserver 198.51.100.1\nnameserver 198.51.100.2\n"
	tests := []struct {
		name, kept, resolved string
		want                 string
		code                 int
	}{
		{"from before DC/OS", "nameserver 192.0.2.1\n", "nameserver 192.0.2.2\n", "nameserver 192.0.2.1\n", 0},
		{"from systemd-resolved", "", "nameserver 192.0.2.2\n", "nameserver 192.0.2.2\n", 0},
		{"nothing is known", "", "", "\n", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := newFakeNode(t)
			n.write("etc/resolv.conf", ours)
			n.write("etc/passwd", "")
			n.write(ResolvBackup, test.kept)
			n.write("run/systemd/resolve/resolv.conf", test.resolved)
			_, errs, code := n.run(shells[0], UninstallScript())
			if got := n.read("etc/resolv.conf"); got != test.want || code != test.code {
				t.Errorf("code %d, resolv.conf %q, stderr %q; want %d, %q", code, got, errs, test.code, test.want)
			}
		})
	}
}

// A directory that is a link stays, empty: somebody put it on another disk.
func TestUninstallEmptiesLinkedDirectories(t *testing.T) {
	n := dcosNode(t)
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(n.root, "opt/mesosphere")
	if err := os.RemoveAll(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := n.run(shells[0], UninstallScript()); code != 0 {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
	entries, err := os.ReadDir(elsewhere)
	if target, linkErr := os.Readlink(link); len(entries) != 0 || err != nil || linkErr != nil || target != elsewhere {
		t.Errorf("got %v, %v, link to %q, %v", entries, err, target, linkErr)
	}
}

// A process that still runs DC/OS's programs would hold its ports and files.
func TestUninstallKillsProcesses(t *testing.T) {
	n := dcosNode(t)
	victim := exec.Command("sleep", "600")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer victim.Process.Kill() //nolint:errcheck // it is dead if the test passes
	proc := filepath.Join("proc", strconv.Itoa(victim.Process.Pid))
	n.write(filepath.Join(proc, "x"), "")
	if err := os.Symlink("/opt/mesosphere/bin/mesos", filepath.Join(n.root, proc, "exe")); err != nil {
		t.Fatal(err)
	}
	out, _, _ := n.run(shells[0], UninstallScript())
	if !strings.Contains(out, "killed 1 processes\n") {
		t.Fatalf("the process is not killed:\n%s", out)
	}
	if err := victim.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the process ended with %v", err)
	}
}

// What cannot be removed is said, and does not stop the rest.
func TestUninstallSaysWhatStays(t *testing.T) {
	n := dcosNode(t)
	n.program("userdel", "exit 8")
	_, errs, code := n.run(shells[0], UninstallScript())
	if code != 1 || errs != "cannot remove the user dcos_bouncer\n" {
		t.Errorf("code %d, stderr %q", code, errs)
	}
	if n.read("etc/mesosphere/roles/master") != "absent" {
		t.Error("the rest was not removed")
	}
}
