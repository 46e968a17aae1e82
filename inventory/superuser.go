package inventory

import (
	"strings"
	"unicode"

	"dcosup/secret"
)

const (
	keySuperuserPassword = "superuser_password"
	keySuperuserHash     = "superuser_password_hash"
	keySuperuserName     = "superuser_username"
)

// Superuser is who may do everything in DC/OS Enterprise.
type Superuser struct {
	// Name is superuser_username of dcos.config.
	Name string
	// Password is dcos.superuser_password, else what the flags or the
	// environment gave; "" if there is none.
	Password secret.Text
	// Pos is where the password was said.
	Pos Pos
}

// superuser takes the password from which superuser_password_hash is to be made.
func (b *clusterBuilder) superuser(dcos *Map) {
	o := b.inv.opts.Overrides
	su := Superuser{Password: o.SuperuserPassword, Pos: o.SuperuserPasswordPos}
	if v, ok := dcos.Get(keySuperuserPassword); ok && v.Data != nil {
		if !b.readable(keySuperuserPassword, v) || b.template(keySuperuserPassword, v) {
			return
		}
		switch v.Data.(type) {
		case string, *sealed:
		default: // 0123 has lost its 0 already
			b.hintf(v.Pos, "put it in quotes", "%s must be a text, not %s", keySuperuserPassword, v.kind())
			return
		}
		text, _ := v.Text()
		su.Password, su.Pos = secret.Text(text), v.Pos
		if text == "" {
			b.hintf(v.Pos, "write a password, or remove the key", "%s is empty", keySuperuserPassword)
		}
	}
	if su.Password == "" {
		return
	}
	name, _ := b.c.Config.Get(keySuperuserName)
	su.Name, _ = name.Text()
	b.superuserFits(su)
	b.c.Superuser = su
}

// superuserFits judges the password, without ever showing it.
func (b *clusterBuilder) superuserFits(su Superuser) {
	if strings.ContainsFunc(su.Password.Reveal(), unicode.IsControl) {
		b.hintf(su.Pos, "remove line ends and the like", "%s has a character in it that nobody can type", keySuperuserPassword)
	}
	hash := b.c.Config.KeyPos(keySuperuserHash)
	switch {
	case !b.c.Release.Enterprise:
		b.hintf(su.Pos, "take it away, or set enterprise_dcos: true", "there is a password for DC/OS Enterprise's superuser, whom the open release does not have")
	case hash.IsValid():
		b.hintf(su.Pos, "remove one of the two", "there is a password for the superuser, and a hash at %s", hash)
	case su.Name == "":
		b.hintf(su.Pos, "write superuser_username: below config:", "there is a password, but dcos.config.superuser_username does not say whose it is")
	}
}
