package inventory_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// genconfCluster is the workshop's cluster with the files that make puts below
// dir/genconf; dir is that of the inventory, which is the argument of -i.
func genconfCluster(t *testing.T, source string, files map[string]string, more func(dir string)) (*inventory.Cluster, string) {
	t.Helper()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"inv/hosts": workshop, "inv/group_vars/all.yml": settings})
	writeFiles(t, dir, files)
	if more != nil {
		more(dir)
	}
	inv, err := inventory.Load(inventory.Options{Sources: strings.Fields(source), WorkDir: dir, HomeDir: dir, Vault: passwords()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := inv.Cluster()
	if err != nil {
		return c, strings.ReplaceAll(err.Error(), dir, "/dir")
	}
	return c, ""
}

// found are the files with mode and content.
func found(c *inventory.Cluster) []string {
	var list []string
	for _, f := range c.GenconfFiles {
		mode := "-"
		if f.Executable {
			mode = "x"
		}
		list = append(list, fmt.Sprintf("%s %s %s %s", mode, f.Name, f.Content.Reveal(), f.Pos))
	}
	return list
}

func TestGenconfFiles(t *testing.T) {
	files := map[string]string{
		"inv/genconf/license.txt": "L", "inv/genconf/ca.crt": "C", "inv/genconf/check_bins/disk": "D",
		"inv/genconf/.hidden": "", "inv/genconf/ip-detect~": "", "inv/genconf/ip-detect.bak": "", "inv/genconf/#ip-detect#": "", "inv/genconf/check_bins/.keep": "",
		"genconf/ip-detect": "of the working directory, which is not the inventory's",
	}
	for _, source := range []string{"inv/hosts", "inv", "inv/hosts inv/more", "10.0.0.99, inv/hosts"} {
		t.Run(source, func(t *testing.T) {
			c, problem := genconfCluster(t, source, files, func(dir string) {
				writeFiles(t, dir, map[string]string{"inv/more": "[masters]\n10.0.0.11\n"})
				if err := os.Chmod(filepath.Join(dir, "inv/genconf/check_bins/disk"), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink("license.txt", filepath.Join(dir, "inv/genconf/other.txt")); err != nil {
					t.Fatal(err)
				}
			})
			if problem != "" {
				t.Fatal(problem)
			}
			want := []string{"- ca.crt C inv/genconf/ca.crt", "x check_bins/disk D inv/genconf/check_bins/disk",
				"- license.txt L inv/genconf/license.txt", "- other.txt L inv/genconf/other.txt"}
			if diff := cmp.Diff(want, found(c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if shown := fmt.Sprintf("%+v", c.GenconfFiles); strings.Contains(shown, "Content:L") {
				t.Errorf("a printed file shows its content: %s", shown)
			}
		})
	}
}

// A license or a key may lie there encrypted, and is brought to the bootstrap node as what it is.
func TestGenconfFilesAreDecrypted(t *testing.T) {
	c, problem := genconfCluster(t, "inv/hosts", map[string]string{"inv/genconf/license.txt": envelope(t, "plain")}, nil)
	if problem != "" {
		t.Fatal(problem)
	}
	if diff := cmp.Diff([]string{"- license.txt a secret\n inv/genconf/license.txt"}, found(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGenconfFilesThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		more  func(dir string) // dir is genconf/
		want  string           // the error, whole, in its one line; and the start of its hint
		hint  string
	}{
		{name: "config.yaml", files: map[string]string{"config.yaml": "cluster_name: x"},
			want: "inv/genconf/config.yaml: config.yaml is made from the inventory; this one would not be read",
			hint: "write what is in it below dcos: config:"},
		{name: "a directory", files: map[string]string{"serve/dcos_install.sh": ""},
			want: "inv/genconf/serve: a directory in genconf/ would not be read", hint: "leave files in genconf/ only"},
		{name: "a directory in check_bins", files: map[string]string{"check_bins/more/disk": ""},
			want: "inv/genconf/check_bins/more: DC/OS's generator takes no directories in check_bins", hint: "move its files"},
		{name: "check_bins as a file", files: map[string]string{"check_bins": ""}, want: "inv/genconf/check_bins: check_bins must be a directory", hint: "make it a directory"},
		{name: "a name with a blank", files: map[string]string{"my license.txt": ""},
			want: "inv/genconf/my license.txt: the file's name would need quotes on the bootstrap node", hint: "rename it"},
		{name: "a link that leads out", files: map[string]string{"../../passwd": "p"}, more: link("../../passwd", "license.txt"),
			want: "inv/genconf/license.txt: the link leads out of inv/genconf, and is not followed", hint: "put a copy"},
		{name: "a link from the root", more: link("/etc/passwd", "license.txt"),
			want: "inv/genconf/license.txt: the link leads out of inv/genconf, and is not followed", hint: "put a copy"},
		{name: "a link that leads nowhere", more: link("none", "license.txt"), want: "inv/genconf/license.txt: the link leads nowhere", hint: "correct the link"},
		{name: "a pipe", more: func(dir string) { _ = syscall.Mkfifo(filepath.Join(dir, "license.txt"), 0o600) },
			want: "inv/genconf/license.txt: it is no file", hint: "leave files only"},
		{name: "too much", more: func(dir string) { _ = os.Truncate(filepath.Join(dir, "huge"), 64<<20+1) }, files: map[string]string{"huge": ""},
			want: "inv/genconf/huge: with this file there are more than 64 MiB in genconf/", hint: "leave what DC/OS's generator reads"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"inv/genconf/.keep": ""}
			for name, content := range tt.files {
				files["inv/genconf/"+name] = content
			}
			_, problem := genconfCluster(t, "inv/hosts", files, func(dir string) {
				if tt.more != nil {
					tt.more(filepath.Join(dir, "inv/genconf"))
				}
			})
			message, hint, _ := strings.Cut(problem, "\n  hint: ")
			if message != tt.want || !strings.HasPrefix(hint, tt.hint) {
				t.Errorf("got:\n%s\nwant:\n%s\n  hint: %s…", problem, tt.want, tt.hint)
			}
		})
	}
}

// link makes a symbolic link in genconf/. Where it fails, the test does not find what it wants.
func link(to, name string) func(string) {
	return func(dir string) { _ = os.Symlink(to, filepath.Join(dir, name)) }
}

// Root can read everything, so this is what nobody can.
func TestGenconfFileThatCannotBeRead(t *testing.T) {
	_, problem := genconfCluster(t, "inv/hosts", map[string]string{"inv/genconf/license.txt": ""}, func(dir string) {
		name := filepath.Join(dir, "inv/genconf/license.txt")
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("license.txt", name); err != nil { // a link to itself
			t.Fatal(err)
		}
	})
	if want := "inv/genconf/license.txt: the link cannot be followed: too many levels"; !strings.HasPrefix(problem, want) {
		t.Errorf("got %q, want an error that begins with %q", problem, want)
	}
}

func TestScriptsThatAreThereTwice(t *testing.T) {
	for _, tt := range []struct{ name, vars, want string }{
		{"as a text", settings + "    ip_detect_contents: |\n      #!/bin/sh\n",
			"inv/group_vars/all.yml:5:5: there are two scripts ip-detect: the text of dcos.config.ip_detect_contents, and the file inv/genconf/ip-detect"},
		{"by a method", settings + "  ip_detect: aws\n",
			"inv/group_vars/all.yml:5:14: dcos.ip_detect chooses a method, but there is a script of your own: inv/genconf/ip-detect"},
		{"beside another source of the inventory", settings, "more/genconf/ip-detect: there is a genconf/ip-detect already, inv/genconf/ip-detect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"inv/genconf/ip-detect": "#!/bin/sh\n", "inv/group_vars/all.yml": tt.vars, "more/hosts": "[masters]\n10.0.0.11\n"}
			if strings.Contains(tt.want, "more/") {
				files["more/genconf/ip-detect"] = "#!/bin/sh\n"
			}
			_, problem := genconfCluster(t, "inv/hosts more/hosts", files, nil)
			if message, _, _ := strings.Cut(problem, "\n"); message != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", problem, tt.want)
			}
		})
	}
}
