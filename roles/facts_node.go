package roles

import (
	"net/netip"
	"slices"
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

// Reboot is what a reboot would change, and whether the node waits for one.
type Reboot struct {
	// Boot stands for the time from one boot to the next. No two machines, or
	// containers of one machine, have the same.
	Boot     string
	Required bool     // the distribution says that the node waits for a reboot
	Packages []string // because of these, as far as it says so
	Kernels  []string // that are installed, as `uname -r` would tell them
	Modules  bool     // the running kernel's are on the disk

	// Arguments are those of the running kernel, of those that a requirement asks
	// for; NextArguments, those of any kernel that the boot loader has, where it
	// could be read.
	Arguments     []string
	NextKnown     bool
	NextArguments []string
}

// Change is a thing that a fix has changed, and that RestoreScript puts back.
type Change struct {
	Kind string // file, directory, unit, group, package, setting, selinux, ufw; copy: of a file, by an older version
	Key  string // path or name
}

// String names the thing.
func (c Change) String() string {
	switch c.Kind {
	case "group", "package", "directory":
		return "the " + c.Kind + " " + c.Key
	case "selinux":
		return "SELinux's mode"
	case "ufw":
		return "ufw"
	case "copy":
		return "a copy of an older dcosup, " + c.Key
	}
	return c.Key
}

// ToPutBack are the changes but for packages, which stay, and directories, which
// were made for files: unless nothing but directories is left.
func (f Facts) ToPutBack() []Change {
	without := func(all []Change, kind string) []Change {
		return slices.DeleteFunc(slices.Clone(all), func(c Change) bool { return c.Kind == kind })
	}
	all := without(f.Changes, "package")
	if files := without(all, "directory"); len(files) > 0 {
		return files
	}
	return all
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
