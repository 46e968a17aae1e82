// Package pyliteral reads the literals of Python: numbers, texts, lists, tuples,
// sets, dictionaries, True, False and None. Ansible types values by them. It writes
// floats and texts as Python shows them.
//
//	v, ok := pyliteral.Parse([]rune("{'port': 22}"), false)
package pyliteral

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

const (
	// MaxDepth bounds how deeply values may be nested. Python's own parser gives
	// up at 200 brackets.
	MaxDepth = 100
	// MaxDigits bounds the length of numbers, as Python does; longer ones are texts.
	MaxDigits = 4300
)

// Value is a literal. Data is nil, bool, int64, *big.Int, float64, string, []Value
// or Dict.
type Value struct {
	Data any
	// At and End are where it begins and ends, in characters.
	At, End int
	// Kind tells lists from what is like one; "" for all others.
	Kind Kind
}

// Kind is what []Value is.
type Kind string

// The kinds of []Value.
const (
	List  Kind = "list"
	Tuple Kind = "tuple"
	Set   Kind = "set"
)

// Dict is a dictionary as it was written: of equal keys the last one counts.
type Dict []Pair

// Pair is a key and its value.
type Pair struct{ Key, Value Value }

// literal is a text that is being read.
type literal struct {
	text  []rune
	i     int
	depth int
	// json takes true, false and null for True, False and None.
	json bool
}

// Parse gives a text the value that Python's ast.literal_eval gives it. ok is
// false if it is not a literal. With json, the words of JSON are known as well.
func Parse(text []rune, json bool) (v Value, ok bool) {
	l := &literal{text: text, json: json}
	return l.whole()
}

// whole reads the text to its end: one value, or values with commas between
// them, which are a tuple.
func (l *literal) whole() (Value, bool) {
	l.space()
	start := l.i
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
	return Value{Data: list, At: start, End: l.i, Kind: Tuple}, true
}

// space skips white space and a comment, which can only be the end of a line.
func (l *literal) space() {
	for l.i < len(l.text) {
		switch l.text[l.i] {
		case ' ', '\t', '\r', '\n', '\f':
			l.i++
		case '#':
			for !l.end() && l.text[l.i] != '\n' {
				l.i++
			}
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
	if l.depth++; l.depth > MaxDepth {
		return Value{}, false
	}
	defer func() { l.depth-- }()
	l.space()
	start := l.i
	var data any
	var kind Kind
	ok := false
	switch c := l.peek(); {
	case c == '[':
		data, ok = l.list(']')
		kind = List
	case c == '(':
		data, kind, ok = l.paren()
	case c == '{':
		data, kind, ok = l.braces()
	case c == '\'' || c == '"':
		data, ok = l.strings()
	case c == '+' || c == '-' || c == '.' || unicode.IsDigit(c):
		data, ok = l.number()
	case unicode.IsLetter(c):
		data, ok = l.word()
	}
	return Value{Data: data, At: start, End: l.i, Kind: kind}, ok
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
func (l *literal) paren() (any, Kind, bool) {
	list, ok := l.list(')')
	if !ok {
		return nil, "", false
	}
	last := l.i - 2
	for last > 0 && strings.ContainsRune(" \t\r\n\f", l.text[last]) {
		last--
	}
	if len(list) == 1 && l.text[last] != ',' {
		return list[0].Data, list[0].Kind, true
	}
	return list, Tuple, true
}

// braces reads a dictionary or a set.
func (l *literal) braces() (any, Kind, bool) {
	l.i++
	dict := Dict{}
	var set []Value
	for {
		l.space()
		if l.peek() == '}' && set == nil {
			l.i++
			return dict, "", true
		}
		if l.peek() == '}' {
			l.i++
			return set, Set, true
		}
		key, ok := l.value()
		if !ok || !hashable(key) {
			return nil, "", false
		}
		l.space()
		switch {
		case l.peek() == ':' && set == nil:
			l.i++
			v, ok := l.value()
			if !ok {
				return nil, "", false
			}
			dict = append(dict, Pair{key, v})
		case len(dict) == 0:
			set = append(set, key)
		default:
			return nil, "", false
		}
		if l.space(); l.peek() == ',' {
			l.i++
		} else if l.peek() != '}' {
			return nil, "", false
		}
	}
}

// hashable tells whether Python would take the value as a key. It would take
// tuples as well, but no inventory has such keys.
func hashable(v Value) bool {
	switch v.Data.(type) {
	case Dict, []Value:
		return false
	}
	return true
}

// word reads None, True, False, the words of JSON, or a text with a prefix such as r"...".
func (l *literal) word() (any, bool) {
	start := l.i
	for !l.end() && (unicode.IsLetter(l.peek()) || unicode.IsDigit(l.peek()) || l.peek() == '_') {
		l.i++
	}
	switch w := string(l.text[start:l.i]); strings.ToLower(w) {
	case "none", "true", "false":
		constants := map[string]any{"None": nil, "True": true, "False": false}
		data, ok := constants[w]
		if w == "true" || w == "false" {
			data, ok = w == "true", l.json
		}
		return data, ok
	case "null":
		return nil, l.json && w == "null"
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

// pyNumber reads a number as Python writes it. Go's rules for underscores and
// bases are those of Python but for octal numbers without an o.
func pyNumber(sign, digits string) (any, bool) {
	if digits == "" || len(digits) > MaxDigits || strings.ContainsAny(digits, "pP") {
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
