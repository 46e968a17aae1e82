package template

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// valueFilters are the filters for any value, and those for numbers.
func valueFilters() map[string]filter {
	return map[string]filter{
		"default": defaultFilter, "d": defaultFilter,
		"mandatory": func(ev *evaluator, at int, v any, args arguments) any {
			if u, ok := v.(*Undefined); ok {
				if msg := ev.bind(at, "mandatory", args, "msg").value("msg", nil); msg != nil {
					ev.failf(at, "%s", ev.str(at, msg))
				}
				ev.undefined(at, u)
			}
			return v
		},
		"ternary": func(ev *evaluator, at int, v any, args arguments) any {
			b := ev.bind(at, "ternary", args, "true_val", "false_val", "none_val")
			if !b.has("true_val") || !b.has("false_val") {
				ev.failf(at, "ternary needs what to say if it is true, and if it is not")
			}
			if ev.used(at, v) == nil && b.values["none_val"] != nil {
				return b.values["none_val"]
			}
			if ev.truth(at, v) {
				return b.values["true_val"]
			}
			return b.values["false_val"]
		},
		"bool": func(ev *evaluator, at int, v any, args arguments) any {
			switch v := ev.used(at, v).(type) {
			case nil, bool:
				return v
			case int64:
				return v == 1
			case float64:
				return v == 1
			case string:
				switch strings.ToLower(v) {
				case "yes", "on", "1", "true":
					return true
				}
			}
			return false
		},
		"string": func(ev *evaluator, at int, v any, args arguments) any { return Text(ev.str(at, v)) },
		"int":    intFilter,
		"float": func(ev *evaluator, at int, v any, args arguments) any {
			otherwise := ev.bind(at, "float", args, "default").value("default", 0.0)
			if f, ok := ev.asFloat(at, v); ok {
				return f
			}
			return otherwise
		},
		"abs": func(ev *evaluator, at int, v any, args arguments) any {
			v = ev.used(at, v)
			i, f, isInt, ok := number(v)
			switch {
			case !ok:
				ev.failf(at, "%s has no absolute value", kindName(v))
			case isInt && i < 0:
				return ev.arithmetic(at, "-", int64(0), i)
			case isInt:
				return i
			}
			return math.Abs(f)
		},
		"round": roundFilter,
	}
}

func defaultFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "default", args, "default_value", "boolean")
	otherwise, ok := b.values["default_value"]
	if !ok {
		otherwise = ""
	}
	if u, missing := v.(*Undefined); missing {
		_ = u
		return otherwise
	}
	if b.truth("boolean", false) && !ev.truth(at, v) {
		return otherwise
	}
	return v
}

// asFloat is Python's float().
func (ev *evaluator) asFloat(at int, v any) (float64, bool) {
	v = ev.used(at, v)
	if i, f, isInt, ok := number(v); ok {
		if isInt {
			return float64(i), true
		}
		return f, true
	}
	s, ok := v.(string)
	if !ok {
		return 0, false
	}
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "xXpP") || strings.Contains(s, "__") || strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return f, err == nil || math.IsInf(f, 0)
}

// intFilter is Python's int(), and of a fraction what is before the point.
func intFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "int", args, "default", "base")
	v = ev.used(at, v)
	if s, ok := v.(string); ok {
		if n, ok := parseInt(s, b.integer("base", 10)); ok {
			if !n.IsInt64() {
				ev.failf(at, "the number is too big")
			}
			return n.Int64()
		}
	}
	if i, _, isInt, ok := number(v); ok && isInt {
		return i
	}
	f, ok := ev.asFloat(at, v)
	switch {
	case !ok || math.IsNaN(f):
		return b.value("default", int64(0))
	case math.Abs(f) >= 1<<63:
		ev.failf(at, "the number is too big")
	}
	return int64(f)
}

// parseInt is Python's int() of a text.
func parseInt(s string, base int64) (*big.Int, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || len(digits) > 4300 || digits[0] == '_' || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") || base < 0 || base > 36 || base == 1 {
		return nil, false
	}
	sign := s[:len(s)-len(digits)]
	lower := strings.ToLower(digits)
	for prefix, of := range map[string]int64{"0x": 16, "0o": 8, "0b": 2} {
		if strings.HasPrefix(lower, prefix) && (base == of || base == 0) {
			lower, base = lower[2:], of
		}
	}
	if base == 0 {
		if strings.HasPrefix(lower, "0") && strings.Trim(lower, "0_") != "" {
			return nil, false
		}
		base = 10
	}
	return new(big.Int).SetString(sign+strings.ReplaceAll(lower, "_", ""), int(base))
}

func roundFilter(ev *evaluator, at int, v any, args arguments) any {
	b := ev.bind(at, "round", args, "precision", "method")
	v = ev.used(at, v)
	i, f, isInt, ok := number(v)
	if !ok {
		ev.failf(at, "%s cannot be rounded", kindName(v))
	}
	precision := b.integer("precision", 0)
	if precision < -300 || precision > 300 {
		ev.failf(at, "a number cannot be rounded to %d digits", precision)
	}
	if isInt {
		f = float64(i)
	}
	scale := math.Pow(10, float64(precision))
	switch method := b.text("method", "common"); method {
	case "ceil":
		return math.Ceil(f*scale) / scale
	case "floor":
		return math.Floor(f*scale) / scale
	case "common":
	default:
		ev.failf(at, "a number is rounded by common, ceil or floor, not by %s", method)
	}
	switch {
	case isInt && precision >= 0:
		return i
	case isInt:
		ev.failf(at, "whole numbers are not rounded to tens by dcosup")
	case precision < 0:
		return math.RoundToEven(f*scale) / scale
	case math.IsNaN(f) || math.IsInf(f, 0):
		return f
	}
	// The exact value of the float is rounded, halves to the even digit: so does Python.
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', int(precision), 64), 64)
	return rounded
}
