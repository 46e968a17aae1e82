package roles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// machineRequirements concern what a person must change: no fix makes a machine
// larger.
func machineRequirements() []Requirement {
	return []Requirement{
		{
			ID: "root", Title: "Commands run as root", Severity: Fail,
			Why:   "Everything that installs DC/OS writes to system directories and starts services.",
			Probe: "`id -u`",
			satisfied: func(f Facts, _ Spec) Verdict {
				return Verdict{OK: f.UID == 0, Found: fmt.Sprintf("user id %d", f.UID), Need: "user id 0",
					Hint: "log in as root, or let the user become root by sudo (-b, and -K if sudo asks for a password)"}
			},
		},
		{
			ID: "arch", Title: "The processor is x86_64", Severity: Fail,
			Why:   "DC/OS is built for x86_64 only.",
			Probe: "`uname -m`",
			satisfied: func(f Facts, _ Spec) Verdict {
				return Verdict{OK: f.Arch == "x86_64", Found: f.Arch, Need: "x86_64",
					Hint: "use a machine with an x86_64 processor"}
			},
		},
		{
			ID: "distribution", Title: "The distribution is one that DC/OS was made for", Severity: Warn,
			Why:       "Others can work, but nobody tested DC/OS on them.",
			Probe:     "/etc/os-release",
			satisfied: judgeDistribution,
		},
		{
			ID: "kernel", Title: "The kernel is 3.10 or newer", Severity: Fail,
			Why:   "Docker and the isolation of Mesos need its namespaces and cgroups.",
			Probe: "`uname -r`",
			satisfied: func(f Facts, s Spec) Verdict {
				oldest := s.limits().Kernel
				return Verdict{OK: !older(f.Kernel, oldest), Found: f.Kernel, Need: oldest + " or newer",
					Hint: "upgrade the kernel and reboot, or use a newer distribution"}
			},
		},
		{
			ID: "systemd", Title: "systemd runs the node, in version 200 or newer", Severity: Fail,
			Why:       "DC/OS is a set of systemd units; its installer refuses an older systemd.",
			Probe:     "`systemctl --version`, `systemctl is-system-running`",
			satisfied: judgeSystemd,
		},
		{
			ID: "cpus", Title: "There are enough processors", Severity: Warn,
			Why:   "With fewer the services of DC/OS start slowly, and some give up.",
			Probe: "/proc/cpuinfo",
			satisfied: func(f Facts, s Spec) Verdict {
				want := s.limits().CPUs
				return Verdict{OK: f.CPUs >= want, Found: strconv.Itoa(f.CPUs), Need: strconv.Itoa(want),
					Hint: "fine for a trial; for real work give the machine more processors"}
			},
		},
		{
			ID: "memory", Title: "There is enough memory", Severity: Fail,
			Why:   "The kernel kills the services of DC/OS when memory runs out.",
			Probe: "/proc/meminfo",
			satisfied: func(f Facts, s Spec) Verdict {
				l := s.limits()
				return enough(sizes{found: f.Memory.Total, want: l.Memory, below: f.Memory.Total, floor: l.MemoryFloor}, f, s,
					"give the machine more memory")
			},
		},
		{
			ID: "writable", Title: "/etc, /opt and /var/lib can be written", Severity: Fail,
			Why:   "DC/OS is installed into /opt, and keeps its settings and its state in the others.",
			Probe: "trying the permission to write",
			satisfied: func(f Facts, _ Spec) Verdict {
				if f.UID != 0 {
					return Verdict{OK: true, Found: "not known: not root", Need: "writable"} // which is a finding of its own
				}
				return Verdict{OK: len(f.ReadOnly) == 0, Found: orNone(strings.Join(f.ReadOnly, ", "), "writable") + readOnly(f), Need: "writable",
					Hint: "mount them read-write; a disk that turned read-only by itself is damaged: see dmesg"}
			},
		},
		{
			ID: "disk-root", Title: "The disk is large enough", Severity: Fail,
			Why:   "DC/OS, its packages and the images of Docker need the space.",
			Probe: "`df`",
			satisfied: func(f Facts, s Spec) Verdict {
				l := s.limits()
				d, _ := f.Disk("/")
				v := enough(sizes{found: d.Total, want: l.Disk, below: d.Free, floor: l.DiskFloor}, f, s,
					"enlarge the filesystem of /, or free space on it")
				v.Found += fmt.Sprintf(", %s free", size(d.Free))
				return v
			},
		},
		{
			ID: "disk-var", Title: "There is enough free space in /var", Severity: Fail, Roles: clusterRoles,
			Why:   "Tasks, their logs and images, and ZooKeeper's snapshots are kept there.",
			Probe: "`df`",
			satisfied: func(f Facts, s Spec) Verdict {
				l := s.limits()
				d, _ := f.Disk("/var")
				return enough(sizes{found: d.Free, want: l.VarFree, below: d.Free, floor: l.VarFloor}, f, s,
					"free space in /var, or give it a filesystem of its own")
			},
		},
		{
			ID: "disk-opt", Title: "There is enough free space in /opt", Severity: Fail,
			Why:   "The bootstrap node keeps the release and the install files there, the others DC/OS itself.",
			Probe: "`df`",
			satisfied: func(f Facts, s Spec) Verdict {
				l := s.limits()
				d, _ := f.Disk("/opt")
				return enough(sizes{found: d.Free, want: l.OptFloor, below: d.Free, floor: l.OptFloor}, f, s,
					"free space in /opt, or give it a filesystem of its own")
			},
		},
	}
}

