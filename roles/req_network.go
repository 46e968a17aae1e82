package roles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dcosup/inventory"
)

// networkRequirements concern what stands between the node and others.
func networkRequirements() []Requirement {
	return []Requirement{
		{
			ID: "firewall", Title: "No host firewall is active", Severity: Fail,
			Why:       "firewalld and ufw drop what DC/OS nodes say to each other, and undo Docker's own rules.",
			Probe:     "`systemctl show`, /etc/ufw/ufw.conf",
			satisfied: judgeFirewall,
			fix:       "firewall", fixText: "stop the host firewall, now and for the next boot",
		},
		{
			ID: "dnsmasq", Title: "dnsmasq does not run", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS has its own resolver, which needs port 53.",
			Probe: "`systemctl show`",
			satisfied: func(f Facts, _ Spec) Verdict {
				if s := f.Services["dnsmasq"]; s.Active || s.Enabled {
					return Verdict{Found: serviceWords(s), Need: "stopped, not started at boot", Fixable: true}
				}
				return Verdict{OK: true, Found: "does not run", Need: "stopped, not started at boot"}
			},
			fix: "dnsmasq", fixText: "stop dnsmasq, now and for the next boot",
		},
		{
			ID: "resolved-stub", Title: "systemd-resolved leaves port 53 alone", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS has its own resolver, which needs port 53; its installer looks at any address.",
			Probe: "/proc/net, `systemctl show`",
			satisfied: func(f Facts, _ Spec) Verdict {
				if slices.ContainsFunc(f.Sockets, func(s Socket) bool { return resolvedStub(f, s) }) {
					return Verdict{Found: "its stub listens on port 53", Need: "no stub", Fixable: true}
				}
				return Verdict{OK: true, Found: "no stub", Need: "no stub"}
			},
			fix: "resolved-stub", fixText: "turn the stub off (DNSStubListener=no), and let /etc/resolv.conf name the real servers",
		},
		{
			ID: "ipv6", Title: "IPv6 is as the configuration says", Severity: Fail, Roles: clusterRoles,
			Why:       "With enable_ipv6, DC/OS's network adds IPv6 addresses, and fails if the kernel refuses them.",
			Probe:     "/proc/sys/net/ipv6",
			satisfied: judgeIPv6,
			fix:       "ipv6", fixText: "turn IPv6 on, now and at every boot",
		},
		{
			ID: "ports", Title: "The ports of DC/OS are free", Severity: Fail, Roles: clusterRoles, fresh: true,
			Why:       "A service of DC/OS whose port is taken never becomes healthy; its own installer sees only a few of the clashes.",
			Probe:     "/proc/net; `ss` for who holds them",
			satisfied: judgePorts,
		},
	}
}

func judgeIPv6(f Facts, s Spec) Verdict {
	v := Verdict{Found: f.Network.IPv6, Need: "on"}
	if s.EnableIPv6 != nil && !*s.EnableIPv6 {
		v.Need = "on or off"
	}
	v.OK = v.Found == "on" || v.Need != "on"
	v.Fixable = v.Found == "off"
	v.Hint = "the kernel was booted without it: take ipv6.disable=1 off its command line, or set enable_ipv6 and, " +
		"from DC/OS 1.13 on, dcos_l4lb_enable_ipv6 to false"
	const argument = "ipv6.disable=1"
	if now, next := f.Reboot.Arguments, f.Reboot.NextArguments; v.Found == "absent" && !v.OK &&
		slices.Contains(now, argument) && f.Reboot.NextKnown && !slices.Contains(next, argument) {
		v.Found += ", after a reboot on"
		v.Reboot, v.Hint = true, rebootHint(f)
	}
	return v
}

func serviceWords(s Service) string {
	switch {
	case s.Active && s.Enabled:
		return "runs, and starts at boot"
	case s.Active:
		return "runs"
	case s.Enabled:
		return "starts at boot"
	}
	return "stopped"
}

func judgeFirewall(f Facts, s Spec) Verdict {
	v := Verdict{Found: "none", Need: "none"}
	for _, name := range []string{"firewalld", "ufw"} {
		if service := f.Services[name]; service.Active || service.Enabled {
			v.Found = name + " " + serviceWords(service)
			v.Fixable = s.clusterNode()
			v.Mild = !s.clusterNode()
			v.Hint = "a bootstrap node may keep it, if it lets the cluster reach the port that serves the install files"
			return v
		}
	}
	v.OK = true
	return v
}

// resolvedStub knows the stub by its address: its owner may be hidden.
func resolvedStub(f Facts, s Socket) bool {
	return s.Port == 53 && f.Services["systemd-resolved"].Active &&
		(s.Address.String() == "127.0.0.53" || s.Address.String() == "127.0.0.54" || strings.HasPrefix(s.Owner, "systemd-resolve"))
}

// port is one that DC/OS listens on.
type port struct {
	number        int
	service       string
	master, agent bool
	from, before  string
}

