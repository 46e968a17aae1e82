package installer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"dcosup/inventory"
	"dcosup/roles"
)

// MakeResetPlan removes DC/OS from every selected node that could be looked
// at, all at once, puts back what fixes changed, if that was chosen, and then
// removes what dcosup itself keeps there.
func MakeResetPlan(c *inventory.Cluster, d Discovery, o Choices) Plan {
	p := planner{cluster: c, found: d, Choices: o}
	for _, n := range c.Nodes {
		if !n.Selected || !p.reached(n) {
			continue
		}
		facts := d.Nodes[n.Name].Facts
		if n.Role != inventory.RoleBootstrap && facts.DCOS.State != roles.DCOSAbsent {
			p.add(Step{Stage: StageReset, Node: n.Name, Action: ActUninstall, Title: "remove DC/OS",
				Why: "DC/OS is " + string(facts.DCOS.State)})
		}
		if p.Restore {
			p.restore(n)
		}
		if n.Role == inventory.RoleBootstrap || len(facts.Jobs) > 0 {
			p.add(Step{Stage: StageReset, Node: n.Name, Action: ActForget, Title: "remove what dcosup keeps here",
				Settled: p.ifThere(stepID(ActRestore, n.Name))}, stepID(ActUninstall, n.Name))
		}
	}
	p.tellKept()
	return p.plan
}

// restore plans to put back what fixes changed on a node: never under DC/OS.
func (p *planner) restore(n *inventory.Node) {
	facts := p.found.Nodes[n.Name].Facts
	changes := facts.ToPutBack()
	uninstall := stepID(ActUninstall, n.Name)
	switch {
	case len(changes) == 0:
	case facts.DCOS.State != roles.DCOSAbsent && !p.has(uninstall):
		p.note(n.Name + " has DC/OS, which stays: what fixes changed there is not put back.")
	default:
		p.add(Step{Stage: StageReset, Node: n.Name, Action: ActRestore, Why: "fixes made them, and remembered how it was before",
			Title: fmt.Sprintf("put back %s of dcosup: %s", counted(len(changes), "change"), named(changes))}, uninstall)
	}
}

// ifThere is the step, if the plan has it.
func (p *planner) ifThere(id string) []string {
	if p.has(id) {
		return []string{id}
	}
	return nil
}

// tellKept tells what of fixes stays on nodes: packages, and without Restore all.
func (p *planner) tellKept() {
	var changed []string
	packages := map[string][]string{} // nodes by packages
	for _, n := range p.cluster.Nodes {
		facts := p.found.Nodes[n.Name].Facts
		if !n.Selected || !p.reached(n) {
			continue
		}
		if len(facts.ToPutBack()) > 0 {
			changed = append(changed, n.Name)
		} else if len(facts.Changes) > 0 {
			var names []string
			for _, c := range facts.Changes {
				names = append(names, c.Key)
			}
			slices.Sort(names)
			key := strings.Join(names, ", ")
			packages[key] = append(packages[key], n.Name)
		}
	}
	if !p.Restore && changed != nil {
		p.note("What fixes changed stays, and stays remembered, on " + few(changed) + ": dcosup reset --restore puts it back, now or later.")
	}
	for _, key := range slices.Sorted(maps.Keys(packages)) {
		if p.Restore {
			p.note("Packages that fixes installed stay on " + few(packages[key]) + ": " + key + ".")
		}
	}
}

// few names things, the first of them if they are many.
func few(names []string) string {
	const most = 6
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most-1], ", "), len(names)-most+1)
	}
	return strings.Join(names, ", ")
}

// named names changes.
func named(changes []roles.Change) string {
	var names []string
	for _, c := range changes {
		names = append(names, c.String())
	}
	return few(names)
}

// counted is "1 change" or "6 changes".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
