package genconf

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dcosup/testing/lab/release/catalog"

	"github.com/google/go-cmp/cmp"
)

// generator is a directory with genconf/ and a tiny release.
type generator struct {
	t         *testing.T
	dir       string
	artifacts string
}

func newGenerator(t *testing.T, config string) generator {
	t.Helper()
	g := generator{t: t, dir: withScripts(t), artifacts: t.TempDir()}
	g.configure(config)
	release, err := json.Marshal(catalog.Manifest{Version: "2.1.0", Commit: "c0ffee", BootstrapID: "b00t",
		Packages: []string{"java--1", "mesos--2"}, Active: []string{"standin-runtime--3"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"release.json":                     string(release),
		"packages/java/java--1.tar.xz":     "java",
		"packages/mesos/mesos--2.tar.xz":   "mesos",
		"bootstrap/b00t.bootstrap.tar.xz":  "bootstrap",
		"packages/unused/unused--9.tar.xz": "not in the release",
	} {
		writeFile(t, filepath.Join(g.artifacts, name), text)
	}
	return g
}

func (g generator) configure(config string) {
	g.t.Helper()
	writeFile(g.t, filepath.Join(g.dir, "genconf", "config.yaml"), config)
}

func (g generator) run(args ...string) (code int, stdout, stderr string) {
	g.t.Helper()
	var out, errs bytes.Buffer
	n := 0
	code = Run(Call{Args: args, Dir: g.dir, Artifacts: g.artifacts, Stdout: &out, Stderr: &errs,
		Unique: func() string { n++; return strings.Repeat("f", 32) }})
	return code, out.String(), errs.String()
}

// tree lists the served files with their modification times, the ids of what depends on the configuration shortened.
func (g generator) tree() map[string]string {
	g.t.Helper()
	files := map[string]string{}
	root := filepath.Join(g.dir, "genconf", "serve")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		files[rel] = info.ModTime().String()
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return files
}

var anID = regexp.MustCompile(`[0-9a-f]{40}`)

func TestServeTree(t *testing.T) {
	g := newGenerator(t, minimal)
	if code, _, stderr := g.run(); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var got []string
	for name := range g.tree() {
		got = append(got, anID.ReplaceAllString(name, "<id>"))
	}
	slices.Sort(got)
	want := []string{
		"bootstrap.latest",
		"bootstrap/b00t.active.json",
		"bootstrap/b00t.bootstrap.tar.xz",
		"cluster-package-info.json",
		"cluster-package-list.latest",
		"dcos_install.sh",
		"package_lists/<id>.package_list.json",
		"packages/dcos-config/dcos-config--setup_<id>.tar.xz",
		"packages/dcos-metadata/dcos-metadata--setup_<id>.tar.xz",
		"packages/java/java--1.tar.xz",
		"packages/mesos/mesos--2.tar.xz",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("serve tree (-want +got):\n%s", diff)
	}
	list := readFile(t, filepath.Join(g.dir, "genconf/serve/cluster-package-list.latest"))
	var ids []string
	text := readFile(t, filepath.Join(g.dir, "genconf/serve/package_lists", list+".package_list.json"))
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		t.Fatal(err)
	}
	for i := range ids {
		ids[i] = anID.ReplaceAllString(ids[i], "<id>")
	}
	if diff := cmp.Diff([]string{"dcos-config--setup_<id>", "dcos-metadata--setup_<id>", "java--1", "mesos--2"}, ids); diff != "" {
		t.Errorf("package list (-want +got):\n%s", diff)
	}
}

func TestGenerationIsIdempotent(t *testing.T) {
	g := newGenerator(t, minimal)
	g.run()
	first := g.tree()
	g.run("--genconf")
	if diff := cmp.Diff(first, g.tree()); diff != "" {
		t.Errorf("a second run changed the tree (-first +second):\n%s", diff)
	}
	g.configure(minimal + "resolverz: [8.8.8.8]")
	g.run()
	if got := configIDs(g); len(got) != 1 {
		t.Errorf("an unknown key gave another configuration: %v", got)
	}
	g.configure(minimal + "check_time: false")
	g.run()
	if got := configIDs(g); len(got) != 2 {
		t.Errorf("configurations after a change: %v, want two", got)
	}
	writeFile(t, filepath.Join(g.dir, "genconf/ip-detect"), "#!/bin/sh\necho 10.0.0.3\n")
	g.run()
	if got := configIDs(g); len(got) != 3 {
		t.Errorf("configurations after another detection script: %v, want three", got)
	}
}

func configIDs(g generator) []string {
	var ids []string
	for name := range g.tree() {
		if strings.HasPrefix(name, "packages/dcos-config/") {
			ids = append(ids, name)
		}
	}
	return ids
}

func TestExitCodesAndOutput(t *testing.T) {
	for name, test := range map[string]struct {
		config         string
		args           []string
		code           int
		stdout, stderr string // parts
	}{
		"refused":            {minimal + "enable_lb: x", nil, 1, "", "\x1b[31menable_lb: Must be one of 'true', 'false'. Got 'x'.\x1b[0m"},
		"crash":              {"a: 1.5", nil, 1, "", "Traceback"},
		"generated":          {minimal, []string{"-v", "--genconf"}, 0, "", "not DC/OS"},
		"version":            {minimal, []string{"--version"}, 0, "{\"variant\": \"\", \"version\": \"2.1.0\"}\n", ""},
		"web":                {minimal, []string{"--web"}, 1, "", "removed"},
		"removed flag":       {minimal, []string{"--preflight"}, 2, "", "unrecognized arguments: --preflight"},
		"upgrade of nothing": {minimal, []string{"--generate-node-upgrade-script"}, 1, "", "version"},
		"upgrade": {minimal, []string{"--generate-node-upgrade-script", "2.0.0"}, 0,
			"Node upgrade script URL: http://10.0.0.1:8080/upgrade/ffffffffffffffffffffffffffffffff/dcos_node_upgrade.sh\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := newGenerator(t, test.config).run(test.args...)
			if code != test.code || !strings.HasSuffix(stdout, test.stdout) && test.stdout != "" || !strings.Contains(stderr, test.stderr) {
				t.Errorf("got code %d, stdout %q, stderr %q; want %d, %q, %q", code, stdout, stderr, test.code, test.stdout, test.stderr)
			}
		})
	}
	t.Run("no configuration", func(t *testing.T) {
		g := newGenerator(t, minimal)
		if err := os.Remove(filepath.Join(g.dir, "genconf/config.yaml")); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := g.run(); code != 1 || !strings.Contains(stderr, "config.yaml") {
			t.Errorf("got code %d, %q; want 1 and the file's name", code, stderr)
		}
	})
}

