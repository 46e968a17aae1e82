package remote

import (
	"slices"

	"dcosup/secret"
)

// LockedKeys are the key files of these targets, jumps included, that need a passphrase: each once, in order. Left out
// are keys that the agent holds, and, for a target that names no key files, the usual ones if it has another key to
// offer or a password.
func (d *Dialer) LockedKeys(targets []Target) []string {
	if d.ready() != nil {
		return nil // Connect tells
	}
	var locked []string
	for _, t := range targets {
		for at := &t; at != nil; at = at.Jump {
			for _, path := range d.lockedKeysOf(*at) {
				if !slices.Contains(locked, path) {
					locked = append(locked, path)
				}
			}
		}
	}
	return locked
}

func (d *Dialer) lockedKeysOf(t Target) []string {
	if t.Local {
		return nil
	}
	paths, named := t.keyPaths(d.me.HomeDir)
	inAgent, _ := d.keys.agentSigners(d.agentOf(t))
	if !named {
		if usable, _ := d.keys.offers(d.agentOf(t), t, d.me.HomeDir); len(usable) > 0 || t.Password != "" {
			return nil
		}
	}
	var locked []string
	for _, path := range paths {
		f := d.keys.file(path)
		if f.locked != nil && (f.public == nil || find(inAgent, f.public) == nil) {
			locked = append(locked, path)
		}
	}
	return locked
}

// Unlock opens a key file by its passphrase, for all targets of the Dialer. A wrong one is ErrPassphrase.
func (d *Dialer) Unlock(path string, passphrase secret.Text) error {
	if err := d.ready(); err != nil {
		return err
	}
	return d.keys.unlock(path, passphrase)
}
