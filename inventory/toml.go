package inventory

import (
	"errors"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlReader builds values from the expressions of a TOML document, one after the
// other. What may be said twice, and where, is judged here: the library's decoder
// keeps no places, and takes hours for what others take seconds for.
type tomlReader struct {
	file    string
	content []byte
	p       *problems
	secret  bool
	// lines are the offsets at which lines begin.
	lines []int
	// last is the place that was asked for last: others follow in the same line.
	last struct{ offset, line, column int }
	// root is the document, table what the last header names; nil after a bad one.
	root, table *Map
	// made tells how a table came to be.
	made map[*Map]tableKind
}

// tableKind is how a table came to be, by which it may be added to later.
type tableKind int

const (
	// tableImplied is named by the header of a table within it only.
	tableImplied tableKind = iota + 1
	tableHeader
	// tableDotted is named by keys with dots.
	tableDotted
	// tableInline stands in braces, and is whole.
	tableInline
	// tableElement is one of several of a name in double brackets.
	tableElement
)

// maxTOMLDepth bounds how many brackets may be open at once, because the library's
// parser calls itself for each of them, and how many keys a dotted one may have.
const maxTOMLDepth = 1000

// parseTOML reads a document of TOML. ok is false if there were errors.
func parseTOML(p *problems, file, content string) (doc Value, ok bool) {
	before := p.failures()
	r := &tomlReader{file: file, content: []byte(content), p: p, secret: p.decrypted[file], lines: []int{0}, root: &Map{}, made: map[*Map]tableKind{}}
	for i, c := range r.content {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	if at, deep := tooDeep(r.content); deep {
		p.errorf(r.at(at), "more than %d brackets are open at once", maxTOMLDepth)
		return Value{}, false
	}
	r.table = r.root
	var parser unstable.Parser
	parser.Reset(r.content)
	for parser.NextExpression() {
		r.expression(parser.Expression())
	}
	var syntax *unstable.ParserError
	if errors.As(parser.Error(), &syntax) {
		offset := 0
		if len(syntax.Highlight) > 0 {
			offset = int(parser.Range(syntax.Highlight).Offset)
		}
		p.errorf(r.at(offset), "the TOML cannot be read: %s", words(strings.TrimPrefix(syntax.Message, "toml: ")))
	}
	return Value{Data: r.root, Pos: Pos{File: file, Line: 1, Column: 1}, Secret: r.secret}, p.failures() == before
}

// tooDeep tells whether more brackets are open than the parser should follow,
// and where. Those in texts count too: nobody has that many there either.
func tooDeep(content []byte) (offset int, deep bool) {
	depth := 0
	for i, c := range content {
		switch c {
		case '[', '{':
			if depth++; depth > maxTOMLDepth {
				return i, true
			}
		case ']', '}':
			depth = max(depth-1, 0)
		}
	}
	return 0, false
}

// at is the place of an offset.
func (r *tomlReader) at(offset int) Pos {
	line := sort.SearchInts(r.lines, offset+1) - 1
	if r.last.line != line || r.last.offset > offset {
		r.last.offset, r.last.line, r.last.column = r.lines[line], line, 1
	}
	r.last.column += utf8.RuneCount(r.content[r.last.offset:offset])
	r.last.offset = offset
	return Pos{File: r.file, Line: line + 1, Column: r.last.column}
}

// tomlKey is one part of a key.
type tomlKey struct {
	name string
	pos  Pos
}

// keys are the parts of a key; none if there are too many.
func (r *tomlReader) keys(it unstable.Iterator) []tomlKey {
	var keys []tomlKey
	for it.Next() {
		n := it.Node()
		keys = append(keys, tomlKey{string(n.Data), r.at(int(n.Raw.Offset))})
		if len(keys) > maxTOMLDepth {
			r.p.errorf(keys[0].pos, "the key has more than %d parts", maxTOMLDepth)
			return nil
		}
	}
	return keys
}

// expression takes one header, or one key with its value.
func (r *tomlReader) expression(n *unstable.Node) {
	switch n.Kind {
	case unstable.Table, unstable.ArrayTable:
		r.table = nil
		keys := r.keys(n.Key())
		if len(keys) == 0 {
			return
		}
		m, last := r.root, keys[len(keys)-1]
		for _, key := range keys[:len(keys)-1] {
			if m = r.within(m, key, tableImplied); m == nil {
				return
			}
		}
		if n.Kind == unstable.Table {
			r.table = r.header(m, last)
		} else {
			r.table = r.element(m, last)
		}
	case unstable.KeyValue:
		if r.table != nil {
			r.keyValue(r.table, n)
		}
	}
}

// twice reports what is said already, and nil for the table that it would be.
func (r *tomlReader) twice(key tomlKey, first Pos) *Map {
	r.p.hintf(key.pos, "remove one of them", "the TOML cannot be read: %q is there already, at %s", key.name, first)
	return nil
}

// within is the table of that name in another, made if need be; of several, the last.
func (r *tomlReader) within(m *Map, key tomlKey, kind tableKind) *Map {
	v, ok := m.Get(key.name)
	if !ok {
		return r.add(m, key, kind)
	}
	table, _ := v.Data.(*Map)
	if list, isList := v.Data.([]Value); isList && len(list) > 0 && kind == tableImplied {
		if table, _ = list[len(list)-1].Data.(*Map); r.made[table] != tableElement {
			table = nil
		}
	}
	// Keys with dots add to what such keys have made, and headers to all but braces.
	if was := r.made[table]; table == nil || was == tableInline || kind == tableDotted && was != tableDotted {
		return r.twice(key, m.KeyPos(key.name))
	}
	return table
}

// add makes a table.
func (r *tomlReader) add(m *Map, key tomlKey, kind tableKind) *Map {
	table := &Map{}
	r.made[table] = kind
	m.SetAt(key.name, Value{Data: table, Pos: key.pos, Secret: r.secret}, key.pos)
	return table
}

// header is the table that a header names.
func (r *tomlReader) header(m *Map, key tomlKey) *Map {
	v, ok := m.Get(key.name)
	if !ok {
		return r.add(m, key, tableHeader)
	}
	table, _ := v.Data.(*Map)
	if table == nil || r.made[table] != tableImplied {
		return r.twice(key, m.KeyPos(key.name))
	}
	r.made[table] = tableHeader
	return table
}

// element is one more table of a name in double brackets.
func (r *tomlReader) element(m *Map, key tomlKey) *Map {
	v, ok := m.Get(key.name)
	list, isList := v.Data.([]Value)
	if ok {
		if !isList || len(list) == 0 {
			return r.twice(key, m.KeyPos(key.name))
		}
		if first, _ := list[0].Data.(*Map); r.made[first] != tableElement {
			return r.twice(key, m.KeyPos(key.name))
		}
	}
	table := &Map{}
	r.made[table] = tableElement
	list = append(list, Value{Data: table, Pos: key.pos, Secret: r.secret})
	m.SetAt(key.name, Value{Data: list, Pos: list[0].Pos, Secret: r.secret}, list[0].Pos)
	return table
}

// keyValue sets a key, which may have dots, to its value.
func (r *tomlReader) keyValue(m *Map, n *unstable.Node) {
	keys := r.keys(n.Key())
	if len(keys) == 0 {
		return
	}
	last := keys[len(keys)-1]
	for _, key := range keys[:len(keys)-1] {
		if m = r.within(m, key, tableDotted); m == nil {
			return
		}
	}
	if _, ok := m.Get(last.name); ok {
		r.twice(last, m.KeyPos(last.name))
		return
	}
	m.SetAt(last.name, r.value(n.Value(), last.pos), last.pos)
}

// value turns a node into a value. Lists and tables have no place of their own,
// and get that of what they belong to.
func (r *tomlReader) value(n *unstable.Node, pos Pos) Value {
	if n.Raw.Length > 0 {
		pos = r.at(int(n.Raw.Offset))
	}
	v := Value{Pos: pos, Secret: r.secret}
	switch n.Kind {
	case unstable.Bool:
		v.Data = string(n.Data) == "true"
	case unstable.Integer:
		if v.Data = tomlInteger(string(n.Data)); v.Data == nil {
			r.p.errorf(pos, "the TOML cannot be read: %q does not fit into 64 bits", string(n.Data))
		}
	case unstable.Float:
		v.Data, v.YAML = tomlFloat(string(n.Data))
	case unstable.Array:
		list := []Value{}
		for item := n.Children(); item.Next(); {
			list = append(list, r.value(item.Node(), pos))
		}
		v.Data = list
	case unstable.InlineTable:
		m := &Map{}
		r.made[m] = tableInline
		for item := n.Children(); item.Next(); {
			r.keyValue(m, item.Node())
		}
		v.Data = m
	case unstable.String:
		v.Data = string(n.Data)
	default: // a date or a time, which stays what was written
		v.Data = string(n.Data)
		if err := toml.Unmarshal([]byte("date = "+string(n.Data)), &map[string]any{}); err != nil {
			r.p.errorf(pos, "the TOML cannot be read: %q is no date and no time", string(n.Data))
		}
	}
	return v
}

// tomlInteger reads a whole number, nil if it is too big.
func tomlInteger(text string) any {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimPrefix(text, "+"), "_", ""), 0, 64)
	if err != nil {
		return nil
	}
	return n
}

