package genconf

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Header begins every config.yaml that is rendered here.
const Header = "# Written by dcosup from the inventory's dcos.config. Change it there: what is changed here is overwritten.\n"

// Render derives what is not given, validates the whole and renders the files. It returns all findings at once,
// errors first, then by key. The files are complete even when there are errors, so that they can be shown.
func Render(in Input) (Files, []Finding) { return render(in, defaultPlaces()) }

func render(in Input, at places) (Files, []Finding) {
	r := renderer{in: in, config: maps.Clone(in.Config), places: at}
	r.files.Extra = slices.Clone(in.Extra)
	if r.config == nil {
		r.config = map[string]any{}
	}
	r.files.Secret = in.Secret
	r.scripts()
	r.derive()
	r.validate()
	r.license()
	r.certificates()
	r.marshal()
	slices.Sort(r.files.Derived)
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Key, b.Key), slices.Compare(a.Path, b.Path))
	})
	return r.files, redacted(r.config, r.findings)
}

// HasErrors says whether one of the findings is an Error.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

// String is "error" or "warning".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Where is the path in one word: dcos_overlay_network.overlays.1.subnet; "" for the whole.
func (f Finding) Where() string { return strings.Join(f.Path, ".") }

// String is one line: severity, place, message and, behind a semicolon, the hint.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Severity.String() + ": ")
	if f.Key != "" {
		b.WriteString(f.Where() + ": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString("; " + f.Hint)
	}
	return b.String()
}

// renderer gathers the result of one Render.
type renderer struct {
	in       Input
	places   places
	config   map[string]any // the caller's, without the script keys, with the derived ones
	files    Files
	findings []Finding
}

// problem is what a rule finds wrong with a value.
type problem struct {
	at            []string // where within the value; nil for the whole
	message, hint string
	stricter      bool // see Finding.Stricter
	warning       bool // accepted, but probably not meant
}

// hard says whether the generator refuses the value, or crashes on it.
func (p problem) hard() bool { return !p.stricter && !p.warning }

func (r *renderer) add(key string, p problem) {
	f := Finding{Key: key, Message: p.message, Hint: p.hint, Stricter: p.stricter}
	if key != "" {
		f.Path = append([]string{key}, p.at...)
	}
	if p.warning || p.stricter && r.in.Lenient {
		f.Severity = Warning
	}
	r.findings = append(r.findings, f)
}

func (r *renderer) fail(key, message, hint string) {
	r.add(key, problem{message: message, hint: hint})
}

// stricter fails on what the generator would accept.
func (r *renderer) stricter(key, message, hint string) {
	r.add(key, problem{message: message, hint: hint, stricter: true})
}

func (r *renderer) warn(key, message, hint string) {
	r.add(key, problem{message: message, hint: hint, warning: true})
}

// derive sets what follows from the inventory and was not said.
func (r *renderer) derive() {
	if r.in.ClusterName != "" {
		r.setDefault("cluster_name", r.in.ClusterName)
	}
	if r.in.BootstrapURL != "" {
		r.setDefault("bootstrap_url", r.in.BootstrapURL)
	}
	r.setDefault("master_discovery", "static")
	if r.config["master_discovery"] != "static" {
		return
	}
	r.setDefault("exhibitor_storage_backend", "static")
	if len(r.in.Masters) > 0 {
		r.setDefault("master_list", slices.Clone(r.in.Masters))
	}
}

func (r *renderer) setDefault(key string, value any) {
	if _, given := r.config[key]; given {
		return
	}
	r.config[key] = value
	r.files.Derived = append(r.files.Derived, key)
}

// marshal writes config.yaml.
func (r *renderer) marshal() {
	text, err := document(r.config)
	if err != nil {
		r.fail("", fmt.Sprintf("config.yaml cannot be written: %v", err), "write the values as plain text, numbers, lists and mappings")
	}
	r.files.Config = text
}
