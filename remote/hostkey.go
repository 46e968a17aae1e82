package remote

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"dcosup/remote/knownhosts"
)

// hostKeys holds the known_hosts files of all targets, each list of files read once.
type hostKeys struct {
	mu    sync.Mutex
	lists map[string]*knownFiles
}

// knownFiles is one list of known_hosts files, and the keys that were recorded since they were read.
type knownFiles struct {
	read  *knownhosts.Files
	paths []string // as configured: some may not exist

	mu  sync.Mutex
	new map[string][]knownhosts.Entry // by name
}

func (h *hostKeys) of(t Target) (*knownFiles, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := strings.Join(t.KnownHosts, "\x00")
	if k := h.lists[id]; k != nil {
		return k, nil
	}
	files, err := knownhosts.Read(t.KnownHosts...)
	if err != nil {
		return nil, err
	}
	if h.lists == nil {
		h.lists = map[string]*knownFiles{}
	}
	k := &knownFiles{read: files, paths: t.KnownHosts, new: map[string][]knownhosts.Entry{}}
	h.lists[id] = k
	return k, nil
}

// knownName is how known_hosts calls the machine.
func (t Target) knownName() string {
	if t.HostKeyName != "" {
		return strings.ToLower(t.HostKeyName)
	}
	return knownhosts.Name(t.Host, t.Port)
}

// entries are what is known of a machine.
func (k *knownFiles) entries(name string) []knownhosts.Entry {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append(k.read.Lookup(name), k.new[name]...)
}

// judge holds a key against what is known. A machine of which nothing is known at its port may still show a key that is
// known for the host: ssh then believes it, too.
func (k *knownFiles) judge(t Target, key ssh.PublicKey) (knownhosts.Verdict, []knownhosts.Entry) {
	verdict, because := knownhosts.Judge(k.entries(t.knownName()), key)
	if verdict == knownhosts.New && t.HostKeyName == "" && t.Port != 22 {
		if v, e := knownhosts.Judge(k.entries(knownhosts.Name(t.Host, 22)), key); v == knownhosts.Known || v == knownhosts.IsRevoked {
			return v, e
		}
	}
	return verdict, because
}

