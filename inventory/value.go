package inventory

import (
	"fmt"
	"slices"
	"strconv"

	"dcosup/inventory/pyliteral"
)

// Pos is a place in a file. Line and Column count from 1, columns in
// characters; 0 means that it is not known. File is as the person wrote it,
// or "-i" and "--extra-vars" for what stood on the command line.
type Pos struct {
	File         string
	Line, Column int
}

// IsValid tells whether the place is known.
func (p Pos) IsValid() bool { return p.File != "" }

// String returns file:line:column, as far as it is known.
func (p Pos) String() string {
	switch {
	case p.File == "":
		return "-"
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// before orders places of one file from top to bottom.
func (p Pos) before(q Pos) bool {
	if p.Line != q.Line {
		return p.Line < q.Line
	}
	return p.Column < q.Column
}

// Value is a value of an inventory and the place where it was written.
//
// Data is nil, bool, int64, float64, string, []Value or *Map. Dates stay the
// text that was written, and so do whole numbers that do not fit an int64. A
// value that Ansible Vault has encrypted has other data until it is needed: Text
// and Plain decrypt it, and Cluster.Config holds none. A template that could not be
// evaluated has other data, too: Text says that it has none.
//
// YAML is what YAML 1.1 makes of such a text where it stood without quotes: a
// time.Time, a *big.Int, or the float64 of .inf or .nan; nil otherwise.
type Value struct {
	Data any
	YAML any
	Pos  Pos
	// Secret tells that the value, with all in it, was encrypted by Ansible
	// Vault, and must not be shown.
	Secret bool

	// literal tells that the text is no template, whatever is in it.
	literal bool
}

// Map is a mapping that keeps the order in which its keys were written.
// The zero value is empty and ready for use; a nil Map reads as empty.
type Map struct {
	keys   []string
	values map[string]entry
	// nonText holds what a key was that became text: see NonTextKeys.
	nonText map[string]any
}

// entry is a value, and where its key stands, for errors about keys.
type entry struct {
	Value
	keyPos Pos
}

// Len is the number of keys.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return len(m.keys)
}

// Keys returns the keys in the order in which they were first written.
func (m *Map) Keys() []string {
	if m == nil {
		return nil
	}
	return append([]string(nil), m.keys...)
}

// Get returns the value of key, and whether there is one.
func (m *Map) Get(key string) (Value, bool) {
	if m == nil {
		return Value{}, false
	}
	e, ok := m.values[key]
	return e.Value, ok
}

// KeyPos is where the key itself was written; it falls back to the place of
// the value, and is the zero Pos if there is no such key.
func (m *Map) KeyPos(key string) Pos {
	if m == nil {
		return Pos{}
	}
	e := m.values[key]
	return firstValid(e.keyPos, e.Pos)
}

// Set gives key a value. A key that is already there keeps its place in the
// order.
func (m *Map) Set(key string, v Value) { m.SetAt(key, v, Pos{}) }

// SetAt is Set for a key that was written at pos.
func (m *Map) SetAt(key string, v Value, pos Pos) {
	if m.values == nil {
		m.values = map[string]entry{}
	}
	if _, ok := m.values[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = entry{v, pos}
}

// remove takes a key away.
func (m *Map) remove(key string) {
	m.keys = slices.DeleteFunc(m.keys, func(k string) bool { return k == key })
	delete(m.values, key)
	delete(m.nonText, key)
}

// Replace gives a key that is there another value, and leaves its place and kind.
func (m *Map) Replace(key string, v Value) {
	if e, ok := m.values[key]; ok {
		m.values[key] = entry{v, e.keyPos}
	}
}

// Merge sets in m every key of other, as Ansible combines variables: whole
// values replace whole values.
func (m *Map) Merge(other *Map) {
	if other == nil {
		return
	}
	if m.values == nil {
		m.keys, m.values = make([]string, 0, len(other.keys)), make(map[string]entry, len(other.keys))
	}
	for _, k := range other.keys {
		m.setFrom(other, k)
	}
}

// setFrom sets a key as it is in other.
func (m *Map) setFrom(other *Map, key string) {
	e := other.values[key]
	m.SetAt(key, e.Value, e.keyPos)
	if data, ok := other.nonText[key]; ok {
		m.noteKey(key, Value{Data: data})
	} else {
		delete(m.nonText, key)
	}
}

// mergeDeep is Merge, but mappings in both maps are combined in their turn.
// Those of other are left as they are, and so are those that m had.
func (m *Map) mergeDeep(other *Map) {
	old := &Map{}
	old.Merge(m)
	m.Merge(other)
	for _, k := range other.Keys() {
		was, v := old.values[k].Value, m.values[k].Value
		before, wasMap := was.Data.(*Map)
		after, isMap := v.Data.(*Map)
		if wasMap && isMap {
			both := &Map{}
			both.Merge(before)
			both.mergeDeep(after)
			v.Data, v.Secret = both, was.Secret && v.Secret // within, each has its own mark
			m.Replace(k, v)
		}
	}
}

// mapped returns a copy of the map with what change makes of each value.
func (m *Map) mapped(change func(Value) Value) *Map {
	copied := &Map{}
	copied.Merge(m)
	for k, e := range copied.values {
		copied.values[k] = entry{change(e.Value), e.keyPos}
	}
	return copied
}

// Plain returns the data without places: maps become map[string]any, lists
// become []any. It is what encoding/json and yaml expect. What cannot be
// decrypted is a map[string]any too, of the form that Ansible gives it in JSON.
func (v Value) Plain() any {
	switch d := v.Data.(type) {
	case []Value:
		list := make([]any, len(d))
		for i, e := range d {
			list[i] = e.Plain()
		}
		return list
	case *Map:
		return d.Plain()
	case *sealed:
		text, err := d.open()
		if err != nil {
			return map[string]any{jsonVault: d.envelope}
		}
		return text
	default:
		return d
	}
}

// Plain returns the map without places and without order.
func (m *Map) Plain() map[string]any {
	out := make(map[string]any, m.Len())
	for _, k := range m.Keys() {
		v, _ := m.Get(k)
		out[k] = v.Plain()
	}
	return out
}

// Text returns a scalar as text, the way Ansible would put it into a command
// line or a file: True and False for booleans, "" for null. ok is false for
// lists and mappings, and for what cannot be decrypted.
func (v Value) Text() (text string, ok bool) {
	switch d := v.Data.(type) {
	case nil:
		return "", true
	case string:
		return d, true
	case bool:
		if d {
			return "True", true
		}
		return "False", true
	case int64:
		return strconv.FormatInt(d, 10), true
	case float64:
		return pyliteral.Float(d), true
	case *sealed:
		text, err := d.open()
		return text, err == nil
	}
	return "", false
}

// Envelope is what ansible-vault printed for a value that it has encrypted. ok is
// false for all other values.
func (v Value) Envelope() (text string, ok bool) {
	s, ok := v.Data.(*sealed)
	if !ok {
		return "", false
	}
	return s.envelope, true
}

// Unsafe tells whether the value has the tag !unsafe: no template, whatever is in it.
func (v Value) Unsafe() bool { return v.literal && !v.Secret }

// kind names the type of the value in the words of a person who writes YAML.
func (v Value) kind() words {
	switch v.Data.(type) {
	case nil:
		return "empty"
	case string:
		return "a text"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case []Value:
		return "a list"
	case *sealed:
		return "an encrypted text"
	case *trouble:
		return "a template"
	}
	return "a mapping"
}
