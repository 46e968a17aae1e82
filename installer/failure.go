package installer

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/go-multierror"

	"dcosup/inventory"
	"dcosup/remote"
)

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

// exitCode is that of a whole run: what failed for good outweighs what could
// not be reached, and an interruption or a lock explains all the rest.
func exitCode(failures []Failure) int {
	for _, k := range []Kind{KindInterrupted, KindLocked, KindUsage, KindPrerequisite, KindFailed, KindUnreachable} {
		for _, f := range failures {
			if f.Kind == k {
				return k.ExitCode()
			}
		}
	}
	return 0
}

// stepError places an error: on which node, in which step.
type stepError struct {
	Node, Step string
	Err        error
}

func (e stepError) Error() string { return e.Node + ": " + e.Step + ": " + e.Err.Error() }
func (e stepError) Unwrap() error { return e.Err }

// unmetError is a requirement that does not hold and that dcosup cannot mend.
type unmetError struct {
	Message, Advice string
	Output          []string // of the fixes that failed
}

func (e unmetError) Error() string    { return e.Message }
func (e unmetError) HintText() string { return e.Advice }

// hinted is an error with words for what to do about it.
type hinted struct {
	error
	hint string
}

func (e hinted) HintText() string { return e.hint }
func (e hinted) Unwrap() error    { return e.error }

// explained says what an error means, in words that stand for its own. The
// error stays below for its type, its exit code and its output.
type explained struct {
	text string
	error
}

func (e explained) Error() string { return e.text }
func (e explained) Unwrap() error { return e.error }

// failuresOf takes a joined error apart into one failure each.
func failuresOf(err error) []Failure { return failuresAt(err, "", "") }

func failuresAt(err error, node, step string) []Failure {
	inner := err
	if placed, ok := err.(stepError); ok {
		node, step, inner = placed.Node, placed.Step, placed.Err
	}
	parts := partsOf(inner)
	if parts == nil {
		return []Failure{failureOf(err, node, step)}
	}
	var all []Failure
	for _, part := range parts {
		all = append(all, failuresAt(part, node, step)...)
	}
	return all
}

// partsOf are the errors that an error joins; nil for one that has words of its
// own, though it may have several causes.
func partsOf(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		if parts := joined.Unwrap(); err.Error() == errors.Join(parts...).Error() {
			return parts
		}
		return nil
	}
	var many *multierror.Error
	if errors.As(err, &many) {
		return many.Errors
	}
	return nil
}

// failureOf turns an error into what people and programs read. node and step
// are used where the error itself does not say.
func failureOf(err error, node, step string) Failure {
	f := Failure{Node: node, Step: step, Kind: kindOf(err), Message: err.Error()}
	var placed stepError
	if errors.As(err, &placed) {
		f.Node, f.Step, f.Message = placed.Node, placed.Step, placed.Err.Error()
	}
	var command *remote.CommandError
	if errors.As(err, &command) {
		f.Command, f.ExitCode, f.Stderr = command.Name, command.ExitCode, tail(command.Stderr, 12)
		f.Message = strings.Replace(f.Message, command.Error(), brief(command), 1)
	}
	var lacking unmetError
	if errors.As(err, &lacking) {
		f.Stderr = tail(strings.Join(lacking.Output, "\n"), 12)
	}
	f.Message = withoutName(f.Message, f.Node)
	var source *inventory.Error
	if errors.As(err, &source) {
		f.Message, f.Hint = source.Format(), "" // it holds its own hint
		return f
	}
	var advice interface{ HintText() string }
	if errors.As(err, &advice) {
		f.Hint = advice.HintText()
	}
	return f
}

// brief is a command's failure without what has fields of its own in a Failure.
func brief(e *remote.CommandError) string {
	text := e.Name + " failed"
	if e.Signal != "" {
		text = e.Name + " was killed by signal " + e.Signal
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// withoutName leaves out the node's name, which stands beside the message.
func withoutName(message, node string) string {
	if node == "" {
		return message
	}
	message = strings.TrimPrefix(message, node+": ")
	return strings.NewReplacer("\n"+node+": ", "\n", ": "+node+": ", ": ").Replace(message)
}

func kindOf(err error) Kind {
	var locked *remote.LockedError
	var unmet unmetError
	var source *inventory.Error
	switch {
	case errors.As(err, &locked):
		return KindLocked
	case errors.As(err, &unmet):
		return KindPrerequisite
	case errors.As(err, &source):
		return KindUsage
	case errors.Is(err, context.Canceled):
		return KindInterrupted
	case remote.IsUnreachable(err):
		return KindUnreachable
	}
	return KindFailed
}

// tail is the last n lines of a text, without those that are empty.
func tail(text string, n int) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return lines
}

// Describe turns an error of one node into what people and programs read.
func Describe(err error, node string) Failure { return failureOf(err, node, "") }
