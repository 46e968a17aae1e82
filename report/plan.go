package report

import (
	"fmt"
	"slices"
	"strings"

	"dcosup/installer"
)

// PlanText renders a plan for the person who is to say yes to it: the stages,
// in each the steps, equal steps of several nodes as one, and in words why a
// step is there and what it waits for.
func PlanText(plan installer.Plan, o TableOptions) string {
	p := o.pen()
	var b strings.Builder
	if len(plan.Steps) == 0 {
		b.WriteString("Nothing to do.\n")
	} else {
		b.WriteString(p.paint(bold, planHead(plan)) + "\n")
	}
	groups := groupSteps(plan)
	for _, stage := range stagesOf(plan) {
		fmt.Fprintf(&b, "\n%s\n", p.paint(bold, p.clean(string(stage))))
		for _, g := range groups[stage] {
			g.write(&b, o)
		}
	}
	if len(plan.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, n := range plan.Notes {
		paragraph(&b, p.symbol(symWarn)+" ", p.clean(n), o.width())
	}
	return b.String()
}

func planHead(plan installer.Plan) string {
	nodes := map[string]bool{}
	for _, s := range plan.Steps {
		nodes[s.Node] = true
	}
	head := fmt.Sprintf("%s on %s", count(len(plan.Steps), "step"), count(len(nodes), "node"))
	if !plan.Changes() {
		return "Nothing to change. The plan only looks: " + head
	}
	return "Plan: " + head
}

// stagesOf returns the stages that the plan has, in the order in which people
// read them; stages that this package does not know come last.
func stagesOf(plan installer.Plan) []installer.Stage {
	known := installer.Stages()
	var found, unknown []installer.Stage
	for _, s := range plan.Steps {
		if !slices.Contains(known, s.Stage) && !slices.Contains(unknown, s.Stage) {
			unknown = append(unknown, s.Stage)
		}
	}
	for _, stage := range known {
		if slices.ContainsFunc(plan.Steps, func(s installer.Step) bool { return s.Stage == stage }) {
			found = append(found, stage)
		}
	}
	return append(found, unknown...)
}

// stepGroup is a step that several nodes have in common.
type stepGroup struct {
	key   stepKey
	nodes []string
}

type stepKey struct {
	stage             installer.Stage
	title, why, waits string
}

func (g stepGroup) write(b *strings.Builder, o TableOptions) {
	p, room := o.pen(), o.width()
	paragraph(b, "  ", p.clean(g.key.title), room)
	paragraph(b, "    "+pad("on", labelWidth), p.fit(p.nameList(cleanAll(g.nodes), o.All)), room)
	for _, l := range [][2]string{{"because", g.key.why}, {"after", g.key.waits}} {
		if l[1] != "" {
			paragraph(b, "    "+pad(l[0], labelWidth), p.clean(l[1]), room)
		}
	}
}

func groupSteps(plan installer.Plan) map[installer.Stage][]stepGroup {
	byID := make(map[string]installer.Step, len(plan.Steps))
	for _, s := range plan.Steps {
		byID[s.ID] = s
	}
	groups := map[installer.Stage][]stepGroup{}
	index := map[stepKey]int{}
	for _, s := range plan.Steps {
		key := stepKey{s.Stage, s.Title, s.Why, waits(s, byID)}
		i, known := index[key]
		if !known {
			i = len(groups[s.Stage])
			index[key] = i
			groups[s.Stage] = append(groups[s.Stage], stepGroup{key: key})
		}
		groups[s.Stage][i].nodes = append(groups[s.Stage][i].nodes, s.Node)
	}
	return groups
}

// waits says in words what a step waits for.
func waits(s installer.Step, byID map[string]installer.Step) string {
	var words []string
	for _, w := range joinActions(s, s.After, byID) {
		words = append(words, w.words())
	}
	if settled := joinActions(s, s.Settled, byID); len(settled) > 0 {
		var tried []string
		for _, w := range settled {
			tried = append(tried, w.words())
		}
		words = append(words, and(tried)+", or has failed")
	}
	return and(words)
}

// wait is one action that a step waits for, on its own node or on others.
type wait struct {
	action installer.Action
	title  string
	own    bool
	nodes  []string
}

func joinActions(s installer.Step, ids []string, byID map[string]installer.Step) []wait {
	var list []wait
	for _, id := range ids {
		on, known := byID[id]
		if !known {
			on = installer.Step{Title: id}
		}
		own := known && on.Node == s.Node
		i := slices.IndexFunc(list, func(w wait) bool {
			return w.action == on.Action && w.own == own && (w.title == on.Title || on.Action != "")
		})
		if i < 0 {
			i = len(list)
			list = append(list, wait{action: on.Action, title: on.Title, own: own})
		}
		list[i].nodes = append(list[i].nodes, on.Node)
	}
	return list
}

// words says what has come to pass when the action has been done.
func (w wait) words() string {
	where := pen{ascii: true}.nameList(w.nodes, false)
	is := "is"
	if len(w.nodes) > 1 {
		is = "are"
	}
	if w.own {
		where, is = "it", "is"
	}
	switch w.action {
	case installer.ActFix:
		return where + " " + is + " prepared"
	case installer.ActReboot:
		return where + " " + is + " rebooted"
	case installer.ActRelease:
		return "the release is there"
	case installer.ActGenconf:
		return "the install files are made"
	case installer.ActServe:
		return "the install files are served"
	case installer.ActClean:
		return where + " " + is + " cleaned up"
	case installer.ActInstall:
		return "DC/OS is installed on " + where
	case installer.ActHealthy:
		return where + " " + is + " healthy"
	case installer.ActVerify:
		return "the cluster is verified"
	case installer.ActStopServe:
		return "the install files are no longer served"
	case installer.ActUninstall:
		return "DC/OS is removed from " + where
	case installer.ActRestore:
		return "what fixes changed on " + where + " is put back"
	}
	if w.own {
		return "its " + w.title
	}
	return joinFilled(" on ", w.title, where)
}
