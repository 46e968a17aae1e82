package template

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	percentSpec = regexp.MustCompile(`%(?:\((\w*)\))?([-+ 0#]*)(\d*)(?:\.(\d*))?([a-zA-Z%])?`)
	braceField  = regexp.MustCompile(`\{\{|\}\}|\{(\w*)\}|[{}]`)
)

// maxWidth bounds the width of what is formatted.
const maxWidth = 10_000

// percent is Python's text % values.
func (ev *evaluator) percent(at int, format string, values any) string {
	ev.spend(len(format))
	var list []any
	l, isList := values.(*List)
	byName, _ := values.(*Dict)
	tuple := isList && l.kind == isTuple
	if list = []any{values}; tuple {
		list = l.Items
	}
	used := 0
	var b strings.Builder
	last := 0
	for _, m := range percentSpec.FindAllStringSubmatchIndex(format, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return format[m[2*i]:m[2*i+1]]
		}
		b.WriteString(format[last:m[0]])
		last = m[1]
		if group(5) == "%" {
			b.WriteByte('%')
			continue
		}
		var v any
		switch {
		case m[2] >= 0:
			if byName == nil {
				ev.failf(at, "the format has names, and there is no mapping for them")
			}
			found, ok := byName.Get(group(1))
			if !ok {
				ev.failf(at, "the format has the name %s, which has no value", group(1))
			}
			v, used = found, 1
		case used >= len(list):
			ev.failf(at, "the format has more places than there are values")
		default:
			v = list[used]
			used++
		}
		precision := -1
		if m[8] >= 0 {
			precision, _ = strconv.Atoi("0" + group(4))
		}
		width, _ := strconv.Atoi("0" + group(3))
		b.WriteString(ev.formatted(at, group(5), group(2), width, precision, v))
	}
	if used < len(list) && byName == nil && (!isList || tuple) { // a list would do for a mapping
		ev.failf(at, "the format has less places than there are values")
	}
	b.WriteString(format[last:])
	return ev.text(at, b.String())
}

// formatted is one value by a place such as %05d.
func (ev *evaluator) formatted(at int, verb, flags string, width, precision int, v any) string {
	if width > maxWidth || precision > maxWidth {
		ev.failf(at, "the format is wider than %d", maxWidth)
	}
	if strings.Contains(flags, "#") {
		ev.failf(at, "the format %%#%s is not evaluated by dcosup", verb)
	}
	v = ev.used(at, v)
	text, numeric := "", true
	switch verb {
	case "s":
		text, numeric = ev.str(at, v), false
	case "r":
		text, numeric = ev.repr(at, v), false
	case "d", "i", "u", "x", "X", "o":
		i, f, isInt, ok := number(v)
		switch {
		case !ok || verb != "d" && verb != "i" && verb != "u" && !isInt:
			ev.failf(at, "%%%s is for whole numbers, not for %s", verb, kindName(v))
		case !isInt && (math.IsNaN(f) || math.Abs(f) >= 1<<63):
			ev.failf(at, "the number is too big")
		case !isInt:
			i = int64(f)
		}
		base := map[string]int{"x": 16, "X": 16, "o": 8}[verb]
		if base == 0 {
			base = 10
		}
		if text = strconv.FormatInt(i, base); verb == "X" {
			text = strings.ToUpper(text)
		}
		if digits := strings.TrimPrefix(text, "-"); precision > len(digits) {
			text = text[:len(text)-len(digits)] + strings.Repeat("0", precision-len(digits)) + digits
		}
	case "f", "F", "e", "E", "g", "G":
		i, f, isInt, ok := number(v)
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			ev.failf(at, "%%%s is for numbers, not for %s", verb, kindName(v))
		}
		if isInt {
			f = float64(i)
		}
		if precision < 0 {
			precision = 6
		}
		text = fmt.Sprintf("%."+strconv.Itoa(precision)+verb, f)
	default:
		ev.failf(at, "the format %%%s is not evaluated by dcosup", verb)
	}
	if runes := []rune(text); !numeric && precision >= 0 && len(runes) > precision {
		text = string(runes[:precision])
	}
	return padded(text, flags, width, numeric)
}

// padded gives a text its sign and its width.
func padded(text, flags string, width int, numeric bool) string {
	if numeric && !strings.HasPrefix(text, "-") {
		switch {
		case strings.Contains(flags, "+"):
			text = "+" + text
		case strings.Contains(flags, " "):
			text = " " + text
		}
	}
	missing := width - len([]rune(text))
	switch {
	case missing <= 0:
		return text
	case strings.Contains(flags, "-"):
		return text + strings.Repeat(" ", missing)
	case numeric && strings.Contains(flags, "0"):
		sign := text[:len(text)-len(strings.TrimLeft(text, "+- "))]
		return sign + strings.Repeat("0", missing) + text[len(sign):]
	}
	return strings.Repeat(" ", missing) + text
}

// braces is Python's text.format(values), as far as it has no formats within.
func (ev *evaluator) braces(at int, format string, args arguments) string {
	ev.spend(len(format))
	var b strings.Builder
	last, next := 0, 0
	for _, m := range braceField.FindAllStringSubmatchIndex(format, -1) {
		b.WriteString(format[last:m[0]])
		last = m[1]
		switch found := format[m[0]:m[1]]; {
		case found == "{{" || found == "}}":
			b.WriteString(found[:1])
			continue
		case m[2] < 0:
			ev.failf(at, "what stands in the braces of this format is not evaluated by dcosup: it knows {}, {0} and {name}")
		}
		name := format[m[2]:m[3]]
		i, err := strconv.Atoi(name)
		if name == "" {
			i, err = next, nil
			next++
		}
		v, ok := args.named[name]
		if err == nil {
			if i >= len(args.list) {
				ev.failf(at, "the format has more places than there are values")
			}
			v, ok = args.list[i], true
		}
		if !ok {
			ev.failf(at, "the format has the name %s, which has no value", name)
		}
		b.WriteString(ev.str(at, v))
	}
	b.WriteString(format[last:])
	return ev.text(at, b.String())
}
