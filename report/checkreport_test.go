package report

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/installer"
)

// checkStory is a check that found something of each sort.
func checkStory() *story {
	s := &story{}
	s.started("check")
	s.found(1, "boot", tarPasses)
	s.found(1.1, "master-1", tarPasses, byPolicy(littleMemory, "warn", "a lab, for a week"), port53)
	s.found(1.2, "agent-1", tarPasses, byPolicy(noDocker, "off", "podman | moby"), littleMemory)
	s.at(1.5, installer.Event{Type: installer.NodeFound, Node: "agent-2", Role: "agent", Failure: &installer.Failure{
		Node: "agent-2", Kind: installer.KindUnreachable, Message: "cannot reach agent-2: no route to host", Hint: "is it on?"}})
	s.at(2, installer.Event{Type: installer.RunEnded, Summary: &installer.Summary{Command: "check", ExitCode: 3, Seconds: 2}})
	return s
}

// checkFile tells a story to one report file and returns what is in it.
func checkFileOf(t *testing.T, name string, s *story) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	sink, err := NewCheckFiles([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	s.tell(sink)
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before the check is over")
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if rest, _ := os.ReadDir(filepath.Dir(path)); len(rest) != 1 {
		t.Errorf("there is more than the file: %v", rest)
	}
	return string(text)
}

func TestCheckFiles(t *testing.T) {
	for _, name := range []string{"check.json", "check.xml", "check.md"} {
		t.Run(name, func(t *testing.T) { golden(t, name, checkFileOf(t, name, checkStory())) })
	}
}

// What is written can be read back, and the numbers of JUnit are those of its
// cases.
func TestCheckFilesCanBeRead(t *testing.T) {
	var r CheckReport
	if err := json.Unmarshal([]byte(checkFileOf(t, "r.json", checkStory())), &r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(CheckCounts{Fail: 1, Warn: 2, Off: 1, Pass: 3, Unreachable: 1}, r.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	var all struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal([]byte(checkFileOf(t, "r.xml", checkStory())), &all); err != nil {
		t.Fatal(err)
	}
	failures, errs, skipped := 0, 0, 0
	for _, c := range all.Cases {
		if c.Failure != nil {
			failures++
		}
		if c.Error != nil {
			errs++
		}
		if c.Skipped != nil {
			skipped++
		}
	}
	got := []int{all.Tests, all.Failures, all.Errors, all.Skipped}
	if diff := cmp.Diff([]int{len(all.Cases), failures, errs, skipped}, got); diff != "" || all.Tests != 8 {
		t.Errorf("tests, failures, errors, skipped (-counted +told):\n%s", diff)
	}
}

// What a node says is text, whatever it looks like.
func TestCheckFilesTameNodes(t *testing.T) {
	evil := noDocker
	evil.Found = "<script>&]]> | **b**\x1b[31m\x00\n# head `x`"
	for _, name := range []string{"r.json", "r.xml", "r.md"} {
		s := &story{}
		s.started("check")
		s.found(1, "boot", evil)
		text := checkFileOf(t, name, s)
		if strings.ContainsAny(text, "\x1b\x00") {
			t.Errorf("%s: a control character came through: %q", name, text)
		}
		switch name {
		case "r.xml":
			if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case "r.md":
			want := `\<script\>&\]\]\> \| \*\*b\*\* \# head \` + "`x\\`"
			if rows := strings.Count(text, "\n|"); rows != 3 || !strings.Contains(text, want) {
				t.Errorf("%s: %d rows, want 3 with %s:\n%s", name, rows, want, text)
			}
		}
	}
}

func TestCheckFilesRefused(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct {
		name  string
		paths []string
		want  string
	}{
		{"no known ending", []string{filepath.Join(dir, "r.txt")}, "must end in .json, .xml or .md"},
		{"twice", []string{filepath.Join(dir, "r.md"), filepath.Join(dir, "r.md")}, "named twice"},
		{"no directory", []string{filepath.Join(dir, "r.md"), filepath.Join(dir, "none", "r.xml")}, "no such file"},
	} {
		if _, err := NewCheckFiles(tc.paths); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: left %v", tc.name, left)
		}
	}
}
