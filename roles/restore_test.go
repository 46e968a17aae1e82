package roles

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A node whose programs change things: units, groups, SELinux and ufw are files in
// it, so that a listing tells all.
func newLivingNode(t *testing.T) fakeNode {
	n := newFakeNode(t)
	at := func(path string) string { return quote(filepath.Join(n.root, path)) }
	n.program("systemctl", `units=`+at("units")+`
verb=$1; shift
[ "$1" != --quiet ] || { quiet=yes; shift; }
unit=$1
if [ ! -e "$units/$unit" ] && [ "$verb" != reset-failed ]; then [ "$verb" = is-active ] && echo inactive; echo "no unit $unit" >&2; exit 4; fi
read -r enabled active 2>/dev/null <"$units/$unit"
case $verb in
is-enabled) echo "$enabled"; [ "$enabled" = enabled ]; exit ;;
is-active) [ "$quiet" = yes ] || echo "$active"; [ "$active" = active ]; exit ;;
enable) enabled=enabled ;;
disable) enabled=disabled ;;
start | restart) active=active ;;
stop) active=inactive ;;
*) exit 0 ;;
esac
echo "$enabled $active" >"$units/$unit.new"
mv "$units/$unit.new" "$units/$unit"`)
	n.program("getent", `[ "$1" = group ] || exit 0
sed -n "/^$2:/p" `+at("etc/group")+` | grep .`)
	n.program("groupadd", `echo "$2:x:900:" >>`+at("etc/group"))
	n.program("groupdel", `grep -v "^$1:" `+at("etc/group")+` >`+at("etc/group.new")+`
mv `+at("etc/group.new")+` `+at("etc/group"))
	n.program("getenforce", `cat `+at("enforce"))
	n.program("setenforce", `case $1 in 0) echo Permissive ;; *) echo Enforcing ;; esac >`+at("enforce.new")+`
mv `+at("enforce.new")+` `+at("enforce"))
	n.program("ufw", `case "$*" in disable) echo ENABLED=no ;; '--force enable') echo ENABLED=yes ;; esac >`+at("ufw.new")+`
mv `+at("ufw.new")+` `+at("etc/ufw/ufw.conf"))
	n.program("apt-get", `case "$*" in *--simulate*) ;; *' install '*) echo "$*" | tr ' ' '\n' | sed -n '/^chrony$/p' >>`+at("packages")+` ;; esac`)
	n.program("dpkg-query", `grep -qsx "$4" `+at("packages")+` && echo "ii $4"`)
	n.program("docker", `[ ! -e `+at("etc/docker/daemon.json")+` ] || sed -n 's/.*"storage-driver": "\(.*\)".*/ Storage Driver: \1/p' `+at("etc/docker/daemon.json"))
	n.write("etc/group", "root:x:0:\n")
	for unit, state := range map[string]string{"docker.service": "disabled inactive", "docker.socket": "disabled inactive", "firewalld.service": "enabled active",
		"dnsmasq.service": "enabled active", "systemd-resolved.service": "enabled active", "chronyd.service": "disabled inactive"} {
		n.write("units/"+unit, state+"\n")
	}
	n.write("enforce", "Enforcing\n")
	n.write("packages", "")
	n.write("etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n")
	n.write("etc/ufw/ufw.conf", "ENABLED=yes\n")
	n.write("etc/hosts", "127.0.0.1 localhost\n")
	n.write("etc/chrony.conf", "# none\n")
	for which, value := range map[string]string{"all": "1", "default": "1", "lo": "1", "eth0": "0"} {
		n.write("proc/sys/net/ipv6/conf/"+which+"/disable_ipv6", value+"\n")
	}
	n.write("run/systemd/resolve/resolv.conf", "nameserver 192.0.2.53\n")
	n.symlink("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf")
	if err := os.Chmod(filepath.Join(n.root, "etc/hosts"), 0o640); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n fakeNode) symlink(path, target string) {
	n.t.Helper()
	path = filepath.Join(n.root, path)
	_ = os.Remove(path)
	if err := os.Symlink(target, path); err != nil {
		n.t.Fatal(err)
	}
}

