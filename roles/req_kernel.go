package roles

import (
	"fmt"
	"slices"
	"strings"

	"dcosup/inventory"
)

// kernelRequirements concern what the kernel and the distribution were set to.
// None of them keeps DC/OS from being installed.
func kernelRequirements() []Requirement {
	return []Requirement{
		{
			ID: "cgroups", Title: "The control groups are of version 1", Severity: Warn, Roles: clusterRoles,
			Why:       "The Mesos of DC/OS knows no other: its agents do not start under version 2.",
			Probe:     "/sys/fs/cgroup",
			satisfied: judgeControlGroups,
		},
		{
			ID: "swap", Title: "There is no swap", Severity: Warn, Roles: []inventory.Role{inventory.RoleAgent, inventory.RolePublicAgent},
			Why:   "Mesos promises memory to tasks; a task that is swapped out has none of what it was promised.",
			Probe: "/proc/swaps",
			satisfied: func(f Facts, _ Spec) Verdict {
				return Verdict{OK: len(f.Settings.Swaps) == 0, Found: orNone(strings.Join(f.Settings.Swaps, ", "), "none"), Need: "none",
					Hint: "swapoff -a, and take swap out of /etc/fstab"}
			},
		},
		{
			ID: "raid-modules", Title: "The modules raid1 and dm_raid are loaded", Severity: Warn, Roles: clusterRoles, From: "1.13",
			Why:       "DC/OS's storage service makes mirrored volumes with them; without that service they are not needed.",
			Probe:     "/sys/module",
			satisfied: judgeRaidModules,
		},
		{
			ID: "sort-versions", Title: "sort knows versions (sort -V)", Severity: Warn, Roles: clusterRoles,
			Why:   "Without it DC/OS's installer leaves out its checks of versions.",
			Probe: "trying it",
			satisfied: func(f Facts, _ Spec) Verdict {
				if f.Settings.SortsVersions {
					return Verdict{OK: true, Found: "it does", Need: "sort -V"}
				}
				return Verdict{Found: "it does not", Need: "sort -V", Hint: "install the sort of GNU coreutils"}
			},
		},
		{
			ID: "auto-updates", Title: "Nothing is upgraded by itself", Severity: Warn, Roles: clusterRoles,
			Why:       "A new Docker or kernel in the night restarts tasks, reboots nodes, and can be one that DC/OS does not work with.",
			Probe:     "`systemctl show`, /etc/apt/apt.conf.d",
			satisfied: judgeUpdates,
		},
		{
			ID: "locale", Title: "The node's language is in UTF-8", Severity: Warn, Roles: clusterRoles, Families: []Family{FamilyDebian, FamilyRedHat},
			Why:       "Services of DC/OS that meet a character outside ASCII can end when the locale does not know it.",
			Probe:     "/etc/locale.conf, /etc/default/locale",
			satisfied: judgeLocale,
		},
	}
}

func judgeControlGroups(f Facts, _ Spec) Verdict {
	const argument = "systemd.unified_cgroup_hierarchy=0"
	v := Verdict{OK: f.Settings.Cgroups != 2, Found: orNone(ifText(f.Settings.Cgroups > 0, fmt.Sprint("version ", f.Settings.Cgroups)), "not told"), Need: "version 1"}
	v.Hint = "boot the kernel with " + argument + " (GRUB_CMDLINE_LINUX in /etc/default/grub)"
	if !v.OK && slices.Contains(f.Reboot.NextArguments, argument) && !slices.Contains(f.Reboot.Arguments, argument) {
		v.Found += ", after a reboot version 1"
		v.Reboot, v.Hint = true, rebootHint(f)
	}
	return v
}

func judgeRaidModules(f Facts, _ Spec) Verdict {
	v := Verdict{OK: len(f.Settings.Modules) == 2, Found: orNone(strings.Join(f.Settings.Modules, ", "), "none"), Need: "raid1, dm_raid"}
	v.Hint = "only if you use the storage service: modprobe -a raid1 dm_raid, and write both names into /etc/modules-load.d/raid.conf"
	if !v.OK && f.Reboot.outdated() {
		v.Found += ", and the running kernel's modules are gone"
		v.Reboot, v.Hint = true, "only if you use the storage service: "+rebootHint(f)
	}
	return v
}

// updaters are units that upgrade a node by themselves.
var updaters = []string{"update-engine", "locksmithd", "yum-cron", "dnf-automatic.timer", "dnf-automatic-install.timer"}

func judgeUpdates(f Facts, _ Spec) Verdict {
	v := Verdict{Found: "nothing", Need: "nothing"}
	var found []string
	for _, unit := range updaters {
		if s := f.Services[unit]; s.Active || s.Enabled {
			found = append(found, unit)
		}
	}
	switch {
	case f.Settings.AptUpgrades:
		found = append(found, "unattended-upgrades")
		v.Hint = `set APT::Periodic::Unattended-Upgrade "0" in /etc/apt/apt.conf.d/20auto-upgrades, or hold docker-ce and containerd.io with apt-mark`
	case f.OS.Family == FamilyFlatcar:
		v.Hint = "systemctl mask --now update-engine.service locksmithd.service, and upgrade node by node"
	default:
		v.Hint = "systemctl disable --now " + strings.Join(found, " ") + ", and upgrade node by node"
	}
	if found == nil {
		return Verdict{OK: true, Found: v.Found, Need: v.Need}
	}
	v.Found = strings.Join(found, ", ")
	return v
}

func judgeLocale(f Facts, _ Spec) Verdict {
	language := f.Settings.Language
	folded := strings.ToLower(strings.ReplaceAll(language, "-", ""))
	return Verdict{OK: strings.HasSuffix(folded, ".utf8"), Found: orNone(language, "not set"), Need: "such as en_US.UTF-8",
		Hint: "localectl set-locale LANG=en_US.UTF-8 (or C.UTF-8, where that is not installed)"}
}
