package remote

import (
	"dcosup/secret"
)

// LockedKeys are the key files of these targets, jumps included, that need a passphrase: each once, in order. Left out
// are keys that the agent holds, and, for a target that names no key files, the usual ones if it has another key to
// offer or a password.
func (d *Dialer) LockedKeys(targets []Target) []string { panic("not built yet") }

// Unlock opens a key file by its passphrase, for all targets of the Dialer. A wrong one is ErrPassphrase.
func (d *Dialer) Unlock(path string, passphrase secret.Text) error { panic("not built yet") }
