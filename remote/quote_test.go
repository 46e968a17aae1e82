package remote_test

import (
	"os/exec"
	"strings"
	"testing"

	"dcosup/remote"
)

func TestQuote(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{""}, "''"},
		{[]string{"plain", "/a-b_c.d:e,f@g%h+i"}, "plain /a-b_c.d:e,f@g%h+i"},
		{[]string{"two words"}, "'two words'"},
		{[]string{"it's"}, `'it'\''s'`},
		{[]string{"a=b"}, "'a=b'"}, // as a first word it would be an assignment
		{[]string{"~", "*", "#"}, "'~' '*' '#'"},
		{[]string{"nul\x00byte"}, "nulbyte"},
	}
	for _, tt := range tests {
		if got := remote.Quote(tt.args...); got != tt.want {
			t.Errorf("Quote(%q) is %s, want %s", tt.args, got, tt.want)
		}
	}
}

// FuzzQuote asks real shells what they make of a quoted word.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "a b", "'", `\`, "$(id)", "`id`", "!!", "\n", "\t", "-n", "é", "\xff\xfe", "a'b'c", "{a,b}", "~root"} {
		f.Add(seed, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 10000 {
			return // the command line of this very test is limited, a script is not
		}
		clean := func(s string) string { return strings.ReplaceAll(s, "\x00", "") }
		want := "<" + clean(a) + "><" + clean(b) + ">"
		for _, sh := range [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}} {
			cmd := exec.Command(sh[0], append(sh[1:], "-c", "set -- "+remote.Quote(a, b)+`; printf '<%s>' "$@"`)...)
			got, err := cmd.Output()
			if err != nil || string(got) != want {
				t.Errorf("%s: %q became %q, %v", sh, want, got, err)
			}
		}
	})
}
