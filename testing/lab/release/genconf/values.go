package genconf

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"gopkg.in/yaml.v3"
)

// Values are the settings of a config.yaml as the generator works with them: every value a text. A list or mapping is
// JSON, a boolean is true or false, a number is in decimal.
type Values map[string]string

// CrashError is an input on which the real generator dies with a Python traceback and no word for the user.
type CrashError struct {
	Log       string // the line that is logged before, may be empty
	Exception string // the last line of the traceback
}

func (e *CrashError) Error() string {
	return strings.TrimPrefix(e.Log+"\nTraceback (most recent call last):\n"+
		"  File \"stand-in\", line 1, in genconf\n"+e.Exception, "\n")
}

// ParseValues reads a config.yaml by the rules of YAML 1.1, which is what the real generator reads: yes and on are
// booleans, 12:30:45 is a number of seconds, the last of two equal keys wins. Null, float and date values, keys that
// are not texts, and a document that is not a mapping give a *[CrashError].
func ParseValues(text []byte) (Values, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, &CrashError{Exception: "yaml.parser.ParserError: " + err.Error()}
	}
	if len(doc.Content) == 0 {
		return nil, &CrashError{Exception: "TypeError: 'NoneType' object is not iterable"}
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, &CrashError{Exception: "AttributeError: the configuration has no attribute 'items'"}
	}
	values := Values{}
	for _, e := range native(top).(*mapping).entries {
		key, ok := e.key.(string)
		if !ok {
			return nil, &CrashError{Exception: fmt.Sprintf("TypeError: keys must be text, not %v", e.key)}
		}
		text, ok := asText(e.value)
		if !ok {
			return nil, &CrashError{
				Log:       fmt.Sprintf("Invalid YAML value type for key %s", key),
				Exception: "Exception",
			}
		}
		values[key] = text
	}
	return values, nil
}

// asText is the text that the generator makes of one top-level value; ok is false for null, floats and dates, and where
// a date is inside, which JSON has no form for.
func asText(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, *big.Int:
		return fmt.Sprint(v), true
	case []any, *mapping:
		return pythonJSON(v)
	}
	return "", false
}

// mapping keeps the order of keys, as the generator's JSON does.
type mapping struct{ entries []entry }

type entry struct{ key, value any }

func (m *mapping) set(key, value any) {
	for i, e := range m.entries {
		if fmt.Sprintf("%T %v", e.key, e.key) == fmt.Sprintf("%T %v", key, key) {
			m.entries[i].value = value
			return
		}
	}
	m.entries = append(m.entries, entry{key, value})
}

// date is what YAML 1.1 takes for one.
type date string

