package inventory

// Cluster is what an inventory means for DC/OS.
type Cluster struct {
	// Name is cluster_name of dcos.config.
	Name string
	// Nodes are the bootstrap node, the masters, the private and the public
	// agents, each kind in inventory order.
	Nodes []*Node
	// Release is the DC/OS to install.
	Release Release
	// SELinuxMode is enforcing, permissive or disabled. Default: permissive.
	SELinuxMode string
	// Config is dcos.config without the *_contents keys, with places.
	Config *Map
	// IPDetect, IPDetectPublic and FaultDomainDetect are the person's own
	// scripts; "" means that one is generated where one is needed.
	IPDetect, IPDetectPublic, FaultDomainDetect string
	// Limit is the -l of the run, "" if there is none.
	Limit string
	// Warnings are those of the inventory and those of the cluster.
	Warnings []*Error

	inv *Inventory
}

// Release says which DC/OS is wanted, and where its installer is.
type Release struct {
	// Download is the URL or path of dcos_generate_config.sh.
	Download string
	// Checksum is its SHA-256 in 64 lower-case hex digits, without a prefix;
	// "" if none was given.
	Checksum string
	// Version is such as "2.1.1"; "" if the inventory does not say.
	Version string
	// ImageCommit names the image when several builds have one version.
	ImageCommit string
	// Enterprise tells that it is DC/OS Enterprise.
	Enterprise bool
}

// Node is a host with its role in the cluster.
type Node struct {
	Name string
	Role Role
	// Pos is where the inventory first names the host.
	Pos Pos
	// Selected tells whether -l selects the node; all are without -l.
	Selected bool
	// PrivateIP is the host variable private_ip, the IPv4 address by which the
	// other nodes reach this one. "" leaves it to be discovered on the node.
	PrivateIP string
	SSH       SSH
	// Vars are all variables of the host, merged.
	Vars map[string]Value
}

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
	Password Secret
	// Local tells that commands run on this machine (ansible_connection=local).
	Local bool
	// Become tells whether to gain BecomeUser by sudo. Default: true, root.
	Become         bool
	BecomeUser     string
	BecomePassword Secret
	// ProxyJump is as in ssh_config: [user@]host[:port], several by commas.
	ProxyJump string
	// UserKnownHostsFile are absolute paths; empty means OpenSSH's default.
	UserKnownHostsFile []string
	// StrictHostKeyChecking is yes, no, ask, accept-new or off; "" is the default.
	StrictHostKeyChecking string
	// IdentitiesOnly tells to offer no keys but KeyFiles.
	IdentitiesOnly bool
}

// Cluster says which DC/OS cluster the inventory describes. Its error is a
// *multierror.Error of *Error, all that is wrong.
func (inv *Inventory) Cluster() (*Cluster, error) { panic("being written") }

// Bootstrap returns the bootstrap node.
func (c *Cluster) Bootstrap() *Node { panic("being written") }

// Masters returns the masters in inventory order.
func (c *Cluster) Masters() []*Node { panic("being written") }

// Agents returns the private agents, then the public ones.
func (c *Cluster) Agents() []*Node { panic("being written") }

// Node returns the node of that name, or nil.
func (c *Cluster) Node(name string) *Node { panic("being written") }

// ErrorAt is Inventory.ErrorAt.
func (c *Cluster) ErrorAt(pos Pos, message, hint string) *Error { return c.inv.ErrorAt(pos, message, hint) }

// CheckKeyFiles judges the key files of all nodes on this machine: missing,
// unreadable, or open to others. Its error is like that of Cluster.
func CheckKeyFiles(c *Cluster) error { panic("being written") }
