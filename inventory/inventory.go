package inventory

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"dcosup/inventory/vault"
	"dcosup/secret"
)

// Options say what to load.
type Options struct {
	// Sources are the values of -i: files, directories, or lists of hosts
	// with a comma in them. At least one is needed.
	Sources []string
	// ExtraVars are the values of -e: `key=value ...`, JSON, YAML in braces,
	// or @file. The last one wins, and all of them win over the inventory.
	ExtraVars []string
	// Limit is the value of -l: a pattern that selects hosts. "" selects all.
	Limit string
	// WorkDir is the directory against which relative paths are resolved, and
	// beside which group_vars and host_vars are looked for too. Default: the
	// working directory of the process.
	WorkDir string
	// HomeDir replaces a leading ~ in paths of keys. Default: the home
	// directory of the user.
	HomeDir string
	// Overrides are what flags say about connections.
	Overrides Overrides
	// MergeHashes combines mappings that have one name, where the one with the
	// higher precedence would replace the other: Ansible's hash_behaviour = merge.
	MergeHashes bool
	// Run runs an executable inventory with arguments, and returns what it prints.
	// An error of it says what the program complained about. Default: executable
	// inventories are refused.
	Run func(path string, args ...string) ([]byte, error)
	// Getenv is a variable of the environment, for lookup('env') in templates.
	// Default: that of the process.
	Getenv func(string) string
	// Vault holds the passwords for what Ansible Vault has encrypted. Default: none.
	Vault *vault.Keyring
}

// Overrides are the connection settings given by flags. As in Ansible, they
// are defaults: a variable of the inventory wins over the flag, and -e over both.
type Overrides struct {
	// User is -u. Default: none, and SSH.User stays "".
	User string
	// KeyFiles are the values of --private-key.
	KeyFiles []string
	// Port is --port; 0 means 22.
	Port int
	// Become is -b. dcosup needs root on the nodes and becomes it unless the
	// inventory says ansible_become: false, so that nil means true.
	Become *bool
	// BecomeMethod is --become-method. Default: sudo.
	BecomeMethod string
	// Timeout is -T: how long a connection may take. Default: ssh's, and then dcosup's own.
	Timeout time.Duration
	// SSHArgs, SSHCommonArgs and SSHExtraArgs are arguments for ssh.
	SSHArgs, SSHCommonArgs, SSHExtraArgs string
	// HostKeyChecking is Ansible's switch of that name; nil says nothing.
	HostKeyChecking *bool
	// Password is the answer to -k.
	Password secret.Text
	// BecomePassword is the answer to -K.
	BecomePassword secret.Text
	// SuperuserPassword is for dcos.superuser_password, where the inventory has
	// none, and SuperuserPasswordPos says what gave it: a flag or a variable of
	// the environment.
	SuperuserPassword    secret.Text
	SuperuserPasswordPos Pos
}

// Load reads all sources and merges all variables. Its error is a
// *multierror.Error of *Error: everything that is wrong, in the order of files
// and lines.
func Load(opts Options) (*Inventory, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	inv := newInventory(opts)
	if len(opts.Sources) == 0 {
		inv.problems.hintf(Pos{}, "give it by -i, such as `-i hosts`", "no inventory is given")
	}
	for _, source := range opts.Sources {
		inv.source(source)
	}
	inv.reconcile()
	inv.mergeVars()
	inv.limit(opts.Limit)
	if err := inv.problems.err(); err != nil {
		return nil, err
	}
	return inv, nil
}

