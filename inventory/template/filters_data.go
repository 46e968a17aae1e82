package template

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"dcosup/inventory/pyliteral"
)

// dataFilters are the filters for mappings and for texts that hold data.
func dataFilters() map[string]filter {
	return map[string]filter{
		"combine":    combineFilter,
		"dict2items": dict2Items,
		"items2dict": items2Dict,
		"dictsort":   dictSort,
		"extract": func(ev *evaluator, at int, v any, args arguments) any {
			b := ev.bind(at, "extract", args, "container", "morekeys")
			keys := []any{ev.used(at, v)}
			switch more := b.value("morekeys", nil).(type) {
			case nil:
			case *List:
				keys = append(keys, ev.items(at, more)...)
			default:
				keys = append(keys, more)
			}
			v = b.need("container")
			for _, key := range keys {
				if v = ev.item(at, v, key); v != nil {
					if u, ok := v.(*Undefined); ok && u.Name == "" {
						u.Name = fmt.Sprintf("%s of what extract looks into", ev.repr(at, key))
					}
				}
			}
			return v
		},
		"to_json": func(ev *evaluator, at int, v any, args arguments) any {
			return ev.toJSON(at, v, ev.bind(at, "to_json", args, "indent", "sort_keys", "ensure_ascii"), jsonStyle{item: ", ", key: ": "})
		},
		"to_nice_json": func(ev *evaluator, at int, v any, args arguments) any {
			return ev.toJSON(at, v, ev.bind(at, "to_nice_json", args, "indent", "sort_keys", "ensure_ascii"), jsonStyle{item: ",", key: ": ", indent: 4, lines: true, sorted: true})
		},
		"from_json": func(ev *evaluator, at int, v any, args arguments) any {
			ev.bind(at, "from_json", args)
			s, ok := ev.used(at, v).(string)
			if !ok {
				ev.failf(at, "from_json is for texts, not for %s", kindName(v))
			}
			return ev.fromJSON(at, s)
		},
		"from_yaml": func(ev *evaluator, at int, v any, args arguments) any {
			ev.bind(at, "from_yaml", args)
			s, ok := ev.used(at, v).(string)
			switch {
			case !ok:
				return v
			case ev.env.YAML == nil:
				ev.failf(at, "the filter from_yaml is not evaluated here")
			}
			ev.spend(10 * len(s))
			read, err := ev.env.YAML(s)
			if err != nil {
				ev.raise(at, err)
			}
			return read
		},
	}
}

func combineFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "combine", arguments{named: args.named, order: args.order}, "recursive", "list_merge")
	if how := b.text("list_merge", "replace"); how != "replace" {
		ev.failf(at, "combine with list_merge=%s is not evaluated by dcosup", how)
	}
	var dicts []any
	for _, v := range append([]any{v}, args.list...) {
		v = ev.used(at, v)
		if l, ok := v.(*List); ok {
			dicts = append(dicts, ev.items(at, l)...)
			continue
		}
		if v != nil {
			dicts = append(dicts, v)
		}
	}
	if len(dicts) == 1 {
		return dicts[0]
	}
	all := &Dict{fresh: true}
	for _, d := range dicts {
		all = ev.merged(at, all, d, b.truth("recursive", false))
	}
	return all
}

// merged is a dictionary with the keys of another one put over its own.
func (ev *evaluator) merged(at int, under *Dict, over any, recursive bool) *Dict {
	ev.deeper(at)
	defer ev.shallower()
	keys, values := ev.pairs(at, over)
	ev.spend(10 * len(under.keys))
	out := under.copy()
	for i, k := range keys {
		old, _ := out.Get(k)
		d, isDict := ev.force(old).(*Dict)
		if other, ok := ev.used(at, values[i]).(*Dict); recursive && isDict && ok {
			out.Set(k, ev.merged(at, d, other, true))
			continue
		}
		out.Set(k, values[i])
	}
	return out
}

func dict2Items(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "dict2items", args, "key_name", "value_name")
	keyName, valueName := b.text("key_name", "key"), b.text("value_name", "value")
	keys, values := ev.pairs(at, v)
	items := make([]any, len(keys))
	for i, k := range keys {
		d := &Dict{fresh: true}
		d.Set(keyName, k)
		d.Set(valueName, values[i])
		items[i] = d
	}
	return newList(items)
}

func items2Dict(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "items2dict", args, "key_name", "value_name")
	keyName, valueName := b.text("key_name", "key"), b.text("value_name", "value")
	if _, ok := ev.used(at, v).(*List); !ok {
		ev.failf(at, "items2dict is for lists, not for %s", kindName(v))
	}
	d := &Dict{fresh: true}
	for _, item := range ev.items(at, v) {
		key, value := ev.lookedUp(at, item, keyName), ev.lookedUp(at, item, valueName)
		for _, v := range []any{key, value} {
			if _, missing := v.(*Undefined); missing {
				ev.failf(at, "items2dict is for a list of mappings that have %s and %s", keyName, valueName)
			}
		}
		d.Set(ev.key(at, key), value)
	}
	return d
}

func dictSort(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "dictsort", args, "case_sensitive", "by", "reverse")
	by := map[string]int64{"key": 0, "value": 1}
	i, ok := by[b.text("by", "key")]
	if !ok {
		ev.failf(at, "dictsort sorts by key or by value")
	}
	cased := b.truth("case_sensitive", false)
	return newList(ev.sorted(at, ev.tuples(at, v), b.truth("reverse", false), func(pair any) any {
		v := ev.item(at, pair, i)
		if cased {
			return v
		}
		return ev.caseless(v)
	}))
}

