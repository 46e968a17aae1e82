package ansiblecfg

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dcosup/inventory"
)

// everywhere is the section whose options count in all others.
const everywhere = "DEFAULT"

// option is one of a section, and where its value begins.
type option struct {
	value string
	pos   inventory.Pos
}

// parse reads the file as Python's configparser does for Ansible, into options
// by "section.key"; keys are in lower case.
func (l *loader) parse() map[string]option {
	p := &iniReader{loader: l, options: map[string]option{}, sections: map[string]int{}}
	for i, line := range l.lines {
		if !utf8.ValidString(line) {
			l.fail(inventory.Pos{File: l.s.File, Line: i + 1}, "save the file as UTF-8", "the line is not UTF-8 text")
			return nil
		}
		p.line(i+1, line)
	}
	for key, o := range p.options {
		o.value = strings.TrimRightFunc(o.value, unicode.IsSpace)
		p.options[key] = o
	}
	return p.options
}

// iniReader is between two lines.
type iniReader struct {
	*loader
	options map[string]option
	// sections are the lines at which they begin.
	sections map[string]int
	section  string
	// key is the option that an indented line goes on with, "" if there is none.
	key    string
	indent int
}

// line reads one line.
func (p *iniReader) line(number int, line string) {
	text, comment := cutComment(line)
	indent := len(line) - len(strings.TrimLeftFunc(line, unicode.IsSpace))
	at := inventory.Pos{File: p.s.File, Line: number, Column: utf8.RuneCountInString(line[:indent]) + 1}
	switch {
	case text == "" && p.key != "" && !comment:
		p.append("") // an empty line does not end a value
	case text == "":
	case p.key != "" && indent > p.indent:
		p.append(text)
	case text[0] == '[' && strings.Contains(text, "]"):
		p.indent, p.key = indent, ""
		p.begin(text[1:strings.LastIndex(text, "]")], at)
	case p.section == "":
		p.fail(at, "write [defaults] above it", "the line stands in no section")
	default:
		p.indent = indent
		p.option(text, at)
	}
}

// append goes on with the value of the option before.
func (p *iniReader) append(text string) {
	o := p.options[p.key]
	o.value += "\n" + text
	p.options[p.key] = o
}

// begin begins a section.
func (p *iniReader) begin(name string, at inventory.Pos) {
	if first, twice := p.sections[name]; twice && name != everywhere {
		p.fail(at, "join the two", "the section [%s] is here for the second time; it began in line %d", name, first)
	}
	p.sections[name] = at.Line
	p.section = name
}

// option reads key = value or key: value.
func (p *iniReader) option(text string, at inventory.Pos) {
	cut := strings.IndexAny(text, "=:")
	if cut < 0 {
		p.fail(at, "write key = value", "the line makes no setting")
		return
	}
	value := strings.TrimLeftFunc(text[cut+1:], unicode.IsSpace)
	pos := at
	pos.Column += utf8.RuneCountInString(text) - utf8.RuneCountInString(value)
	key := p.section + "." + strings.ToLower(strings.TrimSpace(text[:cut]))
	if first, twice := p.options[key]; twice {
		p.fail(at, "remove one of them", "%s is here for the second time; it is in line %d too", strings.TrimSpace(text[:cut]), first.pos.Line)
	}
	p.options[key] = option{value: value, pos: pos}
	p.key = key
}

// cutComment returns what stands before a comment, without white space around
// it: a line that begins with # or ;, or what follows a ; behind white space.
func cutComment(line string) (text string, comment bool) {
	text = strings.TrimSpace(line)
	if text != "" && (text[0] == '#' || text[0] == ';') {
		return "", true
	}
	for i := 1; i < len(line); i++ {
		if line[i] == ';' && unicode.IsSpace(rune(line[i-1])) {
			return strings.TrimSpace(line[:i]), true
		}
	}
	return text, false
}