// withDefaults fills in the directories.
func (o Options) withDefaults() (Options, error) {
	var err error
	if o.WorkDir, err = filepath.Abs(o.WorkDir); err != nil {
		return o, &Error{Message: "cannot find the working directory: " + err.Error()}
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.HomeDir == "" {
		// Without a home directory, a path with ~ is kept as it is, and the
		// check of the key files reports it.
		o.HomeDir, _ = os.UserHomeDir()
	}
	return o, nil
}

// Warnings are what is odd but does not stop anything, in the order of files.
func (inv *Inventory) Warnings() []*Error { return inv.problems.sorted(inv.problems.warnings) }

// ErrorAt makes an error about something at pos, with the line of that file.
// It is for those who judge values further, such as the room that renders
// config.yaml.
func (inv *Inventory) ErrorAt(pos Pos, message, hint string) *Error {
	return inv.problems.at(pos, message, hint)
}

// source reads one value of -i.
func (inv *Inventory) source(source string) {
	d := inv.disk
	switch {
	case strings.Contains(source, ",") && !d.exists(source):
		inv.hostList(source)
	case d.isDir(source):
		inv.directory(source, true)
	case d.exists(source):
		inv.file(source)
	default:
		inv.missing(source)
	}
}

// missing reports a source that is not there, and what was probably meant.
func (inv *Inventory) missing(source string) {
	hint := "-i takes a file, a directory, or hosts with a comma, such as `-i 'node1,'`"
	names, err := inv.disk.list(filepath.Dir(source))
	if meant := Suggest(filepath.Base(source), names); err == nil && meant != "" {
		hint = "did you mean " + filepath.Join(filepath.Dir(source), meant) + "?"
	}
	inv.problems.hintf(Pos{File: source}, hint, "there is no such file or directory")
}

// hostList reads hosts with commas between them. Ranges are not expanded
// there, nor does Ansible.
func (inv *Inventory) hostList(list string) {
	const file = "-i"
	inv.problems.addFile(file, list)
	column := 1
	for _, item := range strings.Split(list, ",") {
		pos := Pos{File: file, Line: 1, Column: column}
		column += len([]rune(item)) + 1
		name := strings.TrimSpace(item)
		if name == "" {
			continue
		}
		host, port := splitPort(name)
		if strings.Contains(host, "[") {
			host, port = name, 0
		}
		if inv.hosts[host] != nil {
			continue
		}
		value := Value{Pos: pos}
		if port != 0 {
			value.Data = int64(port)
		}
		inv.addHost(host, inv.groups[groupUngrouped], value, pos)
	}
}

// notInventory matches what Ansible passes over in a directory of inventories,
// and genconf/, which is not for Ansible.
var notInventory = regexp.MustCompile(
	`^\.|^host_vars$|^group_vars$|^genconf$|^vars_plugins$|~$|\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)$`)

// directory reads all inventories of a directory, by name.
func (inv *Inventory) directory(dir string, top bool) {
	names, err := inv.disk.list(dir)
	if err != nil {
		inv.problems.hintf(Pos{File: dir}, hintFor(err), "cannot read the directory: %v", cause(err))
		return
	}
	found := false
	for _, name := range names {
		if notInventory.MatchString(name) {
			continue
		}
		found = true
		if path := filepath.Join(dir, name); inv.disk.isDir(path) {
			inv.directory(path, false)
		} else {
			inv.file(path)
		}
	}
	if !found && top {
		inv.problems.hintf(Pos{File: dir}, "names that end in .ini, .cfg, .txt or .md are passed over in a directory, as are backups and hidden files",
			"there is no inventory in the directory")
	}
}

// file reads one inventory: what a program prints, else its text.
func (inv *Inventory) file(name string) {
	if inv.isProgram(name) && inv.program(name) {
		return
	}
	if content, ok := inv.problems.read(inv.disk, name); ok {
		inv.text(name, content)
	}
}

// text reads the text of an inventory: as TOML or YAML if its name allows that and
// it can be read so, else as INI. The errors shown are those of the format that it
// looks like.
func (inv *Inventory) text(name, content string) {
	ext := filepath.Ext(name)
	if ext == ".toml" {
		inv.accept(inv.try(func(p *problems) []step { return parseTOMLInventory(p, name, content) }))
		return
	}
	if slices.Contains([]string{"", ".yml", ".yaml", ".json"}, ext) && !onlyComments(content) {
		steps, trial := inv.try(func(p *problems) []step { return parseYAMLInventory(p, name, content) })
		if trial.failures() == 0 {
			inv.accept(steps, trial)
			return
		}
		if looksLikeYAML(content) || ext != "" && !looksLikeINI(content) {
			inv.accept(nil, trial)
			return
		}
	}
	inv.accept(inv.try(func(p *problems) []step { return parseINI(p, name, content, inv.groupNames) }))
}

// try runs a parser without recording what it reports.
func (inv *Inventory) try(parse func(*problems) []step) ([]step, *problems) {
	trial := inv.problems.fork()
	return parse(trial), trial
}

// accept applies what a parser said, and records what it reported.
func (inv *Inventory) accept(steps []step, trial *problems) {
	inv.problems.errs = append(inv.problems.errs, trial.errs...)
	inv.problems.more += trial.more
	inv.problems.warnings = append(inv.problems.warnings, trial.warnings...)
	inv.problems.locked = append(inv.problems.locked, trial.locked...)
	for _, s := range steps {
		s.apply(inv)
	}
}

var (
	yamlStart = regexp.MustCompile(`(?m)\A(?:\s*#.*\n|\s*\n)*(?:---|\{|[\w."'-]+[ \t]*:(?:[ \t]|\r?$))`)
	iniStart  = regexp.MustCompile(`(?m)^\[[^\]\s,]+\][ \t]*(?:#.*)?\r?$`)
)

// onlyComments tells whether a text says nothing in any format.
func onlyComments(content string) bool {
	for line := range strings.Lines(content) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// looksLikeYAML tells whether the first line that counts begins a mapping.
func looksLikeYAML(content string) bool { return yamlStart.MatchString(content) }

// looksLikeINI tells whether there is a section.
func looksLikeINI(content string) bool { return iniStart.MatchString(content) }
