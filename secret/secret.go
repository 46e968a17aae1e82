// Package secret holds texts that must not be shown: passwords, passphrases.
// It is a room of its own so that the rooms that hand secrets to each other
// need not know each other.
//
//	password := secret.Text("hunter2")
//	fmt.Println(password)          // ***
//	login(password.Reveal())
package secret

import (
	"fmt"
	"log/slog"
)

// Hidden is what a secret looks like wherever it is printed.
const Hidden = "***"

// Text is a text that does not show itself: every verb of fmt, JSON, YAML
// and slog print "***" for it, or nothing if it is empty. Only Reveal gives it.
type Text string

// Reveal returns the secret itself.
func (s Text) Reveal() string { return string(s) }

// String returns "***", or "" if there is no secret.
func (s Text) String() string {
	if s == "" {
		return ""
	}
	return Hidden
}

// Format hides the secret from every verb, %x and %#v among them.
func (s Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText hides the secret from JSON and from the keys of maps.
func (s Text) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML hides the secret from YAML.
func (s Text) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue hides the secret from structured logs.
func (s Text) LogValue() slog.Value { return slog.StringValue(s.String()) }
