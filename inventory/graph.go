package inventory

import (
	"fmt"
	"slices"
	"strings"
)

// The two groups that every inventory has.
const (
	groupAll       = "all"
	groupUngrouped = "ungrouped"
)

// Inventory is what the sources say: hosts, groups and their variables.
type Inventory struct {
	opts      Options
	disk      disk
	problems  *problems
	hosts     map[string]*Host
	hostNames []string
	groups    map[string]*Group
	// groupNames is the order in which the groups were declared.
	groupNames []string
	extra      *Map
	// selected is nil if no limit was given.
	selected map[*Host]bool
}

// Host is a machine of the inventory.
type Host struct {
	// Name is what the inventory calls it (inventory_hostname).
	Name string
	// Pos is where it was first named.
	Pos Pos

	// direct are the groups that list the host itself.
	direct []*Group
	// own are the variables written beside the name.
	own *Map
	// vars are all variables, merged.
	vars *Map
	// groups are the groups that the host is in, directly or through a child.
	groups []*Group
}

// Vars returns the variables of the host after all precedence has been
// applied, extra variables included. It must not be changed.
func (h *Host) Vars() *Map { return h.vars }

// Groups returns the groups that the host is in, directly or through groups
// within them, by rising precedence of their variables; all comes first.
func (h *Host) Groups() []*Group { return slices.Clone(h.groups) }

// Group is a named set of hosts.
type Group struct {
	// Name is what the inventory calls it.
	Name string
	// Pos is where it was first named; not valid for all and ungrouped unless
	// the inventory names them.
	Pos Pos

	direct   []*Host
	member   map[*Host]Pos
	children []*Group
	parents  []*Group
	// within has the children, for those that have very many.
	within map[*Group]bool
	own    *Map
	// files are the variables of its files in group_vars, by rising precedence.
	files []*Map
	// vars are its own variables and those of its files, merged.
	vars *Map
	// priority is ansible_group_priority. Default: 1.
	priority int
	// depth is the length of the longest way from all.
	depth int
}

// Vars returns the variables of the group itself, with those of its files in
// group_vars, but without those of the groups that it is in. It must not be changed.
func (g *Group) Vars() *Map { return g.vars }

// Priority is ansible_group_priority. Default: 1.
func (g *Group) Priority() int { return g.priority }

// Children returns the groups directly within the group.
func (g *Group) Children() []*Group { return slices.Clone(g.children) }

// DirectHosts returns the hosts of the group itself, without those of the
// groups within it.
func (g *Group) DirectHosts() []*Host { return slices.Clone(g.direct) }

// Hosts returns the hosts of the group, then those of the groups within it,
// level by level, each host once.
func (g *Group) Hosts() []*Host {
	var hosts hostSet
	for _, group := range walk(g, func(g *Group) []*Group { return g.children }) {
		hosts.add(group.direct...)
	}
	return hosts.list
}

// memberPos is where the group, or one within it, lists the host.
func (g *Group) memberPos(h *Host) Pos {
	for _, group := range walk(g, func(g *Group) []*Group { return g.children }) {
		if pos, ok := group.member[h]; ok {
			return pos
		}
	}
	return h.Pos
}

// walk returns the group and all that next leads to, breadth first, each once.
func walk(from *Group, next func(*Group) []*Group) []*Group {
	order := []*Group{from}
	seen := map[*Group]bool{from: true}
	for i := 0; i < len(order); i++ {
		for _, g := range next(order[i]) {
			if !seen[g] {
				seen[g] = true
				order = append(order, g)
			}
		}
	}
	return order
}

// Hosts returns all hosts in the order of Ansible's group all.
func (inv *Inventory) Hosts() []*Host { return inv.groups[groupAll].Hosts() }

// Groups returns all groups in the order in which they were declared,
// beginning with all and ungrouped.
func (inv *Inventory) Groups() []*Group {
	groups := make([]*Group, len(inv.groupNames))
	for i, name := range inv.groupNames {
		groups[i] = inv.groups[name]
	}
	return groups
}

// Selected tells whether -l selects the host; without -l all are.
func (inv *Inventory) Selected(h *Host) bool { return inv.selected == nil || inv.selected[h] }

// Host returns the host of that name, or nil.
func (inv *Inventory) Host(name string) *Host { return inv.hosts[name] }

// Group returns the group of that name, or nil.
func (inv *Inventory) Group(name string) *Group { return inv.groups[name] }

