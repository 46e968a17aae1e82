package inventory

import (
	"fmt"
	"log/slog"
)

// hidden is what a secret looks like wherever it is printed.
const hidden = "***"

// Secret is a text that does not show itself: every verb of fmt, JSON, YAML
// and slog print "***" for it, or nothing if it is empty. Only Reveal gives it.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns "***", or "" if there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format hides the secret from every verb, %x and %#v among them.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText hides the secret from JSON and from the keys of maps.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML hides the secret from YAML.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue hides the secret from structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
