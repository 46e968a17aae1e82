package genconf

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rule judges the text of one setting: it says what is wrong with it, in the words that the generator prints, or nothing.
type rule func(string) string

// singleRules are the rules for one key each, without the booleans.
func singleRules() map[string]rule {
	mtu := atLeast(552)
	return map[string]rule{
		"adminrouter_grpc_proxy_port":             integer,
		"adminrouter_x_frame_options":             frameOptions,
		"bootstrap_url":                           bootstrapURL,
		"calico_ipinip_mtu":                       mtu,
		"calico_network_cidr":                     ipv4Network,
		"calico_veth_mtu":                         mtu,
		"calico_vxlan_mtu":                        mtu,
		"calico_vxlan_port":                       between(1024, 65535), // the real rule means to exclude 1024 and does not
		"calico_vxlan_vni":                        between(1, 16777215),
		"cluster_docker_credentials":              dict,
		"dcos_l4lb_max_named_ip":                  ipv4,
		"dcos_l4lb_max_named_ip6":                 ipv6,
		"dcos_l4lb_min_named_ip":                  ipv4,
		"dcos_l4lb_min_named_ip6":                 ipv6,
		"dcos_net_push_ops_timeout":               between(50, 120000),
		"dcos_overlay_config_attempts":            between(0, 10),
		"dcos_overlay_mtu":                        mtu,
		"dcos_ucr_default_bridge_subnet":          ipv4Network,
		"diagnostics_bundles_dir":                 absolute,
		"dns_bind_ip_blacklist":                   ipv4List,
		"dns_forward_zones":                       forwardZones,
		"dns_search":                              dnsSearch,
		"exhibitor_bootstrap_ca_url":              caURL,
		"exhibitor_explicit_keys":                 oneOf("true", "false"),
		"exhibitor_zk_hosts":                      zkHosts,
		"exhibitor_zk_path":                       zkPath,
		"marathon_new_group_enforce_role":         oneOf("top", "off", ""),
		"master_list":                             ipv4List,
		"mesos_agent_work_dir":                    absolute,
		"mesos_default_container_shm_size":        pattern(`^(\d+(B|KB|MB|GB|TB))?$`, "Must be an integer and a unit: B, KB, MB, GB or TB."),
		"mesos_dns_ip_sources":                    texts,
		"mesos_log_retention_mb":                  logRetention,
		"mesos_logrotate_file_size_mb":            integer,
		"mesos_master_work_dir":                   absolute,
		"mesos_max_completed_frameworks":          integer,
		"mesos_max_completed_tasks_per_framework": integer,
		"mesos_recovery_timeout":                  pattern(`^\d+(\.\d+)?(ns|us|ms|secs|mins|hrs|days|weeks)`, "Must be a number and a unit."),
		"metronome_gpu_scheduling_behavior":       oneOf("restricted", "unrestricted", ""),
		"no_proxy":                                texts,
		"num_masters":                             numMasters,
		"resolvers":                               resolvers,
		"rexray_config":                           dict,
		"s3_prefix":                               noSlash,
		"superuser_service_account_public_key":    publicKey,
	}
}

func oneOf(words ...string) rule {
	return func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		return fmt.Sprintf("Must be one of '%s'. Got '%s'.", strings.Join(words, "', '"), s)
	}
}

func between(low, high int64) rule {
	return func(s string) string {
		if inRange(s, low, high) {
			return ""
		}
		return fmt.Sprintf("Must be an integer between %d and %d. Got '%s'.", low, high, s)
	}
}

func atLeast(low int64) rule {
	return func(s string) string {
		if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < low {
			return fmt.Sprintf("Must be an integer of at least %d. Got '%s'.", low, s)
		}
		return ""
	}
}

func pattern(expression, message string) rule {
	re := regexp.MustCompile(`(?i)` + expression)
	return func(s string) string {
		if !re.MatchString(s) {
			return fmt.Sprintf("%s Got '%s'.", message, s)
		}
		return ""
	}
}

func isInt(s string) bool { _, err := strconv.ParseInt(s, 10, 64); return err == nil }

func inRange(s string, low, high int64) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && low <= n && n <= high
}

func integer(s string) string {
	if !isInt(s) {
		return fmt.Sprintf("Must be an integer. Got '%s'.", s)
	}
	return ""
}

// logRetention leaves a text that is no number alone: that one is a crash and not a message.
func logRetention(s string) string {
	if isInt(s) {
		return atLeast(1024)(s)
	}
	return ""
}

func numMasters(s string) string {
	if slices.Contains([]string{"1", "3", "5", "7", "9"}, s) {
		return ""
	}
	return fmt.Sprintf("Must have 1, 3, 5, 7, or 9 masters. Found %s masters.", s)
}

// bootstrapURL is as lax as the real one: the scheme is not looked at.
func bootstrapURL(s string) string {
	if len(s) < 2 {
		return fmt.Sprintf("Should be a url (http://example.com/bar or file:///path/to/local/cache): got '%s'", s)
	}
	return noSlash(s)
}

func noSlash(s string) string {
	if strings.HasSuffix(s, "/") {
		return "Must not end in a '/'"
	}
	return ""
}

func caURL(s string) string {
	if s == "" {
		return ""
	}
	if !strings.HasPrefix(s, "https://") {
		return "Must be empty or start with https://"
	}
	return noSlash(s)
}

