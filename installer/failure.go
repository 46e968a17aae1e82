package installer

// Kind says what sort of failure ended a step or a run. Kinds map to exit
// codes and are decided by type, never by the text of an error.
type Kind string

// The kinds of failure.
const (
	KindFailed       Kind = "failed"
	KindUsage        Kind = "usage" // the command line or the inventory
	KindPrerequisite Kind = "prerequisite"
	KindUnreachable  Kind = "unreachable"
	KindLocked       Kind = "locked"
	KindInterrupted  Kind = "interrupted"
)

// ExitCode is the process's exit code for a kind of failure.
func (k Kind) ExitCode() int {
	switch k {
	case "":
		return 0
	case KindUsage:
		return 2
	case KindPrerequisite:
		return 3
	case KindUnreachable:
		return 4
	case KindLocked:
		return 5
	case KindInterrupted:
		return 130
	default:
		return 1
	}
}
