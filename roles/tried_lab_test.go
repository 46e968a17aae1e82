//go:build lab

package roles_test

import (
	"flag"
	"testing"

	"dcosup/roles"
	"dcosup/testing/lab/tried"
)

// seen is what the tests of this package have seen on real nodes.
var seen = &tried.Record{}

// whole tells whether all tests run: what only some have seen says nothing of all.
func whole() bool {
	return flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == ""
}

// TestTried holds what was seen of each requirement against testdata/tried.txt, which
// docs/requirements.md tells of; -update writes it anew. It stands in the last
// file with tests on nodes, so that it runs when they have.
func TestTried(t *testing.T) {
	if !whole() {
		t.Skip("only some tests run: what they see is no record")
	}
	judged := func(id string) bool { return roles.Elsewhere(id).ID == "" }
	differences, err := seen.Held("testdata/tried.txt", judged, flag.Lookup("update").Value.String() == "true")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range differences {
		t.Error(line)
	}
	if t.Failed() {
		t.Log("if that is right: go test -tags lab ./roles -update, then go test -run TestRequirementsPage ./roles -update")
	}
}
