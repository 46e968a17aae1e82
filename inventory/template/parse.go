package template

import "strings"

const (
	// maxNesting bounds how deeply expressions and blocks may be nested.
	maxNesting = 100
	// maxChain bounds how many operators, filters or subscripts follow each
	// other. Python's compiler gives up at about a thousand.
	maxChain = 500
)

// parser reads tokens into expressions and statements, by the grammar of
// Jinja2 3.1. What it does not know, it refuses by name.
type parser struct {
	tokens []token
	i      int
	depth  int
	fail   func(at int, format string, args ...any)
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) after() token { return p.tokens[min(p.i+1, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.i]
	if p.i < len(p.tokens)-1 {
		p.i++
	}
	return t
}

// skip passes over a token if it is the one.
func (p *parser) skip(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(text string) token {
	if t := p.peek(); !t.is(text) {
		p.fail(t.at, "%q is expected here, and not %s", text, t.shown())
	}
	return p.next()
}

func (p *parser) expectKind(kind tokenKind) token {
	if t := p.peek(); t.kind != kind {
		p.fail(t.at, "%s is expected here, and not %s", kind.shown(), t.shown())
	}
	return p.next()
}

// dotted reads a name, with the dots of a collection's.
func (p *parser) dotted() (string, int) {
	t := p.expectKind(tokName)
	name := t.text
	for p.peek().is(".") {
		p.next()
		name += "." + p.expectKind(tokName).text
	}
	for _, prefix := range []string{"ansible.builtin.", "ansible.legacy."} {
		name = strings.TrimPrefix(name, prefix)
	}
	return name, t.at
}

func (p *parser) nest(at int) {
	if p.depth++; p.depth > maxNesting {
		p.fail(at, "the template is nested too deeply")
	}
}

// link counts what follows each other.
func (p *parser) link(n *int, at int) {
	if *n++; *n > maxChain {
		p.fail(at, "more than %d operators follow each other", maxChain)
	}
}

// expression reads a condition, or anything that binds closer.
func (p *parser) expression() expr {
	p.nest(p.peek().at)
	defer func() { p.depth-- }()
	e := p.or()
	for n := 0; ; {
		t := p.peek()
		if !p.skip("if") {
			return e
		}
		p.link(&n, t.at)
		c := &condExpr{at: t.at, then: e, test: p.or()}
		if p.skip("else") {
			c.otherwise = p.expression()
		}
		e = c
	}
}

// or, and, not, compare, sum, concat, product, power and unary read what their
// operators join, from the loosest to the closest.
func (p *parser) or() expr {
	left := p.and()
	for n := 0; p.peek().is("or"); {
		at := p.next().at
		p.link(&n, at)
		left = &logicExpr{at: at, left: left, right: p.and()}
	}
	return left
}

func (p *parser) and() expr {
	left := p.not()
	for n := 0; p.peek().is("and"); {
		at := p.next().at
		p.link(&n, at)
		left = &logicExpr{at: at, and: true, left: left, right: p.not()}
	}
	return left
}

func (p *parser) not() expr {
	t := p.peek()
	if !p.skip("not") {
		return p.compare()
	}
	p.nest(t.at)
	defer func() { p.depth-- }()
	return &notExpr{at: t.at, of: p.not()}
}

func (p *parser) compare() expr {
	first := p.sum()
	c := &compareExpr{first: first}
	for {
		t := p.peek()
		switch {
		case t.kind == "==" || t.kind == "!=" || t.kind == "<" || t.kind == "<=" || t.kind == ">" || t.kind == ">=" || t.is("in"):
			p.next()
			c.rest = append(c.rest, operand{at: t.at, op: t.text, of: p.sum()})
		case t.is("not") && p.after().is("in"):
			p.next()
			p.next()
			c.rest = append(c.rest, operand{at: t.at, op: "not in", of: p.sum()})
		default:
			if c.rest == nil {
				return first
			}
			return c
		}
	}
}

func (p *parser) sum() expr { return p.binary(p.concat, "+", "-") }

func (p *parser) product() expr { return p.binary(p.power, "*", "/", "//", "%") }

func (p *parser) power() expr { return p.binary(p.unary, "**") } // Jinja2 reads it from the left

// binary reads operators that are read from the left.
func (p *parser) binary(closer func() expr, ops ...string) expr {
	left := closer()
	for n := 0; ; {
		t := p.peek()
		found := false
		for _, op := range ops {
			found = found || t.kind == tokenKind(op)
		}
		if !found {
			return left
		}
		p.link(&n, t.at)
		p.next()
		left = &binaryExpr{at: t.at, op: t.text, left: left, right: closer()}
	}
}

func (p *parser) concat() expr {
	first := p.product()
	if !p.peek().is("~") {
		return first
	}
	c := &concatExpr{at: p.peek().at, parts: []expr{first}}
	for p.skip("~") {
		c.parts = append(c.parts, p.product())
	}
	return c
}

func (p *parser) unary() expr { return p.filters(p.signed()) }

func (p *parser) signed() expr {
	t := p.peek()
	if t.kind != "-" && t.kind != "+" {
		return p.postfix(p.primary())
	}
	p.next()
	p.nest(t.at)
	defer func() { p.depth-- }()
	return p.postfix(&signExpr{at: t.at, minus: t.kind == "-", of: p.signed()})
}

func (p *parser) primary() expr {
	t := p.next()
	switch t.kind {
	case tokName:
		switch t.text {
		case "true", "True":
			return &constExpr{true}
		case "false", "False":
			return &constExpr{false}
		case "none", "None":
			return &constExpr{nil}
		}
		return &nameExpr{at: t.at, name: t.text}
	case tokString:
		text := t.text
		for p.peek().kind == tokString {
			text += p.next().text
		}
		return &constExpr{text}
	case tokInteger, tokFloat:
		return &constExpr{t.number}
	case "(":
		e := p.tuple(p.expression, true, "")
		p.expect(")")
		return e
	case "[":
		return &listExpr{items: p.items("]")}
	case "{":
		return p.dict()
	}
	p.fail(t.at, "a value is expected here, and not %s", t.shown())
	return nil
}

// tuple reads items with commas between them; one without a comma is itself. until
// is a name that ends it, and in parentheses there may be none.
func (p *parser) tuple(item func() expr, parens bool, until string) expr {
	at := p.peek().at
	var items []expr
	for comma := false; ; comma = true {
		t := p.peek()
		if t.kind == ")" || t.kind == tokVarEnd || t.kind == tokBlockEnd || until != "" && t.is(until) {
			if !comma && !parens {
				p.fail(at, "an expression is expected here, and not %s", t.shown())
			}
			break
		}
		items = append(items, item())
		if !p.skip(",") {
			if !comma {
				return items[0]
			}
			break
		}
	}
	return &listExpr{items: items, tuple: true}
}

// items reads expressions up to a closing bracket.
func (p *parser) items(closing string) []expr {
	items := []expr{}
	for !p.peek().is(closing) {
		if len(items) > 0 {
			p.expect(",")
			if p.peek().is(closing) {
				break
			}
		}
		items = append(items, p.expression())
	}
	p.expect(closing)
	return items
}

func (p *parser) dict() expr {
	d := &dictExpr{}
	for !p.peek().is("}") {
		if len(d.keys) > 0 {
			p.expect(",")
			if p.peek().is("}") {
				break
			}
		}
		at := p.peek().at
		d.at = append(d.at, at)
		d.keys = append(d.keys, p.expression())
		p.expect(":")
		d.values = append(d.values, p.expression())
	}
	p.expect("}")
	return d
}

// postfix reads what follows a value directly: attributes, subscripts, calls.
func (p *parser) postfix(e expr) expr {
	for n := 0; ; {
		t := p.peek()
		p.link(&n, t.at)
		switch t.kind {
		case ".":
			p.next()
			switch a := p.next(); a.kind {
			case tokName:
				e = &attrExpr{at: a.at, of: e, name: a.text}
			case tokInteger:
				e = &itemExpr{at: a.at, of: e, key: &constExpr{a.number}}
			default:
				p.fail(a.at, "a name or a number is expected after the dot, and not %s", a.shown())
			}
		case "[":
			p.next()
			e = p.subscript(e, t.at)
		case "(":
			e = &callExpr{at: t.at, fn: e, args: p.arguments()}
		default:
			return e
		}
	}
}

func (p *parser) subscript(of expr, at int) expr {
	var s sliceExpr
	colons := 0
	bounds := [3]*expr{&s.from, &s.to, &s.step}
	for !p.peek().is("]") {
		if p.skip(":") {
			if colons++; colons > 2 {
				p.fail(at, "a slice has three parts at most")
			}
			continue
		}
		if *bounds[colons] != nil {
			p.fail(p.peek().at, "\"]\" is expected here, and not %s", p.peek().shown())
		}
		*bounds[colons] = p.expression()
	}
	p.expect("]")
	if colons > 0 {
		s.at, s.of = at, of
		return &s
	}
	if s.from == nil {
		p.fail(at, "[] says no index")
	}
	return &itemExpr{at: at, of: of, key: s.from}
}

// callArgs are the arguments of a call, a filter or a test.
type callArgs struct {
	list  []expr
	names []string
	named []expr
}

func (p *parser) arguments() callArgs {
	var args callArgs
	p.expect("(")
	for first := true; !p.peek().is(")"); first = false {
		if !first {
			p.expect(",")
			if p.peek().is(")") {
				break
			}
		}
		t := p.peek()
		switch {
		case t.kind == "*" || t.kind == "**":
			p.fail(t.at, "arguments by %s are not evaluated by dcosup", t.text)
		case t.kind == tokName && p.after().is("="):
			p.next()
			p.next()
			args.names = append(args.names, t.text)
			args.named = append(args.named, p.expression())
		case len(args.names) > 0:
			p.fail(t.at, "an argument without a name follows one that has a name")
		default:
			args.list = append(args.list, p.expression())
		}
	}
	p.expect(")")
	return args
}

// filters reads the filters and tests of a value.
func (p *parser) filters(e expr) expr {
	for n := 0; ; {
		t := p.peek()
		p.link(&n, t.at)
		switch {
		case t.kind == "|":
			p.next()
			f := p.filter()
			f.of = e
			e = f
		case t.is("is"):
			p.next()
			e = p.test(e)
		case t.kind == "(":
			e = &callExpr{at: t.at, fn: e, args: p.arguments()}
		default:
			return e
		}
	}
}

func (p *parser) filter() *filterExpr {
	name, at := p.dotted()
	f := &filterExpr{at: at, name: name}
	if p.peek().is("(") {
		f.args = p.arguments()
	}
	return f
}

func (p *parser) test(e expr) expr {
	not := p.peek()
	negated := p.skip("not")
	name, at := p.dotted()
	t := &testExpr{at: at, name: name, of: e}
	switch arg := p.peek(); {
	case arg.is("("):
		t.args = p.arguments()
	case arg.is("else") || arg.is("or") || arg.is("and"):
	case arg.is("is"):
		p.fail(arg.at, "a test cannot follow a test directly")
	case arg.kind == tokName || arg.kind == tokString || arg.kind == tokInteger || arg.kind == tokFloat || arg.kind == "[" || arg.kind == "{":
		t.args.list = []expr{p.postfix(p.primary())}
	}
	if negated {
		return &notExpr{at: not.at, of: t}
	}
	return t
}
