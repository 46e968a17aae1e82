package genconf_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

// docs/inventory.md has a row for each setting that takes methods, with all their words.
func TestMethodsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/inventory.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Detection scripts")
	got := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+_detect[a-z_]*)`[^|]*\\| ([^|]*) \\|").FindAllStringSubmatch(section, -1) {
		got[row[1]] = regexp.MustCompile("[a-z0-9]+").FindAllString(row[2], -1)
	}
	want := genconf.Methods()
	for _, words := range []map[string][]string{got, want} {
		for _, list := range words {
			slices.Sort(list)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-code +page):\n%s", diff)
	}
}
