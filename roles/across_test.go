package roles

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dcosup/inventory"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// sighting is a node whose clock is off, asked at noon. It takes the question
// there ms to arrive, the probe 200, and the answer back ms to come.
func sighting(name string, off time.Duration, there, back int) Sighting {
	const probe = 200
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	f := goodNode()
	f.Hostname = name
	f.Clock = Clock{Begin: noon.Add(ms(there) + off), End: noon.Add(ms(there+probe) + off)}
	return Sighting{Name: name, Facts: f, Spec: Spec{Role: inventory.RoleAgent}, Asked: noon, Answered: noon.Add(ms(there + probe + back))}
}

// acrossOf are the findings of one requirement, one for each node.
func acrossOf(t *testing.T, id string, seen []Sighting) []Finding {
	t.Helper()
	var of []Finding
	for _, findings := range JudgeAcross(seen) {
		i := slices.IndexFunc(findings, func(f Finding) bool { return f.ID == id })
		if i < 0 {
			t.Fatalf("no finding %q among %v", id, findings)
		}
		covered.judged(findings[i])
		of = append(of, findings[i])
	}
	return of
}

func statuses(findings []Finding) string {
	var words []string
	for _, f := range findings {
		words = append(words, f.Status.String())
	}
	return strings.Join(words, " ")
}

func TestClocks(t *testing.T) {
	untold := sighting("old", 0, 5, 5)
	untold.Facts.Clock = Clock{}
	set := sighting("set", 0, 5, 5) // its clock was set back under the probe
	set.Facts.Clock.End = set.Facts.Clock.Begin.Add(time.Minute)
	coarse := sighting("busybox", 0, 5, 5)
	coarse.Facts.Clock = Clock{Begin: noon.Add(-900 * time.Millisecond), End: noon.Add(-900 * time.Millisecond), Coarse: time.Second}
	lenient := sighting("lenient", time.Hour, 5, 5)
	lenient.Spec.AllowUnsynchronised = true
	strict := sighting("strict", 300*time.Millisecond, 5, 5)
	strict.Spec.Policy = Policy{Limits: Limits{Clocks: 100 * time.Millisecond}}
	free := sighting("free", time.Hour, 5, 5)
	free.Facts.Time.Kernel = false
	tests := []struct {
		name  string
		seen  []Sighting
		want  string // the statuses
		found string // of the first that is not met
	}{
		{"none", nil, "", ""},
		{"one", []Sighting{sighting("a", time.Hour, 5, 5)}, "pass", ""},
		{"all agree, whatever this machine's clock says", []Sighting{sighting("a", time.Hour, 5, 5), sighting("b", time.Hour, 90, 5)}, "pass pass", ""},
		{"one is ahead", []Sighting{sighting("a", 0, 5, 5), sighting("b", 30*time.Second, 5, 5), sighting("c", 0, 5, 5)}, "pass fail pass", "at least 30s ahead of the others"},
		{"one is behind", []Sighting{sighting("a", -2500*time.Millisecond, 5, 5), sighting("b", 0, 5, 5), sighting("c", 0, 5, 5)}, "fail pass pass", "at least 2.5s behind"},
		{"of two, the second", []Sighting{sighting("a", 0, 5, 5), sighting("b", time.Minute, 5, 5)}, "pass fail", "ahead"},
		{"a little apart", []Sighting{sighting("a", -900*time.Millisecond, 5, 5), sighting("b", 0, 5, 5), sighting("c", 900*time.Millisecond, 5, 5)}, "pass pass pass", ""},
		{"a slow way there proves nothing", []Sighting{sighting("a", 0, 5, 5), sighting("b", 3*time.Second, 5, 4000), sighting("c", 0, 5, 5)}, "pass pass pass", ""},
		{"a slow way there is no excuse for more", []Sighting{sighting("a", 0, 5, 5), sighting("b", 9*time.Second, 5, 4000), sighting("c", 0, 5, 5)}, "pass fail pass", "at least 5"},
		{"some do not tell", []Sighting{sighting("a", 0, 5, 5), untold, set, coarse}, "pass pass pass pass", ""},
		{"check_time is false", []Sighting{sighting("a", 0, 5, 5), lenient}, "pass warn", "1h0m0s ahead"},
		{"a limit of its own", []Sighting{sighting("a", 0, 5, 5), sighting("b", 0, 5, 5), sighting("c", 0, 5, 5), strict}, "pass pass pass pass", ""},
		{"a limit of its own, exceeded", []Sighting{strict, sighting("a", -900*time.Millisecond, 5, 5), sighting("b", -900*time.Millisecond, 5, 5)}, "fail pass pass", "ahead"},
		{"one that will be synchronised", []Sighting{free, sighting("a", 0, 5, 5)}, "warn pass", "1h0m0s ahead"},
		{"none is synchronised", []Sighting{free, free}, "pass pass", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := acrossOf(t, "clocks", test.seen)
			if statuses(got) != test.want {
				t.Errorf("got %q, want %q: %v", statuses(got), test.want, got)
			}
			for _, f := range got {
				if f.Status != Pass && (!strings.Contains(f.Found, test.found) || f.Hint == "") {
					t.Errorf("found %q, hint %q; want %q, and a hint", f.Found, f.Hint, test.found)
				}
			}
		})
	}
}

// A clock of this machine that is set between two questions is no matter of the
// nodes.
func TestClocksWhenTheAskersClockIsSet(t *testing.T) {
	begun := time.Now() // has a monotonic reading, which a Sighting of a test lacks
	a, b := sighting("a", 0, 5, 5), sighting("b", 0, 5, 5)
	for _, s := range []*Sighting{&a, &b} {
		shift := begun.Sub(noon)
		s.Asked, s.Answered = begun, begun.Add(210*time.Millisecond)
		s.Facts.Clock.Begin, s.Facts.Clock.End = s.Facts.Clock.Begin.Add(shift), s.Facts.Clock.End.Add(shift)
	}
	got := acrossOf(t, "clocks", []Sighting{a, b})
	if statuses(got) != "pass pass" {
		t.Errorf("got %v", got)
	}
}

func TestUniqueNames(t *testing.T) {
	a, b, c, nameless := sighting("a", 0, 5, 5), sighting("b", 0, 5, 5), sighting("c", 0, 5, 5), sighting("d", 0, 5, 5)
	c.Facts.Hostname = "a"
	nameless.Facts.Hostname = ""
	got := acrossOf(t, "hostname-unique", []Sighting{a, b, c, nameless, nameless})
	if want := "warn pass warn pass pass"; statuses(got) != want {
		t.Errorf("got %q, want %q", statuses(got), want)
	}
	if want := "a, as c"; got[0].Found != want || got[0].Hint == "" {
		t.Errorf("found %q, hint %q; want %q, and a hint", got[0].Found, got[0].Hint, want)
	}
}

// A policy has its word on what nodes show together, too.
func TestPolicyAcross(t *testing.T) {
	late := sighting("b", time.Minute, 5, 5)
	late.Spec.Policy = Policy{Rules: map[string]Rule{"clocks": {Severity: Off, Reason: "a test of leap years"}}}
	got := acrossOf(t, "clocks", []Sighting{sighting("a", 0, 5, 5), late})
	if got[1].Status != Off || got[1].Reason != "a test of leap years" {
		t.Errorf("got %+v", got[1])
	}
}