// tomlFloat reads a fraction. Those that JSON cannot write stay text, as in YAML.
func tomlFloat(text string) (data, native any) {
	switch strings.TrimLeft(text, "+-") {
	case "inf":
		if text[0] == '-' {
			return text, math.Inf(-1)
		}
		return text, math.Inf(1)
	case "nan":
		return text, math.NaN()
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil {
		return text, nil
	}
	return f, nil
}

// parseTOMLInventory reads an inventory in TOML: tables for groups, each with
// hosts and vars, and a list of children.
func parseTOMLInventory(p *problems, file, content string) []step {
	doc, ok := parseTOML(p, file, content)
	if !ok {
		return nil
	}
	groups := doc.Data.(*Map)
	if refusedPlugin(p, groups) {
		return nil
	}
	y := &yamlGroups{p: p}
	for _, name := range groups.Keys() {
		v, _ := groups.Get(name)
		y.tomlGroup(name, v, groups.KeyPos(name))
	}
	return y.steps
}

// tomlGroup reads one group. Its children are names only.
func (y *yamlGroups) tomlGroup(name string, v Value, pos Pos) {
	body, ok := v.Data.(*Map)
	if !ok {
		y.notGroup(name, v)
		return
	}
	y.steps = append(y.steps, declareGroup{name: name, pos: pos})
	for _, key := range body.Keys() {
		section, _ := body.Get(key)
		list, isList := section.Data.([]Value)
		switch {
		case key != sectionChildren:
			y.section(name, key, section, body.KeyPos(key))
		case !isList:
			y.p.hintf(section.Pos, `write children = ["name", "other"]`, "children of the group %q must be a list, not %s", name, section.kind())
		default:
			for _, child := range list {
				y.childName(name, child)
			}
		}
	}
}

// childName takes the name of a group within another.
func (y *yamlGroups) childName(group string, v Value) {
	child, ok := v.Data.(string)
	if !ok || child == "" {
		y.p.errorf(v.Pos, "a group within %q is named by a text, not by %s", group, v.kind())
		return
	}
	y.steps = append(y.steps, declareGroup{name: child, pos: v.Pos}, declareChild{parent: group, child: child, pos: v.Pos})
}
