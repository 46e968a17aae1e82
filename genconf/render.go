package genconf

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
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
	r.scripts()
	r.derive()
	r.validate()
	r.license()
	r.certificates()
	r.marshal()
	slices.Sort(r.files.Derived)
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Key, b.Key))
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

// String is one line: severity, key, message and, behind a semicolon, the hint.
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Severity.String() + ": ")
	if f.Key != "" {
		b.WriteString(f.Key + ": ")
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

func (r *renderer) fail(key, message, hint string) {
	r.findings = append(r.findings, Finding{Error, key, message, hint})
}

func (r *renderer) warn(key, message, hint string) {
	r.findings = append(r.findings, Finding{Warning, key, message, hint})
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

// marshal writes config.yaml. The YAML library sorts the keys and quotes what YAML 1.1, which the generator reads,
// would take for something other than text.
func (r *renderer) marshal() {
	var buf bytes.Buffer
	_, _ = io.WriteString(&buf, Header) // a bytes.Buffer does not fail
	enc := yaml.NewEncoder(&buf)
	enc.SetIndent(2)
	if err := enc.Encode(r.config); err != nil {
		r.fail("", fmt.Sprintf("config.yaml cannot be written: %v", err), "")
	}
	r.files.Config = buf.Bytes()
}
