package template

import (
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// expression is a regular expression of Python that Go understands in the same way.
type expression struct {
	*regexp.Regexp
	// longest prefers the longest match, to see what an empty one hides.
	longest *regexp.Regexp
	// empty tells that it may match nothing, anchored that it begins with ^, and
	// looksBack that what is before a place counts for it.
	empty, anchored, looksBack bool
}

// maxPattern bounds the length of a regular expression, in bytes.
const maxPattern = 10_000

// compile reads a regular expression of Python, that is to be used on a text.
func (ev *evaluator) compile(at int, pattern, text string, ignoreCase, multiline bool) expression {
	if len(pattern) > maxPattern {
		ev.failf(at, "the regular expression is longer than %d bytes", maxPattern)
	}
	t := patternTranslator{ev: ev, at: at, pattern: pattern}
	translated := t.translate()
	if t.endsLine && !multiline && strings.HasSuffix(text, "\n") {
		ev.failf(at, "$ in a regular expression also matches before a newline at the end in Python, and not in dcosup")
	}
	if (t.classes || ignoreCase) && strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || r == '\v' || r >= 0x1c && r < 0x20 }) {
		ev.failf(at, "dcosup matches \\w, \\d, \\s, \\b and without regard to case only in texts of ASCII")
	}
	flags := ""
	if ignoreCase {
		flags += "i"
	}
	if multiline {
		flags += "m"
	}
	if flags != "" {
		translated = "(?" + flags + ")" + translated
	}
	ev.spend(10*len(translated) + len(text))
	compiled, err := regexp.Compile(translated)
	if err != nil {
		ev.hintf(at, "lookahead, lookbehind and references to groups are not known", "the regular expression is not one that dcosup can use: %v",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	e := expression{Regexp: compiled}
	e.longest, _ = regexp.Compile(translated) // which has compiled before
	e.longest.Longest()
	parsed, _ := syntax.Parse(translated, syntax.Perl)
	parsed = parsed.Simplify()
	e.empty, e.anchored, e.looksBack = mayBeEmpty(parsed), beginsText(parsed), looksBack(parsed)
	return e
}

// patternTranslator writes a pattern of Python as one of Go.
type patternTranslator struct {
	ev       *evaluator
	at       int
	pattern  string
	b        strings.Builder
	inClass  bool
	classes  bool // there is something that differs outside of ASCII
	endsLine bool // there is a $
}

func (t *patternTranslator) translate() string {
	p := t.pattern
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\':
			i++
			i += t.escape(i)
			continue
		case t.inClass:
			if strings.HasPrefix(p[i:], "[:") || strings.HasPrefix(p[i:], "--") || strings.HasPrefix(p[i:], "&&") {
				t.ev.failf(t.at, "%s within [ ] of a regular expression is not evaluated by dcosup", p[i:i+2])
			}
			if c == '[' {
				t.b.WriteByte('\\')
			}
			t.inClass = c != ']'
		case c == '[':
			t.inClass = true
			for _, first := range []string{"[^]", "[]"} {
				if strings.HasPrefix(p[i:], first) { // the ] is one of the characters
					t.b.WriteString(first[:len(first)-1] + `\]`)
					i += len(first)
					c = 0
					break
				}
			}
			if c == 0 {
				i--
				continue
			}
		case c == '$':
			t.endsLine = true
		case strings.HasPrefix(p[i:], "{,"):
			t.b.WriteString("{0")
			continue
		case strings.HasPrefix(p[i:], "(?i") || strings.HasPrefix(p[i:], "(?m"):
			t.ev.hintf(t.at, "write ignorecase=True or multiline=True", "flags within a regular expression are not evaluated by dcosup")
		}
		t.b.WriteByte(p[i])
	}
	return t.b.String()
}

