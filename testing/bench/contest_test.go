package bench

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// try makes a Try from milliseconds.
func try(wall, cpu, nodes time.Duration, memory int64, failed int) Try {
	const ms = time.Millisecond
	return Try{Wall: wall * ms, CPU: cpu * ms, Nodes: nodes * ms, Memory: memory, Failed: failed}
}

func TestBound(t *testing.T) {
	for _, tc := range []struct {
		name        string
		contestants []Contestant
		want        time.Duration
	}{
		{name: "of nobody", want: 0},
		{name: "nobody has tried", contestants: []Contestant{{Name: "one"}}, want: 0},
		{name: "the cheapest median, on two cores",
			contestants: []Contestant{
				{"one", []Try{try(9, 1, 100, 0, 0), try(9, 1, 300, 0, 0), try(9, 1, 120, 0, 0)}},
				{"other", []Try{try(9, 1, 130, 0, 0)}}},
			want: 60 * time.Millisecond},
		{name: "work that was not done bounds nothing",
			contestants: []Contestant{{"one", []Try{try(9, 1, 100, 0, 0)}}, {"other", []Try{try(9, 1, 10, 0, 3)}}},
			want:        50 * time.Millisecond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := (Contest{Nodes: 2, Cores: 2, Contestants: tc.contestants}).Bound(); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestContestTable(t *testing.T) {
	c := Contest{Nodes: 10, Cores: 2, Contestants: []Contestant{
		{"own", []Try{try(1000, 20, 1000, 9e6, 0), try(3000, 40, 1200, 8e6, 0), try(1500, 30, 1100, 7e6, 0)}},
		{"slow", []Try{try(30_000, 9000, 2000, 500e6, 0)}},
		{"broken", []Try{try(100, 10, 0, 5e6, 4), try(100, 10, 0, 5e6, 1)}},
		{"absent", nil},
	}}
	const want = "" +
		"  10 nodes  seconds  times own  CPU ms a node  times own  peak MB  the nodes' CPU ms  all CPU to the least  tries  failed nodes\n" +
		"       own     1.50       1.00            3.0       1.00        9              110.0                  1.03      3             0\n" +
		"      slow    30.00      20.00          900.0     300.00      500              200.0                 10.00      1             0\n" +
		"    broken     0.10          -            1.0          -        5                0.0                     -      2             5\n" +
		"the bound is 0.55 s\n"
	if diff := cmp.Diff(want, c.Table()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// Where the first one failed there is nothing to compare with.
func TestContestTableWithoutAFirst(t *testing.T) {
	c := Contest{Nodes: 1, Cores: 1, Contestants: []Contestant{
		{"own", []Try{try(1000, 20, 1000, 9e6, 1)}}, {"other", []Try{try(2000, 20, 1000, 9e6, 0)}}}}
	const want = "" +
		"  1 nodes  seconds  times own  CPU ms a node  times own  peak MB  the nodes' CPU ms  all CPU to the least  tries  failed nodes\n" +
		"      own     1.00          -           20.0          -        9             1000.0                     -      1             1\n" +
		"    other     2.00          -           20.0          -        9             1000.0                     -      1             0\n" +
		"the bound is 1.00 s\n"
	if diff := cmp.Diff(want, c.Table()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
