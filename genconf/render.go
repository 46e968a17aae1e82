package genconf

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed ip-detect.sh
var ipDetectTemplate string

// Header begins every config.yaml that is rendered here.
const Header = "# Written by dcosup from the inventory's dcos.config. Change it there: what is changed here is overwritten.\n"

// Where the generator finds the scripts, seen from the directory it is started in.
const (
	ipDetectFile       = "genconf/ip-detect"
	ipDetectPublicFile = "genconf/ip-detect-public"
	faultDomainFile    = "genconf/fault-domain-detect"
)

// Render derives what is not given, validates the whole and renders the files. It returns all findings at once,
// errors first, then by key. The files are complete even when there are errors, so that they can be shown.
func Render(in Input) (Files, []Finding) {
	r := renderer{in: in, config: maps.Clone(in.Config)}
	if r.config == nil {
		r.config = map[string]any{}
	}
	r.files.Secret = in.Secret
	r.scripts()
	r.derive()
	r.validate()
	r.marshal()
	slices.Sort(r.files.Derived)
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Key, b.Key), slices.Compare(a.Path, b.Path))
	})
	return r.files, r.findings
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

// Key identifies the content of all files: 64 hex digits of a SHA-256. Equal keys mean that the generator would make
// the same cluster configuration from them, given the same release.
func (f Files) Key() string {
	sum := sha256.New()
	for _, part := range [][]byte{f.Config, f.IPDetect, f.IPDetectPublic, f.FaultDomainDetect} {
		fmt.Fprintf(sum, "%t %d\n", part != nil, len(part)) // so that no byte can move from one file to the next
		sum.Write(part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// renderer gathers the result of one Render.
type renderer struct {
	in       Input
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

// scripts moves the scripts out of the config: inline, the generator would splice them unquoted into its template and
// fail on their line ends.
func (r *renderer) scripts() {
	r.files.IPDetect = r.script(r.in.IPDetect, "ip_detect_contents")
	r.files.IPDetectPublic = r.script(r.in.IPDetectPublic, "ip_detect_public_contents")
	r.files.FaultDomainDetect = r.script(r.in.FaultDomainDetect, "fault_domain_detect_contents")
	if r.files.FaultDomainDetect != nil && !r.in.Enterprise {
		r.warn("fault_domain_detect_contents", "is not used by the open release", "remove it, or set enterprise_dcos: true")
	}
	if r.files.IPDetect == nil {
		r.files.IPDetect = r.generatedIPDetect()
	}
}

// script takes the person's script from own or from the config's contentsKey; nil when there is none.
func (r *renderer) script(own, contentsKey string) []byte {
	inline, given := r.config[contentsKey]
	delete(r.config, contentsKey)
	text := own
	if text == "" && given {
		var ok bool
		if text, ok = inline.(string); !ok {
			r.fail(contentsKey, "must be the text of a script", "give the script behind a | and indented")
			return nil
		}
	}
	if text == "" && !given {
		return nil
	}
	r.judgeScript(contentsKey, text)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return []byte(text)
}

// judgeScript finds what the generator lets through and what then breaks every service on every node.
func (r *renderer) judgeScript(key, text string) {
	switch {
	case strings.TrimSpace(text) == "":
		r.stricter(key, "is empty", "remove it, or give the script's text")
	case !strings.HasPrefix(text, "#!"):
		r.stricter(key, "does not begin with #!, so no node can run it", "begin it with a line such as #!/bin/sh")
	case strings.Contains(text, "\r\n"):
		r.stricter(key, "has Windows line ends, so no node can run it", "save it with Unix line ends")
	}
}

// generatedIPDetect asks the kernel for the address that leads to the first master.
func (r *renderer) generatedIPDetect() []byte {
	if len(r.in.Masters) == 0 {
		r.fail("ip_detect_contents", "cannot be generated without the address of a master", "give the masters addresses, or give the script")
		return nil
	}
	master, ok := parseIPv4(r.in.Masters[0])
	if !ok {
		r.fail("ip_detect_contents", fmt.Sprintf("cannot be generated: the first master's address %q is not IPv4", r.in.Masters[0]),
			"give that host an IPv4 address (private_ip), or give the script")
		return nil
	}
	r.files.Derived = append(r.files.Derived, "ip_detect_contents")
	return []byte(strings.ReplaceAll(ipDetectTemplate, "@MASTER@", master.String()))
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
	if r.files.IPDetectPublic != nil {
		r.setDefault("ip_detect_public_filename", ipDetectPublicFile)
	}
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
