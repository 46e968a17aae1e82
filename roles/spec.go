package roles

import (
	"slices"

	"dcosup/inventory"

	"github.com/hashicorp/go-version"
)

// Spec is what a node is wanted for. All but Role can be left at zero.
type Spec struct {
	Role    inventory.Role
	Version string // of DC/OS, e.g. "2.1.0"; "" if it is not known: then no version's needs are left out

	// SELinuxMode is enforcing, permissive or disabled; "" is permissive. A
	// fix never makes a node stricter than it is.
	SELinuxMode string

	// Ours says that a partial DC/OS on the node is our own run's, to be
	// continued, and no stranger's.
	Ours bool

	// Provided says that a bootstrap node has its install files already: the
	// space that it lacks may be what they take.
	Provided bool

	// AllowUnsynchronised makes an unsynchronised clock a warning, for
	// clusters with `check_time: false`.
	AllowUnsynchronised bool

	// EnableIPv6 is config.yaml's enable_ipv6; nil is its default, true.
	EnableIPv6 *bool

	// NTPServers are added to chrony's when the clock is not synchronised.
	NTPServers []string

	// SyncWait is how long a fix waits for the clock, in seconds; 0 is 60.
	SyncWait int

	// Limits are the sizes asked for; a zero field is the role's default.
	Limits Limits
}

// Limits are CPUs, and sizes in bytes. Less than wanted is a warning; less than
// a floor is a failure as long as DC/OS is not installed.
type Limits struct {
	CPUs        int
	Memory      int64 // wanted, of the whole memory
	MemoryFloor int64
	Disk        int64 // wanted, the size of the filesystem of /
	DiskFloor   int64 // free on it
	VarFree     int64 // wanted, free in /var
	VarFloor    int64
	OptFloor    int64 // free in /opt
}

const gb = 1000 * 1000 * 1000

// DefaultLimits returns the limits of a role. What is wanted are the vendor's
// numbers for production, read as decimal gigabytes, because a machine that is
// sold with 32 GB shows less than 32 GiB. The floors are ours and low, so that
// labs can be small: with less memory the Java services of a master (ZooKeeper,
// Marathon, Metronome, Cosmos) are killed soon after their start, with less disk the
// installer of up to 1.6 GB, its image and its packages do not fit.
func DefaultLimits(role inventory.Role) Limits {
	switch role {
	case inventory.RoleBootstrap:
		return Limits{CPUs: 2, Memory: 16 * gb, MemoryFloor: gb / 2, Disk: 60 * gb, DiskFloor: 5 * gb, OptFloor: 5 * gb}
	case inventory.RoleMaster:
		return Limits{CPUs: 4, Memory: 32 * gb, MemoryFloor: gb, Disk: 120 * gb, DiskFloor: 4 * gb,
			VarFree: 20 * gb, VarFloor: 2 * gb, OptFloor: 2 * gb}
	}
	return Limits{CPUs: 2, Memory: 16 * gb, MemoryFloor: gb, Disk: 60 * gb, DiskFloor: 4 * gb,
		VarFree: 20 * gb, VarFloor: 2 * gb, OptFloor: 2 * gb}
}

// limits are the Spec's own where given, else the role's.
func (s Spec) limits() Limits {
	l, d := s.Limits, DefaultLimits(s.Role)
	return Limits{
		CPUs:        or(l.CPUs, d.CPUs),
		Memory:      or(l.Memory, d.Memory),
		MemoryFloor: or(l.MemoryFloor, d.MemoryFloor),
		Disk:        or(l.Disk, d.Disk),
		DiskFloor:   or(l.DiskFloor, d.DiskFloor),
		VarFree:     or(l.VarFree, d.VarFree),
		VarFloor:    or(l.VarFloor, d.VarFloor),
		OptFloor:    or(l.OptFloor, d.OptFloor),
	}
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (s Spec) syncWait() int { return or(s.SyncWait, 60) }

// clusterNode says whether the node becomes part of the cluster: a bootstrap
// node does not.
func (s Spec) clusterNode() bool { return slices.Contains(clusterRoles, s.Role) }

// within says whether from ≤ the wanted DC/OS < before. A bound of "" is none; an
// unknown version is within all.
func (s Spec) within(from, before string) bool {
	v, err := version.NewVersion(s.Version)
	if err != nil {
		return true
	}
	v = v.Core() // 2.1.0-dev has what 2.1.0 has
	if from != "" && v.LessThan(version.Must(version.NewVersion(from))) {
		return false
	}
	return before == "" || v.LessThan(version.Must(version.NewVersion(before)))
}

var clusterRoles = []inventory.Role{inventory.RoleMaster, inventory.RoleAgent, inventory.RolePublicAgent}
