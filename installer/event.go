package installer

import (
	"time"

	"dcosup/inventory"
	"dcosup/roles"
)

// EventType says what an Event tells. The words are part of the interface:
// they stand in `-o json` and in the run's events.jsonl.
type EventType string

// The types of events, in the order in which a run emits them.
const (
	RunStarted   EventType = "run-started"   // Command, Cluster, Nodes
	NodeFound    EventType = "node-found"    // Node, Findings; or Failure when it could not be looked at
	PlanMade     EventType = "plan-made"     // Plan
	StepStarted  EventType = "step-started"  // Step, Stage, Node, Message: what the step does
	StepProgress EventType = "step-progress" // Step, and Message: what it waits for, or Done and Total in bytes
	StepOutput   EventType = "step-output"   // Step, Node, Message: one line that the node printed
	StepEnded    EventType = "step-ended"    // Step, Outcome, Seconds, Message; Failure when it failed
	Note         EventType = "note"          // Message: something a person should know; Node where it is of one node
	RunEnded     EventType = "run-ended"     // Summary
)

// Stage groups steps for people: a finished stage is one line on a terminal.
type Stage string

// The stages of a run, in the order in which they begin.
const (
	StageDiscover Stage = "discover"
	StagePrepare  Stage = "prepare"
	StageRelease  Stage = "release"
	StageGenconf  Stage = "genconf"
	StageServe    Stage = "serve"
	StageMasters  Stage = "masters"
	StageAgents   Stage = "agents"
	StageVerify   Stage = "verify"
	StageReset    Stage = "reset"
	StageCleanup  Stage = "cleanup"
)

// Stages lists every stage in the order in which people read them.
func Stages() []Stage {
	return []Stage{StageDiscover, StagePrepare, StageRelease, StageGenconf, StageServe,
		StageMasters, StageAgents, StageVerify, StageReset, StageCleanup}
}

// Outcome is how a step ended.
type Outcome string

// The outcomes of a step.
const (
	Changed   Outcome = "changed"   // it did what it was for
	Unchanged Outcome = "unchanged" // there was nothing left to do
	Failed    Outcome = "failed"
	Skipped   Outcome = "skipped"   // a step that it builds on failed
	Cancelled Outcome = "cancelled" // the run was stopped before or while it ran
)

// Event is one thing that happened in a run. There is one stream of events;
// the terminal view, `-o json`, the node logs and the run's directory are
// renderings of it. Fields that an event's type does not name are empty.
type Event struct {
	Time     time.Time        `json:"time"`
	Run      string           `json:"run"`
	Type     EventType        `json:"type"`
	Stage    Stage            `json:"stage,omitempty"`
	Step     string           `json:"step,omitempty"`
	Node     string           `json:"node,omitempty"`
	Role     inventory.Role   `json:"role,omitempty"`
	Message  string           `json:"message,omitempty"`
	Done     int64            `json:"done,omitempty"`  // bytes
	Total    int64            `json:"total,omitempty"` // bytes; 0 when not known
	Outcome  Outcome          `json:"outcome,omitempty"`
	Seconds  float64          `json:"seconds,omitempty"`
	Failure  *Failure         `json:"failure,omitempty"`
	Command  string           `json:"command,omitempty"` // apply, check, …
	Cluster  string           `json:"cluster,omitempty"`
	Nodes    []NodeName       `json:"nodes,omitempty"`
	Plan     *Plan            `json:"plan,omitempty"`
	Findings []CheckedFinding `json:"findings,omitempty"`
	Summary  *Summary         `json:"summary,omitempty"`
}

// NodeName is a node as the inventory names it, with the role it plays.
type NodeName struct {
	Name string         `json:"name"`
	Role inventory.Role `json:"role"`
}

// CheckedFinding is a roles.Finding in the words of the JSON interface.
type CheckedFinding struct {
	Requirement string `json:"requirement"`
	Title       string `json:"title"`
	Why         string `json:"why"`
	Status      string `json:"status"` // pass, warn, fail; off: not met, and need not be
	Found       string `json:"found"`
	Need        string `json:"need"`
	Fix         string `json:"fix,omitempty"`    // what `apply` would do; "" when a person must
	Reboot      bool   `json:"reboot,omitempty"` // a reboot of the node can help
	Hint        string `json:"hint,omitempty"`   // words for that person
	Reason      string `json:"reason,omitempty"` // why the inventory changes the requirement

	Measured roles.Measure `json:"measured,omitzero"` // where Found is one number that was measured
}

// Failure is an error as people and programs read it: what was tried, where,
// how it ended, and what to do.
type Failure struct {
	Node     string   `json:"node,omitempty"`
	Step     string   `json:"step,omitempty"`
	Kind     Kind     `json:"kind"`
	Message  string   `json:"message"`           // the cause, one or a few lines
	Command  string   `json:"command,omitempty"` // what ran on the node
	ExitCode int      `json:"exit_code,omitempty"`
	Stderr   []string `json:"stderr,omitempty"` // the last lines that it printed
	Hint     string   `json:"hint,omitempty"`
}

// NodeResult is where a node stands when the run is over.
type NodeResult struct {
	Name    string         `json:"name"`
	Role    inventory.Role `json:"role"`
	Address string         `json:"address,omitempty"`
	State   NodeState      `json:"state"`
	Detail  string         `json:"detail,omitempty"` // "DC/OS 2.1.0, registered", or the failed step
	Changes int            `json:"changes"`          // steps that changed something
}

// NodeState is the one word for a node in the final table.
type NodeState string

// The states of a node.
const (
	Healthy     NodeState = "healthy"
	Ready       NodeState = "ready" // prepared, or needs nothing: the bootstrap node, a checked node
	Absent      NodeState = "absent"
	Unhealthy   NodeState = "unhealthy"
	Broken      NodeState = "failed"
	Unreachable NodeState = "unreachable"
	LeftOut     NodeState = "left out" // not selected by --limit, or its turn never came
)

// Summary ends a run: a table of nodes, and the one command to type next.
type Summary struct {
	Command  string       `json:"command"`
	Cluster  string       `json:"cluster"`
	OK       bool         `json:"ok"`
	ExitCode int          `json:"exit_code"`
	Changes  int          `json:"changes"`
	Seconds  float64      `json:"seconds"`
	Nodes    []NodeResult `json:"nodes"`
	Failures []Failure    `json:"failures,omitempty"`
	URL      string       `json:"url,omitempty"`  // the cluster's user interface
	Next     string       `json:"next,omitempty"` // the one command to type next
	NextWhy  string       `json:"next_why,omitempty"`
}
