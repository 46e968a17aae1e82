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

// tomlReader builds values from the expressions of a TOML document, one after
// the other. The library's decoder, which keeps no places, has judged the document
// before, so that nothing here can contradict what is there already.
type tomlReader struct {
	file    string
	content []byte
	secret  bool
	// lines are the offsets at which lines begin.
	lines  []int
	parser unstable.Parser
	// root is the document, table what the last header names.
	root, table *Map
}

// maxTOMLDepth bounds how many brackets may be open at once: the library's parser
// calls itself for each of them.
const maxTOMLDepth = 1000

// parseTOML reads a document of TOML. ok is false if there were errors.
func parseTOML(p *problems, file, content string) (doc Value, ok bool) {
	r := &tomlReader{file: file, content: []byte(content), secret: p.decrypted[file], lines: []int{0}, root: &Map{}}
	for i, c := range r.content {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	if at, deep := tooDeep(r.content); deep {
		p.errorf(r.at(at), "more than %d brackets are open at once", maxTOMLDepth)
		return Value{}, false
	}
	if err := toml.Unmarshal(r.content, &map[string]any{}); err != nil {
		pos := Pos{File: file}
		var decode *toml.DecodeError
		if errors.As(err, &decode) {
			pos.Line, pos.Column = decode.Position()
		}
		p.errorf(pos, "the TOML cannot be read: %s", strings.TrimPrefix(err.Error(), "toml: "))
		return Value{}, false
	}
	r.table = r.root
	r.parser.Reset(r.content)
	for r.parser.NextExpression() {
		r.expression(r.parser.Expression())
	}
	return Value{Data: r.root, Pos: Pos{File: file, Line: 1, Column: 1}, Secret: r.secret}, true
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
	return Pos{File: r.file, Line: line + 1, Column: utf8.RuneCount(r.content[r.lines[line]:offset]) + 1}
}

// expression takes one header, or one key with its value.
func (r *tomlReader) expression(n *unstable.Node) {
	switch n.Kind {
	case unstable.Table:
		r.table = r.root
		for key := n.Key(); key.Next(); {
			r.table = r.within(r.table, key.Node())
		}
	case unstable.ArrayTable:
		r.table = r.root
		for key := n.Key(); key.Next(); {
			if !key.IsLast() {
				r.table = r.within(r.table, key.Node())
				continue
			}
			name, pos := string(key.Node().Data), r.at(int(key.Node().Raw.Offset))
			v, _ := r.table.Get(name)
			list, _ := v.Data.([]Value)
			table := &Map{}
			r.table.SetAt(name, r.made(append(list, r.made(table, pos)), pos), pos)
			r.table = table
		}
	case unstable.KeyValue:
		r.keyValue(r.table, n)
	}
}

// within is the table of that name in another; of an array of tables the last.
func (r *tomlReader) within(m *Map, key *unstable.Node) *Map {
	name, pos := string(key.Data), r.at(int(key.Raw.Offset))
	v, _ := m.Get(name)
	switch d := v.Data.(type) {
	case *Map:
		return d
	case []Value:
		if len(d) > 0 {
			if last, ok := d[len(d)-1].Data.(*Map); ok {
				return last
			}
		}
	}
	table := &Map{}
	m.SetAt(name, r.made(table, pos), pos)
	return table
}

// keyValue sets a key, which may have dots, to its value.
func (r *tomlReader) keyValue(m *Map, n *unstable.Node) {
	for key := n.Key(); key.Next(); {
		if !key.IsLast() {
			m = r.within(m, key.Node())
			continue
		}
		pos := r.at(int(key.Node().Raw.Offset))
		m.SetAt(string(key.Node().Data), r.value(n.Value(), pos), pos)
	}
}

func (r *tomlReader) made(data any, pos Pos) Value {
	return Value{Data: data, Pos: pos, Secret: r.secret}
}

// value turns a node into a value. Lists and tables have no place of their own,
// and get that of what they belong to.
func (r *tomlReader) value(n *unstable.Node, pos Pos) Value {
	if n.Raw.Length > 0 {
		pos = r.at(int(n.Raw.Offset))
	}
	v := r.made(nil, pos)
	switch n.Kind {
	case unstable.Bool:
		v.Data = string(n.Data) == "true"
	case unstable.Integer:
		v.Data = tomlInteger(string(n.Data))
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
		for item := n.Children(); item.Next(); {
			r.keyValue(m, item.Node())
		}
		v.Data = m
	default: // texts, dates and times
		v.Data = string(n.Data)
	}
	return v
}

// tomlInteger reads a whole number, which the decoder has found to fit.
func tomlInteger(text string) any {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimPrefix(text, "+"), "_", ""), 0, 64)
	if err != nil {
		return text
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
