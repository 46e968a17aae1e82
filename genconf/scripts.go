package genconf

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The names of the detection scripts, below genconf/.
const (
	IPDetect          = "ip-detect"
	IPDetectPublic    = "ip-detect-public"
	IP6Detect         = "ip6-detect"
	FaultDomainDetect = "fault-domain-detect"
)

// Where the generator finds them, seen from the directory it is started in.
const (
	ipDetectFile       = "genconf/" + IPDetect
	ipDetectPublicFile = "genconf/" + IPDetectPublic
	ip6DetectFile      = "genconf/" + IP6Detect
	faultDomainFile    = "genconf/" + FaultDomainDetect
)

// Script is a detection script: a program that prints one thing about the node it runs on.
type Script struct {
	Name    string // one of the names above
	Content []byte
}

// The words of methods, by which a script finds its answer.
const (
	auto        = "auto"      // what the environment has
	none        = "none"      // no script
	route       = "route"     // the source address of a route
	byInterface = "interface" // an address of a network interface
	vagrant     = "vagrant"   // the interface that is not Vagrant's own
	byInventory = "inventory" // a table of what the inventory says
)

// Method is how a detection script finds its answer. The zero value is the default.
type Method struct {
	// Word is one of [Methods].
	Word string
	// Interface is the name of the network interface, for the word interface.
	Interface string
}

// scriptKind is one of the four scripts, with the keys by which it is known.
type scriptKind struct {
	name     string // below genconf/
	setting  string // key of the variable dcos that chooses a method
	contents string // key of config with the person's own text
	filename string // key of config with the name of the file
	words    []string
}

func scriptKinds() [4]scriptKind {
	clouds := []string{string(AWS), string(GCE), string(Azure)}
	return [4]scriptKind{
		{IPDetect, "ip_detect", "ip_detect_contents", "ip_detect_filename",
			slices.Concat([]string{route, byInterface}, clouds, []string{vagrant, byInventory})},
		{IPDetectPublic, "ip_detect_public", "ip_detect_public_contents", "ip_detect_public_filename",
			slices.Concat([]string{auto, none}, clouds, []string{byInventory})},
		{IP6Detect, "ip6_detect", "ip6_detect_contents", "ip6_detect_filename",
			[]string{none, byInterface, route, byInventory}},
		{FaultDomainDetect, "fault_domain_detect", "fault_domain_detect_contents", "fault_domain_detect_filename",
			slices.Concat([]string{none, auto}, clouds, []string{byInventory})},
	}
}

// Methods are the words that choose how a script is made, by the key of the variable dcos that takes them: ip_detect,
// ip_detect_public, ip6_detect and fault_domain_detect.
func Methods() map[string][]string {
	words := map[string][]string{}
	for _, k := range scriptKinds() {
		words[k.setting] = k.words
	}
	return words
}

func (k scriptKind) file() string { return "genconf/" + k.name }

// places are where scripts find what is outside of them. Only tests have others than the defaults.
type places struct {
	metadata string // URL of the metadata service, the same address in all clouds
	cards    string // where the kernel shows network interfaces
	detectIP string // ip-detect as DC/OS installs it
	pause    string // seconds before the metadata service is asked again
}

func defaultPlaces() places {
	return places{metadata: "http://169.254.169.254", cards: "/sys/class/net", detectIP: "/opt/mesosphere/bin/detect_ip",
		pause: "1"}
}

// scripts makes the detection scripts, and takes the person's own out of the config and the files: inline, the
// generator would splice them unquoted into its template and fail on their line ends.
func (r *renderer) scripts() {
	chosen := [4]Method{r.in.IPDetect, r.in.IPDetectPublic, r.in.IP6Detect, r.in.FaultDomainDetect}
	for i, kind := range scriptKinds() {
		text, given := r.own(kind)
		if !given {
			text = r.generated(kind, chosen[i])
		}
		if text == "" {
			r.named(kind)
			continue
		}
		r.files.Scripts = append(r.files.Scripts, Script{Name: kind.name, Content: []byte(text)})
		if kind.name != IPDetect && kind.name != FaultDomainDetect {
			r.setDefault(kind.filename, kind.file()) // without it the generator does not look at the file
		}
	}
}

