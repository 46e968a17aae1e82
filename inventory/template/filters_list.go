package template

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// listFilters are the filters for lists.
func listFilters() map[string]filter {
	m := map[string]filter{
		"list": func(ev *evaluator, at int, v any, args arguments) any { return newList(ev.items(at, v)) },
		"items": func(ev *evaluator, at int, v any, args arguments) any {
			if _, ok := v.(*Undefined); ok {
				return newList(nil)
			}
			return newList(ev.tuples(at, v))
		},
		"length": length, "count": length,
		"first": func(ev *evaluator, at int, v any, args arguments) any {
			if items := ev.items(at, v); len(items) > 0 {
				return items[0]
			}
			return &Undefined{Name: "the first item of an empty list"}
		},
		"last": func(ev *evaluator, at int, v any, args arguments) any {
			if items := ev.items(at, v); len(items) > 0 {
				return items[len(items)-1]
			}
			return &Undefined{Name: "the last item of an empty list"}
		},
		"join": func(ev *evaluator, at int, v any, args arguments) any {
			b := ev.bind(at, "join", args, "d", "attribute")
			items := ev.items(at, v)
			if b.has("attribute") {
				get := ev.attributeOf(at, b.need("attribute"), nil)
				for i := range items {
					items[i] = get(items[i])
				}
			}
			return ev.join(at, items, ev.str(at, b.value("d", "")))
		},
		"reverse": func(ev *evaluator, at int, v any, args arguments) any {
			items := ev.items(at, v)
			slices.Reverse(items)
			if _, ok := ev.plain(v).(string); ok {
				return ev.join(at, items, "")
			}
			return newList(items)
		},
		"map":        mapFilter,
		"select":     func(ev *evaluator, at int, v any, args arguments) any { return ev.selected(at, v, args, false, true) },
		"reject":     func(ev *evaluator, at int, v any, args arguments) any { return ev.selected(at, v, args, false, false) },
		"selectattr": func(ev *evaluator, at int, v any, args arguments) any { return ev.selected(at, v, args, true, true) },
		"rejectattr": func(ev *evaluator, at int, v any, args arguments) any { return ev.selected(at, v, args, true, false) },
		"sort":       sortFilter,
		"unique":     uniqueFilter,
		"min":        extreme("min", -1),
		"max":        extreme("max", 1),
		"sum":        sumFilter,
		"flatten":    flattenFilter,
		"groupby":    groupByFilter,
		"batch":      batchFilter,
		"zip": func(ev *evaluator, at int, v any, args arguments) any {
			return ev.zip(at, append([]any{v}, args.list...), false, nil)
		},
		"zip_longest": func(ev *evaluator, at int, v any, args arguments) any {
			fill := args.named["fillvalue"]
			return ev.zip(at, append([]any{v}, args.list...), true, fill)
		},
		"union": setFilter("union", func(ev *evaluator, at int, a, b []any) []any { return ev.unique(at, append(a, b...)) }),
		"intersect": setFilter("intersect", func(ev *evaluator, at int, a, b []any) []any {
			return ev.unique(at, ev.among(at, a, b, true))
		}),
		"difference": setFilter("difference", func(ev *evaluator, at int, a, b []any) []any {
			return ev.unique(at, ev.among(at, a, b, false))
		}),
		"symmetric_difference": setFilter("symmetric_difference", func(ev *evaluator, at int, a, b []any) []any {
			both := ev.among(at, a, b, true)
			return ev.among(at, ev.unique(at, append(a, b...)), both, false)
		}),
	}
	return m
}

func length(ev *evaluator, at int, v any, args arguments) any {
	switch v := ev.used(at, v).(type) {
	case string:
		ev.spend(len(v))
		return int64(len([]rune(v)))
	case *List:
		return int64(len(v.Items))
	case *Dict:
		return int64(len(v.keys))
	case Mapping:
		return int64(len(ev.keys(at, v)))
	default:
		ev.failf(at, "%s has no length", kindName(v))
	}
	return nil
}