var (
	yamlNull = regexp.MustCompile(`^(~|null|Null|NULL|)$`)
	yamlTrue = regexp.MustCompile(`^(yes|Yes|YES|true|True|TRUE|on|On|ON)$`)
	yamlFals = regexp.MustCompile(`^(no|No|NO|false|False|FALSE|off|Off|OFF)$`)
	yamlInt  = regexp.MustCompile(`^[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$`)
	yamlSexa = regexp.MustCompile(`^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+$`)
	yamlReal = regexp.MustCompile(`^([-+]?([0-9][0-9_]*)\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?` +
		`|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
	yamlDate = regexp.MustCompile(`^[0-9]{4}-([0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?` +
		`([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?)$`)
)

// native turns a node into string, bool, *big.Int, float64, date, nil, []any or *mapping.
func native(n *yaml.Node) any {
	switch n.Kind {
	case yaml.AliasNode:
		return native(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, native(item))
		}
		return list
	case yaml.MappingNode:
		return nativeMapping(n)
	}
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted != 0 || n.Style&yaml.TaggedStyle != 0 && n.ShortTag() == "!!str" {
		return n.Value
	}
	return plain(n.Value)
}

// nativeMapping lets keys that << brings in give way to those that are written.
func nativeMapping(n *yaml.Node) *mapping {
	m := &mapping{}
	isMerge := func(k *yaml.Node) bool { return k.Value == "<<" && k.Style == 0 }
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			continue
		}
		sources, ok := native(n.Content[i+1]).([]any)
		if !ok {
			sources = []any{native(n.Content[i+1])}
		}
		slices.Reverse(sources)
		for _, s := range sources {
			if other, ok := s.(*mapping); ok {
				for _, e := range other.entries {
					m.set(e.key, e.value)
				}
			}
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			m.set(native(n.Content[i]), native(n.Content[i+1]))
		}
	}
	return m
}

// plain resolves an unquoted scalar.
func plain(s string) any {
	switch {
	case yamlNull.MatchString(s):
		return nil
	case yamlTrue.MatchString(s):
		return true
	case yamlFals.MatchString(s):
		return false
	case yamlReal.MatchString(s):
		return real(s)
	case yamlDate.MatchString(s):
		return date(s)
	case yamlSexa.MatchString(s):
		return sexagesimal(s)
	case yamlInt.MatchString(s):
		if n, ok := new(big.Int).SetString(strings.ReplaceAll(s, "_", ""), 0); ok {
			return n
		}
	}
	return s
}

func real(s string) any {
	low := strings.ToLower(strings.ReplaceAll(s, "_", ""))
	if strings.Contains(low, ":") {
		whole, fraction, _ := strings.Cut(low, ".")
		f, _ := strconv.ParseFloat("0."+fraction+"0", 64)
		n, _ := new(big.Float).SetInt(sexagesimal(whole)).Float64()
		return n + f
	}
	f, err := strconv.ParseFloat(strings.Replace(low, ".nan", "nan", 1), 64)
	if inf, found := strings.CutSuffix(low, ".inf"); found {
		f, err = strconv.ParseFloat(inf+"inf", 64)
	}
	if err != nil && !math.IsInf(f, 0) {
		return s
	}
	return f
}

func sexagesimal(s string) *big.Int {
	total, sixty := new(big.Int), big.NewInt(60)
	for part := range strings.SplitSeq(strings.ReplaceAll(strings.TrimLeft(s, "+-"), "_", ""), ":") {
		n, _ := new(big.Int).SetString(part, 10)
		total.Add(total.Mul(total, sixty), n)
	}
	if strings.HasPrefix(s, "-") {
		total.Neg(total)
	}
	return total
}

// pythonJSON is what Python's json.dumps writes: a blank after each comma and colon, nothing but ASCII, and keys that
// are numbers, booleans or null as text. ok is false for dates.
func pythonJSON(v any) (text string, ok bool) {
	ok = true
	part := func(v any) string {
		s, good := pythonJSON(v)
		ok = ok && good
		return s
	}
	var parts []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			parts = append(parts, part(item))
		}
		return "[" + strings.Join(parts, ", ") + "]", ok
	case *mapping:
		for _, e := range v.entries {
			key := part(e.key)
			if _, isText := e.key.(string); !isText {
				key = `"` + key + `"`
			}
			parts = append(parts, key+": "+part(e.value))
		}
		return "{" + strings.Join(parts, ", ") + "}", ok
	case nil:
		return "null", true
	case bool, *big.Int:
		return fmt.Sprint(v), true
	case float64:
		return pythonFloat(v), true
	case string:
		return pythonText(v), true
	}
	return "", false
}

func pythonText(s string) string {
	var quoted, out strings.Builder
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text can be encoded
	for _, r := range strings.TrimSuffix(quoted.String(), "\n") {
		switch {
		case r < 0x7f:
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// pythonFloat is Python's repr: with an exponent from 1e16 on and below 1e-4.
func pythonFloat(f float64) string {
	switch size := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(fmt.Sprintf("%+.0f", f)[:1], "+") + "Infinity"
	case size != 0 && (size < 1e-4 || size >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.ContainsRune(text, '.') {
		text += ".0"
	}
	return text
}
