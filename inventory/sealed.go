package inventory

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"dcosup/inventory/vault"
	"dcosup/secret"
)

// sealed is the data of an encrypted value. It is decrypted when it is first
// needed, as in Ansible: a directory may have many that are of no concern here,
// with passwords that nobody has, and each costs ten milliseconds.
type sealed struct {
	envelope string
	vault    *vault.Keyring

	once   sync.Once
	opened atomic.Bool
	text   secret.Text
	err    error
}

// open decrypts the value, once.
func (s *sealed) open() (string, error) {
	s.once.Do(func() {
		s.text, s.err = s.vault.Decrypt([]byte(s.envelope))
		if s.err == nil && !utf8.ValidString(s.text.Reveal()) {
			s.text, s.err = "", errors.New("what is encrypted is not UTF-8 text")
		}
		s.opened.Store(true)
	})
	return s.text.Reveal(), s.err
}

// decrypted returns the value with every encrypted text in it decrypted; one that
// cannot be stays as it is.
func (v Value) decrypted() Value {
	d, isSealed := v.Data.(*sealed)
	if !isSealed {
		return v.within(Value.decrypted)
	}
	if text, err := d.open(); err == nil {
		v.Data = text
	}
	return v
}

// within returns a copy of a list or a mapping with what change makes of each
// value in it; any other value is returned as it is.
func (v Value) within(change func(Value) Value) Value {
	switch d := v.Data.(type) {
	case []Value:
		list := make([]Value, len(d))
		for i, item := range d {
			list[i] = change(item)
		}
		v.Data = list
	case *Map:
		v.Data = d.mapped(change)
	}
	return v
}

// jsonVault and jsonUnsafe are the keys of the objects that stand in JSON for
// values with the tags !vault and !unsafe.
const (
	jsonVault  = "__ansible_vault"
	jsonUnsafe = "__ansible_unsafe"
)

// isVaultTag tells whether the node is an encrypted value.
func isVaultTag(n *yaml.Node) bool {
	tag := n.ShortTag()
	return tag == "!vault" || tag == "!vault-encrypted"
}

// sealed returns the value of an envelope. It is a text, whatever is in it.
func (r *yamlReader) sealed(envelope string, pos Pos) Value {
	return Value{Pos: pos, Secret: true, literal: true, Data: &sealed{envelope: envelope, vault: r.p.vault}}
}

// wrapped returns the value that an object of JSON stands for, if it does.
func (r *yamlReader) wrapped(m *Map, object Value) (Value, bool) {
	for _, key := range m.Keys() {
		v, _ := m.Get(key)
		switch key {
		case jsonVault:
			envelope, _ := v.Data.(string)
			return r.sealed(envelope, object.Pos), true
		case jsonUnsafe:
			v.literal = true
			return v, true
		}
	}
	return Value{}, false
}

// asSecret returns the value marked, with all that is in it.
func (v Value) asSecret() Value {
	v.Secret = true
	return v.within(Value.asSecret)
}

// SecretPaths are the keys, each with those that lead to it, of the values that
// Ansible Vault had encrypted, in the order of the map: {"users", "admin",
// "password"}. A list with an encrypted value in it is secret as a whole.
func (m *Map) SecretPaths() [][]string {
	var paths [][]string
	for _, key := range m.Keys() {
		v, _ := m.Get(key)
		inner, isMap := v.Data.(*Map)
		switch {
		case v.Secret || !isMap && len(v.secrets()) > 0:
			paths = append(paths, []string{key})
		case isMap:
			for _, path := range inner.SecretPaths() {
				paths = append(paths, append([]string{key}, path...))
			}
		}
	}
	return paths
}

// leaves returns the parts of a value that are wanted, of those that have no parts
// themselves.
func (v Value) leaves(wanted func(Value) bool) (found []Value) {
	switch d := v.Data.(type) {
	case []Value:
		for _, item := range d {
			found = append(found, item.leaves(wanted)...)
		}
	case *Map:
		for _, key := range d.Keys() {
			item, _ := d.Get(key)
			found = append(found, item.leaves(wanted)...)
		}
	default:
		if wanted(v) {
			found = append(found, v)
		}
	}
	return found
}

// secrets are the values without parts that are secret.
func (v Value) secrets() []Value { return v.leaves(func(part Value) bool { return part.Secret }) }

