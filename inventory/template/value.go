package template

import (
	"math"
	"strconv"
)

// The values of templates are nil, bool, int64, float64, string, *List, *Dict,
// Mapping, *Undefined, *Secret, and some that exist only while a template is
// evaluated: functions, methods, loops, namespaces.

// List is a list of Python, or what is like one.
type List struct {
	Items []any
	// kind is what it is if it is no list: a tuple, a range or a view.
	kind listKind
	// fresh tells that the template has made it, so that it may change it.
	fresh bool
}

type listKind string

const (
	isTuple listKind = "tuple"
	isRange listKind = "range"
	isView  listKind = "view"
)

// NewList returns a list of values from outside.
func NewList(items ...any) *List { return &List{Items: items} }

func newList(items []any) *List { return &List{Items: items, fresh: true} }

func newTuple(items ...any) *List { return &List{Items: items, kind: isTuple} }

// Dict is a dictionary of Python: it keeps the order of its keys, which are not
// only texts.
type Dict struct {
	keys   []any
	values []any
	index  map[any]int
	fresh  bool
}

// Set gives a key a value. Keys are nil, bool, int64, float64 or string.
func (d *Dict) Set(key, value any) { d.set(dictKey(key), key, value) }

func (d *Dict) set(id, key, value any) {
	if i, ok := d.index[id]; ok {
		d.values[i] = value
		return
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[id] = len(d.keys)
	d.keys, d.values = append(d.keys, key), append(d.values, value)
}

// Keys returns the keys in the order in which they were set.
func (d *Dict) Keys() []any { return d.keys }

// Get returns the value of a key, and whether there is one.
func (d *Dict) Get(key any) (any, bool) {
	i, ok := d.index[dictKey(key)]
	if !ok {
		return nil, false
	}
	return d.values[i], true
}

func (d *Dict) remove(id any) {
	i := d.index[id]
	d.keys = append(d.keys[:i:i], d.keys[i+1:]...)
	d.values = append(d.values[:i:i], d.values[i+1:]...)
	delete(d.index, id)
	for k, j := range d.index {
		if j > i {
			d.index[k] = j - 1
		}
	}
}

func (d *Dict) copy() *Dict {
	c := &Dict{fresh: true}
	for i, k := range d.keys {
		c.Set(k, d.values[i])
	}
	return c
}

// tupleID is what a tuple is as a key: what its parts are.
type tupleID string

// dictKey is what is equal for keys that are equal in Python: 1, 1.0 and True.
func dictKey(key any) any {
	switch k := key.(type) {
	case bool:
		if k {
			return int64(1)
		}
		return int64(0)
	case float64:
		if k == math.Trunc(k) && math.Abs(k) < 1<<62 {
			return int64(k)
		}
	case Text:
		return string(k)
	case *List:
		id := ""
		for _, item := range k.Items {
			part := dictKey(item)
			switch p := part.(type) {
			case string:
				id += "s" + strconv.Quote(p)
			case int64:
				id += "i" + strconv.FormatInt(p, 10)
			case float64:
				id += "f" + strconv.FormatFloat(p, 'g', -1, 64)
			case tupleID:
				id += "(" + string(p) + ")"
			case nil:
				id += "n"
			}
			id += ","
		}
		return tupleID(id)
	}
	return key
}

// Mapping is a dictionary whose values are found when they are asked for, such as
// hostvars.
type Mapping interface {
	// Get returns the value of a key, and whether there is one.
	Get(key string) (any, bool, error)
	// Keys are the keys in order; an error where they are not all known.
	Keys() ([]string, error)
	// Type is the name of its type in messages.
	Type() string
}

// Undefined is the value of a name that nothing has. It may be passed around, and
// using it is an error.
type Undefined struct {
	// Name says what is not defined.
	Name string
	// Err is why there is no value, where there would be one; nil otherwise.
	Err error

	// hint says what was probably meant, or ""; nil where nobody knows.
	hint func() string
	// at is where in the template it was asked for; 0 if that is not known.
	at int
	// soft tells that it is what an if without an else leaves, which Jinja2
	// prints as nothing.
	soft bool
}

// softly tells whether a value is undefined, but no error yet.
func softly(v any) bool {
	u, ok := v.(*Undefined)
	return ok && u.soft
}

// Secret is a value that is not to be shown, and found when it is first used.
type Secret struct{ Open func() (any, error) }

// Text is a text that stays one, even if it looks like a list: what to_json and its
// kin make.
type Text string

// namespace is a value whose attributes a template may set.
type namespace struct{ values *Dict }

func (n *namespace) set(name string, v any) { n.values.Set(name, v) }

// function is something to call.
type function struct {
	name string
	call func(ev *evaluator, at int, args arguments) any
}

// force returns a value itself, which may be a secret's.
func (ev *evaluator) force(v any) any {
	s, ok := v.(*Secret)
	if !ok {
		return v
	}
	opened, err := s.Open()
	if err != nil {
		panic(failure{err})
	}
	ev.secret = true
	return opened
}

// plain returns a value without the mark of a text that stays one.
func (ev *evaluator) plain(v any) any {
	v = ev.force(v)
	if t, ok := v.(Text); ok {
		return string(t)
	}
	return v
}

// used returns a value that must be defined.
func (ev *evaluator) used(at int, v any) any {
	v = ev.plain(v)
	if u, ok := v.(*Undefined); ok {
		ev.undefined(at, u)
	}
	return v
}

func (ev *evaluator) undefined(at int, u *Undefined) {
	if u.Err != nil {
		panic(failure{u.Err})
	}
	offset, hint := at, ""
	if u.hint != nil {
		hint = u.hint()
	}
	if u.at > 0 {
		offset = u.at
	}
	panic(failure{&Error{Offset: offset, Message: u.Name + " is not defined", Hint: hint, Undefined: true}})
}

// typeName is Python's name for the type of a value.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string, Text:
		return "str"
	case *List:
		if v.kind != "" {
			return string(v.kind)
		}
		return "list"
	case *Dict:
		return "dict"
	case Mapping:
		return v.Type()
	case *namespace:
		return "Namespace"
	case *loop:
		return "LoopContext"
	case *function:
		return "function"
	case *Undefined:
		return "AnsibleUndefined"
	}
	return "object"
}

