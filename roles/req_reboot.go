package roles

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// IDRebootPending is the requirement that the node waits for no reboot.
const IDRebootPending = "reboot-pending"

func rebootRequirements() []Requirement {
	return []Requirement{{
		ID: IDRebootPending, Title: "The node waits for no reboot", Severity: Warn,
		Why: "It runs an older kernel or older libraries than are installed: modules can be missing, and what works now can be another matter after the reboot. " +
			"A reboot in the middle of an installation is worse than one before it.",
		Probe:     "/run/reboot-required, `needs-restarting -r`; the newest kernel of those in /boot against `uname -r`",
		satisfied: judgeReboot,
	}}
}

func judgeReboot(f Facts, _ Spec) Verdict {
	v := Verdict{OK: true, Found: "none is due", Need: "none is due"}
	newest := f.newestKernel()
	switch {
	case newest != "":
		v.Found = "kernel " + newest + " is installed, " + f.Kernel + " runs"
	case f.Reboot.Required && len(f.Reboot.Packages) > 0:
		v.Found = "due since upgrades of " + strings.Join(f.Reboot.Packages, ", ")
	case f.Reboot.Required:
		v.Found = "the distribution says that one is due"
	default:
		return v
	}
	v.OK, v.Reboot, v.Hint = false, true, rebootHint(f)
	return v
}

// rebootHint says what a person does about a node that needs a reboot.
func rebootHint(f Facts) string {
	if f.DCOS.State != DCOSAbsent && f.DCOS.State != "" {
		return "systemctl reboot by hand when its tasks may end, one node after another: a node with DC/OS is not rebooted for you"
	}
	return "systemctl reboot, or let --reboot of `dcosup apply` and `dcosup check --fix` do it"
}

// outdated says that the running kernel was taken away in an upgrade: what it has
// not loaded yet can be loaded after a reboot only.
func (r Reboot) outdated() bool { return !r.Modules && len(r.Kernels) > 0 }

// newestKernel is an installed kernel that is newer than the running one and of
// its kind, "" if there is none: one for debugging or for another cloud is there
// for other reasons.
func (f Facts) newestKernel() string {
	newest := f.Kernel
	for _, k := range f.Reboot.Kernels {
		if kernelKind(k) == kernelKind(f.Kernel) && slices.Compare(kernelNumbers(k), kernelNumbers(newest)) > 0 {
			newest = k
		}
	}
	if newest == f.Kernel {
		return ""
	}
	return newest
}

// kernelKind is a kernel's name without its numbers: "-amd64", "el_x_".
func kernelKind(name string) string {
	kind := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '.' {
			return -1
		}
		return r
	}, name)
	return strings.TrimLeft(kind, "-+~")
}

// kernelNumbers are those of its version and of its build, in their order.
func kernelNumbers(name string) []int {
	var numbers []int
	for _, digits := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsDigit(r) }) {
		n, _ := strconv.Atoi(digits)
		numbers = append(numbers, n)
	}
	return numbers
}
