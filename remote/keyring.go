package remote

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"dcosup/secret"
)

// offer is a key that may log in, and how to name it in errors.
type offer struct {
	signer ssh.AlgorithmSigner
	what   string
}

// keyRing holds the private keys of all targets: each file is read once, and each agent is asked over one connection.
type keyRing struct {
	mu     sync.Mutex
	files  map[string]keyFile
	agents map[string]*agentConn // by socket
}

// agentConn is a connection to an agent.
type agentConn struct {
	net.Conn
	agent.ExtendedAgent
}

// agentPatience is how long an agent may take to list its keys. It may ask a person before it signs, so that has only
// the handshake's deadline.
const agentPatience = 5 * time.Second

// keyFile is what a private key file turned out to be.
type keyFile struct {
	signer ssh.AlgorithmSigner // nil: not usable by itself
	cert   ssh.AlgorithmSigner // with the certificate beside it, if there is one
	public ssh.PublicKey       // known although the private part is locked or elsewhere
	locked []byte              // the text, if it needs a passphrase
	err    error
}

// usualKeys are tried where no key is named: ssh's own, without those of hardware tokens, which need it.
var usualKeys = []string{"id_ed25519", "id_ecdsa", "id_rsa"}

// keyPaths are the key files of t, and whether somebody named them.
func (t Target) keyPaths(home string) (paths []string, named bool) {
	if len(t.KeyFiles) > 0 {
		return t.KeyFiles, true
	}
	for _, name := range usualKeys {
		paths = append(paths, filepath.Join(home, ".ssh", name))
	}
	return paths, false
}

// agentOf is the socket of the agent for t; "" if there is none.
func (d *Dialer) agentOf(t Target) string {
	switch t.AgentSocket {
	case "":
		return d.AgentSocket
	case NoAgent:
		return ""
	}
	return t.AgentSocket
}

// offers returns t's keys in the order in which to offer them: files first, as they were named, for each refused key
// costs a round trip and counts towards the server's MaxAuthTries; and a certificate before its plain key.
func (k *keyRing) offers(socket string, t Target, home string) (out []offer, skipped []string) {
	inAgent, agentErr := k.agentSigners(socket)
	certs, errs := readCertificates(t.CertFiles)
	skipped = append(skipped, errs...)
	seen := map[string]bool{}
	add := func(s ssh.Signer, from string) {
		signer, ok := s.(ssh.AlgorithmSigner)
		id := string(s.PublicKey().Marshal())
		if ok && !seen[id] {
			seen[id] = true
			out = append(out, offer{signer, fingerprint(s.PublicKey()) + " (" + from + ")"})
		}
	}
	addAll := func(s ssh.Signer, from string) {
		for path, cert := range certs {
			if bytes.Equal(cert.Key.Marshal(), s.PublicKey().Marshal()) {
				if signer, err := ssh.NewCertSigner(cert, s); err == nil {
					add(signer, from+" with "+path)
				}
			}
		}
		add(s, from)
	}
	paths, named := t.keyPaths(home)
	for _, path := range paths {
		f := k.file(path)
		switch {
		case f.signer != nil:
			if f.cert != nil {
				add(f.cert, path+"-cert.pub")
			}
			addAll(f.signer, path)
		case f.public != nil && find(inAgent, f.public) != nil:
			addAll(find(inAgent, f.public), path+" by agent")
		case named || !errors.Is(f.err, os.ErrNotExist):
			skipped = append(skipped, fmt.Sprintf("%s: %v", path, f.err))
		}
	}
	if agentErr != nil {
		skipped = append(skipped, fmt.Sprintf("agent %s: %v", socket, agentErr))
	}
	if !t.IdentitiesOnly {
		for _, s := range inAgent {
			addAll(s, "agent")
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

// readCertificates reads the named certificates, by path.
func readCertificates(paths []string) (certs map[string]*ssh.Certificate, skipped []string) {
	certs = map[string]*ssh.Certificate{}
	for _, path := range paths {
		cert, err := readCertificate(path)
		if err != nil {
			skipped = append(skipped, fmt.Sprintf("%s: %v", path, err))
			continue
		}
		certs[path] = cert
	}
	return certs, skipped
}

func readCertificate(path string) (*ssh.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, err
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, errors.New("it holds a key and no certificate")
	}
	return cert, nil
}

// file reads a private key, once.
func (k *keyRing) file(path string) keyFile {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f, ok := k.files[path]; ok {
		return f
	}
	f := readKey(path)
	k.keep(path, f)
	return f
}

func (k *keyRing) keep(path string, f keyFile) {
	if k.files == nil {
		k.files = map[string]keyFile{}
	}
	k.files[path] = f
}

func readKey(path string) keyFile {
	text, err := os.ReadFile(path)
	if err != nil {
		return keyFile{public: publicBeside(path), err: err} // the agent may have it
	}
	if err := private(path); err != nil {
		return keyFile{public: publicBeside(path), err: err}
	}
	key, err := ssh.ParseRawPrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		f := keyFile{public: locked.PublicKey, locked: text, err: errors.New("it has a passphrase: add it to the ssh-agent, or run this on a terminal")}
		if f.public == nil {
			f.public = publicBeside(path)
		}
		return f
	}
	if err != nil {
		if public, _, _, _, notPublic := ssh.ParseAuthorizedKey(text); notPublic == nil {
			return keyFile{public: public, err: errors.New("it is a public key, and the agent does not have its private one")}
		}
		return keyFile{err: err}
	}
	return opened(path, key)
}

// opened makes signers of a private key: itself, and with a certificate (path-cert.pub) beside it.
func opened(path string, key any) keyFile {
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return keyFile{err: err}
	}
	f := keyFile{public: s.PublicKey()}
	f.signer, _ = s.(ssh.AlgorithmSigner)
	if cert, err := readCertificate(path + "-cert.pub"); err == nil {
		if s, err := ssh.NewCertSigner(cert, s); err == nil {
			f.cert, _ = s.(ssh.AlgorithmSigner)
		}
	}
	return f
}

