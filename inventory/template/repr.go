package template

import (
	"strconv"
	"strings"

	"dcosup/inventory/pyliteral"
)

// str is Python's str().
func (ev *evaluator) str(at int, v any) string {
	if softly(v) {
		return ""
	}
	v = ev.used(at, v)
	if s, ok := v.(string); ok {
		return s
	}
	return ev.repr(at, v)
}

// repr is Python's repr().
func (ev *evaluator) repr(at int, v any) string {
	var b strings.Builder
	ev.writeRepr(at, &b, v)
	ev.spend(b.Len())
	return b.String()
}

func (ev *evaluator) writeRepr(at int, b *strings.Builder, v any) {
	ev.spend(1)
	ev.deeper(at)
	defer ev.shallower()
	switch v := ev.used(at, v).(type) {
	case nil:
		b.WriteString("None")
	case bool:
		if v {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(pyliteral.Float(v))
	case string:
		b.WriteString(pyliteral.Quoted(v))
	case *List:
		ev.reprList(at, b, v)
	case *Dict:
		b.WriteByte('{')
		for i, k := range v.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			ev.writeRepr(at, b, k)
			b.WriteString(": ")
			ev.writeRepr(at, b, v.values[i])
		}
		b.WriteByte('}')
	case Mapping:
		ev.writeRepr(at, b, ev.dictOf(at, v))
	default:
		ev.failf(at, "%s has no text", kindName(v))
	}
	if b.Len() > maxText {
		ev.failf(at, "the text is longer than %d bytes", maxText)
	}
}

func (ev *evaluator) reprList(at int, b *strings.Builder, l *List) {
	opening, closing := "[", "]"
	switch l.kind {
	case isTuple:
		opening, closing = "(", ")"
	case isRange, isView:
		ev.failf(at, "%s has no text; put |list behind it", kindName(l))
	}
	b.WriteString(opening)
	for i, item := range l.Items {
		if i > 0 {
			b.WriteString(", ")
		}
		ev.writeRepr(at, b, item)
	}
	if l.kind == isTuple && len(l.Items) == 1 {
		b.WriteByte(',')
	}
	b.WriteString(closing)
}

// dictOf is a mapping with all its values found.
func (ev *evaluator) dictOf(at int, m Mapping) *Dict {
	d := &Dict{fresh: true}
	for _, k := range ev.keys(at, m) {
		ev.spend(1)
		v, ok, err := m.Get(k)
		if err != nil {
			ev.raise(at, err)
		}
		if ok {
			d.Set(k, v)
		}
	}
	return d
}
