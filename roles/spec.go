package roles

import (
	"net/netip"
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

	// Address is the node's within the cluster; invalid if it is not known.
	Address netip.Addr

	// Cloud says that the node runs in a cloud, whose DHCP gives a machine the
	// same address for as long as it is there.
	Cloud bool

	// WorkDir is where Mesos keeps the tasks of an agent; "" is DC/OS's default.
	WorkDir string

	// SyncWait is how long a fix waits for the clock, in seconds; 0 is 60.
	SyncWait int

	// Policy is what a person changes about requirements and their limits.
	Policy Policy

	// Fixes says how the fixes do their work.
	Fixes Fixes
}

// DefaultWorkDir is DC/OS's mesos_agent_work_dir.
const DefaultWorkDir = "/var/lib/mesos/slave"

func (s Spec) workDir() string { return or(s.WorkDir, DefaultWorkDir) }

func (s Spec) agent() bool {
	return s.Role == inventory.RoleAgent || s.Role == inventory.RolePublicAgent
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
