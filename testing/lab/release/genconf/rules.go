package genconf

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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
		"bootstrap_variant":                       oneOf("", "ee"),
		"calico_ipinip_mtu":                       mtu,
		"calico_network_cidr":                     ipv4Network,
		"calico_veth_mtu":                         mtu,
		"calico_vxlan_mtu":                        mtu,
		"calico_vxlan_port":                       between(1025, 65535),
		"calico_vxlan_vni":                        between(1, 16777215), // the real rule means to exclude 1024 and does not
		"check_config":                            healthChecks,
		"cluster_docker_credentials":              dict,
		"custom_checks":                           healthChecks,
		"dcos_l4lb_max_named_ip":                  ipv4,
		"dcos_l4lb_max_named_ip6":                 ipv6,
		"dcos_l4lb_min_named_ip":                  ipv4,
		"dcos_l4lb_min_named_ip6":                 ipv6,
		"dcos_net_push_ops_timeout":               between(50, 120000),
		"dcos_overlay_config_attempts":            between(0, 10),
		"dcos_overlay_mtu":                        mtu,
		"dcos_overlay_network":                    overlayNetwork,
		"dcos_overlay_network_json":               overlayNetwork,
		"dcos_ucr_default_bridge_subnet":          ipv4Network,
		"diagnostics_bundles_dir":                 absolute,
		"dns_bind_ip_blacklist":                   ipv4List,
		"dns_bind_ip_reserved":                    texts,
		"dns_forward_zones":                       forwardZones,
		"dns_search":                              dnsSearch,
		"exhibitor_bootstrap_ca_url":              caURL,
		"exhibitor_explicit_keys":                 oneOf("true", "false"),
		"exhibitor_zk_hosts":                      zkHosts,
		"exhibitor_zk_path":                       zkPath,
		"marathon_new_group_enforce_role":         oneOf("top", "off", ""),
		"master_list":                             ipv4List,
		"mesos_agent_work_dir":                    absolute,
		"mesos_default_container_shm_size":        shmSize,
		"mesos_dns_ip_sources":                    texts,
		"mesos_log_retention_mb":                  logRetention,
		"mesos_logrotate_file_size_mb":            integer,
		"mesos_master_work_dir":                   absolute,
		"mesos_max_completed_frameworks":          integer,
		"mesos_max_completed_tasks_per_framework": integer,
		"mesos_recovery_timeout":                  recoveryTimeout,
		"metronome_gpu_scheduling_behavior":       oneOf("restricted", "unrestricted", ""),
		"no_proxy":                                proxyExceptions,
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
		n, ok := parseInt(s)
		if !ok || n.Cmp(big.NewInt(low)) < 0 || n.Cmp(big.NewInt(high)) > 0 {
			return fmt.Sprintf("Must be between %d and %d inclusive. Got '%s'.", low, high, s)
		}
		return ""
	}
}

func atLeast(low int64) rule {
	return func(s string) string {
		if n, ok := parseInt(s); !ok || n.Cmp(big.NewInt(low)) < 0 {
			return fmt.Sprintf("Must be an integer of at least %d. Got '%s'.", low, s)
		}
		return ""
	}
}

func integer(s string) string {
	if _, ok := parseInt(s); !ok {
		return fmt.Sprintf("Must be an integer. Got '%s'.", s)
	}
	return ""
}

// logRetention leaves a text that is no number alone: that one is a crash and not a message.
func logRetention(s string) string {
	if integer(s) == "" {
		return atLeast(1024)(s)
	}
	return ""
}

func numMasters(s string) string {
	if n, ok := parseInt(s); ok && slices.Contains([]string{"1", "3", "5", "7", "9"}, n.String()) {
		return ""
	}
	return fmt.Sprintf("Must have 1, 3, 5, 7, or 9 masters. Found %s masters.", s)
}

