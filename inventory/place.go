package inventory

import (
	"strings"
	"unicode/utf8"
)

// within is the place of a part of a text that stands at pos, offset bytes from its
// beginning; it is pos where the text cannot be found in the file as it is.
func (p *problems) within(pos Pos, text string, offset int) Pos {
	lines := p.lines[pos.File]
	if pos.Line < 1 || pos.Line > len(lines) || pos.Column < 1 || offset > len(text) {
		return pos
	}
	before := text[:offset]
	row := strings.Count(before, "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	line, _, _ := strings.Cut(text[start:], "\n")
	line = strings.TrimRight(line, "\r")
	if strings.TrimSpace(line) == "" {
		return pos
	}
	at := pos.Line - 1
	from := len(prefix(lines[at], pos.Column-1))
	if row > 0 || !strings.Contains(lines[at][from:], line) { // a text that begins below, as behind | in YAML
		at, from = pos.Line+row, 0
	}
	if at >= len(lines) {
		return pos
	}
	column := strings.Index(lines[at][from:], line)
	if column < 0 {
		return pos
	}
	column += from + offset - start
	return Pos{File: pos.File, Line: at + 1, Column: utf8.RuneCountInString(lines[at][:column]) + 1}
}
