package template

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
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
		b.WriteString(formatFloat(v))
	case string:
		b.WriteString(quotedText(v))
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

// formatFloat writes a float as Python does.
func formatFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	if abs := math.Abs(f); f != 0 && (abs >= 1e16 || abs < 1e-4) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// quotedText is Python's repr() of a text.
func quotedText(s string) string {
	quote := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x7f || unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteRune(quote)
	return b.String()
}
