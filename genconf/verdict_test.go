package genconf

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"
)

// releases has one release of every line that the key table knows.
var releases = []string{"1.11.11", "1.12.5", "1.13.9", "2.0.4", "2.1.1", "2.2.0"}

// settings is a configuration, or a part of one.
type settings = map[string]any

// asked renders a whole configuration of three masters, with some settings.
func asked(release string, parts ...settings) Input {
	in := Input{
		Config: settings{"cluster_name": "prod"}, Masters: []string{"10.0.0.11", "10.0.0.12", "10.0.0.13"},
		BootstrapURL: "http://10.0.0.10:8080", Version: release,
	}
	for _, p := range parts {
		maps.Copy(in.Config, p)
	}
	return in
}

// severities are what is found: the hard errors, those that are ours alone, and the warnings.
func severities(in Input) (hard, strict, warnings []Finding) {
	_, findings := Render(in)
	for _, f := range findings {
		switch {
		case f.Severity == Warning:
			warnings = append(warnings, f)
		case f.Stricter:
			strict = append(strict, f)
		default:
			hard = append(hard, f)
		}
	}
	return hard, strict, warnings
}

// ruling is what becomes of some values of one key. It holds in the lines from and until, which are all if they are 0.
type ruling struct {
	key         string
	from, until int
	with        settings // what makes the generator read the key
	accept      []any    // nothing is said
	unwise      []any    // an error of our own, which passes with Lenient
	warn        []any    // a warning
	refuse      []any
}

func (r ruling) holds(line int) bool { return line >= r.from && (r.until == 0 || line <= r.until) }

var (
	booleans   = [2][]any{{true, false, "true", "false"}, {"True", "yes", "1", 1, 0, "", "on ", []any{true}, " true"}}
	numbers    = []any{" 1500 ", "+1500", "1_500", "٣٠٠٠", 1500, "001500"}
	noNumbers  = []any{"x", "", "1.5", "1__0", "_1", "1_", "0x10", "1 0", "--1", []any{1}, true, "1e3"}
	networks4  = []any{"10.0.0.0/8", "10.0.0.1", "10.0.0.0/255.0.0.0", "10.0.0.0/0.255.255.255", "10.0.0.0/08"}
	noNetworks = []any{"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0/8", " 10.0.0.0/8", "net", "", "fd01::1/64", "fd01::%a/64", "10.0.0.0/255.0.255.0", "10.0.0.0/+8"}
	addresses  = []any{[]any{}, []any{"10.0.0.2"}, `["10.0.0.2","10.0.0.3"]`, ` ["10.0.0.2"] `}
	noList     = []any{"10.0.0.2", "", "[", `{"a":1}`, "null", 5, `["a",]`, `['a']`, `["a"] x`}
	mtu        = ruling{accept: append([]any{552}, numbers...), refuse: append([]any{551, -1, 0}, noNumbers...)}
	s3         = settings{"exhibitor_storage_backend": "aws_s3", "aws_region": "r", "s3_bucket": "b", "s3_prefix": "p", "exhibitor_explicit_keys": false}
	zk         = settings{"exhibitor_storage_backend": "zookeeper", "exhibitor_zk_hosts": "a:2181", "exhibitor_zk_path": "/p"}
	balanced   = merge(zk, settings{"master_discovery": "master_http_loadbalancer", "exhibitor_address": "lb", "num_masters": 3})
	proxied    = settings{"use_proxy": true, "http_proxy": "http://p", "https_proxy": "http://p", "no_proxy": []any{}}
	account    = settings{"superuser_service_account_uid": "root"}
)

func merge(parts ...settings) settings {
	out := settings{}
	for _, p := range parts {
		maps.Copy(out, p)
	}
	return out
}

