package genconf

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// document writes a mapping as YAML that means the same to the generator, which reads YAML 1.1: what could be taken
// for anything but text is in quotes. Keys are in alphabetical order.
func document(config map[string]any) ([]byte, error) {
	var buf bytes.Buffer
	_, _ = io.WriteString(&buf, Header) // a bytes.Buffer does not fail
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	err := enc.Encode(node(config))
	return buf.Bytes(), err
}

func node(v any) *yaml.Node {
	switch v := v.(type) {
	case string:
		return textNode(v)
	case []string:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			list.Content = append(list.Content, textNode(item))
		}
		return list
	case []any:
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			list.Content = append(list.Content, node(item))
		}
		return list
	case map[string]any:
		m := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range sortedKeys(v) {
			m.Content = append(m.Content, textNode(k), node(v[k]))
		}
		return m
	case map[any]any:
		text := make(map[string]any, len(v))
		for k, item := range v {
			name, ok := jsonKey(k)
			if !ok {
				name = fmt.Sprint(k) // an error says so
			}
			text[name] = item
		}
		return node(text)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: plainText(v)}
}

// plainText is what is no text, written without quotes.
func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case time.Time:
		return v.Format(time.DateOnly)
	case *big.Int:
		return v.String()
	case float32:
		return floatText(float64(v))
	case float64:
		return floatText(v)
	}
	return fmt.Sprint(v)
}

// floatText is a float of YAML 1.1, which must have a point: 1e+20 is text.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	text := pyFloat(f)
	if number, exponent, has := strings.Cut(text, "e"); has && !strings.Contains(number, ".") {
		return number + ".0e" + exponent
	}
	return text
}

var (
	// plainWords are texts that no reader takes for anything else once words, numbers and dates are excluded.
	plainWords = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./:@+-]*( [A-Za-z0-9_./@+-]+)*$`)
	addressy   = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+(\.[0-9]+)?(/[0-9]+)?$`)
	yamlWords  = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null)$`)
)

// textNode writes a text: plain where that is safe, text of more lines as a block, anything else in quotes.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	colon := strings.HasSuffix(s, ":") || strings.Contains(s, ": ")
	switch {
	case plainWords.MatchString(s) && !colon && !yamlWords.MatchString(s), addressy.MatchString(s):
	case strings.Contains(s, "\n") && blockable(s):
		n.Style = yaml.LiteralStyle
	default:
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// blockable says whether a text survives a literal block: no blanks at its beginning or at a line's end, and nothing
// that must be escaped.
func blockable(s string) bool {
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if line == "" || strings.HasSuffix(line, " ") {
			return false
		}
		for _, r := range line {
			if r < ' ' || r > '~' {
				return false
			}
		}
	}
	return s[0] != ' '
}
