package remote

import (
	"context"
	"errors"
	"net"
	"slices"

	"golang.org/x/crypto/ssh"

	"dcosup/remote/knownhosts"
)

// HostKey is a key that a machine showed.
type HostKey struct {
	// Name is how known_hosts names the machine: "host", "[host]:port" or the target's HostKeyName.
	Name        string
	Type        string // such as "ssh-ed25519"
	Fingerprint string // "SHA256:…"
	Line        string // the known_hosts line that pins it; hashed where the target says so
	State       KeyState
	Known       []KnownKey // those that explain State

	key ssh.PublicKey
}

// KeyState is what known_hosts says of a key that a machine shows beside its others.
type KeyState string

// The states. To ssh a key of another type is a changed one, but it asks first for a type that it knows.
const (
	KeyKnown   = KeyState(knownhosts.Known)
	KeyNew     = KeyState(knownhosts.New)     // nothing stands there for the machine
	KeyOther   = KeyState("other type known") // keys stand there, but none of this type
	KeyChanged = KeyState(knownhosts.Changed) // another key of this type stands there
	KeyRevoked = KeyState(knownhosts.IsRevoked)
)

// ScanHostKeys asks a machine for all its host keys, of every type that dcosup can verify, without logging in to it
// (but to its jump). Errors are Connect's.
func (d *Dialer) ScanHostKeys(ctx context.Context, t Target) ([]HostKey, error) {
	if err := d.ready(); err != nil {
		return nil, err
	}
	c := &Conn{d: d, t: t.filled(d.me)}
	defer c.Close()
	hosts, err := d.hosts.of(c.t)
	if err != nil {
		return nil, d.connectError(c.t, StageHostKey, err, "")
	}
	jump, err := c.jumpConn()
	if err != nil {
		return nil, err
	}
	var keys []HostKey
	for _, family := range keyFamilies {
		var key ssh.PublicKey
		if err := c.retry(ctx, func() error {
			key, err = c.showKey(ctx, jump, family)
			return err
		}); err != nil {
			return nil, err
		}
		if key != nil {
			keys = append(keys, hosts.shown(c.t, key))
		}
	}
	return keys, nil
}

// shown is what is known of a key.
func (k *knownFiles) shown(t Target, key ssh.PublicKey) HostKey {
	verdict, because := k.judge(t, key)
	s := HostKey{Name: t.knownName(), Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key), Line: k.line(t, key), State: KeyState(verdict), key: key}
	sameType := func(e knownhosts.Entry) bool { return e.Key.Type() == key.Type() }
	if verdict == knownhosts.Changed && !slices.ContainsFunc(because, sameType) {
		s.State = KeyOther
		return s
	}
	for _, e := range because {
		s.Known = append(s.Known, KnownKey{fingerprint(e.Key), e.File, e.Line})
	}
	return s
}

// errShown ends a handshake that was for the key only.
var errShown = errors.New("the host key was shown")

// showKey is one key exchange, which ends before the login. A machine that has no key of the family gives nil.
func (c *Conn) showKey(ctx context.Context, jump *Conn, family []string) (shown ssh.PublicKey, err error) {
	d, t := c.d, c.t
	done, err := d.login(ctx, t)
	if err != nil {
		return nil, err
	}
	defer done()
	nc, err := d.dialNet(ctx, t, jump)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	hctx, cancel := context.WithTimeout(ctx, d.HandshakeTimeout)
	defer cancel()
	defer context.AfterFunc(hctx, func() { nc.Close() })()
	cfg := &ssh.ClientConfig{User: t.User, HostKeyAlgorithms: family,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			shown = key
			return errShown
		}}
	cfg.Ciphers, cfg.KeyExchanges = d.Ciphers, d.KeyExchanges
	sniffed := &versionSniffer{Conn: nc}
	_, _, _, err = ssh.NewClientConn(sniffed, t.Addr(), cfg)
	var none *ssh.AlgorithmNegotiationError
	if shown != nil || errors.As(err, &none) && none.What == "host key" {
		return shown, nil
	}
	return nil, d.handshakeError(hctx, t, &attempt{}, sniffed, err)
}

// HasHostKey reports whether known_hosts holds any key or authority for t, without talking to anybody.
func (d *Dialer) HasHostKey(t Target) (bool, error) {
	if err := d.ready(); err != nil {
		return false, err
	}
	t = t.filled(d.me)
	hosts, err := d.hosts.of(t)
	if err != nil {
		return false, err
	}
	entries := hosts.entries(t.knownName())
	if t.HostKeyName == "" && t.Port != 22 {
		entries = append(entries, hosts.entries(knownhosts.Name(t.Host, 22))...)
	}
	for _, e := range entries {
		if e.Marker != knownhosts.Revoked {
			return true, nil
		}
	}
	return false, nil
}

// Pin records keys in the first of t's known_hosts files, those that do not stand there yet, and believes them from
// now on.
func (d *Dialer) Pin(t Target, keys []HostKey) error {
	if err := d.ready(); err != nil {
		return err
	}
	t = t.filled(d.me)
	hosts, err := d.hosts.of(t)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if verdict, _ := hosts.judge(t, key.key); verdict == knownhosts.Known {
			continue
		}
		hosts.mu.Lock()
		err := hosts.record(key.Name, key.Line, key.key)
		hosts.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
