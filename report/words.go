package report

import (
	"fmt"
	"slices"
	"strings"

	"dcosup/installer"
	"dcosup/inventory"
)

// headerText is the first that a person sees of a run: the command, the
// cluster, and how many nodes of each role.
func headerText(e installer.Event, o TableOptions) string {
	p := o.pen()
	var roles []string
	for _, r := range rolesOf(e.Nodes) {
		n := 0
		for _, node := range e.Nodes {
			if node.Role == r {
				n++
			}
		}
		roles = append(roles, count(n, joinFilled(" ", p.clean(string(r)))))
	}
	sep := " " + p.symbol(symDot) + " "
	parts := []string{"dcosup " + p.clean(e.Command)}
	if e.Cluster != "" {
		parts = append(parts, p.clean(e.Cluster))
	}
	parts = append(parts, strings.Join(roles, ", "))
	var b strings.Builder
	for _, line := range wrap(joinFilled(sep, parts...), o.width()) {
		b.WriteString(p.paint(bold, line) + "\n")
	}
	return b.String()
}

func rolesOf(nodes []installer.NodeName) []inventory.Role {
	known := []inventory.Role{inventory.RoleBootstrap, inventory.RoleMaster,
		inventory.RoleAgent, inventory.RolePublicAgent}
	roles := slices.DeleteFunc(slices.Clone(known), func(r inventory.Role) bool {
		return !slices.ContainsFunc(nodes, func(n installer.NodeName) bool { return n.Role == r })
	})
	for _, n := range nodes {
		if !slices.Contains(roles, n.Role) {
			roles = append(roles, n.Role)
		}
	}
	return roles
}

// foundText says in a line what was found on a node.
func foundText(n NodeFindings) string {
	if n.Failure != nil {
		return "could not be looked at"
	}
	var t tally
	t.add(n.Findings, 1)
	if t.fail+t.warn == 0 {
		return fmt.Sprintf("found: all %s in order", count(t.pass, "requirement"))
	}
	text := fmt.Sprintf("found: %d fail, %d warn, %d pass", t.fail, t.warn, t.pass)
	if t.fixable > 0 {
		text += fmt.Sprintf("; apply mends %d of them", t.fixable)
	}
	return text
}

// endedText says in a line how a step ended.
func endedText(e installer.Event, s *stepState) string {
	title := e.Step
	if s != nil {
		title = s.title
	}
	outcome := string(e.Outcome)
	if e.Outcome == installer.Changed || e.Outcome == installer.Unchanged {
		outcome = "done" // to a waiting person both are good news
	}
	text := outcome + ": " + title
	if e.Outcome != installer.Skipped && e.Outcome != installer.Cancelled {
		text += " (" + floatSeconds(e.Seconds) + ")"
	}
	if e.Message != "" && e.Failure == nil { // a failure says it itself
		text += ": " + firstLine(e.Message)
	}
	return text
}

// endingText ends a run: what its command is for, its failures by cause, its
// verdict, and what to type next.
func (t *teller) endingText(m *model, s *installer.Summary, o TableOptions) string {
	var parts []string
	if m.command == "check" {
		parts = append(parts, CheckTable(m.found, o))
	}
	if s != nil {
		failures := s.Failures
		switch m.command {
		case "check": // its table shows requirements and nodes
			failures = slices.DeleteFunc(slices.Clone(failures), func(f installer.Failure) bool {
				return f.Kind == installer.KindPrerequisite || t.told(f)
			})
		case "plan":
		default:
			parts = append(parts, nodesText(s.Nodes, o))
		}
		parts = append(parts, t.causesText(failures, o), closing(*s, o))
	}
	if text := joinFilled("\n", parts...); text != "" {
		return "\n" + text
	}
	return ""
}

// teller shows each failure at once: whole when its cause is new, and as a
// line when the same has been shown for another node.
type teller struct{ shown map[causeKey]string }

func newTeller() *teller { return &teller{shown: map[causeKey]string{}} }

// told reports whether the cause of a failure has been shown whole.
func (t *teller) told(f installer.Failure) bool {
	_, known := t.shown[keyOf(f)]
	return known
}

func (t *teller) failure(f installer.Failure, m *model, o TableOptions) string {
	key := keyOf(f)
	if s := m.steps[f.Step]; s != nil {
		f.Step = s.title
	}
	first, known := t.shown[key]
	if !known {
		t.shown[key] = f.Node
		return FailureText(f, o)
	}
	p := o.pen()
	text := p.symbol(symFailed) + " " + p.clean(joinFilled(": ", f.Node, f.Step, "as on "+first))
	line := p.paint(red, text)
	if o.LogDir != "" {
		line += p.paint(dim, "  "+p.clean(LogPath(o.LogDir, f.Node)))
	}
	return line + "\n"
}