// newInventory returns an inventory with nothing but all and ungrouped.
func newInventory(opts Options) *Inventory {
	inv := &Inventory{
		opts:     opts,
		disk:     disk{workDir: opts.WorkDir},
		problems: &problems{vault: opts.Vault},
		hosts:    map[string]*Host{},
		groups:   map[string]*Group{},
		extra:    &Map{},
	}
	all, ungrouped := inv.addGroup(groupAll, Pos{}), inv.addGroup(groupUngrouped, Pos{})
	link(all, ungrouped)
	return inv
}

// addGroup declares a group, or returns the one that there is.
func (inv *Inventory) addGroup(name string, pos Pos) *Group {
	if g, ok := inv.groups[name]; ok {
		if !g.Pos.IsValid() {
			g.Pos = pos
		}
		return g
	}
	g := &Group{Name: name, Pos: pos, member: map[*Host]Pos{}, own: &Map{}, priority: 1}
	inv.groups[name] = g
	inv.groupNames = append(inv.groupNames, name)
	return g
}

// addHost declares a host in a group. A port counts only where the host is
// named first, as in Ansible.
func (inv *Inventory) addHost(name string, g *Group, port Value, pos Pos) {
	h, ok := inv.hosts[name]
	if !ok {
		h = &Host{Name: name, Pos: pos, own: &Map{}}
		inv.hosts[name] = h
		inv.hostNames = append(inv.hostNames, name)
		if port.Data != nil {
			h.own.Set("ansible_port", port)
		}
	}
	if _, ok := g.member[h]; !ok {
		g.member[h] = pos
		g.direct = append(g.direct, h)
		h.direct = append(h.direct, g)
	}
}

// setVars gives variables to the group or host of that name. Where there are
// both, the group gets them: so does Ansible.
func (inv *Inventory) setVars(name string, vars *Map) {
	if g, ok := inv.groups[name]; ok {
		inv.setGroupVars(g, vars)
		return
	}
	inv.merge(inv.hosts[name].own, vars)
}

// setGroupVars gives variables to a group. The priority is no variable.
func (inv *Inventory) setGroupVars(g *Group, vars *Map) {
	const priority = "ansible_group_priority"
	for _, key := range vars.Keys() {
		v, _ := vars.Get(key)
		if key != priority {
			one := &Map{}
			one.setFrom(vars, key)
			inv.merge(g.own, one)
			continue
		}
		n, ok := wholeNumber(v)
		if !inv.problems.readable(priority, v) {
			continue
		}
		if !ok {
			inv.problems.errorf(v.Pos, "%s must be a whole number", words(priority))
			continue
		}
		g.priority = n
	}
}

// link makes child a group within parent. ok is false if that would be a circle.
func link(parent, child *Group) (ok bool) {
	if parent == child {
		return false
	}
	// A circle closes only over a group that has both.
	if len(parent.parents) > 0 && len(child.children) > 0 && slices.Contains(walk(parent, func(g *Group) []*Group { return g.parents }), child) {
		return false
	}
	if !parent.within[child] {
		if parent.within == nil {
			parent.within = map[*Group]bool{}
		}
		parent.within[child] = true
		parent.children = append(parent.children, child)
		child.parents = append(child.parents, parent)
	}
	return true
}

// reconcile gives every group a way to all, every host a group, and every
// group its depth. It is done once all sources have been read.
func (inv *Inventory) reconcile() {
	all, ungrouped := inv.groups[groupAll], inv.groups[groupUngrouped]
	for _, g := range inv.Groups() {
		if g != all && len(g.parents) == 0 {
			link(all, g)
		}
	}
	out := map[*Host]bool{}
	for _, name := range inv.hostNames {
		h := inv.hosts[name]
		if inv.settle(h, all, ungrouped) {
			out[h] = true
		}
		if g, ok := inv.groups[name]; ok {
			inv.problems.warnf(g.Pos, "rename the group or the host", "%q is the name of a group and of a host", name)
		}
	}
	ungrouped.direct = slices.DeleteFunc(ungrouped.direct, func(h *Host) bool { return out[h] })
	depths := map[*Group]int{}
	for _, g := range inv.Groups() {
		g.depth = depth(g, depths)
	}
	inv.memberships()
}

// maxMemberships bounds in how many groups all hosts are together, directly or not.
// Ten thousand hosts in a hundred groups each are a million.
const maxMemberships = 5_000_000