// jsonStyle is how Python is to write JSON.
type jsonStyle struct {
	item, key string
	indent    int64
	// lines tells that every item has a line of its own.
	lines, sorted, unicode bool
}

func (ev *evaluator) toJSON(at int, v any, b bound, s jsonStyle) any {
	if b.value("indent", nil) != nil {
		s.indent, s.lines, s.item = b.integer("indent", 0), true, ","
	}
	if s.indent > maxWidth || s.indent < 0 {
		ev.failf(at, "JSON is indented by 0 to %d columns", maxWidth)
	}
	s.sorted = b.truth("sort_keys", s.sorted)
	s.unicode = !b.truth("ensure_ascii", true)
	var out strings.Builder
	ev.writeJSON(at, &out, v, s, 0)
	return Text(ev.text(at, out.String()))
}

func (ev *evaluator) writeJSON(at int, out *strings.Builder, v any, s jsonStyle, level int64) {
	ev.spend(1)
	ev.deeper(at)
	defer ev.shallower()
	if out.Len() > maxText {
		ev.failf(at, "the text is longer than %d bytes", maxText)
	}
	line := func(level int64) {
		if s.lines {
			out.WriteString("\n" + strings.Repeat(" ", int(level*s.indent)))
			ev.spend(int(level * s.indent))
		}
	}
	switch v := ev.used(at, v).(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(v))
	case int64:
		out.WriteString(strconv.FormatInt(v, 10))
	case float64:
		out.WriteString(jsonFloat(v))
	case string:
		writeJSONText(out, v, s.unicode)
	case *List:
		if v.kind == isRange || v.kind == isView {
			ev.failf(at, "%s has no JSON; put |list behind it", kindName(v))
		}
		out.WriteByte('[')
		for i, item := range v.Items {
			if i > 0 {
				out.WriteString(s.item)
			}
			line(level + 1)
			ev.writeJSON(at, out, item, s, level+1)
		}
		if len(v.Items) > 0 {
			line(level)
		}
		out.WriteByte(']')
	case *Dict, Mapping:
		ev.writeJSONObject(at, out, v, s, level, line)
	default:
		ev.failf(at, "%s has no JSON", kindName(v))
	}
}

func (ev *evaluator) writeJSONObject(at int, out *strings.Builder, v any, s jsonStyle, level int64, line func(int64)) {
	keys, values := ev.pairs(at, v)
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	if s.sorted {
		slices.SortStableFunc(order, func(i, j int) int { return ev.compare(at, keys[i], keys[j]) })
	}
	out.WriteByte('{')
	for n, i := range order {
		if n > 0 {
			out.WriteString(s.item)
		}
		line(level + 1)
		key := ""
		switch k := keys[i].(type) {
		case nil:
			key = "null"
		case bool:
			key = strconv.FormatBool(k)
		case float64:
			key = jsonFloat(k)
		case *List:
			ev.failf(at, "a tuple is no key of JSON")
		default:
			key = ev.str(at, k)
		}
		writeJSONText(out, key, s.unicode)
		out.WriteString(s.key)
		ev.writeJSON(at, out, values[i], s, level+1)
	}
	if len(keys) > 0 {
		line(level)
	}
	out.WriteByte('}')
}

// jsonFloat is a float as Python's JSON has it.
func jsonFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return pyliteral.Float(f)
}

func writeJSONText(out *strings.Builder, s string, unicode bool) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\f': `\f`, '\b': `\b`}
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case short[r] != "":
			out.WriteString(short[r])
		case r < ' ' || r > '~' && !unicode && r <= 0xffff:
			fmt.Fprintf(out, `\u%04x`, r)
		case r > '~' && !unicode:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(out, `\u%04x\u%04x`, high, low)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}

func (ev *evaluator) fromJSON(at int, s string) any {
	ev.spend(len(s))
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	v, err := ev.jsonValue(at, d)
	if err == nil {
		if _, after := d.Token(); after != io.EOF {
			ev.failf(at, "the text is not JSON: something follows it")
		}
	}
	if err != nil {
		ev.failf(at, "the text is not JSON: %v", err)
	}
	return v
}

// jsonValue reads one value, and keeps the order of the keys.
func (ev *evaluator) jsonValue(at int, d *json.Decoder) (any, error) {
	ev.spend(1)
	ev.deeper(at)
	defer ev.shallower()
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if strings.ContainsAny(t.String(), ".eE") {
			f, _ := t.Float64() // too big ones are infinite, as in Python
			return f, nil
		}
		n, err := t.Int64()
		if err != nil {
			ev.failf(at, "the number is too big")
		}
		return n, nil
	case json.Delim:
		if t == '[' {
			l := newList([]any{})
			for d.More() {
				v, err := ev.jsonValue(at, d)
				if err != nil {
					return nil, err
				}
				l.Items = append(l.Items, v)
			}
			_, err := d.Token()
			return l, err
		}
		dict := &Dict{fresh: true}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := ev.jsonValue(at, d)
			if err != nil {
				return nil, err
			}
			dict.Set(key, v)
		}
		_, err := d.Token()
		return dict, err
	}
	return t, nil
}
