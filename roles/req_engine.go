package roles

import (
	"slices"
	"strings"
)

// engineRequirements concern which Docker it is, beyond what DC/OS's installer
// asks. Where Docker does not run yet, they are asked again once it does.
func engineRequirements() []Requirement {
	return []Requirement{
		{
			ID: "docker-client", Title: "Docker's command and its daemon are of one version", Severity: Warn,
			Why:       "Two versions are two packages: an upgrade went half-way, or a second Docker is in the PATH.",
			Probe:     "`docker --version`, `docker info`",
			satisfied: whenRunning(judgeDockerClient),
		},
		{
			ID: "docker-kmem", Title: "Docker does not leak kernel memory", Severity: Warn, Families: []Family{FamilyRedHat},
			Why: "Docker 17.06 to 18.09.0 switch on kernel memory accounting, which is broken in the 3.10 kernels of version 7: " +
				"after some weeks no container can be started.",
			Probe:     "`docker info`, `uname -r`, /proc/cmdline",
			satisfied: whenRunning(judgeKernelMemory),
		},
		{
			ID: "containerd-version", Title: "containerd is none of those known to be bad", Severity: Warn, Families: []Family{FamilyRedHat},
			Why:   "containerd.io 1.2.10 brings the same leak of kernel memory to version 7 with any Docker.",
			Probe: "`rpm -q`",
			satisfied: func(f Facts, _ Spec) Verdict {
				v := Verdict{OK: true, Found: orNone(f.Docker.Containerd, "no package of its own"), Need: "not 1.2.10 on version 7"}
				if brokenAccounting(f) && (f.Docker.Containerd == "1.2.10" || strings.HasPrefix(f.Docker.Containerd, "1.2.10-")) {
					v.OK, v.Hint = false, "install another containerd.io, such as 1.2.6, or one newer than 1.2.10"
				}
				return v
			},
		},
		{
			ID: "docker-cgroup-driver", Title: "Docker has control groups", Severity: Warn,
			Why:   "A Docker that runs without root has none, and the limits of containers do not hold.",
			Probe: "`docker info`",
			satisfied: whenRunning(func(f Facts) Verdict {
				driver := f.Docker.CgroupDriver // old versions do not tell
				return Verdict{OK: driver == "" || driver == "cgroupfs" || driver == "systemd", Found: orNone(driver, "not told"), Need: "cgroupfs or systemd",
					Hint: "let Docker run as root: its rootless mode is not for DC/OS"}
			}),
		},
		{
			ID: "docker-backing-fs", Title: "overlay2 has a filesystem below it that it works on", Severity: Warn,
			Why:   "overlay2 is made for ext4 and XFS; on others it fails, or is slow.",
			Probe: "`docker info`",
			satisfied: whenRunning(func(f Facts) Verdict {
				d := f.Docker
				v := Verdict{OK: true, Found: orNone(d.BackingFS, "not told"), Need: "ext4 or XFS"}
				if strings.HasPrefix(d.Driver, "overlay") && d.BackingFS != "" && !slices.Contains([]string{"extfs", "xfs", "<unknown>"}, d.BackingFS) {
					v.OK, v.Hint = false, "give "+or(d.Root, "/var/lib/docker")+" a filesystem of its own, ext4 or XFS"
				}
				return v
			}),
		},
	}
}

// whenRunning asks only a Docker that runs: one that does not is a finding of
// its own.
func whenRunning(judge func(Facts) Verdict) func(Facts, Spec) Verdict {
	return func(f Facts, _ Spec) Verdict {
		if !f.Docker.Running {
			return Verdict{OK: true, Found: "not known until Docker runs"}
		}
		return judge(f)
	}
}

func judgeDockerClient(f Facts) Verdict {
	v := Verdict{OK: f.Docker.Client == "" || f.Docker.Client == f.Docker.Version, Found: f.Docker.Version, Need: "the same"}
	if !v.OK {
		v.Found = "command " + f.Docker.Client + ", daemon " + f.Docker.Version
		v.Hint = "restart Docker if it was upgraded under the running daemon; else remove the one that DC/OS shall not use"
	}
	return v
}

func judgeKernelMemory(f Facts) Verdict {
	v := Verdict{OK: true, Found: f.Docker.Version, Need: "not 17.06 to 18.09.0, on 3.10 kernels"}
	if brokenAccounting(f) && leaksKernelMemory(f.Docker.Version) {
		v.OK, v.Found = false, f.Docker.Version+", kernel "+f.Kernel
		v.Hint = "install Docker 18.09.1 or newer; or, with kernel 3.10.0-1062.4.1 or newer, boot with cgroup.memory=nokmem"
	}
	return v
}

// brokenAccounting knows the kernels whose accounting of kernel memory leaks,
// unless it is switched off.
func brokenAccounting(f Facts) bool {
	return f.OS.Family == FamilyRedHat && major(f.OS.Version) == 7 && older(f.Kernel, "4.0") &&
		(!f.Settings.NoKernelMemory || older(f.Kernel, "3.10.0-1062.4.1"))
}

// leaksKernelMemory knows the versions that switch it on.
func leaksKernelMemory(version string) bool {
	return !older(version, "17.06") && older(version, "18.09.1")
}
