package inventory

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// maxDepth bounds how deeply values may be nested. Python's own parser gives
// up at 200 brackets.
const maxDepth = 100

// literal reads Python literals, by which Ansible types the values of INI
// inventories.
type literal struct {
	text []rune
	i    int
	// pos says where the i-th character of text was written.
	pos   func(i int) Pos
	depth int
}

// parseLiteral gives a text the value that Python's ast.literal_eval gives it.
// A text that is not a literal is its own value, as in Ansible. Tuples and
// sets become lists.
func parseLiteral(text []rune, pos func(i int) Pos) Value {
	l := &literal{text: text, pos: pos}
	if v, ok := l.whole(); ok {
		return v
	}
	return Value{Data: string(text), Pos: pos(0)}
}

// whole reads the text to its end: one value, or values with commas between
// them, which are a tuple.
func (l *literal) whole() (Value, bool) {
	l.space()
	start := l.pos(l.i)
	first, ok := l.value()
	if !ok {
		return Value{}, false
	}
	l.space()
	if l.peek() != ',' {
		return first, l.end()
	}
	l.i++
	list := []Value{first}
	for l.space(); !l.end(); l.space() {
		v, ok := l.value()
		if !ok {
			return Value{}, false
		}
		list = append(list, v)
		if l.space(); l.peek() == ',' {
			l.i++
		} else if !l.end() {
			return Value{}, false
		}
	}
	return Value{Data: list, Pos: start}, true
}

// space skips white space and a comment, which can only be the end of a line.
func (l *literal) space() {
	for l.i < len(l.text) {
		switch l.text[l.i] {
		case ' ', '\t', '\r', '\n', '\f':
			l.i++
		case '#':
			l.i = len(l.text)
		default:
			return
		}
	}
}

func (l *literal) end() bool { return l.i >= len(l.text) }

// peek returns the current character, 0 at the end.
func (l *literal) peek() rune {
	if l.end() {
		return 0
	}
	return l.text[l.i]
}

// value reads one literal.
func (l *literal) value() (Value, bool) {
	if l.depth++; l.depth > maxDepth {
		return Value{}, false
	}
	defer func() { l.depth-- }()
	l.space()
	from, start := l.i, l.pos(l.i)
	var data any
	ok := false
	switch c := l.peek(); {
	case c == '[':
		data, ok = l.list(']')
	case c == '(':
		data, ok = l.paren()
	case c == '{':
		data, ok = l.braces()
	case c == '\'' || c == '"':
		data, ok = l.strings()
	case c == '+' || c == '-' || c == '.' || unicode.IsDigit(c):
		data, ok = l.number()
	case unicode.IsLetter(c):
		data, ok = l.word()
	}
	if big, isBig := data.(*big.Int); isBig {
		// As in YAML, a number that is too big stays the text that was written.
		return Value{Data: string(l.text[from:l.i]), YAML: big, Pos: start}, ok
	}
	return Value{Data: data, Pos: start}, ok
}

// list reads values up to the closing bracket.
func (l *literal) list(closing rune) ([]Value, bool) {
	l.i++
	list := []Value{}
	for {
		l.space()
		if l.peek() == closing {
			l.i++
			return list, true
		}
		v, ok := l.value()
		if !ok {
			return nil, false
		}
		list = append(list, v)
		l.space()
		switch l.peek() {
		case ',':
			l.i++
		case closing:
		default:
			return nil, false
		}
	}
}

// paren reads a tuple, or a value in parentheses.
func (l *literal) paren() (any, bool) {
	list, ok := l.list(')')
	if !ok {
		return nil, false
	}
	last := l.i - 2
	for last > 0 && strings.ContainsRune(" \t\r\n\f", l.text[last]) {
		last--
	}
	if len(list) == 1 && l.text[last] != ',' {
		return list[0].Data, true
	}
	return list, true
}

