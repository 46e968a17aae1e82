package inventory

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"dcosup/secret"
)

// SSH is how to reach a node, as far as the inventory and the flags say it. What
// they leave open, OpenSSH's own configuration may say.
type SSH struct {
	// Host is ansible_host, else the name of the host.
	Host string
	// Port is 1 to 65535; 0 if nobody names one.
	Port int
	// User is "" if neither inventory nor flags name one.
	User string
	// KeyFiles are absolute paths; a leading ~ is already replaced.
	KeyFiles []string
	// Password is for logging in (ansible_password, ansible_ssh_pass, -k).
	Password secret.Text
	// Local tells that commands run on this machine (ansible_connection=local).
	Local bool
	// Become tells whether to gain the rights of root. Default: true.
	Become bool
	// BecomeMethod is sudo, su or doas. Default: sudo.
	BecomeMethod string
	// BecomePassword is what sudo or su asks for, "" if it does not ask.
	BecomePassword secret.Text
	// Options are those of ssh's command line as Ansible would write it, the
	// port, the user, the key files and the timeout among them: of a name that
	// is given twice the first counts.
	Options []SSHOption
	// ConfigFile is ssh's -F: it stands for the files that ssh reads by itself.
	ConfigFile string

	// keyPos is where the key files are named, for CheckKeyFiles.
	keyPos Pos
}

// SSHOption is one -o NAME=VALUE for ssh, and its place.
type SSHOption struct {
	Name, Value string
	Pos         Pos
	// Secret tells that the value must not be shown.
	Secret bool
}

// The variables of passwords, by falling precedence.
var (
	loginPasswords  = []string{"ansible_ssh_password", "ansible_ssh_pass", "ansible_password"}
	becomePasswords = []string{"ansible_sudo_pass", "ansible_become_pass", "ansible_become_password"}
	passwordVars    = slices.Concat(loginPasswords, becomePasswords)
)

// ssh reads the connection variables of a host. Where a setting has several
// variables, the order is that of Ansible's ssh connection and sudo; and so is
// the order of the options, of which the first counts.
func (b *clusterBuilder) ssh(h *Host) SSH {
	flags := b.inv.opts.Overrides
	s := SSH{Host: h.Name, Password: flags.Password, BecomePassword: flags.BecomePassword}
	if host, ok := b.firstText(h.vars, "ansible_ssh_host", "ansible_host"); ok && host.text != "" {
		s.Host = host.text
	}
	b.sshArguments(&s, h, "ansible_ssh_args")
	b.hostKeyChecking(&s, h)
	b.port(&s, h)
	b.keys(&s, h)
	b.user(&s, h)
	b.timeout(&s, h)
	b.sshArguments(&s, h, "ansible_ssh_common_args")
	b.sshArguments(&s, h, "ansible_ssh_extra_args")
	if port, ok := s.option("port"); ok {
		s.Port, _ = strconv.Atoi(port.Value) // whether it is one is judged where the option is
	}
	if user, ok := s.option("user"); ok && s.User == "" {
		s.User = user.Value
	}
	if pass, ok := b.firstText(h.vars, loginPasswords...); ok {
		s.Password = secret.Text(pass.text)
	}
	b.connection(&s, h)
	b.become(&s, h)
	return s
}

// option is the one of that name, in lower case, that counts.
func (s *SSH) option(name string) (SSHOption, bool) {
	i := slices.IndexFunc(s.Options, func(o SSHOption) bool { return strings.ToLower(o.Name) == name })
	if i < 0 {
		return SSHOption{}, false
	}
	return s.Options[i], true
}

func (s *SSH) add(name, value string, pos Pos) {
	s.Options = append(s.Options, SSHOption{Name: name, Value: value, Pos: pos})
}

// port reads the port, which a variable or --port says.
func (b *clusterBuilder) port(s *SSH, h *Host) {
	var v Value
	if p := b.inv.opts.Overrides.Port; p != 0 {
		v = Value{Data: int64(p)}
	}
	for _, key := range []string{"ansible_port", "ansible_ssh_port"} {
		if port, found := h.vars.Get(key); found && port.Data != nil {
			v = port
		}
	}
	if v.Data == nil || !b.readable("ansible_port", v) || b.template("ansible_port", v) {
		return
	}
	n, ok := wholeNumber(v)
	if !ok || n < 1 || n > 65535 {
		b.hintf(v.Pos, "SSH listens on 22 unless somebody changed it", "a port is a number from 1 to 65535, not %s", v.shown())
		return
	}
	s.add("Port", strconv.FormatInt(int64(n), 10), v.Pos)
}

