package remote

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// attempt is what one handshake found out on its way; the errors of x/crypto/ssh alone do not tell its stage.
type attempt struct {
	began, exchanged time.Time     // the start, and the end of the key exchange
	keyErr           *HostKeyError // the host key was not believed
	key              keyVerdict    // of one that was
	keyChecked       bool          // it was believed, so the login has begun
	offered          []string      // keys, as errors name them
	withheld         int           // usable keys that were not offered, see Dialer.MaxKeys
	skipped          []string
	accepted         []string // methods that the server takes
	sent             bool     // the password
	asked            string   // by the server, and not answered
	banner           string
	by               string // the last method that was tried, or key that signed
}

// errNoPassword ends the login where only methods that need a person are left.
var errNoPassword = errors.New("no password to give")

// methods returns the ways to log in to t. What they meet is noted in at. The server's wish for a password is asked
// for also to name it in the error: x/crypto/ssh does not tell which methods a server takes.
func (d *Dialer) methods(t Target, at *attempt) []ssh.AuthMethod {
	password := func() (string, error) {
		// A second time it would be as wrong as the first, and count towards a ban.
		if t.Password == "" || at.sent || at.key.doubtful {
			return "", errNoPassword
		}
		at.sent, at.by = true, "password"
		return t.Password.Reveal(), nil
	}
	return []ssh.AuthMethod{
		ssh.PublicKeysCallback(func() ([]ssh.Signer, error) {
			at.accepts("publickey")
			offers, skipped := d.keys.offers(d.agentOf(t), t, d.me.HomeDir)
			at.skipped = skipped
			return at.signers(offers, d.MaxKeys), nil
		}),
		ssh.PasswordCallback(func() (string, error) {
			at.accepts("password")
			return password()
		}),
		ssh.KeyboardInteractive(func(_, _ string, questions []string, echos []bool) ([]string, error) {
			at.accepts("keyboard-interactive")
			switch {
			case len(questions) == 0:
				return nil, nil
			case len(questions) > 1 || echos[0]:
				at.asked = strings.Join(questions, " ")
				return nil, errNoPassword
			}
			answer, err := password()
			if err != nil {
				at.asked = questions[0]
			}
			return []string{answer}, err
		}),
	}
}

func (at *attempt) accepts(method string) {
	if !slices.Contains(at.accepted, method) {
		at.accepted = append(at.accepted, method)
	}
}

// signers are the first most of the offers.
func (at *attempt) signers(offers []offer, most int) []ssh.Signer {
	at.withheld = max(len(offers)-most, 0)
	var signers []ssh.Signer
	for _, o := range offers[:len(offers)-at.withheld] {
		at.offered = append(at.offered, o.what)
		signers = append(signers, noting{o.signer, func() { at.by = o.what }})
	}
	return signers
}

// noting tells when a signer is used, which is when the server has accepted its key.
type noting struct {
	ssh.AlgorithmSigner
	note func()
}

// refused is the error of a login that the server did not accept.
func (at *attempt) refused(t Target) *AuthError {
	return &AuthError{User: t.User, Offered: at.offered, Withheld: at.withheld, Skipped: at.skipped,
		Accepted: at.accepted, PasswordSent: at.sent, Asked: at.asked, Banner: lastLines(at.banner, 3),
		withPassword: t.Password != "" && at.key.doubtful}
}

// hint says what to do about a refused login.
func (e *AuthError) hint(t Target) string {
	wantsPassword := slices.Contains(e.Accepted, "password") || slices.Contains(e.Accepted, "keyboard-interactive")
	switch {
	case e.withPassword:
		return "the host's key is not the known one, so the password was not sent: pin the key, or log in by a key"
	case e.PasswordSent:
		return fmt.Sprintf("see whether %s is the right user, and give the right password: -k, or ansible_password", t.User)
	case e.Withheld > 0:
		return "sshd gives up after MaxAuthTries (6) failures: name the right key with --private-key or ansible_ssh_private_key_file"
	case len(e.Offered) == 0 && wantsPassword:
		return "name a private key with --private-key, or give a password with -k"
	case len(e.Offered) == 0 && len(e.Skipped) > 0:
		return "make one of these keys usable, or name another"
	case len(e.Offered) == 0:
		return "name a private key with --private-key or ansible_ssh_private_key_file, or start an ssh-agent"
	}
	return fmt.Sprintf("see whether %s is the right user, and whether its authorized_keys on the node holds one of these keys", t.User)
}

// Sign tells, and signs.
func (n noting) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	n.note()
	return n.AlgorithmSigner.Sign(rand, data)
}

// SignWithAlgorithm tells, and signs.
func (n noting) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	n.note()
	return n.AlgorithmSigner.SignWithAlgorithm(rand, data, algorithm)
}
