// Package sshconfig answers what OpenSSH's client configuration says about a host: as `ssh -G HOST` does, from options
// of a command line, the user's file and the system's, for those keywords that say where a machine is, who logs in and
// which host keys are believed.
//
// It reads files and computes; it connects to nothing and runs nothing.
//
//	conf, err := sshconfig.Load(sshconfig.Sources{Home: home, User: name})
//	s, err := conf.Host("node-1", nil)
//	fmt.Println(s.HostName, s.Port, s.User)
package sshconfig

import "time"

// Sources say where the configuration is and who asks.
type Sources struct {
	// Files are read in this order; the first that sets a keyword wins. A file that does not exist is no error. Default:
	// ~/.ssh/config and /etc/ssh/ssh_config.
	Files []string
	// Home, User and UID are those of the person who runs this process (~, %d, %u, %i), LocalHost is this machine's name
	// (%l, and %L up to the first dot).
	Home, User, UID, LocalHost string
	// Getenv is for ${NAME} where OpenSSH allows it. Default: os.Getenv.
	Getenv func(string) string
}

// Option is one -o NAME=VALUE of a command line, or what stands for one (-p, -l, -i, -J). Options win over files.
type Option struct{ Name, Value string }

// Config is a configuration that has been read. It is safe for concurrent use.
type Config struct{}

// Load reads all files and what they include. Its error joins everything that is wrong, each an *Error.
func Load(s Sources) (*Config, error) { panic("not built yet") }

// Error is something wrong with a configuration.
type Error struct {
	File    string // "" for an option of the command line
	Line    int
	Message string
}

// Settings are what holds for one host. What nobody has set is the zero value, so that the caller's defaults apply.
type Settings struct {
	HostName                                   string // default: the name that was asked for
	Port                                       int
	User                                       string
	IdentityFiles                              []string // absolute
	CertificateFiles                           []string
	IdentitiesOnly                             bool
	IdentityAgent                              string   // a path, or "none"; "" also for SSH_AUTH_SOCK
	ProxyJump                                  []Hop    // in the order in which they are dialled; empty also for none
	ProxyCommand                               string   // its tokens replaced; "" also for none
	UserKnownHostsFiles, GlobalKnownHostsFiles []string // absolute; nil if not set, empty and not nil for none
	StrictHostKeyChecking                      string   // yes, no, ask, accept-new, off
	HostKeyAlias                               string
	HashKnownHosts                             bool
	ConnectTimeout                             time.Duration
	// Unused names what is set for the host and has a meaning for ssh that dcosup cannot give it, such as a Match by
	// exec, or a keyword that changes how a connection is made: with the place where it is set.
	Unused []Unused
}

// Hop is one machine of a ProxyJump. What it does not say is "" or 0.
type Hop struct {
	User, Host string
	Port       int
}

// Unused is a keyword that is set and not honoured.
type Unused struct {
	Keyword string // as it is written in ssh_config(5)
	Why     string // in a few words; may be empty
	File    string // "" for an option
	Line    int
}

// Host says what holds for a host, called as on ssh's command line. user is ssh's -l, "" if there is none: what Match
// user looks at, and it wins over the files' User.
func (c *Config) Host(name, user string, options []Option) (Settings, error) { panic("not built yet") }
