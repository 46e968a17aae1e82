//go:build lab

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const dockerOnly = "docker-installed,docker-running,docker-enabled,docker-version"

// A node that reaches no repository gets Docker from files beside the inventory. What
// the inventory says of fixes is shown before anything is done, and its mistakes are
// told before any node is asked.
func TestDockerFromFiles(t *testing.T) {
	noCluster(t)
	anew(t.Context(), t, "agent-4")
	t.Cleanup(func() { anew(context.WithoutCancel(t.Context()), t, "agent-4") })
	const pack = `apt-get -q update >/dev/null && cd /var/cache/apt/archives && rm -f *.deb && apt-get -q -y --no-install-recommends --download-only install docker.io >/dev/null && tar c *.deb && apt-get clean`
	archive, err := nodes.Node("agent-4").Exec(t.Context(), pack)
	if err != nil {
		t.Fatal(err)
	}

	fixes := func(lines string) string {
		return variant(t, nil, func(vars string) string { return vars + "dcos_fixes:\n  docker:\n" + lines })
	}
	inventory := fixes("    source: packages\n    packages: [packages/*.deb]\n")
	check := []string{"check", "-i", inventory, "-l", "agent-4", "--only", dockerOnly}
	dcosup(t, check...).must(t, 2, "group_vars/all.yml", "docker.packages: there is no file "+filepath.Join(filepath.Dir(inventory), "packages/*.deb"))

	packages := filepath.Join(filepath.Dir(inventory), "packages")
	unpack(t, archive, packages)
	on(t, "agent-4", "mv /etc/apt/sources.list.d /root/ && echo 'deb http://127.0.0.1:9/ bookworm main' >/etc/apt/sources.list && rm -rf /var/lib/apt/lists")
	files, err := filepath.Glob(filepath.Join(packages, "*.deb"))
	if err != nil || len(files) < 3 {
		t.Fatalf("packages: %v, %v", files, err)
	}
	dcosup(t, check...).must(t, 3, "install Docker from ")
	if got := on(t, "agent-4", "ls /var/lib/dcosup 2>/dev/null || echo nothing"); got != "nothing" {
		t.Errorf("a check left %s", got)
	}
	dcosup(t, append(check, "--fix")...).must(t, 0)
	on(t, "agent-4", "docker info && [ ! -e /var/lib/dcosup/fixes ] && grep -q 'Package: docker.io' /etc/apt/preferences.d/dcosup-docker")

	on(t, "agent-4", "rm /etc/apt/sources.list && mv /root/sources.list.d /etc/apt/ && apt-get -q update")
	other := []string{"check", "-i", fixes("    version: '19.03'\n"), "-l", "agent-4", "--only", dockerOnly}
	dcosup(t, other...).must(t, 3, "install Docker 19.03")
	dcosup(t, append(other, "--fix")...).must(t, 3, "there is no docker.io 19.03; there is: ")
}

// unpack writes the files of a tar archive into a new directory.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	untar := exec.CommandContext(t.Context(), "tar", "x", "-C", dir)
	untar.Stdin = strings.NewReader(archive)
	if out, err := untar.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
