package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxValues bounds the values of one YAML document that are there because its
// aliases are followed, so that a few lines of nested aliases cannot fill the memory.
const maxValues = 500_000

// yamlReader turns YAML nodes into values, by the rules of YAML 1.1 that
// Ansible's parser has: yes and off are booleans, 0644 is octal.
type yamlReader struct {
	file string
	p    *problems
	// json tells that the document is JSON, whose numbers have other rules.
	json bool
	// offset moves columns, for YAML that does not begin its line.
	offset int
	// secret tells that the document was encrypted as a whole.
	secret bool
	// values is how many there are within aliases, of which so many are being
	// followed; over tells that there are too many.
	values, aliases int
	over            bool
	open            map[*yaml.Node]bool
}

// parseYAML reads a document of YAML or JSON. ok is false if there were
// errors; an empty document is a Value without data.
func parseYAML(p *problems, file, content string) (v Value, ok bool) {
	before := p.failures()
	r := &yamlReader{file: file, p: p, json: json.Valid([]byte(content)), secret: p.decrypted[file], open: map[*yaml.Node]bool{}}
	if r.json {
		content = yamlFromJSON(content)
	}
	node, err := decodeOne(content)
	if err != nil {
		r.syntaxError(err, content)
		return Value{}, false
	}
	if node == nil {
		return Value{Pos: Pos{File: file, Line: 1, Column: 1}}, true
	}
	v = r.value(node)
	return v, p.failures() == before
}

var jsonEscape = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\.`)

// yamlFromJSON replaces the two escapes of JSON that the YAML parser does not
// know: of slashes, and of characters in two halves. Columns behind one of
// them count its replacement.
func yamlFromJSON(content string) string {
	return jsonEscape.ReplaceAllStringFunc(content, func(e string) string {
		if e != `\/` && len(e) == 2 {
			return e
		}
		var s string
		if err := json.Unmarshal([]byte(`"`+e+`"`), &s); err != nil {
			return e
		}
		return s
	})
}

// errSecondDocument is returned for files with more than one document.
var errSecondDocument = errors.New("yaml: a second document begins, and there may be only one in a file")

// decodeOne returns the only document of the content, nil if it is empty.
func decodeOne(content string) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader([]byte(content)))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&second); err == nil {
		return nil, errSecondDocument
	} else if err != io.EOF {
		return nil, err
	}
	return doc.Content[0], nil
}

var (
	yamlLine      = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// syntaxError reports what the YAML parser says of the content. It knows the
// line at best.
func (r *yamlReader) syntaxError(err error, content string) {
	pos, message, numbered := Pos{File: r.file, Line: 1}, err.Error(), false
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			pos.Line, numbered = n, true
		}
	}
	hint, said := "", any(words(message)) // the parser quotes nothing but the names of anchors
	switch {
	case strings.HasPrefix(message, "did not find expected"):
		// The parser counts the lines of these from 0, those of others from 1.
		if numbered {
			pos.Line++
		}
		hint = "look at the brackets, the indentation, the colons and the quotes from here on"
	case strings.Contains(message, "could not find expected"):
		hint = "look at the colons and the quotes from here on"
	case strings.Contains(message, "found character that cannot start any token"):
		hint = "indent by spaces, not tabs, and quote values that begin with @, ` or %"
	case strings.Contains(message, "mapping values are not allowed"):
		hint = "quote a value that has a colon followed by a space, and look at the indentation"
	case unknownAnchor.MatchString(message):
		said = message
		name := unknownAnchor.FindStringSubmatch(message)[1]
		before, _, _ := strings.Cut(content, "*"+name)
		pos.Line = 1 + strings.Count(before, "\n")
	}
	// What is missing at the end is reported behind it.
	pos.Line = min(pos.Line, 1+strings.Count(strings.TrimRight(content, "\n"), "\n"))
	r.p.hintf(pos, hint, "the YAML cannot be read: %s", said)
}