// listing is all that a node holds, but for what dcosup keeps, the calls of its
// programs and its packages, which stay.
func (n fakeNode) listing() map[string]string {
	n.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(n.root, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, n.root)
		switch {
		case err != nil || name == "/calls" || name == "/packages" || name == "/steps":
			return err
		case name == "/var":
			return filepath.SkipDir
		}
		info, err := d.Info()
		all[name] = info.Mode().String()
		switch {
		case err != nil:
		case info.Mode().IsRegular():
			all[name] += " " + n.read(name)
		case info.Mode()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			all[name] += " " + target
		}
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return all
}

const journal = "var/lib/dcosup/backup/journal"

// fixesIn are the fixes that have lines in the node's journal.
func (n fakeNode) fixesIn() map[string]bool {
	fixes := map[string]bool{}
	for line := range strings.Lines(n.read(journal)) {
		if words := strings.Fields(line); len(words) > 3 {
			fixes[words[2]] = true
		}
	}
	return fixes
}

// restore runs the script, and notes which fixes are undone: those whose lines
// are gone, and packages that were told.
func (n fakeNode) restore(shell []string) (out, errs string, code int) {
	n.t.Helper()
	before := n.fixesIn()
	out, errs, code = n.run(shell, RestoreScript())
	after := n.fixesIn()
	for id := range before {
		if !after[id] || id == FixPackages && strings.Contains(out, RestoreLeft+"the packages") {
			covered.restored(id)
		}
	}
	return out, errs, code
}

// living is what the fixes of a living node are made from.
func living(n fakeNode) (Facts, Spec) {
	f := goodNode()
	f.OS = debianNode().OS
	f.Time = Time{Services: []TimeService{{Unit: "chronyd"}}}
	if config := n.read("etc/docker/daemon.json"); config != "absent" {
		f.Docker.Config = strings.TrimSpace(strings.ReplaceAll(config, "\n", " "))
	}
	return f, Spec{Fixes: Fixes{Time: TimeFix{Servers: []string{"192.0.2.1"}}}}
}

// script is that of the fixes that the requirements ask for.
func (n fakeNode) script(requirements ...string) string {
	n.t.Helper()
	f, s := living(n)
	text, err := FixScript(unmet(requirements...), f, s)
	if err != nil {
		n.t.Fatal(err)
	}
	return text
}

// undoable are requirements with the fixes that they ask for, as far as they can
// be tried on a living node.
var undoable = []struct{ requirement, fix string }{
	{"ntp-installed", FixPackages}, {"overlay", "overlay"}, {"selinux", "selinux"}, {"group-docker", "group-docker"},
	{"group-nogroup", "group-nogroup"}, {"ipv6", "ipv6"}, {"hostname", "hostname"}, {"firewall", "firewall"}, {"dnsmasq", "dnsmasq"},
	{"resolved-stub", "resolved-stub"}, {"docker-running", "docker-running"}, {"docker-enabled", "docker-enabled"},
	{"docker-storage", "docker-storage"}, {"ntp-running", "ntp-running"}, {"ntp-synchronised", "ntp-synchronised"},
}

// Each fix by itself, and all together: the node is afterwards as it was.
func TestRestore(t *testing.T) {
	for _, u := range undoable {
		t.Run(u.fix, func(t *testing.T) {
			eachShell(t, func(t *testing.T, shell []string) { undo(t, shell, u.requirement) })
		})
	}
	t.Run("all", func(t *testing.T) {
		eachShell(t, func(t *testing.T, shell []string) {
			var all []string
			for _, u := range undoable {
				if u.fix != "dnsmasq" { // which reads a link that leads out of the test's root by then
					all = append(all, u.requirement)
				}
			}
			undo(t, shell, all...)
		})
	})
}

