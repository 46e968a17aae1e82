package roles

import (
	"fmt"

	"dcosup/inventory"
)

// Status says how a requirement was met. As a severity it says what it means
// when the requirement is not met.
type Status int

// The order is that of importance.
const (
	Pass Status = iota
	Warn        // the installation can go on
	Fail        // it cannot
)

// String returns pass, warn or fail.
func (s Status) String() string {
	switch s {
	case Pass:
		return "pass"
	case Warn:
		return "warn"
	case Fail:
		return "fail"
	}
	return fmt.Sprintf("status %d", int(s))
}

// MarshalText makes JSON show the word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Requirement is something that a role needs of a node.
type Requirement struct {
	ID    string // stable, for flags and JSON, e.g. "docker-running"
	Title string // what holds when it is met, e.g. "Docker is running"
	Why   string // what goes wrong without it

	Severity Status           // Fail or Warn: what it usually means not to meet it
	Roles    []inventory.Role // nil: every role
	Families []Family         // nil: every family

	// From and Before bound the DC/OS versions that have this requirement:
	// From ≤ version < Before, as "1.12". "" is no bound. A Spec without a
	// version is held to all.
	From, Before string

	satisfied func(Facts, Spec) Verdict
	fix       string // id of the fix, "" for none
	fixText   func(Facts, Spec) string
}

// Verdict is what a requirement says of one node.
type Verdict struct {
	Status  Status
	Found   string // what is there
	Need    string // what should be
	Fixable bool   // the requirement's fix will help on this node
	Hint    string // what a person can do, when it is not fixable
}

// Finding is a requirement with its verdict on one node.
type Finding struct {
	Requirement
	Status  Status
	Found   string
	Need    string
	Fixable bool
	FixID   string // name under which FixScript reports the fix; several findings can share one
	Fix     string // what will be done, in one line; "" when not fixable
	Hint    string // words for a person; "" when fixable
}

// Spec is what a node is wanted for. Its zero value but for Role is useful.
type Spec struct {
	Role    inventory.Role
	Version string // of DC/OS, e.g. "2.1.0"; "" if it is not known: then everything is required

	// SELinuxMode is enforcing, permissive or disabled; "" is permissive. A
	// mode that is weaker than wanted is never made stricter by a fix.
	SELinuxMode string

	// Ours says that a partial DC/OS on the node is our own run's, to be
	// continued, and no stranger's.
	Ours bool

	// AllowUnsynchronised makes an unsynchronised clock a warning, for
	// clusters with `check_time: false`.
	AllowUnsynchronised bool

	// EnableIPv6 is config.yaml's enable_ipv6; nil is its default, true.
	EnableIPv6 *bool

	// NTPServers are given to a chrony that the fixes install; empty keeps
	// the distribution's own.
	NTPServers []string

	// SyncWait is how long a fix waits for the clock, in seconds; 0 is 60.
	SyncWait int

	// Limits are the sizes asked for; a zero field is the role's default.
	Limits Limits
}

// Limits are sizes in bytes, and CPUs. Below a wanted size is a warning, below a
// floor a failure.
type Limits struct {
	CPUs                    int // wanted; there is no floor but 1
	Memory, MemoryFloor     int64
	Disk, DiskFloor         int64 // wanted: size of the filesystem of /; floor: free on it
	VarFree, VarFloor       int64 // free in /var
	Install, TmpFree, Spare int64 `json:"-"`
}

// DefaultLimits returns the limits of a role.
func DefaultLimits(role inventory.Role) Limits { return Limits{} }

// All returns every requirement, in the order in which Judge answers.
func All() []Requirement { return nil }

// Judge holds a node's facts against all that its role requires, in the order
// of All. Requirements that do not concern the node are left out.
func Judge(f Facts, s Spec) []Finding { return nil }

// ProbeScript returns the script that asks a node for its facts. It changes
// nothing, and answers on standard output in the form that ParseFacts reads.
func ProbeScript() string { return "" }

// ParseFacts reads what the probe answered. It takes nothing but a whole answer
// of the form that it knows; the error is a *ProbeError.
func ParseFacts(answer []byte) (Facts, error) { return Facts{}, nil }

// ProbeError says where an answer is not what ParseFacts knows.
type ProbeError struct {
	Line    int    // from 1; 0: the whole
	Text    string // that line, shortened
	Problem string
}

func (e *ProbeError) Error() string { return "" }

// FixIDs returns the names of the fixes that FixScript would run for the
// findings, in their order. It is empty when there is nothing to fix.
func FixIDs(findings []Finding) []string { return nil }

// FixScript returns one script with all fixes that the findings ask for, or ""
// when they ask for none. FixParser reads its output.
func FixScript(findings []Finding, f Facts, s Spec) (string, error) { return "", nil }

// UninstallScript returns the script that removes DC/OS from a node.
func UninstallScript() string { return "" }

// FixNotTried is the code of a fix that was left out as one that it needs failed.
const FixNotTried = 77

// FixKind is what a line of a fix script's output tells.
type FixKind int

// The kinds of FixEvent.
const (
	FixBegin FixKind = iota + 1
	FixOutput
	FixEnd
)

// FixEvent is one line of a fix script's output, understood.
type FixEvent struct {
	Kind FixKind
	ID   string // of the fix; "" for output between fixes
	Line string // FixOutput: the line
	Code int    // FixEnd: exit code, 0 is success
}

// FixParser follows a fix script's output. The zero value is ready.
type FixParser struct {
	open string
	done bool
	seen map[string]bool
}

// Line takes one line, without its newline. The event is meaningless when ok is
// false: the line says nothing.
func (p *FixParser) Line(line string) (event FixEvent, ok bool, err error) {
	return FixEvent{}, false, nil
}

// Finish says whether the output was whole.
func (p *FixParser) Finish() error { return nil }
