package genconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

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
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, ok := native(top.Content[i]).(string)
		if !ok {
			return nil, &CrashError{Exception: "TypeError: keys must be text, not " + top.Content[i].Value}
		}
		text, err := asText(native(top.Content[i+1]))
		if err != nil {
			return nil, &CrashError{
				Log:       fmt.Sprintf("Invalid YAML value type for key %s", key),
				Exception: "Exception",
			}
		}
		values[key] = text
	}
	return values, nil
}

var errType = errors.New("a type that no setting can have")

// asText is the text that the generator makes of one top-level value.
func asText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, int64:
		return fmt.Sprint(v), nil
	case []any, *mapping:
		return pythonJSON(v), nil
	}
	return "", errType
}

// mapping keeps the order of keys, as the generator's JSON does.
type mapping struct {
	keys   []string
	values map[string]any
}

// other stands for values that YAML 1.1 takes for null, a float or a date.
type other struct{ json string }

var (
	yamlNull = regexp.MustCompile(`^(~|null|Null|NULL|)$`)
	yamlTrue = regexp.MustCompile(`^(yes|Yes|YES|true|True|TRUE|on|On|ON)$`)
	yamlFals = regexp.MustCompile(`^(no|No|NO|false|False|FALSE|off|Off|OFF)$`)
	yamlInt  = regexp.MustCompile(`^[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$`)
	yamlSexa = regexp.MustCompile(`^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+$`)
	yamlReal = regexp.MustCompile(`^([-+]?([0-9][0-9_]*)\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?` +
		`|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
	yamlDate = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?$`)
)

// native turns a node into string, bool, int64, other, []any or *mapping.
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
		m := &mapping{values: map[string]any{}}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m.set(n.Content[i].Value, native(n.Content[i+1]))
		}
		return m
	}
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted != 0 || n.Style&yaml.TaggedStyle != 0 && n.Tag == "!!str" {
		return n.Value
	}
	return plain(n.Value)
}

func (m *mapping) set(key string, value any) {
	if _, known := m.values[key]; !known {
		m.keys = append(m.keys, key)
	}
	m.values[key] = value
}

// plain resolves an unquoted scalar.
func plain(s string) any {
	switch {
	case yamlNull.MatchString(s):
		return other{"null"}
	case yamlTrue.MatchString(s):
		return true
	case yamlFals.MatchString(s):
		return false
	case yamlReal.MatchString(s):
		return other{s}
	case yamlDate.MatchString(s):
		return other{strconv.Quote(s)}
	case yamlSexa.MatchString(s):
		return sexagesimal(s)
	case yamlInt.MatchString(s):
		if n, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 0, 64); err == nil {
			return n
		}
	}
	return s
}

func sexagesimal(s string) int64 {
	sign := int64(1)
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = -1, rest
	}
	var total int64
	for part := range strings.SplitSeq(strings.ReplaceAll(strings.TrimPrefix(s, "+"), "_", ""), ":") {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return 0
		}
		total = total*60 + n
	}
	return sign * total
}

// pythonJSON is what Python's json.dumps writes: a blank after each comma and colon.
func pythonJSON(v any) string {
	switch v := v.(type) {
	case []any:
		parts := make([]string, 0, len(v))
		for _, item := range v {
			parts = append(parts, pythonJSON(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *mapping:
		parts := make([]string, 0, len(v.keys))
		for _, key := range v.keys {
			parts = append(parts, pythonJSON(key)+": "+pythonJSON(v.values[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case other:
		return v.json
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(text)
}
