package roles

import (
	"fmt"
	"slices"

	"dcosup/inventory"
)

// Status says how a requirement was met. As a severity it says what it means
// when the requirement is not met.
type Status int

// The order is that of importance.
const (
	Off Status = iota - 1 // not met, and the policy says that it need not be
	Pass
	Warn // the installation can go on
	Fail // it cannot
)

// String returns off, pass, warn or fail.
func (s Status) String() string {
	switch s {
	case Off:
		return "off"
	case Pass:
		return "pass"
	case Warn:
		return "warn"
	case Fail:
		return "fail"
	}
	return fmt.Sprintf("status %d", int(s))
}

// MarshalText makes JSON show the word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Requirement is something that a role needs of a node.
type Requirement struct {
	ID    string // stable, for flags and JSON, e.g. "docker-running"
	Title string // what holds when it is met, e.g. "Docker is running"
	Why   string // what goes wrong without it
	Probe string // how it is found out

	Severity Status           // Fail or Warn: the most that not meeting it means
	Roles    []inventory.Role // nil: every role
	Families []Family         // nil: every family

	// From and Before bound the DC/OS versions that have this requirement:
	// From ≤ version < Before, as "1.12". "" is no bound. A Spec without a
	// version is held to all.
	From, Before string

	// fresh requirements concern a node that DC/OS is yet to be installed
	// on; with DC/OS there, they are met.
	fresh bool
	// firm ones are what keeps an installed cluster from harm: no policy
	// changes them.
	firm      bool
	satisfied func(Facts, Spec) Verdict // nil: judged by others than Judge
	fix       string                    // name of the fix, "" for none
	fixText   string                    // what the fix does, in one line
}

// Verdict is what a requirement says of one node.
type Verdict struct {
	OK      bool
	Mild    bool   // when not OK: a warning, however severe the requirement is
	Unknown bool   // when not OK: it can be judged only when others are met; a warning till then
	Found   string // what is there
	Need    string // what should be
	Fixable bool   // when not OK: the requirement's fix can help on this node
	FixID   string // when fixable: the fix that helps on this node; "" is the requirement's own
	Fix     string // when fixable: what it does on this node; "" is as the requirement says
	Reboot  bool   // when not OK: a reboot of the node can help, and no fix
	Hint    string // when not fixable: what a person can do

	Measured Measure // where Found is one number that was measured
}

// Measure is a number that was measured.
type Measure struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"` // "bytes/s" or "s"
}

// Finding is a requirement with its verdict on one node.
type Finding struct {
	Requirement
	Status  Status
	Found   string
	Need    string
	Fixable bool
	FixID   string // name under which FixScript's output tells of the fix; several findings can share one
	Reboot  bool   // a reboot of the node can help
	Fix     string // what will be done, in one line; "" when there is nothing to do or it cannot be done
	Hint    string // words for a person; "" when fixable
	Reason  string // why the policy changes the requirement; "" when it does not

	Measured Measure // as the Verdict's

	unknown bool // as the Verdict's
}

// All returns every requirement, in the order in which Judge answers: from the
// machine up to DC/OS.
func All() []Requirement {
	return slices.Concat(machineRequirements(), rebootRequirements(), fileRequirements(), systemRequirements(), kernelRequirements(), networkRequirements(),
		nameRequirements(), dockerRequirements(), engineRequirements(), timeRequirements(), dcosRequirements())
}

// Known returns every requirement there is: those of All, and those that are
// judged elsewhere, because one node's facts do not tell.
func Known() []Requirement { return slices.Concat(All(), elsewhereRequirements()) }

// Judge holds a node's facts against all that its role requires, in the order
// of All. Requirements that do not concern the node are left out.
func Judge(f Facts, s Spec) []Finding {
	var findings []Finding
	for _, r := range All() {
		if r.concerns(f, s) {
			findings = append(findings, r.judge(f, s))
		}
	}
	return findings
}

func (r Requirement) concerns(f Facts, s Spec) bool {
	return (r.Roles == nil || slices.Contains(r.Roles, s.Role)) &&
		(r.Families == nil || slices.Contains(r.Families, f.OS.Family)) &&
		s.within(r.From, r.Before)
}

func (r Requirement) judge(f Facts, s Spec) Finding {
	return s.Policy.Apply(r.found(f, s))
}

// found is the finding before the policy has its word.
func (r Requirement) found(f Facts, s Spec) Finding {
	v := r.satisfied(f, s)
	if r.fresh && f.DCOS.State == DCOSInstalled {
		v = Verdict{OK: true, Found: "DC/OS " + f.DCOS.Version + " is installed", Need: v.Need}
	}
	return r.finding(v)
}

// finding is what a verdict means for the requirement.
func (r Requirement) finding(v Verdict) Finding {
	found := Finding{Requirement: r, Found: v.Found, Need: v.Need, Measured: v.Measured}
	if v.OK {
		return found
	}
	found.Status, found.unknown = r.Severity, v.Unknown
	if v.Mild || v.Unknown {
		found.Status = Warn
	}
	if v.Fixable && r.fix != "" {
		found.Fixable, found.FixID, found.Fix = true, or(v.FixID, r.fix), or(v.Fix, r.fixText)
		return found
	}
	found.Hint, found.Reboot = v.Hint, v.Reboot
	return found
}

// orNone shows an empty value as something that can be read.
func orNone(s, none string) string {
	if s == "" {
		return none
	}
	return s
}
