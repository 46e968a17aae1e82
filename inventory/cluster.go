package inventory

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"dcosup/secret"
)

// Cluster is what an inventory means for DC/OS.
type Cluster struct {
	// Name is cluster_name of dcos.config.
	Name string
	// Nodes are the bootstrap node, the masters, the private and the public
	// agents, each kind in inventory order.
	Nodes []*Node
	// Release is the DC/OS to install.
	Release Release
	// SELinuxMode is enforcing, permissive or disabled. Default: permissive.
	SELinuxMode string
	// Config is dcos.config with places. Its keys *_contents are the person's
	// own detection scripts.
	Config *Map
	// Superuser is whose password was given, to be hashed; the zero value if
	// none was.
	Superuser Superuser
	// GenconfFiles are those of genconf/ beside the inventory, by name.
	GenconfFiles []GenconfFile
	// Detection says how nodes find out about themselves.
	Detection Detection
	// OldNames are the variables of ansible-dcos among the settings.
	OldNames []OldName
	// Limit is the -l of the run, "" if there is none.
	Limit string
	// Warnings are those of the inventory and those of the cluster.
	Warnings []*Error

	problems *problems
	secrets  []secret.Text
	inv      *Inventory
	// later are the values of dcos.config that need facts.
	later []later
	// unusable are the keys of dcos.config that Config lacks because something is
	// wrong with their values.
	unusable []string
}

// Release says which DC/OS is wanted, and where its installer is.
type Release struct {
	// Download is the URL or path of dcos_generate_config.sh.
	Download string
	// Checksum is its SHA-256 in 64 lower-case hex digits, without a prefix;
	// "" if none was given.
	Checksum string
	// Version is such as "2.1.1"; "" if the inventory does not say.
	Version string
	// ImageCommit names the image when several builds have one version.
	ImageCommit string
	// Enterprise tells that it is DC/OS Enterprise. Default: false.
	Enterprise bool
}

// Node is a host with its role in the cluster.
type Node struct {
	// Name is what the inventory calls the host.
	Name string
	// Role is the part that it plays.
	Role Role
	// Pos is where the inventory first names the host.
	Pos Pos
	// Selected tells whether -l selects the node; all are without -l.
	Selected bool
	// PrivateIP is the host variable private_ip, the IPv4 address by which the
	// other nodes reach this one. "" leaves it to be discovered on the node.
	PrivateIP string
	// PublicIP is the host variable public_ip, the address or the name by which
	// the node is reached from outside; "" if the inventory does not say.
	PublicIP string
	// IP6 is the host variable ip6, an IPv6 address of the node; "" if the
	// inventory does not say.
	IP6 string
	// Region and Zone are the host variables fault_domain_region and
	// fault_domain_zone: both are there or none. PublicIP and IP6 are judged
	// only where a method of Detection takes them.
	Region, Zone string
	// SSH is how to reach the node.
	SSH SSH
	// Vars are all variables of the host, merged, but for the passwords of the
	// connection, which only SSH has.
	Vars map[string]Value
}

// Bootstrap returns the bootstrap node.
func (c *Cluster) Bootstrap() *Node {
	for _, n := range c.Nodes {
		if n.Role == RoleBootstrap {
			return n
		}
	}
	return nil
}

// Masters returns the masters in inventory order.
func (c *Cluster) Masters() []*Node { return c.with(RoleMaster) }

// Agents returns the private agents, then the public ones.
func (c *Cluster) Agents() []*Node { return append(c.with(RoleAgent), c.with(RolePublicAgent)...) }

