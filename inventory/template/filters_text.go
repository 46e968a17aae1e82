package template

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textFilters are the filters for texts.
func textFilters() map[string]filter {
	m := map[string]filter{
		"upper": toText(upper), "lower": toText(strings.ToLower), "capitalize": toText(capitalize), "title": toText(titleFilter),
		"basename": ofText("basename", baseName), "dirname": ofText("dirname", dirName), "quote": quoteFilter, "regex_escape": toText(regexEscape),
		"trim": func(ev *evaluator, at int, v any, args arguments) any {
			return ev.strip(at, ev.str(at, v), ev.bind(at, "trim", args, "chars"), true, true)
		},
		"replace": func(ev *evaluator, at int, v any, args arguments) any {
			b := ev.bind(at, "replace", args, "old", "new", "count")
			count := int64(-1)
			if b.value("count", nil) != nil {
				count = b.integer("count", -1)
			}
			return ev.replace(at, ev.str(at, v), ev.str(at, b.need("old")), ev.str(at, b.need("new")), count)
		},
		"split": func(ev *evaluator, at int, v any, args arguments) any {
			return ev.texts["split"](ev, at, ev.textOnly(at, "split", v), args)
		},
		"center": func(ev *evaluator, at int, v any, args arguments) any {
			width := ev.bind(at, "center", args, "width").integer("width", 80)
			return ev.texts["center"](ev, at, ev.str(at, v), arguments{list: []any{width}})
		},
		"indent":        indentFilter,
		"format":        formatFilter,
		"b64encode":     toText(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"b64decode":     b64Decode,
		"md5":           hashFilter("md5"),
		"sha1":          hashFilter("sha1"),
		"checksum":      hashFilter("sha1"),
		"hash":          hashFilter(""),
		"regex_replace": regexReplace,
		"regex_search":  regexSearch,
		"regex_findall": regexFindAll,
		"splitext": func(ev *evaluator, at int, v any, args arguments) any {
			s := ev.textOnly(at, "splitext", v)
			base := s[strings.LastIndex(s, "/")+1:]
			dot := strings.LastIndex(base, ".")
			if strings.Trim(base[:max(dot, 0)], ".") == "" {
				return newTuple(s, "")
			}
			return newTuple(s[:len(s)-len(base)+dot], base[dot:])
		},
		"path_join": func(ev *evaluator, at int, v any, args arguments) any {
			if s, ok := ev.used(at, v).(string); ok {
				return s
			}
			joined := ""
			for i, item := range ev.items(at, v) {
				switch part := ev.str(at, item); {
				case strings.HasPrefix(part, "/") || i == 0:
					joined = part
				case joined == "" || strings.HasSuffix(joined, "/"):
					joined += part
				default:
					joined += "/" + part
				}
			}
			return ev.text(at, joined)
		},
	}
	return m
}

// textOnly is a value that must be a text.
func (ev *evaluator) textOnly(at int, filter words, v any) string {
	s, ok := ev.used(at, v).(string)
	if !ok {
		ev.failf(at, "%s is for texts, not for %s", filter, kindName(ev.plain(v)))
	}
	return s
}

// ofText is a filter for texts only.
func ofText(name words, change func(string) string) filter {
	return func(ev *evaluator, at int, v any, args arguments) any {
		ev.bind(at, string(name), args)
		return change(ev.textOnly(at, name, v))
	}
}

// toText is a filter that changes the text of a value.
func toText(change func(string) string) filter {
	return func(ev *evaluator, at int, v any, args arguments) any {
		ev.bind(at, "the filter", args)
		s := ev.str(at, v)
		ev.spend(len(s))
		return ev.text(at, change(s))
	}
}

// upper is Python's upper(), which has two letters for the one German one.
func upper(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS") }

// titleFilter is Jinja2's title: words begin after white space, - and brackets.
func titleFilter(s string) string {
	begins := true
	return strings.Map(func(r rune) rune {
		first := begins
		begins = unicode.IsSpace(r) || strings.ContainsRune("-({[<", r)
		if first {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}

func baseName(s string) string { return s[strings.LastIndex(s, "/")+1:] }

// dirName is what Python's dirname is: what is before the last slashes.
func dirName(s string) string {
	dir := s[:strings.LastIndex(s, "/")+1]
	if trimmed := strings.TrimRight(dir, "/"); trimmed != "" {
		return trimmed
	}
	return dir
}

// quoteFilter quotes a text for a shell, as Python's shlex does.
func quoteFilter(ev *evaluator, at int, v any, args arguments) any {
	if v = ev.used(at, v); v == nil {
		v = ""
	}
	s := ev.str(at, v)
	safe := func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("@%+=:,./-_", r))
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	return ev.text(at, "'"+strings.ReplaceAll(s, "'", `'"'"'`)+"'")
}

func indentFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "indent", args, "width", "first", "blank")
	s := ev.textOnly(at, "indent", v)
	by, ok := b.value("width", int64(4)).(string)
	if !ok {
		by = ev.repeat(at, " ", b.integer("width", 4)).(string)
	}
	lines := ev.splitLines(s + "\n")
	for i, line := range lines {
		if i == 0 && !b.truth("first", false) || line == "" && i > 0 && !b.truth("blank", false) {
			continue
		}
		ev.spend(len(by))
		lines[i] = by + line
	}
	return ev.text(at, strings.Join(lines, "\n"))
}

func formatFilter(ev *evaluator, at int, v any, args arguments) any {
	s := ev.str(at, v)
	switch {
	case len(args.list) > 0 && len(args.order) > 0:
		ev.failf(at, "format takes arguments with or without names, not both")
	case len(args.order) > 0:
		d := &Dict{}
		for _, name := range args.order {
			d.Set(name, args.named[name])
		}
		return ev.percent(at, s, d)
	}
	return ev.percent(at, s, newTuple(args.list...))
}

func b64Decode(ev *evaluator, at int, v any, args arguments) any {
	ev.bind(at, "b64decode", args)
	encoded := strings.Map(func(r rune) rune { // Python passes over all others
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=", r)) {
			return r
		}
		return -1
	}, ev.str(at, v))
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		ev.failf(at, "the text is not base64")
	}
	if !utf8.Valid(decoded) {
		ev.failf(at, "what is encoded is not UTF-8 text")
	}
	return string(decoded)
}

func hashFilter(kind string) filter {
	return func(ev *evaluator, at int, v any, args arguments) any {
		data, kind := []byte(ev.str(at, v)), kind
		ev.spend(len(data))
		if kind == "" {
			kind = ev.bind(at, "hash", args, "hashtype").text("hashtype", "sha1")
		}
		switch kind {
		case "md5":
			sum := md5.Sum(data)
			return hex.EncodeToString(sum[:])
		case "sha1":
			sum := sha1.Sum(data)
			return hex.EncodeToString(sum[:])
		case "sha224":
			sum := sha256.Sum224(data)
			return hex.EncodeToString(sum[:])
		case "sha256":
			sum := sha256.Sum256(data)
			return hex.EncodeToString(sum[:])
		case "sha384":
			sum := sha512.Sum384(data)
			return hex.EncodeToString(sum[:])
		case "sha512":
			sum := sha512.Sum512(data)
			return hex.EncodeToString(sum[:])
		}
		ev.failf(at, "the hash %s is not one that dcosup knows: it has md5 and sha1 to sha512", shortened(kind))
		return nil
	}
}
