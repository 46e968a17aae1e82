package template

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token is. Operators are their own text.
type tokenKind string

const (
	tokData       tokenKind = "text"
	tokVarBegin   tokenKind = "{{"
	tokVarEnd     tokenKind = "}}"
	tokBlockBegin tokenKind = "{%"
	tokBlockEnd   tokenKind = "%}"
	tokName       tokenKind = "name"
	tokString     tokenKind = "string"
	tokInteger    tokenKind = "integer"
	tokFloat      tokenKind = "float"
	tokEnd        tokenKind = "end"
)

// token is a piece of a template, and the offset of its first byte.
type token struct {
	kind tokenKind
	text string
	at   int
	// number is the value of an integer or a float.
	number any
}

// is tells whether the token is that name or operator.
func (t token) is(text string) bool {
	return t.kind == tokName && t.text == text || t.kind == tokenKind(text) && t.kind != tokName
}

// shown names a kind of token for a message.
func (k tokenKind) shown() string {
	if k == tokName {
		return "a name"
	}
	return strconv.Quote(string(k))
}

// shown names the token for a message.
func (t token) shown() string {
	switch t.kind {
	case tokEnd:
		return "the end of the template"
	case tokName, tokInteger, tokFloat:
		return strconv.Quote(t.text)
	case tokString:
		return "a text"
	}
	return strconv.Quote(string(t.kind))
}

var (
	lexInteger = regexp.MustCompile(`(?i)^(?:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*)`)
	lexFloat   = regexp.MustCompile(`(?i)^(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)`)
	lexRaw     = regexp.MustCompile(`^\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})`)
	lexEndRaw  = regexp.MustCompile(`\{%([-+]?)\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)`)
	lexEndNote = regexp.MustCompile(`\+#\}|-#\}\s*|#\}\n?`)
)

// operators are those of Jinja2, the longest first.
var operators = [...]string{
	"//", "**", "==", "!=", ">=", "<=",
	"+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
}

// lexer cuts a template into tokens, with the whitespace control that Ansible
// sets: the newline after a block is dropped, the one at the end kept.
type lexer struct {
	text   string
	at     int
	tokens []token
	// open are the brackets that are not closed yet.
	open []byte
	// block tells that the tag is a block, and no {{ }}.
	block bool
	fail  func(at int, format string, args ...any)
}

// lex returns the tokens of a template; the last one is tokEnd.
func (l *lexer) lex() []token {
	for l.at < len(l.text) {
		start := l.nextTag()
		l.data(start)
		if start < len(l.text) {
			l.tag()
		}
	}
	l.add(tokEnd, "", len(l.text))
	return l.tokens
}

func (l *lexer) add(kind tokenKind, text string, at int) {
	l.tokens = append(l.tokens, token{kind: kind, text: text, at: at})
}

// nextTag is where the next tag begins.
func (l *lexer) nextTag() int {
	for i := l.at; i+1 < len(l.text); i++ {
		if l.text[i] == '{' && strings.IndexByte("{%#", l.text[i+1]) >= 0 {
			return i
		}
	}
	return len(l.text)
}

// data adds the text up to a tag, which may want the white space before it gone.
func (l *lexer) data(end int) {
	text := l.text[l.at:end]
	if end+2 < len(l.text) && l.text[end+2] == '-' {
		text = strings.TrimRightFunc(text, unicode.IsSpace)
	}
	if text != "" {
		l.add(tokData, text, l.at)
	}
	l.at = end
}

// tag reads what begins at the current place.
func (l *lexer) tag() {
	if m := lexRaw.FindString(l.text[l.at:]); m != "" {
		l.raw(len(m))
		return
	}
	start := l.at
	l.at += 2
	if l.at < len(l.text) && strings.IndexByte("-+", l.text[l.at]) >= 0 {
		l.at++
	}
	switch l.text[start+1] {
	case '#':
		end := lexEndNote.FindStringIndex(l.text[l.at:])
		if end == nil {
			l.fail(start, "{# begins a comment of Jinja2, which #} does not end")
		}
		l.at += end[1]
	case '%':
		l.add(tokBlockBegin, "", start)
		l.block = true
		l.inside(start, l.blockEnd)
	default:
		l.add(tokVarBegin, "", start)
		l.block = false
		l.inside(start, l.varEnd)
	}
}

func (l *lexer) raw(begin int) {
	start := l.at
	l.at += begin
	end := lexEndRaw.FindStringSubmatchIndex(l.text[l.at:])
	if end == nil {
		l.fail(start, "{%% raw %%} is not ended by {%% endraw %%}")
	}
	text := l.text[l.at : l.at+end[0]]
	if l.text[l.at+end[2]:l.at+end[3]] == "-" {
		text = strings.TrimRightFunc(text, unicode.IsSpace)
	}
	if text != "" {
		l.add(tokData, text, l.at)
	}
	l.at += end[1]
}

// varEnd and blockEnd return the length of what ends a tag here, 0 if nothing does.
func (l *lexer) varEnd() (kind tokenKind, n int) {
	return tokVarEnd, l.tagEnd("}}", false)
}

