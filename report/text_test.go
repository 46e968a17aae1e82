package report

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text", "all is well", "all is well"},
		{"other scripts stay", "Überprüfung 世界 ✓", "Überprüfung 世界 ✓"},
		{"colours", "\x1b[1;31mred\x1b[0m", "red"},
		{"cursor and screen", "\x1b[2J\x1b[10;1Hhome\x1b[?25l", "home"},
		{"window title", "\x1b]0;owned\x07text", "text"},
		{"window title with the other end", "\x1b]0;owned\x1b\\text", "text"},
		{"device control string", "\x1bPq#0;2;0\x1b\\text", "text"},
		{"a string without end", "text\x1b]52;c;aGk=", "text"},
		{"short sequences", "\x1b7a\x1b8b\x1bcc\x1b(Bd", "abcd"},
		{"a lone escape at the end", "text\x1b", "text"},
		{"a sequence without end", "text\x1b[12;", "text"},
		{"8-bit controls", "a\u009b31mb\u0085c", "a31mbc"},
		{"bell and backspace", "a\a\b\x7fb", "ab"},
		{"direction overrides", "a\u202egnp.exe", "agnp.exe"},
		{"tabs", "a\tb", "a b"},
		{"a line end from Windows", "text\r\n", "text"},
		{"a meter shows its last state", "10%\r50%\r100%", "100%"},
		{"not UTF-8", "a\xff\xfeb", "a\uFFFDb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean(tt.in); got != tt.want {
				t.Errorf("clean(%q): got %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31m\x1b]0;x\x07\u009b")
	f.Add("\x1b\x1b[[A\x1b]\x1b")
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("clean(%q) = %q is not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, unicode.IsControl); i >= 0 {
			t.Errorf("clean(%q) = %q has a control character at %d", s, got, i)
		}
		if again := clean(got); again != got {
			t.Errorf("clean(%q) = %q, cleaned again %q", s, got, again)
		}
	})
}

func TestCut(t *testing.T) {
	tests := []struct {
		name, in string
		n        int
		ascii    bool
		want     string
	}{
		{"it fits", "abc", 3, false, "abc"},
		{"it does not", "abcd", 3, false, "ab…"},
		{"in ASCII", "abcdef", 5, true, "ab..."},
		{"no room for a mark", "abcdef", 3, true, "abc"},
		{"half of a wide character", "世界世", 4, false, "世…"},
		{"an accent stays with its letter", "e\u0301e\u0301e\u0301", 2, false, "e\u0301…"},
		{"no room", "abc", 0, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := pen{ascii: tt.ascii}.cut(tt.in, tt.n)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if width(got) > tt.n {
				t.Errorf("%q is %d columns wide, want at most %d", got, width(got), tt.n)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, in string
		n        int
		want     []string
	}{
		{"it fits", "one two", 7, []string{"one two"}},
		{"at spaces", "one two three", 8, []string{"one two", "three"}},
		{"a long word", "an incomprehensibility", 8, []string{"an", "incompre", "hensibil", "ity"}},
		{"wide characters", "世界世界", 4, []string{"世界", "世界"}},
		{"a character wider than the line", "世a", 1, []string{"世", "a"}},
		{"nothing", "", 8, []string{""}},
		{"no room", "ab", 0, []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, wrap(tt.in, tt.n)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSmallWords(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"tenths of a second", seconds(1440 * time.Millisecond), "1.4s"},
		{"seconds", seconds(41900 * time.Millisecond), "41s"},
		{"never 10.0s", seconds(9960 * time.Millisecond), "9s"},
		{"minutes", seconds(134 * time.Second), "2m14s"},
		{"hours", seconds(63 * time.Minute), "1h03m"},
		{"a clock that went back", seconds(-time.Second), "0s"},
		{"bytes", bytesText(999), "999 B"},
		{"kilobytes", bytesText(12e3), "12 kB"},
		{"megabytes", bytesText(300e6), "300 MB"},
		{"gigabytes", bytesText(1100e6), "1.1 GB"},
		{"one", count(1, "node"), "1 node"},
		{"several", count(3, "public agent"), "3 public agents"},
		{"none", count(0, "node"), "0 nodes"},
		{"and of none", and(nil), ""},
		{"and of one", and([]string{"a"}), "a"},
		{"and of three", and([]string{"a", "b", "c"}), "a, b and c"},
		{"few names", pen{}.nameList([]string{"a", "b", "c", "d"}, false), "a, b, c, d"},
		{"many names", pen{}.nameList([]string{"a", "b", "c", "d", "e"}, false), "5 nodes: a, b, c, …"},
		{"all names", pen{}.nameList([]string{"a", "b", "c", "d", "e"}, true), "5 nodes: a, b, c, d, e"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestPen(t *testing.T) {
	if got, want := (pen{color: true}).paint(red, "no"), "\x1b[31mno\x1b[0m"; got != want {
		t.Errorf("with colours: got %q, want %q", got, want)
	}
	if got := (pen{}).paint(red, "no"); got != "no" {
		t.Errorf("without colours: got %q, want %q", got, "no")
	}
	if got, want := (pen{ascii: true}).clean("Überprüfung\x1b[m"), "?berpr?fung"; got != want {
		t.Errorf("ASCII: got %q, want %q", got, want)
	}
	for s := symOK; s <= symBarLeft; s++ {
		if text := (pen{ascii: true}).symbol(s); !isPlain(text) {
			t.Errorf("symbol %d in ASCII is %q", s, text)
		}
		if got := width(pen{}.symbol(s)); got != 1 {
			t.Errorf("symbol %q is %d columns wide, want 1", pen{}.symbol(s), got)
		}
	}
}

func TestTableFits(t *testing.T) {
	columns := []column{{title: "node", min: 4}, {title: "address", min: 7, leaves: 1}, {title: "detail", min: 6}}
	rows := [][]cell{{{"n1", plain}, {"10.0.0.1", plain}, {"a long detail that has to be wrapped", plain}}}
	tests := []struct {
		room int
		want string
	}{
		{80, "node  address   detail\nn1    10.0.0.1  a long detail that has to be wrapped\n"},
		{36, "node  address   detail\nn1    10.0.0.1  a long detail that\n                has to be wrapped\n"},
		{18, "node  detail\nn1    a long\n      detail that\n      has to be\n      wrapped\n"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, drawTable(pen{}, columns, rows, tt.room)); diff != "" {
			t.Errorf("in %d columns (-want +got):\n%s", tt.room, diff)
		}
	}
}
