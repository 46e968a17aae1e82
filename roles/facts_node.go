package roles

import (
	"net/netip"
	"strings"
	"time"
)

// Mount is a mounted filesystem.
type Mount struct {
	Point   string
	Type    string // e.g. "xfs"
	Options []string
	// FileTypes says whether XFS tells the types of files (ftype): "1", "0", or
	// "?" where nobody could tell; "" on other filesystems.
	FileTypes string
}

// Mount returns the filesystem that holds path, one of those in f.Mounts. The
// zero Mount stands for one that is not known.
func (f Facts) Mount(path string) Mount {
	var held Mount
	for _, m := range f.Mounts {
		below := path == m.Point || strings.HasPrefix(path, strings.TrimSuffix(m.Point, "/")+"/")
		if below && len(m.Point) >= len(held.Point) { // of two at one point, the later hides the other
			held = m
		}
	}
	return held
}

// Inodes are the files that a filesystem can hold; Total is 0 on one that makes
// room for them as it goes, as btrfs does.
type Inodes struct {
	Path        string
	Total, Free int64
}

// Settings are those of the kernel and of the distribution.
type Settings struct {
	Language       string   // LC_ALL, else LANG, of new sessions; "" if nothing is set
	Swaps          []string // devices and files
	Modules        []string // of raid1 and dm_raid, those that the kernel has
	Cgroups        int      // version of the control groups: 1, 2, or 0 if not known
	NoKernelMemory bool     // booted with cgroup.memory=nokmem
	SortsVersions  bool     // `sort -V` works
	AptUpgrades    bool     // apt installs upgrades by itself
	OptMesosphere  string   // /opt/mesosphere is absent, empty, full, dangling (a link to nowhere) or other (no directory)
}

// Names are what name services answered on the node.
type Names struct {
	// Hostname are the addresses of the node's own name; nil if it has none.
	Hostname []netip.Addr
	// HostnameUnasked says that there was nothing to ask with.
	HostnameUnasked bool
	Resolvers       []Resolver // in the order of Questions
}

// Resolver is a DNS server, and what it answered.
type Resolver struct {
	Server string // ADDRESS:PORT
	Answer string // the code of its answer in hex, "0" to "f"; "silent"; "unasked" if there was nothing to ask with
}

// Clock is the node's clock when the probe began and when it ended; zero if it
// was not told.
type Clock struct {
	Begin, End time.Time
	Coarse     time.Duration // how much later it can have been than told: a second where there are no fractions
}