// kindName is the type of a value in the words of a person.
func kindName(v any) words {
	switch v.(type) {
	case nil:
		return "none"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case string, Text:
		return "a text"
	case *List:
		return "a list"
	case *Dict, Mapping, *namespace:
		return "a mapping"
	case *function:
		return "a function"
	}
	return words("a value of the type " + typeName(v))
}

// truth is Python's bool().
func (ev *evaluator) truth(at int, v any) bool {
	if softly(v) {
		return false
	}
	switch v := ev.used(at, v).(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case *List:
		return len(v.Items) > 0
	case *Dict:
		return len(v.keys) > 0
	case Mapping:
		return len(ev.keys(at, v)) > 0
	}
	return true
}

// items are the values over which Python would iterate: of a text its
// characters, of a mapping its keys.
func (ev *evaluator) items(at int, v any) []any {
	if softly(v) {
		return nil
	}
	switch v := ev.used(at, v).(type) {
	case *List:
		ev.spend(len(v.Items))
		items := make([]any, len(v.Items))
		for i, item := range v.Items {
			items[i] = ev.force(item)
		}
		return items
	case *Dict:
		ev.spend(len(v.keys))
		return append([]any(nil), v.keys...)
	case Mapping:
		keys := ev.keys(at, v)
		ev.spend(len(keys))
		items := make([]any, len(keys))
		for i, k := range keys {
			items[i] = k
		}
		return items
	case string:
		ev.spend(len(v))
		var items []any
		for _, r := range v {
			items = append(items, string(r))
		}
		return items
	default:
		ev.failf(at, "%s cannot be iterated over", kindName(v))
		return nil
	}
}

// keys are those of a mapping.
func (ev *evaluator) keys(at int, m Mapping) []string {
	keys, err := m.Keys()
	if err != nil {
		ev.raise(at, err)
	}
	return keys
}

