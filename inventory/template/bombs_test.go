//go:build !race

package template_test

// Nothing here runs beside something else, and under the race detector it takes ten
// times as long; `make test-unit` runs it beside.

import (
	"strings"
	"testing"
	"time"

	"dcosup/inventory/template"
)

// TestBombs has templates that would take all time or memory: each is refused, or
// done, within bounds.
func TestBombs(t *testing.T) {
	deep := func(open, middle, closing string, n int) string {
		return "{{ " + strings.Repeat(open, n) + middle + strings.Repeat(closing, n) + " }}"
	}
	megabyte := func(part string) string { return strings.Repeat(part, 1<<20/len(part)) }
	for name, text := range map[string]string{
		"a long text":              "{{ 'a' * 1000000000 }}",
		"a text that doubles":      "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
		"a list that doubles":      "{% set ns = namespace(x=[1]) %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | length }}",
		"a long list":              "{{ [0] * 1000000000 }}",
		"a long range":             "{{ range(1000000000) | list | length }}",
		"loops within loops":       strings.Repeat("{% for i in range(1000) %}", 4) + "x" + strings.Repeat("{% endfor %}", 4),
		"a big number":             "{{ 9 ** 9 ** 9 ** 9 }}",
		"a wide format":            "{{ '%1000000000d' % 1 }}",
		"a wide text":              "{{ 'a'.ljust(1000000000) }}",
		"many replacements":        "{{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}",
		"empty replacements":       "{{ ('a' * 1000000) | regex_replace('x*', 'b' * 1000) }}",
		"a join":                   "{{ range(100000) | join('a' * 10000) }}",
		"indents":                  "{{ '\n' * 100000 | indent(100000, true, true) }}",
		"a list within itself":     "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}",
		"lists within lists":       "{% set ns = namespace(l=[]) %}{% for i in range(100000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
		"equal lists in lists":     "{% set a = [] %}{% set b = [] %}{% set _ = a.append(b) %}{% set _ = b.append(a) %}{{ a == b }}",
		"many brackets":            deep("(", "1", ")", 200000),
		"many lists":               deep("[", "1", "]", 200000),
		"many signs":               deep("-", "1", "", 200000),
		"many negations":           deep("not ", "1", "", 200000),
		"many filters":             deep("", "l", "|list", 100000),
		"many attributes":          deep("", "d", ".a", 200000),
		"many calls":               deep("", "d", "()", 200000),
		"many sums":                deep("1 + ", "1", "", 100000),
		"many conditions":          deep("1 if 1 else ", "1", "", 50000),
		"many comparisons":         deep("1 < ", "1", "", 100000),
		"many ifs":                 megabyte("{% if 1 %}"),
		"many elifs":               "{% if 0 %}" + megabyte("{% elif 0 %}") + "{% endif %}",
		"many comments":            megabyte("{# x #}"),
		"many outputs":             megabyte("{{ n }}"),
		"open tags":                megabyte("{{ "),
		"open strings":             "{{ '" + megabyte("\\'"),
		"a literal":                "{{ '[' * 100000 }}[",
		"a literal that is deep":   "{{ '[' * 1000 ~ ']' * 1000 }}",
		"a slow pattern":           "{{ ('a' * 100000) | regex_search('(a*)*b') }}",
		"a big pattern":            "{{ 'a' | regex_search('((a{1,100}){1,100}){1,100}') }}",
		"sorting":                  "{{ range(1000000) | reverse | list | sort | first }}",
		"sorting what is odd":      "{% set l = range(200000) | map('string') | list %}{{ l | sort(attribute='0') | length }}",
		"much that is unique":      "{{ range(100000) | map('batch', 1) | unique | length }}",
		"a product of lists":       "{{ range(3000) | zip_longest(range(3000)) | map('zip_longest', range(3000)) | map('length') | sum }}",
		"deep JSON":                "{{ ('[' * 100000) | from_json }}",
		"wide JSON":                "{{ range(10000) | list | to_json(indent=10000) | length }}",
		"formats":                  "{{ ('%s' * 10000) % (('a' * 1000,) * 10000) }}",
		"a pattern at every place": "{{ ('a' * 300000) | regex_replace('b*$', 'c') | length }}",
		"a split":                  "{{ ('a,' * 1000000).split(',') | length }}",
		"dictionaries":             "{% set ns = namespace(d={}) %}{% for i in range(100000) %}{% set ns.d = ns.d | combine({i: i}) %}{% endfor %}x",
		"taking away":              "{% set l = range(100000) | list %}{% for i in range(100000) %}{% set _ = l.pop(0) %}{% endfor %}x",
	} {
		t.Run(name, func(t *testing.T) {
			v := &variables{raw: map[string]any{"l": []any{1.0}, "d": map[string]any{"a": 1.0}, "n": 4.0}}
			start := time.Now()
			r, err := template.Eval(text, v.env())
			took := time.Since(start)
			if took > time.Minute { // on any machine
				t.Errorf("took %v", took)
			}
			if s, ok := r.Value.(string); ok && len(s) > 5<<20 {
				t.Errorf("%d bytes were made", len(s))
			}
			t.Logf("%v, %.100v", took.Round(time.Millisecond), err)
		})
	}
}
