package roles

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"dcosup/testing/lab/tried"

	"github.com/google/go-cmp/cmp"
)

// coverage is what the tests of this package have seen: every requirement must
// have been met and not met by some node, and every fix must have succeeded on
// one, and been undone on one. It is judged when all tests have run.
type coverage struct {
	mu         sync.Mutex
	met, unmet map[string]bool // by requirement
	worked     map[string]bool // by fix
	undone     map[string]bool // by fix
}

var covered = coverage{met: map[string]bool{}, unmet: map[string]bool{}, worked: map[string]bool{}, undone: map[string]bool{}}

// judged notes a finding that Judge or JudgeAcross came to.
func (c *coverage) judged(f Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Status == Pass {
		c.met[f.ID] = true
	} else {
		c.unmet[f.ID] = true
	}
}

// fixed notes the exit codes of fixes that ran.
func (c *coverage) fixed(codes map[string]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, code := range codes {
		if code == 0 {
			c.worked[id] = true
		}
	}
}

// restored notes a fix whose changes were put back.
func (c *coverage) restored(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.undone[id] = true
}

// judgedByInstaller are those whose tests stand in package installer.
var judgedByInstaller = []string{IDDetect, IDDetectPublic, IDDetectIP6, IDDetectFaultDomain, IDDCOSVersion, IDDCOSRole}

// missing names what no test has seen.
func (c *coverage) missing() []string {
	var lines []string
	for _, r := range Known() {
		if slices.Contains(judgedByInstaller, r.ID) {
			continue
		}
		if !c.met[r.ID] {
			lines = append(lines, "no test has a node that meets "+r.ID)
		}
		if !c.unmet[r.ID] {
			lines = append(lines, "no test has a node that does not meet "+r.ID)
		}
	}
	for _, fix := range fixTable(Facts{}) {
		if !c.worked[fix.id] {
			lines = append(lines, "no test has the fix "+fix.id+" succeed")
		}
		if !c.undone[fix.id] {
			lines = append(lines, "no test puts back what the fix "+fix.id+" changed")
		}
	}
	return lines
}

// TestMain judges the coverage after a run of all tests.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if flag.Lookup(name).Value.String() != "" {
			os.Exit(code)
		}
	}
	for _, line := range covered.missing() {
		fmt.Println(line)
		code = 1
	}
	os.Exit(code)
}

// A requirement without tests is noticed.
func TestCoverageNotices(t *testing.T) {
	empty := &coverage{}
	want := 2*(len(Known())-len(judgedByInstaller)) + 2*len(fixTable(Facts{}))
	if got := empty.missing(); len(got) != want || got[0] != "no test has a node that meets root" {
		t.Errorf("got %d lines, want %d: %v", len(got), want, got)
	}
}

// recordFile is what the tests on real nodes have seen; they fail when it differs.
const recordFile = "testdata/tried.txt"

// Every requirement was tried on real nodes: one that does not meet it, one that
// does and, where there is a fix, one that the fix mended, on Debian too. See
// the tests on nodes of this package, and TestCheckOnNodesWithFlaws of testing/e2e, which write the record.
func TestEveryRequirementIsTriedOnNodes(t *testing.T) {
	record, err := tried.Read(recordFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range untried(record) {
		t.Error(line)
	}
}

// untried names what no real node has shown, and what to write.
func untried(record *tried.Record) []string {
	var lines []string
	for _, r := range Known() {
		write := "add a row with the id to anywhere in roles/families_rows_lab_test.go, then run go test -tags lab ./roles -update"
		if r.satisfied == nil {
			write = "add it to flaws in testing/e2e/check_test.go, then run go test -tags lab -run TestCheckOnNodesWithFlaws ./testing/e2e -update"
		}
		seen := map[tried.Sight]bool{}
		onDebian := false
		for _, row := range record.Of(r.ID) {
			for _, sight := range []tried.Sight{tried.Unmet, tried.Fixed, tried.Met} {
				seen[sight] = seen[sight] || row.Has(sight)
			}
			onDebian = onDebian || row.Family == string(FamilyDebian) && row.Has(tried.Fixed)
		}
		switch {
		case !seen[tried.Unmet]:
			lines = append(lines, "no real node does not meet "+r.ID+": "+write)
		case !seen[tried.Met]:
			lines = append(lines, "no real node meets "+r.ID+": "+write)
		case r.fix != "" && !seen[tried.Fixed]:
			lines = append(lines, "no real node was mended by the fix of "+r.ID+": "+write)
		case r.fix != "" && !onDebian:
			lines = append(lines, "no node of Debian's family was mended by the fix of "+r.ID+": "+write)
		}
	}
	return lines
}

// A requirement that was not tried on nodes is noticed.
func TestUntriedNotices(t *testing.T) {
	record := &tried.Record{}
	for _, r := range Known() {
		for _, sight := range []tried.Sight{tried.Unmet, tried.Fixed, tried.Met} {
			switch {
			case r.ID == "root" || r.ID == "swap" && sight == tried.Met || r.ID == "ipv6" && sight == tried.Fixed:
			case r.ID == "selinux":
				record.See(r.ID, string(FamilyRedHat), sight, "")
			default:
				record.See(r.ID, string(FamilyDebian), sight, "")
			}
		}
	}
	want := []string{
		"no real node does not meet root: add a row",
		"no node of Debian's family was mended by the fix of selinux: add a row",
		"no real node meets swap: add a row",
		"no real node was mended by the fix of ipv6: add a row",
	}
	var got []string
	for _, line := range untried(record) {
		before, _, _ := strings.Cut(line, ": add a row")
		got = append(got, before+": add a row")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if lines := untried(&tried.Record{}); len(lines) != len(Known()) || !strings.Contains(lines[len(lines)-1], "testing/e2e") {
		t.Errorf("of nothing: %d lines, want %d: %v", len(lines), len(Known()), lines)
	}
}