// at is the place of a node.
func (r *yamlReader) at(n *yaml.Node) Pos {
	return Pos{File: r.file, Line: n.Line, Column: n.Column + r.offset}
}

// value turns a node into a value.
func (r *yamlReader) value(n *yaml.Node) Value {
	v := Value{Pos: r.at(n), Secret: r.secret}
	if r.aliases > 0 {
		r.values++
	}
	if r.values > maxValues {
		if !r.over {
			r.over = true
			r.p.errorf(v.Pos, "the aliases of the document stand for more than %d values", maxValues)
		}
		return v
	}
	if isVaultTag(n) && (n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode) {
		r.p.hintf(v.Pos, "write `!vault |`, and below it what ansible-vault printed", "an encrypted value is a text, not a list or a mapping")
		return v
	}
	switch n.Kind {
	case yaml.AliasNode:
		if r.open[n.Alias] {
			r.p.errorf(v.Pos, "the alias *%s stands within what it repeats", n.Value)
			return v
		}
		r.aliases++
		of := r.value(n.Alias)
		r.aliases--
		of.Pos = v.Pos
		return of
	case yaml.ScalarNode:
		if isVaultTag(n) {
			return r.sealed(n.Value, v.Pos)
		}
		v.Data, v.literal = r.scalar(n), n.ShortTag() == "!unsafe"
		v.YAML = r.native(n, v.Data)
	case yaml.SequenceNode:
		r.knownTag(n)
		r.open[n] = true
		list := make([]Value, 0, len(n.Content))
		for _, item := range n.Content {
			if r.values > maxValues {
				break
			}
			list = append(list, r.value(item))
		}
		delete(r.open, n)
		v.Data = list
	case yaml.MappingNode:
		r.knownTag(n)
		r.open[n] = true
		m := r.mapping(n)
		delete(r.open, n)
		if r.json {
			if wrapped, ok := r.wrapped(m, v); ok {
				return wrapped
			}
		}
		v.Data = m
	}
	return v
}

// mapping turns a node into a map. Keys that << brings in give way to those
// that are written, and of a key written twice the last counts.
func (r *yamlReader) mapping(n *yaml.Node) *Map {
	m, written := &Map{}, map[string]Pos{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			m.Merge(r.merged(n.Content[i+1]))
		}
	}
	for i := 0; i+1 < len(n.Content) && r.values <= maxValues; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			continue
		}
		k := r.value(key)
		if isVaultTag(key) {
			r.p.errorf(k.Pos, "a key cannot be encrypted")
			continue
		}
		if !hashable(k) {
			r.p.errorf(k.Pos, "a list or a mapping cannot be a key")
			continue
		}
		name := keyText(k)
		if first, twice := written[name]; twice {
			r.p.warnf(k.Pos, "remove one of them", "the key %q is here for the second time, and the one at %s is lost", name, first)
		}
		written[name] = k.Pos
		m.SetAt(name, r.value(value), k.Pos)
		m.noteKey(name, k)
	}
	return m
}

// merged returns what << brings in: a mapping, or several, of which the first
// has precedence.
func (r *yamlReader) merged(n *yaml.Node) *Map {
	v := r.value(n)
	switch d := v.Data.(type) {
	case *Map:
		return d
	case []Value:
		m := &Map{}
		for i := len(d) - 1; i >= 0; i-- {
			part, ok := d[i].Data.(*Map)
			if !ok {
				r.p.errorf(d[i].Pos, "<< takes mappings, not %s", d[i].kind())
			}
			m.Merge(part)
		}
		return m
	}
	r.p.errorf(v.Pos, "<< takes a mapping or a list of mappings, not %s", v.kind())
	return nil
}

