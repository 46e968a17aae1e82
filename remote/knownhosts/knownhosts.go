// Package knownhosts reads and writes known_hosts files as OpenSSH does: names in plain, with wildcards and hashed,
// ports, authorities, revoked keys. A line that it cannot read it passes over, as OpenSSH does: keys of types that are
// not known here must not spoil a file.
//
//	files, err := knownhosts.Read("/home/ann/.ssh/known_hosts")
//	verdict, because := knownhosts.Judge(files.Lookup(knownhosts.Name("10.0.0.11", 2222)), key)
package knownhosts

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Marker is the first word of a line that is no plain key's.
type Marker string

// The markers.
const (
	Plain     Marker = ""
	Authority Marker = "@cert-authority" // its key signs host keys
	Revoked   Marker = "@revoked"        // its key must never be believed
)

// Entry is a line of a file.
type Entry struct {
	Marker Marker
	Key    ssh.PublicKey
	File   string
	Line   int // from 1

	names string
}

// Files are known_hosts files that have been read.
type Files struct{ entries []Entry }

// Read reads files; one that does not exist is empty.
func Read(paths ...string) (*Files, error) {
	var all Files
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading known hosts: %w", err)
		}
		all.entries = append(all.entries, Parse(path, text)...)
	}
	return &all, nil
}

// Parse reads the text of a file.
func Parse(file string, text []byte) []Entry {
	var all []Entry
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if e, ok := parseLine(string(line)); ok {
			e.File, e.Line = file, number
			all = append(all, e)
		}
	}
	return all
}

func parseLine(line string) (Entry, bool) {
	words := strings.Fields(line)
	var e Entry
	if len(words) > 0 && strings.HasPrefix(words[0], "@") {
		e.Marker = Marker(words[0])
		if e.Marker != Authority && e.Marker != Revoked {
			return e, false
		}
		words = words[1:]
	}
	if len(words) < 3 || strings.HasPrefix(words[0], "#") {
		return e, false
	}
	blob, err := base64.StdEncoding.DecodeString(words[2])
	if err != nil {
		return e, false
	}
	e.names = words[0]
	e.Key, err = ssh.ParsePublicKey(blob)
	return e, err == nil && e.Key.Type() == words[1]
}

// Name is how a machine is called in the files: the host alone, or [host]:port where the port is not 22.
func Name(host string, port int) string {
	host = strings.ToLower(host)
	if port == 22 || port == 0 {
		return host
	}
	return "[" + host + "]:" + strconv.Itoa(port)
}

// Lookup returns what the files hold for a name, in their order.
func (f *Files) Lookup(name string) []Entry {
	var found []Entry
	for _, e := range f.entries {
		if e.matches(name) {
			found = append(found, e)
		}
	}
	return found
}

// hashMagic begins a hashed name: |1|salt|hash, each in base64.
const hashMagic = "|1|"

func (e Entry) matches(name string) bool {
	name = strings.ToLower(name)
	if hashed, ok := strings.CutPrefix(e.names, hashMagic); ok {
		salt, sum, _ := strings.Cut(hashed, "|")
		key, err1 := base64.StdEncoding.DecodeString(salt)
		want, err2 := base64.StdEncoding.DecodeString(sum)
		return err1 == nil && err2 == nil && hmac.Equal(want, digest(key, name))
	}
	match := false
	for pattern := range strings.SplitSeq(strings.ToLower(e.names), ",") {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if Match(pattern, name) {
			if negated {
				return false
			}
			match = true
		}
	}
	return match
}

func digest(salt []byte, name string) []byte {
	h := hmac.New(sha1.New, salt)
	h.Write([]byte(name))
	return h.Sum(nil)
}

// Match reports whether a name matches one of OpenSSH's patterns: * is any number of characters, ? is one.
func Match(pattern, name string) bool {
	p, n, star, mark := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0: // let the last star take one more
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Verdict is what entries say of a key that a machine shows.
type Verdict string

// The verdicts.
const (
	Known     Verdict = "known"
	New       Verdict = "new"     // nothing stands there for the machine
	Changed   Verdict = "changed" // keys stand there, and not this one
	IsRevoked Verdict = "revoked"
)

// Judge holds a key, or a certificate, against the entries for its machine. because are the entries that decide. A
// certificate is known by its authority; whether it is valid for the machine is not judged here.
func Judge(entries []Entry, key ssh.PublicKey) (v Verdict, because []Entry) {
	cert, isCert := key.(*ssh.Certificate)
	want, shown := Plain, key
	if isCert {
		want, shown = Authority, cert.SignatureKey
	}
	v = New
	for _, e := range entries {
		switch {
		case e.Marker == Revoked && (equal(e.Key, shown) || isCert && equal(e.Key, cert.Key)):
			return IsRevoked, []Entry{e}
		case e.Marker != want || v == Known:
		case equal(e.Key, shown):
			v, because = Known, []Entry{e}
		case !isCert: // an authority may stand for many machines, so another one tells nothing
			v, because = Changed, append(because, e)
		}
	}
	return v, because
}

func equal(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// Line is the line that pins a key to a name.
func Line(name string, key ssh.PublicKey) string {
	return name + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// Hashed is a name that tells nobody which machines one knows.
func Hashed(name string) string {
	salt := make([]byte, sha1.Size)
	rand.Read(salt)
	encode := base64.StdEncoding.EncodeToString
	return hashMagic + encode(salt) + "|" + encode(digest(salt, strings.ToLower(name)))
}

// Append adds lines to a file in one write, so that two who do it at once leave whole lines. The file and its
// directory are made if need be, for their owner alone.
func Append(path string, lines ...string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	text := strings.Join(lines, "\n") + "\n"
	if end, err := f.Stat(); err == nil && end.Size() > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, end.Size()-1); err == nil && last[0] != '\n' {
			text = "\n" + text
		}
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
