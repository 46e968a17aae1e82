package installer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

// archive puts genconf/ with a config.yaml and further files beside the release.
func (b box) archive(files genconf.Files) string {
	b.t.Helper()
	data, err := genconfArchive(files)
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("genconf-K.tar", string(data))
	return filepath.Join(b.dir, "genconf-K.tar")
}

// oldRun leaves what an earlier genconf left, and a generator that does body.
func (b box) oldRun(body string) {
	b.write("dcos_generate_config.sh", body)
	b.write("release.stamp", "aa http://example.com/dcos_generate_config.sh\n")
	b.write("genconf/config.yaml", "cluster_name: old\n")
	b.write("genconf/ip-detect-public", "old")
	b.write("genconf/serve/dcos_install.sh", "cut off")
	b.write("genconf/cluster_packages.json", "old")
	b.write("genconf/ca/psk", "key")
	b.write("made/tree.old/serve/dcos_install.sh", "old")
	b.write("made/tree.old/stamp", "J aa\n")
	if err := os.Symlink("made/tree.old", filepath.Join(b.dir, "current")); err != nil {
		b.t.Fatal(err)
	}
	b.program("docker", "echo Error: no such container >&2; exit 1") // nothing to remove
}

// newFiles are such as a run brings to the generator.
func newFiles() genconf.Files {
	return genconf.Files{Config: []byte("cluster_name: it's $HOME \\n 100%\n"), Scripts: []genconf.Script{{Name: genconf.IPDetect, Content: []byte("#!/bin/sh\necho 10.0.0.1\n")}}}
}

// A script that is not wanted any more must not stay: the generator would use it.
// What is served stays until the new files are published.
func TestGenconfScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.oldRun(`[[ $1 == --genconf ]] || exit 64 # bash, as the real one
ls genconf; echo "name $DCOS_INSTALLER_CONTAINER_NAME, umask $(umask)"; mkdir -p genconf/serve; echo new >genconf/serve/dcos_install.sh`)
		b.want(answer{Stdout: "ca\nconfig.yaml\nip-detect\nname dcosup-genconf, umask 0022\n"}, b.run(genconfScript, b.dir, b.archive(newFiles())))
		b.wantCalls("docker rm -f dcosup-genconf")
		for name, want := range map[string]string{"genconf/config.yaml": string(newFiles().Config), "genconf/ip-detect": string(newFiles().Scripts[0].Content),
			"genconf/ip-detect-public": "absent", "genconf/ca/psk": "key", "genconf/serve/dcos_install.sh": "new\n", "current/serve/dcos_install.sh": "old",
			"genconf-K.tar": "absent", "genconf.sums": sha(newFiles().Scripts[0].Content) + "  ip-detect\n"} {
			if got := b.read(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		for name, want := range map[string]os.FileMode{"genconf": 0o700, "genconf/config.yaml": 0o600, "genconf/ip-detect": 0o755, "genconf.sums": 0o600} {
			info, err := os.Stat(filepath.Join(b.dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("mode of %s: got %o, want %o", name, got, want)
			}
		}
	})
}

// A run that was cut off after its archive was unpacked is begun again without it.
func TestGenconfScriptBegunAgain(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.oldRun("test ! -e genconf/serve && mkdir genconf/serve && cp genconf/config.yaml genconf/serve/dcos_install.sh")
		b.want(answer{}, b.run(genconfScript, b.dir, filepath.Join(b.dir, "genconf-K.tar")))
		if got := b.read("genconf/serve/dcos_install.sh"); got != "cluster_name: old\n" {
			t.Errorf("made from %q, want what was unpacked before", got)
		}
	})
}

// Without a stamp the release is not whole: nothing is generated from it.
func TestGenconfScriptNeedsAWholeRelease(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.oldRun("echo ran")
		if err := os.Remove(filepath.Join(b.dir, "release.stamp")); err != nil {
			t.Fatal(err)
		}
		if got := b.run(genconfScript, b.dir, b.archive(newFiles())); got.Code == 0 || got.Stdout != "" {
			t.Errorf("got %+v, want a failure before the generator runs", got)
		}
	})
}

