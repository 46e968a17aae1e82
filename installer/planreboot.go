package installer

import (
	"fmt"
	"os"
	"strings"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// reboot plans the reboot of a node that needs one, where that was chosen, and
// tells of nodes that need one and get none.
func (p *planner) reboot(n *inventory.Node) {
	needs := rebootNeeds(p.found.Nodes[n.Name].Findings)
	if !p.reached(n) || !p.touches(n) || needs == nil {
		return
	}
	names := strings.Join(needs, ", ")
	why := p.found.keepsFromReboot(n)
	if why == "" && !p.Reboot {
		why = "--reboot does it before anything is installed"
	}
	if why != "" {
		p.unmade = append(p.unmade, unmade{n.Name, names, why})
		return
	}
	p.add(Step{Stage: StagePrepare, Node: n.Name, Action: ActReboot, Title: "reboot, and look again", Why: "it needs one: " + names},
		stepID(ActFix, n.Name), p.mastersReboot(n))
}

// unmade is a reboot that is due and not made.
type unmade struct{ node, needs, why string }

// tellUnmade tells of reboots that are not made, nodes with the same lot together.
func (p *planner) tellUnmade() {
	nodes := map[unmade][]string{}
	for _, u := range p.unmade {
		lot := unmade{needs: u.needs, why: u.why}
		nodes[lot] = append(nodes[lot], u.node)
	}
	for _, u := range p.unmade {
		lot := unmade{needs: u.needs, why: u.why}
		if nodes[lot] != nil {
			p.note(fmt.Sprintf("A reboot is due on %s (%s): %s.", few(nodes[lot]), lot.needs, lot.why))
			delete(nodes, lot)
		}
	}
}

// mastersReboot is what the reboot of a master waits for: that of the master before it
// has succeeded. The masters of a cluster are never away together.
func (p *planner) mastersReboot(n *inventory.Node) string {
	last := ""
	if n.Role == inventory.RoleMaster {
		for _, m := range p.cluster.Masters() {
			if id := stepID(ActReboot, m.Name); m != n && p.has(id) {
				last = id
			}
		}
	}
	return last
}

// prepared is the step after which a node has all that it needs; "" if it has it now.
func (p *planner) prepared(node string) string {
	for _, a := range []Action{ActReboot, ActFix} {
		if id := stepID(a, node); p.has(id) {
			return id
		}
	}
	return ""
}

// rebootNeeds are the requirements that a reboot can meet.
func rebootNeeds(findings []roles.Finding) (ids []string) {
	for _, f := range findings {
		if f.Reboot && (f.Status == roles.Fail || f.Status == roles.Warn) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// keepsFromReboot says why a node is not rebooted whatever it needs; "" if it may be.
func (d Discovery) keepsFromReboot(n *inventory.Node) string {
	s := d.Nodes[n.Name]
	switch {
	case isThisMachine(n, s.Facts, d.Here):
		return "dcosup runs there and does not reboot it; do it by hand, then run the same command again"
	case s.Facts.DCOS.State == roles.DCOSInstalled:
		return "DC/OS is there, so dcosup does not; do it by hand when the tasks may end, one node after another"
	case s.Facts.DCOS.State == roles.DCOSPartial || s.Install.Phase == remote.JobRunning:
		return "an installation of DC/OS was begun there, so dcosup does not"
	case strings.Trim(s.Facts.Reboot.Boot, "/") == "":
		return "one boot cannot be told from the next there; do it by hand"
	}
	return ""
}

// isThisMachine tells whether dcosup runs on a node: here is this machine's boot.
func isThisMachine(n *inventory.Node, f roles.Facts, here string) bool {
	return n.SSH.Local || f.Reboot.Boot != "" && f.Reboot.Boot == here
}

// bootHere is this machine's boot as roles/probe_boot.sh tells a node's; "" where
// there is none that a node could have.
func bootHere() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	stat, err2 := os.ReadFile("/proc/1/stat")
	if err != nil || err2 != nil {
		return ""
	}
	// What follows the name in parentheses begins with the third field; the 22nd is when the process began.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 20 {
		return ""
	}
	return strings.TrimSpace(string(id)) + "/" + fields[19]
}
