package remote

import (
	"context"
)

// HostKey is a key that a machine showed, or that known_hosts holds for it.
type HostKey struct {
	// Name is how known_hosts names the machine: "host", "[host]:port" or the target's HostKeyName.
	Name        string
	Type        string // such as "ssh-ed25519"
	Fingerprint string // "SHA256:…"
	Line        string // the known_hosts line that pins it; hashed where the target says so
	State       KeyState
	Known       []KnownKey // those that known_hosts holds for the machine and that explain State
}

// KeyState is what known_hosts says of a key that a machine showed.
type KeyState string

// The states.
const (
	KeyKnown   KeyState = "known"   // it stands there, or an authority that stands there has signed it
	KeyNew     KeyState = "new"     // nothing stands there for the machine
	KeyOther   KeyState = "other"   // keys of other types stand there, none of this type
	KeyChanged KeyState = "changed" // another key of this type stands there
	KeyRevoked KeyState = "revoked"
)

// ScanHostKeys asks a machine for all its host keys, of every type that dcosup can verify, without logging in to it
// (but to its jump). Errors are Connect's.
func (d *Dialer) ScanHostKeys(ctx context.Context, t Target) ([]HostKey, error) {
	panic("not built yet")
}

// HasHostKey reports whether known_hosts holds any key or authority for t, without talking to anybody.
func (d *Dialer) HasHostKey(t Target) (bool, error) { panic("not built yet") }

// Pin records keys in the first of t's known_hosts files, those that do not stand there yet, and believes them from
// now on. It appends in one write, so that two at once leave whole lines.
func (d *Dialer) Pin(t Target, keys []HostKey) error { panic("not built yet") }
