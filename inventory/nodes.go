package inventory

import "slices"

// Nodes are all hosts with the way to reach them, for those who need machines
// and no cluster: a host that no group gives a role has none. Its error is a
// *multierror.Error of *Error.
func (inv *Inventory) Nodes() ([]*Node, error) {
	p := inv.problems.fork()
	p.judging = true
	b := &clusterBuilder{inv: inv, problems: p, c: &Cluster{problems: p, Config: &Map{}}, roles: map[*Host]roleOrigin{}}
	var nodes []*Node
	for _, h := range inv.Hosts() {
		nodes = append(nodes, b.node(h, inv.roleOf(h)))
	}
	return nodes, p.err()
}

// roleOf is the role that a host's groups give it, "" if they give none.
func (inv *Inventory) roleOf(h *Host) Role {
	for _, r := range roleGroups {
		for _, name := range r.names {
			if g := inv.groups[name]; g != nil && slices.Contains(g.Hosts(), h) {
				return r.role
			}
		}
	}
	return ""
}
