package template

import (
	"strconv"
	"strings"

	"dcosup/inventory/pyliteral"
)

// expr is an expression.
type expr interface {
	eval(*evaluator, *scope) any
}

type (
	constExpr struct{ value any }
	nameExpr  struct {
		at   int
		name string
	}
	listExpr struct {
		items []expr
		tuple bool
	}
	dictExpr struct {
		keys, values []expr
		at           []int
	}
	condExpr struct {
		at                    int
		test, then, otherwise expr
	}
	logicExpr struct {
		at          int
		and         bool
		left, right expr
	}
	notExpr struct {
		at int
		of expr
	}
	compareExpr struct {
		first expr
		rest  []operand
	}
	binaryExpr struct {
		at          int
		op          string
		left, right expr
	}
	concatExpr struct {
		at    int
		parts []expr
	}
	signExpr struct {
		at    int
		minus bool
		of    expr
	}
	attrExpr struct {
		at   int
		of   expr
		name string
	}
	itemExpr struct {
		at      int
		of, key expr
	}
	sliceExpr struct {
		at                 int
		of, from, to, step expr
	}
	callExpr struct {
		at   int
		fn   expr
		args callArgs
	}
	filterExpr struct {
		at   int
		name string
		of   expr
		args callArgs
	}
	testExpr struct {
		at   int
		name string
		of   expr
		args callArgs
	}
)

// operand is one comparison of a chain.
type operand struct {
	at int
	op string
	of expr
}

func (ev *evaluator) eval(e expr, s *scope) any {
	ev.spend(1)
	return ev.force(e.eval(ev, s))
}

func (e *constExpr) eval(*evaluator, *scope) any { return e.value }

func (e *nameExpr) eval(ev *evaluator, s *scope) any {
	if v, ok := s.get(e.name); ok {
		return v
	}
	if ev.env.Names != nil {
		v, ok, err := ev.env.Names(e.name)
		if err != nil {
			ev.raise(e.at, err)
		}
		if ok {
			return v
		}
	}
	if f, ok := ev.globals[e.name]; ok {
		return &function{name: e.name, call: f}
	}
	u := &Undefined{Name: e.name, at: e.at}
	if ev.env.Known != nil {
		u.hint = func() string { return ev.meant(e.name, ev.env.Known()) }
	}
	return u
}

// meant is a hint with the name that was probably meant.
func (ev *evaluator) meant(name string, known []string) string {
	if ev.env.Suggest == nil {
		return ""
	}
	if meant := ev.env.Suggest(name, known); meant != "" {
		return "did you mean " + meant + "?"
	}
	return ""
}

func (e *listExpr) eval(ev *evaluator, s *scope) any {
	items := make([]any, len(e.items))
	for i, item := range e.items {
		items[i] = ev.plain(ev.eval(item, s))
	}
	if e.tuple {
		return newTuple(items...)
	}
	return newList(items)
}

func (e *dictExpr) eval(ev *evaluator, s *scope) any {
	d := &Dict{fresh: true}
	for i := range e.keys {
		key := ev.key(e.at[i], ev.eval(e.keys[i], s))
		d.Set(key, ev.plain(ev.eval(e.values[i], s)))
	}
	return d
}

func (e *condExpr) eval(ev *evaluator, s *scope) any {
	switch {
	case ev.truth(e.at, ev.eval(e.test, s)):
		return ev.eval(e.then, s)
	case e.otherwise != nil:
		return ev.eval(e.otherwise, s)
	}
	return &Undefined{Name: "what the inline if is without an else", soft: true}
}

func (e *logicExpr) eval(ev *evaluator, s *scope) any {
	left := ev.eval(e.left, s)
	if ev.truth(e.at, left) != e.and {
		return left
	}
	return ev.eval(e.right, s)
}

func (e *notExpr) eval(ev *evaluator, s *scope) any { return !ev.truth(e.at, ev.eval(e.of, s)) }

func (e *compareExpr) eval(ev *evaluator, s *scope) any {
	left := ev.eval(e.first, s)
	for _, o := range e.rest {
		right := ev.eval(o.of, s)
		if !ev.compared(o.at, o.op, left, right) {
			return false
		}
		left = right
	}
	return true
}

func (ev *evaluator) compared(at int, op string, left, right any) bool {
	switch op {
	case "==":
		return ev.equal(at, left, right)
	case "!=":
		return !ev.equal(at, left, right)
	case "<":
		return ev.compare(at, left, right) < 0
	case "<=":
		return ev.compare(at, left, right) <= 0
	case ">":
		return ev.compare(at, left, right) > 0
	case ">=":
		return ev.compare(at, left, right) >= 0
	case "in":
		return ev.contains(at, left, right)
	}
	return !ev.contains(at, left, right)
}

func (e *binaryExpr) eval(ev *evaluator, s *scope) any {
	left, right := ev.eval(e.left, s), ev.eval(e.right, s)
	if _, constant := e.right.(*constExpr); e.op == "**" && !constant && !isLookedUp(e.left) {
		if i, f, _, ok := number(left); ok && (i < 0 || f < 0) {
			// Jinja2 writes -1 ** n into the program it compiles, and Python takes the power first.
			ev.failf(e.at, "the power of a negative number is not evaluated by dcosup")
		}
	}
	return ev.arithmetic(e.at, e.op, ev.used(e.at, left), ev.used(e.at, right))
}

// isLookedUp tells whether a value comes from a name, so that Jinja2 cannot compute
// it before.
func isLookedUp(e expr) bool {
	switch e := e.(type) {
	case *nameExpr:
		return true
	case *attrExpr:
		return isLookedUp(e.of)
	case *itemExpr:
		return isLookedUp(e.of)
	}
	return false
}

