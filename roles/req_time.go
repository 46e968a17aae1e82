package roles

import (
	"fmt"
	"slices"
	"strings"
)

// timeRequirements concern the clock. DC/OS's services ask the kernel whether it
// is synchronised before they start.
func timeRequirements() []Requirement {
	return []Requirement{
		{
			ID: "ntp-installed", Title: "An NTP service is installed", Severity: Fail,
			Why:   "DC/OS needs clocks that agree: its certificates, elections and checks depend on them.",
			Probe: "`systemctl show`",
			satisfied: func(f Facts, _ Spec) Verdict {
				v := Verdict{OK: len(f.Time.Services) > 0 || f.Commands["chronyc"], Found: "none", Need: "chrony, ntp or systemd-timesyncd",
					Fixable: canInstall(f), Hint: "install chrony with the distribution's package manager"}
				if v.OK {
					v.Found = timeUnit(f)
				}
				if f.OS.Family == FamilyFlatcar {
					v.Hint = "Flatcar brings one along: systemctl unmask systemd-timesyncd.service"
				}
				return v
			},
			fix: FixPackages, fixText: "install chrony",
		},
		{
			ID: "ntp-running", Title: "The NTP service runs and starts at boot", Severity: Fail,
			Why:       "A clock that nobody corrects drifts away.",
			Probe:     "`systemctl show`",
			satisfied: judgeTimeRunning,
			fix:       "ntp-running", fixText: "start the NTP service, now and at every boot",
		},
		{
			ID: "ntp-synchronised", Title: "The clock is synchronised", Severity: Fail,
			Why:       "DC/OS's services do not start on a node whose clock is not, unless check_time is false.",
			Probe:     "`timedatectl`; `chronyc`, `ntpq` for the source",
			satisfied: judgeSynchronised,
			fix:       "ntp-synchronised", fixText: "ask the time sources now, and wait for the clock",
		},
	}
}

// timeUnit is the NTP service to use: the one that runs, else the best one of
// those installed, else the one that the fixes install.
func timeUnit(f Facts) string {
	for _, s := range f.Time.Services {
		if s.Active {
			return s.Unit
		}
	}
	for _, unit := range timeUnits {
		if slices.ContainsFunc(f.Time.Services, func(s TimeService) bool { return s.Unit == unit }) {
			return unit
		}
	}
	if f.OS.Family == FamilyDebian {
		return "chrony"
	}
	return "chronyd"
}

func judgeTimeRunning(f Facts, _ Spec) Verdict {
	v := Verdict{Found: "none", Need: "runs, and starts at boot", Hint: "install an NTP service first"}
	for _, s := range f.Time.Services {
		words := s.Unit + " " + serviceWords(Service{Active: s.Active, Enabled: s.Enabled})
		if s.Active && s.Enabled {
			return Verdict{OK: true, Found: words, Need: v.Need}
		}
		if s.Active || v.Found == "none" {
			v.Found = words
		}
	}
	v.Fixable = len(f.Time.Services) > 0 || canInstall(f)
	return v
}

func judgeSynchronised(f Facts, s Spec) Verdict {
	v := Verdict{Found: "not synchronised", Need: "synchronised", Mild: s.AllowUnsynchronised}
	switch {
	case f.Time.Kernel:
		v.OK, v.Found = true, "synchronised"+followed(f)
	case f.Time.Daemon:
		v.OK, v.Mild = s.AllowUnsynchronised, true
		v.Found = "the service follows its source" + followed(f) + ", but the kernel does not call its clock synchronised"
		v.Hint = "DC/OS asks the kernel: let the service set the clock (chronyd without -x), or set check_time to false"
	default:
		v.Fixable = len(f.Time.Services) > 0 || canInstall(f)
		v.Fix, v.Hint = syncText(f, s), "install an NTP service first"
	}
	return v
}

// syncText says what the fix of a clock does on the node.
func syncText(f Facts, s Spec) string {
	sources := "the time sources"
	if servers := s.Fixes.Time.Servers; len(servers) > 0 {
		sources += " and " + strings.Join(servers, ", ")
	}
	text := "ask " + sources + " now, and wait for the clock"
	if strings.HasPrefix(timeUnit(f), "chrony") {
		text += ifText(s.stepsClock(f), "; step it if it is off") + ifText(!s.stepsClock(f), "; it is not stepped")
	}
	return text
}

// stepsClock says whether a clock that is off is set at once. Where DC/OS runs,
// or is being installed, a jump can end its sessions and elections; before that
// it harms nobody, and a clock that is slewed can be wrong for hours.
func (s Spec) stepsClock(f Facts) bool {
	if step := s.Fixes.Time.Step; step != nil {
		return *step
	}
	return f.DCOS.State == DCOSAbsent
}

func followed(f Facts) string {
	if !f.Time.Daemon || f.Time.Source == "" {
		return ""
	}
	return fmt.Sprintf(" (%s, off by %.3f ms)", f.Time.Source, f.Time.Offset*1000)
}
