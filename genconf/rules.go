package genconf

import (
	"fmt"
	"slices"
	"strings"
)

// branch is a part of the generator's configuration that is read only where a switch has a certain value.
type branch struct {
	key, value string   // the switch
	required   []string // must be given where it is on
	optional   []string // read only where it is on
}

func branchTable() []branch {
	return []branch{
		{"master_discovery", "static", []string{"master_list"}, nil},
		{"master_discovery", "master_http_loadbalancer", []string{"exhibitor_address", "num_masters"}, nil},
		{"exhibitor_storage_backend", "zookeeper", []string{"exhibitor_zk_hosts", "exhibitor_zk_path"}, nil},
		{"exhibitor_storage_backend", "aws_s3", []string{"aws_region", "s3_bucket", "s3_prefix", "exhibitor_explicit_keys"},
			[]string{"aws_access_key_id", "aws_secret_access_key"}},
		{"exhibitor_explicit_keys", "true", []string{"aws_access_key_id"}, nil},
		{"exhibitor_storage_backend", "azure", []string{"exhibitor_azure_account_name", "exhibitor_azure_prefix"},
			[]string{"exhibitor_azure_account_key"}},
		{"exhibitor_storage_backend", "shared_filesystem", []string{"exhibitor_fs_config_dir"}, nil},
		{"use_proxy", "true", []string{"http_proxy", "https_proxy", "no_proxy"}, nil},
	}
}

// validate judges every key by itself, then the rules between keys.
func (r *renderer) validate() {
	line := releaseLine(r.in.Version)
	texts := map[string]string{} // values the generator would not crash on
	for _, k := range sortedKeys(r.config) {
		text, message, hint := generatorText(r.config[k])
		if message != "" {
			r.fail(k, message, hint)
			continue
		}
		texts[k] = text
	}
	asleep := r.branches(texts)
	r.eachKey(texts, asleep, line)
	r.required(texts)
	r.masters(texts)
	r.ipv6(texts, line)
	r.together(texts, line)
}

// branches demands the keys of the branches taken, and returns those keys that only other branches read.
func (r *renderer) branches(texts map[string]string) (asleep map[string]string) {
	asleep = map[string]string{}
	var awake []string
	for _, b := range branchTable() {
		if texts[b.key] != b.value {
			for _, k := range slices.Concat(b.required, b.optional) {
				asleep[k] = fmt.Sprintf("%s is not %s", b.key, b.value)
			}
			continue
		}
		awake = slices.Concat(awake, b.required, b.optional)
		for _, k := range b.required {
			if _, given := r.config[k]; !given {
				r.fail(k, fmt.Sprintf("must be given where %s is %s", b.key, b.value), "")
			}
		}
	}
	for _, k := range awake {
		delete(asleep, k)
	}
	return asleep
}

// eachKey applies the key table.
func (r *renderer) eachKey(texts, asleep map[string]string, line int) {
	table := map[string]key{}
	for _, k := range keyTable() {
		table[k.name] = k
	}
	for _, name := range sortedKeys(texts) {
		k, known := table[name]
		if !known {
			r.unknown(name, sortedKeys(table))
			continue
		}
		if !r.heeded(k, line) {
			continue
		}
		if why, unread := asleep[name]; unread {
			r.unread(name, why)
			continue
		}
		if k.check == nil {
			continue
		}
		if message := k.check(texts[name], line); message != "" {
			r.fail(name, message, wordHint(message, texts[name]))
		}
	}
}

// unread warns of a key of a branch that is not taken. num_masters is refused there, which masters says.
func (r *renderer) unread(name, why string) {
	if name != "num_masters" {
		r.warn(name, "is not read, because "+why, "remove it, or change that")
	}
}

// heeded reports a key that the generator refuses or ignores whatever its value.
func (r *renderer) heeded(k key, line int) bool {
	own := r.in.Enterprise && k.name == "fault_domain_enabled"
	switch {
	case k.kind == computed && !own:
		r.fail(k.name, "is computed by the generator, which refuses it", "remove it")
	case k.kind == enterprise && !r.in.Enterprise:
		r.warn(k.name, "is a key of DC/OS Enterprise; the open release ignores it", "remove it, or set enterprise_dcos: true")
	case k.kind == sshInstaller:
		r.warn(k.name, "was read only by the SSH installer that DC/OS had until 1.12", "remove it; the inventory says this now")
	case line != 0 && line < k.since:
		r.warn(k.name, fmt.Sprintf("is read by DC/OS %s and later; %s ignores it", lineName(k.since), r.in.Version), "remove it")
	case line != 0 && k.until != 0 && line > k.until:
		r.warn(k.name, fmt.Sprintf("was read by DC/OS %s and earlier; %s ignores it", lineName(k.until), r.in.Version), "remove it")
	default:
		return true
	}
	return false
}

