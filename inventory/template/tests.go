package template

import (
	"slices"
	"strings"
)

// tests are the tests of values, by name.
func tests() map[string]tester {
	m := map[string]tester{
		"defined":   func(ev *evaluator, at int, v any, args arguments) bool { _, missing := v.(*Undefined); return !missing },
		"undefined": func(ev *evaluator, at int, v any, args arguments) bool { _, missing := v.(*Undefined); return missing },
		"none":      func(ev *evaluator, at int, v any, args arguments) bool { return v == nil },
		"boolean":   ofKind(func(v any) bool { _, ok := v.(bool); return ok }),
		"true":      func(ev *evaluator, at int, v any, args arguments) bool { return v == true },
		"false":     func(ev *evaluator, at int, v any, args arguments) bool { return v == false },
		"string":    ofKind(func(v any) bool { _, ok := v.(string); return ok }),
		"integer":   ofKind(func(v any) bool { _, ok := v.(int64); return ok }),
		"float":     ofKind(func(v any) bool { _, ok := v.(float64); return ok }),
		"number":    ofKind(func(v any) bool { _, _, _, ok := number(v); return ok }),
		"mapping": ofKind(func(v any) bool {
			_, isMapping := v.(Mapping)
			_, isDict := v.(*Dict)
			return isMapping || isDict
		}),
		"sequence": ofKind(func(v any) bool { // what has a length and items
			if l, ok := v.(*List); ok {
				return l.kind != isView
			}
			return hasItems(v)
		}),
		"iterable": func(ev *evaluator, at int, v any, args arguments) bool { return hasItems(ev.used(at, v)) },
		"lower": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.texts["islower"](ev, at, ev.str(at, v), args).(bool)
		},
		"upper": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.texts["isupper"](ev, at, ev.str(at, v), args).(bool)
		},
		"odd": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.equal(at, ev.arithmetic(at, "%", ev.used(at, v), int64(2)), int64(1))
		},
		"even": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.equal(at, ev.arithmetic(at, "%", ev.used(at, v), int64(2)), int64(0))
		},
		"divisibleby": func(ev *evaluator, at int, v any, args arguments) bool {
			if _, isText := ev.used(at, v).(string); isText {
				ev.failf(at, "divisibleby is for numbers in dcosup, not for a text")
			}
			return ev.equal(at, ev.arithmetic(at, "%", ev.used(at, v), ev.bind(at, "divisibleby", args, "num").need("num")), int64(0))
		},
		"in": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.contains(at, v, ev.bind(at, "in", args, "seq").need("seq"))
		},
		"contains": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.contains(at, ev.bind(at, "contains", args, "value").need("value"), v)
		},
		"subset": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.subset(at, v, ev.bind(at, "subset", args, "b").need("b"))
		},
		"superset": func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.subset(at, ev.bind(at, "superset", args, "b").need("b"), v)
		},
		"any": func(ev *evaluator, at int, v any, args arguments) bool {
			return slices.ContainsFunc(ev.items(at, v), func(v any) bool { return ev.truth(at, v) })
		},
		"all": func(ev *evaluator, at int, v any, args arguments) bool {
			return !slices.ContainsFunc(ev.items(at, v), func(v any) bool { return !ev.truth(at, v) })
		},
		"truthy": func(ev *evaluator, at int, v any, args arguments) bool { return ev.truthy(at, v, args) },
		"falsy":  func(ev *evaluator, at int, v any, args arguments) bool { return !ev.truthy(at, v, args) },
		"match":  regexTest("match"), "search": regexTest("search"), "regex": regexTest("search"),
		"version": versionTest, "version_compare": versionTest,
	}
	for name, op := range map[string]string{
		"eq": "==", "==": "==", "equalto": "==", "ne": "!=", "!=": "!=", "lt": "<", "<": "<", "lessthan": "<",
		"le": "<=", "<=": "<=", "gt": ">", ">": ">", "greaterthan": ">", "ge": ">=", ">=": ">=",
	} {
		m[name] = func(ev *evaluator, at int, v any, args arguments) bool {
			return ev.compared(at, op, v, ev.bind(at, name, args, "b").need("b"))
		}
	}
	m["issubset"], m["issuperset"] = m["subset"], m["superset"]
	return m
}