// number returns a number, for which a boolean counts too.
func number(v any) (i int64, f float64, isInt, ok bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, 1, true, true
		}
		return 0, 0, true, true
	case int64:
		return v, float64(v), true, true
	case float64:
		return 0, v, false, true
	}
	return 0, 0, false, false
}

// equal is Python's ==.
func (ev *evaluator) equal(at int, a, b any) bool {
	ev.spend(1)
	ev.deeper(at)
	defer ev.shallower()
	if softly(a) || softly(b) {
		return softly(a) && softly(b)
	}
	a, b = ev.used(at, a), ev.used(at, b)
	if x, f, xInt, ok := number(a); ok {
		y, g, yInt, ok := number(b)
		switch {
		case !ok:
			return false
		case xInt && yInt:
			return x == y
		}
		return f == g
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case string:
		y, ok := b.(string)
		ev.spend(len(x) / 16)
		return ok && x == y
	case *List:
		y, ok := b.(*List)
		if !ok || x.kind != y.kind || len(x.Items) != len(y.Items) {
			return false
		}
		for i := range x.Items {
			if !ev.equal(at, x.Items[i], y.Items[i]) {
				return false
			}
		}
		return true
	case *Dict:
		y, ok := b.(*Dict)
		if !ok || len(x.keys) != len(y.keys) {
			return false
		}
		for i, k := range x.keys {
			other, ok := y.Get(k)
			if !ok || !ev.equal(at, x.values[i], other) {
				return false
			}
		}
		return true
	}
	ev.failf(at, "%s cannot be compared by dcosup", kindName(a))
	return false
}

// compare is Python's order: negative if a comes before b.
func (ev *evaluator) compare(at int, a, b any) int {
	ev.spend(1)
	ev.deeper(at)
	defer ev.shallower()
	a, b = ev.used(at, a), ev.used(at, b)
	x, f, xInt, xOK := number(a)
	y, g, yInt, yOK := number(b)
	if xOK && yOK {
		if xInt && yInt {
			return order(x, y)
		}
		return order(f, g)
	}
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			ev.spend(len(s) / 16)
			return order(s, t)
		}
	}
	l, lOK := a.(*List)
	m, mOK := b.(*List)
	if !lOK || !mOK || l.kind != m.kind || l.kind == isRange || l.kind == isView {
		ev.failf(at, "%s and %s have no order", kindName(a), kindName(b))
	}
	for i := 0; i < len(l.Items) && i < len(m.Items); i++ {
		if !ev.equal(at, l.Items[i], m.Items[i]) {
			return ev.compare(at, l.Items[i], m.Items[i])
		}
	}
	return order(len(l.Items), len(m.Items))
}

func order[T int | int64 | float64 | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// contains is Python's in.
func (ev *evaluator) contains(at int, item, of any) bool {
	switch of := ev.used(at, of).(type) {
	case string:
		s, ok := ev.used(at, item).(string)
		if !ok {
			ev.failf(at, "only a text can be in a text, not %s", kindName(ev.plain(item)))
		}
		ev.spend(len(of))
		return containsText(of, s)
	case *List:
		for _, v := range of.Items {
			if ev.equal(at, item, v) {
				return true
			}
		}
		return false
	case *Dict:
		_, ok := of.Get(ev.key(at, item))
		return ok
	case Mapping:
		key, ok := ev.used(at, item).(string)
		if !ok {
			return false
		}
		_, undefined := ev.lookedUp(at, of, key).(*Undefined)
		return !undefined
	default:
		ev.failf(at, "nothing can be in %s", kindName(of))
		return false
	}
}

// key returns a value that can be a key.
func (ev *evaluator) key(at int, v any) any {
	ev.spend(1)
	v = ev.used(at, v)
	if l, ok := v.(*List); ok && l.kind == isTuple {
		ev.deeper(at)
		defer ev.shallower()
		items := make([]any, len(l.Items))
		for i, item := range l.Items {
			items[i] = ev.key(at, item)
		}
		return newTuple(items...)
	}
	switch v.(type) {
	case nil, bool, int64, float64, string:
		return v
	}
	ev.failf(at, "%s cannot be a key", kindName(v))
	return nil
}
