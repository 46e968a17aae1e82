package listing

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"dcosup/inventory"
	"dcosup/inventory/pyliteral"
)

// The keys of the objects that stand in Ansible's JSON for values with the tags
// !vault and !unsafe.
const (
	jsonVault  = "__ansible_vault"
	jsonUnsafe = "__ansible_unsafe"
)

// encodeJSON writes JSON as Python does with sorted keys and an indent of four.
func encodeJSON(v any) string {
	e := jsonEncoder{}
	e.value(v, "")
	return e.String()
}

type jsonEncoder struct{ strings.Builder }

// value writes a value. What follows on lines of its own stands behind indent.
func (e *jsonEncoder) value(v any, indent string) {
	switch d := v.(type) {
	case inventory.Value:
		e.variable(d, indent)
	case *inventory.Map:
		e.members(d.Keys(), indent, func(key string) any { v, _ := d.Get(key); return v })
	case object:
		e.members(slices.Collect(maps.Keys(d)), indent, func(key string) any { return d[key] })
	case []any:
		e.list(len(d), indent, func(i int) any { return d[i] })
	case []inventory.Value:
		e.list(len(d), indent, func(i int) any { return d[i] })
	case string:
		e.text(d)
	case nil:
		e.WriteString("null")
	case float64:
		e.WriteString(pyliteral.Float(d))
	default: // bool, int64, *big.Int
		fmt.Fprint(e, d)
	}
}

// variable writes a value of the inventory.
func (e *jsonEncoder) variable(v inventory.Value, indent string) {
	if envelope, ok := v.Envelope(); ok {
		e.value(object{jsonVault: envelope}, indent)
		return
	}
	if n, ok := v.YAML.(*big.Int); ok {
		e.WriteString(n.String())
		return
	}
	if text, ok := v.Data.(string); ok && v.Unsafe() {
		e.value(object{jsonUnsafe: text}, indent)
		return
	}
	e.value(v.Data, indent)
}

func (e *jsonEncoder) members(keys []string, indent string, of func(string) any) {
	if len(keys) == 0 {
		e.WriteString("{}")
		return
	}
	slices.Sort(keys)
	inner := indent + "    "
	for i, key := range keys {
		e.WriteString(opening(i, '{') + inner)
		e.text(key)
		e.WriteString(": ")
		e.value(of(key), inner)
	}
	e.WriteString("\n" + indent + "}")
}

func (e *jsonEncoder) list(n int, indent string, of func(int) any) {
	if n == 0 {
		e.WriteString("[]")
		return
	}
	inner := indent + "    "
	for i := range n {
		e.WriteString(opening(i, '[') + inner)
		e.value(of(i), inner)
	}
	e.WriteString("\n" + indent + "]")
}

// opening is what stands before the i-th member: the bracket, or a comma.
func opening(i int, bracket rune) string {
	if i == 0 {
		return string(bracket) + "\n"
	}
	return ",\n"
}

// text writes a text, with nothing escaped that need not be.
func (e *jsonEncoder) text(s string) {
	e.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			e.WriteByte('\\')
			e.WriteRune(r)
		case r >= ' ':
			e.WriteRune(r)
		default:
			quoted, _ := json.Marshal(string(r))
			e.WriteString(strings.Trim(string(quoted), `"`))
		}
	}
	e.WriteByte('"')
}
