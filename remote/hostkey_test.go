package remote_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"dcosup/remote"
	"dcosup/remote/knownhosts"
)

// TestHostKeysAsSSH lets ssh itself be the judge: with the same known_hosts and the same policy we log in where it does,
// and record what it records.
func TestHostKeysAsSSH(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ca", "stranger"} {
		keygen(t, "-t", "ed25519", "-f", filepath.Join(dir, name), "-N", "")
	}
	srv := startSSHD(t, "", "rsa")
	signed := startSSHD(t, "HostCertificate "+certify(t, dir, "127.0.0.1"))
	misnamed := startSSHD(t, "HostCertificate "+certify(t, dir, "another.example.com"))
	public := func(path string) string {
		text, err := os.ReadFile(path + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	at := func(s *sshd) string { return fmt.Sprintf("[127.0.0.1]:%d", s.port) }
	own, stranger, ca := public(srv.file("host_ed25519")), public(filepath.Join(dir, "stranger")), public(filepath.Join(dir, "ca"))
	for _, tt := range []struct {
		name  string
		srv   *sshd
		known []string
	}{
		{"nothing known", srv, nil},
		{"known", srv, []string{at(srv) + " " + own}},
		{"known by another type", srv, []string{at(srv) + " " + public(srv.file("host_rsa"))}},
		{"known without the port", srv, []string{"127.0.0.1 " + own}},
		{"another key without the port", srv, []string{"127.0.0.1 " + stranger}},
		{"known by a pattern", srv, []string{"*,!10.* " + own}},
		{"changed", srv, []string{at(srv) + " " + stranger}},
		{"changed, and known", srv, []string{at(srv) + " " + stranger, at(srv) + " " + own}},
		{"revoked", srv, []string{at(srv) + " " + own, "@revoked * " + own}},
		{"another one revoked", srv, []string{at(srv) + " " + own, "@revoked * " + stranger}},
		{"a line that nobody can read", srv, []string{at(srv) + " ssh-ed25519 nonsense", at(srv) + " " + own}},
		{"an authority, and no certificate", srv, []string{"@cert-authority * " + ca}},
		{"signed by the authority", signed, []string{"@cert-authority * " + ca}},
		{"signed by a revoked authority", signed, []string{"@cert-authority * " + ca, "@revoked * " + ca}},
		{"signed by a stranger", signed, []string{"@cert-authority * " + stranger}},
		{"signed for another name", misnamed, []string{"@cert-authority * " + ca}},
		{"signed, and nothing known", signed, nil},
	} {
		for _, policy := range []remote.HostKeyPolicy{remote.Strict, remote.AcceptNew, remote.Insecure} {
			t.Run(tt.name+"/"+policy.String(), func(t *testing.T) {
				text := strings.Join(tt.known, "\n")
				if text != "" {
					text += "\n"
				}
				theirs, ours := filepath.Join(t.TempDir(), "theirs"), filepath.Join(t.TempDir(), "ours")
				writeFile(t, theirs, text, 0o600)
				writeFile(t, ours, text, 0o600)
				out, want := exec.Command("ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking="+policy.String(),
					"-o", "UserKnownHostsFile="+theirs, "-o", "GlobalKnownHostsFile=/dev/null", "-o", "UpdateHostKeys=no", "-i", tt.srv.file("id_ed25519"),
					"-o", "IdentitiesOnly=yes", "-p", fmt.Sprint(tt.srv.port), "root@127.0.0.1", "true").CombinedOutput()
				target := tt.srv.target("n1")
				target.HostKeys, target.KnownHosts = policy, []string{ours}
				got := runs(t, dialer(t), target)
				// ssh believes a revoked key where nothing is checked. We do not: somebody has said that it is in wrong hands.
				if strings.Contains(tt.name, "revoked") && policy == remote.Insecure && tt.name != "another one revoked" {
					want = errors.New("revoked")
				}
				if (got == nil) != (want == nil) {
					t.Errorf("we: %v\nssh: %v: %s", got, want, out)
				}
				if diff := cmp.Diff(recorded(t, theirs), recorded(t, ours)); diff != "" {
					t.Errorf("known_hosts (-ssh +ours):\n%s", diff)
				}
			})
		}
	}
}

// certify makes a host key with a certificate of dir/ca for a name, and returns the path of the latter.
func certify(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name, "host_signed")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	keygen(t, "-t", "ed25519", "-f", path, "-N", "")
	keygen(t, "-s", filepath.Join(dir, "ca"), "-I", "test", "-h", "-n", name, "-V", "-1h:+1h", path+".pub")
	return path + "-cert.pub\nHostKey " + path
}

