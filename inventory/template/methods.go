package template

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textMethods are those of a text.
func textMethods() map[string]method {
	return map[string]method{
		"lower":      onText(strings.ToLower),
		"upper":      onText(upper),
		"capitalize": onText(capitalize),
		"title":      onText(titleMethod),
		"swapcase":   onText(swapCase),
		"strip":      stripped(true, true),
		"lstrip":     stripped(true, false),
		"rstrip":     stripped(false, true),
		"split":      splitMethod(false),
		"rsplit":     splitMethod(true),
		"splitlines": func(ev *evaluator, at int, self any, args arguments) any {
			b := ev.bind(at, "splitlines", args, "keepends")
			if b.truth("keepends", false) {
				ev.failf(at, "splitlines with keepends is not evaluated by dcosup")
			}
			return newList(textItems(ev.splitLines(self.(string))))
		},
		"join": func(ev *evaluator, at int, self any, args arguments) any {
			items := ev.items(at, ev.bind(at, "join", args, "items").need("items"))
			for _, item := range items {
				if _, ok := ev.used(at, item).(string); !ok {
					ev.hintf(at, "the filter join takes all values", "the method join joins texts only, not %s", kindName(ev.plain(item)))
				}
			}
			return ev.join(at, items, self.(string))
		},
		"replace": func(ev *evaluator, at int, self any, args arguments) any {
			b := ev.bind(at, "replace", args, "old", "new", "count")
			return ev.replace(at, self.(string), ev.str(at, b.need("old")), ev.str(at, b.need("new")), b.integer("count", -1))
		},
		"startswith": affix(strings.HasPrefix),
		"endswith":   affix(strings.HasSuffix),
		"find":       found(strings.Index, false),
		"rfind":      found(strings.LastIndex, false),
		"index":      found(strings.Index, true),
		"rindex":     found(strings.LastIndex, true),
		"count": func(ev *evaluator, at int, self any, args arguments) any {
			return int64(strings.Count(self.(string), ev.bind(at, "count", args, "text").text("text", "")))
		},
		"format":  func(ev *evaluator, at int, self any, args arguments) any { return ev.braces(at, self.(string), args) },
		"isdigit": allRunes(unicode.IsDigit), "isdecimal": allRunes(unicode.IsDigit), "isnumeric": allRunes(unicode.IsNumber),
		"isalpha": allRunes(unicode.IsLetter), "isspace": allRunes(unicode.IsSpace),
		"isalnum": allRunes(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }),
		"isupper": cased(unicode.IsUpper, unicode.IsLower), "islower": cased(unicode.IsLower, unicode.IsUpper),
		"zfill":        zfill,
		"ljust":        justified(0, 1),
		"rjust":        justified(1, 0),
		"center":       justified(1, 2),
		"partition":    partition(strings.Index, false),
		"rpartition":   partition(strings.LastIndex, true),
		"removeprefix": affixCut(strings.TrimPrefix),
		"removesuffix": affixCut(strings.TrimSuffix),
	}
}

func onText(change func(string) string) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		ev.bind(at, "it", args)
		return ev.text(at, change(self.(string)))
	}
}

// capitalize is Python's capitalize().
func capitalize(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToTitle(r)) + strings.ToLower(s[n:])
}

// titleMethod is Python's title(): every run of letters begins with a capital.
func titleMethod(s string) string {
	before := false
	return strings.Map(func(r rune) rune {
		letter := unicode.IsLetter(r)
		defer func() { before = letter }()
		switch {
		case letter && before:
			return unicode.ToLower(r)
		case letter:
			return unicode.ToTitle(r)
		}
		return r
	}, s)
}

func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func stripped(left, right bool) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		return ev.strip(at, self.(string), ev.bind(at, "strip", args, "chars"), left, right)
	}
}

// strip removes the characters that the arguments name at the ends, else white space.
func (ev *evaluator) strip(at int, s string, b bound, left, right bool) string {
	gone := unicode.IsSpace
	if b.value("chars", nil) != nil {
		set := b.text("chars", "")
		gone = func(r rune) bool { return strings.ContainsRune(set, r) }
	}
	if left {
		s = strings.TrimLeftFunc(s, gone)
	}
	if right {
		s = strings.TrimRightFunc(s, gone)
	}
	return s
}