// scalar turns a node without parts into data.
func (r *yamlReader) scalar(n *yaml.Node) any {
	plain := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	if n.Style&yaml.TaggedStyle != 0 {
		return r.tagged(n)
	}
	switch {
	case !plain:
		return n.Value
	case r.json:
		return jsonScalar(n.Value)
	}
	data := resolve(n.Value)
	whole, ok := data.(int64)
	if digits := strings.TrimLeft(n.Value, "-+0_"); ok && yamlOctal.MatchString(n.Value) && len(strings.ReplaceAll(digits, "_", "")) > 1 && whole != 0 {
		r.p.octals[r.at(n)] = true
	}
	return data
}

// knownTag refuses lists and mappings with a tag that makes them something
// else, such as !!set.
func (r *yamlReader) knownTag(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch tag := n.ShortTag(); tag {
	case "!!map", "!!seq", "!unsafe", "!":
	default:
		r.p.hintf(r.at(n), "write the value without a tag", "the tag %s is not known", tag)
	}
}

// tagged turns a node with a tag of its own into data.
func (r *yamlReader) tagged(n *yaml.Node) any {
	switch tag := n.ShortTag(); tag {
	case "!unsafe", "!!str", "!":
		return n.Value
	case "!!null", "!!bool", "!!int", "!!float":
		return resolve(n.Value)
	default:
		r.p.hintf(r.at(n), "write the value without a tag", "the tag %s is not known", tag)
	}
	return nil
}

// jsonScalar reads true, false, null and the numbers of JSON.
func jsonScalar(text string) any {
	switch text {
	case "null":
		return nil
	case "true", "false":
		return text == "true"
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strings.ContainsAny(text, ".eE") {
		return f
	}
	return text
}

var (
	yamlInt   = regexp.MustCompile(`^[-+]?(?:0b[01_]+|0[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$`)
	yamlOctal = regexp.MustCompile(`^[-+]?0[0-7_]+$`)
	yamlFloat = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$`)
)

// resolve gives a plain scalar its type by the rules of YAML 1.1. Dates,
// infinities and numbers too big for an int64 stay texts.
func resolve(text string) any {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return true
	case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return false
	}
	var data any
	var ok bool
	switch digits := strings.ReplaceAll(text, "_", ""); {
	case yamlInt.MatchString(text):
		data, ok = yamlWhole(digits)
	case yamlFloat.MatchString(text):
		data, ok = yamlFraction(digits)
	}
	if !ok {
		return text
	}
	return data
}

// IsPlainText tells whether YAML 1.1 takes a text for a text where it stands
// without quotes.
func IsPlainText(text string) bool {
	if _, isText := resolve(text).(string); !isText || len(text) == 1 && strings.Contains("yYnN=", text) || text == "<<" {
		return false
	}
	switch strings.ToLower(text) {
	case ".inf", "+.inf", "-.inf", ".nan":
		return false
	}
	return !yamlInt.MatchString(text) && !yamlDay.MatchString(text) && !yamlTime.MatchString(text)
}

// yamlWhole reads a whole number: binary, octal, hexadecimal, decimal, or in
// sixties as in 1:30.
func yamlWhole(digits string) (any, bool) {
	if strings.Contains(digits, ":") {
		n, ok := sixties(digits)
		return int64(n), ok
	}
	// A leading 0 makes a number octal for Go too, and 0b and 0x are the same.
	n, err := strconv.ParseInt(digits, 0, 64)
	return n, err == nil
}

// yamlFraction reads a decimal fraction, or one in sixties.
func yamlFraction(digits string) (any, bool) {
	if strings.Contains(digits, ":") {
		return sixties(digits)
	}
	f, err := strconv.ParseFloat(digits, 64)
	return f, err == nil
}

// sixties reads a number in base 60, its parts joined by colons. ok is false
// if it is too big to be exact.
func sixties(digits string) (f float64, ok bool) {
	sign := 1.0
	if digits[0] == '-' {
		sign = -1
	}
	for _, part := range strings.Split(strings.TrimLeft(digits, "+-"), ":") {
		p, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, false
		}
		f = f*60 + p
	}
	return sign * f, math.Abs(f) < 1<<53
}
