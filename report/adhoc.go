package report

import (
	"fmt"
	"strings"
	"time"

	"dcosup/adhoc"
	"dcosup/installer"
	"dcosup/remote"
)

// stageColumns are the stages of a ping that have a column of their own.
var stageColumns = []remote.Stage{remote.StageDial, remote.StageHandshake, remote.StageAuth, remote.StageSession, remote.StageBecome, remote.StageSFTP}

// PingTable shows how far each node could be reached: how long each stage took,
// and below the table what went wrong, once for all nodes that it went wrong on.
func PingTable(pinged []adhoc.Pinged, o TableOptions) string {
	p := o.pen()
	columns := []column{{title: "node", min: 8}, {title: "address", min: 8}}
	for _, s := range stageColumns {
		columns = append(columns, column{title: string(s), min: 5})
	}
	var rows [][]cell
	for _, n := range pinged {
		row := []cell{{p.clean(n.Node), plain}, {p.clean(n.Address), plain}}
		for _, s := range stageColumns {
			row = append(row, p.stage(n.Checks, s))
		}
		rows = append(rows, row)
	}
	alignRight(rows, 2)
	return withFailures(drawTable(p, columns, rows, o.width()), pingFailures(pinged), o)
}

// stage is one field of a ping: how long the stage took, or that it failed. Stages
// without a column stand where the next one with one would.
func (p pen) stage(checks []remote.Check, s remote.Stage) cell {
	shownAt := map[remote.Stage]remote.Stage{remote.StageResolve: remote.StageDial, remote.StageJump: remote.StageDial, remote.StageHostKey: remote.StageHandshake}
	for _, check := range checks {
		at := check.Stage
		if other, ok := shownAt[at]; ok {
			at = other
		}
		switch {
		case at != s || check.Err == nil && at != check.Stage:
		case check.Err != nil && s == remote.StageSFTP:
			return cell{"none", yellow}
		case check.Err != nil && check.Stage == s:
			return cell{"failed", red}
		case check.Err != nil:
			return cell{string(check.Stage), red}
		default:
			return cell{milliseconds(check.Took), green}
		}
	}
	return cell{}
}

