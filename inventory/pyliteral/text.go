package pyliteral

import (
	"strconv"
	"strings"
)

// strings reads texts in quotes, which Python joins when they follow each other.
func (l *literal) strings() (any, bool) {
	var joined strings.Builder
	for {
		raw := false
		start := l.i
		for !l.end() && strings.ContainsRune("rRuUbB", l.peek()) {
			raw = raw || l.peek() == 'r' || l.peek() == 'R'
			l.i++
		}
		if c := l.peek(); c != '\'' && c != '"' {
			return joined.String(), l.i == start
		}
		s, ok := l.quoted(raw)
		if !ok {
			return nil, false
		}
		joined.WriteString(s)
		l.space()
	}
}

// quoted reads one text in single, double or triple quotes.
func (l *literal) quoted(raw bool) (string, bool) {
	quote := string(l.peek())
	if triple := strings.Repeat(quote, 3); l.at(triple) {
		quote = triple
	}
	l.i += len(quote)
	var b strings.Builder
	for !l.end() {
		switch {
		case l.at(quote):
			l.i += len(quote)
			return b.String(), true
		case l.peek() == '\n' && len(quote) == 1:
			return "", false
		case l.peek() != '\\':
			b.WriteRune(l.peek())
			l.i++
		case l.i+1 >= len(l.text):
			return "", false
		case raw:
			b.WriteRune(l.text[l.i])
			b.WriteRune(l.text[l.i+1])
			l.i += 2
		default:
			if !l.escape(&b) {
				return "", false
			}
		}
	}
	return "", false
}

// at tells whether s stands here.
func (l *literal) at(s string) bool {
	return strings.HasPrefix(string(l.text[l.i:min(len(l.text), l.i+len(s))]), s)
}

// escape reads a backslash and what it stands for. An unknown escape keeps its
// backslash, as in Python.
func (l *literal) escape(b *strings.Builder) bool {
	c := l.text[l.i+1]
	simple := map[rune]string{
		'\n': "", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b",
		'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
	}
	if s, ok := simple[c]; ok {
		b.WriteString(s)
		l.i += 2
		return true
	}
	width := map[rune]int{'x': 2, 'u': 4, 'U': 8}[c]
	switch {
	case width > 0:
		return l.code(b, l.i+2, width, 16)
	case c >= '0' && c <= '7':
		n := 1
		for n < 3 && l.i+1+n < len(l.text) && l.text[l.i+1+n] >= '0' && l.text[l.i+1+n] <= '7' {
			n++
		}
		return l.code(b, l.i+1, n, 8)
	case c == 'N':
		return false
	}
	b.WriteRune('\\')
	b.WriteRune(c)
	l.i += 2
	return true
}

// code reads the number of a character, width digits from start.
func (l *literal) code(b *strings.Builder, start, width, base int) bool {
	if start+width > len(l.text) {
		return false
	}
	n, err := strconv.ParseUint(string(l.text[start:start+width]), base, 32)
	if err != nil || n > 0x10ffff {
		return false
	}
	b.WriteRune(rune(n))
	l.i = start + width
	return true
}
