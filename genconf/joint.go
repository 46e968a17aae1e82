package genconf

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// joint is a rule over several keys. Like the generator, it is applied only where all of them are read and none is
// refused already.
type joint struct {
	keys  []string
	since int    // first release line that applies it; 0 = all
	words string // for people
	check func(values) (key string, found []problem)
}

// values are what the generator works with: what a person gave, and the defaults of the release.
type values struct {
	given      map[string]string
	line       int
	enterprise bool
}

// key is a row of the table, as the edition has it.
func (v values) key(name string) (key, bool) {
	if v.enterprise && name == "fault_domain_enabled" {
		return key{name: name, def: "true", rule: boolean}, true
	}
	k, known := keysByName()[name]
	return k, known
}

// reads says whether the generator reads a key in this configuration.
func (v values) reads(name string) bool {
	k, known := v.key(name)
	return known && k.known(v.line) && v.holds(k.when)
}

// of is a key's value; ok is false where it has none, or where that depends on a release line that is not known.
func (v values) of(name string) (value string, ok bool) {
	if text, given := v.given[name]; given {
		return text, true
	}
	k, known := v.key(name)
	if !known || !k.known(v.line) {
		return "", false
	}
	return k.defaultFor(v.line)
}

func (v values) text(name string) string { text, _ := v.of(name); return text }

// holds says whether one of the conditions does; without any, it does.
func (v values) holds(any []condition) bool {
	return len(any) == 0 || slices.ContainsFunc(any, func(c condition) bool {
		if len(c.values) == 0 {
			_, given := v.given[c.key]
			return !given
		}
		text, ok := v.of(c.key)
		return ok && slices.Contains(c.values, text)
	})
}

func jointRules() []joint {
	return []joint{
		{keys: []string{"adminrouter_tls_1_0_enabled", "adminrouter_tls_1_1_enabled", "adminrouter_tls_1_2_enabled"},
			words: "at least one is true", check: someTLS},
		{keys: []string{"enable_ipv6", "dcos_l4lb_enable_ipv6"},
			words: "where enable_ipv6 is false, dcos_l4lb_enable_ipv6 is false, too", check: noIPv6},
		{keys: []string{"master_discovery", "exhibitor_storage_backend"},
			words: "where master_discovery is not static, exhibitor_storage_backend is not static either", check: sharedBackend},
		{keys: []string{"superuser_service_account_uid", "superuser_service_account_public_key"}, since: 113,
			words: "both are given or none", check: wholeAccount},
		{keys: []string{"dcos_overlay_network_default_name", "dcos_overlay_network"},
			words: "dcos_overlay_network_default_name is the name of one of the overlays", check: defaultOverlay},
		{keys: []string{"calico_enabled", "dcos_overlay_enable", "calico_network_cidr", "dcos_overlay_network"}, since: 201,
			words: "where both networks are enabled, no IPv4 overlay overlaps calico_network_cidr", check: besideCalico},
		{keys: []string{"custom_checks", "check_config"},
			words: "no custom check has the name of one of check_config", check: ownCheckNames},
	}
}

func someTLS(v values) (string, []problem) {
	for _, k := range []string{"adminrouter_tls_1_0_enabled", "adminrouter_tls_1_1_enabled", "adminrouter_tls_1_2_enabled"} {
		if v.text(k) == "true" {
			return "", nil
		}
	}
	return "adminrouter_tls_1_2_enabled", []problem{{message: "is the last TLS version left; one must be enabled",
		hint: "write true, or enable another version"}}
}

func noIPv6(v values) (string, []problem) {
	if v.text("enable_ipv6") != "false" || v.text("dcos_l4lb_enable_ipv6") == "false" {
		return "", nil
	}
	return "dcos_l4lb_enable_ipv6", []problem{{message: "must be false where enable_ipv6 is false; it is true unless it is set",
		hint: "set dcos_l4lb_enable_ipv6: false"}}
}