func readOnly(f Facts) string {
	if len(f.ReadOnly) == 0 {
		return ""
	}
	return " read-only"
}

// sizes compares found with want, and below with floor.
type sizes struct{ found, want, below, floor int64 }

// enough makes less than wanted a warning, and less than the floor a failure,
// unless DC/OS or its install files are there: then the space went to what it
// was meant for.
func enough(s sizes, f Facts, spec Spec, hint string) Verdict {
	v := Verdict{OK: s.found >= s.want, Mild: true, Found: size(s.found), Need: size(s.want),
		Hint: "fine for a trial; for real work " + hint}
	if s.below < s.floor && f.DCOS.State != DCOSInstalled && !spec.Provided {
		return Verdict{Found: size(s.found), Need: fmt.Sprintf("%s, at the least %s free", size(s.want), size(s.floor)), Hint: hint}
	}
	return v
}

// distribution is one of the vendor's version policy: id and major version, or
// id alone, and the versions of DC/OS that name it.
type distribution struct{ name, from, before string }

var supported = []distribution{
	{name: "centos 7"}, {name: "rhel 7"},
	{name: "centos 8", from: "1.13"}, {name: "rhel 8", from: "1.13"},
	{name: "ol 7", from: "1.13", before: "2.0"},
	{name: "ubuntu 16", from: "1.13", before: "2.1"}, {name: "ubuntu 18", from: "1.13", before: "2.1"},
	{name: "coreos", before: "2.0"}, {name: "flatcar", from: "2.1"},
}

func judgeDistribution(f Facts, s Spec) Verdict {
	major, _, _ := strings.Cut(f.OS.Version, ".")
	v := Verdict{Found: orNone(f.OS.Pretty, "no /etc/os-release"), Need: "CentOS or RHEL 7 or 8, or Flatcar",
		Hint: "it may work; try it with one node first"}
	for _, d := range supported {
		if d.name != f.OS.ID && d.name != f.OS.ID+" "+major {
			continue
		}
		if v.OK = s.within(d.from, d.before); !v.OK {
			v.Hint = "DC/OS is made for it " + bounds(d.from, d.before) + ": " + v.Hint
		}
	}
	if f.OS.Manager == "" && f.OS.Family != FamilyFlatcar {
		v.Hint = "there is no package manager that fixes could use: install what is missing yourself"
	}
	return v
}

// bounds says from which version on and before which one.
func bounds(from, before string) string {
	return strings.TrimPrefix(ifText(from != "", "from "+from)+ifText(before != "", ", before "+before), ", ")
}

func judgeSystemd(f Facts, s Spec) Verdict {
	oldest := s.limits().Systemd
	v := Verdict{Found: strconv.Itoa(f.Systemd.Version), Need: strconv.Itoa(max(oldest, 218)) + " or newer, running"}
	switch {
	case f.Systemd.Version == 0:
		v.Found, v.Hint = "none", "use a distribution whose init is systemd"
	case !f.Systemd.Running():
		v.Found += ", but it is not the init"
		v.Hint = "boot the node with systemd"
	case f.Systemd.Version < oldest:
		v.Hint = "use a newer distribution"
	case f.Systemd.Version < 218 && s.clusterNode():
		v.Mild, v.Hint = true, "DC/OS runs, but its upgrades will end the tasks of the node: use a newer distribution"
	default:
		v.OK = true
	}
	return v
}

// older compares as many numbers of a version, such as "3.10.0-1160.el7.x86_64" or
// "1:20.10.24+dfsg1", as the bound has. One without any number is older than all.
func older(version, bound string) bool {
	have, want := numbers(version), numbers(bound)
	if len(have) == 0 {
		return true
	}
	for len(have) < len(want) {
		have = append(have, 0)
	}
	return slices.Compare(have[:len(want)], want) < 0
}

// numbers are those of a version, without its epoch.
func numbers(version string) []int {
	if _, rest, found := strings.Cut(version, ":"); found {
		version = rest
	}
	var found []int
	for _, digits := range strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.Atoi(digits)
		found = append(found, n)
	}
	return found
}