// rulings has accepted and refused values for every rule of the key table; booleans are added by the test.
func rulings(t *testing.T) []ruling {
	return []ruling{
		{key: "bootstrap_url", accept: []any{"http://10.0.0.10", "https://files.example:8443/dcos", "file:///opt/dcos_install_tmp"},
			unwise: []any{"xy", "10.0.0.10:8080", "ftp://a", "http://10.0.0.10 ", "http:", "http://a b", "http://10.0.0.99:8080"},
			refuse: []any{"", "x", "http://10.0.0.10/", "http://a\n", "http://a\nb", nil, 1.5}},
		{key: "bootstrap_url", from: 200, refuse: []any{"http://[::1"}},
		{key: "bootstrap_url", until: 113, unwise: []any{"http://[::1"}},
		{key: "bootstrap_variant", accept: []any{"", "ee"}, refuse: []any{"x", true}},
		{key: "cluster_name", accept: []any{"prod", "a 'b' \"c\" #d: {e}", "Ünï", 5, true}, unwise: []any{"", "  "}, refuse: []any{"a\nb", "a\n", "a\u2028b", "a\x07b", nil}},
		{key: "master_discovery", accept: []any{"static"}, refuse: []any{"", "dynamic", "Static", "master_http_loadbalancer", nil}},
		{key: "master_list", accept: []any{[]any{"10.0.0.11", "10.0.0.12", "10.0.0.13"}, `["10.0.0.13","10.0.0.12","10.0.0.11"]`, "[\"10.0.0.13\",\"10.0.0.12\",\"10.0.0.11\"]\n"},
			unwise: []any{[]any{"10.0.0.99"}},
			refuse: append([]any{[]any{}, []any{"m1"}, []any{"10.0.0.011"}, []any{"10.0.0.11 "}, []any{"10.0.0.11/32"}, []any{"10.0.0.11:5050"}, []any{"10.0.0.11", "10.0.0.12"},
				[]any{"10.0.0.11", "10.0.0.11", "10.0.0.12"}, []any{1}, "[\n\"10.0.0.11\"]"}, noList...)},
		{key: "num_masters", with: balanced, accept: []any{3, "3", " 3 ", "+3", "3\n"}, unwise: []any{1, 5, 7, 9, "0_1"}, refuse: []any{2, 0, -1, 11, "x", "", "3.0", "99999999999999999999", nil}},
		{key: "exhibitor_storage_backend", accept: []any{"static", "agent_only_group_no_exhibitor"}, refuse: []any{"", "etcd", "Static", nil}},
		{key: "exhibitor_zk_hosts", with: zk, accept: []any{"a:2181", "a:2181,b:2181", "a:2181\n"}, unwise: []any{"", "a", "a:x", "a:2181,"}, refuse: []any{"zk://a:2181"}},
		{key: "exhibitor_zk_path", with: zk, accept: []any{"/", "/dcos", "/dcos/"}, refuse: []any{"dcos", "", " /dcos"}},
		{key: "s3_prefix", with: s3, accept: []any{"", "a", "a/b", "a/ "}, refuse: []any{"a/", "/"}},
		{key: "exhibitor_bootstrap_ca_url", accept: []any{"", "https://a", "https://a/b", "https:// "}, refuse: []any{"http://a", "https://a/", "https://", "a", "HTTPS://a", "https://a://b"}},
		{key: "zk_client_port", accept: []any{2181}, unwise: []any{0, 65536, "x", ""}},
		{key: "no_proxy", with: proxied, accept: []any{[]any{}, []any{"a", ".b"}, `["a"]`, "[\"a\"]\n"}, refuse: append([]any{[]any{1}, "a,b", []any{"a\nb"}}, noList...)},

		{key: "resolvers", accept: append([]any{[]any{"10.0.0.2:53"}, []any{"10.0.0.2: 53 "}}, addresses...),
			refuse: append([]any{[]any{"10.0.0.2:0"}, []any{"10.0.0.2:65536"}, []any{"10.0.0.2:"}, []any{"::1"}, []any{"dns"}, []any{"10.0.0.2", "10.0.0.2"}, []any{5}, "[\"10.0.0.2\"]\n"}, noList...)},
		{key: "resolvers", until: 200, accept: []any{[]any{"198.51.100.1"}, []any{"198.51.100.3:53"}}},
		{key: "resolvers", from: 201, refuse: []any{[]any{"198.51.100.1"}, []any{"198.51.100.3:53"}}, accept: []any{[]any{"198.51.100.4"}}},
		{key: "dns_search", accept: []any{"", "a b c d e f", "a.example", strings.Repeat("x", 255), strings.Repeat("ü", 255)},
			refuse: []any{"a, b", "a b c d e f g", "a\u00a0b\x1cc d e f g", strings.Repeat("x", 256), "a\nb", "a\n", "a\rb"}},
		{key: "dns_bind_ip_blacklist", accept: addresses, refuse: append([]any{[]any{"a"}, []any{"10.0.0.2:53"}, []any{"10.0.0.2", "10.0.0.2"}}, noList...)},
		{key: "dns_bind_ip_reserved", accept: []any{[]any{}, []any{"x"}}, refuse: noList},
		{key: "dns_forward_zones", accept: []any{settings{}, settings{"corp.example": []any{"10.0.0.2", "10.0.0.3:53"}}, settings{"a": []any{}}, "{}\n", `{"a":5,"a":[]}`},
			refuse: []any{[]any{[]any{"a", "b"}}, settings{"a": "10.0.0.2"}, settings{"a": []any{"b"}}, settings{"a": []any{5}}, settings{"a": []any{"10.0.0.2:0"}}, "", "x", "null", "{\n}"}},
		{key: "mesos_dns_ip_sources", accept: []any{[]any{"host"}, []any{}}, refuse: append([]any{[]any{1}, "[\"host\"]\n"}, noList...)},
		{key: "dcos_dns_push_ops_timeout", accept: []any{50, 120000, " 50 "}, refuse: append([]any{49, 120001}, noNumbers...)},
		{key: "dcos_net_push_ops_timeout", accept: []any{50, 120000, " 50 "}, refuse: append([]any{49, 120001}, noNumbers...)},
		{key: "dcos_dns_store_modes", accept: []any{[]any{"lww"}}, refuse: noList},
		{key: "dcos_l4lb_min_named_ip", accept: []any{"11.0.0.0"}, refuse: []any{"11.0.0.00", "11.0.0", "a", "", "11.0.0.0/8", " 11.0.0.0", "fd01::", 5}},
		{key: "dcos_l4lb_max_named_ip", accept: []any{"11.0.0.0"}, refuse: []any{"11.0.0.00", "11.0.0.256"}},
		{key: "dcos_l4lb_min_named_ip6", accept: []any{"fd01:c::", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::", "::"}, refuse: []any{"11.0.0.0", "fd01", "", "fe80::1%eth0", "[::1]", "1::2::3"}},
		{key: "dcos_l4lb_max_named_ip6", accept: []any{"fd01:c::"}, refuse: []any{"11.0.0.0"}},
		{key: "dcos_overlay_config_attempts", accept: []any{0, 10, " 4 "}, refuse: append([]any{-1, 11}, noNumbers...)},
		{key: "dcos_overlay_mtu", accept: mtu.accept, refuse: append([]any{"1500\n"}, mtu.refuse...)},
		{key: "dcos_ucr_default_bridge_subnet", accept: networks4, refuse: noNetworks},
		{key: "dcos_ucr_default_bridge_subnet", until: 200, accept: []any{"fd01::/64"}},
		{key: "dcos_ucr_default_bridge_subnet", from: 201, refuse: []any{"fd01::/64"}},
		{key: "calico_network_cidr", accept: []any{"172.29.0.0/16", "10.0.0.1", "10.0.0.0/255.0.0.0"}, refuse: append([]any{"fd01::/64"}, noNetworks...)},
		{key: "calico_veth_mtu", accept: mtu.accept, refuse: mtu.refuse},
		{key: "calico_vxlan_mtu", accept: mtu.accept, refuse: mtu.refuse},
		{key: "calico_ipinip_mtu", with: settings{"calico_vxlan_enabled": false}, accept: mtu.accept, refuse: mtu.refuse},
		{key: "calico_vxlan_port", accept: []any{1025, 65535}, refuse: append([]any{1024, 65536}, noNumbers...)},
		{key: "calico_vxlan_vni", accept: []any{1, 1024, 16777215}, refuse: append([]any{0, 16777216}, noNumbers...)},

		{key: "mesos_agent_work_dir", accept: []any{"/", "/a", "/a b"}, refuse: []any{"", "a", "./a", " /a", "~"}},
		{key: "mesos_master_work_dir", accept: []any{"/a"}, refuse: []any{"a"}},
		{key: "diagnostics_bundles_dir", accept: []any{"/a"}, refuse: []any{"a", "/a\n"}},
		{key: "mesos_container_log_sink", accept: []any{"journald+logrotate"}, warn: []any{"", "syslog"}, refuse: []any{"a\nb"}},
		{key: "mesos_default_container_shm_size", accept: []any{"", "64MB", "1b", "2Gb"}, unwise: []any{"64MB junk", "64MB-"}, refuse: []any{"64", "1.5GB", "2GiB", "MB", "64 MB", " 64MB", 64, "64MBx"}},
		{key: "mesos_log_retention_mb", accept: []any{1024, 4000, " 1024 ", "1_024", "+4000"}, refuse: append([]any{1023, 0, -5, strings.Repeat("9", 400)}, noNumbers...)},
		{key: "mesos_logrotate_file_size_mb", accept: []any{0, -1, 2, "1_0"}, refuse: noNumbers},
		{key: "mesos_max_completed_frameworks", accept: []any{0, -1, 2, "10\n"}, refuse: noNumbers},
		{key: "mesos_max_completed_tasks_per_framework", accept: []any{0, -1, 100}, refuse: []any{"x", "1.5", true}},
		{key: "mesos_max_completed_tasks_per_framework", until: 200, accept: []any{""}},
		{key: "mesos_max_completed_tasks_per_framework", from: 201, refuse: []any{""}},
		{key: "mesos_recovery_timeout", accept: []any{"24hrs", "1.5days", ".5secs", "5.weeks", "18446744073709551616ns"}, unwise: []any{"24hrs, or so", "5mins "},
			refuse: []any{"24", "24hours", "hrs", "", " 24hrs", "24 hrs", "2.4.5hrs", ".hrs", "9999999999999999999999ns", "24hrsjunk", "-5secs", 24}},
		{key: "cluster_docker_credentials", accept: []any{settings{}, settings{"auths": settings{}}, `{"auths":{}}`, "{}\n"}, refuse: []any{[]any{}, "", "x", "null", 5, "{\n}"}},
		{key: "rexray_config", accept: []any{settings{}, `{"a":NaN}`, "{\n}"}, refuse: []any{[]any{}, "", "x", "null"}},

		{key: "adminrouter_grpc_proxy_port", accept: []any{1, 65535, " 80 "}, refuse: append([]any{0, 65536, -1}, noNumbers...)},
		{key: "adminrouter_x_frame_options", accept: []any{"DENY", "sameorigin", "allow-from https://a", "ALLOW-FROM\ta"}, refuse: []any{"", "ALLOW", "ALLOW-FROM", "ALLOW-FROM ", "DENY ", "DENY\n", " DENY"}},
		{key: "superuser_service_account_public_key", with: account, accept: []any{publicKeyPEM(t, "PUBLIC KEY", rsaKey), publicKeyPEM(t, "RSA PUBLIC KEY", rsaKey)},
			refuse: []any{"ssh-rsa AAAA", publicKeyPEM(t, "PUBLIC KEY", ed25519.PublicKey(make([]byte, ed25519.PublicKeySize))), publicKeyPEM(t, "CERTIFICATE", rsaKey), " ",
				publicKeyPEM(t, "PUBLIC KEY", rsaKey) + "ü"}},
		{key: "marathon_gpu_scheduling_behavior", accept: []any{"restricted", "unrestricted", ""}, warn: []any{"undefined", "x"}, refuse: []any{"a\nb"}},
		{key: "marathon_new_group_enforce_role", accept: []any{"top", "off", ""}, refuse: []any{"Top", false, "none"}},
		{key: "metronome_gpu_scheduling_behavior", accept: []any{"restricted", "unrestricted", ""}, refuse: []any{"undefined", "x"}},
		overlayRuling(), overlayRuling().until200(), overlayRuling().from201(), overlayRuling().until111(), overlayRuling().from112(),
		asJSON(overlayRuling()),
		checkRuling("custom_checks"), checkRuling("check_config"),
	}
}

// asJSON is the same overlays under the key that holds the finished text.
func asJSON(r ruling) ruling { r.key = "dcos_overlay_network_json"; return r }

var rsaKey = &rsa.PublicKey{N: big.NewInt(0).Add(big.NewInt(0).Lsh(big.NewInt(3), 2046), big.NewInt(1)), E: 65537}

func publicKeyPEM(t *testing.T, block string, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if block == "RSA PUBLIC KEY" {
		der, err = x509.MarshalPKCS1PublicKey(rsaKey), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der}))
}

