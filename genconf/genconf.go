// Package genconf renders and judges what the DC/OS generator reads: config.yaml, the detection scripts and the
// person's own files beside them. It also reads what the generator says when it refuses them.
//
// It is pure: it opens no file, asks no node and knows no inventory. Whether a detection script finds the right answer
// is seen on a node; [Script.Check] judges what came back.
//
//	files, findings := genconf.Render(genconf.Input{
//		Config:       map[string]any{"cluster_name": "prod", "resolvers": []any{"10.0.0.2"}},
//		Masters:      []string{"10.0.0.11"},
//		BootstrapURL: "http://10.0.0.10:8080",
//		Version:      "2.2.0",
//	})
//	if genconf.HasErrors(findings) { ... show them all, stop ... }
//	... write files.List() to genconf/ ...
package genconf

import "time"

// Input is everything the rendered files depend on. Equal inputs give equal files.
type Input struct {
	// Config is dcos.config as the person wrote it. The keys ip_detect_contents, ip_detect_public_contents,
	// ip6_detect_contents and fault_domain_detect_contents are taken out of it: they become files, not lines of
	// config.yaml. Values are what YAML 1.1 makes of them: text, booleans, integers and *big.Int, and nil, float64 and
	// time.Time, on which the generator crashes; lists and mappings of these.
	Config map[string]any
	// ClusterName is used when Config has no cluster_name.
	ClusterName string
	// Masters are the IPv4 addresses of the masters, in the inventory's order.
	Masters []string
	// BootstrapURL is used when Config has no bootstrap_url. No trailing slash.
	BootstrapURL string
	// IPDetect, IPDetectPublic, IP6Detect and FaultDomainDetect say how the detection scripts find their answers. The
	// person's own text in Config, and an own file in Extra, win over them.
	IPDetect, IPDetectPublic, IP6Detect, FaultDomainDetect Method
	// Environment is where all the nodes run that will have DC/OS, see [CommonEnvironment]; the method auto takes it.
	Environment Environment
	// Nodes are those that will have DC/OS, masters and agents, in the inventory's order; the method inventory takes them.
	Nodes []Node
	// Extra are the person's own files for genconf/: scripts, license.txt, check_bins/, certificates.
	Extra []File
	// Now is the time at which certificates must be valid; the zero time is not compared with.
	Now time.Time
	// Version is the release's version, such as "2.2.0"; "" applies the rules that every version shares.
	Version string
	// Enterprise says that the release is DC/OS Enterprise, which knows more keys and requires some.
	Enterprise bool
	// NonTextKeys names keys of Config that are no text in YAML, such as 1 or true; the generator crashes on them.
	NonTextKeys []string
	// Provisional says that Masters and BootstrapURL are stand-ins for what is not known yet, so that Config is not
	// held against them.
	Provisional bool
	// Lenient makes warnings of the errors that are ours alone: see [Finding.Stricter].
	Lenient bool
	// Secret are the paths in Config, keys from the outermost one on, of values that must not be shown, beside those
	// whose names say so.
	Secret [][]string
}

// Node is what the inventory says of a node, for the method inventory. "" is what it does not say.
type Node struct {
	Address      string // the IPv4 address by which the other nodes reach it; a script knows the node by it
	Public       string // address or name by which it is reached from outside
	IP6          string
	Region, Zone string // its fault domain
}

// Severity says whether a finding stops the run.
type Severity int

const (
	// Error is what the generator or the cluster would fail on.
	Error Severity = iota
	// Warning is what is accepted but probably not meant.
	Warning
)

// Finding is one thing to say about a configuration.
type Finding struct {
	Severity Severity
	Key      string   // the config key, the setting of the variable dcos, or genconf/NAME for a file; "" for the whole
	Path     []string // from the key down to the culprit: dcos_overlay_network, overlays, 1, subnet; nil without a Key
	Message  string   // what is wrong; it never repeats what may be a secret
	Hint     string   // what to write instead; an Error has one
	// Stricter marks what the generator would accept, and what then fails on the nodes or is not what was meant. It is
	// an Error, or, where [Input.Lenient] is set, a Warning.
	Stricter bool
}

// KeyError is one complaint of the generator.
type KeyError struct {
	Key     string // "" when the generator did not name one
	Message string
}
