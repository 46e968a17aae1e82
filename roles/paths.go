package roles

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"dcosup/inventory"
)

// Place is a node, as others reach it.
type Place struct {
	Name    string
	Role    inventory.Role
	Address string
}

// Path is a way from one node to a port of another that DC/OS uses. For pings
// Proto is "icmp", and Port 0.
type Path struct {
	From, To string // names
	Proto    string // "tcp", "udp" or "icmp"
	Port     int
	Service  string
}

// Reach is what came of trying a Path.
type Reach string

// The ways in which trying a Path ends.
const (
	Open        Reach = "open"
	Silent      Reach = "silent"      // no answer: something drops it
	Refused     Reach = "refused"     // an answer that is none: something rejects it
	Unreachable Reach = "unreachable" // there is no way to the machine
	Untried     Reach = "untried"     // one of the two could not take part
)

// Tried is a Path, and what came of it.
type Tried struct {
	Path
	Reach Reach
}

// The members of a dcosLink: roles, or all of a cluster's nodes.
var (
	mastersOnly = []inventory.Role{inventory.RoleMaster}
	agentsOnly  = []inventory.Role{inventory.RoleAgent, inventory.RolePublicAgent}
)

// dcosLink is a port of one kind of node that another kind talks to.
type dcosLink struct {
	proto         string
	port          int
	service       string
	sources       []inventory.Role
	targets       []inventory.Role
	since, before string // versions of DC/OS
}

// dcosLinks are the ports of dcosPorts that are for other nodes. What services say
// to each other on one node needs no network.
var dcosLinks = []dcosLink{
	{proto: "icmp", service: "ping", sources: clusterRoles, targets: clusterRoles},
	{proto: "tcp", port: 80, service: "adminrouter", sources: clusterRoles, targets: mastersOnly},
	{proto: "tcp", port: 179, service: "dcos-calico-bird", sources: clusterRoles, targets: clusterRoles, since: "2.1"},
	{proto: "tcp", port: 443, service: "adminrouter", sources: clusterRoles, targets: mastersOnly},
	{proto: "tcp", port: 2181, service: "zookeeper", sources: clusterRoles, targets: mastersOnly},
	{proto: "tcp", port: 2379, service: "dcos-etcd", sources: clusterRoles, targets: mastersOnly, since: "2.1"},
	{proto: "tcp", port: 2380, service: "dcos-etcd", sources: mastersOnly, targets: mastersOnly, since: "2.1"},
	{proto: "tcp", port: 2888, service: "zookeeper", sources: mastersOnly, targets: mastersOnly},
	{proto: "tcp", port: 3888, service: "zookeeper", sources: mastersOnly, targets: mastersOnly},
	{proto: "tcp", port: 5050, service: "mesos-master", sources: clusterRoles, targets: mastersOnly},
	{proto: "tcp", port: 5051, service: "mesos-agent", sources: mastersOnly, targets: agentsOnly},
	{proto: "tcp", port: 8080, service: "marathon", sources: mastersOnly, targets: mastersOnly},
	{proto: "tcp", port: 8181, service: "exhibitor", sources: mastersOnly, targets: mastersOnly},
	{proto: "tcp", port: 9000, service: "metronome", sources: mastersOnly, targets: mastersOnly},
	{proto: "tcp", port: 61001, service: "agent-adminrouter", sources: mastersOnly, targets: agentsOnly},
	{proto: "tcp", port: 61053, service: "mesos-dns", sources: clusterRoles, targets: mastersOnly},
	{proto: "tcp", port: 61420, service: "dcos-net", sources: clusterRoles, targets: clusterRoles, before: "1.12"},
	{proto: "tcp", port: 62501, service: "dcos-net", sources: clusterRoles, targets: clusterRoles},
	{proto: "udp", port: OverlayPort, service: "dcos-net", sources: clusterRoles, targets: clusterRoles},
}

// OverlayPort is where DC/OS's overlay network (VXLAN) receives, over UDP. It is
// the only port of UDP that is tried.
const OverlayPort = 64000

// Paths returns what is to be tried between the nodes, in a fixed order. Between
// groups of up to ten nodes it is every pair. In larger ones every node is tried
// from some and tries some: firewalls stand between groups, or at single nodes.
// installPort is where the bootstrap node serves the install files; 0 leaves it out.
func Paths(places []Place, version string, installPort int) []Path {
	links := dcosLinks
	if installPort != 0 {
		links = append(slices.Clone(links), dcosLink{proto: "tcp", port: installPort, service: "install files",
			sources: clusterRoles, targets: []inventory.Role{inventory.RoleBootstrap}})
	}
	spec := Spec{Version: version}
	var paths []Path
	for _, l := range links {
		if !spec.within(l.since, l.before) {
			continue
		}
		for _, source := range l.sources {
			for _, target := range l.targets {
				for _, pair := range pairs(with(places, source), with(places, target)) {
					paths = append(paths, Path{From: pair[0].Name, To: pair[1].Name, Proto: l.proto, Port: l.port, Service: l.service})
				}
			}
		}
	}
	return paths
}