func undo(t *testing.T, shell []string, requirements ...string) {
	n := newLivingNode(t)
	n.resolver()
	before := n.listing()
	for range 2 { // the second time nothing that is remembered is lost
		codes, output := n.mend(shell, n.script(requirements...))
		if slices.ContainsFunc(slices.Collect(maps.Values(codes)), func(code int) bool { return code != 0 }) {
			t.Fatalf("codes %v\n%s", codes, output)
		}
	}
	if cmp.Equal(before, n.listing()) && !slices.Contains(requirements, "ntp-installed") {
		t.Error("the fixes changed nothing")
	}
	kept := n.read(journal)
	out, errs, code := n.restore(shell)
	if code != 0 || errs != "" {
		t.Errorf("code %d, stderr %q", code, errs)
	}
	if diff := cmp.Diff(before, n.listing()); diff != "" {
		t.Errorf("the node (-before +after):\n%s\nremembered:\n%s\nsaid:\n%s", diff, kept, out)
	}
	if slices.Contains(requirements, "ntp-installed") {
		if want := "left the packages that dcosup installed; this removes them: apt-get purge --auto-remove chrony\n"; !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
		n.write("packages", "")
		n.restore(shell)
	}
	if out, errs, code := n.restore(shell); out != "" || errs != "" || code != 0 {
		t.Errorf("once more: code %d, stdout %q, stderr %q", code, out, errs)
	}
	if _, err := os.Stat(filepath.Join(n.root, "var/lib/dcosup")); !os.IsNotExist(err) {
		t.Errorf("something is still kept: %v", err)
	}
}

// resolver gives the node a second name server, without which dnsmasq stays.
func (n fakeNode) resolver() {
	n.write("run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\nnameserver 192.0.2.53\n")
}

// dyingAt makes the node die when its n-th command begins: those of the system
// that change something, and its own. It does so in runToDeath only.
func (n fakeNode) dyingAt(step int) {
	n.t.Helper()
	die := fmt.Sprintf("if [ -e %[1]s ]; then echo x >>%[1]s; [ $(wc -l <%[1]s) != %[2]d ] || kill -9 0; fi\n", quote(filepath.Join(n.root, "steps")), step)
	for _, name := range []string{"cat", "mv", "cp", "rm", "rmdir", "mkdir", "ln", "chmod", "touch", "sha256sum"} {
		real, err := exec.LookPath(name)
		if err != nil {
			n.t.Fatal(err)
		}
		text := "#!/bin/sh\nPATH=/usr/bin:/bin\n" + die + "exec " + real + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(n.bin, name), []byte(text), 0o755); err != nil {
			n.t.Fatal(err)
		}
	}
	own, err := filepath.Glob(filepath.Join(n.bin, "*"))
	if err != nil {
		n.t.Fatal(err)
	}
	for _, path := range own {
		text, err := os.ReadFile(path)
		if err == nil && !bytes.Contains(text, []byte("kill -9 0")) {
			err = os.WriteFile(path, bytes.Replace(text, []byte("#!/bin/sh\n"), []byte("#!/bin/sh\nPATH=/usr/bin:/bin\n"+die), 1), 0o755)
		}
		if err != nil {
			n.t.Fatal(err)
		}
	}
}

