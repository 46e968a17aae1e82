package remote

import (
	"net"
	"os/user"
	"path/filepath"
	"strconv"
)

// Target says which machine is meant, how to log in to it, and as whom to work there.
type Target struct {
	// Name is how errors and logs call the machine. Default: Host.
	Name string
	// Host is the address or name to dial; known_hosts is searched for it as written here. Default: Name.
	Host string
	// Port defaults to 22.
	Port int
	// User is the login name. Default: the user that runs this process.
	User string
	// KeyFiles are private keys, tried in this order before the agent's. Default: id_ed25519, id_ecdsa and id_rsa
	// in ~/.ssh, as far as they exist. A key with a passphrase is used through the agent.
	KeyFiles []string
	// IdentitiesOnly keeps the agent from offering keys that are not among KeyFiles.
	IdentitiesOnly bool
	// Jump is the machine to go through. All targets of a Dialer whose jump has the same user, host
	// and port share one connection to it.
	Jump *Target
	// Local means this machine: commands run through os/exec, and everything about SSH here is ignored.
	Local bool
	// Sudo makes commands run as root by "sudo -n". It is ignored when the login is root already.
	Sudo bool
	// KnownHosts are the files with known host keys. The first one receives new keys under AcceptNew. Default:
	// ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts.
	KnownHosts []string
	// HostKeys says what to do about a host key that KnownHosts does not hold. Default: Strict.
	HostKeys HostKeyPolicy
}

// HostKeyPolicy says which host keys are believed.
type HostKeyPolicy int

const (
	// Strict believes only keys that known_hosts holds.
	Strict HostKeyPolicy = iota
	// AcceptNew believes and records the key of a host that known_hosts does not hold; a changed key is an error.
	AcceptNew
	// Insecure believes every key. For throwaway machines only.
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
		t.KnownHosts = []string{filepath.Join(me.HomeDir, ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"}
	}
	return t
}

// identity tells targets apart that may not share a connection, for jumps.
func (t Target) identity() string {
	id := t.User + "@" + t.Addr()
	if t.Jump != nil {
		id += " via " + t.Jump.identity()
	}
	return id
}
