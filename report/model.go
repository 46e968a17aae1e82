package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"dcosup/installer"
)

// model is where a run stands, as told by its events. It is what the live view
// draws from. Taking an event costs the same whatever the number of nodes.
type model struct {
	command  string
	started  time.Time
	expected int // nodes in the run
	found    []NodeFindings
	foundAt  map[string]int // index in found, by node
	tally    tally
	plan     *installer.Plan

	steps  map[string]*stepState
	stages map[installer.Stage]*stageState

	total, ended      int   // steps
	bytes, bytesTotal int64 // of transfers that have begun and know their size
}

// stageState counts the steps of a stage.
type stageState struct {
	stage    installer.Stage
	total    int
	outcomes map[installer.Outcome]int
	running  map[string]*stepState
	began    time.Time // of the first step; zero before
	closed   bool
}

func (s *stageState) ended() int {
	n := 0
	for _, c := range s.outcomes {
		n += c
	}
	return n
}

// stepState is a step that has begun or stands in the plan.
type stepState struct {
	id, node, title string
	stage           *stageState
	began           time.Time
	message         string // what it waits for, "" when it has not said
	printed         string // the last line that its node printed since then
	done, total     int64  // bytes
	over            bool
}

func newModel() *model {
	return &model{foundAt: map[string]int{}, steps: map[string]*stepState{}, stages: map[installer.Stage]*stageState{}}
}

// take learns from an event. It returns the stage that ended with it, or nil.
func (m *model) take(e installer.Event) *stageState {
	switch e.Type {
	case installer.RunStarted:
		m.command, m.started, m.expected = e.Command, e.Time, len(e.Nodes)
		m.stage(installer.StageDiscover).total = len(e.Nodes)
		m.stage(installer.StageDiscover).began = e.Time
	case installer.NodeFound:
		return m.nodeFound(e)
	case installer.PlanMade:
		m.setPlan(e.Plan)
	case installer.StepStarted:
		m.stepStarted(e)
	case installer.StepProgress:
		m.stepProgress(e)
	case installer.StepOutput:
		m.stepOutput(e)
	case installer.StepEnded:
		return m.stepEnded(e)
	}
	return nil
}

func (m *model) stage(name installer.Stage) *stageState {
	s := m.stages[name]
	if s == nil {
		s = &stageState{stage: name, outcomes: map[installer.Outcome]int{}, running: map[string]*stepState{}}
		m.stages[name] = s
	}
	return s
}

// nodeFound takes what was found on a node. A node that is looked at again has
// its findings replaced: what was mended since is no longer told.
func (m *model) nodeFound(e installer.Event) *stageState {
	f := findingsOf(e)
	m.tally.add(f.Findings, 1)
	if i, again := m.foundAt[e.Node]; again {
		m.tally.add(m.found[i].Findings, -1)
		m.found[i] = f
		return nil
	}
	m.foundAt[e.Node] = len(m.found)
	m.found = append(m.found, f)
	outcome := installer.Unchanged
	if f.Failure != nil {
		outcome = installer.Failed
	}
	s := m.stage(installer.StageDiscover)
	s.outcomes[outcome]++
	return s.closeAt(len(m.found) >= m.expected)
}

// closeAt marks the stage as ended once, when it is.
func (s *stageState) closeAt(ended bool) *stageState {
	if !ended || s.closed {
		return nil
	}
	s.closed = true
	return s
}

// setPlan counts what is to come. A run can plan again, as when fixes brought
// to light what could not be judged before: steps that are over stay so.
func (m *model) setPlan(plan *installer.Plan) {
	if plan == nil {
		return
	}
	m.plan = plan
	for _, s := range plan.Steps {
		m.step(s.ID, s.Node, s.Title, s.Stage)
	}
}

