package report

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
)

// screen is a terminal of a few rows: it understands what the live view may
// write, and takes note of all else. What scrolls out at its top is kept, as
// in a terminal's history.
type screen struct {
	mu            sync.Mutex
	columns, tall int
	history       []string
	rows          [][]string // of the screen, a string for each column
	y, x          int
	writes        int
	strange       []string // what the view must not write
}

func newScreen(columns, tall int) *screen {
	return &screen{columns: columns, tall: tall, rows: [][]string{nil}}
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	for rest := string(b); rest != ""; {
		rest = s.one(rest)
	}
	return len(b), nil
}

// one carries out what the text begins with, and returns what follows.
func (s *screen) one(text string) string {
	switch {
	case strings.HasPrefix(text, "\x1b["):
		return s.csi(text[2:])
	case text[0] == '\n':
		s.newline()
		return text[1:]
	case text[0] == '\r':
		s.x = 0
		return text[1:]
	case text[0] < 0x20 || text[0] == 0x7f:
		s.strange = append(s.strange, fmt.Sprintf("%q", text[0]))
		return text[1:]
	}
	cluster, rest, wide, _ := uniseg.FirstGraphemeClusterInString(text, -1)
	if s.x+wide > s.columns {
		s.newline()
	}
	s.put(cluster, wide)
	return rest
}

func (s *screen) put(cluster string, wide int) {
	row := s.rows[s.y]
	for len(row) < s.x+wide {
		row = append(row, " ")
	}
	row[s.x] = cluster
	for i := 1; i < wide; i++ {
		row[s.x+i] = ""
	}
	s.rows[s.y] = row
	s.x += wide
}

func (s *screen) newline() {
	s.x = 0
	if s.y++; s.y < len(s.rows) {
		return
	}
	s.rows = append(s.rows, nil)
	if len(s.rows) > s.tall {
		s.history = append(s.history, strings.Join(s.rows[0], ""))
		s.rows = s.rows[1:]
		s.y--
	}
}

func (s *screen) csi(text string) string {
	i := strings.IndexFunc(text, func(r rune) bool { return r >= '@' && r <= '~' })
	args, final, rest := text[:i], text[i], text[i+1:]
	switch {
	case final == 'A':
		n := 0
		fmt.Sscan(args, &n)
		if n > s.y {
			s.strange = append(s.strange, fmt.Sprintf("cursor moved %d rows above the screen", n-s.y))
			n = s.y
		}
		s.y -= n
	case final == 'K' && args == "":
		s.rows[s.y] = s.rows[s.y][:min(s.x, len(s.rows[s.y]))]
	case final == 'J' && args == "":
		s.rows = s.rows[:s.y+1]
		s.rows[s.y] = s.rows[s.y][:min(s.x, len(s.rows[s.y]))]
	case final == 'm':
	default:
		s.strange = append(s.strange, "CSI "+args+string(final))
	}
	return rest
}

// resize makes the screen narrower and wraps its long rows anew, as most
// terminals do.
func (s *screen) resize(columns int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns = columns
	var rows [][]string
	for i, row := range s.rows {
		for len(row) > columns {
			rows = append(rows, row[:columns])
			row = row[columns:]
		}
		if i == s.y {
			s.y = len(rows)
		}
		rows = append(rows, slices.Clone(row))
	}
	s.rows = rows
}

// text is all that can be seen, with the history; trailing blanks do not count.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := slices.Clone(s.history)
	for _, row := range s.rows {
		lines = append(lines, strings.Join(row, ""))
	}
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// verify reports what the view did that it must not.
func (s *screen) verify(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.strange) > 0 {
		t.Errorf("strange output: %v", s.strange)
	}
	if s.x != 0 {
		t.Errorf("the cursor rests in column %d, want 0", s.x)
	}
}

// The screen is worth no more than what it understands.
func TestScreen(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"lines", "a\nb\n", "a\nb"},
		{"wrap", "abcdefghijkl\n", "abcdefghij\nkl"},
		{"rewrite a row", "one\ntwo\n\r\x1b[2Aeins\x1b[K\n", "eins\ntwo"},
		{"erase below", "one\ntwo\n\x1b[2A\x1b[Jx\n", "x"},
		{"scroll", "1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5"},
		{"wide characters", "世界世界世界\n", "世界世界世\n界"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScreen(10, 4)
			fmt.Fprint(s, tt.in)
			if diff := cmp.Diff(tt.want, s.text()); diff != "" {
				t.Errorf("screen (-want +got):\n%s", diff)
			}
			s.verify(t)
		})
	}
}
