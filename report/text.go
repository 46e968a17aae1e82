package report

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// escapes are the terminal control sequences of ECMA-48 in their 7-bit form:
// strings (OSC, DCS, SOS, PM, APC) up to their end, CSI sequences, and the
// short ones. A string that never ends is taken to the end of the line.
var escapes = regexp.MustCompile("\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\|$)?" +
	"|\x1b\\[[0-?]*[ -/]*[@-~]?" +
	"|\x1b[ -/]*[0-~]?")

// clean makes one line that a node printed harmless for a terminal: no escape
// sequences, no control or formatting characters, valid UTF-8. Of a line that
// was rewritten with carriage returns, as progress meters do, the last state is
// kept, which is what its terminal would have shown.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	s = escapes.ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), "")
	s = strings.TrimRight(s, "\r\n")
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		s = s[i+1:]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}

// Clean is what of a line from a node can be shown on a terminal.
func Clean(line string) string { return clean(line) }

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// cleanLines cleans a text line by line and drops empty lines at its ends.
func cleanLines(s string) []string {
	lines := strings.Split(strings.Trim(s, "\r\n"), "\n")
	for i, l := range lines {
		lines[i] = clean(l)
	}
	return lines
}

// width is how many columns a terminal gives the text.
func width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return uniseg.StringWidth(s)
}

// pad fills the text with spaces up to n columns.
func pad(s string, n int) string {
	if missing := n - width(s); missing > 0 {
		return s + strings.Repeat(" ", missing)
	}
	return s
}

// cut shortens the text to n columns, the last of which then show that
// something is missing.
func (p pen) cut(s string, n int) string {
	if width(s) <= n {
		return s
	}
	mark := p.symbol(symCut)
	if n <= width(mark) {
		mark = ""
	}
	return prefix(s, n-width(mark)) + mark
}

// prefix returns as much of the text as fits into n columns.
func prefix(s string, n int) string {
	end, used, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += w; used > n {
			break
		}
		end += len(cluster)
	}
	return s[:end]
}

// wrap breaks the text at spaces into lines of at most n columns. A word that
// is longer is broken where the line ends. It returns one line at least.
func wrap(s string, n int) []string {
	n = max(n, 1)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && width(line)+1+width(word) <= n {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for width(word) > n {
			head := prefix(word, n)
			if head == "" { // a character wider than the line
				_, size := utf8.DecodeRuneInString(word)
				head = word[:size]
			}
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// seconds renders a duration as a person says it: 0.4s, 41s, 2m14s, 1h03m.
func seconds(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 9950*time.Millisecond:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

func floatSeconds(s float64) string { return seconds(time.Duration(s * float64(time.Second))) }

// bytesText renders a size in decimal units, as download tools do.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// count renders "1 node", "3 nodes".
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "sh") || strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// namesShown is how many names of a list stand for themselves before the list
// is shortened to its length and its first names.
const namesShown = 3

// nameList says which nodes are meant: their names if they are few, else how
// many they are and the first of them. With all, every name.
func (p pen) nameList(names []string, all bool) string {
	if len(names) <= namesShown+1 {
		return strings.Join(names, ", ")
	}
	if all {
		return fmt.Sprintf("%d nodes: %s", len(names), strings.Join(names, ", "))
	}
	return fmt.Sprintf("%d nodes: %s, %s", len(names),
		strings.Join(names[:namesShown], ", "), p.symbol(symCut))
}

// and joins words as a sentence does: a, b and c.
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