// private refuses a key of one's own that others can read, as ssh does.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && ownedByUs(info) && !isPublic(path) {
		return fmt.Errorf("its mode is %04o, so that others may read it: chmod 600 %s", mode, Quote(path))
	}
	return nil
}

func isPublic(path string) bool { return filepath.Ext(path) == ".pub" }

// publicBeside is the public key that stands beside a private one, or nil.
func publicBeside(path string) ssh.PublicKey {
	text, err := os.ReadFile(path + ".pub")
	if err != nil {
		return nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return public
}

// unlock opens a key that has a passphrase.
func (k *keyRing) unlock(path string, passphrase secret.Text) error {
	f := k.file(path)
	if f.locked == nil {
		return f.err
	}
	key, err := ssh.ParseRawPrivateKeyWithPassphrase(f.locked, []byte(passphrase.Reveal()))
	if err != nil {
		return fmt.Errorf("%s: %w", path, ErrPassphrase)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keep(path, opened(path, key))
	return nil
}

// agentSigners lists the agent's keys. No socket means no keys.
func (k *keyRing) agentSigners(socket string) ([]ssh.Signer, error) {
	if socket == "" {
		return nil, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.agents[socket]
	if a == nil {
		nc, err := net.DialTimeout("unix", socket, agentPatience)
		if err != nil {
			return nil, err
		}
		a = &agentConn{nc, agent.NewClient(nc)}
		if k.agents == nil {
			k.agents = map[string]*agentConn{}
		}
		k.agents[socket] = a
	}
	a.SetDeadline(time.Now().Add(agentPatience))
	signers, err := a.Signers()
	if err != nil {
		a.Conn.Close()
		delete(k.agents, socket)
		return nil, err
	}
	a.SetDeadline(time.Time{})
	return signers, nil
}

func (k *keyRing) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	for _, a := range k.agents {
		errs = append(errs, a.Conn.Close())
	}
	k.agents = nil
	return errors.Join(errs...)
}

// ownedByUs tells whether the file belongs to the user of this process: ssh leaves others' keys to others.
func ownedByUs(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Getuid()
}
