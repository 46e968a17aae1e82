// Package listing writes what an inventory says in the forms of
// ansible-inventory: --list as JSON or YAML, --host and --graph. Its text is
// Ansible's own, so that what reads the one can read the other.
//
// Secrets are not written. What ansible-inventory would show in clear, namely
// files that Ansible Vault has encrypted as a whole, and passwords that stand in
// the inventory as they are, is "***"; single encrypted values stay encrypted, as
// there. Options.Secrets shows all but those.
//
//	text := listing.List(inv, listing.Options{})
package listing

import (
	"regexp"

	"dcosup/inventory"
	"dcosup/secret"
)

// Options say how to write.
type Options struct {
	// YAML writes YAML where JSON is the default.
	YAML bool
	// Vars adds variables to a graph.
	Vars bool
	// Secrets shows passwords, and what was encrypted as a file.
	Secrets bool
}

// priority is the variable that Ansible shows where a group has one.
const priority = "ansible_group_priority"

// List is what `ansible-inventory --list` prints: groups with their hosts and
// children, and the variables of the hosts. Hosts that -l leaves out are not in it.
func List(inv *inventory.Inventory, o Options) string {
	w := newWriter(inv, o)
	if o.YAML {
		return w.yaml(w.tree(inv.Group("all"), map[string]bool{}))
	}
	out := object{}
	w.flat(inv.Group("all"), out, map[string]bool{})
	hostvars := object{}
	for _, h := range w.hosts(inv.Hosts()) {
		if vars := w.hostVars(h); len(vars) > 0 {
			hostvars[h.Name] = vars
		}
	}
	out["_meta"] = object{"hostvars": hostvars}
	return encodeJSON(out) + "\n"
}

// Host is what `ansible-inventory --host` prints: the variables of one host.
func Host(inv *inventory.Inventory, h *inventory.Host, o Options) string {
	w := newWriter(inv, o)
	if o.YAML {
		return w.yaml(w.hostVars(h))
	}
	return encodeJSON(w.hostVars(h)) + "\n"
}

// object is a mapping whose keys are written in the order of their characters.
type object map[string]any

type writer struct {
	Options
	inv *inventory.Inventory
	// secretNames remembers which names of variables are those of secrets: each
	// stands at many hosts.
	secretNames map[string]bool
}

func newWriter(inv *inventory.Inventory, o Options) writer {
	return writer{inv: inv, Options: o, secretNames: map[string]bool{}}
}

// secretName tells whether a variable of that name holds a secret.
func (w writer) secretName(name string) bool {
	is, known := w.secretNames[name]
	if !known {
		is = secretName.MatchString(name)
		w.secretNames[name] = is
	}
	return is
}

// hosts are those of some that -l selects.
func (w writer) hosts(all []*inventory.Host) []*inventory.Host {
	var hosts []*inventory.Host
	for _, h := range all {
		if w.inv.Selected(h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// flat puts a group, and all groups within it, into out, each once.
func (w writer) flat(g *inventory.Group, out object, seen map[string]bool) {
	entry := object{}
	var children []any
	for _, c := range g.Children() {
		children = append(children, c.Name)
		if !seen[c.Name] {
			w.flat(c, out, seen)
			seen[c.Name] = true
		}
	}
	if len(children) > 0 {
		entry["children"] = children
	}
	var hosts []any
	for _, h := range w.hosts(g.DirectHosts()) {
		hosts = append(hosts, h.Name)
	}
	if len(hosts) > 0 && g.Name != "all" {
		entry["hosts"] = hosts
	}
	if len(entry) > 0 {
		out[g.Name] = entry
	}
}

// tree is a group with all that is within it. The variables of a host stand
// where it comes first.
func (w writer) tree(g *inventory.Group, seen map[string]bool) object {
	children, hosts, entry := object{}, object{}, object{}
	for _, c := range g.Children() {
		for name, sub := range w.tree(c, seen) {
			children[name] = sub
		}
	}
	if g.Name != "all" {
		for _, h := range w.hosts(g.DirectHosts()) {
			hosts[h.Name] = object{}
			if !seen[h.Name] {
				seen[h.Name] = true
				hosts[h.Name] = w.hostVars(h)
			}
		}
	}
	if len(children) > 0 {
		entry["children"] = children
	}
	if len(hosts) > 0 {
		entry["hosts"] = hosts
	}
	return object{g.Name: entry}
}

// hostVars are the variables of a host, as they are shown.
func (w writer) hostVars(h *inventory.Host) object { return w.shown(h.Vars()) }

// groupVars are the variables of a group itself, with those of its files.
func (w writer) groupVars(g *inventory.Group) object {
	vars := w.shown(g.Vars())
	if p := g.Priority(); p != 1 {
		vars[priority] = inventory.Value{Data: int64(p)}
	}
	return vars
}

// secretName matches the variables whose values are passwords, tokens and keys:
// those that are masked in the lines that errors show.
var secretName = regexp.MustCompile(`(?i)pass(?:$|_|word|wd|phrase)|secret|token|credential|license|account_key|key_contents`)

// shown are variables without their secrets.
func (w writer) shown(vars *inventory.Map) object {
	out := object{}
	for _, key := range vars.Keys() {
		v, _ := vars.Get(key)
		out[key] = w.value(v, w.secretName(key))
	}
	return out
}

// value is a value without the secrets in it. What is within something of a secret
// name is secret, too.
func (w writer) value(v inventory.Value, hidden bool) inventory.Value {
	hidden = hidden || v.Secret
	switch d := v.Data.(type) {
	case *inventory.Map:
		m := &inventory.Map{}
		m.Merge(d)
		for _, key := range d.Keys() {
			item, _ := d.Get(key)
			m.Replace(key, w.value(item, hidden || w.secretName(key)))
		}
		v.Data = m
	case []inventory.Value:
		list := make([]inventory.Value, len(d))
		for i, item := range d {
			list[i] = w.value(item, hidden)
		}
		v.Data = list
	default:
		if hidden && !w.Secrets && tells(v) {
			return inventory.Value{Data: secret.Hidden}
		}
	}
	return v
}

// tells tells whether a value without parts could be a secret. A template that was
// not encrypted says only where one is, and an encrypted value nothing at all.
func tells(v inventory.Value) bool {
	_, sealed := v.Envelope()
	_, isBool := v.Data.(bool)
	named := inventory.IsTemplate(v) && !v.Secret
	return v.Data != nil && v.Data != "" && !isBool && !sealed && !named
}
