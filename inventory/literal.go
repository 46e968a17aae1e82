package inventory

import (
	"math/big"
	"strconv"
	"strings"

	"dcosup/inventory/pyliteral"
)

// maxDigits bounds the length of numbers, as Python does; longer ones are texts.
const maxDigits = pyliteral.MaxDigits

// parseLiteral gives a text the value that Python's ast.literal_eval gives it, by
// which Ansible types the values of INI inventories. A text that is not a literal
// is its own value, as in Ansible. Tuples and sets become lists. pos says where the
// i-th character of text was written.
func parseLiteral(text []rune, pos func(i int) Pos) Value {
	if v, ok := pyliteral.Parse(text, false); ok {
		return fromLiteral(v, text, pos)
	}
	return Value{Data: string(text), Pos: pos(0)}
}

// fromLiteral is a literal with the places of its parts.
func fromLiteral(l pyliteral.Value, text []rune, pos func(i int) Pos) Value {
	v := Value{Data: l.Data, Pos: pos(l.At)}
	switch d := l.Data.(type) {
	case *big.Int:
		// As in YAML, a number that is too big stays the text that was written.
		v.Data, v.YAML = strings.Trim(string(text[l.At:l.End]), "() "), d
	case []pyliteral.Value:
		list := make([]Value, len(d))
		for i, item := range d {
			list[i] = fromLiteral(item, text, pos)
		}
		v.Data = list
	case pyliteral.Dict:
		m := &Map{}
		for _, pair := range d {
			key := fromLiteral(pair.Key, text, pos)
			m.SetAt(keyText(key), fromLiteral(pair.Value, text, pos), key.Pos)
			m.noteKey(keyText(key), key)
		}
		v.Data = m
	}
	return v
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
