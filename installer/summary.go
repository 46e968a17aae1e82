package installer

import (
	"strings"
	"time"

	"dcosup/inventory"
	"dcosup/roles"
)

// unreachable are the failures of nodes that could not be looked at.
func (r *Run) unreachable() []Failure {
	var failures []Failure
	for _, n := range r.Cluster.Nodes {
		if s := r.sight(n); s.Err != nil {
			failures = append(failures, failureOf(s.Err, n.Name, "discover"))
		}
	}
	return failures
}

// unmetNodes are the failures of nodes that do not meet a requirement: of the
// selected ones, and of the bootstrap node where something is to be installed
// from it. What apply would mend counts only if asked for: then nodes that
// cannot be reached count too, since a check that leaves one out proves nothing.
func (r *Run) unmetNodes(fixableToo bool) []Failure {
	var failures []Failure
	if fixableToo {
		failures = r.unreachable()
	}
	for _, n := range r.Cluster.Nodes {
		var counted []roles.Finding
		matters := n.Selected || n.Role == inventory.RoleBootstrap && needsInstall(r.Cluster, r.found)
		for _, f := range r.sight(n).Findings {
			if matters && (fixableToo || !f.Fixable && !r.rebootHelps(n, f)) {
				counted = append(counted, f)
			}
		}
		if err := unmet(counted); err != nil {
			failures = append(failures, failureOf(err, n.Name, "check"))
		}
	}
	return failures
}

// rebootHelps tells whether a finding is one that the run reboots the node for.
func (r *Run) rebootHelps(n *inventory.Node, f roles.Finding) bool {
	return r.Reboot && f.Reboot && r.found.keepsFromReboot(n) == ""
}

// summary says where every node stands, and what to type next.
func (r *Run) summary(command string, failures []Failure) Summary {
	s := Summary{Command: command, Cluster: r.Cluster.Name, Failures: failures, ExitCode: exitCode(failures),
		OK: len(failures) == 0, Seconds: time.Since(r.began).Seconds()}
	for _, n := range r.Cluster.Nodes {
		node := r.nodeResult(command, n, failures)
		s.Changes += node.Changes
		s.Nodes = append(s.Nodes, node)
	}
	if r.health != nil && r.health.Healthy && len(r.Cluster.Masters()) > 0 {
		s.URL = "http://" + r.Cluster.Masters()[0].SSH.Host + "/"
	}
	s.Next, s.NextWhy = r.next(s)
	return s
}

func (r *Run) nodeResult(command string, n *inventory.Node, failures []Failure) NodeResult {
	sight := r.sight(n)
	res := NodeResult{Name: n.Name, Role: n.Role, Address: r.wanted.Addresses[n.Name], Changes: r.changes(n)}
	failed := failureAt(failures, n.Name)
	switch {
	case failed.Kind == KindUnreachable:
		res.State, res.Detail = Unreachable, firstLine(failed.Message)
	case failed.Kind != "":
		res.State, res.Detail = stateOf(failed, sight), firstLine(failed.Message)
	case !n.Selected:
		res.State, res.Detail = LeftOut, "not selected by --limit"
	case r.found.Nodes == nil:
		res.State, res.Detail = LeftOut, "not looked at"
	case n.Role == inventory.RoleBootstrap:
		res.State, res.Detail = Ready, "serves nothing now"
		if r.serves(n) {
			res.Detail = "serves the install files"
		}
		res.Detail += r.putBack(n)
	default:
		res.State, res.Detail = r.dcosState(command, n, sight)
	}
	return res
}

// serves tells whether the bootstrap node serves the install files now.
func (r *Run) serves(b *inventory.Node) bool {
	if r.ended(stepID(ActStopServe, b.Name)) || r.ended(stepID(ActForget, b.Name)) {
		return false
	}
	return r.found.Bootstrap.Serving || r.ended(stepID(ActServe, b.Name))
}

