package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Stage is the part of connecting that failed.
type Stage string

// The stages, in the order in which a connection goes through them.
const (
	StageResolve   Stage = "resolve"
	StageJump      Stage = "jump"
	StageDial      Stage = "dial"
	StageHandshake Stage = "handshake"
	StageHostKey   Stage = "host key"
	StageAuth      Stage = "auth"
	StageSession   Stage = "session"
	StageBecome    Stage = "become"
)

var (
	// ErrPassphrase is a passphrase that does not open its key.
	ErrPassphrase = errors.New("the passphrase is wrong")
	// ErrClosed is returned by a Conn or Dialer after its Close.
	ErrClosed = errors.New("closed")
	// ErrLockLost is the cause (context.Cause) of a context that Lock returned once the lock is no longer held.
	ErrLockLost = errors.New("the lock was lost: its session ended")
)

// tooLate is a deadline that has passed, in words that say which.
type tooLate string

func (e tooLate) Error() string        { return string(e) }
func (e tooLate) Is(target error) bool { return target == context.DeadlineExceeded }

// ConnectError is a failure to get a working session on a node. Cause may be a *HostKeyError or an *AuthError.
type ConnectError struct {
	Node  string
	Stage Stage
	Addr  string // host:port
	Tries int    // how many times it was tried; 0 and 1 are not worth telling
	Cause error
	Hint  string // what to do about it; may be empty
}

// Error does not include the hint.
func (e *ConnectError) Error() string {
	s := fmt.Sprintf("%s: cannot connect to %s: %s: %v", e.Node, e.Addr, e.Stage, e.Cause)
	if e.Tries > 1 {
		s += fmt.Sprintf(" (tried %d times)", e.Tries)
	}
	return s
}

func (e *ConnectError) Unwrap() error { return e.Cause }

// HintText is what a person can do about the failure, or "".
func (e *ConnectError) HintText() string { return e.Hint }

// Unreachable reports whether the node could not be talked to at all: as opposed to a refused login or host key.
func (e *ConnectError) Unreachable() bool {
	switch e.Stage {
	case StageResolve, StageJump, StageDial, StageHandshake:
		return true
	}
	return false
}

// LostError is a connection that ended under an operation. Whether the operation took effect is not known.
type LostError struct {
	Node  string
	Op    string // what was going on, such as the name of a command
	Cause error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("%s: connection lost during %s: %v", e.Node, e.Op, e.Cause)
}

func (e *LostError) Unwrap() error { return e.Cause }

// Unreachable is true: like a ConnectError's of the early stages.
func (e *LostError) Unreachable() bool { return true }

// HintText says that trying again is safe where the caller's scripts are.
func (e *LostError) HintText() string {
	return "see whether the node is up and the network works, then run the same command again"
}

// IsUnreachable reports whether err, or one that it wraps, says that a node could not be reached.
func IsUnreachable(err error) bool {
	var u interface{ Unreachable() bool }
	return errors.As(err, &u) && u.Unreachable()
}

// CommandError is a command that ran and did not exit with 0, or was killed.
type CommandError struct {
	Node     string
	Name     string // of the Command or Job
	ExitCode int    // -1 when Signal is set
	Signal   string // without SIG, such as "KILL"
	Stderr   string // the last of it: up to 64 KiB; of a Job, the last of its log
	Cause    error  // what else went wrong, such as a failing sink; usually nil
}