// withBooleans adds the rulings that all booleans share, and what makes the generator read them.
func withBooleans(rs []ruling) []ruling {
	with := map[string]settings{"exhibitor_explicit_keys": s3}
	accept := map[string][]any{ // where the other value is refused for another reason
		"adminrouter_tls_1_2_enabled": {true, "true"}, "dcos_l4lb_enable_ipv6": {false, "false"}, "enable_ipv6": {true, "true"},
		"exhibitor_tls_required": {false, "false"}, "exhibitor_explicit_keys": {false, "false"}, "use_proxy": {false, "false"},
	}
	for _, k := range keyTable() {
		if k.rule.words != boolean.words {
			continue
		}
		r := ruling{key: k.name, with: with[k.name], accept: accept[k.name], refuse: booleans[1]}
		if r.accept == nil {
			r.accept = booleans[0]
		}
		rs = append(rs, r)
	}
	return rs
}

func TestRules(t *testing.T) {
	all := withBooleans(rulings(t))
	seen := map[string][2]int{} // key and line: how many values were accepted, and how many objected to
	for _, release := range releases {
		line := releaseLine(release)
		for _, r := range all {
			k := keysByName()[r.key]
			if !r.holds(line) {
				continue
			}
			if applies := k.known(line) && line >= k.rule.since; !applies {
				passes(t, release, r.with, r.key, append(r.unwise, r.refuse...))
				continue
			}
			try(t, release, r)
			n := seen[r.key+release]
			seen[r.key+release] = [2]int{n[0] + len(r.accept), n[1] + len(r.refuse) + len(r.unwise) + len(r.warn)}
		}
	}
	for _, k := range keyTable() {
		for _, release := range releases {
			line := releaseLine(release)
			if k.rule.check == nil || k.kind == enterprise || !k.known(line) || line < k.rule.since {
				continue
			}
			if n := seen[k.name+release]; n[0] == 0 || n[1] == 0 {
				t.Errorf("the rule of %s has %d accepted values in %s, and %d that are not", k.name, n[0], release, n[1])
			}
		}
	}
}

