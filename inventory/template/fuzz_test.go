package template_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dcosup/inventory/template"
)

// FuzzEval holds that nothing panics or hangs, and that errors have words and point
// into the template.
func FuzzEval(f *testing.F) {
	for _, seed := range []string{
		"{{ l | map('upper') | join(',') }}", "{% for x in l if x %}{{ loop.index }}{% else %}-{% endfor %}", "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}",
		"{{ '%05.1f' % 2.5 }}{{ '{}'.format(l) }}", "{{ d | to_nice_json }}", "{{ s | regex_replace('(l+)', '<\\1>') }}", "{# x #}{% raw %}{{{% endraw %}", "[{{ n }}, {{ l[::-1] }}]",
		"{{ l is contains(1) and n is divisibleby 2 }}", "{{ (a.b.c | default([]))[0] }}", "{{ {'a': (1, 2)}['a'] | sum }}", "{%- if n > 3 -%} a {%- elif x %}{% endif %}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		v := &variables{raw: map[string]any{"l": []any{1.0, "a", nil}, "d": map[string]any{"a": 1.0}, "n": 4.0, "s": "hello"}}
		env := v.env()
		env.Work = &template.Work{Left: 200_000}
		start := time.Now()
		_, err := template.Eval(text, env)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		var mistake *template.Error
		if errors.As(err, &mistake) && (mistake.Message == "" || mistake.Offset < 0 || mistake.Offset > len(text)) {
			t.Errorf("error %q at %d of %d bytes", mistake.Message, mistake.Offset, len(text))
		}
		if err == nil && !utf8.ValidString(text) {
			t.Error("a template was taken that is not text")
		}
	})
}

// TestWorkIsShared holds that templates that belong together have one budget.
func TestWorkIsShared(t *testing.T) {
	work := &template.Work{Left: 10_000}
	var err error
	n := 0
	for ; err == nil && n < math.MaxInt16; n++ {
		_, err = template.Eval("{{ range(1000) | list | length }}", template.Env{Work: work})
	}
	if err == nil || n < 2 || n > 10 || !strings.Contains(err.Error(), "takes too much work") {
		t.Errorf("after %d templates: %v", n, err)
	}
}