// keyFamilies are the algorithms for each kind of host key, best first.
var keyFamilies = [][]string{
	{ssh.KeyAlgoED25519}, {ssh.KeyAlgoECDSA256}, {ssh.KeyAlgoECDSA384}, {ssh.KeyAlgoECDSA521},
	{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
}

// certAlgorithms are asked for where an authority is known for the machine.
var certAlgorithms = []string{ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01,
	ssh.CertAlgoECDSA521v01, ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01}

// algorithms orders host key algorithms so that the machine shows a key that is known, if it has one. The others
// follow, so that one that has changed its keys shows which it has now.
func (k *knownFiles) algorithms(t Target) []string {
	entries := k.entries(t.knownName())
	if len(entries) == 0 && t.HostKeyName == "" && t.Port != 22 {
		entries = k.entries(knownhosts.Name(t.Host, 22))
	}
	var first, known, rest []string
	if slices.ContainsFunc(entries, func(e knownhosts.Entry) bool { return e.Marker == knownhosts.Authority }) {
		first = certAlgorithms
	}
	for _, family := range keyFamilies {
		plain := func(e knownhosts.Entry) bool { return e.Marker == knownhosts.Plain && familyOf(e.Key) == family[0] }
		if slices.ContainsFunc(entries, plain) {
			known = append(known, family...)
		} else {
			rest = append(rest, family...)
		}
	}
	return slices.Concat(first, known, rest)
}

// familyOf is the first algorithm of a key's family.
func familyOf(key ssh.PublicKey) string {
	if key.Type() == ssh.KeyAlgoRSA {
		return ssh.KeyAlgoRSASHA512
	}
	return key.Type()
}

// keyVerdict is why a host key is believed.
type keyVerdict struct {
	text     string // for an Event
	doubtful bool   // it is not the known one, and believed all the same: no password may be sent
}

// check says whether t's policy believes the key.
func (k *knownFiles) check(t Target, key ssh.PublicKey) (keyVerdict, *HostKeyError) {
	verdict, because := k.judge(t, key)
	var invalid error
	if cert, ok := key.(*ssh.Certificate); ok && verdict != knownhosts.IsRevoked {
		if verdict == knownhosts.Known {
			if invalid = validFor(t, cert); invalid == nil {
				return keyVerdict{text: fmt.Sprintf("%s, signed by the authority of %s:%d", fingerprint(cert.Key), because[0].File, because[0].Line)}, nil
			}
		}
		key = cert.Key // of an authority that is not known, or where it is not valid, only the key counts
		verdict, because = k.judge(t, key)
	}
	bad := &HostKeyError{Host: t.knownName(), Got: fingerprint(key), Line: k.line(t, key), Files: k.paths,
		Revoked: verdict == knownhosts.IsRevoked, Certificate: invalid}
	for _, e := range because {
		bad.Known = append(bad.Known, KnownKey{fingerprint(e.Key), e.File, e.Line})
	}
	switch {
	case verdict == knownhosts.Known:
		return keyVerdict{text: fmt.Sprintf("%s, known from %s:%d", fingerprint(key), because[0].File, because[0].Line)}, nil
	case verdict == knownhosts.Changed && t.HostKeys == Insecure:
		return keyVerdict{text: fingerprint(key) + ", not the known one, and believed all the same", doubtful: true}, nil
	case verdict != knownhosts.New || t.HostKeys == Strict:
		return keyVerdict{}, bad
	}
	return k.accept(t, key, bad)
}

// validFor is what is wrong with a host's certificate that a known authority has signed.
func validFor(t Target, cert *ssh.Certificate) error {
	if cert.CertType != ssh.HostCert {
		return errors.New("it is not a host's")
	}
	name := t.HostKeyName
	setDefault(&name, t.Host)
	return new(ssh.CertChecker).CheckCert(name, cert)
}

func (k *knownFiles) line(t Target, key ssh.PublicKey) string {
	name := t.knownName()
	if t.HashKnownHosts {
		name = knownhosts.Hashed(name)
	}
	return knownhosts.Line(name, key)
}

// accept records a key that is seen for the first time; a second connection at the same time may have been first.
func (k *knownFiles) accept(t Target, key ssh.PublicKey, bad *HostKeyError) (keyVerdict, *HostKeyError) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch verdict, because := knownhosts.Judge(k.new[t.knownName()], key); {
	case verdict == knownhosts.Known:
		return keyVerdict{text: fingerprint(key) + ", new, recorded a moment ago"}, nil
	case verdict == knownhosts.Changed:
		bad.Known = []KnownKey{{Fingerprint: fingerprint(because[0].Key), File: because[0].File}}
		return keyVerdict{}, bad
	}
	if err := k.record(t.knownName(), bad.Line, key); err != nil {
		if t.HostKeys == Insecure {
			return keyVerdict{text: fmt.Sprintf("%s, new, and could not be recorded: %v", fingerprint(key), err)}, nil
		}
		bad.Line += " (could not be recorded: " + err.Error() + ")"
		return keyVerdict{}, bad
	}
	return keyVerdict{text: fingerprint(key) + ", new, recorded in " + k.paths[0]}, nil
}

// record adds a key to the first file and to what is known. The caller holds mu.
func (k *knownFiles) record(name, line string, key ssh.PublicKey) error {
	if len(k.paths) == 0 {
		return errors.New("no known_hosts file is configured")
	}
	if err := knownhosts.Append(k.paths[0], line); err != nil {
		return err
	}
	k.new[name] = append(k.new[name], knownhosts.Entry{Key: key, File: k.paths[0]})
	return nil
}

func fingerprint(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

func (e *HostKeyError) hint() string {
	file := "known_hosts"
	if len(e.Files) > 0 {
		file = e.Files[0]
	}
	switch {
	case e.Revoked:
		return "whoever revoked the key had a reason: find out before you take the line out"
	case e.Certificate != nil:
		return "have the host's key signed anew, for the name by which it is reached"
	case e.Changed():
		return fmt.Sprintf("if the machine was installed anew, check the fingerprint on its console, remove the old key "+
			"(ssh-keygen -R %s -f %s), then run dcosup hostkeys --pin", Quote(e.Host), Quote(e.Known[0].File))
	}
	return fmt.Sprintf("check the fingerprint on the machine's console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), "+
		"then run dcosup hostkeys --pin, or add to %s: %s", file, e.Line)
}