// escape writes what a backslash and the character at i stand for, and returns how
// many more characters belong to it.
func (t *patternTranslator) escape(i int) int {
	if i >= len(t.pattern) {
		t.ev.failf(t.at, "a backslash ends the regular expression")
	}
	c := t.pattern[i]
	switch {
	case strings.IndexByte("wWdDsSbB", c) >= 0:
		t.classes = true
		if c == 'b' && t.inClass {
			t.b.WriteString(`\x08`)
			return 0
		}
	case c == 'Z' && !t.inClass:
		t.b.WriteString(`\z`)
		return 0
	case c == 'u' && i+4 < len(t.pattern):
		t.b.WriteString(`\x{` + t.pattern[i+1:i+5] + `}`)
		return 4
	case c >= '1' && c <= '9':
		t.ev.failf(t.at, "references to groups within a regular expression are not evaluated by dcosup")
	case strings.IndexByte("Aafnrtvx", c) >= 0:
	case c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))):
		t.ev.failf(t.at, `\%c in a regular expression is not evaluated by dcosup`, c)
	case c >= utf8.RuneSelf || strings.IndexByte("\"'`<>=!,;:@#%&~/_ \n\t", c) >= 0:
		t.b.WriteByte(c)
		return 0
	}
	t.b.WriteByte('\\')
	t.b.WriteByte(c)
	return 0
}

// mayBeEmpty tells whether an expression may match an empty text.
func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return mayBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || mayBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !mayBeEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if mayBeEmpty(sub) {
				return true
			}
		}
		return false
	}
	return true
}

// beginsText tells whether an expression can match only where the text begins.
func beginsText(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpCapture, syntax.OpConcat, syntax.OpPlus:
		return len(re.Sub) > 0 && beginsText(re.Sub[0])
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if !beginsText(sub) {
				return false
			}
		}
		return true
	}
	return false
}

func looksBack(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	for _, sub := range re.Sub {
		if looksBack(sub) {
			return true
		}
	}
	return false
}

// matches are all matches in a text, as Python finds them: one that is empty may
// follow another directly.
func (ev *evaluator) matches(at int, e expression, text string) [][]int {
	if e.anchored {
		if m := e.FindStringSubmatchIndex(text); m != nil {
			return [][]int{m}
		}
		return nil
	}
	if !e.empty {
		all := e.FindAllStringSubmatchIndex(text, -1)
		ev.spend(len(all) * (e.NumSubexp() + 1))
		return all
	}
	if e.looksBack {
		ev.failf(at, "a regular expression that may match nothing, and looks at what is before it, is not evaluated by dcosup")
	}
	var all [][]int
	from, advance := 0, false
	for from <= len(text) {
		m := e.FindStringSubmatchIndex(text[from:])
		ev.spend(10 + len(text) - from) // it may look at all that is left
		if m == nil {
			break
		}
		if advance && m[0] == 0 && m[1] == 0 {
			if l := e.longest.FindStringIndex(text[from:]); l[0] == 0 && l[1] > 0 {
				ev.failf(at, "a regular expression that would rather match nothing is not evaluated by dcosup")
			}
			_, size := utf8.DecodeRuneInString(text[from:])
			from, advance = from+max(size, 1), false
			continue
		}
		ev.spend(m[1])
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
		all = append(all, m)
		from, advance = m[1], m[0] == m[1]
	}
	return all
}

// flags are the arguments that regex filters and tests have besides others.
func (b bound) compile(text string) expression {
	pattern := b.value("pattern", "")
	s, ok := pattern.(string)
	if !ok {
		b.ev.failf(b.at, "a regular expression is a text, not %s", kindName(pattern))
	}
	return b.ev.compile(b.at, s, text, b.truth("ignorecase", false), b.truth("multiline", false))
}

func regexReplace(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "regex_replace", args, "pattern", "replacement", "ignorecase", "multiline")
	text := ev.str(at, v)
	e := b.compile(text)
	replacement := b.text("replacement", "")
	var out strings.Builder
	last := 0
	for _, m := range ev.matches(at, e, text) {
		out.WriteString(text[last:m[0]])
		ev.expand(at, &out, e, replacement, text, m)
		last = m[1]
		if out.Len() > maxText {
			ev.failf(at, "the text is longer than %d bytes", maxText)
		}
	}
	out.WriteString(text[last:])
	return ev.text(at, out.String())
}

