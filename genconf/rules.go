package genconf

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// validate judges every key by itself, then the rules between keys, then what only we know: what is in the inventory.
func (r *renderer) validate() {
	v := values{given: map[string]string{}, line: releaseLine(r.in.Version), enterprise: r.in.Enterprise}
	refused := r.crashes(v.given)
	for _, name := range slices.Sorted(maps.Keys(v.given)) {
		if r.eachKey(v, name) {
			refused[name] = true
		}
	}
	r.required(v)
	for _, j := range jointRules() {
		r.joint(v, j, refused)
	}
	r.exhibitorTLS(v)
	r.filenames(v)
	if !r.in.Provisional {
		r.masters(v)
		r.bootstrapAddress(v)
	}
}

// crashes collects the values as text, and says which of them the generator cannot even read.
func (r *renderer) crashes(given map[string]string) (refused map[string]bool) {
	refused = map[string]bool{}
	for _, name := range r.in.NonTextKeys {
		refused[name] = true
		r.fail(name, "is a key that is no text, on which the generator crashes", "put it in quotes, or remove it")
	}
	for _, name := range sortedKeys(r.config) {
		text, p := generatorText(r.config[name])
		switch {
		case p != nil:
			refused[name] = true
			r.add(name, *p)
		case !refused[name]:
			given[name] = text
		}
	}
	return refused
}

// eachKey judges one key that a person gave, and says whether the generator refuses it.
func (r *renderer) eachKey(v values, name string) (refused bool) {
	k, known := v.key(name)
	if !known {
		r.unknown(name)
		return false
	}
	if !r.heeded(k, v) {
		return k.kind == computed
	}
	for _, p := range k.judge(v.given[name], v.line) {
		r.add(name, p)
		refused = refused || p.hard()
	}
	return refused
}

// heeded reports a key that the generator refuses or ignores whatever its value.
func (r *renderer) heeded(k key, v values) bool {
	switch {
	case k.name == "security" && v.given[k.name] == "disabled" && !r.in.Enterprise:
		// dcos-ansible's example says so, of open releases too: it is what they are.
		r.warn(k.name, "is a key of DC/OS Enterprise; the open release ignores it, and is that anyway", "remove it")
	case k.kind == enterprise && !r.in.Enterprise:
		r.stricter(k.name, "is a key of DC/OS Enterprise; the open release ignores it", "remove it, or set enterprise_dcos: true")
	case k.kind == sshInstaller:
		r.warn(k.name, "was read only by the SSH installer that DC/OS had until 1.12", "remove it; the inventory says this now")
	case v.line == 0 && !k.known(0):
		// Whether the release has the key is not known.
	case v.line < k.since:
		r.warn(k.name, fmt.Sprintf("is read by DC/OS %s and later; %s ignores it", lineName(k.since), r.in.Version), "remove it")
	case k.until != 0 && v.line > k.until:
		r.warn(k.name, fmt.Sprintf("was read by DC/OS %s and earlier; %s ignores it", lineName(k.until), r.in.Version), "remove it")
	case len(k.fixed) > 0 && v.holds(k.fixed):
		r.fail(k.name, fmt.Sprintf("is computed where %s, and then refused", k.fixed[0]), "remove it")
	case !v.holds(k.when):
		r.warn(k.name, "is not read, because "+unmet(k.when, v), "remove it, or change that")
	case k.copy == unread && k.kind != enterprise:
		r.unread(k)
	case k.kind == computed:
		r.fail(k.name, "is computed by the generator, which refuses it", "remove it")
	default:
		return true
	}
	return false
}

// unread warns of keys that nothing reads, but for those that DC/OS Enterprise reads.
func (r *renderer) unread(k key) {
	if !r.in.Enterprise || !slices.Contains([]string{"license_key_contents", "fault_domain_detect_contents", "fault_domain_detect_filename"}, k.name) {
		r.warn(k.name, "is not read in a cluster on given machines", "remove it")
	}
}

// unmet says why none of the conditions holds.
func unmet(conditions []condition, v values) string {
	c := conditions[0]
	if len(c.values) == 0 {
		return c.key + " is given"
	}
	return fmt.Sprintf("%s is not %s", c.key, strings.Join(c.values, " or "))
}

// unknown warns only: DC/OS Enterprise has keys that are documented nowhere in public, and the generator takes all.
func (r *renderer) unknown(name string) {
	hint := "remove it if it is not meant for another program"
	if meant := nearest(name, keyNames()); meant != "" {
		hint = fmt.Sprintf("did you mean %s?", meant)
	}
	r.warn(name, "is not a key of the generator, which ignores it", hint)
}