// unknown warns only: DC/OS Enterprise has keys that are documented nowhere in public, and the generator takes all.
func (r *renderer) unknown(name string, known []string) {
	hint := "remove it if it is not meant for another program"
	if meant := nearest(name, known); meant != "" {
		hint = fmt.Sprintf("did you mean %s?", meant)
	}
	r.warn(name, "is not a key of the generator, which ignores it", hint)
}

// wordHint helps with other languages' words for true and false.
func wordHint(message, value string) string {
	if !strings.HasPrefix(message, "must be true or false") {
		return ""
	}
	switch strings.ToLower(value) {
	case "yes", "on", "1", "true", "y", "t":
		return "write true, without quotes"
	case "no", "off", "0", "false", "n", "f":
		return "write false, without quotes"
	}
	return ""
}

// required are the keys that every configuration needs; those of a branch are in branchTable.
func (r *renderer) required(texts map[string]string) {
	hints := map[string]string{
		"cluster_name":              "name the cluster in dcos.config",
		"bootstrap_url":             "give the bootstrap host an address, or set it",
		"exhibitor_storage_backend": "with that master_discovery it must be zookeeper, aws_s3, azure or shared_filesystem",
	}
	for _, k := range sortedKeys(hints) {
		if _, given := r.config[k]; !given {
			r.fail(k, "is missing", hints[k])
		}
	}
	if !r.in.Enterprise {
		return
	}
	for _, k := range []string{"superuser_username", "superuser_password_hash"} {
		if texts[k] == "" {
			r.fail(k, "is missing; DC/OS Enterprise needs it", superuserHints()[k])
		}
	}
	if r.lacksFaultDomains() {
		r.fail("fault_domain_detect_contents", "is missing; DC/OS Enterprise detects fault domains unless told not to",
			"choose a method by dcos.fault_domain_detect, give the script, or set fault_domain_enabled: false")
	}
}

// superuserHints are what to do about what is missing of the superuser.
func superuserHints() map[string]string {
	return map[string]string{
		"superuser_username":      "name the user who may do everything",
		"superuser_password_hash": "give the password by dcos.superuser_password, or the hash that dcos_generate_config.sh --hash-password prints",
	}
}

// masters holds the master list against the inventory.
func (r *renderer) masters(texts map[string]string) {
	if texts["master_discovery"] != "static" {
		if texts["exhibitor_storage_backend"] == "static" {
			r.fail("exhibitor_storage_backend", "cannot be static where master_discovery is not", "")
		}
		return
	}
	if _, given := r.config["num_masters"]; given {
		r.fail("num_masters", "is computed from master_list where master_discovery is static, and then refused", "remove it")
	}
	list, problem := stringList(texts["master_list"])
	if problem != "" {
		return // missing or no list: said already
	}
	if message := isMasterCount(fmt.Sprint(len(list)), 0); message != "" {
		r.fail("master_list", fmt.Sprintf("has %d masters; DC/OS takes 1, 3, 5, 7 or 9", len(list)), "")
	}
	have, want := slices.Sorted(slices.Values(list)), slices.Sorted(slices.Values(r.in.Masters))
	if len(want) > 0 && !slices.Equal(have, want) {
		r.fail("master_list", fmt.Sprintf("is %s, but the inventory's masters are %s", strings.Join(list, ", "), strings.Join(r.in.Masters, ", ")),
			"remove it, so that it follows the inventory, or correct the hosts")
	}
}

// ipv6: from 1.13 on, the load balancer's IPv6 is on unless it is switched off by itself.
func (r *renderer) ipv6(texts map[string]string, line int) {
	if texts["enable_ipv6"] != "false" {
		return
	}
	v, given := texts["dcos_l4lb_enable_ipv6"]
	if v == "true" || !given && (line == 0 || line >= 113) {
		r.fail("dcos_l4lb_enable_ipv6", "must be false where enable_ipv6 is false; it is true unless it is set", "set dcos_l4lb_enable_ipv6: false")
	}
}

// together are the remaining rules over several keys.
func (r *renderer) together(texts map[string]string, line int) {
	if texts["exhibitor_tls_required"] == "true" && !r.in.Enterprise {
		r.fail("exhibitor_tls_required", "is possible with DC/OS Enterprise only", "remove it")
	}
	if texts["rexray_config_preset"] == "aws" && texts["rexray_config"] != "" {
		r.fail("rexray_config", "is refused together with rexray_config_preset", "remove one of them")
	}
	if texts["adminrouter_tls_1_2_enabled"] == "false" && texts["adminrouter_tls_1_1_enabled"] != "true" && texts["adminrouter_tls_1_0_enabled"] != "true" {
		r.fail("adminrouter_tls_1_2_enabled", "is the last TLS version left; one must be enabled", "")
	}
	uid, key := texts["superuser_service_account_uid"], texts["superuser_service_account_public_key"]
	if (uid == "") != (key == "") {
		r.fail("superuser_service_account_uid", "and superuser_service_account_public_key must be given both or not at all", "")
	}
	r.overlays(texts, line)
	r.reservedChecks(texts, line)
}
