package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"dcosup/inventory/template"
)

// Facts are what Ansible would gather of a host, by Ansible's names without the
// prefix ansible_: texts, numbers, booleans, []string, and mappings of these.
type Facts map[string]any

const (
	// maxWork is what all templates of an inventory may cost together.
	maxWork = 10 * template.DefaultWork
	// maxUses bounds how many variables may need each other in a row.
	maxUses = 100
)

// evaluation evaluates the templates of an inventory: each variable of a host
// once, when it is needed.
type evaluation struct {
	inv *Inventory
	// problems are asked for lines of files only; what is wrong is returned.
	problems *problems
	// facts are those of the hosts that have been asked; nil before any has.
	facts map[string]Facts
	left  int
	work  *template.Work
	known map[use]outcome
	// active are the variables that are being evaluated, each needed by the one
	// before it.
	active []use
	groups *template.Dict
}

// use is a variable of a host.
type use struct {
	host *Host
	name string
}

// outcome is what has become of a variable.
type outcome struct {
	value any
	err   error
}

func newEvaluation(inv *Inventory, p *problems, facts map[string]Facts) *evaluation {
	return &evaluation{inv: inv, problems: p, facts: facts, left: maxWork, known: map[use]outcome{}}
}

// trouble is the data of a template that cannot be evaluated.
type trouble struct {
	// template is its text.
	template string
	err      error
	// fact is what must be asked of nodes first, or "".
	fact string
}

// pendingError says that a fact is needed, and no node has been asked yet.
type pendingError struct{ fact string }

func (e *pendingError) Error() string {
	return "needs the fact " + e.fact + ", which only the node can tell"
}

// lockedError says that something encrypted is needed that cannot be decrypted.
type lockedError struct{ locked }

func (e *lockedError) Error() string { return e.what + ": " + e.err.Error() }

// usedVars are the variables that dcosup reads of every node.
var usedVars = slices.Concat(passwordVars, readElsewhere, []string{
	"ansible_host", "ansible_ssh_host", "ansible_port", "ansible_ssh_port", "ansible_user", "ansible_ssh_user", "ansible_connection",
	"ansible_private_key_file", "ansible_ssh_private_key_file", "ansible_timeout", "ansible_ssh_timeout",
	"ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_host_key_checking", "ansible_ssh_host_key_checking",
	"ansible_become", "ansible_become_method", "ansible_become_user", "ansible_sudo_user",
	"private_ip", keyPublicIP, keyIP6, keyRegion, keyZone,
})

// host returns the host with the templates evaluated in the variables that dcosup
// reads.
func (e *evaluation) host(h *Host) *Host {
	var vars *Map
	for _, name := range usedVars {
		v, ok := h.vars.Get(name)
		if !ok || !hasTemplates(v) {
			continue
		}
		if vars == nil {
			vars = &Map{}
			vars.Merge(h.vars)
		}
		if v = e.evaluated(h, name, v); v.Data == omitted {
			vars.remove(name)
			continue
		}
		vars.Replace(name, v)
	}
	if vars == nil {
		return h
	}
	copied := *h
	copied.vars = vars
	return &copied
}

// evaluated returns a variable of a host with all templates in it evaluated; name
// is for messages. What cannot be evaluated stays, and says why when it is needed.
func (e *evaluation) evaluated(h *Host, name string, v Value) Value {
	switch d := v.Data.(type) {
	case string:
		if v.literal || !isTemplate(d) {
			return v
		}
		return e.text(h, name, d, v)
	case *trouble:
		return e.text(h, name, d.template, v)
	case []Value:
		if !hasTemplates(v) {
			return v
		}
		list := make([]Value, 0, len(d))
		for _, item := range d {
			list = append(list, e.evaluated(h, name, item))
		}
		v.Data = list
	case *Map:
		if !hasTemplates(v) {
			return v
		}
		m := &Map{}
		for _, key := range d.Keys() {
			item, _ := d.Get(key)
			item = e.evaluated(h, name+"."+key, item)
			if m.setFrom(d, key); item.Data == omitted {
				m.remove(key)
				continue
			}
			m.Replace(key, item)
		}
		v.Data = m
	}
	return v
}

// omitted is the data of a value that is to be left out.
const omitted = template.Omit

// hasTemplates tells whether there is a template in a value.
func hasTemplates(v Value) bool {
	switch d := v.Data.(type) {
	case string:
		return !v.literal && isTemplate(d)
	case *trouble:
		return true
	case []Value:
		return slices.ContainsFunc(d, hasTemplates)
	case *Map:
		for _, e := range d.values {
			if hasTemplates(e.Value) {
				return true
			}
		}
	}
	return false
}

