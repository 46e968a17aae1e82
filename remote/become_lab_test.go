//go:build lab

package remote_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"dcosup/remote"
	"dcosup/secret"
	"dcosup/testing/lab"
)

const (
	right = secret.Text("right horse's battery $1")
	wrong = secret.Text("wrong")
)

// TestWhoMayComeIn is who gets in and who becomes root, on a node with real PAM, sudo and su.
func TestWhoMayComeIn(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	l, err := lab.Up(ctx, lab.Options{
		Dir: t.TempDir(), Name: "dcosup-become-test", Nodes: []string{"agent-1"}, ReleaseBytes: -1, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Down(context.Background())
	n := faultNode{node: l.Node("agent-1"), target: remote.Target{
		Name: "agent-1", Host: l.Node("agent-1").Address().String(), KnownHosts: []string{l.KnownHostsPath()},
		AgentSocket: remote.NoAgent,
	}}
	n.on(t, `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null && apt-get install -yq --no-install-recommends doas >/dev/null
for u in asks free ttyless stranger cached loginonly; do
	useradd --create-home --shell /bin/bash $u
	echo "$u:`+strings.ReplaceAll(string(right), "$", `\$`)+`" | chpasswd
	install -d -m 700 -o $u -g $u /home/$u/.ssh
	install -m 600 -o $u -g $u ~student/.ssh/authorized_keys /home/$u/.ssh/
done
echo "root:rootpw" | chpasswd
cat >/etc/sudoers.d/test <<'END'
asks ALL=(ALL) ALL
cached ALL=(ALL) ALL
free ALL=(ALL) NOPASSWD: ALL
ttyless ALL=(ALL) NOPASSWD: ALL
Defaults:ttyless requiretty
Defaults:cached timestamp_type=global
Defaults:asks timestamp_timeout=0
END
chmod 440 /etc/sudoers.d/test
printf 'permit nopass free as root\npermit asks as root\n' >/etc/doas.conf
usermod --shell /usr/sbin/nologin loginonly
printf 'PasswordAuthentication yes\nMatch User cached\n\tPasswordAuthentication no\n\tKbdInteractiveAuthentication yes\nMatch User free\n\tAuthenticationMethods publickey,password\n' >/etc/ssh/sshd_config.d/00-who.conf
sed -i '/PasswordAuthentication/d;/KbdInteractive/d' /etc/ssh/sshd_config.d/lab.conf
sshd -t; systemctl reload ssh`)
	t.Run("become", func(t *testing.T) { n.become(t, l.KeyPath()) })
	t.Run("login", func(t *testing.T) { n.login(t, l.KeyPath()) })
}

func (f faultNode) become(t *testing.T, key string) {
	for _, tt := range []struct {
		name, user string
		as         remote.Become
		reason     remote.BecomeReason // "": root's rights are given
		hint       string
		attempts   int // wrong ones that the node has counted
	}{
		{name: "sudo without a password", user: "free", as: remote.Become{Method: remote.Sudo}},
		{name: "sudo without a password, and one is given", user: "free", as: remote.Become{Method: remote.Sudo, Password: right}},
		{name: "sudo with one", user: "asks", as: remote.Become{Method: remote.Sudo, Password: right}},
		{name: "sudo remembers", user: "cached", as: remote.Become{Method: remote.Sudo, Password: right}},
		{name: "sudo with a wrong one", user: "asks", as: remote.Become{Method: remote.Sudo, Password: wrong},
			reason: remote.BecomeWrongPassword, hint: "-K", attempts: 1},
		{name: "sudo without the one it needs", user: "asks", as: remote.Become{Method: remote.Sudo},
			reason: remote.BecomeNeedsPassword, hint: "-K"},
		{name: "sudo that wants a terminal", user: "ttyless", as: remote.Become{Method: remote.Sudo},
			reason: remote.BecomeNeedsTerminal, hint: "requiretty"},
		{name: "sudo that wants a terminal, with a password", user: "ttyless", as: remote.Become{Method: remote.Sudo, Password: right},
			reason: remote.BecomeNeedsTerminal, hint: "requiretty"},
		{name: "sudo not allowed", user: "stranger", as: remote.Become{Method: remote.Sudo, Password: right},
			reason: remote.BecomeNotAllowed, hint: "NOPASSWD"},
		{name: "su", user: "stranger", as: remote.Become{Method: remote.Su, Password: "rootpw"}},
		{name: "su with a wrong password", user: "stranger", as: remote.Become{Method: remote.Su, Password: wrong},
			reason: remote.BecomeWrongPassword, hint: "-K", attempts: 1},
		{name: "su without one", user: "stranger", as: remote.Become{Method: remote.Su},
			reason: remote.BecomeNeedsPassword, hint: "-K"},
		{name: "doas", user: "free", as: remote.Become{Method: remote.Doas}},
		{name: "doas that wants a password", user: "asks", as: remote.Become{Method: remote.Doas, Password: right},
			reason: remote.BecomeNeedsPassword, hint: "nopass"},
		{name: "doas not allowed", user: "stranger", as: remote.Become{Method: remote.Doas},
			reason: remote.BecomeNotAllowed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			since := f.on(t, "journalctl --sync; journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'")
			target := f.target
			target.User, target.KeyFiles, target.Become = tt.user, []string{key}, tt.as
			if tt.user == "free" {
				target.Password = right
			}
			d := f.dialer(t)
			c := connect(t, d, target)
			defer c.Close()
			for range 2 { // sudo may remember
				res, err := c.Run(t.Context(), remote.Command{
					Script: `id -un; cat; ps -eo args,environ 2>/dev/null | grep -F horse | grep -v grep; true`, Stdin: strings.NewReader("input\n"),
				})
				if f.becomes(t, string(res.Stdout), err, tt.reason, tt.hint); tt.reason != "" {
					break
				}
			}
			log := f.on(t, "journalctl --sync; journalctl --after-cursor="+remote.Quote(since)+" -o cat")
			if got := strings.Count(log, ": authentication failure;"); got != tt.attempts {
				t.Errorf("the node counted %d failed attempts, want %d:\n%s", got, tt.attempts, log)
			}
			if strings.Contains(log, "horse") {
				t.Errorf("the node's log shows the password: %s", log)
			}
		})
	}
}

func (f faultNode) becomes(t *testing.T, stdout string, err error, reason remote.BecomeReason, hint string) {
	t.Helper()
	var be *remote.BecomeError
	switch {
	case reason == "" && (err != nil || stdout != "root\ninput\n"):
		t.Errorf("got %q, %v; want root", stdout, err)
	case reason != "" && (!errors.As(err, &be) || be.Reason != reason || !strings.Contains(be.HintText(), hint)):
		t.Errorf("got %v, want a BecomeError: %s, with a hint about %q", err, reason, hint)
		if be != nil {
			t.Errorf("it has: %s, %s", be.Reason, be.HintText())
		}
	}
}

func (f faultNode) login(t *testing.T, key string) {
	for _, tt := range []struct {
		name, user string
		keys       []string
		password   secret.Text
		words      []string // of the error; none: the login succeeds
	}{
		{name: "by password", user: "asks", password: right},
		{name: "by keyboard-interactive", user: "cached", password: right},
		{name: "by key and password", user: "free", keys: []string{key}, password: right},
		{name: "a wrong password", user: "asks", password: wrong, words: []string{"sent the password", "the server takes", "-k"}},
		{name: "a wrong password by keyboard-interactive", user: "cached", password: wrong, words: []string{"sent the password"}},
		{name: "neither", user: "asks", words: []string{"no key to offer", "password"}},
		{name: "the password is missing after the key", user: "free", keys: []string{key}, words: []string{"refused", "password"}},
		{name: "no such user", user: "nobodyatall", keys: []string{key}, words: []string{"see whether nobodyatall is the right user"}},
		{name: "an account without a shell", user: "loginonly", keys: []string{key}, words: []string{"This account is currently not available", "login shell"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			since := f.on(t, "journalctl --sync; journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'")
			target := f.target
			target.User, target.KeyFiles, target.Password = tt.user, tt.keys, tt.password
			if tt.keys == nil {
				target.KeyFiles = []string{t.TempDir() + "/none"}
			}
			err := runs(t, f.dialer(t), target)
			if (err != nil) != (tt.words != nil) {
				t.Fatalf("got %v, want an error: %v", err, tt.words != nil)
			}
			said := ""
			var hint interface{ HintText() string }
			if errors.As(err, &hint) {
				said = err.Error() + "\n" + hint.HintText()
			}
			for _, w := range tt.words {
				if !strings.Contains(said, w) {
					t.Errorf("it lacks %q: %s", w, said)
				}
			}
			log := f.on(t, "journalctl --sync; journalctl --after-cursor="+remote.Quote(since)+" -o cat")
			if got := strings.Count(log, ": authentication failure;"); tt.password == wrong && got != 1 {
				t.Errorf("the node counted %d wrong passwords, want 1:\n%s", got, log)
			}
		})
	}
}
