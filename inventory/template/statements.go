package template

import "strings"

// statement is a part of a template: text, an expression to print, or a block.
type statement interface{ run(*evaluator, *scope) }

type (
	textStmt   struct{ text string }
	outputStmt struct {
		at int
		of expr
	}
	ifStmt struct {
		at   int
		test expr
		then []statement
		// otherwise is what follows else; an elif is an if in it.
		otherwise []statement
	}
	forStmt struct {
		at              int
		target          target
		in, test        expr
		body, otherwise []statement
	}
	setStmt struct {
		at     int
		target target
		value  expr
		// body is what stands between set and endset, and filters what it goes through.
		body    []statement
		filters func(value expr) expr
	}
	withStmt struct {
		targets []target
		values  []expr
		body    []statement
	}
)

// target is what is assigned to: a name, names, or an attribute of a namespace.
type target struct {
	at    int
	name  string
	attr  string
	names []target
}

// refused are the statements of Jinja2 that dcosup does not evaluate.
var refused = []string{"macro", "endmacro", "call", "include", "import", "from", "extends", "block", "filter", "autoescape", "do", "break", "continue", "trans"}

// statements reads up to a block that begins with one of the names in until, which
// is left to be read; or to the end if there is none.
func (p *parser) statements(at int, until ...string) []statement {
	p.nest(at)
	defer func() { p.depth-- }()
	var list []statement
	for {
		t := p.next()
		switch t.kind {
		case tokData:
			list = append(list, &textStmt{t.text})
		case tokVarBegin:
			list = append(list, &outputStmt{at: t.at, of: p.tuple(p.expression, false, "")})
			p.expectKind(tokVarEnd)
		case tokBlockBegin:
			for _, name := range until {
				if p.peek().is(name) {
					return list
				}
			}
			list = append(list, p.statement(until))
			p.expectKind(tokBlockEnd)
		default:
			if len(until) > 0 {
				p.fail(at, "the block is not ended: {%% %s %%} is missing", until[len(until)-1])
			}
			return list
		}
	}
}

func (p *parser) statement(until []string) statement {
	t := p.expectKind(tokName)
	switch t.text {
	case "if":
		return p.ifBlock(t.at)
	case "for":
		return p.forBlock(t.at)
	case "set":
		return p.set(t.at)
	case "with":
		return p.with(t.at)
	}
	for _, name := range refused {
		if t.text == name {
			p.fail(t.at, "{%% %s %%} is a statement of Jinja2 that dcosup does not evaluate", name)
		}
	}
	if len(until) > 0 {
		p.fail(t.at, "{%% %s %%} is unexpected: {%% %s %%} is expected before", t.text, until[len(until)-1])
	}
	p.fail(t.at, "{%% %s %%} is no statement of Jinja2", t.text)
	return nil
}

func (p *parser) ifBlock(at int) statement {
	s := &ifStmt{at: at, test: p.tuple(p.or, false, "")}
	p.expectKind(tokBlockEnd)
	s.then = p.statements(at, "elif", "else", "endif")
	switch t := p.next(); t.text {
	case "elif":
		p.nest(at)
		defer func() { p.depth-- }()
		s.otherwise = []statement{p.ifBlock(t.at)}
	case "else":
		p.expectKind(tokBlockEnd)
		s.otherwise = p.statements(at, "endif")
		p.next()
	}
	return s
}

func (p *parser) forBlock(at int) statement {
	s := &forStmt{at: at, target: p.target("in")}
	p.expect("in")
	s.in = p.tuple(p.or, false, "recursive")
	if p.skip("if") {
		s.test = p.expression()
	}
	if t := p.peek(); t.is("recursive") {
		p.fail(t.at, "a recursive loop is not evaluated by dcosup")
	}
	p.expectKind(tokBlockEnd)
	s.body = p.statements(at, "else", "endfor")
	if p.next().text == "else" {
		p.expectKind(tokBlockEnd)
		s.otherwise = p.statements(at, "endfor")
		p.next()
	}
	return s
}

func (p *parser) set(at int) statement {
	s := &setStmt{at: at}
	if p.after().is(".") {
		t := p.expectKind(tokName)
		p.next()
		s.target = target{at: t.at, name: t.text, attr: p.expectKind(tokName).text}
	} else {
		s.target = p.target("")
	}
	if p.skip("=") {
		s.value = p.tuple(p.expression, false, "")
		return s
	}
	s.filters = func(value expr) expr { return value }
	if p.peek().is("|") {
		chain := p.filters(&constExpr{})
		s.filters = func(value expr) expr { return rooted(chain, value) }
	}
	p.expectKind(tokBlockEnd)
	s.body = p.statements(at, "endset")
	p.next()
	return s
}

// rooted is a chain of filters with another value at its beginning.
func rooted(chain, value expr) expr {
	f, ok := chain.(*filterExpr)
	if !ok {
		return value
	}
	copied := *f
	copied.of = rooted(f.of, value)
	return &copied
}

