package report

import (
	"fmt"

	"dcosup/installer"
)

// InventoryText shows a cluster as its inventory describes it: nodes, settings,
// and where each comes from.
func InventoryText(d installer.Description, o TableOptions) string {
	p := o.pen()
	var nodes, settings [][]cell
	for _, n := range d.Nodes {
		address := cell{p.clean(n.Address), plain}
		if n.Address == "" {
			address = cell{"asked at the node", dim}
		}
		nodes = append(nodes, []cell{{p.clean(n.Name), plain}, {p.clean(string(n.Role)), plain}, address, {p.clean(n.Host), plain}, {p.clean(n.From), dim}})
	}
	for _, s := range d.Settings {
		settings = append(settings, []cell{{p.clean(s.Key), plain}, {p.clean(s.Value), plain}, {p.clean(s.From), dim}})
	}
	head := p.paint(bold, p.clean(fmt.Sprintf("%s, %s, %s", d.Cluster, d.Release, count(len(d.Nodes), "node")))) + "\n"
	return joinFilled("\n", head,
		drawTable(p, []column{{title: "node", min: 8}, {title: "role", min: 8}, {title: "address", min: 10}, {title: "reached at", min: 10}, {title: "from", min: 8, leaves: 1}}, nodes, o.width()),
		drawTable(p, []column{{title: "setting", min: 16}, {title: "value", min: 12}, {title: "from", min: 10}}, settings, o.width()))
}
