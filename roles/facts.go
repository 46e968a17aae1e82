package roles

import (
	"net/netip"
	"slices"
)

// Family is a group of distributions that share a package manager and its
// package names.
type Family string

// The families that a node can belong to. Fixes that install packages exist for
// Debian and RedHat; a node of another family is judged all the same.
const (
	FamilyDebian  Family = "Debian"
	FamilyRedHat  Family = "RedHat"
	FamilyFlatcar Family = "Flatcar"
	FamilyOther   Family = "Other"
)

// Facts is all that one probe found on a node. Sizes are in bytes. A field that
// the node could not tell has its zero value.
type Facts struct {
	Hostname string
	UID      int // effective user id of the probe; 0 is root
	OS       OS
	DMI      DMI
	Arch     string // as `uname -m` says, e.g. x86_64
	Kernel   string // as `uname -r` says
	Systemd  Systemd
	CPUs     int
	Memory   Memory
	Disks    []Disk   // of /, /var, /var/lib, /opt, /tmp and the like, in the probe's order
	Mounts   []Mount  // the filesystems that can hold /tmp, DC/OS's and Docker's directories
	Inodes   []Inodes // of /var and /opt
	Network  Network
	Docker   Docker
	Overlay  bool // the kernel lists the overlay filesystem
	Time     Time
	Commands map[string]bool    // command name → found in root's PATH
	SELinux  SELinux            // zero where the kernel has none
	Services map[string]Service // firewalld, ufw, dnsmasq, systemd-resolved
	Groups   map[string]bool    // group name → exists; only nogroup and docker are asked
	Sockets  []Socket           // local listening sockets, by protocol, port and address

	// Connections are those of this node on the ports on which DC/OS's installer
	// would take them for a clash.
	Connections []Connection
	DCOS        DCOS
	Jobs        []string // names under /var/lib/dcosup/jobs

	Settings Settings
	Reboot   Reboot
	Changes  []Change // what fixes have changed, in their order
	Names    Names
	Clock    Clock

	ReadOnly    []string // of /etc, /opt and /var/lib, those that cannot be written
	PackageLock bool     // a package manager holds its lock now
}

// OS says which distribution a node runs, from /etc/os-release.
type OS struct {
	ID      string // e.g. "centos"
	Version string // VERSION_ID, e.g. "7"
	Like    string // ID_LIKE
	Pretty  string // e.g. "CentOS Linux 7 (Core)"
	Family  Family // derived from ID and Like
	Manager string // "apt-get", "dnf", "yum", or "" when there is none

	Codename string // e.g. "bookworm"; of a derivative, its own
	Origin   string // the codename of the Ubuntu or Debian that it derives from, where it says so
}

// DMI is what the firmware says of the machine: the files of /sys/class/dmi/id with these names. Each is "" where there
// is no such file, or none that can be read.
type DMI struct {
	Vendor         string // sys_vendor
	Product        string // product_name
	ProductVersion string // product_version
	BIOSVersion    string // bios_version
	AssetTag       string // chassis_asset_tag
}

// Systemd describes the node's first process.
type Systemd struct {
	Version int    // 0: no systemctl
	State   string // `systemctl is-system-running`: running, degraded, …; "" if it is not the init
}

// Running says whether systemd is the node's init and answers.
func (s Systemd) Running() bool { return s.State != "" && s.State != "offline" && s.State != "unknown" }

// Memory is in bytes, as /proc/meminfo tells it.
type Memory struct {
	Total, Available int64
}

// Disk is the filesystem that holds a path.
type Disk struct {
	Path        string // the path asked for, or its nearest existing parent's answer
	Total, Free int64  // bytes; Free is what root can use without the reserve
	FSType      string // e.g. "xfs"
}

// Disk returns the filesystem that holds path, one of those in f.Disks.
func (f Facts) Disk(path string) (Disk, bool) {
	i := slices.IndexFunc(f.Disks, func(d Disk) bool { return d.Path == path })
	if i < 0 {
		return Disk{}, false
	}
	return f.Disks[i], true
}