// bootstrapURL is as lax as the real one: the scheme is not looked at.
func bootstrapURL(s string) string {
	if utf8.RuneCountInString(s) < 2 {
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
	if protocol, rest, ok := strings.Cut(s, "://"); !ok || protocol != "https" || strings.Contains(rest, "://") {
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

var frameOption = regexp.MustCompile(`(?i)^(deny|sameorigin|allow-from[ \t][^\n]+)\n?$`)

func frameOptions(s string) string {
	if !frameOption.MatchString(s) {
		return fmt.Sprintf("Must be DENY, SAMEORIGIN or ALLOW-FROM <uri>. Got '%s'.", s)
	}
	return ""
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
	case utf8.RuneCountInString(s) > 255:
		return "Must be no more than 255 characters."
	case len(strings.FieldsFunc(s, blank)) > 6:
		return "Must contain no more than 6 domains."
	}
	return ""
}

// amount finds a number and a word at the beginning of a text, as the real rules do, which look no further.
var amount = regexp.MustCompile(`^([\p{Nd}.]+)([\pL\pN_]+)`)

func recoveryTimeout(s string) string {
	units := []string{"ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"}
	m := amount.FindStringSubmatch(s)
	if m == nil || !slices.Contains(units, m[2]) || strings.Count(m[1], ".") > 1 {
		return fmt.Sprintf("Must be a number and a unit: %s. Got '%s'.", strings.Join(units, ", "), s)
	}
	if f, err := strconv.ParseFloat(strings.Map(latin, m[1]), 64); err != nil || f > math.Pow(2, 64) {
		return fmt.Sprintf("Value %s not in supported range.", m[1])
	}
	return ""
}

func shmSize(s string) string {
	units := []string{"B", "KB", "MB", "GB", "TB"}
	m := amount.FindStringSubmatch(s)
	if s != "" && (m == nil || !slices.Contains(units, strings.ToUpper(m[2])) || strings.Contains(m[1], ".")) {
		return fmt.Sprintf("Must be an integer and a unit: %s. Got '%s'.", strings.Join(units, ", "), s)
	}
	return ""
}

func texts(s string) string { _, wrong := list(s); return wrong }

// proxyExceptions are joined into one line of a template.
func proxyExceptions(s string) string {
	items, wrong := list(s)
	if wrong == "" && strings.ContainsAny(strings.Join(items, ","), lineEnds) {
		return "yaml.parser.ParserError: while parsing a block mapping"
	}
	return wrong
}

// list reads a JSON list of texts.
func list(s string) ([]string, string) {
	parsed, err := parseJSON(s)
	raw, ok := parsed.([]any)
	if err != nil || !ok {
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
	if wrong := noDuplicates(items); wrong != "" {
		return wrong
	}
	var bad []string
	for _, item := range items {
		if ipv4(item) != "" {
			bad = append(bad, item)
		}
	}
	if len(bad) > 0 {
		return "Invalid IPv4 addresses in list: " + strings.Join(bad, ", ")
	}
	return ""
}

// resolvers are addresses with an optional port, and none of the cluster's own.
func resolvers(s string) string {
	items, wrong := list(s)
	if wrong != "" {
		return wrong
	}
	if wrong := noDuplicates(items); wrong != "" {
		return wrong
	}
	for _, item := range items {
		first, _, _ := strings.Cut(item, ":")
		if slices.Contains([]string{"198.51.100.1", "198.51.100.2", "198.51.100.3"}, first) {
			return "Spartan addresses found in `resolvers`: " + first
		}
		if wrong := server(item); wrong != "" {
			return wrong
		}
	}
	return ""
}

// server is an address with an optional port.
func server(s string) string {
	host := s
	if colon := strings.LastIndex(s, ":"); colon >= 0 {
		host = s[:colon]
		if wrong := between(1, 65535)(s[colon+1:]); wrong != "" {
			return wrong
		}
	}
	if ipv4(host) != "" {
		return "Invalid IPv4 addresses in list: " + s
	}
	return ""
}

// ipv4 is as strict as inet_pton: four numbers, no leading zero.
func ipv4(s string) string {
	if a, err := netip.ParseAddr(s); err != nil || !a.Is4() {
		return "Invalid IPv4 addresses in list: " + s
	}
	return ""
}

func ipv6(s string) string {
	if a, err := netip.ParseAddr(s); err != nil || a.Is4() || a.Zone() != "" {
		return "Invalid IPv6 addresses in list: " + s
	}
	return ""
}

func ipv4Network(s string) string { return networkOf(s, true) }

// networkOf says what is wrong with a network of a family.
func networkOf(v any, four bool) string {
	if p, ok := parseNetwork(v); !ok || p.Addr().Is4() != four {
		return fmt.Sprintf("Incorrect value for a subnet: %v", v)
	}
	return ""
}

func dict(s string) string {
	parsed, err := parseJSON(s)
	if _, ok := parsed.(map[string]any); err != nil || !ok {
		return fmt.Sprintf("Must be a JSON dictionary. Got: '%s'", s)
	}
	return ""
}

func forwardZones(s string) string {
	parsed, err := parseJSON(s)
	zones, ok := parsed.(map[string]any)
	if err != nil || !ok {
		return `Invalid "dns_forward_zones": must be a dictionary of zone to list of addresses`
	}
	for zone, servers := range zones {
		list, ok := servers.([]any)
		if !ok {
			return fmt.Sprintf(`Invalid "dns_forward_zones": %v is not a list`, servers)
		}
		for _, item := range list {
			if text, ok := item.(string); !ok || server(text) != "" {
				return fmt.Sprintf(`Invalid "dns_forward_zones": zone %s: %v is not an address`, zone, item)
			}
		}
	}
	return ""
}

// publicKey takes both forms that OpenSSL writes.
func publicKey(s string) string {
	if s == "" {
		return ""
	}
	const wrong = "Must be an RSA public key in PEM format."
	block, _ := pem.Decode([]byte(s))
	if block == nil || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return wrong
	}
	if block.Type == "RSA PUBLIC KEY" {
		if _, err := x509.ParsePKCS1PublicKey(block.Bytes); err != nil {
			return wrong
		}
		return ""
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if _, ok := key.(*rsa.PublicKey); err != nil || !ok || block.Type != "PUBLIC KEY" {
		return wrong
	}
	return ""
}