// step returns the state of a step, which is counted when it is new.
func (m *model) step(id, node, title string, stage installer.Stage) *stepState {
	s := m.steps[id]
	if s == nil {
		s = &stepState{id: id, node: node, title: title, stage: m.stage(stage)}
		s.stage.total++
		m.steps[id] = s
		m.total++
	}
	return s
}

func (m *model) stepStarted(e installer.Event) {
	s := m.step(e.Step, e.Node, e.Message, e.Stage)
	if s.over {
		return
	}
	s.began = e.Time
	s.stage.running[s.id] = s
	if s.stage.began.IsZero() {
		s.stage.began = e.Time
	}
}

func (m *model) stepProgress(e installer.Event) {
	s := m.steps[e.Step]
	if s == nil || s.over {
		return
	}
	if e.Message != "" {
		s.message, s.printed = clean(e.Message), ""
	}
	if e.Total > 0 || e.Done > 0 {
		m.transfer(s, e.Done, e.Total)
	}
}

func (m *model) stepOutput(e installer.Event) {
	if s := m.steps[e.Step]; s != nil && !s.over {
		if line := strings.TrimSpace(clean(e.Message)); line != "" {
			s.printed = line
		}
	}
}

// doing is the latest word on what a step is at: what it said, or what its
// node printed since.
func (s *stepState) doing() string { return cmp.Or(s.printed, s.message) }

// quarters is how many quarters of a transfer are done.
func (s stepState) quarters() int64 {
	if s.total <= 0 {
		return 0
	}
	return 4 * s.done / s.total
}

// transfer keeps the sums of bytes right. Only transfers whose size is known
// are summed: a sum of parts and wholes would mislead.
func (m *model) transfer(s *stepState, done, total int64) {
	if s.total > 0 {
		m.bytes -= s.done
		m.bytesTotal -= s.total
	}
	s.done, s.total = done, total
	if total > 0 {
		s.done = min(done, total)
		m.bytes += s.done
		m.bytesTotal += total
	}
}

func (m *model) stepEnded(e installer.Event) *stageState {
	s := m.step(e.Step, e.Node, e.Step, e.Stage)
	if s.over {
		return nil
	}
	s.over = true
	m.ended++
	if e.Outcome == installer.Changed || e.Outcome == installer.Unchanged {
		m.transfer(s, s.total, s.total)
	} else {
		m.transfer(s, 0, 0)
	}
	delete(s.stage.running, s.id)
	s.stage.outcomes[e.Outcome]++
	return s.stage.closeAt(s.stage.ended() >= s.stage.total && m.plan != nil)
}

// working reports whether the steps of a plan are being carried out.
func (m *model) working() bool {
	if m.ended >= m.total {
		return false
	}
	for _, s := range m.stages {
		if !s.began.IsZero() && s.stage != installer.StageDiscover {
			return true
		}
	}
	return false
}

// open returns the stages that have begun and not ended, in their order.
func (m *model) open() []*stageState {
	var list []*stageState
	for _, name := range installer.Stages() {
		if s := m.stages[name]; s != nil && !s.began.IsZero() && !s.closed {
			list = append(list, s)
		}
	}
	return list
}

// slowest returns the steps that have run longest, n at most.
func (s *stageState) slowest(n int) []*stepState {
	list := make([]*stepState, 0, len(s.running))
	for _, step := range s.running {
		list = append(list, step)
	}
	slices.SortFunc(list, func(a, b *stepState) int {
		return cmp.Or(a.began.Compare(b.began), cmp.Compare(a.id, b.id))
	})
	return list[:min(n, len(list))]
}

// share is how much of the run's steps is done, of `of`. A running transfer
// counts for the part that has come.
func (m *model) share(of int64) int64 {
	if m.total == 0 {
		return 0
	}
	done := float64(m.ended)
	for _, stage := range m.stages {
		for _, s := range stage.running {
			if s.total > 0 {
				done += float64(s.done) / float64(s.total)
			}
		}
	}
	return min(int64(done/float64(m.total)*float64(of)), of)
}
