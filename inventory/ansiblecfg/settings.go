package ansiblecfg

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dcosup/inventory"
)

// value is what somebody wrote for a setting.
type value struct {
	text string
	pos  inventory.Pos
	// dir is what relative paths are relative to.
	dir string
}

// definition is a setting and where it can be made. Of several sections and
// variables the last counts, as in Ansible.
type definition struct {
	key      string
	sections []string
	env      []string
	set      func(*loader, value) error
}

// settings are those that mean something here.
var settings = [...]definition{
	{"inventory", defaults, []string{"ANSIBLE_INVENTORY"}, func(l *loader, v value) error { l.s.Inventory = l.paths(v); return nil }},
	{"remote_user", defaults, []string{"ANSIBLE_REMOTE_USER"}, text(func(s *Settings) *string { return &s.RemoteUser })},
	{"private_key_file", defaults, []string{"ANSIBLE_PRIVATE_KEY_FILE"}, path(func(s *Settings) *string { return &s.PrivateKeyFile })},
	{"remote_port", defaults, []string{"ANSIBLE_REMOTE_PORT"}, number(func(s *Settings) *int { return &s.RemotePort }, 65535)},
	{"forks", defaults, []string{"ANSIBLE_FORKS"}, number(func(s *Settings) *int { return &s.Forks }, 10_000)},
	{"timeout", defaultsOrSSH, []string{"ANSIBLE_TIMEOUT", "ANSIBLE_SSH_TIMEOUT"}, number(func(s *Settings) *int { return &s.Timeout }, 86_400)},
	{"host_key_checking", defaultsOrSSH, []string{"ANSIBLE_HOST_KEY_CHECKING", "ANSIBLE_SSH_HOST_KEY_CHECKING"},
		boolean(func(s *Settings, yes bool) { s.HostKeyChecking = &yes })},
	{"become", escalation, []string{"ANSIBLE_BECOME"}, boolean(func(s *Settings, yes bool) { s.Become = &yes })},
	{"become_method", escalation, []string{"ANSIBLE_BECOME_METHOD"}, becomeMethod},
	{"become_user", escalation, []string{"ANSIBLE_BECOME_USER"}, becomeUser},
	{"ssh_args", connection, []string{"ANSIBLE_SSH_ARGS"}, text(func(s *Settings) *string { return &s.SSHArgs })},
	{"ssh_common_args", connection, []string{"ANSIBLE_SSH_COMMON_ARGS"}, text(func(s *Settings) *string { return &s.SSHCommonArgs })},
	{"ssh_extra_args", connection, []string{"ANSIBLE_SSH_EXTRA_ARGS"}, text(func(s *Settings) *string { return &s.SSHExtraArgs })},
	{"vault_password_file", defaults, []string{"ANSIBLE_VAULT_PASSWORD_FILE"}, path(func(s *Settings) *string { return &s.VaultPasswordFile })},
	{"vault_identity_list", defaults, []string{"ANSIBLE_VAULT_IDENTITY_LIST"}, func(l *loader, v value) error { l.s.VaultIdentityList = list(v.text); return nil }},
	{"vault_id_match", defaults, []string{"ANSIBLE_VAULT_ID_MATCH"}, boolean(func(s *Settings, yes bool) { s.VaultIDMatch = yes })},
	{"hash_behaviour", defaults, []string{"ANSIBLE_HASH_BEHAVIOUR"}, hashBehaviour},
}

// The sections of ansible.cfg.
var (
	defaults      = []string{"defaults"}
	escalation    = []string{"privilege_escalation"}
	connection    = []string{"ssh_connection"}
	defaultsOrSSH = []string{"defaults", "ssh_connection"}
)

// text sets a text, without quotes around it.
func text(field func(*Settings) *string) func(*loader, value) error {
	return func(l *loader, v value) error {
		*field(l.s) = unquote(v.text)
		return nil
	}
}

// path sets a path.
func path(field func(*Settings) *string) func(*loader, value) error {
	return func(l *loader, v value) error {
		*field(l.s) = l.path(v.text, v.dir)
		return nil
	}
}

// number sets a whole number from 1 to the largest.
func number(field func(*Settings) *int, largest int) func(*loader, value) error {
	return func(l *loader, v value) error {
		n, err := strconv.Atoi(strings.TrimSpace(v.text))
		if err != nil || n < 1 || n > largest {
			return fmt.Errorf("must be a number from 1 to %d, not %q", largest, v.text)
		}
		*field(l.s) = n
		return nil
	}
}

// boolean sets yes or no by Ansible's words. Others Ansible takes for no without
// a word, which hides what was meant.
func boolean(set func(*Settings, bool)) func(*loader, value) error {
	return func(l *loader, v value) error {
		word := strings.ToLower(strings.TrimSpace(v.text))
		yes := slices.Contains([]string{"y", "yes", "on", "1", "true", "t", "1.0"}, word)
		if !yes && !slices.Contains([]string{"n", "no", "off", "0", "false", "f", "0.0"}, word) {
			return fmt.Errorf("must be true or false, not %q", v.text)
		}
		set(l.s, yes)
		return nil
	}
}

func becomeMethod(l *loader, v value) error {
	method := unquote(v.text)
	l.s.BecomeMethod = method[strings.LastIndex(method, ".")+1:] // ansible.builtin.sudo, community.general.doas
	if !slices.Contains(inventory.BecomeMethods, l.s.BecomeMethod) {
		return fmt.Errorf("is %q, and dcosup knows %s", method, strings.Join(inventory.BecomeMethods, ", "))
	}
	return nil
}

func becomeUser(_ *loader, v value) error {
	if user := unquote(v.text); user != "root" {
		return fmt.Errorf("is %q, and installing DC/OS needs root", user)
	}
	return nil
}

func hashBehaviour(l *loader, v value) error {
	switch unquote(v.text) {
	case "replace":
	case "merge":
		l.s.MergeHashes = true
	default:
		return errors.New("must be replace or merge")
	}
	return nil
}

// list cuts at commas.
func list(text string) []string {
	var items []string
	for _, item := range strings.Split(text, ",") {
		if item = unquote(strings.TrimSpace(item)); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// paths cuts at commas and resolves what is between them.
func (l *loader) paths(v value) []string {
	var paths []string
	for _, item := range strings.Split(v.text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			paths = append(paths, l.path(item, v.dir))
		}
	}
	return paths
}

var variable = regexp.MustCompile(`\$(\w+|\{[^}]*\})`)

// path resolves a path as Ansible does: {{CWD}}, variables that are set, a
// leading ~, and what it is relative to. What is relative to the working
// directory is left short, for messages.
func (l *loader) path(text, dir string) string {
	text = strings.ReplaceAll(text, "{{CWD}}", l.WorkDir)
	text = variable.ReplaceAllStringFunc(text, func(name string) string {
		if set := l.Getenv(strings.Trim(name, "${}")); set != "" {
			return set
		}
		return name
	})
	if rest, ok := strings.CutPrefix(text, "~"); ok && l.Home != "" && (rest == "" || rest[0] == '/') {
		text = l.Home + rest
	}
	if filepath.IsAbs(text) {
		return filepath.Clean(text)
	}
	if dir == l.WorkDir {
		dir = "."
	}
	return filepath.Join(dir, text)
}

// unquote removes one pair of quotes around a text, by Ansible's rule.
func unquote(s string) string {
	if n := len(s); n > 1 && s[0] == s[n-1] && (s[0] == '"' || s[0] == '\'') && s[n-2] != '\\' {
		return s[1 : n-1]
	}
	return s
}