// runToDeath runs a script, and tells whether it came to its end.
func (n fakeNode) runToDeath(script string) bool {
	n.t.Helper()
	cmd := exec.CommandContext(n.t.Context(), "dash", "-s")
	cmd.Stdin = strings.NewReader(strings.Replace(script, "ROOT=''", "ROOT="+quote(n.root), 1))
	cmd.Env = append(os.Environ(), "PATH="+n.bin+":"+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	n.write("steps", "")
	_ = cmd.Run() // how it ended is told by its state
	if err := os.Remove(filepath.Join(n.root, "steps")); err != nil {
		n.t.Fatal(err)
	}
	return cmd.ProcessState.Exited()
}

// Fixes that are cut off at any of their commands are undone all the same, and so
// is what a restoration was cut off in. What is half written is nobody's change.
func TestRestoreAfterEveryCut(t *testing.T) {
	files := []string{"hostname", "resolved-stub", "firewall"} // one that is written in place, a new one in a new directory, a link; and a unit
	for _, cut := range []struct {
		name string
		run  func(n fakeNode, at int) (whole bool)
	}{
		{"fixes", func(n fakeNode, at int) bool {
			text := n.script(files...)
			n.dyingAt(at)
			return n.runToDeath(text)
		}},
		{"fixes, and then whole", func(n fakeNode, at int) bool {
			text := n.script(files...)
			n.dyingAt(at)
			whole := n.runToDeath(text)
			n.mend(shells[0], text)
			return whole
		}},
		{"restoration", func(n fakeNode, at int) bool {
			n.mend(shells[0], n.script(files...))
			n.dyingAt(at)
			return n.runToDeath(RestoreScript())
		}},
	} {
		t.Run(cut.name, func(t *testing.T) {
			t.Parallel()
			for at, whole := 1, false; !whole; at++ {
				if testing.Short() && at%10 != 0 {
					continue
				}
				n := newLivingNode(t)
				n.resolver()
				before := n.listing()
				whole = cut.run(n, at)
				kept := n.read(journal)
				out, errs, code := n.restore(shells[0])
				if diff := cmp.Diff(before, n.listing()); diff != "" || code != 0 || errs != "" {
					t.Fatalf("cut at step %d: code %d, stderr %q, the node (-before +after):\n%s\nremembered:\n%s\nsaid:\n%s", at, code, errs, diff, kept, out)
				}
			}
		})
	}
}

// fixedHosts is a node whose /etc/hosts a fix changed.
func fixedHosts(t *testing.T) fakeNode {
	n := newLivingNode(t)
	if codes, output := n.mend(shells[0], n.script("hostname")); codes["hostname"] != 0 {
		t.Fatal(output)
	}
	return n
}

// What somebody changed after a fix is left, and it is said where the old content is.
func TestRestoreLeavesWhatOthersChanged(t *testing.T) {
	const copied = "var/lib/dcosup/backup/hostname/_etc_hosts"
	theirs := "127.0.0.1 localhost\n10.0.0.5 m1\n192.0.2.7 mine\n"
	t.Run("after the fix", func(t *testing.T) {
		eachShell(t, func(t *testing.T, shell []string) {
			n := fixedHosts(t)
			n.write("etc/hosts", theirs)
			for range 2 {
				_, errs, code := n.restore(shell)
				if code != 1 || !strings.Contains(errs, "cannot put back /etc/hosts: somebody changed it") || !strings.Contains(errs, copied) || n.read("etc/hosts") != theirs {
					t.Errorf("code %d, stderr %q, hosts %q", code, errs, n.read("etc/hosts"))
				}
			}
			if err := os.Remove(filepath.Join(n.root, copied)); err != nil {
				t.Fatal(err)
			}
			if out, errs, code := n.restore(shell); code != 0 || errs != "" || out != "left /etc/hosts as it is: its copy was removed\n" || n.read(journal) != "absent" {
				t.Errorf("without the copy: code %d, stdout %q, stderr %q, journal %q", code, out, errs, n.read(journal))
			}
		})
	})
	t.Run("between two fixes", func(t *testing.T) {
		n := fixedHosts(t)
		n.write("etc/hosts", theirs)
		n.mend(shells[0], n.script("hostname"))
		if _, errs, code := n.restore(shells[0]); code != 1 || !strings.Contains(errs, "somebody changed it") || !strings.Contains(n.read("etc/hosts"), "mine") {
			t.Errorf("code %d, stderr %q", code, errs)
		}
	})
	t.Run("to what it was", func(t *testing.T) {
		n := fixedHosts(t)
		n.write("etc/hosts", "127.0.0.1 localhost\n")
		if out, errs, code := n.restore(shells[0]); code != 0 || out != "" || errs != "" || n.read(journal) != "absent" {
			t.Errorf("code %d, stdout %q, stderr %q", code, out, errs)
		}
	})
	t.Run("one file among others", func(t *testing.T) {
		n := newLivingNode(t)
		n.mend(shells[0], n.script("hostname", "overlay", "group-docker", "firewall"))
		n.write("etc/modules-load.d/dcosup-overlay.conf", "overlay\nbr_netfilter\n")
		_, errs, code := n.restore(shells[0])
		if code != 1 || !strings.Contains(errs, "Before there was no such file") {
			t.Errorf("code %d, stderr %q", code, errs)
		}
		if n.read("etc/hosts") != "127.0.0.1 localhost\n" || n.read("etc/group") != "root:x:0:\n" || n.read("units/firewalld.service") != "enabled active\n" {
			t.Errorf("the rest is not put back: %v", n.listing())
		}
		want := []string{"directory", "file", "wrote"}
		var kinds []string
		for line := range strings.Lines(n.read(journal)) {
			kinds = append(kinds, strings.Fields(line)[0])
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("remembered (-want +got):\n%s", diff)
		}
	})
}

// What others use by now stays, and is no failure.
func TestRestoreLeavesWhatOthersUse(t *testing.T) {
	tests := []struct{ name, requirement, then, file, want string }{
		{"a group with members", "group-docker", "docker:x:900:eve\n", "etc/group", "left the group docker: it has members now\n"},
		{"a directory with files", "overlay", "x", "etc/modules-load.d/other.conf",
			"put back /etc/modules-load.d/dcosup-overlay.conf: it is gone\nleft /etc/modules-load.d: it is not empty\n"},
		{"SELinux that was turned off", "selinux", "Disabled\n", "enforce", "put back /etc/selinux/config\n" +
			"left SELinux off in the running kernel: it comes back by a reboot; before that, run fixfiles -F onboot\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := newLivingNode(t)
			n.mend(shells[0], n.script(test.requirement))
			n.write(test.file, test.then)
			out, errs, code := n.restore(shells[0])
			if code != 0 || errs != "" || n.read(test.file) != test.then || n.read(journal) != "absent" {
				t.Errorf("code %d, stderr %q, %s %q", code, errs, test.file, n.read(test.file))
			}
			if diff := cmp.Diff(test.want, out); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a unit that is gone", func(t *testing.T) {
		n := newLivingNode(t)
		n.mend(shells[0], n.script("firewall"))
		if err := os.Remove(filepath.Join(n.root, "units/firewalld.service")); err != nil {
			t.Fatal(err)
		}
		if out, errs, code := n.restore(shells[0]); code != 0 || errs != "" || !strings.Contains(out, "left firewalld.service: there is no such unit any more\n") {
			t.Errorf("code %d, stdout %q, stderr %q", code, out, errs)
		}
	})
}

// A failure is said, and does not stop the rest; what failed stays remembered, and
// is put back by the next run.
func TestRestoreGoesOnAfterAFailure(t *testing.T) {
	n := newLivingNode(t)
	before := n.listing()
	n.mend(shells[0], n.script("hostname", "group-docker", "firewall"))
	groupdel, err := os.ReadFile(filepath.Join(n.bin, "groupdel"))
	if err != nil {
		t.Fatal(err)
	}
	n.program("groupdel", "echo 'cannot lock /etc/group' >&2; exit 10")
	_, errs, code := n.restore(shells[0])
	if code != 1 || errs != "cannot put back the group docker, which was not there: cannot lock /etc/group\n" {
		t.Errorf("code %d, stderr %q", code, errs)
	}
	if got := n.read(journal); got != "group docker group-docker absent\n" {
		t.Errorf("remembered: %q", got)
	}
	if err := os.WriteFile(filepath.Join(n.bin, "groupdel"), groupdel, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := n.restore(shells[0]); code != 0 || errs != "" {
		t.Errorf("the next run: code %d, stderr %q", code, errs)
	}
	if diff := cmp.Diff(before, n.listing()); diff != "" {
		t.Errorf("the node (-before +after):\n%s", diff)
	}
}

// Under DC/OS nothing is put back.
func TestRestoreLeavesDCOSAlone(t *testing.T) {
	for _, trace := range []string{"opt/mesosphere/bin/mesos", "etc/mesosphere/roles/master", "etc/systemd/system/dcos-setup.service"} {
		n := fixedHosts(t)
		n.write(trace, "x")
		before := n.listing()
		_, errs, code := n.restore(shells[0])
		if code != 1 || errs != "cannot put back anything: DC/OS is on this node\n" {
			t.Errorf("%s: code %d, stderr %q", trace, code, errs)
		}
		if diff := cmp.Diff(before, n.listing()); diff != "" || n.read(journal) == "absent" {
			t.Errorf("%s: the node (-before +after):\n%s", trace, diff)
		}
	}
}

// When DC/OS was removed, resolv.conf is a file with what the link led to, or
// with what was there before DC/OS: a link all the same is put back.
func TestRestoreResolverAfterDCOS(t *testing.T) {
	for name, content := range map[string]string{"from systemd-resolved": "nameserver 192.0.2.53\n", "from before DC/OS": "nameserver 192.0.2.99\n"} {
		n := newLivingNode(t)
		before := n.listing()
		n.mend(shells[0], n.script("resolved-stub"))
		n.write(ResolvBackup, "nameserver 192.0.2.99\n")
		if err := os.Remove(filepath.Join(n.root, "etc/resolv.conf")); err != nil {
			t.Fatal(err)
		}
		n.write("etc/resolv.conf", content)
		if _, errs, code := n.restore(shells[0]); code != 0 || errs != "" {
			t.Errorf("%s: code %d, stderr %q", name, code, errs)
		}
		if diff := cmp.Diff(before, n.listing()); diff != "" {
			t.Errorf("%s: the node (-before +after):\n%s", name, diff)
		}
	}
}

// Copies of older versions, which did not remember what they wrote: a fix keeps to
// them, and they are told, not guessed from.
func TestRestoreWithCopiesOfOlderVersions(t *testing.T) {
	n := newLivingNode(t)
	n.write("var/lib/dcosup/backup/hostname/_etc_hosts", "127.0.0.1 old\n")
	n.write("var/lib/dcosup/backup/overlay/_etc_modules-load.d_dcosup-overlay.conf.absent", "")
	n.mend(shells[0], n.script("hostname"))
	hosts := n.read("etc/hosts")
	_, errs, code := n.restore(shells[0])
	for _, want := range []string{"/etc/hosts: somebody changed it", "older dcosup changed: put the file right by " + n.root + "/var/lib/dcosup/backup/overlay/"} {
		if !strings.Contains(errs, want) {
			t.Errorf("stderr lacks %q: %q", want, errs)
		}
	}
	if code != 1 || n.read("etc/hosts") != hosts || n.read("var/lib/dcosup/backup/hostname/_etc_hosts") != "127.0.0.1 old\n" {
		t.Errorf("code %d, hosts %q", code, n.read("etc/hosts"))
	}
}

// What is remembered is for root alone.
func TestJournalIsPrivate(t *testing.T) {
	n := fixedHosts(t)
	for path, want := range map[string]os.FileMode{journal: 0o600, "var/lib/dcosup/backup": 0o700} {
		if info, err := os.Stat(filepath.Join(n.root, path)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, info, err, want)
		}
	}
}