// own is the person's script: a file, or the text of a key. given without a text means that it is wrong, and said so.
func (r *renderer) own(kind scriptKind) (text string, given bool) {
	inline, has := r.config[kind.contents]
	delete(r.config, kind.contents)
	key := kind.contents
	if i := slices.IndexFunc(r.files.Extra, func(f File) bool { return f.Name == kind.name }); i >= 0 {
		key, inline, has = kind.file(), string(r.files.Extra[i].Content), true
		r.files.Extra = slices.Delete(r.files.Extra, i, i+1)
	}
	if !has {
		return "", false
	}
	text, ok := inline.(string)
	if !ok {
		r.fail(key, "must be the text of a script", "give the script behind a | and indented")
		return "", true
	}
	if kind.name == FaultDomainDetect && !r.in.Enterprise {
		r.warn(key, "is not used by the open release", "remove it, or set enterprise_dcos: true")
	}
	r.judgeScript(key, text)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text, true
}

// named: the generator crashes on the name of a file that is not there.
func (r *renderer) named(kind scriptKind) {
	if name, ok := r.config[kind.filename]; ok && name == kind.file() && kind.name != IPDetect && !r.failed(kind.contents) {
		r.fail(kind.filename, "names a script that there is not", "remove it, or choose a method by dcos."+kind.setting)
	}
}