// attributeOf returns what finds an attribute of a value: a.b.0 leads into it.
func (ev *evaluator) attributeOf(at int, attribute, otherwise any) func(v any) any {
	var path []any
	switch a := attribute.(type) {
	case nil:
	case int64:
		path = []any{a}
	case string:
		for _, part := range strings.Split(a, ".") {
			if n, err := strconv.ParseInt(part, 10, 64); err == nil && !strings.ContainsFunc(part, func(r rune) bool { return !unicode.IsDigit(r) }) {
				path = append(path, n)
			} else {
				path = append(path, part)
			}
		}
	default:
		ev.failf(at, "an attribute is a text or a number, not %s", kindName(a))
	}
	return func(v any) any {
		for _, key := range path {
			of := v
			v = ev.item(at, v, key)
			u, ok := v.(*Undefined)
			switch {
			case !ok:
			case otherwise != nil:
				v = otherwise
			case u != of && u.Name == "":
				u.Name = "the attribute " + ev.str(at, attribute) + " of an item"
			}
		}
		return v
	}
}

// itemsIfAny are the items of a value; Jinja2's map and select take whatever is
// false for nothing.
func (ev *evaluator) itemsIfAny(at int, v any) []any {
	if !ev.truth(at, v) {
		return []any{}
	}
	return ev.items(at, v)
}

func mapFilter(ev *evaluator, at int, v any, args arguments) any {
	items := ev.itemsIfAny(at, v)
	if attribute, ok := args.named["attribute"]; ok && len(args.list) == 0 {
		b := ev.bind(at, "map", args, "attribute", "default")
		get := ev.attributeOf(at, ev.used(at, attribute), b.values["default"])
		for i := range items {
			items[i] = get(items[i])
		}
		return newList(items)
	}
	if len(args.list) == 0 {
		ev.failf(at, "map needs a filter or attribute=")
	}
	f := ev.filter(at, ev.str(at, args.list[0]))
	rest := args
	rest.list = args.list[1:]
	for i := range items {
		ev.spend(1)
		items[i] = f(ev, at, items[i], rest)
	}
	return newList(items)
}

// selected are the items that pass a test, or that do not.
func (ev *evaluator) selected(at int, v any, args arguments, byAttribute, pass bool) any {
	get := func(v any) any { return v }
	if byAttribute {
		if len(args.list) == 0 {
			ev.failf(at, "the attribute to look at is missing")
		}
		get = ev.attributeOf(at, ev.used(at, args.list[0]), nil)
		args.list = args.list[1:]
	}
	test := func(v any) bool { return ev.truth(at, v) }
	if len(args.list) > 0 {
		t := ev.test(at, ev.str(at, args.list[0]))
		rest := args
		rest.list = args.list[1:]
		test = func(v any) bool { return t(ev, at, v, rest) }
	}
	chosen := []any{}
	for _, item := range ev.itemsIfAny(at, v) {
		ev.spend(1)
		if test(get(item)) == pass {
			chosen = append(chosen, item)
		}
	}
	return newList(chosen)
}

// caseless is a text in lower case, and any other value itself.
func (ev *evaluator) caseless(v any) any {
	if s, ok := ev.plain(v).(string); ok {
		return strings.ToLower(s)
	}
	return v
}

// sorted are the items in the order of their keys; equal ones stay as they are.
func (ev *evaluator) sorted(at int, items []any, reverse bool, key func(any) any) []any {
	type keyed struct{ key, item any }
	all := make([]keyed, len(items))
	for i, item := range items {
		all[i] = keyed{key(item), item}
	}
	slices.SortStableFunc(all, func(a, b keyed) int {
		if reverse {
			return ev.compare(at, b.key, a.key)
		}
		return ev.compare(at, a.key, b.key)
	})
	if len(all) == 1 {
		ev.used(at, all[0].key)
	}
	out := make([]any, len(all))
	for i, k := range all {
		out[i] = k.item
	}
	return out
}

func sortFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "sort", args, "reverse", "case_sensitive", "attribute")
	cased := b.truth("case_sensitive", false)
	var gets []func(any) any
	switch a := b.value("attribute", nil).(type) {
	case string:
		for _, part := range strings.Split(a, ",") {
			gets = append(gets, ev.attributeOf(at, part, nil))
		}
	default:
		gets = append(gets, ev.attributeOf(at, a, nil))
	}
	key := func(v any) any {
		keys := make([]any, len(gets))
		for i, get := range gets {
			if keys[i] = get(v); !cased {
				keys[i] = ev.caseless(keys[i])
			}
		}
		return newList(keys)
	}
	return newList(ev.sorted(at, ev.items(at, v), b.truth("reverse", false), key))
}

func uniqueFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "unique", args, "case_sensitive", "attribute")
	cased, get := b.truth("case_sensitive", false), ev.attributeOf(at, b.value("attribute", nil), nil)
	return newList(ev.firsts(at, ev.items(at, v), func(v any) any {
		v = get(v)
		if cased {
			return v
		}
		return ev.caseless(v)
	}))
}

// unique are the items without those that are there already.
func (ev *evaluator) unique(at int, items []any) []any {
	return ev.firsts(at, items, func(v any) any { return v })
}

// firsts are the items whose key no item before them has.
func (ev *evaluator) firsts(at int, items []any, key func(any) any) []any {
	seen := map[any]bool{}
	var others []any
	kept := []any{}
	for _, item := range items {
		k := ev.used(at, key(item))
		switch k.(type) {
		case nil, bool, int64, float64, string:
			if id := dictKey(k); !seen[id] {
				seen[id] = true
				kept = append(kept, item)
			}
			continue
		}
		if !slices.ContainsFunc(others, func(o any) bool { return ev.equal(at, o, k) }) {
			others, kept = append(others, k), append(kept, item)
		}
	}
	return kept
}

// among are the items of a that are in b, or those that are not.
func (ev *evaluator) among(at int, a, b []any, in bool) []any {
	has := map[any]bool{}
	var others []any
	for _, v := range b {
		switch v := ev.used(at, v).(type) {
		case nil, bool, int64, float64, string:
			has[dictKey(v)] = true
		default:
			others = append(others, v)
		}
	}
	kept := []any{}
	for _, v := range a {
		found := false
		switch v := ev.used(at, v).(type) {
		case nil, bool, int64, float64, string:
			found = has[dictKey(v)]
		default:
			found = slices.ContainsFunc(others, func(o any) bool { return ev.equal(at, o, v) })
		}
		if found == in {
			kept = append(kept, v)
		}
	}
	return kept
}

func setFilter(name string, join func(ev *evaluator, at int, a, b []any) []any) filter {
	return func(ev *evaluator, at int, v any, args arguments) any {
		other := ev.bind(at, name, args, "b").need("b")
		for _, v := range []any{ev.used(at, v), other} {
			if l, ok := v.(*List); !ok || l.kind == isTuple || l.kind == isRange {
				ev.failf(at, "%s is for two lists, not for %s", name, kindName(v))
			}
		}
		return newList(join(ev, at, ev.items(at, v), ev.items(at, other)))
	}
}

// extreme is the smallest or the biggest item.
func extreme(name string, sign int) filter {
	return func(ev *evaluator, at int, v any, args arguments) any {
		b := ev.bind(at, name, args, "case_sensitive", "attribute")
		cased, get := b.truth("case_sensitive", false), ev.attributeOf(at, b.value("attribute", nil), nil)
		items := ev.items(at, v)
		if len(items) == 0 {
			return &Undefined{Name: "the " + name + " of an empty list"}
		}
		key := func(v any) any {
			v = get(v)
			if cased {
				return v
			}
			return ev.caseless(v)
		}
		best, bestKey := items[0], key(items[0])
		for _, item := range items[1:] {
			if k := key(item); ev.compare(at, k, bestKey)*sign > 0 {
				best, bestKey = item, k
			}
		}
		return best
	}
}

func sumFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "sum", args, "attribute", "start")
	get := ev.attributeOf(at, b.value("attribute", nil), nil)
	sum := b.value("start", int64(0))
	if _, ok := sum.(string); ok {
		ev.failf(at, "sum does not join texts; join does")
	}
	for _, item := range ev.items(at, v) {
		sum = ev.arithmetic(at, "+", sum, ev.used(at, get(item)))
	}
	return sum
}

func flattenFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "flatten", args, "levels", "skip_nulls")
	levels := int64(maxDeep)
	if b.value("levels", nil) != nil {
		levels = b.integer("levels", 0)
	}
	return newList(ev.flat(at, v, levels, b.truth("skip_nulls", true)))
}

func (ev *evaluator) flat(at int, v any, levels int64, skip bool) []any {
	ev.deeper(at)
	defer ev.shallower()
	all := []any{}
	for _, item := range ev.items(at, v) {
		item = ev.used(at, item)
		if skip && (item == nil || item == "None" || item == "null") {
			continue
		}
		if l, ok := item.(*List); ok && levels >= 1 {
			inner := ev.flat(at, l, levels-1, skip)
			ev.spend(len(inner))
			all = append(all, inner...)
			continue
		}
		all = append(all, item)
	}
	return all
}

func groupByFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "groupby", args, "attribute", "default", "case_sensitive")
	get := ev.attributeOf(at, b.need("attribute"), b.values["default"])
	key := get
	if !b.truth("case_sensitive", false) {
		key = func(v any) any { return ev.caseless(get(v)) }
	}
	groups := []any{}
	var last any
	for i, item := range ev.sorted(at, ev.items(at, v), false, key) {
		k := key(item)
		if i > 0 && ev.equal(at, k, last) {
			of := groups[len(groups)-1].(*List).Items[1].(*List)
			of.Items = append(of.Items, item)
			continue
		}
		last = k
		groups = append(groups, newTuple(get(item), newList([]any{item})))
	}
	return newList(groups)
}

func batchFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "batch", args, "linecount", "fill_with")
	items := ev.items(at, v)
	n, _, isInt, ok := number(b.need("linecount"))
	fill := b.value("fill_with", nil)
	if ok && isInt && n < 1 {
		ev.failf(at, "batches of %d items are not evaluated by dcosup", n)
	}
	if !isInt || !ok {
		n, fill = int64(len(items)), nil // which no batch ever has, for Jinja2
	}
	rows := []any{}
	for len(items) > 0 {
		row := newList(slices.Clone(items[:min(n, int64(len(items)))]))
		items = items[len(row.Items):]
		for fill != nil && int64(len(row.Items)) < n {
			ev.spend(1)
			row.Items = append(row.Items, fill)
		}
		rows = append(rows, row)
	}
	return newList(rows)
}

// zip makes tuples of the items of lists.
func (ev *evaluator) zip(at int, lists []any, longest bool, fill any) any {
	all := make([][]any, len(lists))
	n := -1
	for i, l := range lists {
		all[i] = ev.items(at, l)
		if n < 0 || longest && len(all[i]) > n || !longest && len(all[i]) < n {
			n = len(all[i])
		}
	}
	rows := make([]any, n)
	for i := range rows {
		ev.spend(len(lists))
		row := newTuple()
		for _, items := range all {
			if i < len(items) {
				row.Items = append(row.Items, items[i])
			} else {
				row.Items = append(row.Items, fill)
			}
		}
		rows[i] = row
	}
	return newList(rows)
}
