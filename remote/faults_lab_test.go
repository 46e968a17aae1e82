//go:build lab

package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
	"dcosup/remote/remotetest"
	"dcosup/testing/lab"
)

// TestBadDays is what can happen to a node between two words of a conversation. After each fault the node holds what
// one undisturbed run would have left, and nothing was run twice; or it holds what it held before, and one error says why.
func TestBadDays(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	l, err := lab.Up(ctx, lab.Options{
		Dir: t.TempDir(), Name: "dcosup-faults-test", Nodes: []string{"agent-1"}, ReleaseBytes: -1, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Down(context.Background())
	f := faultNode{node: l.Node("agent-1")}
	f.target = remote.Target{
		Name: "agent-1", Host: f.node.Address().String(), User: "student", Become: remote.Become{Method: remote.Sudo},
		KeyFiles: []string{l.KeyPath()}, KnownHosts: []string{l.KnownHostsPath()},
	}
	f.provide(t)
	t.Run("circumstances", f.circumstances)
	t.Run("in mid-step", f.midStep)
	t.Run("for good", f.forGood)
	t.Run("read-only", f.readOnly)
	t.Run("two uploads of one file", f.twoUploads)
}

type faultNode struct {
	node   *lab.Node
	target remote.Target
}

// on runs a script in the node past SSH.
func (f faultNode) on(t *testing.T, script string) string {
	t.Helper()
	out, err := f.node.Exec(context.Background(), script)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// provide installs the login shells that Debian does not have from the start, and makes users for them.
func (f faultNode) provide(t *testing.T) {
	f.on(t, `export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null && apt-get install -yq --no-install-recommends tcsh fish >/dev/null
install -d -m 755 /etc/ssh/keys
for u in csh:/bin/tcsh fish:/usr/bin/fish noisy:/bin/bash; do
	useradd --create-home --shell "${u#*:}" "${u%:*}"
done
useradd --no-create-home --home-dir /nowhere --shell /bin/bash homeless
printf 'echo noise from .bashrc\necho more noise >&2\n' >/home/noisy/.bashrc
cp /home/noisy/.bashrc /home/noisy/.profile
for u in csh fish noisy homeless; do
	cp ~student/.ssh/authorized_keys "/etc/ssh/keys/$u"
	chmod 644 "/etc/ssh/keys/$u"
	echo "$u ALL=(ALL) NOPASSWD: ALL" >"/etc/sudoers.d/$u"
done
echo 'AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u' >/etc/ssh/sshd_config.d/00-keys.conf
systemctl reload ssh`)
}

// dialer is one with the defaults of a real run, but for its patience with what is gone for good.
func (f faultNode) dialer(t *testing.T) *remote.Dialer {
	d := &remote.Dialer{Trace: func(e remote.Event) { t.Log(e) }}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// day is everything that a run does to a node, in one place; its counters show how often each was done.
const upSize = 3 << 20

func (f faultNode) day(t *testing.T, d *remote.Dialer, target remote.Target) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	f.on(t, "rm -rf /var/tmp/day /var/lib/dcosup/jobs; mkdir /var/tmp/day")
	c, err := d.Connect(ctx, target)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	_, release, err := c.Lock(ctx, remote.Lock{Path: "/run/day/lock", Holder: "the test"})
	if err != nil {
		t.Errorf("lock: %v", err)
		return
	}
	defer release()
	script := `echo run >>/var/tmp/day/count; id -un; cat`
	if res, err := c.Run(ctx, remote.Command{Script: script, Stdin: strings.NewReader("in")}); err != nil || string(res.Stdout) != "root\nin" {
		t.Errorf("run: got %q, %v", res.Stdout, err)
	}
	if _, err := c.WriteFile(ctx, remote.File{Path: "/var/tmp/day/small", Content: []byte("small\n"), Mode: 0o600}); err != nil {
		t.Errorf("write: %v", err)
	}
	body := content(upSize, 7)
	if _, err := c.Upload(ctx, remote.Upload{Dest: "/var/tmp/day/big", Source: bytes.NewReader(body), Size: upSize}); err != nil {
		t.Errorf("upload: %v", err)
	}
	var said []string
	job := remote.Job{Name: "day", Key: "k", Script: "echo job >>/var/tmp/day/count; echo hello"}
	if _, err := c.RunJob(ctx, job, func(line string) { said = append(said, line) }); err != nil || !cmp.Equal(said, []string{"hello"}) {
		t.Errorf("job: said %q, %v", said, err)
	}
	f.holds(t, "run\njob", body)
}

// holds fails the test unless the node holds what a day leaves: nothing more, nothing less, nothing twice.
func (f faultNode) holds(t *testing.T, count string, big []byte) {
	t.Helper()
	want := strings.Join([]string{
		count, "600 root:root", "644 root:root", sha(big) + "  -", "big", "count", "small",
	}, "\n")
	got := f.on(t, `cd /var/tmp/day; cat count; stat -c '%a %U:%G' small big; sha256sum <big; ls -A`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on the node (-want +got):\n%s", diff)
	}
}

// circumstances are those under which a whole day goes well.
func (f faultNode) circumstances(t *testing.T) {
	sshd := func(config string) (string, string) {
		const file = "/etc/ssh/sshd_config.d/01-test.conf"
		return fmt.Sprintf("printf '%%s\\n' %s >%s; sshd -t; systemctl reload ssh", remote.Quote(strings.Split(config, "\n")...), file),
			"rm " + file + "; systemctl reload ssh"
	}
	dated := `for d in /usr/local/bin /usr/local/sbin; do
	printf '#!/bin/sh\ncase " $*" in *" -d"*) exec /bin/date "$@" ;; esac\nexec /bin/date -d "+1 day" "$@"\n' >$d/date
	chmod 755 $d/date
done
[ "$(PATH=/usr/local/bin:$PATH date +%j)" != "$(/bin/date +%j)" ]`
	drops := `for c in INPUT OUTPUT; do iptables -I $c -p tcp --%s 22 -m statistic --mode random --probability 0.1 -j DROP; done`
	in, out := strings.Replace(fmt.Sprintf(drops, "dport"), "INPUT OUTPUT", "INPUT", 1), strings.Replace(fmt.Sprintf(drops, "sport"), "INPUT OUTPUT", "OUTPUT", 1)
	one, oneEnd := sshd("MaxSessions 1")
	few, fewEnd := sshd("MaxStartups 2:50:4")
	sftp := "sed -i 's/^#*Subsystem/%sSubsystem/' /etc/ssh/sshd_config; systemctl reload ssh"
	banner, bannerEnd := sshd("Banner /etc/issue.net")
	rsa, rsaEnd := sshd("PubkeyAcceptedAlgorithms +ssh-rsa\nLoginGraceTime 5\nUseDNS yes\nMaxAuthTries 1")
	for _, c := range []struct{ name, begin, end, user string }{
		{name: "stock sshd"},
		{name: "one session at a time", begin: one, end: oneEnd},
		{name: "MaxStartups 2:50:4", begin: few, end: fewEnd},
		{name: "sftp off", begin: fmt.Sprintf(sftp, "#"), end: fmt.Sprintf(sftp, "")},
		{name: "a banner", begin: banner, end: bannerEnd},
		{name: "one try to log in", begin: rsa, end: rsaEnd},
		{name: "every tenth packet lost", begin: in + "\n" + out, end: "iptables -D INPUT 1; iptables -D OUTPUT 1"},
		{name: "a clock that is a day off", begin: dated, end: "rm /usr/local/bin/date /usr/local/sbin/date"},
		{name: "a login shell that is csh", user: "csh"},
		{name: "a login shell that is fish", user: "fish"},
		{name: "a login shell that prints", user: "noisy"},
		{name: "no home directory", user: "homeless"},
	} {
		t.Run(c.name, func(t *testing.T) {
			remotetest.Clean(t)
			if c.begin != "" {
				f.on(t, "set -e\n"+c.begin)
				defer f.on(t, c.end)
			}
			target := f.target
			if c.user != "" {
				target.User = c.user
			}
			var all sync.WaitGroup
			for i := range 6 { // others come at the same time, as the other nodes of a run do through a bastion
				all.Go(func() {
					d := f.dialer(t)
					conn, err := d.Connect(t.Context(), target)
					if err != nil {
						t.Errorf("login %d: %v", i, err)
						return
					}
					conn.Close()
				})
			}
			all.Wait()
			f.day(t, f.dialer(t), target)
		})
	}
}

// fault happens to the node, and is over when end has returned.
type fault struct {
	name       string
	begin, end func(t *testing.T)
}

// faults are those that pass.
func (f faultNode) faults() []fault {
	nothing := func(*testing.T) {}
	try := func(t *testing.T, err error) {
		if err != nil {
			t.Error(err)
		}
	}
	return []fault{
		{"every sshd killed, and started again", func(t *testing.T) {
			f.on(t, "pkill -KILL -x sshd; systemctl restart ssh")
		}, nothing},
		{"a pause of 30 s", func(t *testing.T) {
			try(t, f.node.Pause(t.Context()))
		}, func(t *testing.T) {
			<-time.After(30 * time.Second) // this is the fault itself, and shorter than the keepalives' 45 s
			try(t, f.node.Unpause(context.Background()))
		}},
		{"a reboot", nothing, func(t *testing.T) { try(t, f.node.Reboot(context.Background())) }},
		{"power lost", func(t *testing.T) {
			f.on(t, "sync")
			try(t, f.node.Kill(t.Context()))
		}, func(t *testing.T) { try(t, f.node.Start(context.Background())) }},
	}
}

// step does something, calls middle there, and returns what is to be looked at on the node when the fault is over.
type step func(t *testing.T, c *remote.Conn, middle func()) (after func())

// midStep brings every fault about when a node is in the middle of four steps at once, each over a connection of its own.
// The upload, which takes as long as it takes, is first: the others begin in its middle.
func (f faultNode) midStep(t *testing.T) {
	for _, x := range f.faults() {
		t.Run(x.name, func(t *testing.T) {
			remotetest.Clean(t)
			f.on(t, "rm -rf /var/tmp/mid /var/lib/dcosup/jobs; mkdir /var/tmp/mid; sync")
			steps := []step{f.upload, f.again, f.onlyOnce, f.job}
			afters := make([]func(), len(steps))
			halfway := make(chan struct{})
			m := &middle{missing: len(steps), struck: make(chan struct{}), strike: func() { x.begin(t) }}
			var conns []*remote.Conn
			for range steps {
				conns = append(conns, connect(t, f.dialer(t), f.target))
			}
			var all sync.WaitGroup
			for i, step := range steps {
				all.Go(func() {
					defer conns[i].Close()
					arrive := sync.OnceFunc(m.arrive)
					if i == 0 {
						arrive = sync.OnceFunc(func() {
							close(halfway)
							m.arrive()
						})
					} else {
						<-halfway
					}
					defer arrive() // a step that fails early must not keep the others waiting
					afters[i] = step(t, conns[i], arrive)
				})
			}
			<-m.struck
			x.end(t)
			all.Wait()
			for _, after := range afters {
				if after != nil {
					after()
				}
			}
			f.holdsMiddle(t)
		})
	}
}

// middle lets several steps come to their middle, and strikes when all are there.
type middle struct {
	mu      sync.Mutex
	missing int
	strike  func()
	struck  chan struct{}
}

// arrive returns when the fault has begun.
func (m *middle) arrive() {
	m.mu.Lock()
	m.missing--
	last := m.missing == 0
	m.mu.Unlock()
	if last {
		m.strike()
		close(m.struck)
	}
	<-m.struck
}

// midSize is three times what an upload may have under way.
const midSize = 48 << 20

// upload: the file arrives whole.
func (f faultNode) upload(t *testing.T, c *remote.Conn, middle func()) func() {
	_, err := c.Upload(t.Context(), remote.Upload{
		Dest: "/var/tmp/mid/up/file", Source: bytes.NewReader(content(midSize, 3)), Size: midSize,
		Progress: func(done, _ int64) {
			if done > midSize/2 {
				middle()
			}
		},
	})
	if err != nil {
		t.Errorf("upload: %v", err)
	}
	return nil
}

// again: a script that may be begun again ends well, whether it had to be begun again or not.
func (f faultNode) again(t *testing.T, c *remote.Conn, middle func()) func() {
	_, err := c.Run(t.Context(), remote.Command{
		Again: true,
		Script: `cd /var/tmp/mid
echo begun >>again; sync; echo begun
if [ "$(wc -l <again)" -lt 2 ]; then sleep 5; fi
echo ended >ended`,
		Stdout: remote.Lines(func(string) { middle() }),
	})
	if err != nil {
		t.Errorf("a script that may be begun again: %v", err)
	}
	return nil
}

// onlyOnce: a script that may not be begun again is not, and either it ended or the error says that the connection was
// lost.
func (f faultNode) onlyOnce(t *testing.T, c *remote.Conn, middle func()) func() {
	_, err := c.Run(t.Context(), remote.Command{
		Script: "cd /var/tmp/mid; echo begun >>once; sync; echo begun; sleep 5; echo ended >>once",
		Stdout: remote.Lines(func(string) { middle() }),
	})
	var lost *remote.LostError
	if err != nil && !errors.As(err, &lost) {
		t.Errorf("a script that may not be begun again: got %v, want a LostError", err)
	}
	return func() {
		if err == nil && f.on(t, "cat /var/tmp/mid/once") != "begun\nended" {
			t.Error("a script ended without an error, and was not done")
		}
	}
}

// job: it ends well, its log is told to the end, and it was begun a second time only where the node went down.
func (f faultNode) job(t *testing.T, c *remote.Conn, middle func()) func() {
	var said []string
	res, err := c.RunJob(t.Context(), remote.Job{
		Name: "through", Key: "k",
		Script: "cat /proc/1/stat | cut -d ' ' -f 22 >>/var/tmp/mid/job; sync; for i in 1 2 3 4 5 6; do echo $i; sleep 1; done",
	}, func(line string) {
		middle()
		said = append(said, line)
	})
	if err != nil {
		t.Errorf("job: %v", err)
		return nil
	}
	if want := []string{"1", "2", "3", "4", "5", "6"}; len(said) < 6 || !cmp.Equal(said[len(said)-6:], want) {
		t.Errorf("job: its log is %q, want it to end in %q", said, want)
	}
	return func() {
		boots := strings.Fields(f.on(t, "cat /var/tmp/mid/job"))
		if restarted := len(boots) == 2 && boots[0] != boots[1]; len(boots) != 1 && !restarted || restarted != res.Restarted {
			t.Errorf("job: begun under the boots %v, restarted %v", boots, res.Restarted)
		}
	}
}

// holdsMiddle fails the test unless the node holds what the four steps leave.
func (f faultNode) holdsMiddle(t *testing.T) {
	t.Helper()
	got := f.on(t, "cd /var/tmp/mid; cat ended; grep -c begun once; sha256sum <up/file; ls -A up")
	want := "ended\n1\n" + sha(content(midSize, 3)) + "  -\nfile"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on the node (-want +got):\n%s", diff)
	}
}

// forGood: a node that does not come back is one error within the patience, nothing half-written is left where
// somebody could take it for whole, and the same step finishes when the node is back.
func (f faultNode) forGood(t *testing.T) {
	remotetest.Clean(t)
	d := f.dialer(t)
	d.KeepAlive, d.Patience, d.DialTimeout = time.Second, 3*time.Second, time.Second
	const size = 48 << 20
	f.on(t, "rm -rf /var/tmp/up; mkdir /var/tmp/up; echo old >/var/tmp/up/file")
	c := connect(t, d, f.target)
	defer c.Close()
	body := content(size, 4)
	pause := sync.OnceFunc(func() {
		if err := f.node.Pause(context.Background()); err != nil {
			t.Error(err)
		}
	})
	u := remote.Upload{Dest: "/var/tmp/up/file", Source: bytes.NewReader(body), Size: size, Progress: func(done, _ int64) {
		if done > size/2 {
			pause()
		}
	}}
	_, err := c.Upload(t.Context(), u)
	if !remote.IsUnreachable(err) {
		t.Errorf("got %v, want an error that says that the node is not reachable", err)
	}
	if err := f.node.Unpause(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := f.on(t, "cat /var/tmp/up/file"); got != "old" {
		t.Errorf("the file there was touched: %d bytes", len(got))
	}
	if changed, err := c.Upload(t.Context(), u); err != nil || !changed {
		t.Errorf("the same upload later: %v, %v", changed, err)
	}
	if got, want := f.on(t, "cd /var/tmp/up; sha256sum <file; ls -A"), sha(body)+"  -\nfile"; got != want {
		t.Errorf("on the node: got %q, want %q", got, want)
	}
}

// readOnly: a file system that cannot be written is one error in the node's own words, and nothing is left.
func (f faultNode) readOnly(t *testing.T) {
	remotetest.Clean(t)
	f.on(t, "mount --bind /opt /opt && mount -o remount,bind,ro /opt")
	defer f.on(t, "umount /opt")
	c := connect(t, f.dialer(t), f.target)
	defer c.Close()
	for name, size := range map[string]int64{"small": 10, "big": upSize} {
		_, err := c.Upload(t.Context(), remote.Upload{Dest: "/opt/up/file", Source: bytes.NewReader(content(int(size), 1)), Size: size})
		var failed *remote.CommandError
		if !errors.As(err, &failed) || !strings.Contains(failed.Stderr, "Read-only file system") {
			t.Errorf("%s: got %v, want the node's own words", name, err)
		}
	}
	if got := f.on(t, "ls -A /opt"); strings.Contains(got, "up") {
		t.Errorf("in /opt: %q", got)
	}
}

// twoUploads: two people who put the same file in place at the same time both succeed, or one of them is told that the
// other was at it; the file is whole.
func (f faultNode) twoUploads(t *testing.T) {
	remotetest.Clean(t)
	const size = 16 << 20
	f.on(t, "rm -rf /var/tmp/up; mkdir /var/tmp/up")
	body := content(size, 5)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			c := connect(t, f.dialer(t), f.target)
			defer c.Close()
			if _, err := c.Upload(t.Context(), remote.Upload{Dest: "/var/tmp/up/file", Source: bytes.NewReader(body), Size: size}); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if got, want := f.on(t, "cd /var/tmp/up; sha256sum <file; ls -A"), sha(body)+"  -\nfile"; got != want {
		t.Errorf("on the node: got %q, want %q", got, want)
	}
}