// alignRight makes the cells of each column from the first one on as wide as its widest number, so that numbers stand
// below each other as such.
func alignRight(rows [][]cell, first int) {
	if len(rows) == 0 {
		return
	}
	for i := first; i < len(rows[0]); i++ {
		width := 0
		for _, row := range rows {
			if strings.HasSuffix(row[i].text, " ms") {
				width = max(width, len(row[i].text))
			}
		}
		for _, row := range rows {
			if strings.HasSuffix(row[i].text, " ms") {
				row[i].text = strings.Repeat(" ", width-len(row[i].text)) + row[i].text
			}
		}
	}
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

// pingFailures are the stages that failed.
func pingFailures(pinged []adhoc.Pinged) (failures []adhocFailure) {
	for _, n := range pinged {
		if check, failed := n.Failure(); failed {
			failures = append(failures, adhocFailure{n.Node, check.Err})
		}
	}
	return failures
}

// adhocFailure is why one node did not do what was asked.
type adhocFailure struct {
	node string
	err  error
}

// withFailures is what is shown, and below it the failures, those with equal words under one head.
func withFailures(shown string, failures []adhocFailure, o TableOptions) string {
	type group struct {
		failure installer.Failure
		nodes   []string
	}
	var groups []*group
	byText := map[string]*group{}
	for _, f := range failures {
		described := installer.Describe(f.err, f.node)
		described.Node = ""
		key := described.Message + "\n" + described.Hint
		if byText[key] == nil {
			byText[key] = &group{failure: described}
			groups = append(groups, byText[key])
		}
		byText[key].nodes = append(byText[key].nodes, f.node)
	}
	var b strings.Builder
	for i, g := range groups {
		f := g.failure
		if f.Node = strings.Join(g.nodes, ", "); len(g.nodes) > 1 {
			f.Node = fmt.Sprintf("%d nodes: %s", len(g.nodes), f.Node)
		}
		if i > 0 || shown != "" {
			b.WriteString("\n")
		}
		b.WriteString(FailureText(f, o))
	}
	return shown + b.String()
}

// HostKeyTable shows host keys and what is known of them.
func HostKeyTable(met []adhoc.Met, o TableOptions) string {
	p := o.pen()
	columns := []column{{title: "node", min: 8}, {title: "known as", min: 8}, {title: "type", min: 7}, {title: "fingerprint", min: 50}, {title: "state", min: 7}}
	var rows [][]cell
	var failures []adhocFailure
	for _, m := range met {
		if m.Err != nil {
			failures = append(failures, adhocFailure{m.Target.Name, m.Err})
			continue
		}
		for _, k := range m.Keys {
			rows = append(rows, []cell{{p.clean(m.Target.Name), plain}, {p.clean(k.Name), plain}, {k.Type, plain}, {k.Fingerprint, plain}, keyState(k)})
		}
	}
	text := ""
	if len(rows) > 0 {
		// A fingerprint is compared as a whole: it is not wrapped.
		text = drawTable(p, columns, rows, max(o.width(), 160))
	}
	return withFailures(text, failures, o)
}

func keyState(k remote.HostKey) cell {
	where := ""
	if len(k.Known) > 0 && k.Known[0].Line > 0 {
		where = fmt.Sprintf(" (%s:%d)", k.Known[0].File, k.Known[0].Line)
	}
	switch k.State {
	case remote.KeyKnown:
		return cell{"known" + where, green}
	case remote.KeyNew:
		return cell{"new", yellow}
	case remote.KeyOther:
		return cell{string(k.State), plain}
	}
	return cell{string(k.State) + where, red}
}

// ExecText shows what a command printed on many nodes: nodes with equal output
// and exit code stand under one head.
func ExecText(results []adhoc.Result, o TableOptions) string {
	p := o.pen()
	type group struct {
		first adhoc.Result
		nodes []string
	}
	var groups []*group
	byOutput := map[string]*group{}
	var failures []adhocFailure
	for _, r := range results {
		if r.Err != nil {
			failures = append(failures, adhocFailure{r.Node, r.Err})
			continue
		}
		key := fmt.Sprintf("%d\x00%s\x00%s", r.ExitCode, r.Stdout, r.Stderr)
		if byOutput[key] == nil {
			byOutput[key] = &group{first: r}
			groups = append(groups, byOutput[key])
		}
		byOutput[key].nodes = append(byOutput[key].nodes, r.Node)
	}
	var b strings.Builder
	for _, g := range groups {
		head, look := strings.Join(g.nodes, ", "), green
		if len(g.nodes) > 1 {
			head = fmt.Sprintf("%d nodes: %s", len(g.nodes), head)
		}
		if g.first.ExitCode != 0 {
			head, look = fmt.Sprintf("%s (exit code %d)", head, g.first.ExitCode), red
		}
		b.WriteString(p.paint(look, p.clean(head)) + "\n")
		for _, text := range []string{g.first.Stdout, g.first.Stderr} {
			if text == "" {
				continue
			}
			for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
				b.WriteString(strings.TrimRight("  "+p.clean(strings.ReplaceAll(line, "\t", "    ")), " ") + "\n")
			}
		}
		if g.first.Truncated {
			b.WriteString("  " + p.paint(yellow, "(there was more before this)") + "\n")
		}
	}
	return withFailures(b.String(), failures, o)
}

// FilesText shows what became of a file on many nodes.
func FilesText(results []adhoc.Result, o TableOptions) string {
	p := o.pen()
	var rows [][]cell
	var failures []adhocFailure
	for _, r := range results {
		switch {
		case r.Err != nil:
			failures = append(failures, adhocFailure{r.Node, r.Err})
			continue
		case r.Changed:
			rows = append(rows, []cell{{p.clean(r.Node), plain}, {"changed", yellow}, {p.clean(r.Path), plain}})
		default:
			rows = append(rows, []cell{{p.clean(r.Node), plain}, {"same", green}, {p.clean(r.Path), plain}})
		}
	}
	text := ""
	if len(rows) > 0 {
		text = drawTable(p, []column{{title: "node", min: 8}, {title: "state", min: 7}, {title: "file", min: 10}}, rows, o.width())
	}
	return withFailures(text, failures, o)
}