// recorded are the plain keys of a file.
func recorded(t *testing.T, path string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range knownhosts.Parse(path, text) {
		lines = append(lines, string(e.Marker)+" "+ssh.FingerprintSHA256(e.Key))
	}
	slices.Sort(lines)
	return lines
}

func TestScanAndPin(t *testing.T) {
	srv := startSSHD(t, "", "rsa")
	bastion := startSSHD(t, "")
	jump := bastion.target("bastion")
	for name, through := range map[string]*remote.Target{"straight": nil, "through a jump": &jump} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "known_hosts")
			target := srv.target("n1")
			target.KnownHosts, target.Jump = []string{file}, through
			d := dialer(t)
			if has, err := d.HasHostKey(target); has || err != nil {
				t.Fatalf("known before: %v, %v", has, err)
			}
			keys, err := d.ScanHostKeys(context.Background(), target)
			if err != nil {
				t.Fatal(err)
			}
			var types []string
			for _, k := range keys {
				types = append(types, k.Type+" "+string(k.State))
			}
			if diff := cmp.Diff([]string{"ssh-ed25519 new", "ecdsa-sha2-nistp256 new", "ssh-rsa new"}, types); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			for range 2 { // a second time writes nothing
				if err := d.Pin(target, keys); err != nil {
					t.Fatal(err)
				}
			}
			if got := recorded(t, file); len(got) != 3 {
				t.Errorf("recorded %q, want 3 keys", got)
			}
			if has, err := d.HasHostKey(target); !has || err != nil {
				t.Errorf("known afterwards: %v, %v", has, err)
			}
			for _, d := range []*remote.Dialer{d, dialer(t)} {
				if err := runs(t, d, target); err != nil {
					t.Errorf("with the keys pinned: %v", err)
				}
			}
		})
	}
	t.Run("changed", func(t *testing.T) {
		target := srv.target("n1")
		target.KnownHosts = []string{filepath.Join(t.TempDir(), "known_hosts")}
		other, err := os.ReadFile(bastion.file("host_ed25519.pub"))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, target.KnownHosts[0], fmt.Sprintf("[127.0.0.1]:%d %s", srv.port, other), 0o600)
		keys, err := dialer(t).ScanHostKeys(context.Background(), target)
		if err != nil || len(keys) != 3 || keys[0].State != remote.KeyChanged || len(keys[0].Known) != 1 || keys[1].State != remote.KeyOther {
			t.Errorf("got %+v, %v", keys, err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		target := srv.target("n1")
		target.Port = deadPort(t)
		if _, err := dialer(t).ScanHostKeys(context.Background(), target); !remote.IsUnreachable(err) {
			t.Errorf("got %v, want unreachable", err)
		}
	})
}

// A password goes to nobody whose key is not the known one.
func TestNoPasswordForADoubtfulHost(t *testing.T) {
	srv, stranger := startSSHD(t, "PasswordAuthentication yes\nPubkeyAuthentication no"), startSSHD(t, "")
	other, err := os.ReadFile(stranger.file("host_ed25519.pub"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, srv.file("known_hosts"), fmt.Sprintf("[127.0.0.1]:%d %s", srv.port, other), 0o600)
	target := srv.target("n1")
	target.HostKeys, target.Password = remote.Insecure, "secret"
	err = runs(t, dialer(t), target)
	if err == nil || strings.Contains(err.Error(), "sent the password") {
		t.Errorf("got %v, want a refused login to which no password was sent", err)
	}
}