func absolute(s string) string {
	if !strings.HasPrefix(s, "/") {
		return fmt.Sprintf("Must be an absolute filesystem path starting with /. Got '%s'.", s)
	}
	return ""
}

func frameOptions(s string) string {
	upper := strings.ToUpper(s)
	if upper == "DENY" || upper == "SAMEORIGIN" || strings.HasPrefix(upper, "ALLOW-FROM ") && len(s) > len("ALLOW-FROM ") {
		return ""
	}
	return fmt.Sprintf("Must be DENY, SAMEORIGIN or ALLOW-FROM <uri>. Got '%s'.", s)
}

func zkHosts(s string) string {
	if strings.HasPrefix(s, "zk://") {
		return "Must be of the form `host:port,host:port', not start with zk://"
	}
	return ""
}

func zkPath(s string) string {
	if !strings.HasPrefix(s, "/") {
		return "Must be of the form /path/to/znode"
	}
	return ""
}

func dnsSearch(s string) string {
	switch {
	case strings.ContainsAny(s, ",\n"):
		return "Must be a space separated list of domains, without comma or newline."
	case len(s) > 255:
		return "Must be no more than 255 characters."
	case len(strings.Fields(s)) > 6:
		return "Must contain no more than 6 domains."
	}
	return ""
}

func texts(s string) string { _, wrong := list(s); return wrong }

// list reads a JSON list of texts.
func list(s string) ([]string, string) {
	var raw []any
	if err := json.Unmarshal([]byte(s), &raw); err != nil {
		return nil, fmt.Sprintf("Must be a JSON formatted list, but couldn't be parsed. Got: '%s'", s)
	}
	items := make([]string, 0, len(raw))
	for _, item := range raw {
		text, ok := item.(string)
		if !ok {
			return nil, fmt.Sprintf("Must be a JSON formatted list of strings. Got: '%s'", s)
		}
		items = append(items, text)
	}
	return items, ""
}

func noDuplicates(items []string) string {
	seen := map[string]bool{}
	for _, item := range items {
		if seen[item] {
			return fmt.Sprintf("List cannot contain duplicates: %s", strings.Join(items, ", "))
		}
		seen[item] = true
	}
	return ""
}

func ipv4List(s string) string {
	items, wrong := list(s)
	if wrong != "" {
		return wrong
	}
	var bad []string
	for _, item := range items {
		if ipv4(item) != "" {
			bad = append(bad, item)
		}
	}
	if len(bad) > 0 {
		return fmt.Sprintf("Invalid IPv4 addresses in list: %s", strings.Join(bad, ", "))
	}
	return noDuplicates(items)
}

func resolvers(s string) string {
	items, wrong := list(s)
	if wrong != "" {
		return wrong
	}
	if wrong := noDuplicates(items); wrong != "" {
		return wrong
	}
	for _, item := range items {
		host, port, hasPort := strings.Cut(item, ":")
		if hasPort && !inRange(port, 1, 65535) {
			return fmt.Sprintf("Invalid port in '%s': must be between 1 and 65535", item)
		}
		if ipv4(host) != "" {
			return fmt.Sprintf("Invalid IPv4 addresses in list: %s", item)
		}
		if slices.Contains([]string{"198.51.100.1", "198.51.100.2", "198.51.100.3"}, host) {
			return fmt.Sprintf("Spartan addresses found: %s", host)
		}
	}
	return ""
}

func ipv4(s string) string {
	if addr, err := netip.ParseAddr(s); err != nil || !addr.Is4() {
		return fmt.Sprintf("Must be an IPv4 address. Got '%s'.", s)
	}
	return ""
}

func ipv6(s string) string {
	if addr, err := netip.ParseAddr(s); err != nil || !addr.Is6() || addr.Zone() != "" {
		return fmt.Sprintf("Must be an IPv6 address. Got '%s'.", s)
	}
	return ""
}

func ipv4Network(s string) string {
	if p, err := netip.ParsePrefix(s); err != nil || !p.Addr().Is4() || p.Masked() != p {
		return fmt.Sprintf("Must be an IPv4 network without host bits. Got '%s'.", s)
	}
	return ""
}

func dict(s string) string {
	var d map[string]any
	if err := json.Unmarshal([]byte(s), &d); err != nil || d == nil {
		return fmt.Sprintf("Must be a JSON formatted dictionary. Got '%s'.", s)
	}
	return ""
}

func forwardZones(s string) string {
	var zones map[string][]string
	if err := json.Unmarshal([]byte(s), &zones); err != nil || zones == nil {
		return `Invalid "dns_forward_zones": must be a dictionary of zone to list of addresses`
	}
	for zone, servers := range zones {
		for _, server := range servers {
			host, port, hasPort := strings.Cut(server, ":")
			if ipv4(host) != "" || hasPort && !inRange(port, 1, 65535) {
				return fmt.Sprintf(`Invalid "dns_forward_zones": zone %s: %s is not an address`, zone, server)
			}
		}
	}
	return ""
}

func publicKey(s string) string {
	if s == "" {
		return ""
	}
	block, _ := pem.Decode(bytes.TrimSpace([]byte(s)))
	if block == nil {
		return "Must be an RSA public key in PEM format."
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if _, ok := key.(*rsa.PublicKey); err != nil || !ok {
		return "Must be an RSA public key in PEM format."
	}
	return ""
}