// text evaluates one text that a value holds.
func (e *evaluation) text(h *Host, name, text string, v Value) Value {
	e.work = &template.Work{Left: min(template.DefaultWork, e.left)}
	before := e.work.Left
	r, err := template.Eval(text, e.env(h))
	e.left -= before - e.work.Left
	var out Value
	if err == nil {
		out, err = fromTemplate(r.Value, v.Pos)
	}
	if err != nil {
		return v.with(text, e.located(name, text, v, err))
	}
	if out.Secret = v.Secret || r.Secret; out.Secret {
		out = out.asSecret()
	}
	return out
}

// with returns the value with the reason why its template has no value.
func (v Value) with(text string, err error) Value {
	t := &trouble{template: text, err: err}
	var pending *pendingError
	if errors.As(err, &pending) {
		t.fact = pending.fact
	}
	v.Data = t
	return v
}

// located gives an error of a template its place, and says whose it is.
func (e *evaluation) located(name, text string, v Value, err error) error {
	var mistake *template.Error
	if !errors.As(err, &mistake) {
		return err // it has its place, or is that of no template
	}
	pos := e.problems.within(v.Pos, text, mistake.Offset)
	message := mistake.Message
	hint := mistake.Hint
	// What looks like a template may be a part of a password. Names of variables are
	// no secrets.
	if v.Secret || e.problems.decrypted[v.Pos.File] || secretName.MatchString(name) && !mistake.Undefined {
		message, hint = "its template cannot be evaluated", "in YAML, put !unsafe before a text that is no template"
	}
	if mistake.Undefined && hint == "" {
		hint = "set it in the inventory or by -e, or write |default(...) behind it"
	}
	located := e.problems.at(pos, name+": "+message, hint)
	if mistake.Undefined {
		return &undefinedError{located}
	}
	return located
}

// undefinedError is an error that default() forgives.
type undefinedError struct{ at *Error }

func (e *undefinedError) Error() string { return e.at.Error() }
func (e *undefinedError) Unwrap() error { return e.at }

// report records why a value cannot be used.
func (t *trouble) report(p *problems, name string, pos Pos) {
	var locked *lockedError
	var located *Error
	switch {
	case errors.As(t.err, &locked):
		p.lock(locked.pos, locked.what, locked.err)
	case t.fact != "":
		p.hintf(pos, "write the value itself: only values in dcos.config may need facts, but for the name of the cluster, the superuser and scripts", "%s needs the fact %s, which is not known before the nodes have been asked",
			words(name), words(t.fact))
	case errors.As(t.err, &located) && p.full():
		p.more++
	case errors.As(t.err, &located):
		p.errs = append(p.errs, located)
	default:
		p.errorf(pos, "%s: %v", words(name), t.err)
	}
}

// env is what the templates of a host are evaluated in.
func (e *evaluation) env(h *Host) template.Env {
	return template.Env{
		Names:   func(name string) (any, bool, error) { return e.variable(h, name) },
		Plain:   func(name string) (any, bool) { return plainVariable(h, name) },
		Known:   func() []string { return e.suggestible(h) },
		Lookup:  func(plugin string, terms []string) ([]any, error) { return e.lookup(h, plugin, terms) },
		YAML:    e.yaml,
		Suggest: Suggest,
		Work:    e.work,
	}
}

// suggestible are the names that a template may mean: not those that need it.
func (e *evaluation) suggestible(h *Host) []string {
	names := slices.DeleteFunc(h.vars.Keys(), func(name string) bool { return slices.Contains(e.active, use{h, name}) })
	return append(names, magicNames...)
}

// plainVariable returns a variable that is a number, a boolean or null as it was
// written.
func plainVariable(h *Host, name string) (any, bool) {
	v, ok := h.vars.Get(name)
	if _, magic := magicVariables[name]; magic || !ok || v.Secret {
		return nil, false
	}
	switch v.Data.(type) {
	case nil, bool, int64, float64:
		return v.Data, true
	}
	return nil, false
}

