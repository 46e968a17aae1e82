package tried

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func all(string) bool { return true }

// What is written is read again, and what is real outweighs what is imitated.
func TestRecord(t *testing.T) {
	seen := &Record{}
	seen.See("swap", "Debian", Unmet, "a table of its own")
	seen.See("swap", "Debian", Met, "")
	seen.See("swap", "Debian", Met, "a table of its own")
	seen.See("arch", "RedHat", Unmet, "a uname of its own")
	seen.See("arch", "RedHat", Unmet, "")
	file := filepath.Join(t.TempDir(), "tried.txt")
	if err := seen.Write(file, all); err != nil {
		t.Fatal(err)
	}
	const want = "arch RedHat: unmet\nswap Debian: unmet* met | a table of its own\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(head+want, string(text)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
	read, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seen.all(), read.all()); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	if rows := read.Of("swap"); len(rows) != 1 || rows[0].Words() != "unmet*, met" || rows[0].Has(Fixed) {
		t.Errorf("the rows of swap: %v", rows)
	}
}

// Each test writes what it is about, and keeps what others have written.
func TestWriteKeepsOthers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tried.txt")
	first, second := &Record{}, &Record{}
	first.See("swap", "Debian", Met, "")
	first.See("clocks", "Debian", Met, "")
	second.See("clocks", "Debian", Unmet, "")
	second.See("swap", "Flatcar", Met, "")
	clocks := func(id string) bool { return id == "clocks" }
	if err := first.Write(file, all); err != nil {
		t.Fatal(err)
	}
	if err := second.Write(file, clocks); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(head+"clocks Debian: unmet\nswap Debian: met\n", string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDifferences(t *testing.T) {
	seen, recorded := &Record{}, &Record{}
	seen.See("same", "Debian", Met, "")
	recorded.See("same", "Debian", Met, "")
	seen.See("new", "Debian", Met, "")
	recorded.See("gone", "Debian", Met, "")
	seen.See("other", "Debian", Met, "")
	recorded.See("other", "Debian", Met, "imitated")
	recorded.See("of another test", "Debian", Met, "")
	want := []string{
		"not in the record: new Debian: met",
		"in the record, but not seen: gone Debian: met",
		"seen: other Debian: met; in the record: other Debian: met* | imitated",
	}
	got := seen.Differences(recorded, func(id string) bool { return id != "of another test" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := seen.Differences(seen, all); got != nil {
		t.Errorf("of itself: %v", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"no family":          {"swap: met\n", "tried.txt:1: want ID FAMILY"},
		"no sights":          {"# head\nswap Debian\n", "tried.txt:2: want ID FAMILY"},
		"an unknown sight":   {"swap Debian: unmet seen\n", `"seen" is none of`},
		"no reason for that": {"swap Debian: unmet*\n", "there is no reason"},
	} {
		file := filepath.Join(t.TempDir(), "tried.txt")
		if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// Held compares with the file, and writes it only where that is asked for.
func TestHeld(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tried.txt")
	seen := &Record{}
	seen.See("swap", "Debian", Met, "")
	if _, err := seen.Held(file, all, false); err == nil {
		t.Error("a record that is not there was taken for one")
	}
	if lines, err := seen.Held(file, all, true); err != nil || lines != nil {
		t.Fatalf("update: %v, %v", lines, err)
	}
	if lines, err := seen.Held(file, all, false); err != nil || lines != nil {
		t.Errorf("as it was written: %v, %v", lines, err)
	}
	seen.See("swap", "Debian", Unmet, "")
	if lines, err := seen.Held(file, all, false); err != nil || len(lines) != 1 {
		t.Errorf("another sight: %v, %v", lines, err)
	}
}