func (p *parser) with(at int) statement {
	s := &withStmt{}
	for !(p.peek().kind == tokBlockEnd) {
		if len(s.targets) > 0 {
			p.expect(",")
		}
		s.targets = append(s.targets, p.target("="))
		p.expect("=")
		s.values = append(s.values, p.expression())
	}
	p.expectKind(tokBlockEnd)
	s.body = p.statements(at, "endwith")
	p.next()
	return s
}

// target reads what is assigned to.
func (p *parser) target(until string) target {
	at := p.peek().at
	return p.asTarget(at, p.tuple(p.primary, false, until))
}

func (p *parser) asTarget(at int, e expr) target {
	switch e := e.(type) {
	case *nameExpr:
		return target{at: e.at, name: e.name}
	case *listExpr:
		if e.tuple {
			t := target{at: at}
			for _, item := range e.items {
				t.names = append(t.names, p.asTarget(at, item))
			}
			return t
		}
	}
	p.fail(at, "a name to assign to is expected here")
	return target{}
}

// scope are the names that a block has set, and those around it.
type scope struct {
	outer *scope
	names map[string]any
}

func (s *scope) within() *scope { return &scope{outer: s} }

func (s *scope) set(name string, v any) {
	if s.names == nil {
		s.names = map[string]any{}
	}
	s.names[name] = v
}

func (s *scope) get(name string) (any, bool) {
	for ; s != nil; s = s.outer {
		if v, ok := s.names[name]; ok {
			return v, true
		}
	}
	return nil, false
}

func (ev *evaluator) run(list []statement, s *scope) {
	for _, st := range list {
		ev.spend(1)
		st.run(ev, s)
	}
}

func (st *textStmt) run(ev *evaluator, s *scope) { ev.print(0, st.text) }

func (st *outputStmt) run(ev *evaluator, s *scope) { ev.print(st.at, ev.eval(st.of, s)) }

func (st *ifStmt) run(ev *evaluator, s *scope) {
	if ev.truth(st.at, ev.eval(st.test, s)) {
		ev.run(st.then, s)
	} else {
		ev.run(st.otherwise, s)
	}
}

func (st *forStmt) run(ev *evaluator, s *scope) {
	items := ev.items(st.at, ev.eval(st.in, s))
	if st.test != nil {
		var kept []any
		for _, item := range items {
			inner := s.within()
			ev.assign(inner, st.target, item)
			if ev.truth(st.at, ev.eval(st.test, inner)) {
				kept = append(kept, item)
			}
		}
		items = kept
	}
	for i := range items {
		ev.spend(10)
		inner := s.within()
		inner.set("loop", &loop{items: items, i: i})
		ev.assign(inner, st.target, items[i])
		ev.run(st.body, inner)
	}
	if len(items) == 0 {
		ev.run(st.otherwise, s.within())
	}
}

func (st *setStmt) run(ev *evaluator, s *scope) {
	if st.value != nil {
		ev.assign(s, st.target, ev.eval(st.value, s))
		return
	}
	outer := ev.out
	ev.out = nil
	ev.run(st.body, s.within())
	v := ev.concat()
	ev.out = outer
	ev.assign(s, st.target, ev.eval(st.filters(&constExpr{v}), s))
}

func (st *withStmt) run(ev *evaluator, s *scope) {
	inner := s.within()
	for i, t := range st.targets {
		ev.assign(inner, t, ev.eval(st.values[i], s))
	}
	ev.run(st.body, inner)
}

func (ev *evaluator) assign(s *scope, t target, v any) {
	switch {
	case t.attr != "":
		of, _ := s.get(t.name)
		ns, ok := of.(*namespace)
		if !ok {
			ev.failf(t.at, "%s is no namespace, and only such have attributes to set", t.name)
		}
		ns.set(t.attr, v)
	case t.names != nil:
		items := ev.items(t.at, v)
		if len(items) != len(t.names) {
			ev.failf(t.at, "%d values are assigned to %d names", len(items), len(t.names))
		}
		for i, name := range t.names {
			ev.assign(s, name, items[i])
		}
	default:
		s.set(t.name, v)
	}
}

// loop is the variable of that name within a for.
type loop struct {
	items []any
	i     int
}

func (l *loop) attr(name string) (any, bool) {
	n := len(l.items)
	switch name {
	case "index":
		return int64(l.i + 1), true
	case "index0":
		return int64(l.i), true
	case "revindex":
		return int64(n - l.i), true
	case "revindex0":
		return int64(n - l.i - 1), true
	case "first":
		return l.i == 0, true
	case "last":
		return l.i == n-1, true
	case "length":
		return int64(n), true
	case "depth":
		return int64(1), true
	case "depth0":
		return int64(0), true
	case "previtem":
		if l.i > 0 {
			return l.items[l.i-1], true
		}
		return &Undefined{Name: "there is no previous item"}, true
	case "nextitem":
		if l.i+1 < n {
			return l.items[l.i+1], true
		}
		return &Undefined{Name: "there is no next item"}, true
	}
	return nil, false
}

// joined is what has been printed.
func (ev *evaluator) joined() string {
	var b strings.Builder
	for _, part := range ev.out {
		b.WriteString(ev.str(part.at, part.value))
	}
	ev.spend(b.Len())
	return b.String()
}
