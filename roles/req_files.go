package roles

import (
	"fmt"
	"slices"
	"strings"
)

// fileRequirements concern filesystems, beyond their sizes.
func fileRequirements() []Requirement {
	return []Requirement{
		{
			ID: "inodes", Title: "There is room for enough files in /var and /opt", Severity: Fail,
			Why:       "DC/OS and the images of Docker are hundreds of thousands of files; a filesystem can be out of inodes while it has space.",
			Probe:     "`df -i`",
			satisfied: judgeInodes,
		},
		{
			ID: "xfs-ftype", Title: "XFS filesystems of Docker and of Mesos know the types of files", Severity: Fail,
			Why:   "On XFS that was made without ftype=1, overlay loses files; DC/OS's installer refuses such an agent.",
			Probe: "`xfs_info`, of the filesystems of Docker's root and, on agents, of mesos_agent_work_dir",
			satisfied: func(f Facts, s Spec) Verdict {
				paths := []string{or(f.Docker.Root, "/var/lib/docker")}
				if s.agent() {
					paths = append(paths, s.workDir())
				}
				return judgeFileTypes(f, paths, s.agent())
			},
		},
		{
			ID: "dcos-exec", Title: "Programs can be run from DC/OS's directories", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS runs its programs from /opt/mesosphere, unpacks libraries in /var/lib/dcos/exec, and tasks run in Mesos' work directory.",
			Probe: "/proc/mounts",
			satisfied: func(f Facts, s Spec) Verdict {
				v := Verdict{OK: true, Found: "no noexec", Need: "no noexec"}
				var points []string
				for _, path := range []string{"/opt/mesosphere", "/var/lib/dcos/exec", s.workDir()} {
					if m := f.Mount(path); slices.Contains(m.Options, "noexec") && !slices.Contains(points, m.Point) {
						points = append(points, m.Point)
					}
				}
				if points != nil {
					v.OK, v.Found = false, strings.Join(points, ", ")+" mounted noexec"
					v.Hint = "take noexec out of the mount options (in /etc/fstab), then `mount -o remount,exec " + points[0] + "`"
				}
				return v
			},
		},
		{
			ID: "opt-mesosphere", Title: "/opt/mesosphere is free, or an empty directory", Severity: Fail, Roles: clusterRoles, fresh: true,
			Why:   "DC/OS is installed there; a link to an empty directory elsewhere is good too.",
			Probe: "looking at it",
			satisfied: func(f Facts, _ Spec) Verdict {
				v := Verdict{OK: true, Found: or(f.Settings.OptMesosphere, "absent"), Need: "absent, an empty directory, or a link to one"}
				switch f.Settings.OptMesosphere {
				case "dangling":
					v.OK, v.Found, v.Hint = false, "a link to nowhere", "make the directory that it points to, or remove the link"
				case "other":
					v.OK, v.Found, v.Hint = false, "no directory", "move it away"
				case "full":
					v.Found = "a directory with something in it" // see no-earlier-dcos
				}
				return v
			},
		},
	}
}

// judgeInodes counts the least of the filesystems.
func judgeInodes(f Facts, s Spec) Verdict {
	l := s.limits()
	v := Verdict{OK: true, Found: "not told", Need: fmt.Sprintf("%d free", l.Inodes)}
	least := int64(-1)
	for _, i := range f.Inodes {
		if i.Total > 0 && (least < 0 || i.Free < least) {
			least, v.Found = i.Free, fmt.Sprintf("%d free in %s", i.Free, i.Path)
		}
	}
	if least < 0 || least >= l.Inodes {
		return v
	}
	v.OK, v.Mild = false, least >= l.InodesFloor || f.DCOS.State == DCOSInstalled || s.Provided
	v.Hint = "remove what has very many small files (old images, caches, mail), or make the filesystem anew with more inodes"
	return v
}

// judgeFileTypes takes a type that nobody tells for a wrong one where DC/OS's
// installer asks: it does so too.
func judgeFileTypes(f Facts, paths []string, asked bool) Verdict {
	v := Verdict{OK: true, Found: "no XFS", Need: "ftype=1"}
	for _, path := range paths {
		m := f.Mount(path)
		switch m.FileTypes {
		case "1":
			v.Found = "ftype=1"
		case "0":
			return Verdict{Found: "ftype=0 at " + m.Point, Need: v.Need,
				Hint: "it cannot be changed in place: save what is in it, then mkfs.xfs -n ftype=1; or give " + path + " a filesystem of its own"}
		case "?":
			return Verdict{Mild: !asked, Found: "XFS at " + m.Point + ", whose ftype nobody tells", Need: v.Need,
				Hint: "install xfsprogs, or look yourself: xfs_info " + m.Point}
		}
	}
	return v
}
