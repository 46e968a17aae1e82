package lab

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

func exampleMirror() mirror {
	return mirror{Main: "http://mirror.example/debian", Keyring: defaultKeyring}
}

func TestRecipeTagFollowsTheContent(t *testing.T) {
	tag := func(m mirror, settings string) string {
		t.Helper()
		r, err := newRecipe(fstest.MapFS{"keys/own.gpg": {Data: []byte("key")}}, m, settings)
		if err != nil {
			t.Fatal(err)
		}
		return r.tag
	}
	other := exampleMirror()
	other.Main = "http://other.example/debian"
	signed := exampleMirror()
	signed.Keyring = "/keys/own.gpg"

	first := tag(exampleMirror(), "")
	if again := tag(exampleMirror(), ""); again != first {
		t.Errorf("the same recipe has the tags %s and %s", first, again)
	}
	for name, got := range map[string]string{
		"another mirror":  tag(other, ""),
		"another keyring": tag(signed, ""),
		"settings of apt": tag(exampleMirror(), "Acquire::Retries \"3\";\n"),
	} {
		if got == first {
			t.Errorf("%s does not change the tag", name)
		}
	}
}

func TestRecipeContext(t *testing.T) {
	r, err := newRecipe(fstest.MapFS{}, exampleMirror(), "")
	if err != nil {
		t.Fatal(err)
	}
	data, err := r.context()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for tr := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = true
	}
	for _, want := range []string{"Dockerfile", "redhat/node/etc/dnf/dnf.conf", "flatcar/node/usr/lib/os-release", "node/usr/local/sbin/lab-init.sh", "node/etc/apt/sources.list.d/debian.sources"} {
		if !files[want] {
			t.Errorf("%s is not in the build context: %v", want, files)
		}
	}
}

func TestEveryFlavourHasAStage(t *testing.T) {
	dockerfile, err := image.ReadFile("image/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flavours {
		if !strings.Contains(string(dockerfile), " AS "+string(f)+"\n") {
			t.Errorf("the Dockerfile has no stage %s", f)
		}
	}
}

func TestShellScripts(t *testing.T) {
	for _, script := range []string{
		"image/node/usr/local/sbin/lab-init.sh", "image/flatcar/node/usr/local/sbin/lab-flatcar.sh",
		"image/redhat/packages/rpms.sh", "image/without-apt.sh", "prepare.sh",
	} {
		if _, err := os.Stat(script); err != nil {
			t.Fatal(err)
		}
		for _, check := range [][]string{{"dash", "-n"}, {"busybox", "sh", "-n"}, {"shellcheck", "--shell=sh"}} {
			if out, err := exec.Command(check[0], append(check[1:], script)...).CombinedOutput(); err != nil {
				t.Errorf("%s %s: %v\n%s", strings.Join(check, " "), script, err, out)
			}
		}
	}
}
