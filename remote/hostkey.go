package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// hostKeys holds the known_hosts files of all targets, each list of files read once.
type hostKeys struct {
	mu  sync.Mutex
	dbs map[string]*knownFiles
}

// knownFiles is one list of known_hosts files, and the keys that were accepted since they were read.
type knownFiles struct {
	db    *knownhosts.HostKeyDB
	files []string // as configured: some may not exist

	mu  sync.Mutex
	new map[string]ssh.PublicKey // by normalized address
}

func (h *hostKeys) of(t Target) (*knownFiles, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := strings.Join(t.KnownHosts, "\x00")
	if k := h.dbs[id]; k != nil {
		return k, nil
	}
	var there []string
	for _, f := range t.KnownHosts {
		if _, err := os.Stat(f); err == nil {
			there = append(there, f)
		}
	}
	db, err := knownhosts.NewDB(there...)
	if err != nil {
		return nil, fmt.Errorf("reading known hosts: %w", err)
	}
	if h.dbs == nil {
		h.dbs = map[string]*knownFiles{}
	}
	k := &knownFiles{db: db, files: t.KnownHosts, new: map[string]ssh.PublicKey{}}
	h.dbs[id] = k
	return k, nil
}

// usualAlgorithms are asked for of a host whose keys are not known, and after the known ones of one whose are: so a
// host that has changed its keys shows which it has now.
var usualAlgorithms = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}

// algorithms orders host key algorithms so that the host shows a key that known_hosts holds, if it has one.
func (k *knownFiles) algorithms(addr string) []string {
	first := k.db.HostKeyAlgorithms(addr)
	out := append([]string{}, first...)
	seen := map[string]bool{}
	for _, a := range first {
		seen[a] = true
	}
	for _, a := range usualAlgorithms {
		if !seen[a] {
			out = append(out, a)
		}
	}
	return out
}

// keyVerdict is why a host key is believed.
type keyVerdict struct {
	text     string // for an Event
	doubtful bool   // it is not the known one, and believed all the same: no password may be sent
}

// check says whether t's policy believes the key.
func (k *knownFiles) check(t Target, key ssh.PublicKey) (keyVerdict, *HostKeyError) {
	if t.HostKeys == Insecure {
		return keyVerdict{}, nil
	}
	name := knownhosts.Normalize(t.Addr())
	bad := &HostKeyError{Host: name, Got: fingerprint(key), Line: knownhosts.Line([]string{t.Addr()}, key), Files: k.files}
	// Looking up by name only: the address in the second argument is of no use behind a jump.
	err := k.db.HostKeyCallback()(t.Addr(), &net.TCPAddr{IP: net.IPv4zero}, key)
	var ke *xknownhosts.KeyError
	var revoked *xknownhosts.RevokedError
	switch {
	case err == nil:
		return keyVerdict{}, nil
	case errors.As(err, &revoked):
		bad.Known = []KnownKey{{"revoked: " + fingerprint(key), revoked.Revoked.Filename, revoked.Revoked.Line}}
		return keyVerdict{}, bad
	case errors.As(err, &ke) && len(ke.Want) > 0:
		for _, w := range ke.Want {
			bad.Known = append(bad.Known, KnownKey{fingerprint(w.Key), w.Filename, w.Line})
		}
		return keyVerdict{}, bad
	case t.HostKeys != AcceptNew:
		return keyVerdict{}, bad
	}
	return keyVerdict{}, k.accept(t, name, key, bad)
}

// accept records a key that is seen for the first time; a second connection at the same time may have been first.
func (k *knownFiles) accept(t Target, name string, key ssh.PublicKey, bad *HostKeyError) *HostKeyError {
	k.mu.Lock()
	defer k.mu.Unlock()
	if had := k.new[name]; had != nil {
		if fingerprint(had) == fingerprint(key) {
			return nil
		}
		bad.Known = []KnownKey{{Fingerprint: fingerprint(had), File: k.files[0]}}
		return bad
	}
	if err := appendLine(k.files[0], bad.Line); err != nil {
		bad.Line += " (could not be recorded: " + err.Error() + ")"
		return bad
	}
	k.new[name] = key
	return nil
}

func appendLine(path, line string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

func fingerprint(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

func (e *HostKeyError) hint(t Target) string {
	file := "known_hosts"
	if len(e.Files) > 0 {
		file = e.Files[0]
	}
	if e.Changed() {
		return fmt.Sprintf("if the machine was installed anew, check the fingerprint on its console, remove the old line "+
			"(ssh-keygen -R %s -f %s) and add: %s", Quote(e.Host), file, e.Line)
	}
	return fmt.Sprintf("check the fingerprint on the machine's console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), "+
		"then add to %s: %s", file, e.Line)
}
