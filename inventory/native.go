package inventory

import (
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

var (
	yamlDay  = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	yamlTime = regexp.MustCompile(`^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$`)
)

// native is what YAML 1.1 makes of a node whose Data is the text that was
// written: see [Value.YAML].
func (r *yamlReader) native(n *yaml.Node, data any) any {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle | yaml.TaggedStyle
	text, ok := data.(string)
	if !ok || n.Style&quoted != 0 {
		return nil
	}
	if len(text) <= maxDigits && yamlInt.MatchString(text) && !strings.Contains(text, ":") {
		base := 0
		if r.json {
			base = 10
		}
		if big, ok := new(big.Int).SetString(strings.ReplaceAll(text, "_", ""), base); ok {
			return big
		}
	}
	switch strings.ToLower(text) {
	case ".inf", "+.inf":
		return math.Inf(1)
	case "-.inf":
		return math.Inf(-1)
	case ".nan":
		return math.NaN()
	}
	if !r.json && (yamlDay.MatchString(text) || yamlTime.MatchString(text)) {
		day, _ := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
		return day
	}
	return nil
}

// Native is Plain with what YAML 1.1 would make of the text: dates are
// time.Time, infinities float64, whole numbers past int64 *big.Int.
func (v Value) Native() any {
	switch d := v.Data.(type) {
	case []Value:
		list := make([]any, len(d))
		for i, e := range d {
			list[i] = e.Native()
		}
		return list
	case *Map:
		return d.nested()
	}
	if v.YAML != nil {
		return v.YAML
	}
	return v.Data
}

// Native is Plain with what YAML 1.1 would make of the values. The keys are
// text; NonTextKeys tells which of them were not.
func (m *Map) Native() map[string]any {
	out := make(map[string]any, m.Len())
	for _, k := range m.Keys() {
		v, _ := m.Get(k)
		out[k] = v.Native()
	}
	return out
}

// nested is Native, but keys that are dates remain such: JSON has no form for
// them.
func (m *Map) nested() any {
	out := make(map[any]any, m.Len())
	for _, k := range m.Keys() {
		v, _ := m.Get(k)
		if day, ok := m.nonText[k].(time.Time); ok {
			out[day] = v.Native()
			continue
		}
		out[k] = v.Native()
	}
	for k := range out {
		if _, ok := k.(time.Time); ok {
			return out
		}
	}
	return m.Native()
}

// NonTextKeys are the keys that YAML 1.1 takes for something other than text,
// such as 1, true or a date, in the order in which they were written.
func (m *Map) NonTextKeys() []string {
	var out []string
	for _, k := range m.Keys() {
		if _, ok := m.nonText[k]; ok {
			out = append(out, k)
		}
	}
	return out
}

// noteKey remembers what a key was before it became text.
func (m *Map) noteKey(name string, key Value) {
	data := key.Data
	if key.YAML != nil {
		data = key.YAML
	}
	if _, text := data.(string); text {
		delete(m.nonText, name)
		return
	}
	if m.nonText == nil {
		m.nonText = map[string]any{}
	}
	m.nonText[name] = data
}

// PosAt is the place of a part of the map: a key, then a key or an index
// within its value, and so on. Where a step leads nowhere it is the place of
// the last one that was found, and the zero Pos if that is not known.
func (m *Map) PosAt(path []string) Pos {
	if len(path) == 0 {
		return Pos{}
	}
	v, ok := m.Get(path[0])
	if !ok {
		return Pos{}
	}
	pos := m.KeyPos(path[0])
	for _, step := range path[1:] {
		next, at, ok := v.part(step)
		if !ok || !at.IsValid() {
			break
		}
		v, pos = next, at
	}
	return pos
}

// part is the value behind one step of a path, and the place to point to.
func (v Value) part(step string) (Value, Pos, bool) {
	switch d := v.Data.(type) {
	case *Map:
		next, ok := d.Get(step)
		return next, d.KeyPos(step), ok
	case []Value:
		i, ok := wholeNumber(Value{Data: step})
		if !ok || i < 0 || i >= len(d) {
			return Value{}, Pos{}, false
		}
		return d[i], d[i].Pos, true
	}
	return Value{}, Pos{}, false
}