func sharedBackend(v values) (string, []problem) {
	if v.text("master_discovery") == "static" || v.text("exhibitor_storage_backend") != "static" {
		return "", nil
	}
	return "exhibitor_storage_backend", []problem{{message: "cannot be static where master_discovery is not",
		hint: "write zookeeper, aws_s3, azure or shared_filesystem"}}
}

func wholeAccount(v values) (string, []problem) {
	uid, key := v.text("superuser_service_account_uid"), v.text("superuser_service_account_public_key")
	if (uid == "") == (key == "") {
		return "", nil
	}
	return "superuser_service_account_uid", []problem{{message: "and superuser_service_account_public_key must be given both or not at all",
		hint: "give the other one, too"}}
}

func defaultOverlay(v values) (string, []problem) {
	name := v.text("dcos_overlay_network_default_name")
	if slices.ContainsFunc(overlayList(v.text("dcos_overlay_network")), func(o map[string]any) bool { return o["name"] == any(name) }) {
		return "", nil
	}
	return "dcos_overlay_network_default_name", []problem{{message: fmt.Sprintf("is %s, which is no overlay of dcos_overlay_network", name),
		hint: "set it to the name of one of them"}}
}

func besideCalico(v values) (string, []problem) {
	calico, message := ipNetwork(v.text("calico_network_cidr"))
	if message != "" || v.text("calico_enabled") != "true" || v.text("dcos_overlay_enable") != "true" {
		return "", nil
	}
	var found []problem
	for i, o := range overlayList(v.text("dcos_overlay_network")) {
		subnet, message := ipNetwork(o["subnet"])
		if message != "" || !overlaps(subnet, calico) {
			continue
		}
		found = append(found, problem{at: []string{"overlays", fmt.Sprint(i), "subnet"},
			message: fmt.Sprintf("%s overlaps calico_network_cidr, which is %s", subnet, calico),
			hint:    "write another network, or set calico_network_cidr to one that is free"})
	}
	if _, given := v.given["dcos_overlay_network"]; given || len(found) == 0 {
		return "dcos_overlay_network", found
	}
	return "calico_network_cidr", []problem{{message: fmt.Sprintf("is %s, which overlaps an overlay of dcos_overlay_network", calico),
		hint: "write a network outside 9.0.0.0/8"}}
}

func overlaps(a, b netip.Prefix) bool { return a.Addr().Is4() == b.Addr().Is4() && a.Overlaps(b) }

func ownCheckNames(v values) (string, []problem) {
	cluster, node := checkNames(v.text("custom_checks"))
	var takenByCluster []string
	takenByNodes := builtinChecks(v.line, v.text("check_time") == "true")
	if own, given := v.given["check_config"]; given {
		takenByCluster, takenByNodes = checkNames(own)
	}
	var found []problem
	clash := func(names, taken []string, path ...string) {
		for _, name := range names {
			if slices.Contains(taken, name) {
				found = append(found, problem{at: append(path[:len(path):len(path)], name),
					message: "has the name of a check that DC/OS brings", hint: "rename it"})
			}
		}
	}
	clash(cluster, takenByCluster, "cluster_checks")
	clash(node, takenByNodes, "node_checks", "checks")
	return "custom_checks", found
}

// exhibitorTLS is what the generator tries after all rules: TLS to Exhibitor is DC/OS Enterprise's.
func (r *renderer) exhibitorTLS(v values) {
	const name = "exhibitor_tls_required"
	switch {
	case v.line != 0 && v.line < 200, v.given[name] != "true", !v.holds(onExhibitor):
	case !r.in.Enterprise:
		r.fail(name, "is possible with DC/OS Enterprise only", "remove it")
	case v.given["exhibitor_tls_enabled"] == "false":
		r.fail(name, "cannot be true where exhibitor_tls_enabled is false", "set exhibitor_tls_enabled: true")
	case v.text("master_discovery") != "static":
		r.fail(name, "is possible with master_discovery: static only", "remove it")
	}
}

// words are the keys of a joint rule in a sentence.
func (j joint) String() string { return strings.Join(j.keys, ", ") + ": " + j.words }
