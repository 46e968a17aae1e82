package template

import "slices"

// attr is what v.name is in Jinja2: a method or an attribute, else the value of
// a key.
func (ev *evaluator) attr(at int, v any, name string) any {
	v = ev.plain(v)
	switch of := v.(type) {
	case *Undefined:
		return of
	case *loop:
		if v, ok := of.attr(name); ok {
			return v
		}
		if name == "cycle" {
			return &function{name: name, call: func(ev *evaluator, at int, args arguments) any {
				if len(args.list) == 0 {
					ev.failf(at, "cycle has nothing to choose from")
				}
				return args.list[of.i%len(args.list)]
			}}
		}
		ev.failf(at, "loop.%s is not evaluated by dcosup", name)
	case *namespace:
		return ev.lookedUp(at, of.values, name)
	}
	if m, ok := ev.method(at, v, name); ok {
		return m
	}
	switch v.(type) {
	case *Dict, Mapping:
		return ev.lookedUp(at, v, name)
	}
	return &Undefined{}
}

// item is what v[key] is in Jinja2: the value of a key or an index, else an
// attribute.
func (ev *evaluator) item(at int, v, key any) any {
	v = ev.plain(v)
	if u, ok := key.(*Undefined); ok {
		ev.undefined(at, u)
	}
	switch of := v.(type) {
	case *Undefined:
		return of
	case *Dict, Mapping, *namespace:
		found := ev.lookedUp(at, v, key)
		if _, missing := found.(*Undefined); !missing {
			return found
		}
		if name, ok := key.(string); ok {
			if m, ok := ev.method(at, v, name); ok {
				return m
			}
		}
		return found
	case *List:
		if i, ok := index(key, len(of.Items)); ok {
			return ev.force(of.Items[i])
		}
	case string:
		ev.spend(len(of))
		runes := []rune(of)
		if i, ok := index(key, len(runes)); ok {
			return string(runes[i])
		}
	}
	if name, ok := key.(string); ok {
		if m, ok := ev.method(at, v, name); ok {
			return m
		}
	}
	return &Undefined{}
}

// index returns a key as an index of n items; Python counts from the end, too.
func index(key any, n int) (int, bool) {
	i, _, isInt, ok := number(key)
	if !ok || !isInt {
		return 0, false
	}
	if i < 0 {
		i += int64(n)
	}
	return int(i), i >= 0 && i < int64(n)
}

// lookedUp is the value of a key, undefined if there is none.
func (ev *evaluator) lookedUp(at int, of, key any) any {
	ev.spend(1)
	name, isText := key.(string)
	u := &Undefined{}
	switch m := of.(type) {
	case *namespace:
		return ev.lookedUp(at, m.values, key)
	case *Dict:
		if !hashable(key) {
			return u
		}
		if v, ok := m.Get(key); ok {
			return ev.force(v)
		}
		u.hint = func() string { return ev.meant(name, m.names()) }
	case Mapping:
		if !isText {
			return u
		}
		v, ok, err := m.Get(name)
		if err != nil {
			ev.raise(at, err)
		}
		if ok {
			return ev.force(v)
		}
		u.hint = func() string {
			known, _ := m.Keys() // without them there is no hint
			return ev.meant(name, known)
		}
	}
	return u
}

// hashable tells whether a value can be a key.
func hashable(v any) bool {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return true
	case *List:
		return v.kind == isTuple && !slices.ContainsFunc(v.Items, func(item any) bool { return !hashable(item) })
	}
	return false
}

// names are the keys that are texts.
func (d *Dict) names() []string {
	var names []string
	for _, k := range d.keys {
		if s, ok := k.(string); ok {
			names = append(names, s)
		}
	}
	return names
}

// pythonAttributes are the attributes that values of Python have and dcosup does
// not know: nobody may take them for undefined.
func pythonAttributes() map[string][]string {
	return map[string][]string{
		"str":   {"casefold", "encode", "expandtabs", "format_map", "isascii", "isidentifier", "isprintable", "maketrans", "translate"},
		"list":  {"clear"},
		"dict":  {"clear", "fromkeys", "popitem"},
		"int":   {"as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "numerator", "real", "to_bytes"},
		"float": {"as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"},
	}
}

// method is the method of a value, or what Python has of that name.
func (ev *evaluator) method(at int, v any, name string) (any, bool) {
	var table map[string]method
	kind := typeName(v)
	switch kind {
	case "str":
		table = ev.texts
	case "list", "tuple":
		table = ev.lists
	case "dict":
		table = ev.dicts
	default:
		if _, ok := v.(Mapping); ok {
			table = ev.mappings
		}
	}
	if m, ok := table[name]; ok {
		return &function{name: name, call: func(ev *evaluator, at int, args arguments) any {
			if s, ok := v.(string); ok {
				ev.spend(len(s))
			}
			return m(ev, at, v, args)
		}}, true
	}
	if kind == "bool" {
		kind = "int"
	}
	if slices.Contains(pythonAttributes()[kind], name) || len(name) > 4 && name[:2] == "__" {
		ev.failf(at, "Python's %s of %s is not evaluated by dcosup", name, kindName(v))
	}
	return nil, false
}

// method is a method of a value: it gets the value itself.
type method func(ev *evaluator, at int, self any, args arguments) any

// bound are arguments by the names of the parameters.
type bound struct {
	ev     *evaluator
	at     int
	values map[string]any
}

// bind gives arguments the names of the parameters.
func (ev *evaluator) bind(at int, what string, args arguments, params ...string) bound {
	b := bound{ev: ev, at: at, values: map[string]any{}}
	if len(args.list) > len(params) {
		ev.failf(at, "%s takes %d arguments, and has %d", what, len(params), len(args.list))
	}
	for i, v := range args.list {
		b.values[params[i]] = v
	}
	for _, name := range args.order {
		if _, twice := b.values[name]; twice {
			ev.failf(at, "%s has the argument %s twice", what, name)
		}
		if !slices.Contains(params, name) {
			ev.hintf(at, ev.meant(name, params), "%s has no argument %q that dcosup knows", what, name)
		}
		b.values[name] = args.named[name]
	}
	return b
}

func (b bound) has(name string) bool { _, ok := b.values[name]; return ok }

// need returns an argument that must be there.
func (b bound) need(name string) any {
	v, ok := b.values[name]
	if !ok {
		b.ev.failf(b.at, "the argument %s is missing", name)
	}
	return b.ev.used(b.at, v)
}

// value returns an argument, or what it is by default.
func (b bound) value(name string, otherwise any) any {
	if !b.has(name) {
		return otherwise
	}
	return b.need(name)
}

func (b bound) text(name string, otherwise string) string {
	v := b.value(name, otherwise)
	s, ok := v.(string)
	if !ok {
		b.ev.failf(b.at, "the argument %s must be a text, not %s", name, kindName(v))
	}
	return s
}

func (b bound) integer(name string, otherwise int64) int64 {
	v := b.value(name, otherwise)
	n, _, isInt, ok := number(v)
	if !ok || !isInt {
		b.ev.failf(b.at, "the argument %s must be a whole number, not %s", name, kindName(v))
	}
	return n
}

func (b bound) truth(name string, otherwise bool) bool {
	return b.ev.truth(b.at, b.value(name, otherwise))
}