// Network is what the node knows of its own addresses.
type Network struct {
	Addresses     []netip.Addr // all but loopback and link-local
	DefaultSource netip.Addr   // source address of the default route; invalid when there is none
	DefaultDevice string       // interface of the default route; "" when there is none
	Gateway       string       // next hop of the default route, an IPv4 address; "" when there is none
	Leased        []netip.Addr // of Addresses, those that a lease gave, by DHCP or router advertisement
	IPv6          string       // "on", "off" (disable_ipv6 is 1 for all interfaces) or "absent" from the kernel
}

// Docker describes the node's container engine.
type Docker struct {
	Installed    bool     // a docker command is in PATH, and it is Docker's
	Podman       bool     // the package with Podman's imitation of the command is installed
	Package      string   // installed package that owns the engine, e.g. "docker.io"
	Repos        []string // enabled repositories that have, or may have, an engine
	Running      bool     // the daemon answers
	Enabled      bool     // docker.service starts at boot
	Version      string   // the daemon's, e.g. "20.10.24"
	Client       string   // the command's; "" when the daemon does not run
	Containerd   string   // version and release of its package, "" if it is no package of its own
	Driver       string   // storage driver, e.g. "overlay2"
	DataFile     string   // devicemapper's data file; a /dev/loop* one is a hard stop for DC/OS
	BackingFS    string   // e.g. "extfs", "xfs"
	SupportsType string   // "Supports d_type": "true", "false" or ""
	Root         string   // e.g. "/var/lib/docker"
	CgroupDriver string   // "cgroupfs", "systemd", or "none" for one that runs without root
	LiveRestore  bool
	Images       int
	Containers   int

	// Config is /etc/docker/daemon.json with its newlines made blanks. It can
	// hold a proxy's password, so it is not for showing.
	Config string `json:"-"`
}

// Time describes how the node keeps its clock.
type Time struct {
	Services []TimeService // those that are installed

	// Daemon says that a time service follows a source; Kernel that the
	// kernel calls its clock synchronised, which is what DC/OS itself asks.
	Daemon, Kernel bool
	Source         string  // whom the service follows, when it says so
	Offset         float64 // seconds, the size of the last known error
}

// TimeService is one installed NTP client.
type TimeService struct {
	Unit            string // chrony, chronyd, ntp, ntpd, ntpsec, systemd-timesyncd
	Active, Enabled bool
}

// SELinux describes the node's SELinux; Mode is "" where there is none.
type SELinux struct {
	Mode   string // now: "Enforcing", "Permissive", "Disabled"
	Policy string // loaded policy, e.g. "targeted"
	Config string // SELINUX= of /etc/selinux/config: the mode after a reboot
}

// Service is the state of a systemd unit.
type Service struct {
	Active, Enabled bool
}

// Socket is a local socket that waits for traffic.
type Socket struct {
	Proto   string // "tcp" or "udp"
	Port    int
	Address netip.Addr
	Owner   string // "name/pid" of the holder, when it can be told
}

// Connection is a socket that does not listen.
type Connection struct {
	Port   int  // the node's own
	Ending bool // it is closed, and goes within a minute or two
}

// State says how much of DC/OS a node has.
type State string

// The states of a node.
const (
	DCOSAbsent    State = "absent"
	DCOSPartial   State = "partial" // traces, but no finished installation
	DCOSInstalled State = "installed"
)

// DCOS describes the DC/OS found on a node.
type DCOS struct {
	State         State
	Version       string   // of /opt/mesosphere/etc/dcos-version.json
	ImageCommit   string   // same file
	Variant       string   // same file: "open", "enterprise" or ""
	Roles         []string // names in /etc/mesosphere/roles: master, slave, slave_public
	RepositoryURL string   // the bootstrap_url that it was installed from
	PackageList   string   // id of its cluster package list
	Setup         string   // ActiveState of dcos-setup.service: active, activating, failed, …
	Traces        []string // paths that DC/OS leaves, found on this node
}
