package inventory

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
	// BecomeUser is --become-user. Default: root.
	BecomeUser string
	// Password is the answer to -k.
	Password Secret
	// BecomePassword is the answer to -K.
	BecomePassword Secret
}

// Inventory is what the sources say: hosts, groups and their variables.
type Inventory struct {
	opts     Options
	hosts    map[string]*Host
	groups   map[string]*Group
	warnings []*Error
	selected map[string]bool
}

// Host is a machine of the inventory.
type Host struct {
	// Name is what the inventory calls it (inventory_hostname).
	Name string
	// Pos is where it was first named.
	Pos Pos

	vars *Map
}

// Group is a named set of hosts.
type Group struct {
	// Name is what the inventory calls it.
	Name string
	// Pos is where it was first named; not valid for all and ungrouped.
	Pos Pos
}

// Load reads all sources and merges all variables. Its error is a
// *multierror.Error of *Error: everything that is wrong, in the order of files
// and lines.
func Load(opts Options) (*Inventory, error) { panic("being written") }

// Hosts returns all hosts in the order of Ansible's group all.
func (inv *Inventory) Hosts() []*Host { panic("being written") }

// Groups returns all groups in the order in which they were declared,
// beginning with all and ungrouped.
func (inv *Inventory) Groups() []*Group { panic("being written") }

// Host returns the host of that name, or nil.
func (inv *Inventory) Host(name string) *Host { return inv.hosts[name] }

// Group returns the group of that name, or nil.
func (inv *Inventory) Group(name string) *Group { return inv.groups[name] }

// Match returns the hosts that an Ansible pattern selects: names, groups,
// globs and ~regular expressions, joined by `,` or `:`, with & for "and" and !
// for "not". A word that matches nothing is an error with a suggestion.
func (inv *Inventory) Match(pattern string) ([]*Host, error) { panic("being written") }

// Warnings are what is odd but does not stop anything, in the order of files.
func (inv *Inventory) Warnings() []*Error { return inv.warnings }

// Vars returns the variables of the host after all precedence has been
// applied, extra variables included. It must not be changed.
func (h *Host) Vars() *Map { return h.vars }

// Hosts returns the hosts of the group and of the groups within it.
func (g *Group) Hosts() []*Host { panic("being written") }

// ErrorAt makes an error about something at pos, with the line of that file.
// It is for those who judge values further, such as the room that renders
// config.yaml.
func (inv *Inventory) ErrorAt(pos Pos, message, hint string) *Error { panic("being written") }
