package roles

import (
	"fmt"
	"strconv"
	"strings"
)

// machineRequirements concern what a person must change: no fix makes a machine
// larger.
func machineRequirements() []Requirement {
	return []Requirement{
		{
			ID: "root", Title: "Commands run as root", Severity: Fail,
			Why: "Everything that installs DC/OS writes to system directories and starts services.",
			satisfied: func(f Facts, _ Spec) Verdict {
				return Verdict{OK: f.UID == 0, Found: fmt.Sprintf("user id %d", f.UID), Need: "user id 0",
					Hint: "log in as root, or let the user become root by sudo (-b, and -K if sudo asks for a password)"}
			},
		},
		{
			ID: "arch", Title: "The processor is x86_64", Severity: Fail,
			Why: "DC/OS is built for x86_64 only.",
			satisfied: func(f Facts, _ Spec) Verdict {
				return Verdict{OK: f.Arch == "x86_64", Found: f.Arch, Need: "x86_64",
					Hint: "use a machine with an x86_64 processor"}
			},
		},
		{
			ID: "distribution", Title: "The distribution is one that DC/OS was made for", Severity: Warn,
			Why:       "Others can work, but nobody tested DC/OS on them.",
			satisfied: judgeDistribution,
		},
		{
			ID: "kernel", Title: "The kernel is 3.10 or newer", Severity: Fail,
			Why: "Docker and the isolation of Mesos need its namespaces and cgroups.",
			satisfied: func(f Facts, _ Spec) Verdict {
				return Verdict{OK: atLeast(f.Kernel, 3, 10), Found: f.Kernel, Need: "3.10 or newer",
					Hint: "upgrade the kernel and reboot, or use a newer distribution"}
			},
		},
		{
			ID: "systemd", Title: "systemd runs the node, in version 200 or newer", Severity: Fail,
			Why:       "DC/OS is a set of systemd units; its installer refuses an older systemd.",
			satisfied: judgeSystemd,
		},
		{
			ID: "cpus", Title: "There are enough processors", Severity: Warn,
			Why: "With fewer the services of DC/OS start slowly, and some give up.",
			satisfied: func(f Facts, s Spec) Verdict {
				want := s.limits().CPUs
				return Verdict{OK: f.CPUs >= want, Found: strconv.Itoa(f.CPUs), Need: strconv.Itoa(want),
					Hint: "fine for a trial; for real work give the machine more processors"}
			},
		},
		{
			ID: "memory", Title: "There is enough memory", Severity: Fail,
			Why: "The kernel kills the services of DC/OS when memory runs out.",
			satisfied: func(f Facts, s Spec) Verdict {
				l := s.limits()
				return enough(sizes{found: f.Memory.Total, want: l.Memory, below: f.Memory.Total, floor: l.MemoryFloor}, f, s,
					"give the machine more memory")
			},
		},
		{
			ID: "writable", Title: "/etc, /opt and /var/lib can be written", Severity: Fail,
			Why: "DC/OS is installed into /opt, and keeps its settings and its state in the others.",
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
			Why: "DC/OS, its packages and the images of Docker need the space.",
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
			Why: "Tasks, their logs and images, and ZooKeeper's snapshots are kept there.",
			satisfied: func(f Facts, s Spec) Verdict {
				l := s.limits()
				d, _ := f.Disk("/var")
				return enough(sizes{found: d.Free, want: l.VarFree, below: d.Free, floor: l.VarFloor}, f, s,
					"free space in /var, or give it a filesystem of its own")
			},
		},
		{
			ID: "disk-opt", Title: "There is enough free space in /opt", Severity: Fail,
			Why: "The bootstrap node keeps the release and the install files there, the others DC/OS itself.",
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

// supported are the distributions of the vendor's version policy, for any DC/OS
// from 1.11 on: id and major version, or id alone.
var supported = map[string]bool{
	"centos 7": true, "centos 8": true, "rhel 7": true, "rhel 8": true, "ol 7": true,
	"ubuntu 16": true, "ubuntu 18": true, "coreos": true, "flatcar": true,
}

func judgeDistribution(f Facts, _ Spec) Verdict {
	major, _, _ := strings.Cut(f.OS.Version, ".")
	v := Verdict{OK: supported[f.OS.ID+" "+major] || supported[f.OS.ID],
		Found: orNone(f.OS.Pretty, "no /etc/os-release"), Need: "CentOS, RHEL or Oracle Linux 7 or 8, or Flatcar",
		Hint: "it may work; try it with one node first"}
	if f.OS.Manager == "" && f.OS.Family != FamilyFlatcar {
		v.Hint = "there is no package manager that fixes could use: install what is missing yourself"
	}
	return v
}

func judgeSystemd(f Facts, s Spec) Verdict {
	v := Verdict{Found: strconv.Itoa(f.Systemd.Version), Need: "218 or newer, running"}
	switch {
	case f.Systemd.Version == 0:
		v.Found, v.Hint = "none", "use a distribution whose init is systemd"
	case !f.Systemd.Running():
		v.Found += ", but it is not the init"
		v.Hint = "boot the node with systemd"
	case f.Systemd.Version < 200:
		v.Hint = "use a newer distribution"
	case f.Systemd.Version < 218 && s.clusterNode():
		v.Mild, v.Hint = true, "DC/OS runs, but its upgrades will end the tasks of the node: use a newer distribution"
	default:
		v.OK = true
	}
	return v
}

// atLeast compares the first two numbers of a version such as
// "3.10.0-1160.el7.x86_64" or "1:20.10.24+dfsg1".
func atLeast(version string, major, minor int) bool {
	if _, rest, found := strings.Cut(version, ":"); found {
		version = rest
	}
	parts := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) == 0 {
		return false
	}
	numbers := [2]int{}
	for i := range min(2, len(parts)) {
		numbers[i], _ = strconv.Atoi(parts[i])
	}
	return numbers[0] > major || numbers[0] == major && numbers[1] >= minor
}
