package inventory

import "errors"

// word is a word of a line, without its quotes.
type word struct {
	text []rune
	// cols holds, for each character of text, its column in the line, from 1.
	cols []int
	// col is where the word begins, which differs from cols[0] if it is quoted.
	col int
}

func (w word) String() string { return string(w.text) }

// colAt is the column of the i-th character; of the end if there is none.
func (w word) colAt(i int) int {
	switch {
	case i < len(w.cols):
		return w.cols[i]
	case len(w.cols) > 0:
		return w.cols[len(w.cols)-1] + 1
	}
	return w.col
}

var (
	errNoClosingQuote = errors.New("a quotation mark is not closed")
	errNothingEscaped = errors.New("nothing follows the backslash")
)

// splitWords splits a line as Python's shlex.split(line, comments=True) does:
// quotes group and vanish, a backslash escapes, and # begins a comment even in
// the middle of a word.
func splitWords(line []rune) ([]word, error) {
	s := wordSplitter{line: line}
	for s.i < len(s.line) {
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	s.finish()
	return s.words, nil
}

type wordSplitter struct {
	line  []rune
	i     int
	words []word
	// open tells that the last of words goes on.
	open bool
	// text and cols are those of all words, one behind the other.
	text []rune
	cols []int
}

// next consumes one character, or one quoted stretch.
func (s *wordSplitter) next() error {
	switch c := s.line[s.i]; c {
	case ' ', '\t', '\r', '\n':
		s.finish()
		s.i++
	case '#':
		s.finish()
		s.i = len(s.line)
	case '\\':
		if s.i+1 >= len(s.line) {
			return errNothingEscaped
		}
		s.begin()
		s.i++
		s.take()
	case '\'', '"':
		return s.quoted(c)
	default:
		s.take()
	}
	return nil
}

// quoted consumes a stretch between two quotation marks. Between single ones
// nothing is special; between double ones a backslash escapes " and itself.
func (s *wordSplitter) quoted(quote rune) error {
	s.begin()
	for s.i++; s.i < len(s.line); {
		c := s.line[s.i]
		if c == quote {
			s.i++
			return nil
		}
		if c == '\\' && quote == '"' && s.i+1 < len(s.line) {
			if n := s.line[s.i+1]; n == '"' || n == '\\' {
				s.i++
			}
		}
		s.take()
	}
	return errNoClosingQuote
}

// begin starts a word here unless one has been started.
func (s *wordSplitter) begin() {
	if s.open {
		return
	}
	s.open = true
	s.words = append(s.words, word{col: s.i + 1, text: s.text[len(s.text):], cols: s.cols[len(s.cols):]})
}

// take adds the current character to the word. All words of a line together have
// no more characters than it, so that they share the memory for them.
func (s *wordSplitter) take() {
	s.begin()
	s.text, s.cols = append(s.text, s.line[s.i]), append(s.cols, s.i+1)
	w := &s.words[len(s.words)-1]
	n := len(w.text) + 1
	w.text, w.cols = s.text[len(s.text)-n:], s.cols[len(s.cols)-n:]
	s.i++
}

// finish ends the word, if there is one.
func (s *wordSplitter) finish() { s.open = false }
