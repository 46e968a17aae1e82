// Package ansiblecfg reads what Ansible's configuration says about inventories,
// connections and vaults: ansible.cfg, found as Ansible finds it, and the
// environment variables of the same settings, which win over it.
//
//	s, err := ansiblecfg.Load(ansiblecfg.Options{Getenv: os.Getenv, Home: home})
//	if err != nil {
//		return err // a *multierror.Error of *inventory.Error
//	}
//	fmt.Println(s.RemoteUser, s.Origin("remote_user"))
//
// A setting that nobody makes has the zero value: defaults are the business of
// those who use it. Settings of Ansible's that mean nothing here are passed over.
package ansiblecfg

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"dcosup/inventory"
)

// Settings is what the configuration says.
type Settings struct {
	// File is the ansible.cfg that counts, "" if there is none.
	File string
	// Inventory are the sources of -i: paths, or hosts with commas.
	Inventory []string
	// RemoteUser logs in, by the key of PrivateKeyFile, at RemotePort.
	RemoteUser     string
	PrivateKeyFile string
	RemotePort     int
	// Forks is how many nodes are talked to at once.
	Forks int
	// Timeout is how many seconds a connection may take.
	Timeout int
	// HostKeyChecking and Become are nil where nobody says.
	HostKeyChecking, Become *bool
	// BecomeMethod is one of inventory.BecomeMethods.
	BecomeMethod string
	// SSHArgs, SSHCommonArgs and SSHExtraArgs are arguments for ssh.
	SSHArgs, SSHCommonArgs, SSHExtraArgs string
	// VaultPasswordFile and VaultIdentityList are as the flags of the same name.
	VaultPasswordFile string
	VaultIdentityList []string
	// VaultIDMatch tries for a vault only the password with its label.
	VaultIDMatch bool
	// MergeHashes combines mappings of the same name (hash_behaviour = merge).
	MergeHashes bool
	// Warnings are what is odd about the files.
	Warnings []*inventory.Error

	origins map[string]inventory.Pos
}

// Origin is where a setting is made: a place in ansible.cfg, or the name of a
// variable as the file. It is not valid if nobody makes the setting.
func (s *Settings) Origin(key string) inventory.Pos { return s.origins[key] }

// Options say where to look.
type Options struct {
	// Getenv looks up a variable of the environment. Default: there is none.
	Getenv func(string) string
	// WorkDir is the working directory. Default: that of the process.
	WorkDir string
	// Home is the person's home directory, "" if there is none.
	Home string
	// System is the file for all users. Default: /etc/ansible/ansible.cfg.
	System string
}

// Load reads the configuration. Its error is a *multierror.Error of
// *inventory.Error: all that is wrong.
func Load(o Options) (*Settings, error) {
	var err error
	if o.WorkDir, err = filepath.Abs(o.WorkDir); err != nil {
		return nil, multierror.Append(nil, &inventory.Error{Message: "cannot find the working directory: " + err.Error()})
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.System == "" {
		o.System = "/etc/ansible/ansible.cfg"
	}
	s := &Settings{origins: map[string]inventory.Pos{}}
	l := &loader{Options: o, s: s}
	l.find()
	file := l.parse()
	for _, d := range settings {
		l.setting(d, file)
	}
	if l.errs != nil {
		return nil, l.errs
	}
	return s, nil
}

// loader collects the settings, and all that is wrong with them.
type loader struct {
	Options
	s     *Settings
	lines []string
	errs  *multierror.Error
}

// fail records an error at a place.
func (l *loader) fail(pos inventory.Pos, hint, format string, args ...any) {
	e := &inventory.Error{Pos: pos, Message: fmt.Sprintf(format, args...), Hint: hint}
	if n := pos.Line; pos.File == l.s.File && n > 0 && n <= len(l.lines) {
		e.Source = strings.TrimRight(l.lines[n-1], "\r")
	}
	l.errs = multierror.Append(l.errs, e)
}

func (l *loader) warn(file, hint, message string) {
	l.s.Warnings = append(l.s.Warnings, &inventory.Error{Pos: inventory.Pos{File: file}, Message: message, Hint: hint})
}

// find looks for the file where Ansible does: ANSIBLE_CONFIG, the working
// directory, the home directory, the system. The first that can be read counts.
func (l *loader) find() {
	const name = "ansible.cfg"
	if path := l.Getenv("ANSIBLE_CONFIG"); path != "" {
		if path = l.path(path, l.WorkDir); !filepath.IsAbs(path) {
			path = filepath.Join(l.WorkDir, path)
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, name)
		}
		if l.take(path) {
			return
		}
		l.warn("ANSIBLE_CONFIG", "", path+" cannot be read, and another ansible.cfg counts, if there is one")
	}
	local := filepath.Join(l.WorkDir, name)
	switch info, err := os.Stat(l.WorkDir); {
	case err != nil:
	case info.Mode()&0o002 == 0:
		if l.take(name) {
			return
		}
	case exists(local):
		l.warn(name, "chmod o-w "+l.WorkDir+", or name the file by ANSIBLE_CONFIG",
			"the file is passed over, as Ansible does: everybody may write into its directory")
	}
	if l.Home == "" || !l.take(filepath.Join(l.Home, "."+name)) {
		l.take(l.System)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// maxFile bounds what is read as ansible.cfg; one with all settings and their
// explanations has 60 KB.
const maxFile = 1 << 20

// take reads the file, which is named relative to the working directory, if it can.
func (l *loader) take(name string) bool {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.WorkDir, path)
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || info.Size() > maxFile {
		return false
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	l.s.File, l.lines = name, strings.Split(string(text), "\n")
	return true
}

// setting reads one setting: from the environment, else from the file.
func (l *loader) setting(d definition, file map[string]option) {
	var v value
	for _, name := range d.env {
		if text := l.Getenv(name); text != "" {
			v = value{text: text, pos: inventory.Pos{File: name}, dir: l.WorkDir}
		}
	}
	if !v.pos.IsValid() {
		dir := filepath.Dir(l.s.File)
		for _, section := range d.sections {
			o, ok := file[section+"."+d.key]
			if !ok {
				o, ok = file[everywhere+"."+d.key]
			}
			if ok {
				v = value{text: o.value, pos: o.pos, dir: dir}
			}
		}
	}
	if !v.pos.IsValid() {
		return
	}
	l.s.origins[d.key] = v.pos
	if err := d.set(l, v); err != nil {
		name := d.key
		if slices.Contains(d.env, v.pos.File) {
			name = "it"
		}
		l.fail(v.pos, "", "%s %v", name, err)
	}
}
