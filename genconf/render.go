package genconf

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
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
	r.scripts()
	r.derive()
	r.validate()
	r.marshal()
	slices.Sort(r.files.Derived)
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Key, b.Key))
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

func (r *renderer) fail(key, message, hint string) {
	r.findings = append(r.findings, Finding{Error, key, message, hint})
}

func (r *renderer) warn(key, message, hint string) {
	r.findings = append(r.findings, Finding{Warning, key, message, hint})
}

// scripts moves the scripts out of the config: inline, the generator would splice them unquoted into its template and
// fail on their line ends.
func (r *renderer) scripts() {
	r.files.IPDetect = r.script(r.in.IPDetect, "ip_detect_contents", "ip_detect_filename", ipDetectFile)
	r.files.IPDetectPublic = r.script(r.in.IPDetectPublic, "ip_detect_public_contents", "ip_detect_public_filename", ipDetectPublicFile)
	r.files.FaultDomainDetect = r.script(r.in.FaultDomainDetect, "fault_domain_detect_contents", "fault_domain_detect_filename", faultDomainFile)
	if r.files.FaultDomainDetect != nil && !r.in.Enterprise {
		r.warn("fault_domain_detect_contents", "is not used by the open release", "remove it, or set enterprise_dcos: true")
	}
	if r.files.IPDetect == nil {
		r.files.IPDetect = r.generatedIPDetect()
	}
}

// script takes the person's script from own or from the config's contentsKey; nil when there is none.
func (r *renderer) script(own, contentsKey, filenameKey, file string) []byte {
	inline, given := r.config[contentsKey]
	delete(r.config, contentsKey)
	if name, ok := r.config[filenameKey]; ok && name != file {
		r.fail(filenameKey, fmt.Sprintf("names a file that dcosup does not write; the script is written to %s", file),
			"remove it and put the script into "+contentsKey)
	}
	text := own
	if text == "" && given {
		var ok bool
		if text, ok = inline.(string); !ok {
			r.fail(contentsKey, "must be the text of a script", "")
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
		r.fail(key, "is empty", "remove it, or give the script's text")
	case !strings.HasPrefix(text, "#!"):
		r.fail(key, "does not begin with #!, so no node can run it", "begin it with a line such as #!/bin/sh")
	case strings.Contains(text, "\r\n"):
		r.fail(key, "has Windows line ends, so no node can run it", "save it with Unix line ends")
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
