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

import (
	"errors"
	"path/filepath"
	"strconv"
	"time"
)

// Sources say where the configuration is and who asks.
type Sources struct {
	// Files are read in this order; the first that sets a keyword wins. A file that does not exist is no error. Default:
	// ~/.ssh/config and /etc/ssh/ssh_config.
	Files []string
	// Home, User and UID are those of the person who runs this process (~, %d, %u, %i), LocalHost is this machine's name
	// (%l, and %L up to the first dot).
	Home, User, UID, LocalHost string
	// WorkDir is where relative paths begin.
	WorkDir string
	// Getenv is for ${NAME} where OpenSSH allows it. Default: nothing is set.
	Getenv func(string) string
}

// Option is one -o NAME=VALUE of a command line, or what stands for one (-p, -l, -i, -J). Options win over files.
type Option struct{ Name, Value string }

// Config is a configuration that has been read. It is safe for concurrent use.
type Config struct {
	Sources
	files [][]directive
}

// Load reads all files and what they include. Its error joins everything that is wrong with their form, each an *Error.
func Load(s Sources) (*Config, error) {
	if s.Getenv == nil {
		s.Getenv = func(string) string { return "" }
	}
	user := filepath.Join(s.Home, ".ssh", "config")
	if s.Files == nil {
		s.Files = []string{user, "/etc/ssh/ssh_config"}
	}
	c := &Config{Sources: s}
	r := &reader{Sources: s}
	for _, path := range s.Files {
		c.files = append(c.files, r.file(path, path == user))
	}
	return c, errors.Join(r.errs...)
}

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
func (c *Config) Host(name, user string, options []Option) (Settings, error) {
	e := &evaluation{Config: c, name: name, user: user, set: map[string]bool{}}
	given := make([]directive, 0, len(options))
	for _, o := range options {
		d, ok, err := parseLine(o.Name + " " + o.Value)
		if err != nil || !ok {
			e.errs = append(e.errs, d.errorf("-o %s=%s: %v", o.Name, o.Value, err))
			continue
		}
		given = append(given, d)
	}
	for range 2 {
		e.file(given, true)
		for _, lines := range c.files {
			e.file(lines, true)
		}
		if e.final || !e.wantsFinal {
			break
		}
		e.final = true
		e.s.IdentityFiles, e.s.CertificateFiles = nil, nil // they accumulate, and are read again
	}
	if len(e.errs) > 0 {
		return Settings{}, errors.Join(e.errs...)
	}
	return e.finish(), nil
}

func (e *Error) Error() string {
	where := "the options for ssh"
	if e.File != "" {
		where = e.File
	}
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	return where + ": " + e.Message
}