// memberships tells every host its groups, by rising precedence.
func (inv *Inventory) memberships() {
	rank := map[*Group]int{}
	for i, g := range inv.byPrecedence() {
		rank[g] = i
	}
	// Hosts that are directly in the same group, and in no other, have the same ones.
	above := map[*Group][]*Group{}
	total := 0
	for _, name := range inv.hostNames {
		h := inv.hosts[name]
		if len(h.direct) == 1 && above[h.direct[0]] != nil {
			h.groups = above[h.direct[0]]
		} else {
			h.groups = ancestors(h.direct)
			slices.SortFunc(h.groups, func(a, b *Group) int { return rank[a] - rank[b] })
			if total += len(h.groups); total > maxMemberships {
				inv.problems.errorf(h.Pos, "the hosts are in more than %d groups together", maxMemberships)
				return
			}
		}
		if len(h.direct) == 1 {
			above[h.direct[0]] = h.groups
		}
	}
}

// ancestors are some groups and all that they are within.
func ancestors(of []*Group) []*Group {
	seen := map[*Group]bool{}
	var all []*Group
	for _, g := range of {
		for i := append([]*Group{}, g); len(i) > 0; i = i[1:] {
			if !seen[i[0]] {
				seen[i[0]] = true
				all = append(all, i[0])
				i = append(i, i[0].parents...)
			}
		}
	}
	return all
}

// settle puts a host into ungrouped if no other group has it, and takes it out
// if one has. It tells whether the host has to be taken out.
func (inv *Inventory) settle(h *Host, all, ungrouped *Group) (out bool) {
	grouped := slices.ContainsFunc(h.direct, func(g *Group) bool { return g != all && g != ungrouped })
	_, lone := ungrouped.member[h]
	switch {
	case lone && grouped:
		delete(ungrouped.member, h)
		h.direct = slices.DeleteFunc(h.direct, func(g *Group) bool { return g == ungrouped })
		return true
	case !lone && !grouped:
		ungrouped.member[h] = h.Pos
		ungrouped.direct = append(ungrouped.direct, h)
		h.direct = append(h.direct, ungrouped)
	}
	return false
}

// depth is the longest way from a group without parents.
func depth(g *Group, known map[*Group]int) int {
	if d, ok := known[g]; ok {
		return d
	}
	d := 0
	for _, p := range g.parents {
		d = max(d, depth(p, known)+1)
	}
	known[g] = d
	return d
}

// byPrecedence returns the groups by rising precedence: all, then by depth,
// then by priority, then by name.
func (inv *Inventory) byPrecedence() []*Group {
	groups := inv.Groups()
	slices.SortStableFunc(groups, func(a, b *Group) int {
		switch {
		case a.Name == groupAll:
			return -1
		case b.Name == groupAll:
			return 1
		case a.depth != b.depth:
			return a.depth - b.depth
		case a.priority != b.priority:
			return a.priority - b.priority
		}
		return strings.Compare(a.Name, b.Name)
	})
	return groups
}

// step is one thing that a source says. Parsers return steps and know of no
// inventory, so that a file can be tried as YAML, then as INI, without leaving
// half of one behind.
type step interface{ apply(*Inventory) }

// declareGroup says that there is a group.
type declareGroup struct {
	name string
	pos  Pos
}

func (s declareGroup) apply(inv *Inventory) { inv.addGroup(s.name, s.pos) }

// declareHosts says that a group has hosts, and what their variables are.
type declareHosts struct {
	names []string
	group string
	port  Value
	vars  *Map
	pos   Pos
}

func (s declareHosts) apply(inv *Inventory) {
	g := inv.addGroup(s.group, Pos{})
	for _, name := range s.names {
		inv.addHost(name, g, s.port, s.pos)
		inv.setVars(name, s.vars)
	}
}

// declareVars says what the variables of a group are.
type declareVars struct {
	group string
	vars  *Map
}

func (s declareVars) apply(inv *Inventory) {
	inv.setGroupVars(inv.addGroup(s.group, Pos{}), s.vars)
}

// declareChild says that a group is within another.
type declareChild struct {
	parent, child string
	pos           Pos
}

func (s declareChild) apply(inv *Inventory) {
	parent, child := inv.addGroup(s.parent, s.pos), inv.addGroup(s.child, s.pos)
	if child.Name == groupAll {
		inv.problems.hintf(s.pos, "remove the line", "the group all, in which all groups are, cannot be within %q", s.parent)
		return
	}
	if link(parent, child) {
		return
	}
	message := fmt.Sprintf("the group %q cannot be within %q", s.child, s.parent)
	if parent == child {
		inv.problems.hintf(s.pos, "remove the line", "%s: it is the same group", message)
		return
	}
	inv.problems.hintf(s.pos, "remove one of the two", "%s, which is within %q itself", message, s.child)
}