// required demands the keys that have no default, where the generator reads them.
func (r *renderer) required(v values) {
	hints := map[string]string{
		"cluster_name":              "name the cluster in dcos.config",
		"bootstrap_url":             "give the bootstrap host an address, or set it",
		"exhibitor_storage_backend": "with that master_discovery it must be zookeeper, aws_s3, azure or shared_filesystem",
	}
	for _, name := range keyNames() {
		k, _ := v.key(name)
		_, given := r.config[name]
		if given || k.kind != required || !v.reads(name) || len(k.fixed) > 0 && v.holds(k.fixed) {
			continue
		}
		if len(k.when) == 0 {
			r.fail(name, "is missing", hints[name])
			continue
		}
		i := slices.IndexFunc(k.when, func(c condition) bool { return v.holds([]condition{c}) })
		r.fail(name, fmt.Sprintf("must be given where %s", k.when[i]), "add it, or change that")
	}
	if r.in.Enterprise {
		r.requiredByEnterprise(v)
	}
}

func (r *renderer) requiredByEnterprise(v values) {
	hints := map[string]string{"superuser_username": "name the first user", "superuser_password_hash": "give the password by dcos.superuser_password, or what dcos_generate_config.sh --hash-password prints"}
	for _, name := range sortedKeys(hints) {
		if _, given := r.config[name]; !given {
			r.fail(name, "is missing; DC/OS Enterprise needs it", hints[name])
		}
	}
	if r.lacksFaultDomains(v) {
		r.fail("fault_domain_detect_contents", "is missing; DC/OS Enterprise detects fault domains unless told not to",
			"choose a method by dcos.fault_domain_detect, give the script, or set fault_domain_enabled: false")
	}
}

// joint applies a rule over several keys.
func (r *renderer) joint(v values, j joint, refused map[string]bool) {
	if j.since != 0 && v.line < j.since {
		return
	}
	for _, name := range j.keys {
		if _, ok := v.of(name); !ok || refused[name] || !v.reads(name) {
			return
		}
	}
	name, found := j.check(v)
	for _, p := range found {
		r.add(name, p)
	}
}

// filenames judges the names of scripts: only those that we write are there.
func (r *renderer) filenames(v values) {
	ours := map[string]string{
		"ip_detect_filename": ipDetectFile, "ip_detect_public_filename": ipDetectPublicFile,
		"fault_domain_detect_filename": faultDomainFile, "ip6_detect_filename": ip6DetectFile,
	}
	for _, name := range sortedKeys(ours) {
		file, given := v.given[name]
		empty := file == "" && name != "ip_detect_filename"
		if !given || empty || path.Join("/", file) == path.Join("/", ours[name]) || !v.reads(name) {
			continue
		}
		contents := strings.TrimSuffix(name, "filename") + "contents"
		p := problem{message: "names a file that dcosup does not write", hint: "remove it and put the script into " + contents}
		// The generator does without this one.
		p.warning = name == "fault_domain_detect_filename" && !r.in.Enterprise
		r.add(name, p)
	}
}

// masters holds what is said of the masters against the inventory. The generator knows no inventory.
func (r *renderer) masters(v values) {
	inventory := strings.Join(r.in.Masters, ", ")
	given, _ := list(v.given["master_list"])
	have, want := slices.Sorted(slices.Values(given)), slices.Sorted(slices.Values(r.in.Masters))
	if len(have) > 0 && len(want) > 0 && !slices.Equal(have, want) && v.reads("master_list") {
		r.stricter("master_list", fmt.Sprintf("is %s, but the inventory's masters are %s", strings.Join(given, ", "), inventory),
			"remove it, so that it follows the inventory, or correct the hosts")
	}
	n, ok := pyInt(v.given["num_masters"])
	if ok && masterCount.check(n.String(), v.line) == nil && len(want) > 0 && v.holds(onLoadBalancer) && n.String() != fmt.Sprint(len(want)) {
		r.stricter("num_masters", fmt.Sprintf("is %s, but the inventory has %d masters", n, len(want)), "correct it or the hosts")
	}
}

// bootstrapAddress holds bootstrap_url against the bootstrap node's own address, where both are addresses: nobody
// serves the install files elsewhere.
func (r *renderer) bootstrapAddress(v values) {
	given, err1 := url.Parse(v.given["bootstrap_url"])
	own, err2 := url.Parse(r.in.BootstrapURL)
	if err1 != nil || err2 != nil {
		return
	}
	a, err1 := netip.ParseAddr(given.Hostname())
	b, err2 := netip.ParseAddr(own.Hostname())
	if err1 == nil && err2 == nil && a != b {
		r.stricter("bootstrap_url", fmt.Sprintf("points to %s, but the bootstrap node's address is %s", a, b),
			"remove it, so that it follows the inventory, or correct the host")
	}
}
