package installer

import (
	"fmt"

	"dcosup/genconf"
)

// Action is what a step does. Each has one implementation, in actions.go.
type Action string

// The actions.
const (
	ActFix       Action = "fix"        // mend what a node lacks, then look again
	ActReboot    Action = "reboot"     // reboot a node that needs it, then look again
	ActRelease   Action = "release"    // bring dcos_generate_config.sh to the bootstrap node
	ActGenconf   Action = "genconf"    // run it on config.yaml and the detection scripts
	ActCopySelf  Action = "copy-self"  // bring dcosup itself to the bootstrap node, to serve files there
	ActServe     Action = "serve"      // serve the install files to the cluster's addresses
	ActClean     Action = "clean"      // remove what an interrupted installation left
	ActInstall   Action = "install"    // run dcos_install.sh with the node's role
	ActHealthy   Action = "healthy"    // wait until a master serves
	ActVerify    Action = "verify"     // prove that the cluster is whole
	ActStopServe Action = "stop-serve" // the install files hold secrets: serve them no longer than needed
	ActUninstall Action = "uninstall"  // remove DC/OS from a node
	ActRestore   Action = "restore"    // put back what fixes changed on a node
	ActForget    Action = "forget"     // remove what dcosup itself keeps on a node
)

// Choices are what a person chooses that changes plans.
type Choices struct {
	// KeepServing leaves the file server running when the run is over.
	KeepServing bool
	// Reboot reboots nodes that need it, before anything is installed on them.
	Reboot bool
	// Restore has a reset put back what fixes changed.
	Restore bool
}

// Step is one action on one node.
type Step struct {
	ID      string   `json:"id"` // "install/agent-1"
	Stage   Stage    `json:"stage"`
	Node    string   `json:"node"`
	Action  Action   `json:"action"`
	Title   string   `json:"title"`             // "install DC/OS (slave)"
	Why     string   `json:"why,omitempty"`     // the fact that asks for it
	After   []string `json:"after,omitempty"`   // steps that must have succeeded
	Settled []string `json:"settled,omitempty"` // steps that must have ended, well or not
	Always  bool     `json:"always,omitempty"`  // done also when the run is to start nothing new: it takes back what a step did
}

// Plan is what is to be done, and what each step waits for. A plan is data: it
// can be printed, compared and executed.
type Plan struct {
	Steps []Step   `json:"steps"`
	Notes []string `json:"notes,omitempty"` // what a person should know before saying yes
	// Changed is how the configuration differs from that of the installed
	// cluster; apply does nothing about it, and Notes say so.
	Changed []genconf.Change `json:"changed,omitempty"`
}

// Changes reports whether the plan holds a step that could change a node.
// Waiting and verifying only look.
func (p Plan) Changes() bool {
	for _, s := range p.Steps {
		if s.Action != ActVerify && s.Action != ActHealthy {
			return true
		}
	}
	return false
}

// stepID names the action on a node: unique within a plan.
func stepID(a Action, node string) string { return fmt.Sprintf("%s/%s", a, node) }
