package roles

import (
	"net/netip"
	"slices"
	"strings"

	"dcosup/inventory"
)

// nameRequirements concern names and addresses.
func nameRequirements() []Requirement {
	return []Requirement{
		{
			ID: "hostname", Title: "The node's name is one of its own addresses", Severity: Warn,
			Why:       "Services of DC/OS look up the name of their own node; a name that is nobody's, or another's, makes them slow or wrong.",
			Probe:     "`getent hosts`",
			satisfied: judgeHostname,
			fix:       "hostname", fixText: "write the name and the node's address into /etc/hosts",
		},
		{
			ID: "resolvers", Title: "The DNS servers that DC/OS will ask do answer", Severity: Warn, Roles: clusterRoles,
			Why:       "DC/OS's DNS forwards to them what is not a name of the cluster: images and packages are then not found.",
			Probe:     "asking those of dcos.config.resolvers over UDP",
			satisfied: judgeResolvers,
		},
		{
			ID: "address-stable", Title: "The master's address is not on lease", Severity: Warn, Roles: []inventory.Role{inventory.RoleMaster},
			Why:   "The addresses of masters are written into every node's installation; a master that gets another one is lost.",
			Probe: "`ip addr`",
			satisfied: func(f Facts, s Spec) Verdict {
				address := ownAddress(f, s)
				leased := slices.Contains(f.Network.Leased, address)
				return Verdict{OK: !leased || s.Cloud,
					Found: orNone(ifText(address.IsValid(), address.String()), "not known") + ifText(leased, ", from DHCP"+ifText(s.Cloud, " of a cloud, which keeps it")),
					Need:  "an address that stays",
					Hint:  "reserve it in the DHCP server, or set it on the node; nothing is to do in a cloud, where a machine keeps its address"}
			},
		},
	}
}

func judgeHostname(f Facts, s Spec) Verdict {
	v := Verdict{OK: true, Need: "an address of the node"}
	if f.Names.HostnameUnasked {
		v.Found = "not asked: there is no getent"
		return v
	}
	var own, others []string
	for _, a := range f.Names.Hostname {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || slices.Contains(f.Network.Addresses, a.Unmap()) {
			own = append(own, a.String())
		} else {
			others = append(others, a.String())
		}
	}
	switch {
	case len(own) > 0:
		v.Found = f.Hostname + " is " + strings.Join(own, ", ")
	case len(others) > 0:
		v.OK, v.Found = false, f.Hostname+" is "+strings.Join(others, ", ")+", which is another machine"
		v.Hint = "give the node the address of its name, or another name (hostnamectl set-hostname), or correct /etc/hosts or the DNS"
	default:
		v.OK, v.Found = false, f.Hostname+" is not known"
		v.Fixable = ownAddress(f, s).IsValid() && plainName(f.Hostname)
		v.Hint = "write the name and the node's address into /etc/hosts"
	}
	return v
}

// ownAddress is the node's within the cluster, or the one it sends from.
func ownAddress(f Facts, s Spec) netip.Addr {
	if s.Address.IsValid() {
		return s.Address
	}
	return f.Network.DefaultSource
}

func plainName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !hostRune(r) })
}

// answers are codes of DNS that are not simply an answer, but one all the same.
var answers = map[string]string{"2": "SERVFAIL", "3": "NXDOMAIN", "5": "REFUSED"}

func judgeResolvers(f Facts, _ Spec) Verdict {
	v := Verdict{OK: true, Found: "none was asked", Need: "an answer of each"}
	var good, silent []string
	for _, r := range f.Names.Resolvers {
		name := strings.TrimSuffix(r.Server, ":53")
		switch r.Answer {
		case "unasked":
		case "silent":
			silent = append(silent, name)
		default:
			good = append(good, name+ifText(answers[r.Answer] != "", " ("+answers[r.Answer]+")"))
		}
	}
	if good != nil {
		v.Found = strings.Join(good, ", ") + " answer"
	}
	if silent != nil {
		v.OK = false
		v.Found = "no answer from " + strings.Join(silent, ", ") + ifText(good != nil, "; "+v.Found)
		v.Hint = "name servers that this node reaches in dcos.config.resolvers (by default they are those of Google), and let UDP port 53 through"
	}
	return v
}
