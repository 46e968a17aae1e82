package inventory

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// readExtraVars reads the values of -e into inv.extra.
func (inv *Inventory) readExtraVars() {
	for i, text := range inv.opts.ExtraVars {
		name := "--extra-vars"
		if i > 0 {
			name = fmt.Sprintf("--extra-vars (%d)", i+1)
		}
		inv.merge(inv.extra, inv.extraVars(name, text))
	}
}

// extraVars reads one value of -e.
func (inv *Inventory) extraVars(name, text string) *Map {
	p, start := inv.problems, Pos{File: name, Line: 1, Column: 1}
	if text == "" {
		return nil
	}
	if path, ok := strings.CutPrefix(text, "@"); ok {
		vars, _ := inv.readVars(path)
		return vars
	}
	p.addFile(name, text)
	switch text[0] {
	case '/', '.':
		p.hintf(start, "write @"+text+" to read a file", "-e takes variables, and this looks like a file")
		return nil
	case '[', '{':
		doc, ok := parseYAML(p, name, text)
		if !ok {
			return nil
		}
		vars, ok := doc.Data.(*Map)
		if !ok {
			p.hintf(start, `write {"name": "value"}`, "-e takes a mapping, not %s", doc.kind())
		}
		return vars
	}
	return parseKeyValues(p, name, text)
}

// parseKeyValues reads `name=value name="other value"`. All values are texts.
func parseKeyValues(p *problems, file, text string) *Map {
	vars := &Map{}
	words, ok := splitArguments([]rune(text))
	if !ok {
		p.hintf(Pos{File: file, Line: 1, Column: 1}, "close it", "a quotation mark or a brace is not closed")
		return nil
	}
	for _, w := range words {
		pos := Pos{File: file, Line: 1, Column: w.col}
		arg := decodeEscapes(w.String())
		name, value, ok := cutUnescaped(arg)
		if !ok {
			p.hintf(pos, "write name=value; a value with spaces needs quotes", "%q sets no variable", arg)
			continue
		}
		vars.SetAt(strings.TrimSpace(name), Value{Data: unquote(strings.TrimSpace(value)), Pos: pos}, pos)
	}
	return vars
}

// splitArguments splits at white space, but not within quotes or within the
// braces of Jinja2. Quotes are kept.
func splitArguments(text []rune) (words []word, ok bool) {
	var quote rune
	depth := 0
	var cur *word
	for i, c := range text {
		if unicode.IsSpace(c) && quote == 0 && depth == 0 {
			if cur != nil {
				words, cur = append(words, *cur), nil
			}
			continue
		}
		if cur == nil {
			cur = &word{col: i + 1}
		}
		cur.text = append(cur.text, c)
		prev := rune(0)
		if i > 0 {
			prev = text[i-1]
		}
		switch {
		case (c == '\'' || c == '"') && prev != '\\' && quote == 0:
			quote = c
		case c == quote && prev != '\\':
			quote = 0
		case quote == 0 && prev == '{' && strings.ContainsRune("{%#", c):
			depth++
		case quote == 0 && depth > 0 && c == '}' && strings.ContainsRune("}%#", prev):
			depth--
		}
	}
	if cur != nil {
		words = append(words, *cur)
	}
	return words, quote == 0 && depth == 0
}

// cutUnescaped cuts at the first = that is neither the first character nor
// behind a backslash.
func cutUnescaped(arg string) (name, value string, ok bool) {
	for i := 1; i < len(arg); i++ {
		if arg[i] == '=' && arg[i-1] != '\\' {
			return arg[:i], arg[i+1:], true
		}
	}
	return "", "", false
}

// unquote removes one pair of quotes around a text.
func unquote(s string) string {
	if n := len(s); n > 1 && s[0] == s[n-1] && (s[0] == '"' || s[0] == '\'') && s[n-2] != '\\' {
		return s[1 : n-1]
	}
	return s
}

var argEscape = regexp.MustCompile(`\\U[0-9a-fA-F]{8}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[\\'"abfnrtv]`)

// decodeEscapes replaces the escapes that Ansible knows in arguments.
func decodeEscapes(s string) string {
	return argEscape.ReplaceAllStringFunc(s, func(e string) string {
		if e == `\'` {
			return "'"
		}
		if r, _, _, err := strconv.UnquoteChar(e, '"'); err == nil {
			if e[1] == 'x' {
				n, _ := strconv.ParseUint(e[2:], 16, 8)
				r = rune(n)
			}
			return string(r)
		}
		return e
	})
}
