package inventory

// Nodes are all hosts with the way to reach them, for those who need machines
// and no cluster: a host that no group gives a role has none. Its error is a
// *multierror.Error of *Error.
func (inv *Inventory) Nodes() ([]*Node, error) {
	p := inv.problems.fork()
	p.judging = true
	b := &clusterBuilder{inv: inv, problems: p, c: &Cluster{inv: inv, problems: p, Config: &Map{}}, roles: map[*Host]roleOrigin{}, eval: newEvaluation(inv, p, nil)}
	var nodes []*Node
	roles := inv.roles()
	for _, h := range inv.Hosts() {
		nodes = append(nodes, b.node(h, roles[h]))
	}
	return nodes, p.err()
}

// roles are what the groups of the hosts give them; a host that no group gives a
// role has none.
func (inv *Inventory) roles() map[*Host]Role {
	roles := map[*Host]Role{}
	for _, r := range roleGroups {
		for _, name := range r.names {
			g := inv.groups[name]
			if g == nil {
				continue
			}
			for _, h := range membersOf(g, r.role) {
				if _, taken := roles[h]; !taken {
					roles[h] = r.role
				}
			}
		}
	}
	return roles
}
