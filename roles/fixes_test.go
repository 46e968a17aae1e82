package roles

import (
	"errors"
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// list makes a value of an inventory of texts, at p:9:1, p:9:2 and so on.
func list(texts ...string) inventory.Value {
	var values []inventory.Value
	for i, text := range texts {
		values = append(values, inventory.Value{Data: text, Pos: inventory.Pos{File: "p", Line: 9, Column: i + 1}})
	}
	return inventory.Value{Data: values}
}

// someFiles are files by their names: those with "nothing" in it are none, a * is
// two, and those with "page" in it are no package or key.
type someFiles struct{}

func (someFiles) Head(file string) ([]byte, error) {
	switch {
	case strings.Contains(file, "page"):
		return []byte("<!DOCTYPE html>"), nil
	case strings.Contains(file, "private"):
		return []byte("-----BEGIN PGP PRIVATE KEY BLOCK-----\n"), nil
	case strings.Contains(file, "broken"):
		return nil, errors.New("the disk is broken")
	case strings.HasSuffix(file, ".deb"):
		return []byte("!<arch>\ndebian-binary"), nil
	case strings.HasSuffix(file, ".rpm"):
		return []byte("\xed\xab\xee\xdb\x03\x00"), nil
	case strings.HasSuffix(file, ".gpg"):
		return []byte("\x99\x01\x0d"), nil
	}
	return []byte("Key of a mirror\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n"), nil
}

func (someFiles) Find(_ inventory.Pos, pattern string) ([]string, error) {
	if strings.Contains(pattern, "nothing") {
		return nil, errors.New("there is no file /i/" + pattern)
	}
	if before, after, many := strings.Cut(pattern, "*"); many {
		return []string{"/i/" + before + "a" + after, "/i/" + before + "b" + after}, nil
	}
	return []string{"/i/" + pattern}, nil
}

func TestReadFixes(t *testing.T) {
	yes, no := true, false
	tests := []struct {
		name  string
		value inventory.Value
		want  Fixes
	}{
		{"nothing at all", inventory.Value{}, Fixes{}},
		{"an empty section", mapping("docker", mapping()), Fixes{}},
		{"the default said", mapping("docker", mapping("source", "distribution")), Fixes{Docker: DockerFix{Source: SourceDistribution}}},
		{"Docker's own", mapping("docker", mapping("source", "docker", "version", "19.03")), Fixes{Docker: DockerFix{Source: SourceDocker, Version: "19.03"}}},
		{"a whole number for a version", mapping("docker", mapping("version", int64(20))), Fixes{Docker: DockerFix{Version: "20"}}},
		{"a version as packages have it", mapping("docker", mapping("version", "18.06.3~ce")), Fixes{Docker: DockerFix{Version: "18.06.3~ce"}}},
		{"a mirror", mapping("docker", mapping("source", "https://mirror.example.org/docker-ce/", "key", "files/docker.gpg")),
			Fixes{Docker: DockerFix{Source: "https://mirror.example.org/docker-ce", Key: "/i/files/docker.gpg"}}},
		{"a mirror with a port, by http", mapping("docker", mapping("source", "http://10.0.0.2:8081", "key", "k")), Fixes{Docker: DockerFix{Source: "http://10.0.0.2:8081", Key: "/i/k"}}},
		{"Docker's own, with a key at hand", mapping("docker", mapping("source", "docker", "key", "k")), Fixes{Docker: DockerFix{Source: SourceDocker, Key: "/i/k"}}},
		{"files, each once", mapping("docker", mapping("source", "packages", "packages", list("p/*.deb", "q/a.deb", "c.rpm"))),
			Fixes{Docker: DockerFix{Source: SourcePackages, Packages: []string{"/i/p/a.deb", "/i/p/b.deb", "/i/c.rpm"}}}},
		{"one file", mapping("docker", mapping("source", "packages", "packages", "c.rpm")), Fixes{Docker: DockerFix{Source: SourcePackages, Packages: []string{"/i/c.rpm"}}}},
		{"servers, each once", mapping("time", mapping("servers", list("0.pool.example.org", "10.0.0.2", "10.0.0.2"), "step", true)),
			Fixes{Time: TimeFix{Servers: []string{"0.pool.example.org", "10.0.0.2"}, Step: &yes}}},
		{"never step, as a text", mapping("time", mapping("step", "false")), Fixes{Time: TimeFix{Step: &no}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, problems := ReadFixes(test.value, someFiles{})
			if problems != nil {
				t.Error(problems)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadFixesTellsAllMistakes(t *testing.T) {
	docker := func(pairs ...any) inventory.Value { return mapping("docker", mapping(pairs...)) }
	time := func(pairs ...any) inventory.Value { return mapping("time", mapping(pairs...)) }
	tests := []struct {
		name  string
		value inventory.Value
		want  []string // each "place: message (hint)", or a part of it
	}{
		{"a text", inventory.Value{Data: "docker", Pos: inventory.Pos{File: "p", Line: 1, Column: 1}}, []string{"p:1:1: dcos_fixes must be a mapping (write docker: or time: below it)"}},
		{"a mistyped section", mapping("dokcer", mapping(), "time", mapping("stop", true)), []string{
			`p:1:1: dcos_fixes has no setting "dokcer" (did you mean docker?)`, `p:1:1: dcos_fixes.time has no setting "stop" (did you mean step?)`}},
		{"no mapping below", mapping("docker", "19.03"), []string{"p:1:2: dcos_fixes.docker must be a mapping (write source: or version: or key: or packages: below it)"}},
		{"a mistyped source", docker("source", "distributoin"), []string{`p:1:2: docker.source: there is no source "distributoin" (did you mean distribution?)`}},
		{"another source", docker("source", "podman"), []string{`there is no source "podman" (it is one of distribution, docker, packages, a URL such as`}},
		{"no URL of ours", docker("source", "ftp://mirror.example.org"), []string{"docker.source: want the URL of a directory, by https or http"}},
		{"a URL with a query", docker("source", "https://mirror.example.org/?x=1"), []string{"want the URL of a directory"}},
		{"a URL that would be two words", docker("source", "https://mirror.example.org/a b"), []string{"want the URL of a directory"}},
		{"a URL with a password", docker("source", "https://me:secret@mirror.example.org"), []string{"docker.source has a user or a password in it, which all users of the node could read (let the mirror"}},
		{"http without a key", docker("source", "http://mirror.example.org"), []string{"p:1:1: docker.source is not safe: what comes by http is believed for its signature"}},
		{"a version that YAML has cut", docker("version", 20.1), []string{"p:1:2: docker.version was read as a number, by which digits get lost (put it in quotes)"}},
		{"no version", docker("version", "newest"), []string{`docker.version: want a version or its beginning, not "newest" (for example "20.10"`}},
		{"a version with a command", docker("version", "20; reboot"), []string{"want a version or its beginning"}},
		{"a version that ends in a point", docker("version", "20."), []string{"want a version or its beginning"}},
		{"templates", mapping("docker", mapping("source", "{{ mirror }}", "version", "{{ v }}", "key", "{{ k }}"), "time", mapping("servers", list("{{ s }}"))), []string{
			"p:1:2: docker.source is a Jinja2 template", "docker.version is a Jinja2 template", "docker.key is a Jinja2 template", "p:9:1: time.servers is a Jinja2 template"}},
		{"a list for a source", docker("source", list("docker")), []string{"docker.source must be one value"}},
		{"a key that is not there", docker("source", "docker", "key", "nothing.gpg"), []string{"p:2:2: docker.key: there is no file /i/nothing.gpg (name files on this machine; where they begin without /, they are beside the inventory)"}},
		{"two keys", docker("source", "docker", "key", "*.gpg"), []string{`docker.key: "*.gpg" stands for 2 files (name one)`}},
		{"a key for nothing", docker("key", "k"), []string{"p:1:1: docker.key is not used: the source is distribution (write source: and the URL of the mirror"}},
		{"a key beside files", docker("source", "packages", "packages", "a.deb", "key", "k"), []string{"docker.key is not used: the source is packages"}},
		{"files for nothing", docker("source", "docker", "packages", "a.deb"), []string{"p:2:1: docker.packages are not used: the source is docker (write source: packages"}},
		{"no files", docker("source", "packages"), []string{"p:1:1: docker.source says packages, and none are named (write packages: and the files)"}},
		{"files that are none, and no packages", docker("source", "packages", "packages", list("nothing.deb", "docker.tgz", "a b.deb")), []string{
			"p:9:1: docker.packages: there is no file /i/nothing.deb", "p:9:2: docker.packages: /i/docker.tgz is no package (name .deb or .rpm files)", "p:9:3: docker.packages: the name of /i/a b.deb would need quotes"}},
		{"a page for a key", docker("source", "docker", "key", "page.gpg"), []string{"p:2:2: docker.key: /i/page.gpg is no public key of OpenPGP"}},
		{"a private key", docker("source", "docker", "key", "private.asc"), []string{"docker.key: /i/private.asc is no public key of OpenPGP"}},
		{"pages for packages", docker("source", "packages", "packages", list("page.deb", "page.rpm", "broken.deb")), []string{
			"p:9:1: docker.packages: /i/page.deb is no package, whatever its name says", "p:9:2: docker.packages: /i/page.rpm is no package", "p:9:3: docker.packages: the disk is broken"}},
		{"servers that are none", time("servers", list("time.example.org", "10.0.0.2; reboot", "-x", "")), []string{
			`p:9:2: time.servers: want a host name or an address, not "10.0.0.2; reboot"`, `p:9:3: time.servers: want`, `p:9:4: time.servers: want`}},
		{"step, maybe", time("step", "maybe"), []string{`p:1:2: time.step must be true or false, not "maybe"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := ReadFixes(test.value, someFiles{})
			if len(problems) != len(test.want) {
				t.Fatalf("got %d problems, want %d: %v", len(problems), len(test.want), problems)
			}
			for i, p := range problems {
				if got := p.Pos.String() + ": " + p.Message + " (" + p.Hint + ")"; !strings.Contains(got, test.want[i]) {
					t.Errorf("got  %s\nwant %s", got, test.want[i])
				}
			}
		})
	}
}

// Each setting has an example that can be read, and changes something.
func TestFixKeys(t *testing.T) {
	for _, k := range fixKeys() {
		var v inventory.Value
		switch text := strings.Trim(k.Example, `"`); {
		case strings.HasPrefix(text, "["):
			v = list(strings.Split(strings.Trim(text, "[]"), ", ")...)
		default:
			v.Data = text
		}
		r := fixesReader{disk: someFiles{}}
		k.set(&r, k.Section+"."+k.Name, v)
		if r.problems != nil || cmp.Equal(r.fixes, Fixes{}) || k.About == "" {
			t.Errorf("%s.%s: %q gives %+v, %v", k.Section, k.Name, k.Example, r.fixes, r.problems)
		}
	}
}
