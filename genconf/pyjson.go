package genconf

import (
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// parseJSON is Python's json.loads: JSON, and NaN, Infinity and -Infinity; of a key that is there twice the last counts.
// It makes map[string]any, []any, string, bool, nil, *big.Int and float64.
func parseJSON(text string) (any, error) {
	p := jsonParser{rest: text}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.blanks(); p.rest != "" {
		return nil, errors.New("something follows its end")
	}
	return v, nil
}

type jsonParser struct{ rest string }

var errJSON = errors.New("it is no JSON")

// Python gives up on deeper nesting.
const mostNesting = 900

func (p *jsonParser) blanks() { p.rest = strings.TrimLeft(p.rest, " \t\n\r") }

func (p *jsonParser) take(word string) bool {
	rest, ok := strings.CutPrefix(p.rest, word)
	p.rest = rest
	return ok
}

var jsonNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`)

func (p *jsonParser) value(depth int) (any, error) {
	if p.blanks(); depth > mostNesting {
		return nil, errors.New("it is nested too deep")
	}
	switch {
	case p.take("{"):
		return p.object(depth)
	case p.take("["):
		return p.array(depth)
	case p.take(`"`):
		return p.text()
	}
	for word, v := range map[string]any{"null": nil, "true": true, "false": false} {
		if p.take(word) {
			return v, nil
		}
	}
	for word, number := range map[string]string{"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"} {
		if p.take(word) {
			return strconv.ParseFloat(number, 64)
		}
	}
	m := jsonNumber.FindStringSubmatch(p.rest)
	if m == nil {
		return nil, errJSON
	}
	p.rest = p.rest[len(m[0]):]
	if m[1] == "" && m[2] == "" {
		n, ok := pyInt(m[0])
		if !ok {
			return nil, errJSON
		}
		return n, nil
	}
	f, _ := strconv.ParseFloat(m[0], 64) // past the largest it is an infinity, as in Python
	return f, nil
}

func (p *jsonParser) array(depth int) (any, error) {
	list := []any{}
	if p.blanks(); p.take("]") {
		return list, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		switch p.blanks(); {
		case p.take("]"):
			return list, nil
		case !p.take(","):
			return nil, errJSON
		}
	}
}

func (p *jsonParser) object(depth int) (any, error) {
	m := map[string]any{}
	if p.blanks(); p.take("}") {
		return m, nil
	}
	for {
		if p.blanks(); !p.take(`"`) {
			return nil, errJSON
		}
		k, err := p.text()
		if err != nil {
			return nil, err
		}
		if p.blanks(); !p.take(":") {
			return nil, errJSON
		}
		if m[k], err = p.value(depth + 1); err != nil {
			return nil, err
		}
		switch p.blanks(); {
		case p.take("}"):
			return m, nil
		case !p.take(","):
			return nil, errJSON
		}
	}
}

// text reads behind the opening quote.
func (p *jsonParser) text() (string, error) {
	var b strings.Builder
	for p.rest != "" {
		c := p.rest[0]
		switch {
		case c == '"':
			p.rest = p.rest[1:]
			return b.String(), nil
		case c < ' ':
			return "", errJSON
		case c != '\\':
			b.WriteByte(c)
			p.rest = p.rest[1:]
			continue
		}
		r, ok := p.escape()
		if !ok {
			return "", errJSON
		}
		b.WriteRune(r)
	}
	return "", errJSON
}

// escape reads one escape, or the two that make one character together.
func (p *jsonParser) escape() (rune, bool) {
	if len(p.rest) < 2 {
		return 0, false
	}
	c := p.rest[1]
	if c != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, c)
		p.rest = p.rest[2:]
		return rune("\"\\/\b\f\n\r\t "[max(i, 0)]), i >= 0
	}
	first, ok := p.hex()
	if !ok || !utf16.IsSurrogate(first) {
		return first, ok
	}
	before := p.rest
	if strings.HasPrefix(before, `\u`) {
		if second, ok := p.hex(); ok && utf16.DecodeRune(first, second) != utf8.RuneError {
			return utf16.DecodeRune(first, second), true
		}
	}
	p.rest = before
	return utf8.RuneError, true
}

func (p *jsonParser) hex() (rune, bool) {
	if len(p.rest) < 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(p.rest[2:6], 16, 32)
	p.rest = p.rest[6:]
	return rune(n), err == nil
}

// badJSON is why json.dumps ends in a traceback, and where.
type badJSON struct {
	at  []string
	why string
}

// dumpJSON is Python's json.dumps: ASCII only, a blank behind each comma and colon, keys as text. Mappings are in
// alphabetical order, which is how config.yaml has them.
func dumpJSON(b *strings.Builder, v any, at []string) *badJSON {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case string:
		quoteJSON(b, v)
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, *big.Int, float32, float64:
		b.WriteString(scalarText(v))
	case []string:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		return dumpJSON(b, list, at)
	case []any:
		return dumpList(b, v, at)
	case map[string]any:
		return dumpDict(b, v, at)
	case map[any]any:
		text := make(map[string]any, len(v))
		for k, item := range v {
			name, ok := jsonKey(k)
			if !ok {
				return &badJSON{at, "has a key that is no text"}
			}
			text[name] = item
		}
		return dumpDict(b, text, at)
	case time.Time:
		return &badJSON{at, "is a date"}
	default:
		return &badJSON{at, "is neither text, number, true, false, list nor mapping"}
	}
	return nil
}

func dumpList(b *strings.Builder, list []any, at []string) *badJSON {
	b.WriteByte('[')
	for i, item := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		if c := dumpJSON(b, item, deeper(at, strconv.Itoa(i))); c != nil {
			return c
		}
	}
	b.WriteByte(']')
	return nil
}

func dumpDict(b *strings.Builder, m map[string]any, at []string) *badJSON {
	b.WriteByte('{')
	for i, k := range sortedKeys(m) {
		if i > 0 {
			b.WriteString(", ")
		}
		quoteJSON(b, k)
		b.WriteString(": ")
		if c := dumpJSON(b, m[k], deeper(at, k)); c != nil {
			return c
		}
	}
	b.WriteByte('}')
	return nil
}

// deeper is a path with one more step; at stays as it is.
func deeper(at []string, step string) []string { return append(at[:len(at):len(at)], step) }

// jsonKey is the text that json.dumps makes of a mapping's key.
func jsonKey(k any) (string, bool) {
	switch k := k.(type) {
	case string:
		return k, true
	case nil:
		return "null", true
	case time.Time:
		return "", false
	}
	text := scalarText(k)
	return text, text != ""
}

// scalarText is a boolean or a number as JSON has it, "" for anything else.
func scalarText(v any) string {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case *big.Int:
		return v.String()
	case float32:
		return pyFloat(float64(v))
	case float64:
		return pyFloat(v)
	}
	n, ok := wholeNumber(v)
	if !ok {
		return ""
	}
	return n
}

func quoteJSON(b *strings.Builder, s string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}
	hex := func(r rune) {
		b.WriteString(`\u` + strconv.FormatInt(int64(r)+0x10000, 16)[1:])
	}
	b.WriteByte('"')
	for _, r := range s {
		switch escape, ok := short[r]; {
		case ok:
			b.WriteString(escape)
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			first, second := utf16.EncodeRune(r)
			hex(first)
			hex(second)
		default:
			hex(r)
		}
	}
	b.WriteByte('"')
}
