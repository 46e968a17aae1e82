package report

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/adhoc"
	"dcosup/remote"
)

func refused(node string) error {
	return &remote.ConnectError{Node: node, Stage: remote.StageAuth, Addr: "10.0.0.9:22",
		Cause: &remote.AuthError{User: "core", Accepted: []string{"publickey"}}, Hint: "name a private key"}
}

// Nodes with equal words of failure stand together; what failed beside sftp is the node's, sftp is not.
func TestPingTable(t *testing.T) {
	ms := func(s remote.Stage, n int) remote.Check {
		return remote.Check{Stage: s, Took: time.Duration(n) * time.Millisecond}
	}
	all := []remote.Check{ms(remote.StageDial, 1), ms(remote.StageHandshake, 20), ms(remote.StageHostKey, 0), ms(remote.StageAuth, 30), ms(remote.StageSession, 40)}
	fail := func(s remote.Stage, err error) remote.Check { return remote.Check{Stage: s, Err: err} }
	got := PingTable([]adhoc.Pinged{
		{Node: "well", Address: "10.0.0.1", Checks: append(all[:5:5], ms(remote.StageBecome, 5), ms(remote.StageSFTP, 6))},
		{Node: "no-files", Address: "10.0.0.2", Checks: append(all[:5:5], fail(remote.StageSFTP, errors.New("no such subsystem")))},
		{Node: "a", Address: "10.0.0.9", Checks: append(all[:3:3], fail(remote.StageAuth, refused("a")))},
		{Node: "b", Address: "10.0.0.9", Checks: append(all[:3:3], fail(remote.StageAuth, refused("b")))},
		{Node: "stranger", Address: "10.0.0.3", Checks: append(all[:1:1], fail(remote.StageHostKey, errors.New("not known\x1b[31m")))},
	}, TableOptions{})
	want := `node      address   dial  handshake  auth    session  become  sftp
well      10.0.0.1  1 ms  20 ms      30 ms   40 ms    5 ms    6 ms
no-files  10.0.0.2  1 ms  20 ms      30 ms   40 ms            none
a         10.0.0.9  1 ms  20 ms      failed
b         10.0.0.9  1 ms  20 ms      failed
stranger  10.0.0.3  1 ms  host key

✗ 2 nodes: a, b
  cannot connect to 10.0.0.9:22: auth: login as core refused: no key to offer;
  the server takes publickey
  hint     name a private key

✗ stranger
  not known
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestExecText(t *testing.T) {
	got := ExecText([]adhoc.Result{
		{Node: "a", Stdout: "one\n\ttwo\x1b[31m\n"}, {Node: "b", Stdout: "one\n\ttwo\x1b[31m\n"}, {Node: "c", ExitCode: 3, Stderr: "bad\n"},
		{Node: "d", Stdout: "tail\n", Truncated: true}, {Node: "e"}, {Node: "f", Err: adhoc.ErrNotStarted},
	}, TableOptions{})
	want := `2 nodes: a, b
  one
      two
c (exit code 3)
  bad
d
  tail
  (there was more before this)
e

✗ f
  not started: the command was interrupted
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestFilesText(t *testing.T) {
	got := FilesText([]adhoc.Result{{Node: "a", Changed: true, Path: "/etc/x"}, {Node: "b", Path: "/etc/x"}, {Node: "c", Err: errors.New("no room")}}, TableOptions{})
	want := `node  state    file
a     changed  /etc/x
b     same     /etc/x

✗ c
  no room
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestHostKeyTable(t *testing.T) {
	key := func(state remote.KeyState, known ...remote.KnownKey) remote.HostKey {
		k := remote.HostKey{Name: "10.0.0.1", Type: "ssh-ed25519", Fingerprint: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", Known: known}
		k.State = state
		return k
	}
	got := HostKeyTable([]adhoc.Met{
		{Target: remote.Target{Name: "a"}, Keys: []remote.HostKey{key(remote.KeyNew), key(remote.KeyOther)}},
		{Target: remote.Target{Name: "b"}, Keys: []remote.HostKey{key(remote.KeyChanged, remote.KnownKey{Fingerprint: "x", File: "known_hosts", Line: 3})}},
		{Target: remote.Target{Name: "c"}, Err: errors.New("no route")},
	}, TableOptions{})
	want := `node  known as  type         fingerprint                                         state
a     10.0.0.1  ssh-ed25519  SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU  new
a     10.0.0.1  ssh-ed25519  SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU  other type known
b     10.0.0.1  ssh-ed25519  SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU  changed (known_hosts:3)

✗ c
  no route
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}
