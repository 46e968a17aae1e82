package installer

import (
	"net"
	"strconv"
	"strings"

	"dcosup/inventory"
	"dcosup/remote"
)

// target says how to reach a node, in the terms of remote.
func target(c *inventory.Cluster, n *inventory.Node) remote.Target {
	t := remote.Target{
		Name: n.Name, Host: n.SSH.Host, Port: n.SSH.Port, User: n.SSH.User,
		KeyFiles: n.SSH.KeyFiles, IdentitiesOnly: n.SSH.IdentitiesOnly,
		Local: n.SSH.Local, Sudo: n.SSH.Become, KnownHosts: n.SSH.UserKnownHostsFile,
		HostKeys: hostKeys(n.SSH.StrictHostKeyChecking),
	}
	for _, hop := range strings.Split(n.SSH.ProxyJump, ",") {
		if hop = strings.TrimSpace(hop); hop != "" && hop != "none" {
			t.Jump = jump(c, n, hop, t.Jump)
		}
	}
	return t
}

// jump is the target of one hop of ProxyJump: a node of the inventory, by name
// or address, with the settings that it has there; or else a stranger, to whom
// one logs in as to the node behind it. before is the hop before it.
func jump(c *inventory.Cluster, behind *inventory.Node, hop string, before *remote.Target) *remote.Target {
	user, host, port := splitHop(hop)
	for _, n := range c.Nodes {
		if n != behind && (n.Name == host || n.SSH.Host == host) && n.SSH.ProxyJump == "" && !n.SSH.Local {
			t := target(c, n)
			t.Sudo = false
			if user != "" {
				t.User = user
			}
			if port != 0 {
				t.Port = port
			}
			return &t
		}
	}
	return &remote.Target{Name: host, Host: host, Port: port, User: firstOf(user, behind.SSH.User),
		KeyFiles: behind.SSH.KeyFiles, IdentitiesOnly: behind.SSH.IdentitiesOnly, Jump: before,
		KnownHosts: behind.SSH.UserKnownHostsFile, HostKeys: hostKeys(behind.SSH.StrictHostKeyChecking)}
}

// splitHop reads [user@]host[:port], as ssh_config's ProxyJump has it. A port
// that is not given is 0.
func splitHop(hop string) (user, host string, port int) {
	if at := strings.LastIndex(hop, "@"); at >= 0 {
		user, hop = hop[:at], hop[at+1:]
	}
	if h, p, err := net.SplitHostPort(hop); err == nil {
		if number, err := strconv.Atoi(p); err == nil {
			return user, h, number
		}
	}
	return user, strings.Trim(hop, "[]"), 0
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// hostKeys translates StrictHostKeyChecking. "ask" cannot ask a person in the
// middle of fifty nodes, so it refuses, as ssh does without a terminal.
func hostKeys(strict string) remote.HostKeyPolicy {
	switch strings.ToLower(strict) {
	case "accept-new":
		return remote.AcceptNew
	case "no", "off":
		return remote.Insecure
	}
	return remote.Strict
}