func (e *concatExpr) eval(ev *evaluator, s *scope) any {
	var b strings.Builder
	for _, part := range e.parts {
		b.WriteString(ev.str(e.at, ev.eval(part, s)))
		ev.spend(1)
	}
	return ev.text(e.at, b.String())
}

func (e *signExpr) eval(ev *evaluator, s *scope) any {
	v := ev.used(e.at, ev.eval(e.of, s))
	if _, _, _, ok := number(v); !ok {
		ev.failf(e.at, "%s has no sign", kindName(v))
	}
	if f, ok := v.(float64); ok && e.minus {
		return -f
	}
	if e.minus {
		return ev.arithmetic(e.at, "-", int64(0), v)
	}
	return ev.arithmetic(e.at, "+", int64(0), v)
}

func (e *attrExpr) eval(ev *evaluator, s *scope) any {
	return named(e, e.at, ev.attr(e.at, ev.eval(e.of, s), e.name))
}

func (e *itemExpr) eval(ev *evaluator, s *scope) any {
	return named(e, e.at, ev.item(e.at, ev.eval(e.of, s), ev.plain(ev.eval(e.key, s))))
}

// named says in a value that is not defined what was written, if that is short.
func named(e expr, at int, v any) any {
	if u, ok := v.(*Undefined); ok && u.Name == "" {
		u.at = at
		if u.Name = written(e); u.Name == "" {
			u.Name = "what is asked for here"
		}
	}
	return v
}

// written is an expression of names and constants as it was written, roughly.
func written(e expr) string {
	switch e := e.(type) {
	case *nameExpr:
		return e.name
	case *attrExpr:
		if of := written(e.of); of != "" {
			return of + "." + e.name
		}
	case *itemExpr:
		of := written(e.of)
		c, ok := e.key.(*constExpr)
		if !ok || of == "" {
			return ""
		}
		if text, ok := c.value.(string); ok {
			return of + "[" + pyliteral.Quoted(text) + "]"
		}
		if n, ok := c.value.(int64); ok {
			return of + "[" + strconv.FormatInt(n, 10) + "]"
		}
	}
	return ""
}

func (e *sliceExpr) eval(ev *evaluator, s *scope) any {
	of := ev.used(e.at, ev.eval(e.of, s))
	var bounds [3]*int64
	for i, b := range []expr{e.from, e.to, e.step} {
		if b == nil {
			continue
		}
		switch v := ev.used(e.at, ev.eval(b, s)).(type) {
		case nil:
		case bool, int64:
			n, _, _, _ := number(v)
			bounds[i] = &n
		default:
			ev.failf(e.at, "a slice is made of whole numbers, not of %s", kindName(v))
		}
	}
	switch v := of.(type) {
	case string:
		var runes []any
		for _, r := range v {
			runes = append(runes, string(r))
		}
		var b strings.Builder
		for _, r := range ev.slice(e.at, runes, bounds) {
			b.WriteString(r.(string))
		}
		return b.String()
	case *List:
		sliced := newList(ev.slice(e.at, v.Items, bounds))
		if v.kind == isTuple || v.kind == isRange {
			sliced.kind = v.kind
		}
		return sliced
	}
	ev.failf(e.at, "%s cannot be sliced", kindName(of))
	return nil
}

// slice is Python's items[from:to:step].
func (ev *evaluator) slice(at int, items []any, bounds [3]*int64) []any {
	n, step := int64(len(items)), int64(1)
	ev.spend(len(items))
	if bounds[2] != nil {
		step = *bounds[2]
	}
	if step == 0 {
		ev.failf(at, "the step of a slice is 0")
	}
	low, high := int64(0), n
	if step < 0 {
		low, high = -1, n-1
	}
	bound := func(b *int64, otherwise int64) int64 {
		if b == nil {
			return otherwise
		}
		i := *b
		if i < 0 {
			i += n
		}
		return max(low, min(high, i))
	}
	from, to := bound(bounds[0], low), bound(bounds[1], high)
	if step < 0 {
		from, to = bound(bounds[0], high), bound(bounds[1], low)
	}
	sliced := []any{}
	for i := from; step > 0 && i < to || step < 0 && i > to; {
		sliced = append(sliced, items[i])
		if step > n || step < -n {
			break
		}
		i += step
	}
	return sliced
}

// arguments are the values of a call.
type arguments struct {
	list  []any
	named map[string]any
	// order are the names as they were written.
	order []string
}

func (ev *evaluator) arguments(a callArgs, s *scope) arguments {
	args := arguments{named: map[string]any{}, order: a.names}
	for _, e := range a.list {
		args.list = append(args.list, ev.eval(e, s))
	}
	for i, e := range a.named {
		args.named[a.names[i]] = ev.eval(e, s)
	}
	return args
}

func (e *callExpr) eval(ev *evaluator, s *scope) any {
	fn := ev.used(e.at, ev.eval(e.fn, s))
	f, ok := fn.(*function)
	if !ok {
		ev.failf(e.at, "%s cannot be called", kindName(fn))
	}
	return f.call(ev, e.at, ev.arguments(e.args, s))
}

func (e *filterExpr) eval(ev *evaluator, s *scope) any {
	f := ev.filter(e.at, e.name)
	v := ev.eval(e.of, s)
	return f(ev, e.at, v, ev.arguments(e.args, s))
}

func (e *testExpr) eval(ev *evaluator, s *scope) any {
	t := ev.test(e.at, e.name)
	v := ev.eval(e.of, s)
	return t(ev, e.at, v, ev.arguments(e.args, s))
}