func splitMethod(last bool) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		b := ev.bind(at, "split", args, "sep", "maxsplit")
		s, limit := self.(string), b.integer("maxsplit", -1)
		ev.spend(len(s))
		sep, ok := b.value("sep", nil).(string)
		switch {
		case !ok && b.has("sep") && b.values["sep"] != nil:
			ev.failf(at, "a text is split at a text, not at %s", kindName(b.values["sep"]))
		case ok && sep == "":
			ev.failf(at, "a text cannot be split at an empty text")
		case !ok:
			return newList(textItems(splitSpace(s, limit, last)))
		case limit < 0:
			return newList(textItems(strings.Split(s, sep)))
		case !last:
			return newList(textItems(strings.SplitN(s, sep, int(min(limit, int64(len(s)))+1))))
		}
		parts := strings.Split(s, sep)
		if over := len(parts) - 1 - int(min(limit, int64(len(s)))); over > 0 {
			parts = append([]string{strings.Join(parts[:over+1], sep)}, parts[over+1:]...)
		}
		return newList(textItems(parts))
	}
}

// splitSpace splits at white space, limit times at most.
func splitSpace(s string, limit int64, last bool) []string {
	if limit < 0 {
		return strings.Fields(s)
	}
	var parts []string
	for limit > 0 {
		cut := -1
		if last {
			if s = strings.TrimRightFunc(s, unicode.IsSpace); s != "" {
				cut = strings.LastIndexFunc(s, unicode.IsSpace)
			}
			if cut < 0 {
				break
			}
			word := strings.TrimLeftFunc(s[cut:], unicode.IsSpace)
			parts, s = append([]string{word}, parts...), s[:len(s)-len(word)]
		} else {
			if s = strings.TrimLeftFunc(s, unicode.IsSpace); s != "" {
				cut = strings.IndexFunc(s, unicode.IsSpace)
			}
			if cut < 0 {
				break
			}
			parts, s = append(parts, s[:cut]), s[cut:]
		}
		limit--
	}
	if last {
		if s = strings.TrimRightFunc(s, unicode.IsSpace); strings.TrimSpace(s) != "" {
			if limit > 0 {
				s = strings.TrimSpace(s)
			}
			parts = append([]string{s}, parts...)
		}
		return parts
	}
	if s = strings.TrimLeftFunc(s, unicode.IsSpace); s != "" {
		if limit > 0 {
			s = strings.TrimSpace(s)
		}
		parts = append(parts, s)
	}
	return parts
}

func textItems(texts []string) []any {
	items := make([]any, len(texts))
	for i, t := range texts {
		items[i] = t
	}
	return items
}

// splitLines is Python's splitlines().
func (ev *evaluator) splitLines(s string) []string {
	ev.spend(len(s))
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\x1c", "\n", "\x1d", "\n", "\x1e", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	lines := strings.Split(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// join joins the texts of values.
func (ev *evaluator) join(at int, items []any, sep string) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(ev.str(at, item))
		if b.Len() > maxText {
			break
		}
	}
	return ev.text(at, b.String())
}

// replace replaces a text count times, or always if count is negative.
func (ev *evaluator) replace(at int, s, old, with string, count int64) string {
	n := int64(strings.Count(s, old))
	if count >= 0 && count < n {
		n = count
	}
	if n > 0 && n*int64(len(with)) > maxText {
		ev.failf(at, "the text is longer than %d bytes", maxText)
	}
	return ev.text(at, strings.Replace(s, old, with, int(n)))
}

func affix(has func(s, affix string) bool) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		b := ev.bind(at, "it", args, "text")
		if l, ok := b.need("text").(*List); ok && l.kind == isTuple {
			return slices.ContainsFunc(ev.items(at, l), func(v any) bool {
				s, ok := v.(string)
				return ok && has(self.(string), s)
			})
		}
		return has(self.(string), b.text("text", ""))
	}
}

func affixCut(cut func(s, affix string) string) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		return cut(self.(string), ev.bind(at, "it", args, "text").text("text", ""))
	}
}

func found(index func(s, part string) int, needed bool) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		s := self.(string)
		i := index(s, ev.bind(at, "it", args, "text").text("text", ""))
		if i < 0 && needed {
			ev.failf(at, "the text is not found")
		}
		if i > 0 {
			i = len([]rune(s[:i]))
		}
		return int64(i)
	}
}

