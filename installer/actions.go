package installer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// do carries out one step of the plan.
func (r *Run) do(ctx context.Context, s Step) (Outcome, error) {
	n := r.Cluster.Node(s.Node)
	conn, err := r.conn(ctx, n)
	if err != nil {
		return "", err
	}
	at := place{Run: r, step: s, node: n, conn: conn}
	switch s.Action {
	case ActFix:
		return at.fix(ctx)
	case ActReboot:
		return at.reboot(ctx)
	case ActRelease:
		return at.release(ctx)
	case ActGenconf:
		return at.genconf(ctx)
	case ActCopySelf:
		return at.copySelf(ctx)
	case ActServe:
		return at.serve(ctx)
	case ActStopServe:
		return at.stopServing(ctx)
	case ActClean:
		return at.run(ctx, "remove an interrupted installation", roles.UninstallScript())
	case ActInstall:
		return at.install(ctx)
	case ActHealthy:
		return at.healthy(ctx)
	case ActVerify:
		return at.verify(ctx)
	case ActUninstall:
		return at.uninstall(ctx)
	case ActRestore:
		return at.restore(ctx)
	case ActForget:
		return at.run(ctx, "remove what dcosup keeps", forgetScript)
	}
	return "", fmt.Errorf("no such action: %s", s.Action)
}

// place is where an action happens: a step, its node, and the way there.
type place struct {
	*Run
	step Step
	node *inventory.Node
	conn *remote.Conn
}

// says passes on a line that the node printed.
func (p place) says(line string) {
	p.emit(Event{Type: StepOutput, Stage: p.step.Stage, Step: p.step.ID, Node: p.node.Name, Message: line})
}

// waits tells what the step is at, or waits for.
func (p place) waits(what string) {
	p.emit(Event{Type: StepProgress, Stage: p.step.Stage, Step: p.step.ID, Node: p.node.Name, Message: what})
}

// transfer returns what tells how many bytes of a transfer are done, at most
// ten times a second: people do not read faster.
func (p place) transfer() func(done, total int64) {
	var last time.Time
	return func(done, total int64) {
		if now := time.Now(); done == total || now.Sub(last) >= 100*time.Millisecond {
			last = now
			p.emit(Event{Type: StepProgress, Stage: p.step.Stage, Step: p.step.ID, Node: p.node.Name, Done: done, Total: total})
		}
	}
}

// run runs a short script as root; its output goes to the node's log. Scripts
// here do no harm when they are begun again after a lost connection.
func (p place) run(ctx context.Context, name, script string, args ...string) (Outcome, error) {
	lines := remote.Lines(p.says)
	_, err := p.conn.Run(ctx, remote.Command{Name: name, Script: script, Args: args, Stdout: lines, Stderr: lines, Again: true})
	if err != nil {
		return "", err
	}
	return Changed, nil
}

// job runs a long job to its end. Whether the work is needed was seen at
// discovery, so what a job of that name did before does not count. One that ran
// then, as seen says, is what an earlier run started: it is waited for, and if it
// has ended well since, the work is done.
func (p place) job(ctx context.Context, j remote.Job, seen remote.JobPhase, output func(string)) error {
	j.Again = seen != remote.JobRunning
	done, err := p.conn.RunJob(ctx, j, output)
	if done.Attached || done.AlreadyDone {
		p.waits("continued what an earlier run started")
	}
	return err
}

// fixLosses is how often a node may be lost under its fixes: once may be a
// cable or a reboot; twice is what the fixes do to it.
const fixLosses = 1

// fix mends what the node lacks, and looks again: a fix counts only when its
// requirement then holds. What needs a reboot is judged after that.
func (p place) fix(ctx context.Context) (Outcome, error) {
	sight, said, err := p.mend(ctx, p.sight(p.node))
	if err != nil {
		return "", err
	}
	p.remember(p.node, sight)
	if p.planned(stepID(ActReboot, p.node.Name)) && rebootNeeds(sight.Findings) != nil {
		return Changed, nil
	}
	return Changed, unmet(sight.Findings, said...)
}

// planned tells whether the plan has a step.
func (r *Run) planned(id string) bool {
	return slices.ContainsFunc(r.plan.Steps, func(s Step) bool { return s.ID == id })
}

