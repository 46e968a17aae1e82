package inventory

import (
	"strconv"
	"strings"
)

// scalar is a value that was asked for as text, and its place.
type scalar struct {
	text string
	pos  Pos
}

// text returns a variable as text. ok is false if it is not there, is null, or
// cannot be used, which is then reported.
func (b *clusterBuilder) text(m *Map, key string) (scalar, bool) {
	v, ok := m.Get(key)
	if !ok || v.Data == nil {
		return scalar{}, false
	}
	text, ok := v.Text()
	if !ok {
		b.errorf(v.Pos, "%s must be a text, not %s", key, v.kind())
		return scalar{}, false
	}
	if b.template(key, text, v.Pos) {
		return scalar{}, false
	}
	return scalar{text, v.Pos}, true
}

// firstText returns the first of several variables that is there. They are
// other names of one setting, by falling precedence.
func (b *clusterBuilder) firstText(m *Map, keys ...string) (scalar, bool) {
	for _, key := range keys {
		if s, ok := b.text(m, key); ok {
			return s, true
		}
	}
	return scalar{}, false
}

// template reports a text that Jinja2 would have to evaluate.
func (b *clusterBuilder) template(key, text string, pos Pos) bool {
	if !isTemplate(text) {
		return false
	}
	b.hintf(pos, "write the value itself, or give it by -e", "%s is a Jinja2 template, which dcosup does not evaluate", key)
	return true
}

// isTemplate tells whether Ansible would evaluate the text.
func isTemplate(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%")
}

// boolean returns a variable as yes or no: a boolean, 0 or 1, or one of the
// words that Ansible takes for one.
func (b *clusterBuilder) boolean(m *Map, key string, otherwise bool) bool {
	v, ok := m.Get(key)
	if !ok || v.Data == nil {
		return otherwise
	}
	if yes, ok := v.Data.(bool); ok {
		return yes
	}
	s, ok := b.text(m, key)
	if !ok {
		return otherwise
	}
	switch strings.ToLower(s.text) {
	case "yes", "on", "true", "t", "y", "1", "1.0":
		return true
	case "no", "off", "false", "f", "n", "0", "0.0":
		return false
	}
	b.hintf(s.pos, "write true or false", "%s must be true or false, not %q", key, s.text)
	return otherwise
}

// wholeNumber reads a number, or a text of digits.
func wholeNumber(v Value) (int, bool) {
	switch d := v.Data.(type) {
	case int64:
		return int(d), int64(int(d)) == d
	case string:
		n, err := strconv.Atoi(strings.TrimSpace(d))
		return n, err == nil
	}
	return 0, false
}
