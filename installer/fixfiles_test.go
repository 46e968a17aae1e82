package installer

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/roles"
)

const (
	aDeb = "!<arch>\ndebian-binary"
	aKey = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
)

// Files are beside the inventory, wherever in it they are named; a host's value
// stands for that of its groups.
func TestSettingsFindFiles(t *testing.T) {
	c := loaded(t, "", map[string]string{
		"group_vars/all.yml":          smallSettings + "dcos_fixes:\n  docker: {source: packages, packages: [packages/*.deb]}\n",
		"group_vars/masters/main.yml": "dcos_fixes:\n  docker: {source: docker, key: keys/docker.gpg}\n",
		"host_vars/a.yml":             "dcos_fixes:\n  time: {servers: [10.0.0.2]}\n",
		"packages/docker-ce_1.deb":    aDeb,
		"packages/containerd_1.deb":   aDeb,
		"keys/docker.gpg":             aKey,
	})
	got, warnings, err := settings(c)
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	dir := filepath.Dir(c.Beside(c.Nodes[0].Pos, "hosts"))
	want := map[string]nodeSettings{
		"b": {fixes: roles.Fixes{Docker: roles.DockerFix{Source: roles.SourcePackages,
			Packages: []string{filepath.Join(dir, "packages/containerd_1.deb"), filepath.Join(dir, "packages/docker-ce_1.deb")}}}},
		"m": {fixes: roles.Fixes{Docker: roles.DockerFix{Source: roles.SourceDocker, Key: filepath.Join(dir, "keys/docker.gpg")}}},
		"a": {fixes: roles.Fixes{Time: roles.TimeFix{Servers: []string{"10.0.0.2"}}}},
	}
	for name, s := range got {
		s.policy = roles.Policy{}
		got[name] = s
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(nodeSettings{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// What is wrong with fixes stands beside what is wrong with requirements and the
// configuration, each at its place, before any node is asked.
func TestCheckConfigShowsMistakesOfFixes(t *testing.T) {
	c := loaded(t, "    telemetry_enabled: maybe\n", map[string]string{
		"group_vars/masters.yml": "dcos_requirements:\n  memroy: {}\ndcos_fixes:\n  docker:\n    source: packages\n    packages:\n" +
			"      - packages/*.deb\n      - /nowhere/docker-ce.deb\n      - directory.deb\n      - page.deb\n      - '[.deb'\n  tiem: {}\n",
		"group_vars/dc.yml":   "dcos_fixs: {}\n",
		"directory.deb/file":  "",
		"page.deb":            "<html>",
		"hosts":               smallHosts + "[masters]\nm2 ansible_host=10.0.0.12\nm3 ansible_host=10.0.0.13\n[dc:children]\nmasters\n",
		"packages/readme.txt": "",
	})
	warnings, err := CheckConfig(c, false)
	text := mistakes(t, err)
	for _, want := range []string{
		`group_vars/masters.yml:2:3: there is no requirement "memroy"`,
		"group_vars/masters.yml:7:9: docker.packages: there is no file " + c.Beside(c.Nodes[0].Pos, "packages/*.deb"),
		"group_vars/masters.yml:8:9: docker.packages: there is no file /nowhere/docker-ce.deb",
		"group_vars/masters.yml:9:9: docker.packages: " + c.Beside(c.Nodes[0].Pos, "directory.deb") + " is no file",
		"group_vars/masters.yml:10:9: docker.packages: " + c.Beside(c.Nodes[0].Pos, "page.deb") + " is no package",
		"group_vars/masters.yml:11:9: docker.packages: " + c.Beside(c.Nodes[0].Pos, "[.deb") + " is no pattern",
		`group_vars/masters.yml:12:3: dcos_fixes has no setting "tiem"`,
		"dcos.config.telemetry_enabled",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("want %q once in:\n%s", want, text)
		}
	}
	if len(warnings) != 1 || warnings[0].Hint != "did you mean dcos_fixes?" || warnings[0].Pos.File != "group_vars/dc.yml" {
		t.Errorf("warnings: got %v, want one about dcos_fixs", warnings)
	}
}

// private.sh makes a directory that only root can look into, also where it is there.
func TestPrivateScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		dir := filepath.Join(b.dir, "a/b")
		for range 2 {
			b.want(answer{}, b.run(privateScript, dir))
			b.want(answer{Stdout: "700\n"}, b.run("stat -c %a \"$1\"; chmod 755 \"$1\"", dir))
		}
	})
}
