//go:build lab

package remote_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
	"dcosup/testing/lab"
)

// These tests are what the stand-ins of the others cannot show: real systemd, real sudo, a machine that reboots.
func TestOnANode(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	l, err := lab.Up(ctx, lab.Options{
		Dir: t.TempDir(), Name: "dcosup-remote-test", Nodes: []string{"agent-1"}, ReleaseBytes: -1, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Down(context.Background())
	node := l.Node("agent-1")
	target := remote.Target{
		Name: "agent-1", Host: node.Address().String(), User: "student", Become: remote.Become{Method: remote.Sudo},
		KeyFiles: []string{l.KeyPath()}, KnownHosts: []string{l.KnownHostsPath()},
	}
	d := &remote.Dialer{Trace: func(e remote.Event) { t.Log(e) }, RetryCap: time.Second}
	defer d.Close()
	c := connect(t, d, target)
	n := labNode{node, c, d, target}
	t.Run("sudo", n.sudo)
	t.Run("upload", n.upload)
	t.Run("job", n.job)
	t.Run("job killed", n.jobKilled)
	t.Run("job and a reboot", n.jobReboot)
	t.Run("lock and a pause", n.lockPause)
	t.Run("sudo denied", n.sudoDenied)
}

type labNode struct {
	node   *lab.Node
	c      *remote.Conn
	d      *remote.Dialer
	target remote.Target
}

func (n labNode) sudo(t *testing.T) {
	for want, noSudo := range map[string]bool{"root\n": false, "student\n": true} {
		res, err := n.c.Run(t.Context(), remote.Command{Script: "id -un; cat", Stdin: strings.NewReader("in"), NoBecome: noSudo})
		if err != nil || string(res.Stdout) != want+"in" {
			t.Errorf("got %q, %v; want %q", res.Stdout, err, want)
		}
	}
}

func (n labNode) upload(t *testing.T) {
	u := remote.Upload{Source: bytes.NewReader(content(big, 1)), Size: big, Mode: 0o600, SHA256: sha(content(big, 1))}
	for where, dest := range map[string]string{"by sftp": "/opt/up/f", "where the login user does not get": "/root/up/f"} {
		u.Dest = dest
		for _, want := range []bool{true, false} {
			if changed, err := n.c.Upload(t.Context(), u); err != nil || changed != want {
				t.Errorf("%s: got %v, %v; want %v", where, changed, err, want)
			}
		}
		got, err := n.node.Exec(t.Context(), "sha256sum < "+dest+"; stat -c '%a %U:%G' "+dest+"; ls -A "+dest[:len(dest)-2])
		if want := u.SHA256 + "  -\n600 root:root\nf"; err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s: got %q, %v; want %q", where, got, err, want)
		}
	}
}

func (n labNode) job(t *testing.T) {
	job := remote.Job{Name: "test", Key: "k1", Script: "echo \"$1\"; pwd; id -un; umask; echo $HOME; exit 0", Args: []string{"a  b"}}
	var lines []string
	res, err := n.c.RunJob(t.Context(), job, func(l string) { lines = append(lines, l) })
	if err != nil || res.Attached || res.AlreadyDone {
		t.Errorf("got %+v, %v", res, err)
	}
	if diff := cmp.Diff([]string{"a  b", "/", "root", "0022", "/root"}, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if res, err := n.c.RunJob(t.Context(), job, nil); err != nil || !res.AlreadyDone {
		t.Errorf("again: got %+v, %v", res, err)
	}
	job.Key, job.Script = "k2", "echo why; exit 3"
	var ce *remote.CommandError
	for range 2 { // a failed unit must not be in the way of the next
		if _, err := n.c.RunJob(t.Context(), job, nil); !errors.As(err, &ce) || ce.ExitCode != 3 || ce.Stderr != "why\n" {
			t.Errorf("got %v, want exit code 3", err)
		}
	}
}

func (n labNode) jobKilled(t *testing.T) {
	begun := 0
	res, err := n.c.RunJob(t.Context(), remote.Job{
		Name: "kill", Key: "k", Script: "echo begun; [ ! -e /root/second ] || exit 0; touch /root/second; sleep 300",
	}, func(l string) {
		if begun++; begun == 1 {
			go n.node.Exec(context.Background(), "systemctl kill -s KILL dcosup-kill.service")
		}
	})
	if err != nil || !res.Restarted || begun != 2 {
		t.Errorf("got %+v, %v, begun %d times; want it begun again once", res, err, begun)
	}
}

func (n labNode) jobReboot(t *testing.T) {
	begun, rebooted := 0, make(chan error, 1)
	res, err := n.c.RunJob(t.Context(), remote.Job{
		Name: "reboot", Key: "k", Script: "echo begun; [ ! -e /root/after ] || exit 0; touch /root/after; sync; sleep 300",
	}, func(l string) {
		if begun++; begun == 1 {
			go func() { rebooted <- n.node.Reboot(context.Background()) }()
		}
	})
	if err != nil || !res.Restarted || begun != 2 {
		t.Errorf("got %+v, %v, begun %d times; want it begun again once", res, err, begun)
	}
	if err := <-rebooted; err != nil {
		t.Error(err)
	}
}

func (n labNode) lockPause(t *testing.T) {
	d := &remote.Dialer{KeepAlive: time.Second}
	defer d.Close()
	c := connect(t, d, n.target)
	defer c.Close()
	lock := remote.Lock{Holder: "ann"}
	ctx, release, err := c.Lock(t.Context(), lock)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	var held *remote.LockedError
	if _, _, err := n.c.Lock(t.Context(), lock); !errors.As(err, &held) || held.Holder != "ann" {
		t.Errorf("got %v, want it held by ann", err)
	}
	if err := n.node.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if err := n.node.Unpause(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := context.Cause(ctx); !errors.Is(err, remote.ErrLockLost) {
		t.Errorf("the cause is %v, want ErrLockLost", err)
	}
}

func (n labNode) sudoDenied(t *testing.T) {
	if _, err := n.node.Exec(t.Context(), "grep -l student /etc/sudoers.d/* /etc/sudoers | xargs sed -i '/student/d'; gpasswd -d student sudo; true"); err != nil {
		t.Fatal(err)
	}
	_, err := n.c.Run(t.Context(), remote.Command{Script: ":"})
	var se *remote.BecomeError
	if !errors.As(err, &se) || se.User != "student" || !strings.Contains(se.HintText(), "NOPASSWD") {
		t.Errorf("got %v, want a BecomeError", err)
	}
}