func with(places []Place, role inventory.Role) []Place {
	return slices.DeleteFunc(slices.Clone(places), func(p Place) bool { return p.Role != role })
}

// wholeMesh is the size of groups up to which all pairs are tried, and ringOf how
// many of a larger group each of its nodes tries.
const wholeMesh, ringOf = 10, 3

// pairs are those of a source and a target that are tried.
func pairs(sources, targets []Place) [][2]Place {
	var chosen [][2]Place
	fewer := min(len(sources), len(targets))
	for i, s := range sources {
		for j, t := range targets {
			same := len(sources) == len(targets) && sources[0].Role == targets[0].Role
			ahead := (j - i + len(targets)) % len(targets)
			switch {
			case s.Name == t.Name:
			case len(sources) <= wholeMesh && len(targets) <= wholeMesh,
				same && ahead <= ringOf,
				!same && (j-i)%fewer == 0:
				chosen = append(chosen, [2]Place{s, t})
			}
		}
	}
	return chosen
}

// IDNetwork is the requirement that JudgePaths judges.
const IDNetwork = "network"

func networkRequirement() Requirement {
	return Requirement{
		ID: IDNetwork, Title: "The other nodes reach the node's ports", Severity: Fail,
		Why: "A firewall between nodes, as clouds have them, shows only when DC/OS's services wait for each other for ever; " +
			"where pings alone are dropped, nothing but their word is missing.",
		Probe: "with `check --network`: short-lived sockets of systemd on all nodes, and bash on the others",
	}
}

// JudgePaths judges the ways to one node.
func JudgePaths(name string, policy Policy, tried []Tried) Finding {
	v := Verdict{OK: true, Need: "an answer on every port", Mild: true,
		Hint: "let the nodes of the cluster talk to each other over all of TCP, UDP and ICMP: security groups, network ACLs, host firewalls"}
	total, open, untried := 0, 0, 0
	var closed []Tried
	for _, t := range tried {
		if t.To != name {
			continue
		}
		total++
		switch t.Reach {
		case Open:
			open++
		case Untried:
			untried++
		default:
			closed = append(closed, t)
			v.OK, v.Mild = false, v.Mild && t.Proto == "icmp"
		}
	}
	v.Found = fmt.Sprintf("all %d ways are open", total) + ifText(untried > 0, fmt.Sprintf(" but %d, which could not be tried", untried))
	switch {
	case total == 0:
		v.Found = "no way to try"
	case closed != nil:
		v.Found = closedWays(closed)
	case open == 0:
		v.OK, v.Found = false, "nothing could be tried"
		v.Hint = "the node could not open sockets for the others, or nobody could try them: see the notes of the run"
	}
	return policy.Apply(networkRequirement().finding(v))
}

// reachWords say how a way is closed.
var reachWords = map[Reach]string{Silent: "no answer", Refused: "refused", Unreachable: "no route"}

// closedWays tells ports that the same nodes cannot reach in one breath.
func closedWays(closed []Tried) string {
	type way struct{ from, how string }
	from := map[string][]string{} // port and how → sources
	var order []string
	for _, t := range closed {
		port := fmt.Sprintf("%d/%s (%s)", t.Port, t.Proto, t.Service)
		if t.Proto == "icmp" {
			port = "ping"
		}
		key := reachWords[t.Reach] + "\x00" + port
		if from[key] == nil {
			order = append(order, key)
		}
		from[key] = append(from[key], t.From)
	}
	var groups []way
	ports := map[way][]string{}
	for _, key := range order {
		how, port, _ := strings.Cut(key, "\x00")
		g := way{strings.Join(some(from[key], 3), ", "), how}
		if ports[g] == nil {
			groups = append(groups, g)
		}
		ports[g] = append(ports[g], port)
	}
	slices.SortStableFunc(groups, func(a, b way) int { return -cmp.Compare(len(ports[a]), len(ports[b])) })
	var texts []string
	for _, g := range groups {
		texts = append(texts, fmt.Sprintf("%s from %s: %s", strings.Join(some(ports[g], 6), ", "), g.from, g.how))
	}
	return strings.Join(some(texts, 4), "; ")
}

// some shortens a list to n, and counts the rest.
func some(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n-1]), fmt.Sprintf("%d more", len(list)-n+1))
}
