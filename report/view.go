package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"dcosup/installer"
)

// view turns events into what a terminal shows: text that stays, and the lines
// of the live area. It does no input or output.
type view struct {
	table   TableOptions
	verbose int
	model   *model
	teller  *teller
	awaited []string // nodes of the run, in order
	over    bool
}

func newView(o TableOptions, verbose int) *view {
	return &view{table: o, verbose: verbose, model: newModel(), teller: newTeller()}
}

// take learns from an event and returns the text that is to stay, or "".
func (v *view) take(e installer.Event) string {
	closed := v.model.take(e)
	text := v.stays(e)
	if closed != nil {
		text += v.stageLine(closed, e.Time)
	}
	if e.Type == installer.RunEnded {
		v.over = true
		for _, s := range v.model.open() {
			text += v.stageLine(s, e.Time)
		}
		text += v.teller.endingText(v.model, e.Summary, v.table)
	}
	return text
}

func (v *view) stays(e installer.Event) string {
	p := v.table.pen()
	switch e.Type {
	case installer.RunStarted:
		for _, n := range e.Nodes {
			v.awaited = append(v.awaited, n.Name)
		}
		return headerText(e, v.table) + "\n"
	case installer.NodeFound:
		return v.failure(e)
	case installer.PlanMade:
		return v.planMade(e)
	case installer.StepOutput:
		if v.verbose >= 1 {
			return p.paint(dim, p.clean(e.Node)+" | ") + p.clean(e.Message) + "\n"
		}
	case installer.StepEnded:
		text := v.failure(e)
		if v.verbose >= 1 {
			text = p.paint(dim, p.clean(joinFilled(": ", e.Node, endedText(e, v.model.steps[e.Step])))) + "\n" + text
		}
		return text
	case installer.Note:
		return v.note(joinFilled(": ", e.Node, e.Message))
	}
	return ""
}

func (v *view) failure(e installer.Event) string {
	if e.Failure == nil {
		return ""
	}
	return v.teller.failure(*e.Failure, v.model, v.table)
}

func (v *view) note(text string) string {
	p := v.table.pen()
	var b strings.Builder
	paragraph(&b, p.symbol(symWarn)+" ", p.clean(text), v.table.width())
	return p.paint(yellow, strings.TrimRight(b.String(), "\n")) + "\n"
}

func (v *view) planMade(e installer.Event) string {
	if e.Plan == nil {
		return ""
	}
	if v.model.command == "plan" {
		return "\n" + PlanText(*e.Plan, v.table)
	}
	text := ""
	for _, n := range e.Plan.Notes {
		text += v.note(n)
	}
	return text
}

// stageLine is what stays of a stage: how many steps ended how, and how long
// it took.
func (v *view) stageLine(s *stageState, now time.Time) string {
	p := v.table.pen()
	mark, color := symOK, green
	if s.ended() < s.total || s.outcomes[installer.Skipped]+s.outcomes[installer.Cancelled] > 0 {
		mark, color = symWarn, yellow
	}
	if s.outcomes[installer.Failed] > 0 {
		mark, color = symFailed, red
	}
	const indent = 2 + stageColumn + 2
	head := p.paint(color, p.symbol(mark)) + " " + pad(p.clean(string(s.stage)), stageColumn) + "  "
	lines := wrap(stageText(v.model, s, now), v.table.width()-indent)
	return head + strings.Join(lines, "\n"+strings.Repeat(" ", indent)) + "\n"
}

// stageText says how many steps of a stage ended how, and how long it took.
func stageText(m *model, s *stageState, now time.Time) string {
	unit := "step"
	if s.stage == installer.StageDiscover {
		unit = "node"
	}
	words := count(s.ended(), unit)
	if s.ended() < s.total {
		words = fmt.Sprintf("%d of %s", s.ended(), count(s.total, unit))
	}
	words += outcomesText(s)
	if s.stage == installer.StageDiscover && m.command != "check" && m.tally.warn > 0 {
		words += ", " + count(m.tally.warn, "warning") + " (dcosup check shows them)"
	}
	if !s.began.IsZero() {
		words += ", " + seconds(now.Sub(s.began))
	}
	return words
}

// outcomesText counts how the steps of a stage ended; steps that found nothing
// to do are not worth a word.
func outcomesText(s *stageState) string {
	words := ""
	for _, o := range []installer.Outcome{installer.Changed, installer.Failed, installer.Skipped, installer.Cancelled} {
		switch n := s.outcomes[o]; {
		case n == 0:
		case n == s.total:
			return " " + string(o)
		default:
			words += fmt.Sprintf(", %d %s", n, o)
		}
	}
	return words
}

