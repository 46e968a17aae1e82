//go:build lab

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The generator takes minutes with a real release: it runs when the release, the
// configuration or a script changed, and never else. Meanwhile agents download
// from what is served, and get all of the old install files or all of the new.
func TestTheGeneratorRunsOnlyWhenSomethingChanged(t *testing.T) {
	noCluster(t)
	runs := func() int {
		t.Helper()
		count, err := strconv.Atoi(on(t, "bootstrap", "journalctl -u dcosup-genconf.service -o cat | grep -c '^Started ' || true"))
		if err != nil {
			t.Fatal(err)
		}
		return count
	}
	before := runs()
	applied := func(what, inventory, limit string, want int, flags ...string) {
		t.Helper()
		dcosup(t, append([]string{"apply", "-i", inventory, "-l", limit}, flags...)...).must(t, 0)
		if got := runs() - before; got != want {
			t.Fatalf("%s: the generator has run %d times, want %d", what, got, want)
		}
	}
	applied("a first installation", hosts(), "bootstrap:master-1", 1)
	applied("a node more", hosts(), "agent-1", 1, "--keep-serving")

	changed := variant(t, nil, setting("gc_delay: 3days", "exhibitor_admin_password: hunter2-of-the-lab"))
	t.Run("an installed cluster is not changed", func(t *testing.T) { installedIsNotChanged(t, changed, runs) })

	nodesAnew(t)
	old := packageList(t)
	stop := downloading(t)
	applied("the configuration changed", changed, "bootstrap:master-1", 2, "--keep-serving")
	checkDownloads(t, stop, old, packageList(t))

	nodesAnew(t)
	other := anotherRelease(t)
	applied("another release", variant(t, nil, release(other, sha256Of(t, other))), "bootstrap:master-1", 3)
	on(t, "bootstrap", "! systemctl is-active --quiet dcosup-fileserver")
	if left := on(t, "bootstrap", "ls /opt/dcosup/*/made | wc -l; ls -d /opt/dcosup/*/previous 2>/dev/null | wc -l"); left != "1\n0" {
		t.Errorf("trees and links to old ones on the bootstrap node: got %q, want one tree", left)
	}
}

// installedIsNotChanged: a difference is shown, and nothing is done; a node that
// would get the changed configuration is not installed.
func installedIsNotChanged(t *testing.T, changed string, runs func() int) {
	before := runs()
	o := dcosup(t, "plan", "-i", changed, "-l", "master-1")
	o.must(t, 0, "not reconfigured by apply", "gc_delay: 3days is new", "DC/OS allows it", "exhibitor_admin_password", "keeps its storage backend")
	if strings.Contains(o.text, "hunter2") {
		t.Error("it shows a password")
	}
	const installFiles = "cd /opt/dcosup/*/ && find . -type f -newer current/stamp; readlink current previous; ls made"
	found := on(t, "bootstrap", installFiles)
	o = dcosup(t, "apply", "-i", changed, "-l", "agent-4")
	o.must(t, 2, "all.yml:", "gc_delay: 3days is new", "take the change back")
	if strings.Contains(o.text, "hunter2") {
		t.Error("it shows a password")
	}
	if diff := cmp.Diff(found, on(t, "bootstrap", installFiles)); diff != "" {
		t.Errorf("install files (-before +after):\n%s", diff)
	}
	on(t, "agent-4", "test ! -e /opt/mesosphere && test ! -e /etc/mesosphere")
	if got := runs(); got != before {
		t.Errorf("the generator ran %d times more", got-before)
	}
}

// nodesAnew takes DC/OS from the nodes that have it, and leaves the bootstrap node
// as it is.
func nodesAnew(t *testing.T) {
	t.Helper()
	dcosup(t, "reset", "--yes", "-i", hosts(), "-l", "agent-1,master-1").must(t, 0)
}

// packageList names the install files that are served now.
func packageList(t *testing.T) string {
	t.Helper()
	return on(t, "bootstrap", "cat /opt/dcosup/*/current/serve/cluster-package-list.latest")
}

// anotherRelease is the lab's release with another checksum.
func anotherRelease(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(nodes.ReleasePath())
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(data), "\n")
	file := filepath.Join(t.TempDir(), "dcos_generate_config.sh")
	if err := os.WriteFile(file, []byte(first+"\n# another build\n"+rest), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// downloading has two agents do what a node does when it installs: fetch
// dcos_install.sh, and then all that it names, slowly. It begins again until it
// is told to stop, and writes down what it got.
func downloading(t *testing.T) (stop func()) {
	t.Helper()
	const script = `set -u
url=$1 d=/run/downloads/files
get() { curl -fsS --limit-rate 4M -o "$d/$1" "$url/$2"; }
value() { sed -n "s/^$1='*\([^']*\)'*$/\1/p" $d/install; }
download() {
	get install dcos_install.sh && boot=$(value bootstrap_id) && list=$(value cluster_package_list) || return 1
	get file "bootstrap/$boot.bootstrap.tar.xz" && xz -t <$d/file && get list "package_lists/$list.package_list.json" || return 1
	for id in $(tr -d '[]" ' <$d/list | tr , ' '); do
		get file "packages/${id%%--*}/$id.tar.xz" && xz -t <$d/file || return 1
	done
	echo "$list"
}
while [ ! -e /run/downloads/stop ]; do
	rm -rf $d; mkdir -p $d
	if said=$(download 2>&1); then echo "whole $said"; else echo "failed: $said"; fi >>/run/downloads/log
done`
	url := "http://" + nodes.Node("bootstrap").Address().String() + ":8080"
	for _, name := range downloaders() {
		on(t, name, "rm -rf /run/downloads; mkdir /run/downloads; cat >/run/downloads/script <<'END'\n"+script+"\nEND\n"+
			"systemd-run --quiet --unit=downloads sh /run/downloads/script "+url)
	}
	stop = func() {
		for _, name := range downloaders() {
			script := "touch /run/downloads/stop; while systemctl is-active --quiet downloads; do sleep 0.2; done"
			if _, err := nodes.Node(name).Exec(context.Background(), script); err != nil { // after the test, too
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	for _, name := range downloaders() {
		eventually(t, name+" has downloaded once", func() bool { return on(t, name, "cat /run/downloads/log 2>/dev/null | wc -l") != "0" })
	}
	return stop
}

// downloaders are agents that have what a download needs from the start.
func downloaders() []string { return []string{"agent-1", "public-1"} }

// checkDownloads waits until each has begun with the new install files,
// and fails the test unless all that they got was whole.
func checkDownloads(t *testing.T, stop func(), old, new string) {
	t.Helper()
	for _, name := range downloaders() {
		eventually(t, name+" has downloaded the new files", func() bool { return strings.Contains(on(t, name, "cat /run/downloads/log"), "whole "+new) })
	}
	stop()
	want := []string{"whole " + old, "whole " + new}
	for _, name := range downloaders() {
		lines := strings.Split(on(t, name, "cat /run/downloads/log"), "\n")
		t.Logf("%s downloaded %d times", name, len(lines))
		if diff := cmp.Diff(want, slices.Compact(lines)); diff != "" {
			t.Errorf("%s: downloads, equal ones in a row as one (-want +got):\n%s", name, diff)
		}
	}
	if old == new {
		t.Errorf("the old and the new install files are the same: %s", old)
	}
}