// expand writes a replacement, in which \1 and \g<name> stand for groups.
func (ev *evaluator) expand(at int, out *strings.Builder, e expression, with, text string, m []int) {
	ev.spend(len(with))
	simple := map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'f': '\f', 'v': '\v', 'a': '\a', 'b': '\b', '\\': '\\'}
	for i := 0; i < len(with); i++ {
		if with[i] != '\\' || i+1 == len(with) {
			if with[i] == '\\' {
				ev.failf(at, "a backslash ends the replacement")
			}
			out.WriteByte(with[i])
			continue
		}
		i++
		c := with[i]
		name := ""
		switch {
		case c == 'g' && i+1 < len(with) && with[i+1] == '<' && strings.Contains(with[i:], ">"):
			end := strings.Index(with[i:], ">")
			name = with[i+2 : i+end]
			i += end
		case c == '0':
			ev.failf(at, `\0 in a replacement is a character for Python; write \g<0> for what has matched`)
		case c >= '1' && c <= '9':
			name = string(c)
			if i+1 < len(with) && with[i+1] >= '0' && with[i+1] <= '9' {
				i++
				name += string(with[i])
			}
		case simple[c] != 0:
			out.WriteByte(simple[c])
			continue
		case unicode.IsLetter(rune(c)) && c < utf8.RuneSelf:
			ev.failf(at, `\%c in a replacement means nothing`, c)
		default:
			out.WriteByte('\\')
			out.WriteByte(c)
			continue
		}
		n := ev.group(at, e, name)
		if m[2*n] >= 0 {
			out.WriteString(text[m[2*n]:m[2*n+1]])
			ev.spend(m[2*n+1] - m[2*n])
		}
	}
}

// group is the number of a group that a number or a name says.
func (ev *evaluator) group(at int, e expression, name string) int {
	n, err := strconv.Atoi(name)
	if err != nil {
		n = e.SubexpIndex(name)
	}
	if n < 0 || n > e.NumSubexp() {
		ev.failf(at, "the regular expression has no group %s", shortened(name))
	}
	return n
}

func regexSearch(ev *evaluator, at int, v any, args arguments) any {
	var groups []string
	for len(args.list) > 1 {
		s, ok := ev.used(at, args.list[1]).(string)
		name, isNumber := strings.CutPrefix(s, `\`)
		if inner, named := strings.CutPrefix(name, "g<"); named {
			name = strings.TrimSuffix(inner, ">")
		}
		if !ok || !isNumber || name == "" {
			ev.hintf(at, `write '\\1' or '\\g<name>'`, "regex_search takes the groups that are wanted after the regular expression")
		}
		groups = append(groups, name)
		args.list = append(args.list[:1:1], args.list[2:]...)
	}
	b := ev.bind(at, "regex_search", args, "pattern", "ignorecase", "multiline")
	text := ev.str(at, v)
	e := b.compile(text)
	m := e.FindStringSubmatchIndex(text)
	switch {
	case m == nil:
		return nil
	case groups == nil:
		return text[m[0]:m[1]]
	}
	l := newList(nil)
	for _, g := range groups {
		if n := ev.group(at, e, g); m[2*n] >= 0 {
			l.Items = append(l.Items, text[m[2*n]:m[2*n+1]])
		} else {
			l.Items = append(l.Items, nil)
		}
	}
	return l
}

func regexFindAll(ev *evaluator, at int, v any, args arguments) any {
	if regex, ok := args.named["regex"]; ok {
		args.named["pattern"] = regex
		args.order = append([]string{"pattern"}, removed(args.order, "regex")...)
	}
	b := ev.bind(at, "regex_findall", args, "pattern", "multiline", "ignorecase")
	text := ev.str(at, v)
	e := b.compile(text)
	l := newList([]any{})
	for _, m := range ev.matches(at, e, text) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		switch n := e.NumSubexp(); n {
		case 0:
			l.Items = append(l.Items, group(0))
		case 1:
			l.Items = append(l.Items, group(1))
		default:
			all := newTuple()
			for i := 1; i <= n; i++ {
				all.Items = append(all.Items, group(i))
			}
			l.Items = append(l.Items, all)
		}
	}
	return l
}

func removed(names []string, name string) []string {
	var kept []string
	for _, n := range names {
		if n != name {
			kept = append(kept, n)
		}
	}
	return kept
}

// regexEscape is Python's re.escape().
func regexEscape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
