package installer

import (
	"net/url"
	"slices"

	"dcosup/inventory"
	"dcosup/secret"
)

// secretsOf are the texts that no event may hold: what Ansible Vault had
// encrypted, the superuser's password, and the login in the release's URL.
func secretsOf(c *inventory.Cluster) []secret.Text {
	secrets := append(c.SecretTexts(), c.Superuser.Password)
	if u, err := url.Parse(c.Release.Download); err == nil && u.User != nil {
		secrets = append(secrets, secret.Text(u.User.String()))
		if password, ok := u.User.Password(); ok {
			secrets = append(secrets, secret.Text(password))
		}
	}
	return slices.DeleteFunc(secrets, func(s secret.Text) bool { return s == "" })
}

// without is the event with the secrets taken out of all that nodes said, and of
// what was made of it. It is the last guard: nodes may print what they were given.
func (e Event) without(secrets []secret.Text) Event {
	if len(secrets) == 0 {
		return e
	}
	e.Message = secret.Hide(e.Message, secrets...)
	if e.Failure != nil {
		f := e.Failure.without(secrets)
		e.Failure = &f
	}
	if e.Summary != nil {
		s := e.Summary.without(secrets)
		e.Summary = &s
	}
	e.Findings = slices.Clone(e.Findings)
	for i := range e.Findings {
		e.Findings[i].Found = secret.Hide(e.Findings[i].Found, secrets...)
	}
	return e
}

func (f Failure) without(secrets []secret.Text) Failure {
	f.Message, f.Hint = secret.Hide(f.Message, secrets...), secret.Hide(f.Hint, secrets...)
	f.Stderr = slices.Clone(f.Stderr)
	for i := range f.Stderr {
		f.Stderr[i] = secret.Hide(f.Stderr[i], secrets...)
	}
	return f
}

func (s Summary) without(secrets []secret.Text) Summary {
	s.Failures, s.Nodes = slices.Clone(s.Failures), slices.Clone(s.Nodes)
	for i := range s.Failures {
		s.Failures[i] = s.Failures[i].without(secrets)
	}
	for i := range s.Nodes {
		s.Nodes[i].Detail = secret.Hide(s.Nodes[i].Detail, secrets...)
	}
	return s
}