// ofKind is a test of what a value is.
func ofKind(is func(v any) bool) tester {
	return func(ev *evaluator, at int, v any, args arguments) bool {
		ev.bind(at, "the test", args)
		return is(ev.plain(v))
	}
}

func hasItems(v any) bool {
	switch v.(type) {
	case string, *List, *Dict, Mapping:
		return true
	}
	return false
}

// subset tells whether all of a is in b.
func (ev *evaluator) subset(at int, a, b any) bool {
	sets := [2][]any{ev.items(at, a), ev.items(at, b)}
	for _, set := range sets {
		for i := range set {
			set[i] = ev.key(at, set[i])
		}
	}
	return len(ev.among(at, sets[0], sets[1], false)) == 0
}

func (ev *evaluator) truthy(at int, v any, args arguments) bool {
	b := ev.bind(at, "the test", args, "convert_bool")
	v = ev.used(at, v)
	if s, ok := v.(string); ok && b.truth("convert_bool", false) {
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "no", "off", "0", "false", "n", "f", "0.0":
			return false
		}
	}
	return ev.truth(at, v)
}

func regexTest(how string) tester {
	return func(ev *evaluator, at int, v any, args arguments) bool {
		b := ev.bind(at, how, args, "pattern", "ignorecase", "multiline", "match_type")
		text := ev.str(at, v)
		kind := b.text("match_type", how)
		e := b.compile(text)
		switch kind {
		case "search":
			return e.MatchString(text)
		case "match", "fullmatch":
			end := ""
			if kind == "fullmatch" {
				end = `\z`
			}
			b.values["pattern"] = `\A(?:` + b.text("pattern", "") + ")" + strings.Replace(end, "z", "Z", 1)
			return b.compile(text).MatchString(text)
		}
		ev.failf(at, "match_type is search, match or fullmatch, not %s", kind)
		return false
	}
}

// versionTest compares versions as Python's LooseVersion does.
func versionTest(ev *evaluator, at int, v any, args arguments) bool {
	b := ev.bind(at, "version", args, "version", "operator", "strict", "version_type")
	if b.value("strict", nil) != nil || b.value("version_type", nil) != nil {
		ev.failf(at, "version with strict or version_type is not evaluated by dcosup")
	}
	x, y := ev.str(at, v), ev.str(at, b.need("version"))
	if !ev.truth(at, v) || !ev.truth(at, b.need("version")) {
		ev.failf(at, "an empty version cannot be compared")
	}
	c := ev.compareVersions(at, x, y)
	switch op := b.text("operator", "eq"); op {
	case "==", "=", "eq":
		return c == 0
	case "!=", "<>", "ne":
		return c != 0
	case "<", "lt":
		return c < 0
	case "<=", "le":
		return c <= 0
	case ">", "gt":
		return c > 0
	case ">=", "ge":
		return c >= 0
	default:
		ev.failf(at, "versions are compared by ==, !=, <, <=, > or >=, not by %s", shortened(op))
	}
	return false
}

func (ev *evaluator) compareVersions(at int, x, y string) int {
	a, b := ev.versionParts(at, x), ev.versionParts(at, y)
	for i := 0; i < len(a) && i < len(b); i++ {
		_, aText := a[i].(string)
		_, bText := b[i].(string)
		if aText != bText {
			ev.failf(at, "the versions %s and %s cannot be compared: a number stands against letters", shortened(x), shortened(y))
		}
		if c := ev.compare(at, a[i], b[i]); c != 0 {
			return c
		}
	}
	return order(len(a), len(b))
}

// versionParts are the numbers and the words of a version.
func (ev *evaluator) versionParts(at int, s string) []any {
	ev.spend(len(s))
	kind := func(c byte) int {
		switch {
		case c >= '0' && c <= '9':
			return 1
		case c >= 'a' && c <= 'z':
			return 2
		case c == '.':
			return 0
		}
		return 3
	}
	var parts []any
	for i := 0; i < len(s); {
		k, start := kind(s[i]), i
		for i < len(s) && kind(s[i]) == k {
			i++
		}
		switch k {
		case 1:
			n, ok := parseInt(s[start:i], 10)
			if !ok || !n.IsInt64() {
				ev.failf(at, "the number is too big")
			}
			parts = append(parts, n.Int64())
		case 0:
		default:
			parts = append(parts, s[start:i])
		}
	}
	return parts
}
