package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"dcosup/installer"
)

// Span is when a stage was at work: from its first step's start to its last
// step's end, counted from the start of the run. Stages can overlap.
type Span struct {
	Stage    installer.Stage
	From, To time.Duration
}

// Timeline holds the spans of one run, one for each stage that it had.
type Timeline []Span

// widen lets the stage cover a moment too.
func (t *Timeline) widen(stage installer.Stage, at time.Duration) {
	i := slices.IndexFunc(*t, func(s Span) bool { return s.Stage == stage })
	if i < 0 {
		*t = append(*t, Span{stage, at, at})
		return
	}
	s := &(*t)[i]
	s.From, s.To = min(s.From, at), max(s.To, at)
}

// OfEvents reads the timeline of a run of dcosup from its events, one JSON
// object a line. Discovery lasts from the run's start to its plan, or to its
// end if it makes none; steps that were never started do not count. An event
// that cannot be read is an error, which names its line.
func OfEvents(began time.Time, events []byte) (Timeline, error) {
	var t Timeline
	started := map[string]bool{}
	planned := false
	lines := bufio.NewScanner(bytes.NewReader(events))
	lines.Buffer(nil, 16<<20) // a plan for thousands of nodes is one line
	for number := 1; lines.Scan(); number++ {
		var e installer.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("events: line %d: %w", number, err)
		}
		at := e.Time.Sub(began)
		switch e.Type {
		case installer.RunStarted:
			t.widen(installer.StageDiscover, at)
		case installer.PlanMade:
			t.widen(installer.StageDiscover, at)
			planned = true
		case installer.RunEnded:
			if !planned {
				t.widen(installer.StageDiscover, at)
			}
		case installer.StepStarted:
			started[e.Step] = true
			t.widen(e.Stage, at)
		case installer.StepEnded:
			if started[e.Step] {
				t.widen(e.Stage, at)
			}
		}
	}
	return t, lines.Err()
}

// OfMarks reads the timeline of byhand.sh from what it prints, lines of the
// form "TIME begin STAGE" and "TIME end STAGE" with TIME in seconds since 1970.
// A stage may be at work on several nodes at once: it ends as often as it
// begins. Another line is an error, which shows it; so is a missing end.
func OfMarks(began time.Time, marks string) (Timeline, error) {
	var t Timeline
	open := map[string]int{}
	for line := range strings.Lines(marks) {
		words := strings.Fields(line)
		if len(words) != 3 || words[1] != "begin" && words[1] != "end" {
			return nil, fmt.Errorf("marks: want TIME begin|end STAGE, got %q", line)
		}
		seconds, err := strconv.ParseFloat(words[0], 64)
		if err != nil {
			return nil, fmt.Errorf("marks: %q: %w", line, err)
		}
		if words[1] == "begin" {
			open[words[2]]++
		} else {
			open[words[2]]--
		}
		at := time.UnixMicro(int64(seconds * 1e6)).Sub(began)
		t.widen(installer.Stage(words[2]), at)
	}
	for stage, still := range open {
		if still != 0 {
			return nil, fmt.Errorf("marks: %s does not end as often as it begins", stage)
		}
	}
	return t, nil
}

// Median is the middle one of some durations, the mean of the middle two where
// their number is even, and 0 where there are none.
func Median(durations []time.Duration) time.Duration {
	if len(durations) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(durations))
	upper, lower := len(sorted)/2, (len(sorted)-1)/2
	return (sorted[lower] + sorted[upper]) / 2
}

// Column is a way to do the job: its name, and the timeline of each round.
type Column struct {
	Name   string
	Rounds []Timeline
}

// Table shows the columns side by side: when each stage began and how many
// seconds it took, each the median of those rounds that had the stage.
func Table(columns ...Column) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	head, under := "stage\t", "\t"
	for _, c := range columns {
		head += c.Name + "\t\t"
		under += "from\tseconds\t"
	}
	fmt.Fprintf(w, "%s\n%s\n", head, under)
	for _, stage := range installer.Stages() {
		row, had := string(stage)+"\t", false
		for _, c := range columns {
			from, took := c.of(stage)
			if len(took) == 0 {
				row += "-\t-\t"
				continue
			}
			had = true
			row += fmt.Sprintf("%.2f\t%.2f\t", Median(from).Seconds(), Median(took).Seconds())
		}
		if had {
			fmt.Fprintln(w, row)
		}
	}
	_ = w.Flush() // a strings.Builder takes everything
	return text.String()
}

// of lists when the stage began and how long it took, round by round.
func (c Column) of(stage installer.Stage) (from, took []time.Duration) {
	for _, round := range c.Rounds {
		for _, s := range round {
			if s.Stage == stage {
				from, took = append(from, s.From), append(took, s.To-s.From)
			}
		}
	}
	return from, took
}
