package listing

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"dcosup/inventory"
	"dcosup/inventory/pyliteral"
	"dcosup/secret"
)

// Graph is what `ansible-inventory --graph` prints: the groups from one on, with
// their hosts and, if asked for, the variables of both.
func Graph(inv *inventory.Inventory, from *inventory.Group, o Options) string {
	g := graph{writer: newWriter(inv, o)}
	g.group(from, 0)
	return strings.Join(g.lines, "\n") + "\n"
}

type graph struct {
	writer
	lines []string
}

func (g *graph) line(depth int, text string) {
	if depth > 0 {
		text = strings.Repeat("  |", depth) + "--" + text
	}
	g.lines = append(g.lines, text)
}

func (g *graph) group(of *inventory.Group, depth int) {
	g.line(depth, "@"+of.Name+":")
	depth++
	for _, child := range of.Children() {
		g.group(child, depth)
	}
	if of.Name != "all" {
		for _, h := range g.hosts(of.DirectHosts()) {
			g.line(depth, h.Name)
			if g.Vars {
				g.vars(g.hostVars(h), depth+1)
			}
		}
	}
	if g.Vars {
		g.vars(g.groupVars(of), depth)
	}
}

// vars writes variables as Python would print them.
func (g *graph) vars(vars object, depth int) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		text := ""
		switch v := vars[name].(inventory.Value); d := v.Data.(type) {
		case string:
			text = d
		default:
			text = pyRepr(v)
		}
		g.line(depth, fmt.Sprintf("{%s = %s}", name, text))
	}
}

// pyRepr is a value as Python writes it.
func pyRepr(v inventory.Value) string {
	if _, ok := v.Envelope(); ok {
		return secret.Hidden // Ansible decrypts it here, and shows it
	}
	if n, ok := v.YAML.(*big.Int); ok {
		return n.String()
	}
	switch d := v.Data.(type) {
	case string:
		return pyliteral.Quoted(d)
	case nil:
		return "None"
	case []inventory.Value:
		items := make([]string, len(d))
		for i, item := range d {
			items[i] = pyRepr(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *inventory.Map:
		others := d.NonTextKeys()
		var items []string
		for _, key := range d.Keys() {
			item, _ := d.Get(key)
			name := pyliteral.Quoted(key)
			if slices.Contains(others, key) {
				name = pyKey(key)
			}
			items = append(items, name+": "+pyRepr(item))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	text, _ := v.Text()
	return text
}

// pyKey is a key that is no text.
func pyKey(key string) string {
	switch key {
	case "true":
		return "True"
	case "false":
		return "False"
	case "null":
		return "None"
	}
	return key
}