// passes holds where a release does not know the key, or does not apply its rule: nothing but a crash is refused.
func passes(t *testing.T, release string, with settings, name string, list []any) {
	t.Helper()
	for _, v := range list {
		if text, p := generatorText(v); p != nil || len(within.problems(text)) > 0 {
			continue
		}
		if hard, _, _ := severities(asked(release, with, settings{name: v})); len(hard) > 0 {
			t.Errorf("%s: %s: %#v is refused: %v", release, name, v, hard)
		}
	}
}

func try(t *testing.T, release string, r ruling) {
	t.Helper()
	for _, v := range r.accept {
		hard, strict, warnings := severities(asked(release, r.with, settings{r.key: v}))
		if all := append(append(hard, strict...), warnings...); len(all) > 0 {
			t.Errorf("%s: %s: %#v: got %v, want nothing", release, r.key, v, all)
		}
	}
	for _, v := range r.warn {
		hard, strict, warnings := severities(asked(release, r.with, settings{r.key: v}))
		if len(hard)+len(strict) > 0 || len(warnings) == 0 {
			t.Errorf("%s: %s: %#v: got %v and %v, want a warning", release, r.key, v, append(hard, strict...), warnings)
		}
	}
	for _, v := range r.unwise {
		in := asked(release, r.with, settings{r.key: v})
		hard, strict, _ := severities(in)
		if len(hard) > 0 || len(strict) == 0 {
			t.Errorf("%s: %s: %#v: got %v and %v, want an error of our own", release, r.key, v, hard, strict)
		}
		in.Lenient = true
		if _, findings := Render(in); HasErrors(findings) {
			t.Errorf("%s: %s: %#v: refused with Lenient: %v", release, r.key, v, findings)
		}
	}
	for _, v := range r.refuse {
		hard, _, _ := severities(asked(release, r.with, settings{r.key: v}))
		if len(hard) == 0 {
			t.Errorf("%s: %s: %#v is accepted", release, r.key, v)
		}
		for _, f := range hard {
			if f.Hint == "" || f.Key == "" || len(f.Path) == 0 || f.Path[0] != f.Key {
				t.Errorf("%s: %s: %#v: the finding lacks a hint or a path: %+v", release, r.key, v, f)
			}
		}
	}
}

