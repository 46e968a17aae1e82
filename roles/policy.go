package roles

import (
	"fmt"
	"slices"
	"strings"

	"dcosup/inventory"
)

// PolicyVar is the variable of an inventory that holds a policy:
//
//	dcos_requirements:
//	  memory:
//	    floor: 2 GB
//	  firewall:
//	    severity: warn
//	    reason: the zone of the cluster's network lets everything through
//	  tmp-exec:
//	    severity: off
//	    reason: TMPDIR is set for all units
const PolicyVar = "dcos_requirements"

// Policy is what a person changes about the requirements of a node. The zero
// value changes nothing.
type Policy struct {
	Rules  map[string]Rule // by the requirement's id
	Limits Limits          // those that are changed
}

// Rule changes one requirement.
type Rule struct {
	// Severity is Fail, Warn or Off; Pass leaves it as it is. With Warn or Fail
	// every finding is that severe, but for what cannot be known yet.
	Severity Status
	Reason   string // shown wherever the finding is
}

// Problem is one mistake in what an inventory says to this package.
type Problem struct {
	Pos     inventory.Pos
	Message string
	Hint    string
}

// mistakes collects problems.
type mistakes struct {
	problems []Problem
}

func (m *mistakes) add(pos inventory.Pos, hint, format string, args ...any) {
	m.problems = append(m.problems, Problem{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// text reads a value that must be one text, number or boolean, and no template.
func (m *mistakes) text(name string, v inventory.Value) (string, bool) {
	text, scalar := v.Text()
	switch {
	case !scalar:
		m.add(v.Pos, "", "%s must be one value", name)
	case inventory.IsTemplate(v):
		m.add(v.Pos, "write what it stands for", "%s is a Jinja2 template, which is not evaluated", name)
	default:
		return strings.TrimSpace(text), true
	}
	return "", false
}

// The words for severities. Off is also false: that is what YAML makes of it.
var severities = map[string]Status{"fail": Fail, "warn": Warn, "off": Off, "False": Off}

// ReadPolicy reads the value of PolicyVar. All mistakes are returned together;
// beside them the policy is not to be used.
func ReadPolicy(v inventory.Value) (Policy, []Problem) {
	r := policyReader{policy: Policy{Rules: map[string]Rule{}}}
	m, ok := v.Data.(*inventory.Map)
	if !ok {
		if v.Data != nil {
			r.add(v.Pos, "write the id of a requirement and, below it, severity:, reason: or a limit", "%s must be a mapping", PolicyVar)
		}
		return r.policy, r.problems
	}
	for _, id := range m.Keys() {
		rule, _ := m.Get(id)
		r.rule(id, m.KeyPos(id), rule)
	}
	return r.policy, r.problems
}

// policyReader collects a policy and all that is wrong with it.
type policyReader struct {
	mistakes
	policy Policy
}

func (r *policyReader) rule(id string, pos inventory.Pos, v inventory.Value) {
	requirement, hint := Find(id)
	switch {
	case requirement.ID == "":
		r.add(pos, hint, "there is no requirement %q", id)
		return
	case requirement.firm:
		r.add(pos, "remove it: "+requirement.Why, "the requirement %q cannot be changed", id)
		return
	}
	m, ok := v.Data.(*inventory.Map)
	if !ok {
		r.add(v.Pos, "write "+strings.Join(ruleKeys(id), ": or ")+": below it", "%s.%s must be a mapping", PolicyVar, id)
		return
	}
	var rule Rule
	for _, key := range m.Keys() {
		if !slices.Contains(ruleKeys(id), key) {
			r.add(m.KeyPos(key), suggest(key, ruleKeys(id)), "the requirement %q has no setting %q", id, key)
			continue
		}
		value, _ := m.Get(key)
		name := id + "." + key
		text, ok := r.text(name, value)
		switch {
		case !ok:
		case key == "severity":
			rule.Severity = r.severity(name, value.Pos, text)
		case key == "reason":
			rule.Reason = printable(strings.Join(strings.Fields(text), " "))
		default:
			r.limit(name, id, key, value)
		}
	}
	if milder(requirement, rule.Severity) && rule.Reason == "" {
		r.add(m.KeyPos("severity"), "write reason: and why; it is shown in reports",
			"%s makes the requirement milder, and gives no reason", id)
	}
	r.policy.Rules[id] = rule
}

func ruleKeys(id string) []string {
	keys := []string{"severity", "reason"}
	for _, k := range limitsOf(id) {
		keys = append(keys, k.Name)
	}
	return keys
}

func milder(r Requirement, severity Status) bool {
	return severity == Off || severity == Warn && r.Severity == Fail
}

func (r *policyReader) severity(name string, pos inventory.Pos, text string) Status {
	status, known := severities[text]
	if !known {
		r.add(pos, suggest(text, []string{"fail", "warn", "off"}), "%s: there is no severity %q", name, text)
	}
	return status
}

func (r *policyReader) limit(name, id, key string, value inventory.Value) {
	text, _ := value.Text()
	for _, k := range limitsOf(id) {
		if k.Name != key {
			continue
		}
		if _, number := value.Data.(float64); number && strings.HasPrefix(k.Example, "'") {
			r.add(value.Pos, "put it in quotes", "%s was read as a number, by which digits get lost", name)
			return
		}
		if err := k.set(&r.policy.Limits, strings.TrimSpace(text)); err != nil {
			r.add(value.Pos, "for example "+k.Example, "%s: %v", name, err)
		}
	}
}

// suggest is a hint for a word that is none of those that are known.
func suggest(word string, known []string) string {
	if meant := inventory.Suggest(word, known); meant != "" {
		return "did you mean " + meant + "?"
	}
	return "it is one of " + strings.Join(known, ", ")
}

// Find returns the requirement of that id. If there is none, its ID is "", and
// hint says which one may have been meant.
func Find(id string) (r Requirement, hint string) {
	var ids []string
	for _, r := range Known() {
		if r.ID == id {
			return r, ""
		}
		ids = append(ids, r.ID)
	}
	if meant := nearest(id, ids); meant != "" {
		return r, "did you mean " + meant + "?"
	}
	return r, "docs/requirements.md lists them all, and so does `dcosup check -v`"
}

// nearest is the id that was probably meant: one with a slip of the finger, else
// the one that has all the words, as dns for resolved-dns, if there is only one.
func nearest(id string, ids []string) string {
	if meant := inventory.Suggest(id, ids); meant != "" {
		return meant
	}
	var with []string
	for _, known := range ids {
		if id != "" && strings.Contains(known, strings.ReplaceAll(strings.ToLower(id), "_", "-")) {
			with = append(with, known)
		}
	}
	if len(with) == 1 {
		return with[0]
	}
	return ""
}

// Apply makes a finding what the policy says of its requirement. What is met
// stays met, and what cannot be judged yet stays a warning.
func (p Policy) Apply(f Finding) Finding {
	rule, has := p.Rules[f.ID]
	if !has || f.firm {
		return f
	}
	f.Reason = rule.Reason
	switch {
	case f.Status == Pass || rule.Severity == Pass:
	case rule.Severity == Off:
		f.Status, f.Fixable, f.FixID, f.Fix, f.Hint, f.Reboot = Off, false, "", "", "", false
	case rule.Severity == Warn || f.unknown:
		f.Status = Warn
	default:
		f.Status = Fail
	}
	return f
}
