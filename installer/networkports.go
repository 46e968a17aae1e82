package installer

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"dcosup/inventory"
	"dcosup/roles"
)

//go:embed scripts/ports-try.sh
var portsTryScript string

// tryPorts has all nodes open their sockets, and then try those of the others.
func (t *network) tryPorts(ctx context.Context) {
	t.tell("%d ways between %d nodes are tried", len(t.paths), len(t.taking))
	t.each(t.taking, func(n *inventory.Node) { t.open(ctx, n, t.ports(n.Name)) })
	t.each(t.taking, func(n *inventory.Node) { t.try(ctx, n) })
}

// ports are those that a node opens: what somebody tries, and nothing holds.
func (t *network) ports(name string) []string {
	var ports []string
	for _, p := range t.paths {
		port := fmt.Sprintf("%s/%d", p.Proto, p.Port)
		if p.To == name && p.Proto != "icmp" && !t.taken(p) && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports
}

// way is a path as the scripts name it.
func (t *network) way(p roles.Path) string {
	return fmt.Sprintf("%s/%s/%d", p.Proto, t.address(p.To), p.Port)
}

// try has a node try its ways to the others.
func (t *network) try(ctx context.Context, n *inventory.Node) {
	args := []string{t.address(n.Name)}
	for _, p := range t.paths {
		if p.From == n.Name {
			args = append(args, t.way(p))
		}
	}
	if len(args) == 1 {
		return
	}
	answer, err := t.script(ctx, n, "try ports of other nodes", portsTryScript, args)
	if err != nil {
		return
	}
	said, err := parseTried(answer)
	if err != nil {
		t.note(n, fmt.Errorf("try ports of other nodes: %w", err))
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said[n.Name] = said
}

// parseTried reads the answer of ports-try.sh.
func parseTried(answer string) (map[string]roles.Reach, error) {
	said := map[string]roles.Reach{}
	lines, err := wholeLines(answer)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		way, reach, ok := strings.Cut(line, " ")
		known := []roles.Reach{roles.Open, roles.Silent, roles.Refused, roles.Unreachable, sent}
		if !ok || !slices.Contains(known, roles.Reach(reach)) {
			return nil, senseless(line)
		}
		said[way] = roles.Reach(reach)
	}
	return said, nil
}

// sent is what a node says of UDP: it cannot know what became of it.
const sent roles.Reach = "sent"

// results puts together what both ends say.
func (t *network) results() []roles.Tried {
	var tried []roles.Tried
	for _, p := range t.paths {
		reach, has := t.said[p.From][t.way(p)]
		deaf := t.deaf[p.To] && p.Proto != "icmp"
		switch {
		case !has, deaf && !t.taken(p):
			reach = roles.Untried
		case reach == sent && t.taken(p):
			reach = roles.Untried // whoever holds it heard us, or not
		case reach == sent && slices.Contains(t.heard[p.To], t.address(p.From)):
			reach = roles.Open
		case reach == sent:
			reach = roles.Silent
		}
		tried = append(tried, roles.Tried{Path: p, Reach: reach})
	}
	return tried
}
