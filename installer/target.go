package installer

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"dcosup/inventory"
	"dcosup/remote"
)

// target says how to reach a node, in the terms of remote.
func target(c *inventory.Cluster, n *inventory.Node) remote.Target {
	t := login(n)
	t.Jump = way(c, n, nil)
	return t
}

// login is a node without the way to it.
func login(n *inventory.Node) remote.Target {
	return remote.Target{
		Name: n.Name, Host: n.SSH.Host, Port: n.SSH.Port, User: n.SSH.User,
		KeyFiles: n.SSH.KeyFiles, IdentitiesOnly: n.SSH.IdentitiesOnly,
		Local: n.SSH.Local, Become: become(n), KnownHosts: n.SSH.UserKnownHostsFile,
		HostKeys: hostKeys(n.SSH.StrictHostKeyChecking),
	}
}

// way is the last hop before a node, which holds the hops before itself; nil if
// the node is reached directly. behind are the nodes that this is on the way to.
func way(c *inventory.Cluster, n *inventory.Node, behind []*inventory.Node) *remote.Target {
	var last *remote.Target
	for _, h := range hops(n) {
		last = jump(c, append(slices.Clip(behind), n), h, last)
	}
	return last
}

// hop is one machine of a ProxyJump. A port that is not given is 0.
type hop struct {
	user, host string
	port       int
}

// hops are the machines on the way to a node. They end where they name the node
// itself: a ProxyJump that is written for all hosts is not meant for the bastion.
func hops(n *inventory.Node) []hop {
	var all []hop
	for _, text := range strings.Split(n.SSH.ProxyJump, ",") {
		if text = strings.TrimSpace(text); text == "" || strings.EqualFold(text, "none") {
			continue
		}
		h := splitHop(text)
		if (h.host == n.Name || h.host == n.SSH.Host) && (h.port == 0 || h.port == n.SSH.Port) {
			break
		}
		all = append(all, h)
	}
	return all
}

// jump is the target of one hop of ProxyJump: a node of the inventory, by name
// or address, with the settings that it has there; or else a stranger, to whom
// one logs in as to the node behind it. before is the hop before it; without
// one, a node of the inventory is reached as that says.
func jump(c *inventory.Cluster, behind []*inventory.Node, h hop, before *remote.Target) *remote.Target {
	for _, n := range c.Nodes {
		// Behind one address there can be many nodes, each with a port.
		there := h.host == n.SSH.Host && (h.port == 0 || h.port == n.SSH.Port)
		if n.SSH.Local || !there && h.host != n.Name || slices.Contains(behind, n) {
			continue
		}
		t := login(n)
		t.Become = remote.Become{}
		t.User = firstOf(h.user, t.User)
		t.Jump = before
		if before == nil {
			t.Jump = way(c, n, behind)
		}
		if h.port != 0 {
			t.Port = h.port
		}
		return &t
	}
	as := behind[len(behind)-1].SSH
	return &remote.Target{Name: h.host, Host: h.host, Port: h.port, User: firstOf(h.user, as.User),
		KeyFiles: as.KeyFiles, IdentitiesOnly: as.IdentitiesOnly, Jump: before,
		KnownHosts: as.UserKnownHostsFile, HostKeys: hostKeys(as.StrictHostKeyChecking)}
}

// splitHop reads [user@]host[:port] or ssh://[user@]host[:port], as ssh_config's
// ProxyJump has it.
func splitHop(text string) hop {
	var h hop
	text = strings.TrimPrefix(text, "ssh://")
	if at := strings.LastIndex(text, "@"); at >= 0 {
		h.user, text = text[:at], text[at+1:]
	}
	if host, p, err := net.SplitHostPort(text); err == nil {
		if number, err := strconv.Atoi(p); err == nil {
			h.host, h.port = host, number
			return h
		}
	}
	h.host = strings.Trim(text, "[]")
	return h
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

// become says how root's rights are got on a node.
func become(n *inventory.Node) remote.Become {
	if !n.SSH.Become {
		return remote.Become{}
	}
	return remote.Become{Method: remote.Sudo, Password: n.SSH.BecomePassword}
}
