package listing

import (
	"bytes"
	"maps"
	"math/big"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"dcosup/inventory"
	"dcosup/inventory/pyliteral"
)

// yaml writes YAML that means the same to readers of YAML 1.1 and 1.2.
func (w writer) yaml(v any) string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	// Nodes of scalars, sequences and mappings can always be written to memory.
	_ = e.Encode(yamlNode(v))
	_ = e.Close()
	return b.String()
}

// yamlNode is a value as a node, with sorted keys.
func yamlNode(v any) *yaml.Node {
	switch d := v.(type) {
	case inventory.Value:
		return yamlVariable(d)
	case *inventory.Map:
		others := d.NonTextKeys()
		keys := d.Keys()
		slices.Sort(keys)
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range keys {
			v, _ := d.Get(key)
			name := yamlText(key)
			if slices.Contains(others, key) {
				name = plain(key)
			}
			n.Content = append(n.Content, name, yamlNode(v))
		}
		return n
	case object:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range slices.Sorted(maps.Keys(d)) {
			n.Content = append(n.Content, yamlText(key), yamlNode(d[key]))
		}
		return n
	case []inventory.Value:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range d {
			n.Content = append(n.Content, yamlNode(item))
		}
		return n
	case string:
		return yamlText(d)
	case nil:
		return plain("null")
	case float64:
		return plain(yamlFloat(d))
	case bool:
		if d {
			return plain("true")
		}
		return plain("false")
	}
	n := &yaml.Node{}
	_ = n.Encode(v) // whole numbers
	return n
}

func yamlVariable(v inventory.Value) *yaml.Node {
	if envelope, ok := v.Envelope(); ok {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!vault", Style: yaml.LiteralStyle | yaml.TaggedStyle, Value: envelope}
	}
	if n, ok := v.YAML.(*big.Int); ok {
		return plain(n.String())
	}
	text, ok := v.Data.(string)
	switch {
	case ok && v.Unsafe():
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!unsafe", Style: yaml.SingleQuotedStyle | yaml.TaggedStyle, Value: text}
	case ok && v.YAML != nil: // a date, .inf or .nan
		return plain(text)
	}
	return yamlNode(v.Data)
}

// plain is a scalar that is what it looks like.
func plain(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: text}
}

// yamlText is a text, in quotes where it would be something else without them. The
// library knows YAML 1.2, and our own reader 1.1.
func yamlText(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	if n.Style == 0 && !inventory.IsPlainText(text) {
		n.Style = yaml.SingleQuotedStyle
	}
	return n
}

// yamlFloat is a fraction as YAML 1.1 reads one: with a point, and a sign in
// the exponent.
func yamlFloat(f float64) string {
	text := pyliteral.Float(f)
	if mantissa, exponent, ok := strings.Cut(text, "e"); ok && !strings.Contains(mantissa, ".") {
		text = mantissa + ".0e" + exponent
	}
	return text
}
