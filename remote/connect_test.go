package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/remote"
	"dcosup/remote/remotetest"
)

// runs connects and runs something.
func runs(t *testing.T, d *remote.Dialer, target remote.Target) error {
	t.Helper()
	c, err := d.Connect(limited(t), target)
	if err != nil {
		return err
	}
	defer c.Close()
	res, err := c.Run(limited(t), remote.Command{Script: "echo $((6 * 7))"})
	if err == nil && string(res.Stdout) != "42\n" {
		err = fmt.Errorf("unexpected output %q", res.Stdout)
	}
	return err
}

func TestLogin(t *testing.T) {
	srv := startSSHD(t, "MaxAuthTries 20")
	other := filepath.Join(t.TempDir(), "other")
	keygen(t, "-t", "ecdsa", "-f", other, "-N", "")
	locked := filepath.Join(t.TempDir(), "locked") // the same key as the good one, with a passphrase
	copyFile(t, srv.file("id_ed25519"), locked)
	keygen(t, "-p", "-f", locked, "-P", "", "-N", "secret words")
	good := srv.file("id_ed25519")
	withGood, withOther := startAgent(t, good), startAgent(t, other)
	tests := []struct {
		name   string
		keys   []string
		only   bool
		agent  string
		user   string
		fails  bool
		offers int      // of a failed one
		says   []string // in the error
	}{
		{name: "key file", keys: []string{good}},
		{name: "second key file", keys: []string{other, good}},
		{name: "agent", keys: []string{"/nonexistent"}, agent: withGood},
		{name: "agent beside a wrong file", keys: []string{other}, agent: withGood},
		{name: "key with a passphrase, in the agent", keys: []string{locked}, only: true, agent: withGood},
		{name: "key with a passphrase", keys: []string{locked}, fails: true, says: []string{"no key to offer", locked, "passphrase", "the server takes publickey"}},
		{name: "wrong key", keys: []string{other}, fails: true, offers: 1, says: []string{"ecdsa-sha2-nistp256 SHA256:", other, "takes publickey, password"}},
		{name: "wrong user", keys: []string{good}, user: "nobody-of-that-name", fails: true, offers: 1, says: []string{"login as nobody-of-that-name refused"}},
		{name: "agent has it, but only the named one may be used", keys: []string{other}, only: true, agent: withGood, fails: true, offers: 1},
		{name: "agent with another", keys: []string{"/nonexistent"}, agent: withOther, fails: true, offers: 1, says: []string{"(agent)", "/nonexistent: open"}},
		{name: "no agent there", keys: []string{other}, agent: "/nonexistent/agent", fails: true, offers: 1, says: []string{"agent /nonexistent/agent: dial unix"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dialer(t)
			d.AgentSocket = tt.agent
			target := srv.target("n1")
			target.KeyFiles, target.IdentitiesOnly = tt.keys, tt.only
			if tt.user != "" {
				target.User = tt.user
			}
			err := runs(t, d, target)
			if !tt.fails {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var ce *remote.ConnectError
			var ae *remote.AuthError
			if !errors.As(err, &ce) || !errors.As(err, &ae) || ce.Stage != remote.StageAuth || ce.Unreachable() || ce.Hint == "" || ce.Tries > 1 {
				t.Fatalf("got %#v, want one refused login with a hint", err)
			}
			if len(ae.Offered) != tt.offers {
				t.Errorf("offered %q, want %d keys", ae.Offered, tt.offers)
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, string(b), 0o600)
}

func TestHostKeys(t *testing.T) {
	srv, stranger := startSSHD(t, "", "rsa"), startSSHD(t, "")
	foreign := func(t *testing.T) { // another machine's key under this one's name
		stranger.know(t, "ed25519")
		b, err := os.ReadFile(stranger.file("known_hosts"))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), fmt.Sprint("]:", stranger.port), fmt.Sprint("]:", srv.port))
		writeFile(t, srv.file("known_hosts"), "# comment\n"+text, 0o600)
	}
	tests := []struct {
		name   string
		known  func(t *testing.T)
		policy remote.HostKeyPolicy
		fails  bool
		says   []string
	}{
		{name: "all known", known: func(t *testing.T) { srv.know(t, "ed25519", "ecdsa", "rsa") }},
		{name: "only rsa known", known: func(t *testing.T) { srv.know(t, "rsa") }},
		{name: "only ecdsa known", known: func(t *testing.T) { srv.know(t, "ecdsa") }},
		{name: "hashed", known: func(t *testing.T) { srv.know(t, "rsa"); keygen(t, "-H", "-f", srv.file("known_hosts")) }},
		{name: "unknown", known: func(t *testing.T) { srv.know(t) }, fails: true, says: []string{"is not known: it shows ssh-ed25519 SHA256:"}},
		{name: "unknown, accepted", known: func(t *testing.T) { srv.know(t) }, policy: remote.AcceptNew},
		{name: "unknown, insecure", known: func(t *testing.T) { srv.know(t) }, policy: remote.Insecure},
		{name: "changed", known: foreign, fails: true, says: []string{"has changed: it shows ", ", expected ssh-ed25519 SHA256:", "known_hosts:2)"}},
		{name: "changed, new ones accepted", known: foreign, policy: remote.AcceptNew, fails: true, says: []string{"has changed"}},
		{name: "changed, insecure", known: foreign, policy: remote.Insecure},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.known(t)
			target := srv.target("n1")
			target.HostKeys = tt.policy
			err := runs(t, dialer(t), target)
			if !tt.fails {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var ce *remote.ConnectError
			var he *remote.HostKeyError
			if !errors.As(err, &ce) || !errors.As(err, &he) || ce.Stage != remote.StageHostKey || ce.Unreachable() || ce.Tries > 1 {
				t.Fatalf("got %#v, want one HostKeyError", err)
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
			if !he.Changed() {
				if !strings.Contains(ce.Hint, he.Line) {
					t.Errorf("hint %q, want the line %q in it", ce.Hint, he.Line)
				} // the line is exactly what is missing
				writeFile(t, srv.file("known_hosts"), he.Line+"\n", 0o600)
				if err := runs(t, dialer(t), target); err != nil {
					t.Errorf("with the line in known_hosts: %v", err)
				}
			}
		})
	}
}

func TestAcceptNewRecordsTheKeyOnce(t *testing.T) {
	srv := startSSHD(t, "")
	target := srv.target("n1")
	target.HostKeys, target.KnownHosts = remote.AcceptNew, []string{filepath.Join(t.TempDir(), ".ssh", "known_hosts")}
	d := dialer(t)
	for range 3 {
		if err := runs(t, d, target); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(target.KnownHosts[0])
	if err != nil || bytes.Count(b, []byte("\n")) != 1 {
		t.Errorf("known_hosts is %q, %v; want one line", b, err)
	}
	target.HostKeys = remote.Strict
	if err := runs(t, dialer(t), target); err != nil {
		t.Errorf("it must be known now: %v", err)
	}
}

func TestManyLoginsAtOnce(t *testing.T) {
	srv := startSSHD(t, "MaxStartups 4:100:5") // by default sshd begins to refuse at 10
	d := dialer(t)
	d.RetryBase, d.RetryCap = 50*time.Millisecond, 4*time.Second
	d.HandshakeTimeout, d.SessionTimeout, d.StartTimeout = 2*time.Minute, 2*time.Minute, 2*time.Minute // deadlines are not what is tried here
	d.Trace = nil
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			if err := runs(t, d, srv.target("n1")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestFewSessions(t *testing.T) {
	srv := startSSHD(t, "MaxSessions 2")
	c := connect(t, dialer(t), srv.target("n1"))
	_, release, err := c.Lock(limited(t), remote.Lock{Path: srv.file("lock"), Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			var err error
			if i == 3 {
				_, err = c.Upload(limited(t), remote.Upload{Dest: srv.file("up"), Source: bytes.NewReader(content(3<<20, 1)), Size: 3 << 20})
			} else {
				_, err = c.Run(limited(t), remote.Command{Script: "sleep 0.05"})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestUploadToSSHD(t *testing.T) {
	for name, config := range map[string]string{"sftp": "", "no sftp": "Subsystem sftp /bin/false"} {
		srv := startSSHD(t, config)
		c := connect(t, dialer(t), srv.target("n1"))
		u := remote.Upload{Dest: srv.file("up/f"), Source: bytes.NewReader(content(big, 1)), Size: big, Mode: 0o644}
		t.Run(name, func(t *testing.T) { expect(t, c, u, true); expect(t, c, u, false) })
	}
}

func TestJump(t *testing.T) {
	bastion := remotetest.Start(t, remotetest.Options{})
	jump := bastion.Target("bastion")
	d := dialer(t)
	var wg sync.WaitGroup
	servers := []*sshd{startSSHD(t, ""), startSSHD(t, "")}
	for i := range 8 {
		wg.Go(func() {
			target := servers[i%2].target("n")
			target.Jump = &jump
			if err := runs(t, d, target); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := bastion.Connections(); got < 1 || got > 2 { // the last one to leave closes it
		t.Errorf("%d connections to the bastion, want them to share", got)
	}
}

// A bastion that is lost while somebody goes through it is dialled again.
func TestJumpIsLost(t *testing.T) {
	bastion, srv := remotetest.Start(t, remotetest.Options{}), remotetest.Start(t, remotetest.Options{})
	jump := bastion.Target("bastion")
	target := srv.Target("n1")
	target.Jump = &jump
	d := dialer(t)
	first := connect(t, d, target) // keeps the jump in use
	for range 50 {
		bastion.CutAll()
		if err := runs(t, d, target); err != nil && !remote.IsUnreachable(err) {
			t.Fatalf("got %v, want a loss or none", err)
		}
		bastion.CutAll()
		c, err := d.Connect(limited(t), target)
		if err != nil {
			t.Fatalf("connecting: %v", err)
		}
		c.Close()
	}
	if _, err := first.Run(limited(t), remote.Command{Script: ":", Again: true}); err != nil {
		t.Errorf("the connection that was there from the start: %v", err)
	}
}

// An IPv6 address is named and pinned as ssh does it: [::1]:2222.
func TestIPv6(t *testing.T) {
	srv := startSSHD(t, "ListenAddress ::1")
	target := srv.target("n1")
	target.Host, target.KnownHosts = "::1", []string{filepath.Join(t.TempDir(), "known_hosts")}
	probe, err := net.Dial("tcp", target.Addr())
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	probe.Close()
	keys, err := dialer(t).ScanHostKeys(limited(t), target)
	if err != nil {
		t.Fatal(err)
	}
	if err := dialer(t).Pin(target, keys); err != nil {
		t.Fatal(err)
	}
	ssh := exec.Command("ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile="+target.KnownHosts[0],
		"-i", target.KeyFiles[0], "-p", fmt.Sprint(target.Port), "root@::1", "true")
	if out, err := ssh.CombinedOutput(); err != nil {
		t.Errorf("ssh does not find what was pinned: %v: %s", err, out)
	}
	if err := runs(t, dialer(t), target); err != nil {
		t.Error(err)
	}
	bastion := startSSHD(t, "").target("bastion")
	target.Jump = &bastion
	if err := runs(t, dialer(t), target); err != nil {
		t.Errorf("through a bastion: %v", err)
	}
}

func TestJumpOverSSHD(t *testing.T) {
	bastion, closed, srv := startSSHD(t, ""), startSSHD(t, "AllowTcpForwarding no"), startSSHD(t, "")
	through := func(jump remote.Target, target remote.Target) remote.Target {
		target.Jump = &jump
		return target
	}
	if err := runs(t, dialer(t), through(bastion.target("bastion"), srv.target("n1"))); err != nil {
		t.Error(err)
	}
	if err := runs(t, dialer(t), through(through(bastion.target("b1"), closed.target("b2")), srv.target("n1"))); err == nil {
		t.Error("no error although the second bastion forbids it")
	}
	nobody := srv.target("n1")
	nobody.Port = deadPort(t)
	wrongKey := bastion.target("bastion")
	wrongKey.User = "nobody-of-that-name"
	tests := []struct {
		name        string
		target      remote.Target
		stage       remote.Stage
		says, hint  string
		unreachable bool
	}{
		{"forbidden", through(closed.target("bastion"), srv.target("n1")), remote.StageDial, "prohibited", "AllowTcpForwarding", true},
		{"nobody there", through(bastion.target("bastion"), nobody), remote.StageDial, "refused", "see whether bastion can reach", true},
		{"not even the bastion", through(wrongKey, srv.target("n1")), remote.StageJump, "login as nobody-of-that-name refused", "authorized_keys", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := runs(t, dialer(t), tt.target)
			var ce *remote.ConnectError
			if !errors.As(err, &ce) || ce.Node != "n1" || ce.Stage != tt.stage || ce.Unreachable() != tt.unreachable {
				t.Fatalf("got %#v, want stage %s of n1", err, tt.stage)
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(ce.Hint, tt.hint) {
				t.Errorf("got %q, hint %q; want %q, %q", err, ce.Hint, tt.says, tt.hint)
			}
		})
	}
}

func TestConnectStages(t *testing.T) {
	mute := remotetest.Start(t, remotetest.Options{Mute: true}).Target("n1")
	busy := remotetest.Start(t, remotetest.Options{HangUp: 1000}).Target("n1")
	nobody := mute
	nobody.Port = deadPort(t)
	noName := mute
	noName.Host = "no-such-host.invalid"
	tests := []struct {
		name   string
		target remote.Target
		stage  remote.Stage
		tries  int
		says   string
	}{
		{"no such name", noName, remote.StageResolve, 1, "no-such-host.invalid"},
		{"nobody listens", nobody, remote.StageDial, 3, "refused"},
		{"too many logins under way", busy, remote.StageHandshake, 7, "before it named its version"},
		{"it says nothing", mute, remote.StageHandshake, 2, "no end of the handshake within 200ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := dialer(t)
			d.Retries = 6
			if tt.target.Port == mute.Port && tt.target.Host == mute.Host {
				d.HandshakeTimeout = 200 * time.Millisecond
			}
			_, err := d.Connect(limited(t), tt.target)
			var ce *remote.ConnectError
			if !errors.As(err, &ce) || ce.Stage != tt.stage || !ce.Unreachable() || ce.Tries != tt.tries || ce.Hint == "" {
				t.Fatalf("got %#v, want stage %s after %d tries, with a hint", err, tt.stage, tt.tries)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q, want %q in it", err, tt.says)
			}
		})
	}
}

func TestConnectSucceedsAtLast(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{HangUp: 5})
	if err := runs(t, dialer(t), srv.Target("n1")); err != nil {
		t.Error(err)
	}
	if got := srv.Connections(); got != 6 {
		t.Errorf("%d connections, want 6", got)
	}
}

// The pauses between tries grow up to a bound, and are of random length below it, so that many clients spread out.
func TestPauses(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{HangUp: 1000})
	for _, random := range []float64{0, 0.5} {
		d := dialer(t)
		var got []time.Duration
		d.Retries, d.RetryBase, d.RetryCap = 6, 100*time.Millisecond, 2*time.Second
		d.Rand = func() float64 { return random }
		d.Sleep = func(_ context.Context, pause time.Duration) error { got = append(got, pause); return nil }
		if _, err := d.Connect(limited(t), srv.Target("n1")); err == nil {
			t.Fatal("no error")
		}
		var want []time.Duration
		for _, most := range []time.Duration{200, 400, 800, 1600, 2000, 2000} {
			want = append(want, time.Duration(random*float64(most*time.Millisecond)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pauses (-want +got):\n%s", diff)
		}
	}
}

func TestConnectIsCancelled(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{Mute: true})
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		for srv.Connections() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel(why)
	}()
	if _, err := dialer(t).Connect(ctx, srv.Target("n1")); !errors.Is(err, why) {
		t.Errorf("got %v, want the context's cause", err)
	}
}

// A peer that has gone without a word is noticed by its silence.
func TestKeepAlive(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	d := dialer(t)
	d.KeepAlive = 20 * time.Millisecond
	c := connect(t, d, srv.Target("n1"))
	_, err := c.Run(limited(t), remote.Command{
		Script: "echo begun; exec sleep 100", Stdout: remote.Lines(func(string) { srv.Freeze() }),
	})
	var lost *remote.LostError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "no answer to keepalives for 60ms") {
		t.Errorf("got %v, want a LostError for want of keepalives", err)
	}
}

// A cancelled command on a connection that hangs must not hang too.
func TestRunIsCancelledOnAHangingConnection(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	c := connect(t, dialer(t), srv.Target("n1"))
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(limited(t))
	_, err := c.Run(ctx, remote.Command{
		Script: "echo begun; exec sleep 100", Stdout: remote.Lines(func(string) { srv.Freeze(); cancel(why) }),
	})
	if !errors.Is(err, why) {
		t.Errorf("got %v, want the context's cause", err)
	}
}

func TestSessionTimeout(t *testing.T) {
	srv := remotetest.Start(t, remotetest.Options{})
	d := dialer(t)
	d.SessionTimeout = 50 * time.Millisecond
	c := connect(t, d, srv.Target("n1"))
	srv.Freeze()
	_, err := c.Run(limited(t), remote.Command{Script: ":"})
	var ce *remote.ConnectError
	if !errors.As(err, &ce) || ce.Stage != remote.StageSession || !strings.Contains(err.Error(), "within 50ms") {
		t.Errorf("got %v, want a ConnectError at the session", err)
	}
}

func TestDialContext(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }))
	defer web.Close()
	both(t, func(t *testing.T, c *remote.Conn) {
		client := &http.Client{Transport: &http.Transport{DialContext: c.DialContext, DisableKeepAlives: true}}
		resp, err := client.Get(web.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "hello" {
			t.Errorf("got %q, %v", b, err)
		}
		_, err = c.DialContext(limited(t), "tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(deadPort(t))))
		if err == nil || !strings.Contains(err.Error(), "n1") {
			t.Errorf("got %v, want an error that names n1", err)
		}
	})
}
