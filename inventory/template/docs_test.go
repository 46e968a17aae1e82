package template

import (
	"os"
	"strings"
	"testing"
)

// TestDocs holds the page about inventories against what there is.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/inventory.md")
	if err != nil {
		t.Fatal(err)
	}
	row := func(what string) string {
		_, rest, _ := strings.Cut(string(page), "\n| "+what+" |")
		row, _, _ := strings.Cut(rest, "\n")
		return row
	}
	b := known()
	filters, tests := row("filters"), row("tests")
	for name := range b.filters {
		if !strings.Contains(filters, "`"+name+"`") {
			t.Errorf("the page lacks the filter %s", name)
		}
		if _, both := unknownFilters[name]; both {
			t.Errorf("the filter %s is known, and refused as unknown", name)
		}
	}
	for name := range b.tests {
		if !strings.ContainsAny(name, "=<>!") && !strings.Contains(tests, "`"+name+"`") {
			t.Errorf("the page lacks the test %s", name)
		}
	}
	if n := strings.Count(filters, "`") / 2; n != len(b.filters) {
		t.Errorf("the page has %d filters, and there are %d", n, len(b.filters))
	}
}