// dcosPorts are those that DC/OS's installer asks for, by role and version, and
// ZooKeeper's own two (2888, 3888), which it forgets.
var dcosPorts = []port{
	{number: 53, service: "dcos-net", master: true, agent: true},
	{number: 80, service: "adminrouter", master: true},
	{number: 179, service: "dcos-calico-bird", master: true, agent: true, from: "2.1"},
	{number: 443, service: "adminrouter", master: true},
	{number: 1050, service: "dcos-diagnostics", master: true},
	{number: 2181, service: "zookeeper", master: true},
	{number: 2379, service: "dcos-etcd", master: true, from: "2.1"},
	{number: 2380, service: "dcos-etcd", master: true, from: "2.1"},
	{number: 2888, service: "zookeeper", master: true},
	{number: 3888, service: "zookeeper", master: true},
	{number: 5050, service: "mesos-master", master: true},
	{number: 5051, service: "mesos-agent", agent: true},
	{number: 7070, service: "cosmos", master: true},
	{number: 8080, service: "marathon", master: true},
	{number: 8101, service: "dcos-oauth", master: true, before: "2.1"},
	{number: 8101, service: "dcos-bouncer", master: true, from: "2.1"},
	{number: 8123, service: "mesos-dns", master: true},
	{number: 8181, service: "exhibitor", master: true},
	{number: 9000, service: "metronome", master: true},
	{number: 9942, service: "metronome", master: true},
	{number: 9990, service: "cosmos", master: true},
	{number: 15055, service: "dcos-history", master: true, before: "2.1"},
	{number: 36771, service: "marathon", master: true},
	{number: 41281, service: "zookeeper", master: true},
	{number: 46839, service: "metronome", master: true},
	{number: 61001, service: "agent-adminrouter", agent: true},
	{number: 61053, service: "mesos-dns", master: true},
	{number: 61091, service: "dcos-metrics", master: true, agent: true, before: "1.12"},
	{number: 61091, service: "telegraf", master: true, agent: true, from: "1.12"},
	{number: 61420, service: "dcos-net", master: true, agent: true, before: "1.12"},
	{number: 62020, service: "fluent-bit", master: true, agent: true, from: "1.13"},
	{number: 62080, service: "dcos-net", master: true, agent: true},
	{number: 62091, service: "dcos-calico-felix", master: true, agent: true, from: "2.1"},
	{number: 62501, service: "dcos-net", master: true, agent: true},
	{number: 64000, service: "dcos-net", master: true, agent: true, from: "2.1"},
}

// portsOf returns the ports that the role needs, each once, in their order.
func portsOf(s Spec) []port {
	var wanted []port
	for _, p := range dcosPorts {
		role := p.agent
		if s.Role == inventory.RoleMaster {
			role = p.master
		}
		repeated := len(wanted) > 0 && wanted[len(wanted)-1].number == p.number
		if role && s.within(p.from, p.before) && !repeated {
			wanted = append(wanted, p)
		}
	}
	return wanted
}

func judgePorts(f Facts, s Spec) Verdict {
	wanted := portsOf(s)
	v := Verdict{OK: true, Found: "all free", Need: fmt.Sprintf("%d ports free", len(wanted))}
	if s.Ours && f.DCOS.State == DCOSPartial {
		v.Found = "not asked: an installation is under way"
		return v
	}
	var taken []string
	for _, p := range wanted {
		i := slices.IndexFunc(f.Sockets, func(k Socket) bool { return k.Port == p.number && !freedByFix(f, k) })
		if i >= 0 {
			k := f.Sockets[i]
			taken = append(taken, fmt.Sprintf("%d/%s (for %s) is held by %s", k.Port, k.Proto, p.service, holder(k)))
		}
	}
	if taken != nil {
		v.OK, v.Found = false, strings.Join(taken, "; ")
		v.Hint = "stop what holds them, or use another machine: the ports of DC/OS cannot be moved"
		return v
	}
	return judgeConnections(f, v, wanted)
}

// judgeConnections looks for what is no clash, but is one to DC/OS's installer,
// which counts sockets in any state.
func judgeConnections(f Facts, v Verdict, wanted []port) Verdict {
	var used []string
	v.Mild = true
	for _, p := range wanted {
		here := slices.DeleteFunc(slices.Clone(f.Connections), func(c Connection) bool { return c.Port != p.number })
		if len(here) == 0 {
			continue
		}
		lasts := slices.ContainsFunc(here, func(c Connection) bool { return !c.Ending })
		used = append(used, fmt.Sprintf("%d (for %s) is used by a connection%s", p.number, p.service, ifText(!lasts, " that ends")))
		v.Mild = v.Mild && !lasts
	}
	if used != nil {
		v.OK, v.Found = false, strings.Join(used, "; ")
		v.Hint = "DC/OS's installer takes that for a service: end it; one that is closed goes within a minute or two"
	}
	return v
}

// freedByFix says that the socket goes away when another requirement is fixed.
func freedByFix(f Facts, s Socket) bool {
	dnsmasq := f.Services["dnsmasq"].Active && (s.Owner == "" || strings.HasPrefix(s.Owner, "dnsmasq/"))
	return s.Port == 53 && (dnsmasq || resolvedStub(f, s))
}

func holder(s Socket) string {
	name, pid, found := strings.Cut(s.Owner, "/")
	if _, err := strconv.Atoi(pid); !found || err != nil {
		return "an unknown process"
	}
	return fmt.Sprintf("%s (process %s)", name, pid)
}
