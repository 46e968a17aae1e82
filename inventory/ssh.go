package inventory

import (
	"path/filepath"
	"slices"
	"strings"

	"dcosup/secret"
)

// SSH is how to reach a node.
type SSH struct {
	// Host is ansible_host, else the name of the host.
	Host string
	// Port is 1 to 65535. Default: 22.
	Port int
	// User is "" if neither inventory nor flags name one.
	User string
	// KeyFiles are absolute paths; a leading ~ is already replaced.
	KeyFiles []string
	// Password is for logging in (ansible_password, ansible_ssh_pass, -k).
	Password secret.Text
	// Local tells that commands run on this machine (ansible_connection=local).
	Local bool
	// Become tells whether to gain the rights of BecomeUser by sudo.
	// Default: true.
	Become bool
	// BecomeUser is whose rights to gain. Default: root.
	BecomeUser string
	// BecomePassword is what sudo asks for, "" if it does not ask.
	BecomePassword secret.Text
	// ProxyJump is as in ssh_config: [user@]host[:port], several by commas.
	ProxyJump string
	// UserKnownHostsFile are absolute paths; empty means OpenSSH's default.
	UserKnownHostsFile []string
	// StrictHostKeyChecking is yes, no, ask, accept-new or off; "" is the default.
	StrictHostKeyChecking string
	// IdentitiesOnly tells to offer no keys but KeyFiles.
	IdentitiesOnly bool

	// keyPos is where the key files are named, for CheckKeyFiles.
	keyPos Pos
}

// The variables of passwords, by falling precedence.
var (
	loginPasswords  = []string{"ansible_ssh_password", "ansible_ssh_pass", "ansible_password"}
	becomePasswords = []string{"ansible_sudo_pass", "ansible_become_pass", "ansible_become_password"}
	passwordVars    = slices.Concat(loginPasswords, becomePasswords)
)

// ssh reads the connection variables of a host. Where a setting has several
// variables, the order is that of Ansible's ssh connection and sudo.
func (b *clusterBuilder) ssh(h *Host) SSH {
	flags := b.inv.opts.Overrides
	s := SSH{
		Host: h.Name, Port: 22, User: flags.User, Password: flags.Password,
		BecomeUser: "root", BecomePassword: flags.BecomePassword,
	}
	if host, ok := b.firstText(h.vars, "ansible_ssh_host", "ansible_host"); ok && host.text != "" {
		s.Host = host.text
	}
	args := b.sshArguments(h)
	args.settle(&s, b)
	if user, ok := b.firstText(h.vars, "ansible_ssh_user", "ansible_user"); ok {
		s.User = user.text
	}
	b.port(&s, h, args)
	b.keys(&s, h, args)
	if pass, ok := b.firstText(h.vars, loginPasswords...); ok {
		s.Password = secret.Text(pass.text)
	}
	b.hostKeyChecking(&s, h)
	b.connection(&s, h)
	b.become(&s, h)
	return s
}

// port reads the port, which a variable, -p among the arguments or --port says.
func (b *clusterBuilder) port(s *SSH, h *Host, args *sshArgs) {
	if p := b.inv.opts.Overrides.Port; p != 0 {
		s.Port = p
	}
	v, ok := args.port, args.port.Data != nil
	for _, key := range []string{"ansible_port", "ansible_ssh_port"} {
		if port, found := h.vars.Get(key); found && port.Data != nil {
			v, ok = port, true
		}
	}
	if text, isText := v.Data.(string); !ok || isText && b.template("ansible_port", text, v.Pos) {
		return
	}
	n, ok := wholeNumber(v)
	if !ok || n < 1 || n > 65535 {
		text, _ := v.Text()
		b.hintf(v.Pos, "SSH listens on 22 unless somebody changed it", "a port is a number from 1 to 65535, not %q", text)
		return
	}
	s.Port = n
}

// keys reads which key files to log in with.
func (b *clusterBuilder) keys(s *SSH, h *Host, args *sshArgs) {
	files := b.inv.opts.Overrides.KeyFiles
	if key, ok := b.firstText(h.vars, "ansible_ssh_private_key_file", "ansible_private_key_file"); ok && key.text != "" {
		files, s.keyPos = []string{key.text}, key.pos
	}
	for _, file := range slices.Concat(files, args.keyFiles) {
		s.KeyFiles = append(s.KeyFiles, b.inv.path(file))
	}
}

// path makes a path absolute, and replaces a leading ~.
func (inv *Inventory) path(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && inv.opts.HomeDir != "" {
		return filepath.Join(inv.opts.HomeDir, rest)
	}
	return inv.disk.abs(path)
}

// hostKeyChecking reads Ansible's own switch, which wins over ssh's option.
func (b *clusterBuilder) hostKeyChecking(s *SSH, h *Host) {
	for _, key := range []string{"ansible_host_key_checking", "ansible_ssh_host_key_checking"} {
		if _, ok := h.vars.Get(key); ok && !b.boolean(h.vars, key, true) {
			s.StrictHostKeyChecking = "no"
		}
	}
}

// connection reads the kind of connection.
func (b *clusterBuilder) connection(s *SSH, h *Host) {
	kind, ok := b.text(h.vars, "ansible_connection")
	if !ok {
		return
	}
	switch strings.TrimPrefix(kind.text, "ansible.builtin.") {
	case "local":
		s.Local = true
	case "ssh", "smart", "paramiko", "paramiko_ssh":
	default:
		b.hintf(kind.pos, "write ssh or local, or remove it", "ansible_connection is %q, and dcosup knows ssh and local", kind.text)
	}
}

// become reads how to gain the rights of root.
func (b *clusterBuilder) become(s *SSH, h *Host) {
	s.Become = true
	flags := b.inv.opts.Overrides
	if flags.Become != nil {
		s.Become = *flags.Become
	}
	s.Become = b.boolean(h.vars, "ansible_become", s.Become)
	if flags.BecomeUser != "" {
		s.BecomeUser = flags.BecomeUser
	}
	if user, ok := b.firstText(h.vars, "ansible_sudo_user", "ansible_become_user"); ok && user.text != "" {
		s.BecomeUser = user.text
	}
	if pass, ok := b.firstText(h.vars, becomePasswords...); ok {
		s.BecomePassword = secret.Text(pass.text)
	}
	method, ok := b.text(h.vars, "ansible_become_method")
	if ok && strings.TrimPrefix(method.text, "ansible.builtin.") != "sudo" {
		b.hintf(method.pos, "allow the user to use sudo, and remove it", "ansible_become_method is %q, and dcosup knows sudo only", method.text)
	}
}
