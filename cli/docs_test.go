package cli

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcosup/installer"
	"dcosup/report"
)

// docs/commands.md is the interface. What it says is held against the code.

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// column returns the matches of the first group of a pattern, sorted, each once.
func column(text, pattern string) []string {
	var found []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// commands are all that do something by themselves.
func commands() (all []*cobra.Command) {
	for _, c := range newRoot(&app{}).Commands() {
		if c.HasSubCommands() {
			all = append(all, c.Commands()...)
		} else {
			all = append(all, c)
		}
	}
	return all
}

// path is what a person types for a command, behind dcosup.
func path(c *cobra.Command) string { return strings.TrimPrefix(c.CommandPath(), "dcosup ") }

func TestEveryCommandIsDocumented(t *testing.T) {
	want := []string{"completion"} // cobra adds it when a command line is run
	for _, c := range commands() {
		if !c.Hidden {
			want = append(want, path(c))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, column(page(t), "(?m)^\\| `dcosup ([a-z]+(?: [a-z]+)?)")); diff != "" {
		t.Errorf("commands (-code +page):\n%s", diff)
	}
}

func TestEveryFlagIsDocumented(t *testing.T) {
	var want []string
	for _, c := range commands() {
		if c.Hidden {
			continue
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			name := "--" + f.Name
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + " " + name
			}
			want = append(want, name)
		})
	}
	slices.Sort(want)
	want = slices.Compact(want)
	got := column(strings.ReplaceAll(page(t), "`, `", " "), "(?m)^\\| `(-[^`]*)`")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flags (-code +page):\n%s", diff)
	}
}

func TestEveryExitCodeIsDocumented(t *testing.T) {
	var want []string
	for _, k := range []installer.Kind{"", installer.KindFailed, installer.KindUsage, installer.KindPrerequisite,
		installer.KindUnreachable, installer.KindLocked, installer.KindInterrupted} {
		want = append(want, strconv.Itoa(k.ExitCode()))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, column(page(t), `(?m)^\| (\d+) \|`)); diff != "" {
		t.Errorf("exit codes (-code +page):\n%s", diff)
	}
}

// The fields of a check's document and of findings are an interface, too.
func TestEveryFieldOfACheckIsDocumented(t *testing.T) {
	_, section, _ := strings.Cut(page(t), "## What a check tells")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, tc := range []struct {
		of     any
		prefix string
	}{{report.CheckReport{}, "."}, {installer.CheckedFinding{}, ""}} {
		var want []string
		for _, name := range jsonFields(tc.of) {
			want = append(want, tc.prefix+name)
		}
		slices.Sort(want)
		pattern := "(?m)^\\| `([a-z_]+)` \\|"
		if tc.prefix != "" {
			pattern = "(?m)^\\| `(\\.[a-z_]+)` \\|"
		}
		if diff := cmp.Diff(want, column(section, pattern)); diff != "" {
			t.Errorf("fields of %T (-code +page):\n%s", tc.of, diff)
		}
	}
	for _, of := range []any{report.CheckCounts{}, report.NodeCheck{}} {
		for _, name := range jsonFields(of) {
			if !strings.Contains(section, "`"+name+"`") {
				t.Errorf("%T: the page does not name %s", of, name)
			}
		}
	}
}

// jsonFields are the names of a struct's fields in JSON.
func jsonFields(of any) (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func TestEveryEventIsDocumented(t *testing.T) {
	var want []string
	for _, e := range []installer.EventType{installer.RunStarted, installer.NodeFound, installer.PlanMade, installer.StepStarted,
		installer.StepProgress, installer.StepOutput, installer.StepEnded, installer.Note, installer.RunEnded} {
		want = append(want, string(e))
	}
	slices.Sort(want)
	_, events, _ := strings.Cut(page(t), "## Events")
	if diff := cmp.Diff(want, column(events, "(?m)^\\| `([a-z-]+)` \\|")); diff != "" {
		t.Errorf("events (-code +page):\n%s", diff)
	}
}
