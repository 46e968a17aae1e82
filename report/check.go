package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"dcosup/installer"
)

// NodeFindings is what was found on one node; Failure, when it could not be
// looked at.
type NodeFindings struct {
	Node     installer.NodeName
	Findings []installer.CheckedFinding
	Failure  *installer.Failure
}

// The words of CheckedFinding.Status.
const (
	statusOff  = "off"
	statusPass = "pass"
	statusWarn = "warn"
	statusFail = "fail"
)

// findingsOf reads what a node-found event tells. It takes the words, not the
// roles.Finding beside them: an event that was read back from JSON has no more.
func findingsOf(e installer.Event) NodeFindings {
	return NodeFindings{
		Node:     installer.NodeName{Name: e.Node, Role: e.Role},
		Findings: e.Findings,
		Failure:  e.Failure,
	}
}

// tally counts the findings of one or more nodes.
type tally struct{ pass, off, warn, fail, fixable int }

// add counts each finding n times: 1 to add them, -1 to take them away.
func (t *tally) add(findings []installer.CheckedFinding, n int) {
	for _, f := range findings {
		switch f.Status {
		case statusPass:
			t.pass += n
			continue
		case statusOff:
			t.off += n
			continue
		case statusWarn:
			t.warn += n
		default:
			t.fail += n
		}
		if f.Fix != "" {
			t.fixable += n
		}
	}
}

// verdict is a finding that one or more nodes share.
type verdict struct {
	finding installer.CheckedFinding
	nodes   []string
}

// rank orders verdicts, the worst first: what a person must mend, what apply
// will mend, warnings, what is off by the inventory's word, what is in order.
func (v verdict) rank() int {
	switch {
	case v.finding.Status == statusPass:
		return 4
	case v.finding.Status == statusOff:
		return 3
	case v.finding.Status == statusWarn:
		return 2
	case v.finding.Fix != "":
		return 1
	}
	return 0
}

// group joins equal findings of several nodes. Verdicts of one rank stay in
// the order in which their findings came.
func group(nodes []NodeFindings) []verdict {
	var verdicts []verdict
	index := map[installer.CheckedFinding]int{}
	for _, n := range nodes {
		findings := n.Findings
		if n.Failure != nil {
			findings = []installer.CheckedFinding{unseen(*n.Failure)}
		}
		for _, f := range findings {
			i, known := index[f]
			if !known {
				i = len(verdicts)
				index[f] = i
				verdicts = append(verdicts, verdict{finding: f})
			}
			verdicts[i].nodes = append(verdicts[i].nodes, n.Node.Name)
		}
	}
	slices.SortStableFunc(verdicts, func(a, b verdict) int { return cmp.Compare(a.rank(), b.rank()) })
	return verdicts
}

// unseen is the finding for a node that could not be looked at.
func unseen(f installer.Failure) installer.CheckedFinding {
	return installer.CheckedFinding{
		Requirement: "reachable", Title: "the node can be looked at", Status: statusFail,
		Found: firstLine(withoutName(f.Message, f.Node)), Hint: f.Hint,
	}
}

// CheckTable renders requirements against nodes: the worst first, equal
// findings of several nodes together, what is in order as a count unless
// o.All. The last line counts.
func CheckTable(nodes []NodeFindings, o TableOptions) string {
	var b strings.Builder
	for _, v := range group(nodes) {
		switch {
		case v.finding.Status != statusPass:
			writeVerdict(&b, v, len(nodes), o)
		case o.All:
			writePass(&b, v, len(nodes), o)
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	paragraph(&b, "", checkCounts(nodes), o.width())
	return b.String()
}

// writeVerdict writes a finding that is not in order as a block of lines. Its id
// is there for --only, --skip and dcos_requirements.
func writeVerdict(b *strings.Builder, v verdict, all int, o TableOptions) {
	p, f := o.pen(), v.finding
	writeHead(b, f, f.Title, o)
	lines := [][2]string{{"on", p.which(v.nodes, all, o.All)}, {"found", p.clean(f.Found)}, {"needed", p.clean(f.Need)}}
	if o.Why {
		lines = append(lines, [2]string{"why", p.clean(f.Why)})
	}
	who, what := remedy(f)
	lines = append(lines, [2]string{who, what}, [2]string{"policy", p.clean(f.Reason)})
	for _, l := range lines {
		if l[1] != "" {
			paragraph(b, "      "+pad(l[0], 8), l[1], o.width())
		}
	}
}

// writePass writes what is in order in a sentence.
func writePass(b *strings.Builder, v verdict, all int, o TableOptions) {
	p, f := o.pen(), v.finding
	text := f.Title + ": " + f.Found
	if len(v.nodes) != all {
		text += " (" + p.which(v.nodes, all, o.All) + ")"
	}
	writeHead(b, f, text, o)
}

// writeHead writes a finding's status and id, and a text behind them.
func writeHead(b *strings.Builder, f installer.CheckedFinding, text string, o TableOptions) {
	p := o.pen()
	if f.Requirement != "" {
		text = f.Requirement + ": " + text
	}
	for i, line := range wrap(p.clean(text), o.width()-6) {
		if i == 0 {
			b.WriteString(p.paint(statusStyle(f.Status), pad(p.clean(f.Status), 4)))
		} else {
			b.WriteString("    ")
		}
		b.WriteString("  " + line + "\n")
	}
}

func statusStyle(status string) style {
	switch status {
	case statusPass:
		return green
	case statusOff:
		return dim
	case statusWarn:
		return yellow
	}
	return red
}

// remedy says what becomes of a finding that is not in order: what apply will
// do, or what is left to a person.
func remedy(f installer.CheckedFinding) (who, what string) {
	switch {
	case f.Status == statusPass, f.Status == statusOff:
		return "", ""
	case f.Fix != "":
		return "apply", "will " + clean(f.Fix)
	case f.Reboot:
		return "to do", "needs a reboot: " + clean(f.Hint)
	case f.Hint != "":
		return "to do", clean(f.Hint)
	}
	return "", ""
}

// which names nodes out of all, or says that it is all of them.
func (p pen) which(names []string, all int, every bool) string {
	if len(names) == all && all > 1 && !every {
		return fmt.Sprintf("all %d nodes", all)
	}
	return p.fit(p.nameList(cleanAll(names), every))
}

func cleanAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = clean(n)
	}
	return out
}

func joinFilled(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// checkCounts is the last line of the check's table.
func checkCounts(nodes []NodeFindings) string {
	var t tally
	unreachable := 0
	for _, n := range nodes {
		if n.Failure != nil {
			unreachable++
			continue
		}
		t.add(n.Findings, 1)
	}
	parts := []string{
		fmt.Sprintf("%d fail", t.fail), fmt.Sprintf("%d warn", t.warn), fmt.Sprintf("%d pass", t.pass),
	}
	if t.off > 0 {
		parts = append(parts, fmt.Sprintf("%d off", t.off))
	}
	if unreachable > 0 {
		parts = append([]string{count(unreachable, "node") + " could not be looked at"}, parts...)
	}
	line := count(len(nodes), "node") + ": " + strings.Join(parts, ", ")
	if t.fixable > 0 {
		line += fmt.Sprintf("; apply mends %d of them", t.fixable)
	}
	return line
}
