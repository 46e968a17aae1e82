package release_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dcosup/testing/lab/release"

	"github.com/google/go-cmp/cmp"
)

const payload = 1_000_000

func build(t *testing.T, o release.Options) release.Built {
	t.Helper()
	if o.PayloadBytes == 0 {
		o.PayloadBytes = payload
	}
	built, err := release.Build(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBuildIsDeterministic(t *testing.T) {
	dir := t.TempDir()
	first := build(t, release.Options{Out: filepath.Join(dir, "new", "dcos_generate_config.sh")})
	text := readFile(t, first.Path)
	sum := sha256.Sum256(text)
	want := release.Built{Path: first.Path, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(text))}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("what Build says of the file (-file +said):\n%s", diff)
	}
	second := build(t, release.Options{Out: filepath.Join(dir, "other.sh")})
	if second.SHA256 != first.SHA256 {
		t.Errorf("two builds differ: %s and %s", first.SHA256, second.SHA256)
	}
	other := build(t, release.Options{Out: filepath.Join(dir, "other.sh"), Version: "2.1.1"})
	if other.SHA256 == first.SHA256 {
		t.Error("another version gave the same file")
	}
}

func TestBuildReusesOnlyAWholeAndCurrentFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "dcos_generate_config.sh")
	first := build(t, release.Options{Out: out})
	whole := readFile(t, out)
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	damaged := slices.Clone(whole)
	damaged[len(damaged)-2000] ^= 1
	for name, test := range map[string]struct {
		text   []byte
		reused bool
	}{
		"as it was":  {whole, true},
		"cut":        {whole[:len(whole)-1], false},
		"damaged":    {damaged, false},
		"of old":     {bytes.Replace(whole, []byte("# inputs "), []byte("# inputs 0"), 1), false},
		"not at all": {[]byte("#!/bin/sh\nexit 0\n"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := errors.Join(os.WriteFile(out, test.text, 0o755), os.Chtimes(out, long, long)); err != nil {
				t.Fatal(err)
			}
			got := build(t, release.Options{Out: out})
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("result (-first +now):\n%s", diff)
			}
			info, err := os.Stat(out)
			if err != nil {
				t.Fatal(err)
			}
			if reused := info.ModTime().Equal(long); reused != test.reused {
				t.Errorf("reused: %v, want %v", reused, test.reused)
			}
		})
	}
}

func TestBuildNamesWhatItMisses(t *testing.T) {
	if _, err := release.Build(t.Context(), release.Options{}); err == nil || !strings.Contains(err.Error(), "path") {
		t.Errorf("without a path: got %v", err)
	}
	_, err := release.Build(t.Context(), release.Options{Out: filepath.Join(t.TempDir(), "x"), Module: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "compile") {
		t.Errorf("outside the module: got %v, want a word about compiling", err)
	}
}

// The script must say what it is, be taken by bash and shellcheck, and carry an image that docker load can read.
func TestTheFile(t *testing.T) {
	built := build(t, release.Options{Out: filepath.Join(t.TempDir(), "dcos_generate_config.sh")})
	script, packed, found := bytes.Cut(readFile(t, built.Path), []byte("\n#PAYLOAD#\n"))
	if !found || !strings.Contains(string(script[:200]), "not DC/OS") {
		t.Fatalf("the script has no payload, or does not say what it is:\n%s", script[:200])
	}
	head := filepath.Join(t.TempDir(), "head.sh")
	if err := os.WriteFile(head, append(script, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"bash", "-n"}, {"shellcheck"}} {
		if out, err := exec.CommandContext(t.Context(), args[0], append(args[1:], head)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", args[0], err, out)
		}
	}

	t.Run("needs docker", func(t *testing.T) { testNeedsDocker(t, built.Path) })
	t.Run("payload", func(t *testing.T) { testPayload(t, packed) })
}

// testNeedsDocker wants that the file does nothing without a working Docker, and says why.
func testNeedsDocker(t *testing.T, path string) {
	bin, dir := t.TempDir(), filepath.Dir(path)
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", path)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "docker version does not work") {
		t.Errorf("got %v: %s; want exit code 1 and the reason", err, out)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// testPayload wants one file that docker load can read, whose layer holds the program and the packages.
func testPayload(t *testing.T, packed []byte) {
	outer := unpack(t, packed)
	names := keys(outer)
	if len(names) != 1 || !regexp.MustCompile(`^dcos-genconf\.[0-9a-f]{18}-[0-9a-f]{18}\.tar$`).MatchString(names[0]) {
		t.Fatalf("the payload holds %v", names)
	}
	image := unpack(t, outer[names[0]])
	var manifest []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	if err := json.Unmarshal(image["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	var config struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(image[manifest[0].Config], &config); err != nil {
		t.Fatal(err)
	}
	layer := image[manifest[0].Layers[0]]
	sum := sha256.Sum256(layer)
	if want := "sha256:" + hex.EncodeToString(sum[:]); config.RootFS.DiffIDs[0] != want {
		t.Errorf("the image's layer is %s, its configuration says %s", want, config.RootFS.DiffIDs[0])
	}
	var packages int
	artifacts := unpack(t, layer)
	if size := len(artifacts["usr/bin/standin"]); size == 0 || size > 15<<20 {
		t.Errorf("the program has %d bytes, want at most 15 MiB: every node gets it", size)
	}
	for name := range artifacts {
		if strings.HasPrefix(name, "artifacts/packages/") {
			packages++
		}
	}
	if packages != 12 {
		t.Errorf("the image holds %d packages, want 12", packages)
	}
}

func unpack(t *testing.T, packed []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(packed))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func keys(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
