package roles

import (
	"fmt"
	"strings"
	"time"
)

// Sighting is what one node answered, and when by the clock of whoever asked.
type Sighting struct {
	Name  string
	Facts Facts
	Spec  Spec

	// Asked and Answered are when the probe was sent and when its answer was
	// whole. They should be times of time.Now, whose difference is right even
	// if that clock is set in between.
	Asked, Answered time.Time
}

// acrossRequirement is one that several nodes meet together, or not.
type acrossRequirement struct {
	Requirement
	judge func([]Sighting) []Verdict // one for each
}

func acrossRequirements() []acrossRequirement {
	return []acrossRequirement{
		{Requirement{
			ID: "hostname-unique", Title: "No other node has the same name", Severity: Warn,
			Why:   "Machines that were cloned have one name; logs, and what Mesos and Marathon show, then mix them up.",
			Probe: "`uname -n` of all nodes",
		}, judgeUniqueNames},
		{Requirement{
			ID: "clocks", Title: "The node's clock agrees with those of the others", Severity: Fail,
			Why: "A node that follows a wrong time server calls its clock synchronised all the same; certificates are then not valid yet, " +
				"and elections and logs are out of order.",
			Probe: "`date` on all nodes, as exactly as the time that asking took allows",
		}, judgeClocks},
	}
}

// JudgeAcross judges what only several nodes together show. It returns the
// findings of each, in the order of seen.
func JudgeAcross(seen []Sighting) [][]Finding {
	found := make([][]Finding, len(seen))
	for _, r := range acrossRequirements() {
		for i, v := range r.judge(seen) {
			found[i] = append(found[i], seen[i].Spec.Policy.Apply(r.finding(v)))
		}
	}
	return found
}

func judgeUniqueNames(seen []Sighting) []Verdict {
	verdicts := make([]Verdict, len(seen))
	for i, s := range seen {
		var twins []string
		for j, other := range seen {
			if i != j && s.Facts.Hostname != "" && s.Facts.Hostname == other.Facts.Hostname {
				twins = append(twins, other.Name)
			}
		}
		verdicts[i] = Verdict{OK: twins == nil, Found: s.Facts.Hostname, Need: "a name of its own"}
		if twins != nil {
			verdicts[i].Found += ", as " + strings.Join(twins, ", ")
			verdicts[i].Hint = "hostnamectl set-hostname, before DC/OS is installed"
		}
	}
	return verdicts
}

// span is where the difference between a node's clock and the asker's lies.
type span struct{ from, to time.Duration }

func (s span) holds(d time.Duration) bool { return s.from <= d && d <= s.to }

// away is how far d is outside the span, at the least: above zero if the node's
// clock is ahead of d.
func (s span) away(d time.Duration) time.Duration {
	switch {
	case d < s.from:
		return s.from - d
	case d > s.to:
		return s.to - d
	}
	return 0
}

// clockSpan is what a sighting tells of the node's clock. The node read it after
// the question was sent, and again before the answer had come:
//
//	Begin - Asked    is the most that it can be ahead: on its way the question took no less than no time
//	End - Answered   is the least, for the same reason on the way back
//
// What lies between is the time on the way, there and back.
func (s Sighting) clockSpan() (span, bool) {
	c := s.Facts.Clock
	if c.Begin.IsZero() || c.End.IsZero() || s.Asked.IsZero() || s.Answered.IsZero() {
		return span{}, false
	}
	// Durations since Asked are by its monotonic clock.
	took := s.Answered.Sub(s.Asked)
	begin, end := c.Begin.Sub(s.Asked.Round(0)), c.End.Sub(s.Asked.Round(0))
	sp := span{from: end - took, to: begin + c.Coarse}
	return sp, sp.from <= sp.to // else the clock was set under the probe
}

// judgeClocks holds every clock against the time that most of them can agree on.
func judgeClocks(seen []Sighting) []Verdict {
	spans := make([]span, len(seen))
	var near, trusted []span // of all, and of those that follow a source
	known := make([]bool, len(seen))
	base := earliest(seen)
	for i, s := range seen {
		if spans[i], known[i] = s.clockSpan(); !known[i] {
			continue
		}
		// All differences are to be from one reading of the asker's clock: it can have been set between two questions.
		drift := s.Asked.Round(0).Sub(base.Round(0)) - s.Asked.Sub(base)
		spans[i] = span{spans[i].from + drift, spans[i].to + drift}
		limit := s.Spec.limits().Clocks
		within := span{spans[i].from - limit, spans[i].to + limit}
		near = append(near, within)
		if s.Facts.Time.Kernel {
			trusted = append(trusted, within)
		}
	}
	if trusted == nil {
		trusted = near
	}
	common := agreed(trusted)
	verdicts := make([]Verdict, len(seen))
	for i, s := range seen {
		limit := s.Spec.limits().Clocks
		v := Verdict{OK: true, Found: "not told", Need: "within " + limit.String() + " of the others", Mild: s.Spec.AllowUnsynchronised}
		if known[i] {
			v.Found = "within " + readable(max(spans[i].to-common, common-spans[i].from))
			if away := spans[i].away(common); away.Abs() > limit {
				v.OK = false
				v.Found = fmt.Sprintf("at least %s %s", readable(away.Abs()), direction(away))
				v.Mild = v.Mild || !s.Facts.Time.Kernel // it will be set: see ntp-synchronised
				v.Hint = "see which time server it follows (chronyc sources, ntpq -p, timedatectl timesync-status), and give all nodes the same ones"
			}
		}
		verdicts[i] = v
	}
	return verdicts
}

func earliest(seen []Sighting) time.Time {
	var first time.Time
	for _, s := range seen {
		if !s.Asked.IsZero() && (first.IsZero() || s.Asked.Before(first)) {
			first = s.Asked
		}
	}
	return first
}

// agreed is the difference that lies in the most spans: the middle of where it
// does. Of several such places the first in the order of spans counts. It is
// Marzullo's algorithm, by which NTP knows false tickers.
func agreed(spans []span) time.Duration {
	best, most := span{}, 0
	for _, s := range spans {
		// The place with the most begins where some span begins.
		common, count := s, 0
		for _, other := range spans {
			if other.holds(s.from) {
				count++
				common.to = min(common.to, other.to)
			}
		}
		if count > most {
			best, most = common, count
		}
	}
	return best.from + (best.to-best.from)/2
}

func direction(away time.Duration) string {
	if away > 0 {
		return "ahead of the others"
	}
	return "behind the others"
}

// readable shows a duration with as many digits as anybody wants to know.
func readable(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}