// braces reads a dictionary or a set.
func (l *literal) braces() (any, bool) {
	l.i++
	m := &Map{}
	var set []Value
	for {
		l.space()
		if l.peek() == '}' && set == nil {
			l.i++
			return m, true
		}
		if l.peek() == '}' {
			l.i++
			return set, true
		}
		key, ok := l.value()
		if !ok || !hashable(key) {
			return nil, false
		}
		l.space()
		switch {
		case l.peek() == ':' && set == nil:
			l.i++
			v, ok := l.value()
			if !ok {
				return nil, false
			}
			m.SetAt(keyText(key), v, key.Pos)
			m.noteKey(keyText(key), key)
		case m.Len() == 0:
			set = append(set, key)
		default:
			return nil, false
		}
		if l.space(); l.peek() == ',' {
			l.i++
		} else if l.peek() != '}' {
			return nil, false
		}
	}
}

// hashable tells whether Python would take the value as a key.
func hashable(v Value) bool {
	switch v.Data.(type) {
	case *Map, []Value:
		return false
	}
	return true
}

// keyText is the text that JSON has for a key that is not a text.
func keyText(v Value) string {
	switch d := v.Data.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(d)
	}
	text, _ := v.Text()
	return text
}

// word reads None, True, False, or a text with a prefix such as r"...".
func (l *literal) word() (any, bool) {
	start := l.i
	for !l.end() && (unicode.IsLetter(l.peek()) || unicode.IsDigit(l.peek()) || l.peek() == '_') {
		l.i++
	}
	switch w := string(l.text[start:l.i]); strings.ToLower(w) {
	case "none", "true", "false":
		constants := map[string]any{"None": nil, "True": true, "False": false}
		data, ok := constants[w]
		return data, ok
	case "r", "u", "b", "br", "rb":
		if c := l.peek(); c != '\'' && c != '"' {
			return nil, false
		}
		l.i = start
		return l.strings()
	}
	return nil, false
}

// number reads an optional sign and a number. Complex numbers are no values
// for an inventory.
func (l *literal) number() (any, bool) {
	sign := ""
	if c := l.peek(); c == '+' || c == '-' {
		l.i++
		l.space()
		if c == '-' {
			sign = "-"
		}
	}
	start := l.i
	for !l.end() && (strings.ContainsRune("._", l.peek()) || unicode.IsLetter(l.peek()) || unicode.IsDigit(l.peek()) || l.exponentSign(start)) {
		l.i++
	}
	return pyNumber(sign, string(l.text[start:l.i]))
}

// exponentSign tells whether the current character is the sign of an exponent.
func (l *literal) exponentSign(start int) bool {
	if c := l.peek(); c != '+' && c != '-' || l.i == start {
		return false
	}
	prev := l.text[l.i-1]
	return (prev == 'e' || prev == 'E') && !strings.HasPrefix(strings.ToLower(string(l.text[start:l.i])), "0x")
}

// maxDigits bounds the length of numbers, as Python does; longer ones are texts.
const maxDigits = 4300

// pyNumber reads a number as Python writes it. Go's rules for underscores and
// bases are those of Python but for octal numbers without an o.
func pyNumber(sign, digits string) (any, bool) {
	if digits == "" || len(digits) > maxDigits || strings.ContainsAny(digits, "pP") {
		return nil, false
	}
	for _, r := range digits {
		if r > unicode.MaxASCII {
			return nil, false
		}
	}
	if len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0_") != "" && digits[1] >= '0' && digits[1] <= '9' && !strings.ContainsAny(digits, ".eE") {
		return nil, false
	}
	if strings.Trim(digits, "0") == "" {
		return int64(0), true
	}
	n, err := strconv.ParseInt(sign+digits, 0, 64)
	if err == nil {
		return n, true
	}
	if n, ok := new(big.Int).SetString(sign+digits, 0); ok {
		return n, true
	}
	if !isPyFloat(digits) {
		return nil, false
	}
	f, err := strconv.ParseFloat(sign+strings.ReplaceAll(digits, "_", ""), 64)
	return f, err == nil
}

// isPyFloat tells whether the digits are a decimal fraction or have an exponent.
func isPyFloat(digits string) bool {
	if !strings.ContainsAny(digits, ".eE") || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return false
	}
	return strings.Trim(digits, "0123456789_.eE+-") == ""
}
