package installer

import (
	"fmt"
	"slices"
	"strings"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// MakePlan says what is left to do until the nodes are the cluster that the
// inventory describes. It only computes: the same cluster and discovery always
// give the same plan. It expects that nothing blocks the run: the nodes that
// could not be looked at are left out, and their absence is noted.
func MakePlan(c *inventory.Cluster, d Discovery, w Wanted, o Choices) Plan {
	p := planner{cluster: c, found: d, wanted: w, Choices: o}
	p.prepare(c.Nodes)
	if p.anyToInstall() {
		p.provide()
		for _, m := range c.Masters() {
			p.install(m, StageMasters, nil)
		}
		healthy := p.waitForMasters()
		for _, a := range c.Agents() {
			p.install(a, StageAgents, healthy)
		}
		if !p.KeepServing {
			p.stopServing()
		}
	} else {
		p.nothingToInstall()
	}
	p.verify()
	for _, n := range c.Nodes {
		if s, looked := d.Nodes[n.Name]; looked && s.Err != nil {
			p.note(n.Name + " could not be looked at; it is left out.")
		}
	}
	return p.plan
}

// MakeFixPlan says what is to be fixed on the selected nodes, and which of them
// are to be rebooted.
func MakeFixPlan(c *inventory.Cluster, d Discovery, o Choices) Plan {
	p := planner{cluster: c, found: d, Choices: o}
	p.prepare(slices.DeleteFunc(slices.Clone(c.Nodes), func(n *inventory.Node) bool { return !n.Selected }))
	return p.plan
}

// prepare fixes nodes and reboots them, the bootstrap node first: all else of the
// run happens through it, so nothing goes on while it is away.
func (p *planner) prepare(nodes []*inventory.Node) {
	for _, first := range []bool{true, false} {
		for _, n := range nodes {
			if (n.Role == inventory.RoleBootstrap) == first {
				p.fix(n)
				p.reboot(n)
			}
		}
	}
	p.tellUnmade()
}

// planner collects the steps of one plan.
type planner struct {
	cluster *inventory.Cluster
	found   Discovery
	wanted  Wanted
	Choices
	plan   Plan
	unmade []unmade
}

func (p *planner) note(text string) { p.plan.Notes = append(p.plan.Notes, text) }

// add puts a step into the plan. Of the steps in after, those count that are in
// the plan already: a step that is not needed need not be waited for.
func (p *planner) add(s Step, after ...string) {
	s.ID = stepID(s.Action, s.Node)
	for _, id := range after {
		if p.has(id) {
			s.After = append(s.After, id)
		}
	}
	if b := p.cluster.Bootstrap(); b != nil && s.After == nil && p.has(stepID(ActReboot, b.Name)) {
		s.After = []string{stepID(ActReboot, b.Name)}
	}
	p.plan.Steps = append(p.plan.Steps, s)
}

func (p *planner) has(id string) bool {
	for _, s := range p.plan.Steps {
		if s.ID == id {
			return true
		}
	}
	return false
}

// reached tells whether the plan may act on a node.
func (p *planner) reached(n *inventory.Node) bool {
	s, looked := p.found.Nodes[n.Name]
	return looked && s.Err == nil
}

// fix mends what a node lacks.
func (p *planner) fix(n *inventory.Node) {
	if !p.reached(n) || !p.touches(n) {
		return
	}
	var missing []string
	for _, f := range p.found.Nodes[n.Name].Findings {
		if f.Fixable && f.Status != roles.Pass {
			missing = append(missing, f.ID)
		}
	}
	if len(missing) == 0 {
		return
	}
	p.add(Step{Stage: StagePrepare, Node: n.Name, Action: ActFix,
		Title: "fix " + strings.Join(missing, ", "), Why: "not as the " + string(n.Role) + " role requires"})
}

// touches tells whether the run may change a node: a selected one, and the
// bootstrap node where something is to be installed from it.
func (p *planner) touches(n *inventory.Node) bool {
	return n.Selected || (n.Role == inventory.RoleBootstrap && p.anyToInstall())
}

func (p *planner) toInstall(n *inventory.Node) bool {
	return n.Selected && n.Role != inventory.RoleBootstrap && p.reached(n) &&
		p.found.Nodes[n.Name].Facts.DCOS.State != roles.DCOSInstalled
}

func (p *planner) anyToInstall() bool {
	for _, n := range p.cluster.Nodes {
		if p.toInstall(n) {
			return true
		}
	}
	return false
}

// needsInstall tells whether any selected node lacks DC/OS.
func needsInstall(c *inventory.Cluster, d Discovery) bool {
	p := planner{cluster: c, found: d}
	return p.anyToInstall()
}

// provide brings the install files to where the nodes fetch them: release,
// genconf, file server, as far as they are not there.
func (p *planner) provide() {
	b, files := p.cluster.Bootstrap().Name, p.found.Bootstrap
	fixed := p.prepared(b)
	why := ""
	switch {
	case !files.Generator:
		why = "it is not on the bootstrap node"
	case !p.wanted.isRelease(files.Release):
		why = "the one on the bootstrap node is another"
	}
	if why != "" {
		p.add(Step{Stage: StageRelease, Node: b, Action: ActRelease, Why: why, Title: "bring dcos_generate_config.sh"}, fixed)
	}
	switch {
	case why != "":
		why = "the release is new"
	case !files.Served:
		why = "there are no install files yet"
	case files.Genconf != p.wanted.genconfStamp(files.Release):
		why = "the configuration changed"
	}
	if why != "" {
		p.add(Step{Stage: StageGenconf, Node: b, Action: ActGenconf, Why: why, Title: "run dcos_generate_config.sh",
			Settled: p.unproven(p.cluster.Agents())}, append(p.unproven(p.cluster.Masters()), fixed, stepID(ActRelease, b))...)
	}
	// Beside the generator, which leaves the network idle; not beside the release.
	p.add(Step{Stage: StageServe, Node: b, Action: ActCopySelf, Title: "bring dcosup, which serves the files",
		Why: "the bootstrap node needs no web server of its own"}, fixed, stepID(ActRelease, b))
	p.add(Step{Stage: StageServe, Node: b, Action: ActServe, Title: "serve the install files at " + p.wanted.URL.String(),
		Why: "nodes fetch their install files there"}, fixed, stepID(ActGenconf, b), stepID(ActCopySelf, b))
}

// unproven are the fix steps of nodes on which a detection script could not be
// tried yet: what the scripts say of masters must be proven before the generator
// freezes master_list and the scripts into the install files, and what they say
// of agents must have been tried.
func (p *planner) unproven(nodes []*inventory.Node) []string {
	var ids []string
	for _, n := range nodes {
		proven := slices.ContainsFunc(p.found.Nodes[n.Name].Findings, func(f roles.Finding) bool {
			return f.ID == roles.IDDetect && f.Status == roles.Pass
		})
		if step := p.prepared(n.Name); !proven && step != "" {
			ids = append(ids, step)
		}
	}
	return ids
}

// install plans a node's way to DC/OS. gate holds what must be up before it.
func (p *planner) install(n *inventory.Node, stage Stage, gate []string) {
	if !p.toInstall(n) {
		return
	}
	sight := p.found.Nodes[n.Name]
	step := Step{Stage: stage, Node: n.Name, Action: ActInstall,
		Title: fmt.Sprintf("run dcos_install.sh %s", n.Role.InstallWord()), Why: "DC/OS is not installed"}
	switch {
	case sight.Install.Phase == remote.JobRunning:
		step.Why = "an earlier run started it, and it is still going on"
	case sight.Facts.DCOS.State == roles.DCOSPartial && sight.Facts.DCOS.Setup == "activating":
		step.Why = "DC/OS's own set-up is going on"
	case sight.Facts.DCOS.State == roles.DCOSPartial:
		p.add(Step{Stage: stage, Node: n.Name, Action: ActClean, Title: "remove an interrupted installation",
			Why: "dcos_install.sh refuses a node that has traces of DC/OS"}, p.prepared(n.Name))
	}
	after := append([]string{stepID(ActServe, p.cluster.Bootstrap().Name), p.prepared(n.Name), stepID(ActClean, n.Name)}, gate...)
	p.add(step, after...)
}

// waitForMasters plans the wait for every master, installed now or before: an
// agent that comes up without masters is hard to tell from one that is broken.
func (p *planner) waitForMasters() []string {
	var ids []string
	for _, m := range p.cluster.Masters() {
		if !p.toInstall(m) && p.found.Nodes[m.Name].Facts.DCOS.State != roles.DCOSInstalled {
			continue // a master that -l leaves out and that has no DC/OS: nobody can wait for it
		}
		p.add(Step{Stage: StageMasters, Node: m.Name, Action: ActHealthy, Title: "wait until the master serves"},
			stepID(ActInstall, m.Name))
		ids = append(ids, stepID(ActHealthy, m.Name))
	}
	return ids
}

// stopServing ends the file server after the last installation, whatever
// became of it: the install files hold secrets.
func (p *planner) stopServing() {
	b := p.cluster.Bootstrap().Name
	s := Step{Stage: StageCleanup, Node: b, Action: ActStopServe, Title: "stop serving the install files",
		Settled: p.idsOf(ActInstall), Always: true}
	p.add(s, stepID(ActServe, b))
}

// nothingToInstall stops the file server of an earlier run that was cut off,
// once no node needs it, and tells of a change that is not acted on.
func (p *planner) nothingToInstall() {
	needed := func(n *inventory.Node) bool {
		s, looked := p.found.Nodes[n.Name]
		return !looked || s.Err != nil || s.Install.Phase == remote.JobRunning
	}
	if p.found.Bootstrap.Serving && !p.KeepServing && !slices.ContainsFunc(p.cluster.Nodes, needed) {
		p.stopServing()
	}
	p.plan.Changed = p.wanted.Drift.Config
	for _, note := range p.wanted.Drift.notes() {
		p.note(note)
	}
}

// verify proves the cluster as a whole, with the nodes that came through.
func (p *planner) verify() {
	if len(p.cluster.Masters()) == 0 {
		return
	}
	s := Step{Stage: StageVerify, Node: p.cluster.Masters()[0].Name, Action: ActVerify,
		Title: "every master serves, every agent is registered", Settled: p.idsOf(ActInstall)}
	p.add(s, p.idsOf(ActHealthy)...)
}

func (p *planner) idsOf(a Action) []string {
	var ids []string
	for _, s := range p.plan.Steps {
		if s.Action == a {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// isRelease tells whether a stamp, "<sha256> <source>", is that of the wanted
// release: by checksum where one is known, else by where it came from.
func (w Wanted) isRelease(stamp string) bool {
	sum, source, _ := strings.Cut(stamp, " ")
	if w.Release.Checksum != "" {
		return sum == w.Release.Checksum
	}
	return source == w.Release.Download
}

// genconfStamp identifies all that a genconf run depends on: the files, and
// the release by its stamp's checksum.
func (w Wanted) genconfStamp(releaseStamp string) string {
	sum, _, _ := strings.Cut(releaseStamp, " ")
	return w.Key + " " + sum
}
