// Package template evaluates the Jinja2 templates of Ansible's values, with the
// results that Ansible 2.14 has for them.
//
// It knows nothing of inventories: names are looked up by a function, when a
// template comes to them. What Jinja2 or Ansible can and this package cannot is an
// error that names it, and so is what Ansible can only do once nodes have been
// asked. Whatever a megabyte of template says, evaluating it is bounded.
//
//	result, err := template.Eval("http://{{ host }}:8080", template.Env{
//		Names: func(name string) (any, bool, error) { return "10.0.0.1", name == "host", nil },
//	})
package template

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"dcosup/secret"
)

// Env is what a template is evaluated in.
type Env struct {
	// Names returns the value of a variable; ok is false if there is none. Its
	// error ends the evaluation: an *Error gets its place, any other is returned as
	// it is. So are the errors of Lookup and of a Mapping.
	Names func(name string) (v any, ok bool, err error)
	// Plain returns a variable that is written as a number, a boolean or null, with
	// no template in it. nil: none is.
	Plain func(name string) (v any, ok bool)
	// Known are the names that variables have, for a hint. nil: none.
	Known func() []string
	// Lookup does what lookup() does, with the plugin's name and its terms. It
	// returns a list. nil: there are none.
	Lookup func(plugin string, terms []string) ([]any, error)
	// YAML reads a document of YAML as Ansible does. nil: from_yaml is refused.
	YAML func(text string) (any, error)
	// Suggest returns which of the known names was probably meant, or "". nil:
	// nothing is suggested.
	Suggest func(name string, known []string) string
	// Work bounds the evaluation; templates that belong together share it. nil: a
	// budget for this one.
	Work *Work
}

// Work is how much evaluating may cost: about as many steps as are taken, and
// bytes and items made.
type Work struct{ Left int }

const (
	// DefaultWork is what one template may cost, about a second.
	DefaultWork = 5_000_000
	// maxText bounds the texts that are made, in bytes.
	maxText = 1 << 20
	// maxDeep bounds how deeply values may be nested.
	maxDeep = 200
)

// Result is what a template evaluates to.
type Result struct {
	// Value is a value of this package without anything undefined in it.
	Value any
	// Secret tells that a secret was used for it.
	Secret bool
}

// Error is what is wrong with a template.
type Error struct {
	// Offset is where in the template, in bytes.
	Offset  int
	Message string
	// Hint says what to do, or "".
	Hint string
	// Undefined tells that a name or an attribute has no value.
	Undefined bool
}

func (e *Error) Error() string { return e.Message }

// Omit is the value of the variable omit: what is that is to be left out.
const Omit = "__omit_place_holder__dcosup"

// IsTemplate tells whether Ansible would evaluate a text.
func IsTemplate(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "{#")
}

// singleName is a template that is one variable. As in Python, a newline may follow.
var singleName = regexp.MustCompile(`^\{\{\s*(\w*)\s*\}\}\n?$`)

// Eval evaluates a template. Its error is an *Error, or one that Env returned.
func Eval(text string, env Env) (r Result, err error) {
	ev := &evaluator{builtins: known(), env: env, work: env.Work}
	if ev.work == nil {
		ev.work = &Work{Left: DefaultWork}
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case failure:
			r, err = Result{}, p.err
		default:
			panic(p)
		}
	}()
	if !utf8.ValidString(text) {
		ev.failf(0, "the template is not UTF-8 text")
	}
	if m := singleName.FindStringSubmatch(text); m != nil && env.Plain != nil {
		if v, ok := env.Plain(m[1]); ok {
			return Result{Value: v}, nil
		}
	}
	ev.spend(len(text))
	v := ev.template(text)
	return Result{Value: v, Secret: ev.secret}, nil
}

// failure is how an evaluation ends that cannot go on; Eval returns its error.
type failure struct{ err error }

// evaluator evaluates one template.
type evaluator struct {
	*builtins
	env  Env
	work *Work
	// out is what has been printed.
	out []printed
	// secret tells that a secret was used.
	secret bool
	depth  int
}

// printed is a part of the output, and the place of what made it.
type printed struct {
	at    int
	value any
}

func (ev *evaluator) failf(at int, format string, args ...any) {
	ev.hintf(at, "", format, args...)
}

// words is a text of this program, or of the template, and no value.
type words string

// hintf ends the evaluation. Once a secret has been used, texts among the arguments
// may be made of it, and are not shown.
func (ev *evaluator) hintf(at int, hint, format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok && ev.secret {
			args[i] = secret.Text(text)
		}
	}
	panic(failure{&Error{Offset: at, Message: fmt.Sprintf(format, args...), Hint: hint}})
}

// raise ends the evaluation with an error of the environment.
func (ev *evaluator) raise(at int, err error) {
	if e, ok := err.(*Error); ok {
		placed := *e
		placed.Offset = at
		err = &placed
	}
	panic(failure{err})
}

// spend takes from the budget.
func (ev *evaluator) spend(n int) {
	if ev.work.Left -= n; ev.work.Left < 0 {
		ev.work.Left = 0
		ev.failf(0, "evaluating the template takes too much work")
	}
}

// deeper and shallower count how deep in a value the evaluation is.
func (ev *evaluator) deeper(at int) {
	if ev.depth++; ev.depth > maxDeep {
		ev.failf(at, "the value is nested too deeply")
	}
}

func (ev *evaluator) shallower() { ev.depth-- }

// print adds a value to the output: nothing for none, and lists for what is
// like one.
func (ev *evaluator) print(at int, v any) {
	v = ev.force(v)
	if u, ok := v.(*Undefined); v == nil || ok && u.soft {
		v = ""
	}
	if l, ok := v.(*List); ok && (l.kind == isRange || l.kind == isView) {
		v = newList(l.Items)
	}
	ev.out = append(ev.out, printed{at, v})
}

// template parses and runs a template, and makes of its output what Ansible does.
func (ev *evaluator) template(text string) any {
	if strings.HasPrefix(text, "#jinja2:") {
		ev.failf(0, "#jinja2: which sets how Jinja2 reads a template, is not evaluated by dcosup")
	}
	source := strings.TrimSuffix(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	l := &lexer{text: source, fail: ev.failf}
	p := &parser{tokens: l.lex(), fail: ev.failf}
	body := p.statements(0)
	ev.run(body, &scope{})
	v := ev.concat()
	s, isText := v.(string)
	if t, ok := v.(Text); ok {
		s, isText = string(t), true
	}
	if missing := newlinesAtEnd(text) - newlinesAtEnd(s); isText && missing > 0 {
		return s + strings.Repeat("\n", missing)
	}
	return v
}

func newlinesAtEnd(s string) int { return len(s) - len(strings.TrimRight(s, "\n")) }

// concat is what Ansible makes of the parts of the output: what looks like a
// list, a dictionary or a boolean becomes one.
func (ev *evaluator) concat() any {
	if len(ev.out) == 1 {
		switch v := ev.out[0].value.(type) {
		case Text:
			return v
		case *List:
			if v.kind == "" {
				return ev.reread(ev.out[0].at, v)
			}
		case *Dict, Mapping, bool:
			return ev.reread(ev.out[0].at, v)
		}
	}
	text := ev.joined()
	if len(text) > maxText {
		ev.failf(0, "the text is longer than %d bytes", maxText)
	}
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || text == "True" || text == "False" {
		if v, ok := ev.literal(text); ok {
			return v
		}
	}
	return text
}
