package installer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"dcosup/inventory"
	"dcosup/remote"
)

// Every error that a node can cause, as a person reads it: what was tried and
// why it failed, without the node's name, which stands beside it, and what to do.
func TestFailureOf(t *testing.T) {
	refused := errors.New("connection refused")
	for _, tc := range []struct {
		name string
		err  error
		want Failure
	}{
		{"no answer", &remote.ConnectError{Node: "n1", Stage: remote.StageDial, Addr: "10.0.0.1:22", Tries: 3, Cause: refused, Hint: "see whether sshd runs"},
			Failure{Kind: KindUnreachable, Message: "cannot connect to 10.0.0.1:22: dial: connection refused (tried 3 times)", Hint: "see whether sshd runs"}},
		{"a jump that cannot be reached", &remote.ConnectError{Node: "n1", Stage: remote.StageJump, Addr: "10.0.0.1:22",
			Cause: &remote.ConnectError{Node: "gate", Stage: remote.StageDial, Addr: "gate:22", Cause: refused}},
			Failure{Kind: KindUnreachable, Message: "cannot connect to 10.0.0.1:22: jump: gate: cannot connect to gate:22: dial: connection refused"}},
		{"a host key that is not known", &remote.ConnectError{Node: "n1", Stage: remote.StageHostKey, Addr: "10.0.0.1:22",
			Cause: &remote.HostKeyError{Host: "10.0.0.1", Got: "ssh-ed25519 SHA256:x"}, Hint: "compare the key, then add it"},
			Failure{Kind: KindFailed, Message: "cannot connect to 10.0.0.1:22: host key: the host key of 10.0.0.1 is not known: it shows ssh-ed25519 SHA256:x",
				Hint: "compare the key, then add it"}},
		{"a refused login", &remote.ConnectError{Node: "n1", Stage: remote.StageAuth, Addr: "10.0.0.1:22",
			Cause: &remote.AuthError{User: "core"}, Hint: "give a key by --private-key"},
			Failure{Kind: KindFailed, Message: "cannot connect to 10.0.0.1:22: auth: login as core refused: no key to offer", Hint: "give a key by --private-key"}},
		{"a connection that was lost", &remote.LostError{Node: "n1", Op: "genconf", Cause: errors.New("EOF")},
			Failure{Kind: KindUnreachable, Message: "connection lost during genconf: EOF", Hint: "see whether the node is up and the network works, then run the same command again"}},
		{"sudo that asks", &remote.BecomeError{Node: "n1", User: "core", Method: remote.Sudo, Reason: remote.BecomeNeedsPassword},
			Failure{Kind: KindFailed, Message: "sudo as core: a password is needed",
				Hint: `give core's password for sudo with -K, or ansible_become_password; or allow it with a line "core ALL=(ALL) NOPASSWD: ALL" in a file in /etc/sudoers.d (visudo -f), or log in as root`}},
		{"a lock that somebody holds", &remote.LockedError{Node: "n1", Path: "/run/dcosup/lock", Holder: "eve@laptop since 10:00"},
			Failure{Kind: KindLocked, Message: "/run/dcosup/lock is held by eve@laptop since 10:00",
				Hint: "wait for that run to end; the lock goes by itself within a minute after its holder is gone"}},
		{"no room", &remote.NoSpaceError{Node: "n1", Dir: "/opt", Need: 100, Free: 7},
			Failure{Kind: KindFailed, Message: "no space in /opt: 100 bytes needed, 7 free", Hint: "make room in /opt on n1, then run the same command again"}},
		{"a job with other inputs", &remote.JobBusyError{Node: "n1", Name: "genconf", Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
			Failure{Kind: KindFailed, Message: "job genconf is running since 2026-01-02T03:04:05Z with other inputs", Hint: "wait for it to end, then run the same command again"}},
		{"a command: code and stderr stand apart", &remote.CommandError{Node: "n1", Name: "job install", ExitCode: 3, Stderr: "one\r\n\n  two\n"},
			Failure{Kind: KindFailed, Message: "job install failed", Command: "job install", ExitCode: 3, Stderr: []string{"one", "  two"}}},
		{"a command that was killed", &remote.CommandError{Node: "n1", Name: "job install", ExitCode: -1, Signal: "KILL"},
			Failure{Kind: KindFailed, Message: "job install was killed by signal KILL", Command: "job install", ExitCode: -1}},
		{"a command whose output could not be kept", &remote.CommandError{Node: "n1", Name: "probe", ExitCode: 1, Cause: errors.New("disk full")},
			Failure{Kind: KindFailed, Message: "probe failed: disk full", Command: "probe", ExitCode: 1}},
		{"a command with words around it", fmt.Errorf("the file server does not run: %w", &remote.CommandError{Node: "n1", Name: "look", ExitCode: 1, Stderr: "bind: in use"}),
			Failure{Kind: KindFailed, Message: "the file server does not run: look failed", Command: "look", ExitCode: 1, Stderr: []string{"bind: in use"}}},
		{"a command with advice", hinted{&remote.CommandError{Node: "n1", Name: "look", ExitCode: 1}, "stop the other program"},
			Failure{Kind: KindFailed, Message: "look failed", Command: "look", ExitCode: 1, Hint: "stop the other program"}},
		{"another's advice does not hide the nearer one", hinted{&remote.LostError{Node: "n1", Op: "verify", Cause: errors.New("EOF")}, "look at the masters"},
			Failure{Kind: KindUnreachable, Message: "connection lost during verify: EOF", Hint: "look at the masters"}},
		{"a requirement that does not hold", unmetError{Message: "cpus: found 1, need 2", Advice: "take a larger machine"},
			Failure{Kind: KindPrerequisite, Message: "cpus: found 1, need 2", Hint: "take a larger machine"}},
		{"what a fix printed explains why its requirement still does not hold", unmetError{Message: "docker-installed: found no, need yes",
			Output: []string{"E: Unable to locate package docker.io", ""}},
			Failure{Kind: KindPrerequisite, Message: "docker-installed: found no, need yes", Stderr: []string{"E: Unable to locate package docker.io"}}},
		{"the inventory: it shows the place and holds its own hint", &inventory.Error{Pos: inventory.Pos{File: "hosts", Line: 2, Column: 1}, Source: "m1", Message: "no", Hint: "yes"},
			Failure{Kind: KindUsage, Message: "hosts:2:1: no\n  2 | m1\n  hint: yes"}},
		{"an interruption", fmt.Errorf("waiting: %w", context.Canceled), Failure{Kind: KindInterrupted, Message: "waiting: context canceled"}},
		{"a deadline is a failure", context.DeadlineExceeded, Failure{Kind: KindFailed, Message: "context deadline exceeded"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.Node, tc.want.Step = "n1", "install/n1"
			if diff := cmp.Diff(tc.want, failureOf(tc.err, "n1", "install/n1")); diff != "" {
				t.Errorf("of a step (-want +got):\n%s", diff)
			}
			placed := stepError{Node: "n1", Step: "install/n1", Err: tc.err}
			if diff := cmp.Diff(tc.want, failureOf(placed, "", "")); diff != "" {
				t.Errorf("with its place in the error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFailureKeepsTheEndOfStderr(t *testing.T) {
	stderr := ""
	for i := 1; i <= 20; i++ {
		stderr += fmt.Sprintf("line %d\n", i)
	}
	got := failureOf(&remote.CommandError{Node: "n1", Name: "x", ExitCode: 1, Stderr: stderr}, "n1", "").Stderr
	if len(got) != 12 || got[0] != "line 9" || got[11] != "line 20" {
		t.Errorf("stderr: got %q, want lines 9 to 20", got)
	}
}

// Many errors in one are many failures, however they were joined.
func TestFailuresOfTakesErrorsApart(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	at := func(node string, err error) error { return stepError{Node: node, Step: "discover", Err: err} }
	for _, tc := range []struct {
		name string
		err  error
		want []string // "node: message"
	}{
		{"one alone", one, []string{": one"}},
		{"joined", errors.Join(at("a", one), at("b", two)), []string{"a: one", "b: two"}},
		{"a multierror", multierror.Append(nil, at("a", one), at("b", two)), []string{"a: one", "b: two"}},
		{"one within the other", errors.Join(at("a", one), multierror.Append(nil, two, errors.Join(at("b", one)))), []string{"a: one", ": two", "b: one"}},
		{"many at one place keep it", at("a", multierror.Append(nil, one, two)), []string{"a: one", "a: two"}},
		{"many joined at one place keep it", at("a", errors.Join(one, two)), []string{"a: one", "a: two"}},
		{"a multierror with words around it", fmt.Errorf("config: %w", multierror.Append(nil, one, two)), []string{": one", ": two"}},
		{"two causes of one failure are one failure", fmt.Errorf("waiting for x: %w (last: %w)", one, two), []string{": waiting for x: one (last: two)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, f := range failuresOf(tc.err) {
				got = append(got, f.Node+": "+f.Message)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKindToExitCode(t *testing.T) {
	want := map[Kind]int{"": 0, KindFailed: 1, KindUsage: 2, KindPrerequisite: 3, KindUnreachable: 4, KindLocked: 5, KindInterrupted: 130, "unheard of": 1}
	got := map[Kind]int{}
	for kind := range want {
		got[kind] = kind.ExitCode()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exit codes (-want +got):\n%s", diff)
	}
}

// What explains all the rest decides the exit code of a run; a node that could
// not be reached is worth less than one that failed.
func TestExitCodeOfManyFailures(t *testing.T) {
	for _, tc := range []struct {
		kinds string
		want  int
	}{
		{"", 0},
		{"unreachable", 4},
		{"unreachable failed", 1},
		{"failed prerequisite unreachable", 3},
		{"prerequisite usage", 2},
		{"failed usage locked", 5},
		{"locked failed interrupted", 130},
	} {
		var failures []Failure
		for _, kind := range strings.Fields(tc.kinds) {
			failures = append(failures, Failure{Kind: Kind(kind)})
		}
		if got := exitCode(failures); got != tc.want {
			t.Errorf("%q: got %d, want %d", tc.kinds, got, tc.want)
		}
	}
}
