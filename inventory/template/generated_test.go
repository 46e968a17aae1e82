//go:build ansible

package template_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// generatedVars are the variables of generated templates.
var generatedVars = map[string]any{
	"i": 7.0, "z": 0.0, "neg": -3.0, "f": 2.5, "s": "Hello World", "e": "", "num": "42", "t": true, "no": false, "nul": nil,
	"l": []any{3.0, 1.0, 2.0, 1.0}, "ls": []any{"b", "A", "c"}, "el": []any{}, "d": map[string]any{"a": 1.0, "b": []any{1.0, "x"}},
	"ld": []any{map[string]any{"n": "x", "v": 2.0}, map[string]any{"n": "y", "v": 1.0}}, "mixed": []any{1.0, "a", nil, true, []any{1.0}}, "tpl": "{{ i }}", "u": "{{ undefinedthing }}",
}

// generator writes templates by chance; one seed always gives the same ones.
type generator struct{ *rand.Rand }

func (g generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) value(depth int) string {
	if depth <= 0 {
		return g.pick("i", "z", "neg", "f", "s", "e", "num", "t", "no", "nul", "l", "ls", "el", "d", "ld", "mixed", "tpl", "u", "missing", "1", "2.0", "'a'", "'b c'", "''", "[]", "{}", "none", "true", "0", "-1", "'1'", "'[1]'", "'True'", "d.a", "d['b']", "l[0]", "ls[-1]", "s[0]", "ld[0].n")
	}
	v := func() string { return g.value(depth - 1 - g.IntN(2)) }
	switch g.IntN(14) {
	case 0, 1:
		return v() + g.pick(" + ", " - ", " * ", " / ", " // ", " % ", " ~ ", " ** ") + v()
	case 2:
		return "(" + v() + g.pick(" == ", " != ", " < ", " <= ", " > ", " >= ", " in ", " not in ") + v() + ")"
	case 3:
		return "(" + v() + g.pick(" and ", " or ") + v() + ")"
	case 4:
		return "(not " + v() + ")"
	case 5:
		return "(" + v() + " if " + v() + " else " + v() + ")"
	case 6:
		return "[" + v() + ", " + v() + "]"
	case 7:
		return "(" + v() + ")" + g.pick("[0]", "[-1]", "[1:]", "[:-1]", "[::-1]", ".a", ".n", ".foo", "['a']")
	case 8:
		return "(" + v() + " is " + g.pick("defined", "undefined", "none", "string", "number", "mapping", "sequence", "iterable", "boolean", "odd", "even", "true", "false", "truthy", "integer", "float", "not defined", "lower") + ")"
	case 9:
		return "(" + v() + " is " + g.pick("eq", "in", "contains", "divisibleby", "match", "search", "subset", "gt") + "(" + v() + "))"
	default:
		return "(" + v() + ")" + g.filter(depth)
	}
}

func (g generator) filter(depth int) string {
	v := func() string { return g.value(depth - 2) }
	switch g.IntN(3) {
	case 0:
		return " | " + g.pick("default(", "join(", "replace('a', ", "combine(", "union(", "difference(", "intersect(", "zip(", "int(", "round(", "split(", "regex_replace('[a-l]', ",
			"ternary('x', ", "extract(", "map('default', ", "batch(", "indent(", "trim(", "center(", "d('x', ", "float(", "select('eq', ", "reject('in', ") + v() + ")"
	case 1:
		return " | " + g.pick("map(attribute='n')", "map('upper')", "map('int')", "map('string')", "select('defined')", "selectattr('v')", "selectattr('v', 'gt', 1)", "rejectattr('n', 'eq', 'x')",
			"sort(attribute='v')", "sum(attribute='v')", "groupby('v')", "join(',', attribute='n')", "map('length')", "map('first')", "select", "unique(attribute='n')", "max(attribute='v')",
			"regex_search('o')", "regex_findall('[a-z]+')", "regex_replace('l*', '-')", "to_json(sort_keys=true)", "flatten(1)", "default('x', true)", "items2dict(key_name='n', value_name='v')")
	}
	return " | " + g.pick("upper", "lower", "title", "capitalize", "trim", "length", "first", "last", "sort", "unique", "min", "max", "sum", "list", "reverse", "flatten", "string", "int", "float", "bool",
		"abs", "round", "to_json", "to_nice_json", "from_json", "b64encode", "quote", "basename", "dirname", "dict2items", "items2dict", "dictsort", "hash", "items", "mandatory", "split", "splitext", "join")
}

func (g generator) template() string {
	switch g.IntN(8) {
	case 0:
		return "x {{ " + g.value(2) + " }}"
	case 1:
		return "{{ " + g.value(1) + " }}{{ " + g.value(1) + " }}"
	case 2:
		return "{% for x in " + g.value(1) + " %}{{ x }}" + g.pick("", ",", "\n") + "{% endfor %}"
	case 3:
		return "{% set q = " + g.value(2) + " %}{{ q }}"
	case 4:
		return "[{{ " + g.value(1) + " }}, {{ " + g.value(0) + " }}]"
	}
	return "{{ " + g.value(3) + " }}"
}

// refusals are in our errors about what Ansible can and we cannot.
var refusals = []string{"dcosup", "too big", "put |list behind it", "whole numbers are not rounded", "is for two lists", "nested too deeply", "that would rather match nothing", "without an else", "cannot be sliced", "the argument precision", "is not defined"}

var (
	seed  = flag.Uint64("seed", 1, "of generated templates")
	count = flag.Int("count-generated", 3000, "how many templates are generated")
)

// TestJudgeGenerated holds many templates that nobody thought of against Ansible: what
// is evaluated must be what Ansible says, and what is not must be refused by name.
func TestJudgeGenerated(t *testing.T) {
	python := ansiblePython(t)
	g := generator{rand.New(rand.NewPCG(*seed, 0))}
	f := &corpusFile{vars: generatedVars}
	for range *count {
		f.cases = append(f.cases, &corpusCase{text: g.template()})
	}
	evaluated := 0
	for i, answer := range f.ask(t, python) {
		text := f.cases[i].text
		got, err := evaluate(text, generatedVars)
		switch {
		case err == nil && answer.Error == "" && got == answer.Value:
			evaluated++
		case err != nil && answer.Error != "":
		case answer.Value == asJSON(text): // Ansible leaves what fails while Jinja2 compiles it
		case err != nil && refusedByName(err):
		default:
			t.Errorf("%s\nAnsible: %s %.200s\ndcosup:  %s %v", text, answer.Value, answer.Error, got, err)
		}
	}
	if evaluated < *count/6 {
		t.Errorf("only %d templates have a value", evaluated)
	}
	t.Logf("%d templates have a value", evaluated)
}

func asJSON(text string) string {
	data, _ := exported(text)
	return data
}

func refusedByName(err error) bool {
	for _, r := range refusals {
		if strings.Contains(fmt.Sprint(err), r) {
			return true
		}
	}
	return false
}