// failed says whether an error for a key was found already.
func (r *renderer) failed(key string) bool {
	return slices.ContainsFunc(r.findings, func(f Finding) bool { return f.Severity == Error && f.Key == key })
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

// generated makes the script of a method; "" where there is none.
func (r *renderer) generated(kind scriptKind, m Method) string {
	if m.Word != "" && !slices.Contains(kind.words, m.Word) {
		r.fail(kind.setting, fmt.Sprintf("has no method %q", m.Word), "take one of "+strings.Join(kind.words, ", "))
		return ""
	}
	switch kind.name {
	case IPDetect:
		return r.ipDetect(kind, m)
	case IPDetectPublic:
		return r.ipDetectPublic(kind, m)
	case IP6Detect:
		return r.ip6Detect(kind, m)
	default:
		return r.faultDomainDetect(kind, m)
	}
}

func (r *renderer) ipDetect(kind scriptKind, m Method) string {
	switch m.Word {
	case "", route:
		master, ok := r.firstMaster()
		if !ok {
			return ""
		}
		r.files.Derived = append(r.files.Derived, kind.contents)
		return r.compose(kind, route, slots{"MASTER": master}, "addresses", "ip-route")
	case byInterface:
		return r.composeInterface(kind, m, "addresses", "ip-interface")
	case vagrant:
		return r.compose(kind, vagrant, slots{"CARDS": r.places.cards}, "addresses", "ip-vagrant")
	case byInventory:
		table := r.table(kind, func(n Node) string { return n.Address })
		return r.compose(kind, byInventory, slots{"TABLE": table}, "addresses", "table", "table-required", "answer")
	default:
		return r.compose(kind, m.Word, nil, "metadata", m.Word, "cloud-private")
	}
}

// firstMaster is the address that ip-detect asks the way to.
func (r *renderer) firstMaster() (string, bool) {
	if len(r.in.Masters) == 0 {
		r.fail("ip_detect_contents", "cannot be generated without the address of a master", "give the masters addresses, or give the script")
		return "", false
	}
	master, ok := parseIPv4(r.in.Masters[0])
	if !ok {
		r.fail("ip_detect_contents", fmt.Sprintf("cannot be generated: the first master's address %q is not IPv4", r.in.Masters[0]),
			"give that host an IPv4 address (private_ip), or give the script")
	}
	return master.String(), ok
}

func (r *renderer) ipDetectPublic(kind scriptKind, m Method) string {
	word := m.Word
	if word == "" || word == auto {
		word = r.cloud()
	}
	private, ok := r.files.Script(IPDetect)
	if word == "" || word == none || !ok {
		return ""
	}
	values := embedded(private.Content)
	values["DETECT_IP"] = r.places.detectIP
	if word == byInventory {
		values["TABLE"] = r.table(kind, func(n Node) string { return n.Public })
		return r.compose(kind, word, values, "addresses", "private", "table", "public-table")
	}
	return r.compose(kind, word, values, "metadata", "private", word, "cloud-public")
}

// cloud is the environment's word, "" where it has none.
func (r *renderer) cloud() string {
	if r.in.Environment == Unasked {
		return ""
	}
	return string(r.in.Environment)
}

func (r *renderer) ip6Detect(kind scriptKind, m Method) string {
	if m.Word == "" || m.Word == none {
		return ""
	}
	if line := releaseLine(r.in.Version); line != 0 && line < 112 {
		r.fail(kind.setting, "is possible with DC/OS 1.12 and later", "remove it")
		return ""
	}
	switch m.Word {
	case byInterface:
		return r.composeInterface(kind, m, "addresses", "addresses6", "ip6-interface")
	case route:
		return r.compose(kind, route, slots{"TARGET": r.ip6Target()}, "addresses", "addresses6", "ip6-route")
	default:
		table := r.table(kind, func(n Node) string { return n.IP6 })
		return r.compose(kind, byInventory, slots{"TABLE": table}, "addresses", "table", "table-required", "answer")
	}
}

// ip6Target is the first master, where the inventory tells its IPv6 address; else one of the block for documentation
// (RFC 3849), the way to which is the default route.
func (r *renderer) ip6Target() string {
	for _, n := range r.in.Nodes {
		if len(r.in.Masters) > 0 && n.Address == r.in.Masters[0] && n.IP6 != "" {
			return n.IP6
		}
	}
	return "2001:db8::1"
}

func (r *renderer) faultDomainDetect(kind scriptKind, m Method) string {
	enabled, said := r.config["fault_domain_enabled"]
	off := said && (enabled == false || enabled == "false")
	switch {
	case !r.in.Enterprise && (m.Word == "" || m.Word == none):
		return ""
	case !r.in.Enterprise:
		r.warn(kind.setting, "is not used by the open release", "remove it, or set enterprise_dcos: true")
		return ""
	case m.Word == none && said && !off:
		r.fail(kind.setting, "is none, but fault_domain_enabled says that DC/OS is to ask for fault domains", "remove one of them")
		return ""
	case m.Word == none:
		r.setDefault("fault_domain_enabled", false)
		return ""
	case off && (m.Word == "" || m.Word == auto):
		return ""
	case off:
		r.fail(kind.setting, "chooses a method, but fault_domain_enabled is false", "remove one of them")
		return ""
	}
	word := m.Word
	if word == "" || word == auto {
		word = r.autoFaultDomain()
		r.files.OpenFaultDomains = word == "" && r.in.Environment == Unasked
	}
	switch word {
	case "":
		return ""
	case byInventory:
		table := r.table(kind, func(n Node) string {
			if n.Region == "" || n.Zone == "" {
				return ""
			}
			return n.Region + " " + n.Zone
		})
		return r.compose(kind, word, slots{"TABLE": table}, "addresses", "table", "table-required", "table-fault-domain", "fault-domain")
	default:
		return r.compose(kind, word, slots{"CLOUD": cloudName(word)}, "metadata", word, "cloud-fault-domain", "fault-domain")
	}
}

// autoFaultDomain takes what the inventory tells, where it does of every node; else what the environment tells.
func (r *renderer) autoFaultDomain() string {
	unknown := slices.ContainsFunc(r.in.Nodes, func(n Node) bool { return n.Region == "" || n.Zone == "" })
	if len(r.in.Nodes) > 0 && !unknown {
		return byInventory
	}
	return r.cloud()
}

// cloudName is what regions and zones of a cloud begin with in DC/OS's own script, by which clusters and their
// constraints know them.
func cloudName(word string) string {
	if word == string(GCE) {
		return "gcp"
	}
	return word
}

// lacksFaultDomains says that DC/OS Enterprise would ask for a script that there is not.
func (r *renderer) lacksFaultDomains(v values) bool {
	_, has := r.files.Script(FaultDomainDetect)
	return !has && v.text("fault_domain_enabled") == "true" && !r.files.OpenFaultDomains && !r.failed("fault_domain_detect")
}

// table has a line for each node of which the inventory says something: its address, and that.
func (r *renderer) table(kind scriptKind, value func(Node) string) string {
	safe := regexp.MustCompile(`^[A-Za-z0-9._:/-]+( [A-Za-z0-9._/-]+)?$`)
	var lines []string
	for _, n := range r.in.Nodes {
		v := value(n)
		if _, ok := parseIPv4(n.Address); !ok || v == "" {
			continue
		}
		if !safe.MatchString(v) {
			r.fail(kind.setting, fmt.Sprintf("cannot take %q from the inventory", v), "use letters, digits and . _ : / - only")
			continue
		}
		lines = append(lines, n.Address+" "+v)
	}
	return strings.Join(lines, "\n")
}

func (r *renderer) composeInterface(kind scriptKind, m Method, parts ...string) string {
	if ok, _ := regexp.MatchString(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,14}$`, m.Interface); !ok {
		r.fail(kind.setting, fmt.Sprintf("%q is no name of a network interface", m.Interface), "write interface and a name, as in: interface eth1")
		return ""
	}
	return r.compose(kind, byInterface+" "+m.Interface, slots{"INTERFACE": m.Interface}, parts...)
}

//go:embed scripts/*.sh
var scriptParts embed.FS

// slots are what is put into the parts of a script, in the place of @NAME@. Values have been checked: no part quotes them.
type slots map[string]string

// partsOnly is the first line of parts that read or set what others set or read: alone they would not pass shellcheck.
// The whole does without it.
const partsOnly = "# shellcheck disable=SC2034,SC2154 # shared with the other parts\n"

// compose puts a script together from the files of scripts/.
func (r *renderer) compose(kind scriptKind, method string, values slots, parts ...string) string {
	pairs := []string{"@NAME@", kind.name, "@METHOD@", method, "@SETTING@", kind.setting, "@METADATA@", r.places.metadata, "@PAUSE@", r.places.pause}
	for _, name := range sortedKeys(values) {
		pairs = append(pairs, "@"+name+"@", values[name])
	}
	fill := strings.NewReplacer(pairs...)
	var texts []string
	for _, part := range append([]string{"head"}, parts...) {
		text, err := scriptParts.ReadFile("scripts/" + part + ".sh")
		if err != nil {
			r.fail(kind.setting, "cannot be made: "+err.Error(), "")
		}
		texts = append(texts, fill.Replace(strings.Replace(string(text), partsOnly, "", 1)))
	}
	return strings.Join(texts, "\n")
}

// embedded are the slots by which a script holds another one and runs it as the kernel would: by the interpreter of
// its first line, from a file that has no name.
func embedded(script []byte) slots {
	text := strings.TrimRight(string(script), "\n")
	first, _, _ := strings.Cut(strings.TrimPrefix(text, "#!"), "\n")
	program, argument, _ := strings.Cut(strings.TrimSpace(first), " ")
	interpreter := quoted(program)
	if argument = strings.TrimSpace(argument); argument != "" {
		interpreter += " " + quoted(argument) // all that follows is one argument, as for the kernel
	}
	end := "END-OF-IP-DETECT"
	for slices.Contains(strings.Split(text, "\n"), end) {
		end += "-"
	}
	return slots{"INTERPRETER": interpreter, "IP_DETECT": text, "END": end}
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
