package inventory

import (
	"strconv"
	"strings"

	"dcosup/inventory/template"
	"dcosup/secret"
)

// scalar is a value that was asked for as text, and its place.
type scalar struct {
	text   string
	pos    Pos
	secret bool
}

// shown is the text in quotes, for a message, unless it must not be shown.
func (s scalar) shown() string {
	if s.secret {
		return secret.Hidden
	}
	return strconv.Quote(s.text)
}

// shown is the scalar in quotes, for a message, unless it must not be shown.
func (v Value) shown() string {
	text, _ := v.Text()
	return scalar{text: text, secret: v.Secret}.shown()
}

// text returns a variable as text. ok is false if it is not there, is null, or
// cannot be used, which is then reported.
func (b *clusterBuilder) text(m *Map, key string) (scalar, bool) {
	v, ok := m.Get(key)
	if !ok || v.Data == nil || !b.readable(key, v) || b.template(key, v) {
		return scalar{}, false
	}
	text, ok := v.Text()
	if !ok {
		b.errorf(v.Pos, "%s must be a text, not %s", key, v.kind())
		return scalar{}, false
	}
	return scalar{text: text, pos: v.Pos, secret: v.Secret}, true
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

// template reports a template that could not be evaluated.
func (b *clusterBuilder) template(key string, v Value) bool {
	t, ok := v.Data.(*trouble)
	if ok {
		t.report(b.problems, key, v.Pos)
	}
	return ok
}

// isTrouble tells whether a value is a template that could not be evaluated.
func isTrouble(v Value) bool {
	_, ok := v.Data.(*trouble)
	return ok
}

// IsTemplate tells whether a value is a text in which a template begins, and not
// only one of Jinja2's comments.
func IsTemplate(v Value) bool {
	text, ok := v.Data.(string)
	return ok && !v.literal && (strings.Contains(text, "{{") || strings.Contains(text, "{%"))
}

// isTemplate tells whether Ansible would evaluate the text.
func isTemplate(text string) bool { return template.IsTemplate(text) }

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
	b.hintf(s.pos, "write true or false", "%s must be true or false, not %s", key, s.shown())
	return otherwise
}

// wholeNumber reads a number, or a text of digits.
func wholeNumber(v Value) (int, bool) {
	switch d := v.Data.(type) {
	case int64:
		return int(d), int64(int(d)) == d
	case string, *sealed:
		text, _ := v.Text()
		n, err := strconv.Atoi(strings.TrimSpace(text))
		return n, err == nil
	}
	return 0, false
}