// keys reads which key files to log in with.
func (b *clusterBuilder) keys(s *SSH, h *Host) {
	files := b.inv.opts.Overrides.KeyFiles
	if key, ok := b.firstText(h.vars, "ansible_ssh_private_key_file", "ansible_private_key_file"); ok && key.text != "" {
		files, s.keyPos = []string{key.text}, key.pos
	}
	for _, file := range files {
		path := b.inv.path(file)
		s.KeyFiles = append(s.KeyFiles, path)
		s.add("IdentityFile", quotedPath(path), s.keyPos)
	}
}

// quoted is one word of ssh_config.
func quoted(text string) string {
	text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
	return `"` + text + `"`
}

// quotedPath is a path in ssh_config, where % begins a token.
func quotedPath(path string) string { return quoted(strings.ReplaceAll(path, "%", "%%")) }

// user reads who logs in. Arguments for ssh that stand before it win.
func (b *clusterBuilder) user(s *SSH, h *Host) {
	user, ok := b.firstText(h.vars, "ansible_ssh_user", "ansible_user")
	if !ok {
		user.text = b.inv.opts.Overrides.User
	}
	if user.text == "" {
		return
	}
	if first, ok := s.option("user"); ok {
		s.User = first.Value
		return
	}
	s.User = user.text
	s.add("User", quoted(user.text), user.pos)
}

// timeout reads how many seconds a connection may take.
func (b *clusterBuilder) timeout(s *SSH, h *Host) {
	seconds := Value{}
	if t := b.inv.opts.Overrides.Timeout; t > 0 {
		seconds.Data = int64(t / time.Second)
	}
	for _, key := range []string{"ansible_timeout", "ansible_ssh_timeout"} {
		if v, ok := h.vars.Get(key); ok && v.Data != nil {
			seconds = v
		}
	}
	if seconds.Data == nil || !b.readable("ansible_timeout", seconds) || b.template("ansible_timeout", seconds) {
		return
	}
	n, ok := wholeNumber(seconds)
	if !ok || n < 1 {
		b.hintf(seconds.Pos, "10 is Ansible's default", "a timeout is a number of seconds, not %s", seconds.shown())
		return
	}
	s.add("ConnectTimeout", strconv.FormatInt(int64(n), 10), seconds.Pos)
}

// path makes a path absolute, and replaces a leading ~.
func (inv *Inventory) path(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && inv.opts.HomeDir != "" {
		return filepath.Join(inv.opts.HomeDir, rest)
	}
	return inv.disk.abs(path)
}

// hostKeyChecking reads Ansible's own switch.
func (b *clusterBuilder) hostKeyChecking(s *SSH, h *Host) {
	said := false
	for _, key := range []string{"ansible_host_key_checking", "ansible_ssh_host_key_checking"} {
		v, ok := h.vars.Get(key)
		if ok && !b.boolean(h.vars, key, true) {
			s.add("StrictHostKeyChecking", "no", v.Pos)
		}
		said = said || ok
	}
	if check := b.inv.opts.Overrides.HostKeyChecking; !said && check != nil && !*check {
		s.add("StrictHostKeyChecking", "no", Pos{})
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
		b.hintf(kind.pos, "write ssh or local, or remove it", "ansible_connection is %s, and dcosup knows ssh and local", kind.shown())
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
	if user, ok := b.firstText(h.vars, "ansible_sudo_user", "ansible_become_user"); ok && user.text != "" && user.text != "root" {
		b.hintf(user.pos, "remove it", "ansible_become_user is %s, and installing DC/OS needs root", user.shown())
	}
	if pass, ok := b.firstText(h.vars, becomePasswords...); ok {
		s.BecomePassword = secret.Text(pass.text)
	}
	s.BecomeMethod = flags.BecomeMethod
	if s.BecomeMethod == "" {
		s.BecomeMethod = "sudo"
	}
	method, ok := b.text(h.vars, "ansible_become_method")
	if !ok {
		return
	}
	s.BecomeMethod = method.text[strings.LastIndex(method.text, ".")+1:] // ansible.builtin.sudo, community.general.doas
	if !slices.Contains(BecomeMethods, s.BecomeMethod) {
		b.hintf(method.pos, "allow the user to use sudo, and remove it", "ansible_become_method is %s, and dcosup knows %s",
			method.shown(), strings.Join(BecomeMethods, ", "))
	}
}

// BecomeMethods are the ways to gain root's rights that dcosup knows.
var BecomeMethods = []string{"sudo", "su", "doas"}