func TestSecretsAreMasked(t *testing.T) {
	g := newGenerator(t, minimal+"exhibitor_admin_password: hunter2")
	g.run()
	for name := range g.tree() {
		packed := readFile(t, filepath.Join(g.dir, "genconf/serve", name))
		if strings.Contains(packed, "hunter2") { // the archives are stored, not compressed
			t.Errorf("%s holds the password", name)
		}
	}
}

// The scripts must be taken by every shell that a node may have, with values that need quoting.
func TestScriptsParse(t *testing.T) {
	g := newGenerator(t, minimal+`bootstrap_url: "http://x/it's here"`)
	if code, _, stderr := g.run("--generate-node-upgrade-script", "2.0.0"); code != 0 {
		t.Fatal(stderr)
	}
	for _, script := range []string{"dcos_install.sh", "upgrade/" + strings.Repeat("f", 32) + "/dcos_node_upgrade.sh"} {
		path := filepath.Join(g.dir, "genconf/serve", script)
		for _, shell := range [][]string{{"dash", "-n"}, {"bash", "-n"}, {"busybox", "sh", "-n"}, {"shellcheck"}} {
			cmd := exec.CommandContext(t.Context(), shell[0], append(shell[1:], path)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", cmd, err, out)
			}
		}
		if left := regexp.MustCompile(`@[A-Z_]+@`).FindString(readFile(t, path)); left != "" {
			t.Errorf("%s was not filled in in %s", left, script)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("missing: %v", err)
		}
		t.Fatal(err)
	}
	return string(text)
}
