package remote

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// offer is a key that may log in, and how to name it in errors.
type offer struct {
	signer ssh.Signer
	what   string
}

// attempt is what one handshake found out on its way; the errors of x/crypto/ssh alone do not tell its stage.
type attempt struct {
	keyErr     *HostKeyError // the host key was not believed
	key        keyVerdict    // of one that was
	keyChecked bool          // it was believed, so the login has begun
	offers     []offer
	skipped    []string
	accepted   []string
}

// keyRing holds the private keys of all targets: each file is read once, and the agent is asked over one connection.
type keyRing struct {
	mu     sync.Mutex
	files  map[string]keyFile
	agent  agent.ExtendedAgent
	socket net.Conn
}

// keyFile is what a private key file turned out to be.
type keyFile struct {
	signer ssh.Signer    // nil: not usable by itself
	public ssh.PublicKey // known although it needs a passphrase
	err    error
}

// errNoPassword ends the login where only methods that need a person are left.
var errNoPassword = errors.New("no password to give")

// methods returns the ways to log in to t. What they meet is noted in at. The server's wish for a password is asked
// for only to name it in the error: x/crypto/ssh does not tell which methods a server takes.
func (k *keyRing) methods(socket string, t Target, home string, at *attempt) []ssh.AuthMethod {
	note := func(method string) { at.accepted = append(at.accepted, method) }
	return []ssh.AuthMethod{
		ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			note("publickey")
			at.offers, at.skipped = k.offers(socket, t, home)
			signers := make([]ssh.Signer, len(at.offers))
			for i, o := range at.offers {
				signers[i] = o.signer
			}
			return signers, nil
		}),
		ssh.PasswordCallback(func() (string, error) {
			note("password")
			return "", errNoPassword
		}),
		ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) {
			note("keyboard-interactive")
			return nil, errNoPassword
		}),
	}
}

// offers returns t's keys in the order in which to offer them: files first, as they were named, for each refused key
// costs a round trip and counts towards the server's MaxAuthTries.
func (k *keyRing) offers(socket string, t Target, home string) (out []offer, skipped []string) {
	paths, named := t.KeyFiles, true
	if len(paths) == 0 {
		named = false
		for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
			paths = append(paths, filepath.Join(home, ".ssh", name))
		}
	}
	inAgent, agentErr := k.agentSigners(socket)
	seen := map[string]bool{}
	add := func(s ssh.Signer, from string) {
		id := string(s.PublicKey().Marshal())
		if !seen[id] {
			seen[id] = true
			out = append(out, offer{s, s.PublicKey().Type() + " " + ssh.FingerprintSHA256(s.PublicKey()) + " (" + from + ")"})
		}
	}
	for _, path := range paths {
		f := k.file(path)
		switch {
		case f.signer != nil:
			add(f.signer, path)
		case f.public != nil && find(inAgent, f.public) != nil:
			add(find(inAgent, f.public), path+" by agent")
		case named || !errors.Is(f.err, os.ErrNotExist):
			skipped = append(skipped, fmt.Sprintf("%s: %v", path, f.err))
		}
	}
	if agentErr != nil {
		skipped = append(skipped, fmt.Sprintf("agent %s: %v", socket, agentErr))
	}
	if !t.IdentitiesOnly {
		for _, s := range inAgent {
			add(s, "agent")
		}
	}
	return out, skipped
}

func find(signers []ssh.Signer, key ssh.PublicKey) ssh.Signer {
	for _, s := range signers {
		if bytes.Equal(s.PublicKey().Marshal(), key.Marshal()) {
			return s
		}
	}
	return nil
}

// file reads a private key, once. Beside a certificate (path-cert.pub) it is offered with that.
func (k *keyRing) file(path string) keyFile {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f, ok := k.files[path]; ok {
		return f
	}
	f := readKey(path)
	if k.files == nil {
		k.files = map[string]keyFile{}
	}
	k.files[path] = f
	return f
}

func readKey(path string) keyFile {
	text, err := os.ReadFile(path)
	if err != nil {
		return keyFile{err: err}
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		f := keyFile{public: locked.PublicKey, err: errors.New("it has a passphrase: add it to the ssh-agent")}
		if pub, err := os.ReadFile(path + ".pub"); f.public == nil && err == nil {
			f.public, _, _, _, _ = ssh.ParseAuthorizedKey(pub)
		}
		return f
	}
	if err != nil {
		return keyFile{err: err}
	}
	if text, err := os.ReadFile(path + "-cert.pub"); err == nil {
		if pub, _, _, _, err := ssh.ParseAuthorizedKey(text); err == nil {
			if cert, ok := pub.(*ssh.Certificate); ok {
				if s, err := ssh.NewCertSigner(cert, signer); err == nil {
					return keyFile{signer: s}
				}
			}
		}
	}
	return keyFile{signer: signer}
}

// agentSigners lists the agent's keys. No socket means no keys.
func (k *keyRing) agentSigners(socket string) ([]ssh.Signer, error) {
	if socket == "" {
		return nil, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.agent == nil {
		nc, err := net.Dial("unix", socket)
		if err != nil {
			return nil, err
		}
		k.socket, k.agent = nc, agent.NewClient(nc)
	}
	signers, err := k.agent.Signers()
	if err != nil {
		k.socket.Close()
		k.socket, k.agent = nil, nil
	}
	return signers, err
}

func (k *keyRing) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.socket == nil {
		return nil
	}
	err := k.socket.Close()
	k.socket, k.agent = nil, nil
	return err
}

func authHint(t Target, e *AuthError) string {
	switch {
	case len(e.Offered) == 0 && len(e.Skipped) == 0:
		return "name a private key with --private-key or ansible_ssh_private_key_file, or start an ssh-agent"
	case len(e.Offered) == 0:
		return "make one of these keys usable, or name another"
	case len(e.Offered) > 5:
		return "sshd gives up after MaxAuthTries (6) keys: name the right one with --private-key"
	}
	return fmt.Sprintf("see whether %s is the right user, and whether its authorized_keys on the node holds one of these keys", t.User)
}
