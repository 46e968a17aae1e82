package roles

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
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