func (l *lexer) blockEnd() (kind tokenKind, n int) {
	return tokBlockEnd, l.tagEnd("%}", true)
}

func (l *lexer) tagEnd(end string, trim bool) int {
	rest := l.text[l.at:]
	switch {
	case strings.HasPrefix(rest, "-"+end):
		after := rest[3:]
		return len(rest) - len(strings.TrimLeftFunc(after, unicode.IsSpace))
	case trim && strings.HasPrefix(rest, "+"+end):
		return 3
	case strings.HasPrefix(rest, end):
		if trim && strings.HasPrefix(rest, end+"\n") {
			return 3
		}
		return 2
	}
	return 0
}

// inside reads the tokens of a tag that began at start.
func (l *lexer) inside(start int, ends func() (tokenKind, int)) {
	l.open = l.open[:0]
	for l.at < len(l.text) {
		if kind, n := ends(); n > 0 && len(l.open) == 0 {
			l.add(kind, "", l.at)
			l.at += n
			return
		}
		l.piece()
	}
	l.fail(start, "%s is not closed", l.text[start:start+2])
}

// piece reads one token within a tag.
func (l *lexer) piece() {
	rest := l.text[l.at:]
	c, size := utf8.DecodeRuneInString(rest)
	switch {
	case unicode.IsSpace(c):
		l.at += size
	case c >= '0' && c <= '9':
		l.number(rest)
	case c == '_' || unicode.IsLetter(c):
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if n < 0 {
			n = len(rest)
		}
		l.add(tokName, rest[:n], l.at)
		l.at += n
	case c == '\'' || c == '"':
		l.str(rest)
	default:
		l.operator(rest, c)
	}
}

func (l *lexer) number(rest string) {
	last := token{}
	if len(l.tokens) > 0 {
		last = l.tokens[len(l.tokens)-1]
	}
	t := token{at: l.at}
	if f := lexFloat.FindString(rest); f != "" && !last.is(".") {
		t.kind, t.text = tokFloat, f
		t.number, _ = strconv.ParseFloat(strings.ReplaceAll(f, "_", ""), 64) // too big ones are infinite, as in Python
	} else {
		t.kind, t.text = tokInteger, lexInteger.FindString(rest)
		n, ok := new(big.Int).SetString(strings.ReplaceAll(t.text, "_", ""), 0)
		if !ok || !n.IsInt64() {
			l.fail(l.at, "the number %s is too big", shortened(t.text))
		}
		t.number = n.Int64()
	}
	l.tokens = append(l.tokens, t)
	l.at += len(t.text)
}

// str reads a text in quotes. Within {{ }}, Ansible doubles the backslashes first, so
// that they mean themselves there.
func (l *lexer) str(rest string) {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			if i++; !l.block && i < len(rest) && rest[i] == rest[0] {
				l.fail(l.at+i, "a quotation mark cannot be written by a backslash here: Ansible takes the backslash for itself")
			}
		case rest[0]:
			text, ok := rest[1:i], true
			if l.block {
				text, ok = unescape(text)
			}
			if !ok {
				l.fail(l.at, "the text has an escape that is none")
			}
			l.add(tokString, text, l.at)
			l.at += i + 1
			return
		}
	}
	l.fail(l.at, "a quotation mark is not closed")
}

func (l *lexer) operator(rest string, c rune) {
	for _, op := range operators {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		l.balance(op)
		l.add(tokenKind(op), op, l.at)
		l.at += len(op)
		return
	}
	l.fail(l.at, "unexpected %q", c)
}

// balance keeps the brackets that are open: within them, }} ends nothing.
func (l *lexer) balance(op string) {
	switch op {
	case "(":
		l.open = append(l.open, ')')
	case "[":
		l.open = append(l.open, ']')
	case "{":
		l.open = append(l.open, '}')
	case ")", "]", "}":
		if len(l.open) == 0 {
			l.fail(l.at, "unexpected %q", op)
		}
		if want := l.open[len(l.open)-1]; want != op[0] {
			l.fail(l.at, "unexpected %q, where %q is to be closed", op, want)
		}
		l.open = l.open[:len(l.open)-1]
	}
}

// unescape replaces the escapes of a text as Python's unicode-escape does.
func unescape(s string) (string, bool) {
	if !strings.Contains(s, `\`) {
		return s, true
	}
	simple := map[byte]string{'\n': "", '\\': `\`, '\'': "'", '"': `"`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v"}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		text, known := simple[s[i]]
		width, base := 0, 16
		switch c := s[i]; {
		case known:
			b.WriteString(text)
			continue
		case c == 'x':
			width = 2
		case c == 'u':
			width = 4
		case c == 'U':
			width = 8
		case c >= '0' && c <= '7':
			base = 8
			for width < 3 && i+width < len(s) && s[i+width] >= '0' && s[i+width] <= '7' {
				width++
			}
			i-- // the digits begin at the character itself
		case c == 'N':
			return "", false
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
			continue
		}
		if i+1+width > len(s) {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+1:i+1+width], base, 32)
		if err != nil || n > unicode.MaxRune || n >= 0xd800 && n < 0xe000 {
			return "", false
		}
		b.WriteRune(rune(n))
		i += width
	}
	return b.String(), true
}