// variable is a variable of a host, with all templates in it evaluated.
func (e *evaluation) variable(h *Host, name string) (any, bool, error) {
	if magic, ok := magicVariables[name]; ok {
		v, err := magic(e, h)
		return v, true, err
	}
	v, ok := h.vars.Get(name)
	if !ok {
		return e.fact(h, name)
	}
	key := use{h, name}
	if known, ok := e.known[key]; ok {
		return unlessUndefined(name, known)
	}
	if i := slices.Index(e.active, key); i >= 0 {
		return nil, false, e.problems.at(v.Pos, "the variable "+chain(e.active[i:], key)+": it needs itself", "")
	}
	if len(e.active) > maxUses {
		return nil, false, e.problems.at(v.Pos, fmt.Sprintf("more than %d variables need each other in a row", maxUses), "")
	}
	e.active = append(e.active, key)
	value, err := e.converted(h, name, v)
	e.active = e.active[:len(e.active)-1]
	e.known[key] = outcome{value, err}
	return unlessUndefined(name, e.known[key])
}

// chain names variables of which each needs the next.
func chain(uses []use, last use) string {
	var names []string
	for _, u := range append(slices.Clone(uses), last) {
		name := u.name
		if u.host != last.host || uses[0].host != last.host {
			name += " of " + u.host.Name
		}
		names = append(names, name)
	}
	return strings.Join(names, " needs ")
}

// unlessUndefined returns what a variable is. One that needs what is not defined
// is not defined itself.
func unlessUndefined(name string, o outcome) (any, bool, error) {
	var undefined *undefinedError
	if errors.As(o.err, &undefined) {
		return &template.Undefined{Name: name, Err: o.err}, true, nil
	}
	return o.value, true, o.err
}

// converted is a value for templates. All templates in it are evaluated, as Ansible
// does: one that cannot be makes all of it unusable.
func (e *evaluation) converted(h *Host, name string, v Value) (any, error) {
	switch d := v.Data.(type) {
	case string:
		switch number, isFloat := v.YAML.(float64); {
		case v.literal || !isTemplate(d):
			if isFloat {
				return number, nil
			}
			return sealedIf(v.Secret, d), nil
		}
		r, err := template.Eval(d, e.env(h))
		if err != nil {
			return nil, e.located(name, d, v, err)
		}
		return sealedIf(v.Secret || r.Secret, r.Value), nil
	case *sealed:
		return &template.Secret{Open: func() (any, error) {
			text, err := d.open()
			if err != nil {
				return nil, &lockedError{locked{v.Pos, name, err}}
			}
			return text, nil
		}}, nil
	case []Value:
		list := template.NewList()
		for _, item := range d {
			value, err := e.converted(h, name, item)
			if err != nil {
				return nil, err
			}
			list.Items = append(list.Items, value)
		}
		return list, nil
	case *Map:
		dict := &template.Dict{}
		for _, key := range d.Keys() {
			item, _ := d.Get(key)
			value, err := e.converted(h, name+"."+key, item)
			if err != nil {
				return nil, err
			}
			dict.Set(d.nativeKey(key), value)
		}
		return dict, nil
	}
	return sealedIf(v.Secret, v.Data), nil
}

// nativeKey is a key as YAML has it, which may be a number.
func (m *Map) nativeKey(key string) any {
	data, other := m.nonText[key]
	switch data.(type) {
	case nil, bool, int64, float64:
		if other {
			return data
		}
	}
	return key
}

// sealedIf marks a value that is not to be shown.
func sealedIf(isSecret bool, v any) any {
	if !isSecret {
		return v
	}
	return &template.Secret{Open: func() (any, error) { return v, nil }}
}

// fromTemplate is what a template has made as a value of an inventory. All of it
// has the place of the template.
func fromTemplate(v any, pos Pos) (Value, error) {
	out := Value{Data: v, Pos: pos, literal: true}
	switch d := v.(type) {
	case template.Text:
		out.Data = string(d)
	case *template.List:
		list := make([]Value, len(d.Items))
		for i, item := range d.Items {
			var err error
			if list[i], err = fromTemplate(item, pos); err != nil {
				return out, err
			}
		}
		out.Data = list
	case *template.Dict:
		m := &Map{}
		for _, key := range d.Keys() {
			value, _ := d.Get(key)
			item, err := fromTemplate(value, pos)
			if err != nil {
				return out, err
			}
			k, err := fromTemplate(key, pos)
			if err != nil || !hashable(k) {
				return out, &template.Error{Message: "a key is a list"}
			}
			if item.Data != omitted {
				m.SetAt(keyText(k), item, pos)
				m.noteKey(keyText(k), k)
			}
		}
		out.Data = m
	}
	if s, ok := out.Data.(string); ok && s != omitted && strings.Contains(s, omitted) {
		return out, &template.Error{Message: "omit stands within a text, and can only be all of a value"}
	}
	return out, nil
}