// mend runs fixes, and looks again. Some requirements can be judged only when others
// hold, so there is a second round; see package roles. A node that is lost under
// its fixes is waited for and looked at, and gets those that are still missing.
// What failed fixes said in the end is returned.
func (p place) mend(ctx context.Context, sight Sight) (Sight, []string, error) {
	var said []string
	for rounds, losses := 2, 0; rounds > 0; rounds-- {
		spec := p.spec(p.node, sight)
		script, err := roles.FixScript(sight.Findings, sight.Facts, spec)
		if err != nil {
			return sight, nil, err
		}
		if script == "" {
			break
		}
		if err := p.sendFixFiles(ctx, roles.FixFiles(sight.Findings, sight.Facts, spec)); err != nil {
			return sight, nil, err
		}
		if said, err = p.runFixes(ctx, script); remote.IsUnreachable(err) && losses < fixLosses {
			p.waits("the node to come back: " + err.Error())
			losses++
			rounds++
		} else if err != nil {
			return sight, nil, err
		}
		if sight, err = p.lookAgain(ctx, sight); err != nil {
			return sight, nil, err
		}
	}
	return sight, said, nil
}

// lookAgain probes and judges a node that was seen before.
func (p place) lookAgain(ctx context.Context, sight Sight) (_ Sight, err error) {
	if sight.Facts, err = probe(ctx, p.conn, questions(p.Cluster, p.node)); err == nil {
		sight.Findings = p.judge(ctx, p.node, sight)
	}
	return sight, err
}

// runFixes runs the script of fixes, and tells which fix is at work. A fix
// that fails is not an error here: the look afterwards judges. What the failed
// ones printed is returned, to explain what is then still missing.
func (p place) runFixes(ctx context.Context, script string) (said []string, err error) {
	var parser roles.FixParser
	var garbled error
	var printed []string
	stdout := remote.Lines(func(line string) {
		event, ok, err := parser.Line(line)
		switch {
		case err != nil:
			garbled = errors.Join(garbled, err)
		case !ok || event.Kind == roles.FixOutput:
			printed = append(printed, line)
			p.says(line)
		case event.Kind == roles.FixBegin:
			printed = nil
			p.waits("fixing " + event.ID)
		case event.Kind == roles.FixEnd && event.Code != 0:
			said = append(said, printed...)
			p.says(fmt.Sprintf("the fix %s ended with exit code %d", event.ID, event.Code))
		}
	})
	_, err = p.conn.Run(ctx, remote.Command{Name: "fix prerequisites", Script: script, Stdout: stdout, Stderr: remote.Lines(p.says)})
	var failed *remote.CommandError
	if errors.As(err, &failed) && failed.Cause == nil && parser.Finish() == nil {
		err = nil // it ran to its end, and said which fixes failed
	}
	return said, errors.Join(err, garbled, parser.Finish())
}

// unmet is an error that names every requirement that does not hold. said is
// what failed fixes printed.
func unmet(findings []roles.Finding, said ...string) error {
	var lines, hints []string
	for _, f := range findings {
		if f.Status != roles.Fail {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: found %s, need %s", f.ID, f.Found, f.Need))
		if f.Hint != "" {
			hints = append(hints, f.Hint)
		}
	}
	if lines == nil {
		return nil
	}
	return unmetError{Message: strings.Join(lines, "\n"), Advice: strings.Join(hints, "\n"), Output: said}
}

// sight is what was last seen of a node.
func (r *Run) sight(n *inventory.Node) Sight {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.found.Nodes[n.Name]
}

func (r *Run) remember(n *inventory.Node, s Sight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found.Nodes[n.Name] = s
}

// uninstall removes DC/OS. A job that is still installing it would put back
// what is being removed.
func (p place) uninstall(ctx context.Context) (Outcome, error) {
	if err := p.conn.StopJob(ctx, installJob); err != nil {
		return "", err
	}
	return p.run(ctx, "remove DC/OS", roles.UninstallScript())
}

// restore puts back what fixes changed. What stays on purpose, such as packages, is
// told to a person with the command that removes it.
func (p place) restore(ctx context.Context) (Outcome, error) {
	tell := remote.Lines(func(line string) {
		p.says(line)
		if strings.HasPrefix(line, roles.RestoreLeft) {
			p.emit(Event{Type: Note, Node: p.node.Name, Message: line})
		}
	})
	_, err := p.conn.Run(ctx, remote.Command{Name: "put back what fixes changed", Script: roles.RestoreScript(),
		Stdout: tell, Stderr: remote.Lines(p.says), Again: true})
	if err != nil {
		return "", hinted{err, "what stayed is remembered: mend what it names, then run dcosup reset --restore again"}
	}
	return Changed, nil
}
