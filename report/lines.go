package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"dcosup/installer"
)

// LinesOptions say how NewLines writes. The zero value is plain text.
type LinesOptions struct {
	ASCII   bool   // use no character outside ASCII
	Verbose int    // from 1 on, the lines that the nodes print, too
	LogDir  string // the run's directory, to name the logs of failed nodes
	Width   int    // columns for tables; 0 means 120
}

// linesWidth is for logs and pipes, which have no width of their own.
const linesWidth = 120

// NewLines returns a sink that writes a line for each event, without escape
// codes, its fields aligned: time, node, stage, what happened. Failures,
// tables and the plan are written whole, as on a terminal. Of a step's
// progress only new messages are written.
func NewLines(w io.Writer, o LinesOptions) Sink {
	if o.Width <= 0 {
		o.Width = linesWidth
	}
	return &lines{
		out: &writer{w: w}, verbose: o.Verbose, model: newModel(), teller: newTeller(),
		table: TableOptions{ASCII: o.ASCII, Width: o.Width, LogDir: o.LogDir, All: o.Verbose >= 1, Why: o.Verbose >= 1},
	}
}

type lines struct {
	out      *writer
	table    TableOptions
	verbose  int
	model    *model
	teller   *teller
	nodeWide int
}

func (l *lines) Close() error { return l.out.err }

func (l *lines) Event(e installer.Event) {
	var before stepState
	if s := l.model.steps[e.Step]; s != nil {
		before = *s
	}
	ended := l.model.take(e)
	l.tell(e, before)
	if ended != nil {
		l.out.print(l.column(e.Time, "-", string(ended.stage), "ended: "+stageText(l.model, ended, e.Time)))
	}
}

// tell writes what an event says. before is its step as it was before it.
func (l *lines) tell(e installer.Event, before stepState) {
	switch e.Type {
	case installer.RunStarted:
		l.nodeWide = nodeColumn(e.Nodes)
		l.out.print(headerText(e, l.table))
	case installer.NodeFound:
		l.line(e, "discover", foundText(findingsOf(e)))
		l.failure(e)
	case installer.PlanMade:
		l.planMade(e)
	case installer.StepStarted:
		l.line(e, string(e.Stage), "start: "+e.Message)
	case installer.StepProgress:
		l.progress(e, before)
	case installer.StepOutput:
		if l.verbose >= 1 {
			l.line(e, "output", e.Message)
		}
	case installer.StepEnded:
		l.line(e, l.stageOf(e), endedText(e, l.model.steps[e.Step]))
		l.failure(e)
	case installer.Note:
		l.line(e, "note", e.Message)
	case installer.RunEnded:
		l.out.print(l.teller.endingText(l.model, e.Summary, l.table))
	}
}

// bigTransfer is the size in bytes from which a transfer is told in quarters:
// less takes a moment.
const bigTransfer = 100 * 1000 * 1000

// progress writes what is new of a step: what it waits for, or the next quarter
// of a big transfer.
func (l *lines) progress(e installer.Event, before stepState) {
	s := l.model.steps[e.Step]
	if s == nil {
		return
	}
	if s.message != before.message {
		l.line(e, string(s.stage.stage), s.message)
	}
	if now := s.quarters(); s.total >= bigTransfer && now > before.quarters() {
		l.line(e, string(s.stage.stage), fmt.Sprintf("%d%% of %s", 25*now, bytesText(s.total)))
	}
}

func (l *lines) planMade(e installer.Event) {
	if e.Plan == nil {
		return
	}
	if l.model.command == "plan" {
		l.out.print("\n" + PlanText(*e.Plan, l.table))
		return
	}
	l.line(e, "plan", planHead(*e.Plan))
	for _, n := range e.Plan.Notes {
		l.line(e, "note", n)
	}
}

func (l *lines) stageOf(e installer.Event) string {
	if s := l.model.steps[e.Step]; s != nil {
		return string(s.stage.stage)
	}
	return string(e.Stage)
}

func (l *lines) failure(e installer.Event) {
	if e.Failure != nil {
		l.out.print(l.teller.failure(*e.Failure, l.model, l.table))
	}
}

// stageColumn is the width of the longest stage name.
const stageColumn = 8

func (l *lines) line(e installer.Event, stage, text string) {
	node := e.Node
	if s := l.model.steps[e.Step]; node == "" && s != nil {
		node = s.node
	}
	if node == "" {
		node = "-"
	}
	l.out.print(l.column(e.Time, node, stage, text))
}

// column aligns the fields of a line.
func (l *lines) column(at time.Time, node, stage, text string) string {
	p := l.table.pen()
	line := fmt.Sprintf("%s  %s  %s  %s", at.Format("15:04:05"),
		pad(p.clean(node), l.nodeWide), pad(p.clean(stage), stageColumn), p.clean(text))
	return strings.TrimRight(line, " ") + "\n"
}

// nodeColumn is the width for node names: the longest, 30 at most, so that one
// long name does not push all else out of sight.
func nodeColumn(nodes []installer.NodeName) int {
	wide := 1
	for _, n := range nodes {
		wide = max(wide, width(clean(n.Name)))
	}
	return min(wide, 30)
}

// writer keeps the first error of what it writes to, and then writes no more.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) print(text string) {
	if w.err == nil && text != "" {
		_, w.err = io.WriteString(w.w, text)
	}
}
