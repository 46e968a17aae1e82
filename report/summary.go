package report

import (
	"fmt"
	"strings"

	"dcosup/installer"
)

// SummaryText renders the end of a run: the table of nodes, the failures
// grouped by cause, one line that says how it went, the cluster's address, and
// the one command to type next.
func SummaryText(s installer.Summary, o TableOptions) string {
	none := newTeller()
	return joinFilled("\n", nodesText(s.Nodes, o), none.causesText(s.Failures, o), closing(s, o))
}

// longTable is the number of nodes from which those that are well are counted
// instead of listed.
const longTable = 40

func nodesText(nodes []installer.NodeResult, o TableOptions) string {
	if len(nodes) == 0 {
		return ""
	}
	p := o.pen()
	listed, counted := nodes, ""
	if len(nodes) > longTable && !o.All {
		listed, counted = splitWell(nodes)
	}
	var rows [][]cell
	for _, n := range listed {
		rows = append(rows, []cell{
			{p.clean(n.Name), plain}, {p.clean(string(n.Role)), plain},
			{p.clean(n.Address), plain}, {p.clean(string(n.State)), stateStyle(n.State)},
			{changesText(n.Changes), plain}, {p.clean(n.Detail), plain},
		})
	}
	var b strings.Builder
	if len(rows) > 0 {
		columns := []column{
			{title: "node", min: 10}, {title: "role", min: 12, leaves: 3}, {title: "address", min: 15, leaves: 1},
			{title: "state", min: 11}, {title: "changes", min: 7, leaves: 2}, {title: "detail", min: 12},
		}
		b.WriteString(drawTable(p, columns, rows, o.width()))
	}
	b.WriteString(counted)
	return b.String()
}

func changesText(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// splitWell returns the nodes that need a look, and a line for each sort of
// those that do not.
func splitWell(nodes []installer.NodeResult) (listed []installer.NodeResult, counted string) {
	type sort struct{ role, state string }
	var order []sort
	counts := map[sort]int{}
	for _, n := range nodes {
		if n.State != installer.Healthy && n.State != installer.Ready {
			listed = append(listed, n)
			continue
		}
		key := sort{string(n.Role), string(n.State)}
		if counts[key]++; counts[key] == 1 {
			order = append(order, key)
		}
	}
	for _, k := range order {
		counted += fmt.Sprintf("%s %s\n", count(counts[k], joinFilled(" ", k.role, "node")), k.state)
	}
	return listed, counted
}

func stateStyle(s installer.NodeState) style {
	switch s {
	case installer.Healthy, installer.Ready:
		return green
	case installer.Unhealthy, installer.Broken, installer.Unreachable:
		return red
	case installer.LeftOut:
		return yellow
	}
	return plain
}

// causesText shows each cause once, with its nodes. What was told in full when
// it happened is only named again, with what to do.
func (t *teller) causesText(failures []installer.Failure, o TableOptions) string {
	p := o.pen()
	var b strings.Builder
	for _, c := range causes(failures) {
		first := c.Failures[0]
		head := joinFilled(": ", p.fit(p.nameList(c.Nodes(), o.All)), p.clean(stepWords(first)))
		if head == "" {
			head = p.clean(string(c.Kind))
		}
		for i, line := range wrap(head, o.width()-2) {
			mark := "  "
			if i == 0 {
				mark = p.symbol(symFailed) + " "
			}
			b.WriteString(p.paint(red, mark+line) + "\n")
		}
		writeMessage(&b, c.message(), o)
		if t.told(first) {
			first = installer.Failure{Hint: first.Hint}
		}
		writeDetails(&b, first, o)
		for _, path := range logsOf(c, o) {
			b.WriteString(detail(p, "log", path))
		}
	}
	return b.String()
}

// logsOf names the logs of the first nodes of a cause, or of all with o.All.
func logsOf(c *CauseError, o TableOptions) []string {
	var paths []string
	for _, f := range c.Failures {
		if o.LogDir == "" || f.Node == "" || len(paths) == namesShown && !o.All {
			continue
		}
		paths = append(paths, LogPath(o.LogDir, f.Node))
	}
	return paths
}

// closing is the verdict on the run, and what to do next.
func closing(s installer.Summary, o TableOptions) string {
	p := o.pen()
	var b strings.Builder
	mark, color := p.symbol(symOK), green
	if !s.OK {
		mark, color = p.symbol(symFailed), red
	}
	for i, line := range wrap(verdictText(s), o.width()-2) {
		if i > 0 {
			mark = " "
		}
		b.WriteString(p.paint(color, mark+" "+line) + "\n")
	}
	if s.URL != "" {
		b.WriteString(detail(p, "open", s.URL))
	}
	if s.Next != "" {
		b.WriteString("  " + pad("next", labelWidth) + p.paint(bold, p.clean(s.Next)) + "\n")
	}
	if s.NextWhy != "" {
		paragraph(&b, "  "+pad("", labelWidth), p.clean(s.NextWhy), o.width())
	}
	return b.String()
}

func verdictText(s installer.Summary) string {
	what := clean(joinFilled(" of ", s.Command, s.Cluster))
	if what == "" {
		what = "run"
	}
	words := []string{what + " is done"}
	switch {
	case s.OK:
	case s.Command == "check":
		words[0] = what + " found what is not in order"
	default:
		words[0] = what + " failed"
		if n := failedNodes(s); n > 0 {
			words[0] = fmt.Sprintf("%s failed on %d of %s", what, n, count(len(s.Nodes), "node"))
		}
	}
	if s.Changes > 0 {
		words = append(words, count(s.Changes, "change"))
	} else if s.Command == "apply" {
		words = append(words, "nothing changed")
	}
	if s.Seconds > 0 {
		words = append(words, "in "+floatSeconds(s.Seconds))
	}
	return strings.Join(words, ", ")
}

func failedNodes(s installer.Summary) int {
	n := 0
	for _, r := range s.Nodes {
		if r.State == installer.Broken || r.State == installer.Unreachable || r.State == installer.Unhealthy {
			n++
		}
	}
	return n
}
