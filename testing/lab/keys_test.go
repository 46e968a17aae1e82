package lab

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"dcosup/remote/knownhosts"
)

func TestEnsureKeysKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	l, err := newLab(Options{Dir: dir, Subnet: netip.MustParsePrefix("10.0.0.0/24"), Nodes: []string{"master-1"}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := ensureKeys(dir, l.nodes)
	if err != nil {
		t.Fatal(err)
	}
	more, err := newLab(Options{Dir: dir, Subnet: netip.MustParsePrefix("10.0.0.0/24"), Nodes: []string{"master-1", "agent-1"}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := ensureKeys(dir, more.nodes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.login.public, second.login.public); diff != "" {
		t.Errorf("the login key changed:\n%s", diff)
	}
	if diff := cmp.Diff(first.hosts["master-1"].public, second.hosts["master-1"].public); diff != "" {
		t.Errorf("the host key changed:\n%s", diff)
	}
	if string(second.hosts["agent-1"].public) == string(second.hosts["master-1"].public) {
		t.Error("two nodes have the same host key")
	}
	if info, err := os.Stat(filepath.Join(dir, "id_ed25519")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key has mode %v, %v", info.Mode(), err)
	}
}

func TestKnownHostsPinsEveryNode(t *testing.T) {
	dir := t.TempDir()
	l, err := newLab(Options{Dir: dir, Subnet: netip.MustParsePrefix("10.0.0.0/24"), Nodes: []string{"master-1", "agent-1"}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ensureKeys(dir, l.nodes)
	if err != nil {
		t.Fatal(err)
	}
	known, err := knownhosts.Read(l.KnownHostsPath())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range l.nodes {
		for _, host := range []string{n.Address().String(), n.Name()} {
			want := []string{string(ssh.MarshalAuthorizedKey(keys.hosts[n.Name()].signer.PublicKey()))}
			var got []string
			for _, e := range known.Lookup(host) {
				got = append(got, string(ssh.MarshalAuthorizedKey(e.Key)))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("keys of %s (-want +got):\n%s", host, diff)
			}
		}
	}
}
