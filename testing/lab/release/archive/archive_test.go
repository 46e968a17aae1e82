package archive_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"dcosup/testing/lab/release/archive"

	"github.com/google/go-cmp/cmp"
)

// What the writer makes must be read by the tools that nodes have.
func TestXZIsReadByXZ(t *testing.T) {
	chacha := rand.NewChaCha8([32]byte{1})
	random := make([]byte, 200_003)
	if _, err := chacha.Read(random); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"nothing":             nil,
		"one byte":            {7},
		"exactly one chunk":   random[:1<<16],
		"one byte more":       random[:1<<16+1],
		"several, not even":   random,
		"padding of two":      []byte("ab"),
		"something to squash": bytes.Repeat([]byte("stand-in "), 30_000),
	} {
		t.Run(name, func(t *testing.T) {
			var packed bytes.Buffer
			x := archive.NewXZ(&packed)
			_, err := io.Copy(x, bytes.NewReader(content))
			if err := errors.Join(err, x.Close()); err != nil {
				t.Fatal(err)
			}
			got := pipe(t, &packed, "xz", "--decompress", "--stdout")
			if !bytes.Equal(got, content) {
				t.Errorf("xz gave %d bytes that differ, want the %d that were written", len(got), len(content))
			}
		})
	}
}

func TestTarIsReadByTar(t *testing.T) {
	files := []archive.File{
		{Name: "etc/b", Body: []byte("bb")},
		{Name: "bin/deep/tool", Mode: 0o755, Body: []byte("#!/bin/sh\n")},
		{Name: "bin/alias", Link: "deep/tool"},
		{Name: "share/big", Size: 5, Digest: "five", Open: func() io.Reader { return strings.NewReader("12345678") }},
	}
	var packed bytes.Buffer
	x := archive.NewXZ(&packed)
	if err := errors.Join(archive.Tar(x, files), x.Close()); err != nil {
		t.Fatal(err)
	}
	listing := string(pipe(t, &packed, "tar", "-tvJf", "-", "--numeric-owner", "--utc"))
	var got []string
	for line := range strings.Lines(listing) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/",
		"lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/alias -> deep/tool",
		"drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/deep/",
		"-rwxr-xr-x 0/0 10 1970-01-01 00:00 bin/deep/tool",
		"drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/",
		"-rw-r--r-- 0/0 2 1970-01-01 00:00 etc/b",
		"drwxr-xr-x 0/0 0 1970-01-01 00:00 share/",
		"-rw-r--r-- 0/0 5 1970-01-01 00:00 share/big",
	}
	for i := range got {
		got[i] = strings.Replace(got[i], "lrw-r--r--", "lrwxrwxrwx", 1)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tar lists (-want +got):\n%s", diff)
	}
}

func TestIDFollowsContentAndNotOrder(t *testing.T) {
	a := archive.File{Name: "a", Body: []byte("1")}
	b := archive.File{Name: "b", Size: 9, Digest: "nine"}
	base := archive.ID([]archive.File{a, b})
	if got := archive.ID([]archive.File{b, a}); got != base {
		t.Errorf("order changed the id: %s, want %s", got, base)
	}
	for name, files := range map[string][]archive.File{
		"content": {{Name: "a", Body: []byte("2")}, b},
		"mode":    {{Name: "a", Body: []byte("1"), Mode: 0o755}, b},
		"digest":  {a, {Name: "b", Size: 9, Digest: "other"}},
		"fewer":   {a},
	} {
		if got := archive.ID(files); got == base {
			t.Errorf("a different %s gave the same id", name)
		}
	}
}

func pipe(t *testing.T, in io.Reader, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", cmd, err, stderr.String())
	}
	return out
}