// secretTexts are the texts of those secrets, but for those that nobody has
// decrypted. A boolean is not looked for: it would be found everywhere.
func (v Value) secretTexts() (texts []secret.Text) {
	for _, s := range v.secrets() {
		if _, isBool := s.Data.(bool); isBool || s.unopened() {
			continue
		}
		if text, _ := s.Text(); text != "" {
			texts = append(texts, secret.Text(text))
		}
	}
	return texts
}

// unopened tells whether the value is encrypted still.
func (v Value) unopened() bool {
	s, isSealed := v.Data.(*sealed)
	return isSealed && !s.opened.Load()
}

// secretTexts are the secrets among the variables of nodes, each once, but for
// those that nobody has decrypted.
func secretTexts(nodes []*Node) []secret.Text {
	var texts []secret.Text
	for _, n := range nodes {
		for _, v := range n.Vars {
			texts = append(texts, v.secretTexts()...)
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// hide keeps the lines of a decrypted file from being shown.
func (p *problems) hide(file string) {
	if p.decrypted == nil {
		p.decrypted = map[string]bool{}
	}
	p.decrypted[file] = true
	delete(p.lines, file)
}

// locked is an encrypted file or value that is needed.
type locked struct {
	pos Pos
	// what is theFile or the name of the value.
	what string
	err  error
}

const theFile = "the file"

// readable tells whether a value that is needed can be read; that it cannot is
// recorded.
func (p *problems) readable(name string, v Value) bool {
	s, isSealed := v.Data.(*sealed)
	if !isSealed {
		return !p.octal(name, v)
	}
	_, err := s.open()
	if err != nil {
		p.lock(v.Pos, name, err)
	}
	return err == nil
}

// octal reports a number that YAML 1.1, and so Ansible, reads to the base of
// eight, where a person may have meant what stands there.
func (p *problems) octal(name string, v Value) bool {
	if !p.octals[v.Pos] {
		return false
	}
	p.hintf(v.Pos, "put it in quotes, or leave out the 0", "%s begins with 0, and YAML reads such a number to the base of eight", words(name))
	return true
}

// lock records that something needed could not be decrypted.
func (p *problems) lock(pos Pos, what string, err error) {
	p.locked = append(p.locked, locked{pos: pos, what: what, err: err})
}

// locks are the things that one password, or one more, would open.
type locks struct {
	vault.PasswordError
	first locked
	also  []Pos
}

// lockedErrors are what to tell of all that could not be decrypted: a missing or
// a wrong password is one error for all that it would open.
func (p *problems) lockedErrors() []*Error {
	slices.SortStableFunc(p.locked, func(a, b locked) int { return p.compare(a.pos, b.pos) })
	var errs []*Error
	var byPassword []*locks
	seen := map[Pos]bool{}
	for _, l := range p.locked {
		if seen[l.pos] {
			continue
		}
		seen[l.pos] = true
		var password *vault.PasswordError
		if !errors.As(l.err, &password) {
			errs = append(errs, p.damaged(l))
			continue
		}
		same := slices.IndexFunc(byPassword, func(o *locks) bool {
			return slices.Equal(slices.Sorted(slices.Values(o.Tried)), slices.Sorted(slices.Values(password.Tried)))
		})
		if same < 0 {
			byPassword = append(byPassword, &locks{PasswordError: *password, first: l})
			continue
		}
		of := byPassword[same]
		of.also = append(of.also, l.pos)
		if of.Label != password.Label {
			of.Label = "" // each has its own
		}
	}
	for _, of := range byPassword {
		errs = append(errs, p.lockedError(of))
	}
	return errs
}

func (p *problems) lockedError(of *locks) *Error {
	hint := "give the password by -J, --vault-password-file FILE or --vault-id LABEL@FILE"
	if len(of.Tried) > 0 {
		hint = "look at the password; several can be given: --vault-id LABEL@FILE --vault-id OTHER@FILE"
	}
	e := p.at(of.first.pos, fmt.Sprintf("%s is encrypted by Ansible Vault, and %v", of.first.what, &of.PasswordError), hint)
	e.Also = of.also
	return e
}

// damaged is the error about an envelope that no password can open.
func (p *problems) damaged(l locked) *Error {
	var damaged *vault.DamagedError
	if errors.As(l.err, &damaged) && damaged.Line > 0 && l.what == theFile {
		l.pos.Line = damaged.Line
	}
	return p.at(l.pos, fmt.Sprintf("%s is encrypted by Ansible Vault, but %v", l.what, l.err), "encrypt it again by ansible-vault")
}
