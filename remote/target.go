package remote

import (
	"net"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"dcosup/secret"
)

// Target says which machine is meant, how to log in to it, and as whom to work there.
type Target struct {
	// Name is how errors and events call the machine. Default: Host.
	Name string
	// Host is the address or name to dial. Default: Name.
	Host string
	// Port defaults to 22.
	Port int
	// HostKeyName is what known_hosts is searched for, without a port (ssh_config's HostKeyAlias). Default: Host, with
	// the port if that is not 22.
	HostKeyName string
	// User is the login name. Default: the user that runs this process.
	User string
	// KeyFiles are private keys, tried in this order before the agent's. Default: id_ed25519, id_ecdsa and id_rsa
	// in ~/.ssh, as far as they exist. A key with a passphrase is used through the agent, or after Dialer.Unlock.
	KeyFiles []string
	// CertFiles are certificates for these keys, or for the agent's, besides each key file's own -cert.pub.
	CertFiles []string
	// IdentitiesOnly keeps the agent from offering keys that are not among KeyFiles.
	IdentitiesOnly bool
	// AgentSocket is the path of this machine's ssh-agent; NoAgent means none. Default: the Dialer's.
	AgentSocket string
	// Password is for logging in. It is sent after keys have failed, once, and never to a host whose key is not the
	// known one.
	Password secret.Text
	// Jump is the machine to go through. All targets of a Dialer whose jump has the same user, host
	// and port share one connection to it.
	Jump *Target
	// ProxyCommand is run by /bin/sh, and its stdin and stdout are the connection. It excludes Jump.
	ProxyCommand string
	// Local means this machine: commands run through os/exec, and everything about SSH here is ignored.
	Local bool
	// Become says how commands get root's rights. It is ignored when the login is root already.
	Become Become
	// KnownHosts are the files with known host keys. The first one receives new keys. Default:
	// ~/.ssh/known_hosts, ~/.ssh/known_hosts2, /etc/ssh/ssh_known_hosts and /etc/ssh/ssh_known_hosts2.
	KnownHosts []string
	// HashKnownHosts writes new keys with hashed names.
	HashKnownHosts bool
	// HostKeys says what to do about a host key that KnownHosts does not hold. Default: Strict.
	HostKeys HostKeyPolicy
	// DialTimeout is the Dialer's unless it is set here (ssh_config's ConnectTimeout).
	DialTimeout time.Duration
}

// NoAgent is the AgentSocket of a target that uses no agent, as in ssh_config.
const NoAgent = "none"

// Become says how a login user gets root's rights. The zero value: not at all.
type Become struct {
	Method BecomeMethod
	// Password is what the method asks for: sudo for the login user's, su for root's. "": none is given. It goes over
	// stdin, once, and only when it is asked for.
	Password secret.Text
}

// BecomeMethod is a way to get root's rights.
type BecomeMethod string

// The methods. Doas asks for passwords on a terminal only, so that it needs a rule with nopass.
const (
	NoBecome BecomeMethod = ""
	Sudo     BecomeMethod = "sudo"
	Su       BecomeMethod = "su"
	Doas     BecomeMethod = "doas"
)

// HostKeyPolicy says which host keys are believed, as ssh_config's StrictHostKeyChecking does.
type HostKeyPolicy int

const (
	// Strict believes only keys that known_hosts holds (yes; and ask, for nobody is asked here).
	Strict HostKeyPolicy = iota
	// AcceptNew believes and records the key of a host that known_hosts does not hold; a changed key is an error.
	AcceptNew
	// Insecure believes and records new keys, and believes changed ones, to whose hosts no password is sent (no, off).
	// A revoked key is an error even so.
	Insecure
)

// String names the policy as ssh_config's StrictHostKeyChecking does.
func (p HostKeyPolicy) String() string {
	switch p {
	case Strict:
		return "yes"
	case AcceptNew:
		return "accept-new"
	case Insecure:
		return "no"
	}
	return "HostKeyPolicy(" + strconv.Itoa(int(p)) + ")"
}

// Addr is host:port, as dialled.
func (t Target) Addr() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

// UserKnownHosts are the files of a user that ssh searches by default.
func UserKnownHosts(home string) []string {
	return []string{filepath.Join(home, ".ssh", "known_hosts"), filepath.Join(home, ".ssh", "known_hosts2")}
}

// GlobalKnownHosts are those of the whole machine.
func GlobalKnownHosts() []string {
	return []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
}

// filled returns t with its defaults set. homeDir and userName are those of the process.
func (t Target) filled(me *user.User) Target {
	if t.Host == "" {
		t.Host = t.Name
	}
	if t.Name == "" {
		t.Name = t.Host
	}
	if t.Local && t.Name == "" {
		t.Name = "localhost"
	}
	if t.Port == 0 {
		t.Port = 22
	}
	if t.User == "" {
		t.User = me.Username
	}
	if t.KnownHosts == nil {
		t.KnownHosts = append(UserKnownHosts(me.HomeDir), GlobalKnownHosts()...)
	}
	return t
}

// way says how the port is reached, for people.
func (t Target) way() string {
	switch {
	case t.ProxyCommand != "":
		return "by " + t.ProxyCommand
	case t.Jump != nil:
		return t.Addr() + " through " + t.Jump.Name
	}
	return t.Addr()
}

// door tells sshds apart, whoever logs in.
func (t Target) door() string {
	id := t.Addr()
	if t.Jump != nil {
		id += " via " + t.Jump.door()
	}
	if t.ProxyCommand != "" {
		id += " by " + t.ProxyCommand
	}
	return id
}

// identity tells targets apart that may not share a connection, for jumps.
func (t Target) identity() string {
	id := t.User + "@" + t.Addr()
	if t.Jump != nil {
		id += " via " + t.Jump.identity()
	}
	if t.ProxyCommand != "" {
		id += " by " + t.ProxyCommand
	}
	return id
}
