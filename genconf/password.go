package genconf

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/go-crypt/crypt/algorithm/shacrypt"

	"dcosup/secret"
)

// hashRounds is what `dcos_generate_config.sh --hash-password` uses, and what DC/OS's documentation shows.
const hashRounds = 656000

// saltAlphabet is that of crypt(3).
const saltAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// HashPassword makes superuser_password_hash of a password, in the form $6$rounds=656000$SALT$HASH (SHA-512 crypt). It
// takes about a second of CPU.
//
// It is the same each time for the same cluster, user and password. A salt drawn by chance would make every run see
// another configuration than the one that the cluster was installed from. A salt must not be secret, it must keep
// equal passwords from having equal hashes, so that nobody can prepare for them: it is made of the cluster's and the
// user's names, which belong to no other cluster of the same people.
func HashPassword(cluster, user string, password secret.Text) (string, error) {
	hasher, err := shacrypt.New(shacrypt.WithSHA512(), shacrypt.WithRounds(hashRounds))
	if err != nil {
		return "", fmt.Errorf("hashing the superuser's password: %w", err)
	}
	digest, err := hasher.HashWithSalt(password.Reveal(), []byte(passwordSalt(cluster, user)))
	if err != nil {
		return "", fmt.Errorf("hashing the superuser's password: %w", err)
	}
	return digest.Encode(), nil
}

// passwordSalt is 16 characters, which crypt takes at most, of 6 bits each. The first words keep the sum from being one
// that is made for anything else; the length keeps the two names apart.
func passwordSalt(cluster, user string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "dcosup: salt of superuser_password_hash, 1\n%d %s%s", len(cluster), cluster, user))
	var salt strings.Builder
	for _, b := range sum[:16] {
		salt.WriteByte(saltAlphabet[b%64]) // 256 is a multiple of 64, so that each is as likely
	}
	return salt.String()
}
