// Package vault opens what ansible-vault has encrypted: envelopes of the
// formats 1.1 and 1.2, which hold a file or one value. It writes none, reads no
// file and asks nobody for a password.
//
//	keys := &vault.Keyring{Secrets: []vault.Secret{{ID: "default", Password: password}}}
//	text, err := keys.Decrypt(envelope)
//	var wrong *vault.PasswordError
//	if errors.As(err, &wrong) && len(wrong.Tried) == 0 {
//		// no password was given
//	}
//
// The format is that of lib/ansible/parsing/vault in ansible-core: below a
// header, the hex digits of three lines, which are the hex digits of a salt, of
// an HMAC-SHA256 and of the ciphertext. PBKDF2 makes of password and salt the
// keys for AES-256 in counter mode and for the HMAC, which is checked first.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"

	"dcosup/secret"
)

// DefaultID is the label of passwords and envelopes that have none.
const DefaultID = "default"

// The numbers of the format.
const (
	iterations = 10_000
	keySize    = 32
)

// Secret is a password and the label that envelopes name it by.
type Secret struct {
	// ID is the label. "" means DefaultID.
	ID string
	// Password is what ansible-vault was given; it is not trimmed here.
	Password secret.Text
}

func (s Secret) id() string {
	if s.ID == "" {
		return DefaultID
	}
	return s.ID
}

// Keyring holds the passwords that may open envelopes. The zero value and nil
// hold none. It remembers the keys that it has derived, so that a password
// costs its ten thousand rounds once for each salt. Its fields must not be changed
// once it is in use; several goroutines may use it.
type Keyring struct {
	// Secrets are tried in their order, those with the label of the envelope first.
	Secrets []Secret
	// MatchIDs tries no others than those: Ansible's DEFAULT_VAULT_ID_MATCH.
	MatchIDs bool

	mu      sync.Mutex
	derived map[derivation]keys
}

// derivation is what keys are derived from.
type derivation struct{ password, salt string }

type keys struct{ cipher, hmac, iv []byte }

// PasswordError says that no password opens an envelope.
type PasswordError struct {
	// Label is that of the envelope, "" if it names none.
	Label string
	// Tried are the labels of the passwords tried, each once; none if there was
	// no password to try.
	Tried []string
}

// Error names the labels.
func (e *PasswordError) Error() string {
	tried := strings.Join(e.Tried, ", ")
	switch {
	case tried == "" && e.Label == "":
		return "no vault password is given"
	case tried == "":
		return fmt.Sprintf("no vault password for the vault id %q is given", e.Label)
	case e.Label == "":
		return "no given vault password opens it (tried: " + tried + ")"
	}
	return fmt.Sprintf("no given vault password opens it (its vault id: %s; tried: %s)", e.Label, tried)
}

// Decrypt opens an envelope. Its errors are *PasswordError, *UnsupportedError
// and *DamagedError; an envelope that was changed cannot be told from one with
// another password, and is a *PasswordError too.
func (k *Keyring) Decrypt(text []byte) (secret.Text, error) {
	e, err := parse(string(text))
	if err != nil {
		return "", err
	}
	failed := &PasswordError{Label: e.label}
	for _, s := range k.candidates(e.label) {
		if !slices.Contains(failed.Tried, s.id()) {
			failed.Tried = append(failed.Tried, s.id())
		}
		keys, err := k.derive(derivation{s.Password.Reveal(), string(e.salt)})
		if err != nil {
			return "", err
		}
		if keys.authentic(e) {
			return keys.open(e)
		}
	}
	return "", failed
}

// candidates are the passwords to try for a label.
func (k *Keyring) candidates(label string) []Secret {
	if k == nil {
		return nil
	}
	if label == "" {
		label = DefaultID
	}
	var matching, others []Secret
	for _, s := range k.Secrets {
		if s.id() == label {
			matching = append(matching, s)
		} else if !k.MatchIDs {
			others = append(others, s)
		}
	}
	return append(matching, others...)
}

func (k *Keyring) derive(from derivation) (keys, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, ok := k.derived[from]; ok {
		return known, nil
	}
	out, err := pbkdf2.Key(sha256.New, from.password, []byte(from.salt), iterations, 2*keySize+aes.BlockSize)
	if err != nil {
		return keys{}, fmt.Errorf("deriving keys from a vault password: %w", err)
	}
	derived := keys{cipher: out[:keySize], hmac: out[keySize : 2*keySize], iv: out[2*keySize:]}
	if k.derived == nil {
		k.derived = map[derivation]keys{}
	}
	k.derived[from] = derived
	return derived, nil
}

// authentic tells whether these keys made the envelope.
func (k keys) authentic(e envelope) bool {
	mac := hmac.New(sha256.New, k.hmac)
	mac.Write(e.ciphertext)
	return hmac.Equal(mac.Sum(nil), e.mac)
}

// open decrypts what is authentic.
func (k keys) open(e envelope) (secret.Text, error) {
	block, err := aes.NewCipher(k.cipher)
	if err != nil {
		return "", fmt.Errorf("opening a vault: %w", err)
	}
	plain := make([]byte, len(e.ciphertext))
	cipher.NewCTR(block, k.iv).XORKeyStream(plain, e.ciphertext)
	return unpad(plain)
}

// unpad removes the padding of PKCS #7: n bytes of the value n, at least one.
func unpad(plain []byte) (secret.Text, error) {
	if len(plain) == 0 || len(plain)%aes.BlockSize != 0 {
		return "", &DamagedError{Reason: fmt.Sprintf("%d bytes are encrypted, and it must be a multiple of %d", len(plain), aes.BlockSize)}
	}
	n := int(plain[len(plain)-1])
	if n < 1 || n > aes.BlockSize {
		return "", &DamagedError{Reason: "what is encrypted has no padding at its end"}
	}
	for _, b := range plain[len(plain)-n:] {
		if int(b) != n {
			return "", &DamagedError{Reason: "what is encrypted has no padding at its end"}
		}
	}
	return secret.Text(plain[:len(plain)-n]), nil
}
