package template

import (
	"math"
	"math/big"

	"dcosup/inventory/pyliteral"
)

// literal reads a text that looks like a list, a dictionary or a boolean. ok is
// false if Python would not read it.
func (ev *evaluator) literal(text string) (v any, ok bool) {
	ev.spend(len(text))
	l, ok := pyliteral.Parse([]rune(text), true)
	if !ok {
		return nil, false
	}
	return ev.fromLiteral(l), true
}

func (ev *evaluator) fromLiteral(l pyliteral.Value) any {
	switch d := l.Data.(type) {
	case *big.Int:
		ev.failf(0, "the number %s is too big", shortened(d.String()))
	case []pyliteral.Value:
		if l.Kind == pyliteral.Set {
			ev.failf(0, "the value is a set of Python, which dcosup does not know")
		}
		list := &List{Items: make([]any, len(d))}
		if l.Kind == pyliteral.Tuple {
			list.kind = isTuple
		}
		for i, item := range d {
			list.Items[i] = ev.fromLiteral(item)
		}
		return list
	case pyliteral.Dict:
		dict := &Dict{}
		for _, pair := range d {
			dict.Set(ev.fromLiteral(pair.Key), ev.fromLiteral(pair.Value))
		}
		return dict
	}
	return l.Data
}

// reread is a value as it is once Python has written it as text, and read that: a
// list with an infinite number in it stays text.
func (ev *evaluator) reread(at int, v any) any {
	odd := false
	read := ev.copied(at, v, &odd)
	if odd {
		return ev.repr(at, v)
	}
	return read
}

func (ev *evaluator) copied(at int, v any, odd *bool) any {
	ev.spend(1)
	ev.deeper(at)
	defer ev.shallower()
	switch v := ev.used(at, v).(type) {
	case float64:
		*odd = *odd || math.IsInf(v, 0) || math.IsNaN(v)
		return v
	case *List:
		if v.kind == isRange || v.kind == isView {
			ev.failf(at, "%s within a list has no text; put |list behind it", kindName(v))
		}
		list := &List{kind: v.kind, Items: make([]any, len(v.Items))}
		for i, item := range v.Items {
			list.Items[i] = ev.copied(at, item, odd)
		}
		return list
	case *Dict:
		dict := &Dict{}
		for i, k := range v.keys {
			dict.Set(k, ev.copied(at, v.values[i], odd))
		}
		return dict
	case Mapping:
		return ev.copied(at, ev.dictOf(at, v), odd)
	case *function, *loop, *namespace:
		ev.failf(at, "%s has no text", kindName(v))
	default:
		return v
	}
	return nil
}