// After a failure nothing passes for new install files, and the old ones are served.
func TestGenconfScriptFails(t *testing.T) {
	for _, tc := range []struct {
		name, generator string
		code            int
	}{
		{"the generator refuses", "echo 'cluster_name: no' >&2; exit 7", 7},
		{"the generator says yes and makes nothing", "exit 0", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, b box) {
				b.oldRun(tc.generator)
				if got := b.run(genconfScript, b.dir, b.archive(newFiles())); got.Code != tc.code {
					t.Errorf("exit code: got %d, want %d; stderr %q", got.Code, tc.code, got.Stderr)
				}
				for name, want := range map[string]string{"genconf/serve/dcos_install.sh": "absent", "genconf/cluster_packages.json": "absent",
					"current/serve/dcos_install.sh": "old", "current/stamp": "J aa\n"} {
					if got := b.read(name); got != want {
						t.Errorf("%s: got %q, want %q", name, got, want)
					}
				}
			})
		})
	}
}

// made leaves what a successful generator leaves.
func (b box) made() {
	b.oldRun("")
	b.write("genconf/config.yaml", "cluster_name: new\n")
	b.write("genconf.sums", sha(nil)+"  ip-detect\n")
	b.write("genconf/serve/dcos_install.sh", "new")
	b.write("genconf/serve/cluster-package-list.latest", "list-new\n")
	b.write("made/tree.older/serve/dcos_install.sh", "older")
}

// published are the install files that are served, and those that are kept for
// nodes that are downloading them.
func (b box) published() map[string]string {
	all := map[string]string{}
	for _, name := range []string{"current/serve/dcos_install.sh", "current/stamp", "current/config.yaml", "current/sums", "previous/serve/dcos_install.sh"} {
		all[name] = b.read(name)
	}
	return all
}

func TestPublishScript(t *testing.T) {
	want := map[string]string{"current/serve/dcos_install.sh": "new", "current/stamp": "K aa\n", "current/config.yaml": "cluster_name: new\n",
		"current/sums": sha(nil) + "  ip-detect\n", "previous/serve/dcos_install.sh": "old"}
	for _, tc := range []struct {
		name  string
		begun func(b box) // what an earlier try did before it was cut off
	}{
		{"at once", func(box) {}},
		{"again, after all was done", func(b box) { b.want(answer{}, b.run(publishScript, b.dir, "K")) }},
		{"again, before the link was turned", func(b box) {
			b.want(answer{}, b.run(publishScript, b.dir, "K"))
			for _, err := range []error{os.Remove(filepath.Join(b.dir, "current")), os.Symlink("made/tree.old", filepath.Join(b.dir, "current"))} {
				if err != nil {
					b.t.Fatal(err)
				}
			}
		}},
		{"again, with a tree that was only begun", func(b box) { b.write("made/tree.begun/stamp", "K aa\n") }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, b box) {
				b.made()
				tc.begun(b)
				b.want(answer{}, b.run(publishScript, b.dir, "K"))
				if diff := cmp.Diff(want, b.published()); diff != "" {
					t.Errorf("published (-want +got):\n%s", diff)
				}
				trees, err := filepath.Glob(b.dir + "/made/*")
				if err != nil || len(trees) != 2 {
					t.Errorf("trees: got %q, %v; want the two that are published", trees, err)
				}
			})
		})
	}
}

// Where the generator has made nothing, what is served stays.
func TestPublishScriptWithoutNewFiles(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.made()
		if err := os.RemoveAll(filepath.Join(b.dir, "genconf/serve")); err != nil {
			t.Fatal(err)
		}
		before := b.published()
		if got := b.run(publishScript, b.dir, "K"); got.Code == 0 {
			t.Error("it says that it published something")
		}
		if diff := cmp.Diff(before, b.published()); diff != "" {
			t.Errorf("published (-before +after):\n%s", diff)
		}
	})
}

func TestMadeScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.made()
		b.want(answer{Stdout: "list-new\n"}, b.run(madeScript, b.dir))
		b.want(answer{}, b.run(publishScript, b.dir, "K"))
		b.want(answer{Stdout: "list-new\n"}, b.run(madeScript, b.dir))
	})
}

// What effective.sh says is what parseEffective reads.
func TestEffectiveScript(t *testing.T) {
	eachShell(t, func(t *testing.T, b box) {
		b.made()
		b.want(answer{}, b.run(publishScript, b.dir, "K"))
		got := b.run(effectiveScript, b.dir)
		made, err := parseEffective(got.Stdout)
		if err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		want := genconf.Made{Config: []byte("cluster_name: new\n"), Sums: map[string]string{"ip-detect": sha(nil)}}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, cut := range []string{"", "sums", "sums 2\n" + sha(nil) + "  ./a\n", "sums 1\nabc  ./a\n"} {
			if _, err := parseEffective(cut); err == nil {
				t.Errorf("%q: no error", cut)
			}
		}
	})
}
