package lab

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// keyring holds the lab's login key and the host key of every node. They live
// as long as the lab's directory, so that a node that is made anew is the same
// node to its clients.
type keyring struct {
	login keyPair
	hosts map[string]keyPair // by node name
}

// keyPair is a key as OpenSSH writes it to files.
type keyPair struct {
	private []byte
	public  []byte // one line with newline
	signer  ssh.Signer
}

// ensureKeys reads the keys in dir, makes those that are missing, and writes
// known_hosts.
func ensureKeys(dir string, nodes []*Node) (keyring, error) {
	hostDir := filepath.Join(dir, "host-keys")
	if err := os.MkdirAll(hostDir, 0o700); err != nil {
		return keyring{}, fmt.Errorf("making the directory of host keys: %w", err)
	}
	if err := ensureKey(filepath.Join(dir, "id_ed25519"), "lab"); err != nil {
		return keyring{}, err
	}
	for _, n := range nodes {
		if err := ensureKey(filepath.Join(hostDir, n.place.Name), n.place.Name); err != nil {
			return keyring{}, err
		}
	}
	keys, err := loadKeys(dir, nodes)
	if err != nil {
		return keyring{}, err
	}
	return keys, writeFile(filepath.Join(dir, "known_hosts"), knownHosts(keys, nodes), 0o600)
}

// loadKeys reads the keys in dir, which must all be there.
func loadKeys(dir string, nodes []*Node) (keyring, error) {
	login, err := readKey(filepath.Join(dir, "id_ed25519"))
	if err != nil {
		return keyring{}, err
	}
	keys := keyring{login: login, hosts: map[string]keyPair{}}
	for _, n := range nodes {
		if keys.hosts[n.place.Name], err = readKey(filepath.Join(dir, "host-keys", n.place.Name)); err != nil {
			return keyring{}, err
		}
	}
	return keys, nil
}

// knownHosts renders the file that pins every node's key to its address.
func knownHosts(keys keyring, nodes []*Node) []byte {
	var b bytes.Buffer
	for _, n := range nodes {
		line := ssh.MarshalAuthorizedKey(keys.hosts[n.place.Name].signer.PublicKey())
		fmt.Fprintf(&b, "%s,%s %s", n.place.Name, n.place.Address, line)
	}
	return b.Bytes()
}

func ensureKey(path, comment string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, comment)
	if err != nil {
		return fmt.Errorf("encoding a key: %w", err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return fmt.Errorf("encoding a key: %w", err)
	}
	if err := writeFile(path+".pub", ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o644); err != nil {
		return err
	}
	return writeFile(path, pem.EncodeToMemory(block), 0o600)
}

func readKey(path string) (keyPair, error) {
	private, err := os.ReadFile(path)
	if err != nil {
		return keyPair{}, fmt.Errorf("reading the lab's keys: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(private)
	if err != nil {
		return keyPair{}, fmt.Errorf("reading key %s: %w: remove it to have a new one made", path, err)
	}
	return keyPair{private: private, public: ssh.MarshalAuthorizedKey(signer.PublicKey()), signer: signer}, nil
}
