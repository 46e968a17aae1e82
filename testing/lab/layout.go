package lab

import (
	"fmt"
	"net/netip"
	"slices"
)

// Flavour is what a node has and lacks when it is new. Every node has systemd,
// sshd, sudo, tar and iptables.
type Flavour string

// The flavours. Their names are those of the stages in image/Dockerfile.
const (
	Ready    Flavour = "ready"     // all that DC/OS asks for
	NoTools  Flavour = "no-tools"  // Docker and chrony, but no unzip, xz and ipset
	NoDocker Flavour = "no-docker" // all but Docker
	NoNTP    Flavour = "no-ntp"    // all but a time service
	Bare     Flavour = "bare"      // no Docker, time service, curl, unzip, xz, ipset

	// RedHat and Flatcar imitate other distributions, and say that they do. What
	// a person would have to know of them stands in README.md.
	RedHat  Flavour = "redhat"  // rpm and dnf; lacks what Bare lacks
	Flatcar Flavour = "flatcar" // no package manager, /usr read-only, Docker not enabled
)

var flavours = []Flavour{Ready, NoTools, NoDocker, NoNTP, Bare, RedHat, Flatcar}

// Group is the inventory group of a node.
type Group string

// The groups, in the order of the inventory. The first is not "bootstrap",
// because that is the node's own name, and Ansible warns of a name for both.
const (
	Bootstrap     Group = "bootstraps"
	Masters       Group = "masters"
	PrivateAgents Group = "private-agents"
	PublicAgents  Group = "public-agents"
)

var groups = []Group{Bootstrap, Masters, PrivateAgents, PublicAgents}

// place is one node of the lab as laid out, before anything of it exists.
type place struct {
	Name    string
	Group   Group
	Flavour Flavour
	Address netip.Addr
	offset  int // of the address in the subnet
}

// places lists the nodes of a lab with that many masters. The offsets are part
// of the lab's interface: tests and people know the addresses by heart.
func places(masters int) []place {
	list := []place{{Name: "bootstrap", Group: Bootstrap, Flavour: Ready, offset: 10}}
	for i := 1; i <= masters; i++ {
		list = append(list, place{Name: fmt.Sprintf("master-%d", i), Group: Masters, Flavour: NoTools, offset: 10 + i})
	}
	for i, flavour := range []Flavour{Ready, NoDocker, NoNTP, Bare} {
		list = append(list, place{Name: fmt.Sprintf("agent-%d", i+1), Group: PrivateAgents, Flavour: flavour, offset: 21 + i})
	}
	return append(list, place{Name: "public-1", Group: PublicAgents, Flavour: Ready, offset: 31})
}

// layoutOf chooses the nodes that the options ask for. Addresses stay unset
// until there is a subnet.
func layoutOf(opts Options) ([]place, error) {
	if opts.Masters < 1 || opts.Masters > 3 {
		return nil, fmt.Errorf("a lab has 1 to 3 masters, not %d", opts.Masters)
	}
	all := places(opts.Masters)
	named := func(name string) bool {
		return slices.ContainsFunc(all, func(p place) bool { return p.Name == name })
	}
	for _, name := range opts.Nodes {
		if !named(name) {
			return nil, fmt.Errorf("no node is called %q: %s", name, namesOf(all))
		}
	}
	for name, flavour := range opts.Flavours {
		if !named(name) {
			return nil, fmt.Errorf("a flavour is given for %q, which is no node: %s", name, namesOf(all))
		}
		if !slices.Contains(flavours, flavour) {
			return nil, fmt.Errorf("node %s: no flavour is called %q: there are %v", name, flavour, flavours)
		}
	}
	var chosen []place
	for _, p := range all {
		if len(opts.Nodes) > 0 && !slices.Contains(opts.Nodes, p.Name) {
			continue
		}
		if flavour, ok := opts.Flavours[p.Name]; ok {
			p.Flavour = flavour
		}
		if opts.Subnet.IsValid() {
			p.Address = addressAt(opts.Subnet, p.offset)
		}
		chosen = append(chosen, p)
	}
	return chosen, nil
}

func namesOf(all []place) string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return fmt.Sprintf("there are %v", names)
}
