package roles

import (
	"slices"
	"strings"
)

// systemRequirements concern the distribution's own parts.
func systemRequirements() []Requirement {
	return []Requirement{
		{
			ID: "package-lock", Title: "No other package manager is at work", Severity: Warn,
			Why:   "Fixes that install packages wait for it.",
			Probe: "/proc/locks and the package manager's own files",
			satisfied: func(f Facts, _ Spec) Verdict {
				if f.PackageLock {
					return Verdict{Found: "a package manager holds its lock", Need: "no lock",
						Hint: "nothing to do: fixes wait for up to five minutes"}
				}
				return Verdict{OK: true, Found: "no lock", Need: "no lock"}
			},
		},
		{
			ID: "commands", Title: "The programs that the installation calls are there", Severity: Fail,
			Why:       "DC/OS's installer and its services call them by name.",
			Probe:     "looking in the PATH of root",
			satisfied: judgeCommands,
			fix:       FixPackages, fixText: "install the missing packages",
		},
		{
			ID: "selinux", Title: "SELinux is in the mode that was asked for", Severity: Fail, Roles: clusterRoles,
			Why:       "A stricter mode than DC/OS was configured for keeps its services from starting.",
			Probe:     "/sys/fs/selinux, else `getenforce`; `sestatus`; /etc/selinux/config",
			satisfied: judgeSELinux,
			fix:       "selinux", fixText: "set SELinux's mode, now and for the next boot",
		},
		{
			ID: "group-docker", Title: "The group docker exists", Severity: Fail, Roles: clusterRoles,
			Why:       "DC/OS lets its services use Docker through this group.",
			Probe:     "/etc/group, `getent group`",
			satisfied: judgeGroup("docker"),
			fix:       "group-docker", fixText: "create the group docker",
		},
		{
			ID: "group-nogroup", Title: "The group nogroup exists", Severity: Fail, Roles: clusterRoles, Before: "2.0",
			Why:       "DC/OS before 2.0 runs services in this group; Red Hat's family does not have it.",
			Probe:     "/etc/group, `getent group`",
			satisfied: judgeGroup("nogroup"),
			fix:       "group-nogroup", fixText: "create the group nogroup",
		},
		{
			ID: "tmp-exec", Title: "Programs can be run from /tmp", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS unpacks programs there and runs them.",
			Probe: "/proc/mounts",
			satisfied: func(f Facts, _ Spec) Verdict {
				if slices.Contains(f.Mount("/tmp").Options, "noexec") {
					return Verdict{Found: "/tmp is mounted noexec", Need: "no noexec",
						Hint: "take noexec out of the mount options of /tmp (in /etc/fstab or tmp.mount), then `mount -o remount,exec /tmp`"}
				}
				return Verdict{OK: true, Found: "no noexec", Need: "no noexec"}
			},
		},
	}
}

func judgeCommands(f Facts, s Spec) Verdict {
	var missing, packages []string
	for _, c := range missingCommands(f, s) {
		missing = append(missing, c.name)
		packages = append(packages, c.packageOf(f.OS.Family))
	}
	if missing == nil {
		return Verdict{OK: true, Found: "all", Need: "all"}
	}
	v := Verdict{Found: "missing: " + strings.Join(missing, ", "), Need: "all", Fixable: canInstall(f),
		Hint: "install them; other distributions have them in packages such as " + strings.Join(packages, ", ")}
	if f.OS.Family == FamilyFlatcar {
		v.Hint = "Flatcar has no package manager and brings them along: update it, or use an image that is complete"
	}
	return v
}

func judgeGroup(name string) func(Facts, Spec) Verdict {
	return func(f Facts, _ Spec) Verdict {
		if f.Groups[name] {
			return Verdict{OK: true, Found: "there", Need: "there"}
		}
		return Verdict{Found: "missing", Need: "there", Fixable: true}
	}
}

// strictness orders SELinux's modes.
var strictness = map[string]int{"": 0, "disabled": 0, "permissive": 1, "enforcing": 2}

func (s Spec) selinuxMode() string { return or(strings.ToLower(s.SELinuxMode), "permissive") }

func judgeSELinux(f Facts, s Spec) Verdict {
	want := s.selinuxMode()
	now, boot := strings.ToLower(f.SELinux.Mode), f.SELinux.Config
	v := Verdict{Found: orNone(now, "none"), Need: want + " or weaker"}
	if now != boot && boot != "" && now != "" {
		v.Found += ", after a reboot " + boot
	}
	stricter := strictness[now] > strictness[want]
	switch {
	case want == "disabled" && now == "permissive" && boot == "disabled":
		v.OK = true // only a reboot goes from permissive to disabled, and both let DC/OS work
	case now != "" && (stricter || strictness[boot] > strictness[want]):
		v.Fixable = true
	case now == "enforcing" && f.OS.Family == FamilyFlatcar:
		v.Hint = "DC/OS does not support it here: ask for permissive (selinux_mode)"
	case now == "enforcing" && !s.within("1.12", ""):
		v.Hint = "DC/OS before 1.12 refuses it: ask for permissive (selinux_mode)"
	case now == "enforcing" && f.SELinux.Policy == "":
		v.Found += " with a policy that nobody tells"
		v.Hint = "DC/OS's installer asks sestatus for the policy: install it (policycoreutils), or ask for permissive (selinux_mode)"
	case now == "enforcing" && f.SELinux.Policy != "targeted":
		v.Found += " with the policy " + f.SELinux.Policy
		v.Hint = "DC/OS works with the policy targeted only: ask for permissive (selinux_mode), or change SELINUXTYPE"
	case want == "enforcing" && now != "enforcing" && boot == "enforcing":
		v.Mild, v.Need = true, want
		v.Reboot, v.Hint = true, rebootHint(f)+"; where SELinux was off, run fixfiles -F onboot before that"
	case want == "enforcing" && now != "enforcing":
		v.Mild, v.Need = true, want
		v.Hint = "a stricter mode can lock you out, so it is not set for you: set it in /etc/selinux/config and reboot"
	default:
		v.OK = true
	}
	return v
}