// dcosState is where a master or agent stands that nothing went wrong on.
func (r *Run) dcosState(command string, n *inventory.Node, sight Sight) (NodeState, string) {
	if r.health != nil {
		for _, h := range r.health.Nodes {
			if h.Name == n.Name && h.Healthy {
				return Healthy, "DC/OS " + r.health.Version
			}
		}
	}
	switch {
	case command == "reset" && r.ended(stepID(ActUninstall, n.Name)):
		return Absent, "DC/OS was removed" + r.putBack(n)
	case command == "reset" && r.ended(stepID(ActRestore, n.Name)):
		return Absent, "DC/OS is not installed" + r.putBack(n)
	case r.ended(stepID(ActInstall, n.Name)):
		return Ready, "DC/OS is installed; its health was not proven"
	case sight.Facts.DCOS.State == roles.DCOSInstalled:
		return Ready, "DC/OS " + sight.Facts.DCOS.Version + " is installed"
	case command == "check":
		return Ready, "meets the requirements"
	case command == "apply":
		return LeftOut, "its turn never came"
	}
	return Absent, "DC/OS is not installed"
}

// putBack tells what a reset put back on a node.
func (r *Run) putBack(n *inventory.Node) string {
	if !r.ended(stepID(ActRestore, n.Name)) {
		return ""
	}
	return "; " + counted(len(r.sight(n).Facts.ToPutBack()), "change") + " of dcosup put back"
}

func stateOf(f Failure, sight Sight) NodeState {
	if f.Step != "status" {
		return Broken
	}
	if sight.Facts.DCOS.State == roles.DCOSInstalled {
		return Unhealthy
	}
	return Absent
}

// changes counts the node's steps that changed something. Serving, with what
// belongs to it, is the run's own scaffolding.
func (r *Run) changes(n *inventory.Node) int {
	count := 0
	for _, s := range r.plan.Steps {
		scaffold := s.Action == ActCopySelf || s.Action == ActServe || s.Action == ActStopServe
		if s.Node == n.Name && !scaffold && r.outcome(s.ID) == Changed {
			count++
		}
	}
	return count
}

func (r *Run) outcome(id string) Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.results[id].Outcome
}

// ended tells whether a step ended well.
func (r *Run) ended(id string) bool {
	o := r.outcome(id)
	return o == Changed || o == Unchanged
}

func failureAt(failures []Failure, node string) Failure {
	for _, f := range failures {
		if f.Node == node {
			return f
		}
	}
	return Failure{}
}

// next is the one command that a person would type now.
func (r *Run) next(s Summary) (command, why string) {
	flags := ""
	if r.Flags != "" {
		flags = " " + r.Flags
	}
	switch {
	case !s.OK && s.ExitCode == KindUsage.ExitCode():
		return "", ""
	case !s.OK && s.Command == "check":
		if len(r.unmetNodes(false)) == 0 && s.ExitCode == KindPrerequisite.ExitCode() {
			return "dcosup apply" + flags, "fixes what is missing, then installs"
		}
		return "dcosup check" + flags, "when the findings above are dealt with"
	case !s.OK && s.Command == "status", s.ExitCode == KindUnreachable.ExitCode() && s.Command == "plan":
		return "dcosup apply" + flags, "does what is left"
	case !s.OK:
		return "dcosup " + s.Command + r.chosen() + flags, "does what is left, when the cause is dealt with"
	case s.Command == "check" && needsInstall(r.Cluster, r.found), s.Command == "plan" && r.plan.Changes():
		return "dcosup apply" + flags, "installs"
	case s.Command == "check", s.Command == "plan", s.Command == "apply":
		return "dcosup status" + flags, "asks the cluster at any time"
	}
	return "", ""
}

// chosen are the flags of what was chosen, to be repeated.
func (r *Run) chosen() string {
	words := ""
	if r.Reboot {
		words += " --reboot"
	}
	if r.Restore {
		words += " --restore"
	}
	return words
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