// stepsShown is how many of a stage's running steps the live area names.
const stepsShown = 3

// live returns the lines of the live area, none longer than the terminal is
// wide, less one: a full line would make some terminals wrap. There are never
// more than height lines.
func (v *view) live(now time.Time, height int) []string {
	stages := v.model.open()
	if v.over || len(stages) == 0 {
		return nil
	}
	p, room := v.table.pen(), v.table.width()-1
	named := max(0, min(stepsShown, (height-1-len(stages))/len(stages)))
	var lines []string
	for _, s := range stages {
		lines = append(lines, v.stageHead(s, room))
		if s.stage == installer.StageDiscover && named > 0 {
			if text := v.awaitedText(); text != "" {
				lines = append(lines, p.paint(dim, p.cut("    "+text, room)))
			}
		}
		for _, step := range s.slowest(named) {
			lines = append(lines, p.paint(dim, p.cut("    "+v.stepText(step, now), room)))
		}
	}
	if v.model.working() {
		lines = append(lines, v.bar(now, room))
	}
	if len(lines) > height {
		lines = lines[len(lines)-max(height, 0):]
	}
	return lines
}

func (v *view) stageHead(s *stageState, room int) string {
	p := v.table.pen()
	unit := "step"
	if s.stage == installer.StageDiscover {
		unit = "node"
	}
	text := fmt.Sprintf("%s  %d of %s", pad(p.clean(string(s.stage)), stageColumn), s.ended(), count(s.total, unit))
	if n := len(s.running); n > stepsShown {
		text += fmt.Sprintf(", %d running", n)
	}
	if n := s.outcomes[installer.Failed]; n > 0 {
		text += fmt.Sprintf(", %d failed", n)
	}
	return p.paint(bold, p.symbol(symRunning)) + " " + p.cut(text, room-2)
}

// awaitedText names the first nodes that have not been looked at yet.
func (v *view) awaitedText() string {
	var names []string
	for _, n := range v.awaited {
		if _, seen := v.model.foundAt[n]; !seen {
			names = append(names, clean(n))
		}
		if len(names) > namesShown {
			break
		}
	}
	if len(names) == 0 {
		return ""
	}
	p := v.table.pen()
	if len(names) > namesShown {
		names[namesShown] = p.symbol(symCut)
	}
	return p.fit("waiting for ") + strings.Join(names, ", ")
}

// stepText says what a running step does: what it waits for, or how far its
// transfer is, or its title.
func (v *view) stepText(s *stepState, now time.Time) string {
	p := v.table.pen()
	what := s.title
	if doing := s.doing(); doing != "" {
		what = doing
	}
	if s.total > 0 {
		what += " " + bytesText(s.done) + " of " + bytesText(s.total)
	}
	return p.clean(s.node) + "  " + wholeSeconds(now.Sub(s.began)) + "  " + p.clean(what)
}

// wholeSeconds is for lines that are drawn again and again: tenths would make
// them restless.
func wholeSeconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%ds", max(0, int(d.Seconds())))
	}
	return seconds(d)
}

// barWide is the width of the bar itself where there is room, barNarrow the
// least that still tells something.
const (
	barWide   = 30
	barNarrow = 6
)

// bar is the one line for the whole run: how much of it is done, in steps and
// in bytes, and for how long it has run.
func (v *view) bar(now time.Time, room int) string {
	p, m := v.table.pen(), v.model
	steps := fmt.Sprintf("%d/%d steps", m.ended, m.total)
	sep := " " + p.symbol(symDot) + " "
	text := steps + sep + wholeSeconds(now.Sub(m.started))
	if m.bytes < m.bytesTotal {
		if with := steps + sep + bytesText(m.bytes) + " of " + bytesText(m.bytesTotal) + sep +
			wholeSeconds(now.Sub(m.started)); width(with)+barNarrow+percentWidth <= room {
			text = with
		}
	}
	size := min(barWide, room-width(text)-percentWidth)
	if size < barNarrow {
		return p.cut("  "+text, room)
	}
	return barText(p, m.share(1000), 1000, size) + " " + text
}

// percentWidth is what progressbar writes around its bar, " 45% " and a space.
const percentWidth = 8

// barText renders a progress bar of the given width, with its percentage.
func barText(p pen, done, total int64, size int) string {
	bar := progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(new(strings.Builder)),
		progressbar.OptionSetWidth(size),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionSetTheme(progressbar.Theme{
			Saucer: p.symbol(symBarDone), SaucerPadding: p.symbol(symBarLeft),
		}))
	// It fails only when done is more than total, which share does not return.
	_ = bar.Set64(done)
	return strings.TrimRight(strings.TrimPrefix(bar.String(), "\r"), " ")
}