func allRunes(is func(rune) bool) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		s := self.(string)
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !is(r) })
	}
}

func cased(is, other func(rune) bool) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		s := self.(string)
		return strings.ContainsFunc(s, is) && !strings.ContainsFunc(s, other)
	}
}

func zfill(ev *evaluator, at int, self any, args arguments) any {
	s := self.(string)
	missing := ev.bind(at, "zfill", args, "width").integer("width", 0) - int64(len([]rune(s)))
	if missing <= 0 {
		return s
	}
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	return sign + ev.repeat(at, "0", missing).(string) + s
}

// justified fills a text up: left of whole parts of the missing width go before it.
func justified(left, whole int64) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		b := ev.bind(at, "it", args, "width", "fillchar")
		s, width, fill := self.(string), b.integer("width", 0), b.text("fillchar", " ")
		if len([]rune(fill)) != 1 {
			ev.failf(at, "a text is filled up with one character")
		}
		missing := max(0, width-int64(len([]rune(s))))
		before := missing
		switch {
		case left == 0:
			before = 0
		case whole == 2: // Python puts the odd one to the left only in a text of even width
			before = missing/2 + missing&width&1
		}
		return ev.repeat(at, fill, before).(string) + s + ev.repeat(at, fill, missing-before).(string)
	}
}

func partition(index func(s, part string) int, last bool) method {
	return func(ev *evaluator, at int, self any, args arguments) any {
		s, sep := self.(string), ev.bind(at, "partition", args, "sep").text("sep", "")
		i := index(s, sep)
		switch {
		case sep == "":
			ev.failf(at, "a text cannot be split at an empty text")
		case i >= 0:
			return newTuple(s[:i], sep, s[i+len(sep):])
		case last:
			return newTuple("", "", s)
		}
		return newTuple(s, "", "")
	}
}

// changed returns a list that a template may change.
func (ev *evaluator) changed(at int, self any) *List {
	l := self.(*List)
	if l.kind == isTuple {
		ev.failf(at, "a tuple cannot be changed")
	}
	if !l.fresh {
		ev.hintf(at, "make a new one by + or by a filter", "a template cannot change a variable of the inventory")
	}
	return l
}

// listMethods are those of a list.
func listMethods() map[string]method {
	return map[string]method{
		"append": func(ev *evaluator, at int, self any, args arguments) any {
			l := ev.changed(at, self)
			l.Items = append(l.Items, ev.bind(at, "append", args, "item").values["item"])
			return nil
		},
		"extend": func(ev *evaluator, at int, self any, args arguments) any {
			l := ev.changed(at, self)
			l.Items = append(l.Items, ev.items(at, ev.bind(at, "extend", args, "items").need("items"))...)
			return nil
		},
		"insert": func(ev *evaluator, at int, self any, args arguments) any {
			l, b := ev.changed(at, self), ev.bind(at, "insert", args, "index", "item")
			i, n := b.integer("index", 0), int64(len(l.Items))
			if i < 0 {
				i += n
			}
			ev.spend(len(l.Items))
			l.Items = slices.Insert(slices.Clone(l.Items), int(max(0, min(i, n))), b.need("item"))
			return nil
		},
		"pop": func(ev *evaluator, at int, self any, args arguments) any {
			l, b := ev.changed(at, self), ev.bind(at, "pop", args, "index")
			i, ok := index(b.integer("index", -1), len(l.Items))
			if !ok {
				ev.failf(at, "the list has no such item")
			}
			v := l.Items[i]
			ev.spend(len(l.Items))
			l.Items = slices.Delete(slices.Clone(l.Items), i, i+1)
			return v
		},
		"index": func(ev *evaluator, at int, self any, args arguments) any {
			item := ev.bind(at, "index", args, "item").need("item")
			for i, v := range self.(*List).Items {
				if ev.equal(at, v, item) {
					return int64(i)
				}
			}
			ev.failf(at, "the list has no such item")
			return nil
		},
		"count": func(ev *evaluator, at int, self any, args arguments) any {
			item, n := ev.bind(at, "count", args, "item").need("item"), int64(0)
			for _, v := range self.(*List).Items {
				if ev.equal(at, v, item) {
					n++
				}
			}
			return n
		},
		"copy": func(ev *evaluator, at int, self any, args arguments) any { return newList(ev.items(at, self)) },
		"remove": func(ev *evaluator, at int, self any, args arguments) any {
			l, item := ev.changed(at, self), ev.bind(at, "remove", args, "item").need("item")
			for i, v := range l.Items {
				if ev.equal(at, v, item) {
					l.Items = slices.Delete(slices.Clone(l.Items), i, i+1)
					return nil
				}
			}
			ev.failf(at, "the list has no such item")
			return nil
		},
		"reverse": func(ev *evaluator, at int, self any, args arguments) any {
			l := ev.changed(at, self)
			l.Items = ev.items(at, l)
			slices.Reverse(l.Items)
			return nil
		},
		"sort": func(ev *evaluator, at int, self any, args arguments) any {
			l, b := ev.changed(at, self), ev.bind(at, "sort", args, "reverse")
			l.Items = ev.sorted(at, ev.items(at, l), b.truth("reverse", false), func(v any) any { return v })
			return nil
		},
	}
}

