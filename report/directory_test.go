package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

func TestDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "1")
	tellDirectory(t, dir, freshApply(noRoute()))

	var files []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, fmt.Sprint(e.Name(), " ", info.Mode()))
	}
	want := []string{"agent-1.log -rw-------", "agent-2.log -rw-------", "boot.log -rw-------",
		"events.jsonl -rw-------", "master-1.log -rw-------"}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: got %v, %v, want mode 0700", info.Mode(), err)
	}
	golden(t, "agent-2.log", read(t, filepath.Join(dir, "agent-2.log")))
	golden(t, "master-1.log", read(t, filepath.Join(dir, "master-1.log")))

	var told strings.Builder
	freshApply(noRoute()).tell(NewJSON(&told))
	if diff := cmp.Diff(told.String(), read(t, filepath.Join(dir, EventsFile))); diff != "" {
		t.Errorf("events (-told +kept):\n%s", diff)
	}
}

func tellDirectory(t *testing.T, dir string, s *story) {
	t.Helper()
	sink, err := NewDirectory(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.tell(sink)
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// More nodes than files may be open: each log is whole all the same.
func TestDirectoryOfManyNodes(t *testing.T) {
	dir := t.TempDir()
	s := &story{}
	const nodes = 3*openLogs + 1
	for round := range 3 {
		for i := range nodes {
			s.at(float64(round), installer.Event{Type: installer.Note, Node: fmt.Sprint("n", i), Message: fmt.Sprint("round ", round)})
		}
	}
	tellDirectory(t, dir, s)
	for i := range nodes {
		got := read(t, LogPath(dir, fmt.Sprint("n", i)))
		if n := strings.Count(got, "note: round"); n != 3 {
			t.Fatalf("log of n%d has %d lines, want 3:\n%s", i, n, got)
		}
	}
}

func TestDirectoryIsAddedToAndClosedToOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s := &story{}
		s.at(0, installer.Event{Type: installer.Note, Message: "hello"})
		tellDirectory(t, dir, s)
	}
	if n := strings.Count(read(t, filepath.Join(dir, EventsFile)), "hello"); n != 2 {
		t.Errorf("the file holds %d events, want 2", n)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: got %v, %v, want mode 0700", info.Mode(), err)
	}
}

func TestDirectoryThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewDirectory(filepath.Join(file, "run")); err == nil || !strings.Contains(err.Error(), "make the run's directory") {
		t.Errorf("got error %v, want one that says what was tried", err)
	}
}

func TestLogPath(t *testing.T) {
	tests := []struct{ name, node, want string }{
		{"a usual name", "agent-1.example.org", "/d/agent-1.example.org.log"},
		{"an address", "fe80::1", "/d/fe80__1-6d6dc150.log"},
		{"a way out", "../../etc/passwd", "/d/_.._etc_passwd-3754d6cb.log"},
		{"a hidden file", ".profile", "/d/profile-ba67a164.log"},
		{"nothing", "", "/d/-e3b0c442.log"},
		{"too long", strings.Repeat("a", 300), "/d/" + strings.Repeat("a", 100) + "-9835fa6b.log"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := LogPath("/d", tt.node); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if LogPath("/d", "a/b") == LogPath("/d", "a:b") {
		t.Error("two nodes share a log")
	}
}
