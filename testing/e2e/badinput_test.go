//go:build lab

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Bad input ends in a clear message with where and what to do, in an exit code
// that tells its kind, and in nodes on which not one file is another.
func TestBadInputChangesNothing(t *testing.T) {
	before := listings(t)
	badKey := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(badKey, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name        string
		hosts, vars func(string) string
		flags       []string
		code        int
		words       []string
	}{
		{name: "no masters", hosts: replace("[masters]\nmaster-1", "[spare]\nmaster-1"), code: 2, words: []string{"masters"}},
		{name: "two bootstrap nodes", hosts: replace("[masters]", "agent-9 ansible_host=192.0.2.9\n[masters]"), code: 2,
			words: []string{"bootstrap", "agent-9", "hosts:"}},
		{name: "an even number of masters", hosts: replace("[private-agents]", "master-2 ansible_host=192.0.2.9\n[private-agents]"), code: 2,
			words: []string{"2 masters"}},
		{name: "a mistyped key", vars: replace("download:", "downlaod:"), code: 2, words: []string{"downlaod", "download", "all.yml:"}},
		{name: "a key that the generator refuses", vars: replace("oauth_enabled: false", "oauth_enabled: nope"), code: 2,
			words: []string{"oauth_enabled", "all.yml:"}},
		{name: "a key file that is not there", hosts: replace("id_ed25519", "id_missing"), code: 2, words: []string{"id_missing"}},
		{name: "a key file that is no key", hosts: replace(filepath.Join(nodes.Dir(), "id_ed25519"), badKey), code: 2, words: []string{badKey}},
		{name: "a release with a wrong checksum", vars: release(nodes.ReleasePath(), strings.Repeat("0", 64)), code: 2,
			words: []string{"download_checksum", "all.yml:"}},
		{name: "a release that is not there", vars: replace("dcos_generate_config.sh", "dcos_generate_config.ee.sh"), code: 2,
			words: []string{"dcos_generate_config.ee.sh"}},
		{name: "an ip-detect that prints what is not the node's address", vars: func(text string) string {
			return text + "        ip_detect_contents: |\n            #!/bin/sh\n            echo 192.0.2.1\n"
		}, code: 3, words: []string{"ip-detect", "192.0.2.1", "master-1", "agent-1"}},
		{name: "a pattern that matches nothing", flags: []string{"-l", "agent-7"}, code: 2, words: []string{"agent-7"}},
		{name: "an unknown flag", flags: []string{"--lmit", "x"}, code: 2, words: []string{"--lmit"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := append([]string{"apply", "-i", variant(t, tc.hosts, tc.vars)}, tc.flags...)
			dcosup(t, args...).must(t, tc.code, tc.words...)
		})
	}
	unchanged(t, before)
}

func TestChangedHostKeyIsRefused(t *testing.T) {
	before := listings(t)
	known, err := os.ReadFile(nodes.KnownHostsPath())
	if err != nil {
		t.Fatal(err)
	}
	// agent-2 shows the key of agent-1: as if somebody else answered at its address.
	var lines []string
	keyOf := map[string]string{}
	for line := range strings.Lines(string(known)) {
		fields := strings.Fields(line)
		keyOf[fields[0]] = strings.Join(fields[1:], " ")
		lines = append(lines, fields[0])
	}
	one, two := "", ""
	for _, name := range lines {
		if strings.Contains(name, nodes.Node("agent-1").Address().String()) {
			one = name
		}
		if strings.Contains(name, nodes.Node("bootstrap").Address().String()) {
			two = name
		}
	}
	if one == "" || two == "" {
		t.Fatalf("known_hosts lacks the nodes:\n%s", known)
	}
	keyOf[two] = keyOf[one]
	swapped := filepath.Join(t.TempDir(), "known_hosts")
	var text strings.Builder
	for _, name := range lines {
		text.WriteString(name + " " + keyOf[name] + "\n")
	}
	if err := os.WriteFile(swapped, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	inventory := variant(t, replace(nodes.KnownHostsPath(), swapped), nil)
	dcosup(t, "apply", "-i", inventory).must(t, 1, "host key", "changed", "SHA256:", swapped+":")
	unchanged(t, before)
}

// A port that somebody else holds is nothing that dcosup may free.
func TestPrerequisiteThatCannotBeFixedStopsBeforeAnyChange(t *testing.T) {
	noCluster(t)
	on(t, "agent-1", `systemd-run --quiet --unit=squatter --service-type=exec sshd -D -o Port=5051 -o PidFile=none
until ss -Hltn 'sport = :5051' | grep -q .; do systemctl is-active --quiet squatter; done`)
	defer on(t, "agent-1", "systemctl stop squatter")
	before := listings(t)
	dcosup(t, "check", "-i", hosts()).must(t, 3, "5051", "agent-1", "sshd")
	dcosup(t, "apply", "-i", hosts()).must(t, 3, "5051", "agent-1")
	unchanged(t, before)
}

func TestFullDiskOnTheBootstrapNode(t *testing.T) {
	noCluster(t)
	// An /opt of 8 MB: the release alone is larger.
	on(t, "bootstrap", "mount -t tmpfs -o size=8m tmpfs /opt")
	defer on(t, "bootstrap", "umount /opt")
	before := listings(t)
	dcosup(t, "apply", "-i", hosts()).must(t, 3, "bootstrap", "/opt")
	unchanged(t, before)
}

// A node whose /opt cannot be written is found before anything is changed.
func TestReadOnlyOpt(t *testing.T) {
	noCluster(t)
	on(t, "agent-1", "mount --bind /opt /opt && mount -o remount,bind,ro /opt")
	defer on(t, "agent-1", "umount /opt")
	before := listings(t)
	dcosup(t, "apply", "-i", hosts()).must(t, 3, "agent-1", "/opt")
	unchanged(t, before)
}

// The generator's own complaint reaches the person as it is, without colours,
// and nothing is installed.
func TestGeneratorRefusesTheConfiguration(t *testing.T) {
	noCluster(t)
	generator := filepath.Join(t.TempDir(), "dcos_generate_config.sh")
	script := "#!/bin/bash\nprintf '\\033[31mcluster_name: no cluster may be called so\\033[0m\\n' >&2\nexit 1\n"
	if err := os.WriteFile(generator, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	inventory := variant(t, nil, release(generator, sha256Of(t, generator)))
	o := dcosup(t, "apply", "-i", inventory)
	o.must(t, 1, "cluster_name: no cluster may be called so", "all.yml:")
	if strings.Contains(o.text, "\033") {
		t.Error("what it said has escape codes")
	}
	for _, name := range append([]string{"master-1"}, agents()...) {
		on(t, name, "! test -e /opt/mesosphere && ! test -e /etc/mesosphere")
	}
}
