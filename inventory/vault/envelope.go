package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const header = "$ANSIBLE_VAULT"

// IsEncrypted tells whether a text is an envelope, or wants to be one.
func IsEncrypted(text string) bool { return strings.HasPrefix(text, header) }

// UnsupportedError says that an envelope has a format that is not read.
type UnsupportedError struct{ Version, Cipher string }

// Error says which formats are read.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("the vault has the format %q with the cipher %q, and 1.1 and 1.2 with AES256 are read", e.Version, e.Cipher)
}

// DamagedError says what is wrong with the form of an envelope. It quotes
// nothing of it.
type DamagedError struct {
	// Line counts from 1, the header's line; 0 means the whole.
	Line   int
	Reason string
}

// Error returns the reason.
func (e *DamagedError) Error() string { return "the vault is damaged: " + e.Reason }

// envelope is what the text of one holds.
type envelope struct {
	// label is "" if the header names none.
	label                 string
	salt, mac, ciphertext []byte
}

// parse takes an envelope apart. White space around lines does not count:
// editors and YAML leave some.
func parse(text string) (envelope, error) {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	e, err := parseHeader(lines[0])
	if err != nil {
		return e, err
	}
	body, err := unhexLines(lines[1:])
	if err != nil {
		return e, err
	}
	parts := strings.SplitN(string(body), "\n", 3)
	if len(parts) != 3 {
		return e, &DamagedError{Reason: "it ends too early, or lines of it are missing"}
	}
	for _, p := range []struct {
		name, digits string
		into         *[]byte
	}{{"salt", parts[0], &e.salt}, {"HMAC", parts[1], &e.mac}, {"ciphertext", parts[2], &e.ciphertext}} {
		if *p.into, err = hex.DecodeString(p.digits); err != nil || len(*p.into) == 0 {
			return e, &DamagedError{Reason: "its " + p.name + " is not hexadecimal, or cut off"}
		}
	}
	if len(e.mac) != sha256.Size {
		return e, &DamagedError{Reason: fmt.Sprintf("its HMAC has %d bytes, and must have %d", len(e.mac), sha256.Size)}
	}
	return e, nil
}

// parseHeader reads $ANSIBLE_VAULT;VERSION;CIPHER[;LABEL]. As Ansible does, it
// takes a label from a header of the version 1.1 too.
func parseHeader(line string) (envelope, error) {
	fields := strings.Split(strings.TrimSpace(line), ";")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if fields[0] != header || len(fields) < 3 {
		return envelope{}, &DamagedError{Line: 1, Reason: "its header is not $ANSIBLE_VAULT;VERSION;CIPHER"}
	}
	if strings.ContainsAny(fields[2], " \t") {
		return envelope{}, &DamagedError{Line: 1, Reason: "its lines are joined to one; in YAML, write `!vault |`, with the bar"}
	}
	if v := fields[1]; v != "1.1" && v != "1.2" || fields[2] != "AES256" {
		return envelope{}, &UnsupportedError{Version: v, Cipher: fields[2]}
	}
	if len(fields) == 3 {
		return envelope{}, nil
	}
	return envelope{label: fields[3]}, nil
}

// unhexLines joins the hex digits of many lines.
func unhexLines(lines []string) ([]byte, error) {
	var digits strings.Builder
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if strings.Trim(line, "0123456789abcdefABCDEF") != "" {
			return nil, &DamagedError{Line: i + 2, Reason: "the line has characters that are not hex digits"}
		}
		digits.WriteString(line)
	}
	body, err := hex.DecodeString(digits.String())
	if errors.Is(err, hex.ErrLength) {
		return nil, &DamagedError{Reason: "a hex digit is missing"}
	}
	return body, err
}