// A release that is not known refuses what all releases refuse, and nothing else.
func TestRulesOfAnUnknownRelease(t *testing.T) {
	for _, r := range withBooleans(rulings(t)) {
		for _, v := range append(append(append(r.accept, r.unwise...), r.warn...), r.refuse...) {
			refused := 0
			for _, release := range releases {
				if hard, _, _ := severities(asked(release, r.with, settings{r.key: v})); len(hard) > 0 {
					refused++
				}
			}
			hard, _, _ := severities(asked("", r.with, settings{r.key: v}))
			if want := refused == len(releases); (len(hard) > 0) != want {
				t.Errorf("%s: %#v: refused by %d of %d releases, and without one: %v", r.key, v, refused, len(releases), hard)
			}
		}
	}
}

func TestEveryKeyIsOnceInTheTable(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range keyTable() {
		if seen[k.name] {
			t.Errorf("%s is there twice", k.name)
		}
		seen[k.name] = true
		for _, c := range append(k.when, k.fixed...) {
			if c.key == "" {
				t.Errorf("%s: a condition without a key: %v", k.name, c)
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("the table has %d keys", len(seen))
	}
	for _, j := range jointRules() {
		for _, name := range j.keys {
			if !seen[name] {
				t.Errorf("%s: a key that is not in the table: %s", fmt.Sprint(j), name)
			}
		}
	}
}