// pairs are the keys and values of a mapping.
func (ev *evaluator) pairs(at int, v any) (keys, values []any) {
	switch m := ev.used(at, v).(type) {
	case *Dict:
		ev.spend(len(m.keys))
		for _, v := range m.values {
			values = append(values, ev.force(v))
		}
		return append([]any(nil), m.keys...), values
	case Mapping:
		return ev.pairs(at, ev.dictOf(at, m))
	default:
		ev.failf(at, "a mapping is needed here, not %s", kindName(m))
	}
	return nil, nil
}

// mappingMethods are those of a dictionary that change nothing.
func mappingMethods() map[string]method {
	return map[string]method{
		"keys": func(ev *evaluator, at int, self any, args arguments) any {
			return &List{Items: ev.items(at, self), kind: isView}
		},
		"values": func(ev *evaluator, at int, self any, args arguments) any {
			_, values := ev.pairs(at, self)
			return &List{Items: values, kind: isView}
		},
		"items": func(ev *evaluator, at int, self any, args arguments) any {
			return &List{Items: ev.tuples(at, self), kind: isView}
		},
		"get": func(ev *evaluator, at int, self any, args arguments) any {
			b := ev.bind(at, "get", args, "key", "default")
			v := ev.lookedUp(at, self, ev.key(at, b.need("key")))
			if u, missing := v.(*Undefined); missing && u.Err == nil {
				return b.values["default"]
			}
			return v
		},
	}
}

func (ev *evaluator) tuples(at int, v any) []any {
	keys, values := ev.pairs(at, v)
	items := make([]any, len(keys))
	for i, k := range keys {
		items[i] = newTuple(k, values[i])
	}
	return items
}

func (ev *evaluator) changedDict(at int, self any) *Dict {
	d := self.(*Dict)
	if !d.fresh {
		ev.hintf(at, "make a new one by |combine", "a template cannot change a variable of the inventory")
	}
	return d
}

// dictMethods are those of a dictionary.
func dictMethods() map[string]method {
	return map[string]method{
		"copy": func(ev *evaluator, at int, self any, args arguments) any {
			ev.spend(len(self.(*Dict).keys))
			return self.(*Dict).copy()
		},
		"update": func(ev *evaluator, at int, self any, args arguments) any {
			d := ev.changedDict(at, self)
			for _, other := range args.list {
				keys, values := ev.pairs(at, other)
				for i, k := range keys {
					d.Set(k, values[i])
				}
			}
			for _, name := range args.order {
				d.Set(name, args.named[name])
			}
			return nil
		},
		"pop": func(ev *evaluator, at int, self any, args arguments) any {
			d, b := ev.changedDict(at, self), ev.bind(at, "pop", args, "key", "default")
			key := ev.key(at, b.need("key"))
			v, ok := d.Get(key)
			switch {
			case ok:
				ev.spend(len(d.keys))
				d.remove(dictKey(key))
				return v
			case !b.has("default"):
				ev.failf(at, "the mapping has no such key")
			}
			return b.values["default"]
		},
		"setdefault": func(ev *evaluator, at int, self any, args arguments) any {
			d, b := ev.changedDict(at, self), ev.bind(at, "setdefault", args, "key", "default")
			key := ev.key(at, b.need("key"))
			if v, ok := d.Get(key); ok {
				return v
			}
			d.Set(key, b.values["default"])
			return b.values["default"]
		},
	}
}
