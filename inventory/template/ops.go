package template

import (
	"math"
	"math/big"
	"strings"
)

func containsText(of, s string) bool { return strings.Contains(of, s) }

// text returns a text that was made, if it is not too long.
func (ev *evaluator) text(at int, s string) string {
	ev.spend(len(s))
	if len(s) > maxText {
		ev.failf(at, "the text is longer than %d bytes", maxText)
	}
	return s
}

// shortened is the beginning of a text, for a message.
func shortened(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

// arithmetic is what Python makes of two values and an operator.
func (ev *evaluator) arithmetic(at int, op string, a, b any) any {
	x, f, xInt, xOK := number(a)
	y, g, yInt, yOK := number(b)
	switch {
	case xOK && yOK && xInt && yInt:
		return ev.integers(at, op, x, y)
	case xOK && yOK:
		if xInt {
			f = float64(x)
		}
		if yInt {
			g = float64(y)
		}
		return ev.floats(at, op, f, g)
	}
	s, isText := a.(string)
	switch {
	case op == "%" && isText:
		return ev.percent(at, s, b)
	case op == "*" && yOK && yInt:
		return ev.repeat(at, a, y)
	case op == "*" && xOK && xInt:
		return ev.repeat(at, b, x)
	case op == "+" && isText:
		if t, ok := b.(string); ok {
			return ev.text(at, s+t)
		}
	case op == "+":
		l, lOK := a.(*List)
		m, mOK := b.(*List)
		if lOK && mOK && l.kind == m.kind && (l.kind == "" || l.kind == isTuple) {
			sum := newList(append(ev.items(at, l), ev.items(at, m)...))
			sum.kind = l.kind
			return sum
		}
	}
	hint := ""
	if op == "+" {
		hint = "~ joins texts; numbers within texts need |int"
	}
	ev.hintf(at, hint, "%s and %s cannot be joined by %s", kindName(a), kindName(b), op)
	return nil
}

// repeat is Python's *, for a text or a list.
func (ev *evaluator) repeat(at int, v any, n int64) any {
	n = max(n, 0)
	switch v := v.(type) {
	case string:
		if n > 0 && int64(len(v)) > maxText/n {
			ev.failf(at, "the text is longer than %d bytes", maxText)
		}
		return ev.text(at, strings.Repeat(v, int(n)))
	case *List:
		if v.kind != "" && v.kind != isTuple {
			break
		}
		items := ev.items(at, v)
		all := []any{}
		for ; n > 0 && len(items) > 0; n-- {
			ev.spend(len(items))
			all = append(all, items...)
		}
		repeated := newList(all)
		repeated.kind = v.kind
		return repeated
	}
	ev.failf(at, "%s cannot be repeated", kindName(v))
	return nil
}

func (ev *evaluator) integers(at int, op string, x, y int64) any {
	if y == 0 && (op == "/" || op == "//" || op == "%") {
		ev.failf(at, "division by zero")
	}
	a, b, r := big.NewInt(x), big.NewInt(y), new(big.Int)
	switch op {
	case "+":
		r.Add(a, b)
	case "-":
		r.Sub(a, b)
	case "*":
		r.Mul(a, b)
	case "/":
		if f, _ := new(big.Rat).SetFrac(a, b).Float64(); f != 0 {
			return f
		}
		return float64(x) / float64(y) // which may be -0.0
	case "//":
		r, _ = floorDivision(a, b)
	case "%":
		_, r = floorDivision(a, b)
	case "**":
		if y < 0 {
			return ev.floats(at, op, float64(x), float64(y))
		}
		if y > 64 && x != 0 && x != 1 && x != -1 {
			ev.failf(at, "the number is too big")
		}
		r.Exp(a, b, nil)
		if x == -1 && y > 64 {
			r.SetInt64(1 - 2*(y&1))
		}
	}
	if !r.IsInt64() {
		ev.failf(at, "the number is too big")
	}
	return r.Int64()
}

// floorDivision is division as Python rounds it: down.
func floorDivision(a, b *big.Int) (q, r *big.Int) {
	q, r = new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() != 0 && r.Sign() != b.Sign() {
		q.Sub(q, big.NewInt(1))
		r.Add(r, b)
	}
	return q, r
}

func (ev *evaluator) floats(at int, op string, x, y float64) any {
	if y == 0 && (op == "/" || op == "//" || op == "%") || op == "**" && x == 0 && y < 0 {
		ev.failf(at, "division by zero")
	}
	switch op {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "/":
		return x / y
	case "//":
		return floorQuotient(x, y)
	case "%":
		return pyMod(x, y)
	}
	return ev.power(at, x, y)
}

// maxExponent bounds the powers of fractions.
const maxExponent = 1024

// power is x**y, rounded once, as Python's C library does.
func (ev *evaluator) power(at int, x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case y == 0.5 && x >= 0:
		return math.Sqrt(x)
	case y != math.Trunc(y) || math.Abs(y) > maxExponent || math.IsNaN(x) || math.IsInf(x, 0):
		ev.failf(at, "dcosup knows powers of fractions with whole numbers from -%d to %d only", maxExponent, maxExponent)
	case x == 0:
		return math.Pow(x, y)
	}
	const precision = 400
	r, base := big.NewFloat(1).SetPrec(precision), big.NewFloat(x).SetPrec(precision)
	for n := int(math.Abs(y)); n > 0; n /= 2 {
		if n%2 == 1 {
			r.Mul(r, base)
		}
		base.Mul(base, base)
	}
	if y < 0 {
		r.Quo(big.NewFloat(1).SetPrec(precision), r)
	}
	f, _ := r.Float64()
	if math.IsInf(f, 0) {
		ev.failf(at, "the number is too big")
	}
	return f
}

// floorQuotient is Python's // of floats.
func floorQuotient(x, y float64) float64 {
	q := (x - pyMod(x, y)) / y
	if q == 0 {
		return math.Copysign(0, x/y)
	}
	floor := math.Floor(q)
	if q-floor > 0.5 {
		floor++
	}
	return floor
}

// pyMod is Python's %, which has the sign of the divisor.
func pyMod(x, y float64) float64 {
	r := math.Mod(x, y)
	if r != 0 && (r < 0) != (y < 0) {
		r += y
	}
	if r == 0 {
		r = math.Copysign(0, y)
	}
	return r
}
