package genconf

import (
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// defaultOverlays is the generator's dcos_overlay_network.
const defaultOverlays = `{"vtep_subnet": "44.128.0.0/20", "vtep_subnet6": "fd01:a::/64", "vtep_mac_oui": "70:B3:D5:00:00:00", ` +
	`"overlays": [{"name": "dcos", "subnet": "9.0.0.0/8", "prefix": 24}, {"name": "dcos6", "subnet6": "fd01:b::/64", "prefix6": 80}]}`

// Network interfaces are named after overlays, and Linux limits their names.
const longestOverlayName = 13

var overlays = rule{words: "a mapping with overlays, vtep_mac_oui, vtep_subnet and, from 2.1 on, vtep_subnet6",
	hint: "see docs/config.md for an example", check: judgeOverlays}

func judgeOverlays(v string, line int) []problem {
	n, found := asMapping(v)
	if found != nil {
		return found
	}
	list, ok := n["overlays"].([]any)
	if !ok || len(list) == 0 {
		return wrong("has no overlays")
	}
	if _, given := n["vtep_mac_oui"]; !given {
		found = append(found, problem{message: "has no vtep_mac_oui", hint: `add vtep_mac_oui: "70:B3:D5:00:00:00"`})
	}
	if mtu, given := n["vtep_mtu"]; given && line >= 112 {
		found = append(found, vtepMTU(mtu)...)
	}
	need4, need6 := line >= 201, line >= 201
	for i, item := range list {
		o, _ := item.(map[string]any)
		_, has4 := o["subnet"]
		_, has6 := o["subnet6"]
		need4, need6 = need4 || has4, need6 || has6
		found = append(found, below(judgeOverlay(o, line), "overlays", strconv.Itoa(i))...)
	}
	if need4 {
		found = append(found, subnet(n, "vtep_subnet", 4, line)...)
	}
	if need6 {
		found = append(found, subnet(n, "vtep_subnet6", 6, line)...)
	}
	return found
}

// below moves problems down to a part of the value.
func below(found []problem, path ...string) []problem {
	for i := range found {
		found[i].at = append(path[:len(path):len(path)], found[i].at...)
	}
	return found
}

// vtepMTU takes what Python's int does of a JSON value: a number, also with a fraction, or a text that is one.
func vtepMTU(v any) []problem {
	n := new(big.Int)
	switch v := v.(type) {
	case *big.Int:
		n = v
	case float64:
		if v >= 552 && v < 1e300 {
			return nil
		}
	case string:
		if parsed, ok := pyInt(v); ok {
			n = parsed
		}
	}
	if n.Cmp(big.NewInt(552)) < 0 {
		return []problem{{at: []string{"vtep_mtu"}, message: "must be a whole number of at least 552", hint: "write 1420, or leave it out"}}
	}
	return nil
}

// subnet judges a field that must be there and be a network.
func subnet(m map[string]any, field string, family, line int) []problem {
	v, given := m[field]
	if !given {
		return []problem{{message: "has no " + field, hint: "add " + field + ": " + map[int]string{4: "44.128.0.0/20", 6: "fd01:a::/64"}[family]}}
	}
	found := networkProblem(v, family, line)
	for i := range found {
		found[i].at = []string{field}
		found[i].hint = "write a network such as " + map[int]string{4: "9.0.0.0/8", 6: "fd01:b::/64"}[family]
	}
	return found
}

// judgeOverlay judges one overlay; o is nil where it is no mapping.
func judgeOverlay(o map[string]any, line int) []problem {
	if o == nil {
		return []problem{{message: "must be a mapping", hint: "write it as in {name: dcos, subnet: 9.0.0.0/8, prefix: 24}"}}
	}
	var found []problem
	if length := pyLen(o["name"]); length < 0 || length > longestOverlayName {
		found = append(found, problem{at: []string{"name"},
			message: fmt.Sprintf("must be text of at most %d characters", longestOverlayName), hint: "shorten it"})
	}
	_, has4 := o["subnet"]
	_, has6 := o["subnet6"]
	if !has4 && !has6 {
		found = append(found, problem{message: "has neither subnet nor subnet6", hint: "add subnet: 9.0.0.0/8"})
	}
	if has4 {
		found = append(found, subnet(o, "subnet", 4, line)...)
	}
	if has6 {
		found = append(found, subnet(o, "subnet6", 6, line)...)
	}
	if v, given := o["enabled"]; given && !truth(v) {
		found = append(found, problem{at: []string{"enabled"}, message: "must be true or false", hint: "write true or false, without quotes"})
	}
	return found
}

// pyLen is Python's len of a JSON value, -1 where it has none.
func pyLen(v any) int {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v)
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return -1
}

// truth says whether a JSON value equals true or false; to Python, 1 and 0 do.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return true
	case *big.Int:
		return v.Sign() == 0 || v.Cmp(big.NewInt(1)) == 0
	case float64:
		return v == 0 || v == 1
	}
	return false
}

// overlayList is the overlays of a network that judgeOverlays has accepted.
func overlayList(text string) []map[string]any {
	n, _ := asMapping(text)
	list, _ := n["overlays"].([]any)
	var out []map[string]any
	for _, item := range list {
		if o, ok := item.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}