// Error has the last three lines of stderr; the field has more.
func (e *CommandError) Error() string {
	s := fmt.Sprintf("%s: %s: exit code %d", e.Node, e.Name, e.ExitCode)
	if e.Signal != "" {
		s = fmt.Sprintf("%s: %s: killed by signal %s", e.Node, e.Name, e.Signal)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	if t := lastLines(e.Stderr, 3); t != "" {
		s += ": " + t
	}
	return s
}

func (e *CommandError) Unwrap() error { return e.Cause }

// HintText is for exit code 127, by which a shell says that there is no such command; else "".
func (e *CommandError) HintText() string {
	if e.ExitCode == 127 {
		return "the node lacks a command that is needed there, or has it outside of PATH: install what the last line names"
	}
	return ""
}

// HostKeyError is a host key that was not believed.
type HostKeyError struct {
	Host  string // as it is searched for in known_hosts: "host" or "[host]:port"
	Got   string // the key's SHA256 fingerprint, after its type
	Line  string // the known_hosts line that would pin the key
	Known []KnownKey
	Files []string // where it was searched for
	// Revoked means that Known has the line that forbids the key.
	Revoked bool
	// Certificate is what is wrong with one that a known authority has signed; else nil.
	Certificate error
}

// KnownKey is one key that known_hosts holds for the host.
type KnownKey struct {
	Fingerprint string // after its type
	File        string
	Line        int
}

// Changed reports whether known_hosts holds other keys for the host, as opposed to none.
func (e *HostKeyError) Changed() bool { return len(e.Known) > 0 && !e.Revoked }

func (e *HostKeyError) Error() string {
	switch {
	case e.Certificate != nil:
		return fmt.Sprintf("the host key of %s, %s: its certificate is of a known authority and not valid: %v", e.Host, e.Got, e.Certificate)
	case e.Revoked:
		return fmt.Sprintf("the host key of %s, %s, is revoked (%s:%d)", e.Host, e.Got, e.Known[0].File, e.Known[0].Line)
	case !e.Changed():
		return fmt.Sprintf("the host key of %s is not known: it shows %s", e.Host, e.Got)
	}
	var known []string
	for _, k := range e.Known {
		known = append(known, fmt.Sprintf("%s (%s:%d)", k.Fingerprint, k.File, k.Line))
	}
	return fmt.Sprintf("the host key of %s has changed: it shows %s, expected %s", e.Host, e.Got, strings.Join(known, " or "))
}

// AuthError is a refused login.
type AuthError struct {
	User         string
	Offered      []string // the keys that were offered: type, fingerprint, where from
	Withheld     int      // how many usable keys were not offered, see Dialer.MaxKeys
	PasswordSent bool     // and refused
	Accepted     []string // the methods that the server takes, as far as it said
	Asked        string   // what the server wanted to know beside that
	Skipped      []string // keys that could not be used, and why
	Banner       string   // the end of what the server says to all who come

	withPassword bool // there was one, and it was not sent because of the host key
}

func (e *AuthError) Error() string {
	var tried []string
	if len(e.Offered) > 0 {
		tried = append(tried, "offered "+strings.Join(e.Offered, ", "))
	}
	if e.PasswordSent {
		tried = append(tried, "sent the password")
	}
	if tried == nil {
		tried = []string{"no key to offer"}
	}
	s := fmt.Sprintf("login as %s refused: %s", e.User, strings.Join(tried, " and "))
	if e.Withheld > 0 {
		s += fmt.Sprintf(" (%d of %d usable keys)", len(e.Offered), len(e.Offered)+e.Withheld)
	}
	for _, part := range []struct{ before, text string }{
		{"the server takes ", strings.Join(e.Accepted, ", ")},
		{"it asks: ", strings.TrimSpace(e.Asked)},
		{"not usable: ", strings.Join(e.Skipped, ", ")},
		{"it says: ", e.Banner},
	} {
		if part.text != "" {
			s += "; " + part.before + part.text
		}
	}
	return s
}

// NoSpaceError is an upload that the target's file system has no room for.
type NoSpaceError struct {
	Node       string
	Dir        string
	Need, Free int64 // bytes
}

func (e *NoSpaceError) Error() string {
	if e.Node == "" {
		return fmt.Sprintf("no space in %s on this machine: %d bytes needed, %d free", e.Dir, e.Need, e.Free)
	}
	return fmt.Sprintf("%s: no space in %s: %d bytes needed, %d free", e.Node, e.Dir, e.Need, e.Free)
}

// HintText says where to make room.
func (e *NoSpaceError) HintText() string {
	where := e.Node
	if where == "" {
		where = "this machine"
	}
	return fmt.Sprintf("make room in %s on %s, then run the same command again", e.Dir, where)
}

// ChecksumError is an uploaded file that did not arrive as it was sent.
type ChecksumError struct {
	Node, Path string
	Want, Got  string // sha256, hexadecimal
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s: %s arrived damaged: sha256 %s, want %s", e.Node, e.Path, e.Got, e.Want)
}

// HintText says what can damage a file.
func (e *ChecksumError) HintText() string {
	return "see whether somebody writes to the file meanwhile, and whether disk and memory are sound (dmesg)"
}

// JobBusyError means that a job of the same name but with another key is running.
type JobBusyError struct {
	Node, Name string
	Key        string // that was asked for
	RunningKey string
	Started    time.Time
}

func (e *JobBusyError) Error() string {
	return fmt.Sprintf("%s: job %s is running since %s with other inputs", e.Node, e.Name, e.Started.Format(time.RFC3339))
}

// HintText says how to get past it.
func (e *JobBusyError) HintText() string {
	return "wait for it to end, then run the same command again"
}

// JobInterruptedError is a job that twice ended without leaving an exit code: killed, or the node went down.
type JobInterruptedError struct {
	Node, Name, LogPath string
}

func (e *JobInterruptedError) Error() string {
	return fmt.Sprintf("%s: job %s was interrupted, started again, and interrupted again; its log is %s", e.Node, e.Name, e.LogPath)
}

// HintText says where to look for who ended it.
func (e *JobInterruptedError) HintText() string {
	return fmt.Sprintf("see what kills it: journalctl -u dcosup-%s on the node, and dmesg for a want of memory", e.Name)
}

// LockedError means that somebody else holds the lock.
type LockedError struct {
	Node, Path string
	Holder     string // what they said of themselves
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: %s is held by %s", e.Node, e.Path, e.Holder)
}

// HintText says what ends the lock.
func (e *LockedError) HintText() string {
	return "wait for that run to end; the lock goes by itself within a minute after its holder is gone"
}

// lastLines joins the last n non-empty lines of s by " | ".
func lastLines(s string, n int) string {
	var out []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	if len(out) > n {
		out = out[len(out)-n:]
	}
	return strings.Join(out, " | ")
}