func (c *Cluster) with(role Role) []*Node {
	var nodes []*Node
	for _, n := range c.Nodes {
		if n.Role == role {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// Node returns the node of that name, or nil.
func (c *Cluster) Node(name string) *Node {
	for _, n := range c.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// ErrorAt is Inventory.ErrorAt. What Ansible Vault had encrypted is hidden in
// message and hint.
func (c *Cluster) ErrorAt(pos Pos, message, hint string) *Error {
	return c.problems.at(pos, secret.Hide(message, c.secrets...), secret.Hide(hint, c.secrets...))
}

// Beside returns the absolute path of a file that a value names: one that is not
// absolute lies beside the inventory, so that for what is said in group_vars/ or
// host_vars/ it lies beside that; for what is said on the command line, in the
// working directory.
func (c *Cluster) Beside(pos Pos, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	dir := filepath.Dir(pos.File)
	for at := dir; at != filepath.Dir(at); at = filepath.Dir(at) {
		if base := filepath.Base(at); base == "group_vars" || base == "host_vars" {
			dir = filepath.Dir(at)
			break
		}
	}
	return c.inv.disk.abs(filepath.Join(dir, name))
}

// Sorted puts errors that ErrorAt made in the order of the files and their lines;
// what is said twice is said once.
func (c *Cluster) Sorted(errs []*Error) []*Error { return c.problems.sorted(errs) }

// SecretTexts are the texts and numbers that Ansible Vault had encrypted among
// the variables of the nodes, each once. With secret.Hide they can be taken out
// of whatever is to be shown.
func (c *Cluster) SecretTexts() []secret.Text { return slices.Clone(c.secrets) }

// roleGroups are the names of the groups that give a role, in the order of
// Cluster.Nodes; the first of each is the one to recommend. They are those of
// the playbooks that people have: dcos-ansible, ansible-dcos, and others.
var roleGroups = [...]struct {
	role  Role
	names []string
}{
	{RoleBootstrap, []string{"bootstrap", "bootstraps"}},
	{RoleMaster, []string{"masters", "master"}},
	{RoleAgent, []string{"agents_private", "private-agents", "private_agents", "agents", "agent"}},
	{RolePublicAgent, []string{"agents_public", "public-agents", "agent_publics", "public_agents"}},
}

// Cluster says which DC/OS cluster the inventory describes. Its error is a
// *multierror.Error of *Error, all that is wrong; beside it the cluster is what
// could be understood, good for finding more that is wrong and for nothing else.
func (inv *Inventory) Cluster() (*Cluster, error) {
	p := inv.problems.fork()
	p.judging = true
	p.warnings = slices.Clone(inv.problems.warnings)
	b := &clusterBuilder{
		inv: inv, problems: p,
		c:     &Cluster{inv: inv, Limit: inv.opts.Limit, problems: p, SELinuxMode: "permissive", Config: &Map{}},
		roles: map[*Host]roleOrigin{}, eval: newEvaluation(inv, p, nil),
	}
	for _, r := range roleGroups {
		b.role(r.role, r.names)
	}
	b.mistypedGroups()
	b.counts()
	b.addresses()
	b.genconfFiles()
	b.settings()
	b.c.Warnings = p.sorted(p.warnings)
	b.c.secrets = secretTexts(b.c.Nodes)
	return b.c, p.err()
}

// clusterBuilder judges an inventory, and collects all that is wrong.
type clusterBuilder struct {
	inv *Inventory
	*problems
	c *Cluster
	// eval evaluates the templates.
	eval *evaluation
	// roles are the hosts that have a role, and where they got it.
	roles map[*Host]roleOrigin
	// mistyped is the role of a group whose name is nearly that of a role.
	mistyped map[Role]bool
}

// roleOrigin is where a host got its role.
type roleOrigin struct {
	role Role
	pos  Pos
}

// role adds the nodes of one role.
func (b *clusterBuilder) role(role Role, names []string) {
	for _, name := range names {
		g := b.inv.groups[name]
		if g == nil {
			continue
		}
		for _, h := range membersOf(g, role) {
			pos := g.memberPos(h)
			first, taken := b.roles[h]
			if taken && first.role != role {
				b.hintf(pos, "leave the host in one of the two groups", "%q is %s here, and %s at %s",
					h.Name, article(role), article(first.role), first.pos)
			}
			if !taken {
				n := b.node(h, role)
				b.roles[h] = roleOrigin{role, pos}
				b.c.Nodes = append(b.c.Nodes, n)
				b.usable(n)
			}
		}
	}
}

// usable takes from a node the variables for others in which templates could not be
// evaluated, and reports these.
func (b *clusterBuilder) usable(n *Node) {
	for _, key := range readElsewhere {
		for _, v := range n.Vars[key].troubles() {
			b.template(key, v)
			delete(n.Vars, key)
		}
	}
}

// membersOf are the hosts that a group gives a role. Groups within it that give
// another one, such as agents_public within agents, are not looked into.
func membersOf(g *Group, role Role) []*Host {
	var hosts hostSet
	for _, group := range walk(g, func(g *Group) []*Group {
		return slices.DeleteFunc(slices.Clone(g.children), func(c *Group) bool { r, ok := roleOfGroup(c.Name); return ok && r != role })
	}) {
		hosts.add(group.direct...)
	}
	return hosts.list
}

// roleOfGroup is the role that a group of that name gives.
func roleOfGroup(name string) (Role, bool) {
	for _, r := range roleGroups {
		if slices.Contains(r.names, name) {
			return r.role, true
		}
	}
	return "", false
}

// article puts a or an before a role.
func article(r Role) string {
	if r == RoleAgent {
		return "an " + string(r)
	}
	return "a " + string(r)
}

// node describes one host.
func (b *clusterBuilder) node(h *Host, role Role) *Node {
	h = b.eval.host(h)
	n := &Node{Name: h.Name, Role: role, Pos: h.Pos, Vars: map[string]Value{}}
	n.Selected = b.inv.Selected(b.inv.hosts[h.Name])
	for _, key := range h.vars.Keys() {
		if !slices.Contains(passwordVars, key) {
			n.Vars[key], _ = h.vars.Get(key)
		}
	}
	n.SSH = b.ssh(h)
	if ip, ok := b.text(h.vars, "private_ip"); ok {
		if addr, err := netip.ParseAddr(ip.text); err != nil || !addr.Is4() {
			b.hintf(ip.pos, "write it as 10.0.0.1, or leave it out: it is then discovered on the node",
				"private_ip must be an IPv4 address, not %s", ip.shown())
		}
		n.PrivateIP = ip.text
	}
	b.identity(h.vars, n)
	return n
}

// mistypedGroups reports groups that look as if they were to give a role, and
// warns of hosts that have none.
func (b *clusterBuilder) mistypedGroups() {
	b.mistyped = map[Role]bool{}
	reported := map[*Host]bool{}
	for _, g := range b.inv.Groups() {
		role, meant := nearRole(g.Name)
		lost := slices.DeleteFunc(g.Hosts(), func(h *Host) bool { _, ok := b.roles[h]; return ok })
		if meant == "" || len(lost) == 0 || g.Name == groupAll {
			continue
		}
		b.mistyped[role] = true
		b.hintf(g.Pos, "did you mean "+meant+"?", "the group %q gives no role, so that %s would be left out", g.Name, hostList(lost))
		for _, h := range lost {
			reported[h] = true
		}
	}
	for _, h := range b.inv.Hosts() {
		if _, ok := b.roles[h]; !ok && !reported[h] {
			b.warnf(h.Pos, "put it into one of the groups bootstrap, masters, agents_private, agents_public",
				"%q is in no group that gives a role, and is left out", h.Name)
		}
	}
}

// nearRole returns the group that a name was probably meant to be, and its
// role; meant is "" if the name is a role's own or like none.
func nearRole(name string) (role Role, meant string) {
	var all []string
	for _, r := range roleGroups {
		if slices.Contains(r.names, name) {
			return "", ""
		}
		all = append(all, r.names...)
	}
	meant = Suggest(name, all)
	for _, r := range roleGroups {
		if slices.Contains(r.names, meant) {
			return r.role, meant
		}
	}
	return "", ""
}

// hostList names some hosts: all of three, else the first two and the number
// of the others.
func hostList(hosts []*Host) string {
	var names []string
	for _, h := range hosts {
		names = append(names, h.Name)
	}
	if len(names) > 3 {
		names = append(names[:2], fmt.Sprintf("%d others", len(hosts)-2))
	}
	return strings.Join(names, ", ")
}

// counts judges how many nodes there are of each role.
func (b *clusterBuilder) counts() {
	bootstraps, masters, agents := b.c.with(RoleBootstrap), b.c.Masters(), b.c.Agents()
	switch {
	case len(bootstraps) == 0 && !b.mistyped[RoleBootstrap]:
		b.hintf(b.emptyGroup(RoleBootstrap), "add a group bootstrap with one host", "there is no bootstrap node")
	case len(bootstraps) > 1:
		b.hintf(b.rolePos(bootstraps[1]), "leave one of them", "there can be one bootstrap node only, and %q is one already", bootstraps[0].Name)
	}
	switch n := len(masters); {
	case n == 0 && !b.mistyped[RoleMaster]:
		b.hintf(b.emptyGroup(RoleMaster), "add a group masters with 1, 3, 5, 7 or 9 hosts", "there is no master")
	case n > 0 && (n%2 == 0 || n > 9):
		b.hintf(b.rolePos(masters[n-1]), "masters vote, so take 1, 3, 5, 7 or 9 of them", "there are %d masters", n)
	}
	if len(agents) == 0 && !b.mistyped[RoleAgent] && !b.mistyped[RolePublicAgent] {
		b.warnf(b.emptyGroup(RoleAgent), "add a group agents_private", "there are no agents, so that the cluster will run nothing")
	}
}

// emptyGroup is where a group of the role is declared that has no hosts, or
// nowhere.
func (b *clusterBuilder) emptyGroup(role Role) Pos {
	for _, r := range roleGroups {
		for _, name := range r.names {
			if g := b.inv.groups[name]; r.role == role && g != nil {
				return g.Pos
			}
		}
	}
	return Pos{}
}

// rolePos is where the node got its role.
func (b *clusterBuilder) rolePos(n *Node) Pos { return b.roles[b.inv.hosts[n.Name]].pos }

// addresses reports two nodes that would be one machine.
func (b *clusterBuilder) addresses() {
	reach, private := map[string]*Node{}, map[string]*Node{}
	for _, n := range b.c.Nodes {
		port := n.SSH.Port
		if port == 0 {
			port = 22
		}
		jump, _ := n.SSH.option("proxyjump")
		key := fmt.Sprintf("%s %d via %s", strings.ToLower(n.SSH.Host), port, jump.Value)
		if n.SSH.Local {
			key = "local"
		}
		what := fmt.Sprintf("the address %s, port %d", n.SSH.Host, port)
		if n.SSH.Local {
			what = "this machine"
		}
		b.twice(reach, key, n, what)
		if n.PrivateIP != "" && reach[key] == n {
			what := "the private_ip " + n.PrivateIP
			if n.Vars["private_ip"].Secret {
				what = "the same private_ip"
			}
			b.twice(private, n.PrivateIP, n, what)
		}
	}
}

// twice reports that a node has what another one has already.
func (b *clusterBuilder) twice(seen map[string]*Node, key string, n *Node, what string) {
	other, ok := seen[key]
	if !ok {
		seen[key] = n
		return
	}
	b.hintf(n.Pos, "give every node an address of its own", "%q and %q (%s) have both %s", n.Name, other.Name, other.Pos, what)
}
