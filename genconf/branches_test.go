package genconf

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
)

func accepted(in Input) bool {
	in.Lenient = true
	_, findings := Render(in)
	return !HasErrors(findings)
}

// jointRuling is what becomes of values of several keys together.
type jointRuling struct {
	from, until    int
	accept, refuse []settings
}

// jointRulings are by the first key of the rule.
func jointRulings() map[string][]jointRuling {
	good := settings{"description": "d", "cmd": []any{"x"}, "timeout": "1s"}
	custom := func(name string) settings {
		return settings{"custom_checks": settings{"node_checks": settings{"checks": settings{name: good}, "prestart": []any{name}}}}
	}
	own := func(name string) settings {
		return settings{"check_config": settings{"cluster_checks": settings{name: good}, "node_checks": settings{"checks": settings{name: good}, "prestart": []any{name}}}}
	}
	clusterCheck := settings{"custom_checks": settings{"cluster_checks": settings{"x": good, "docker": good}}}
	wide := settings{"dcos_overlay_network": overlayNet(nil, merge(dcos, settings{"subnet": "172.16.0.0/12"}))}
	json := settings{"dcos_overlay_network_json": overlayNet(nil, merge(dcos, settings{"name": "other"}))}
	return map[string][]jointRuling{
		"adminrouter_tls_1_0_enabled": {{
			accept: []settings{{"adminrouter_tls_1_2_enabled": false, "adminrouter_tls_1_0_enabled": true}, {"adminrouter_tls_1_2_enabled": false, "adminrouter_tls_1_1_enabled": "true"}},
			refuse: []settings{{"adminrouter_tls_1_2_enabled": false}, {"adminrouter_tls_1_0_enabled": false, "adminrouter_tls_1_1_enabled": false, "adminrouter_tls_1_2_enabled": "false"}}}},
		"enable_ipv6": {
			{accept: []settings{{"enable_ipv6": false, "dcos_l4lb_enable_ipv6": false}, {"enable_ipv6": true, "dcos_l4lb_enable_ipv6": true}},
				refuse: []settings{{"enable_ipv6": false, "dcos_l4lb_enable_ipv6": true}}},
			{until: 112, accept: []settings{{"enable_ipv6": false}}},
			{from: 113, refuse: []settings{{"enable_ipv6": false}}}},
		"master_discovery": {{
			accept: []settings{balanced, merge(zk, settings{"master_discovery": "static"})},
			refuse: []settings{merge(balanced, settings{"exhibitor_storage_backend": "static"}), merge(balanced, settings{"exhibitor_storage_backend": "static", "master_list": []any{"10.0.0.11"}})}}},
		"superuser_service_account_uid": {
			{accept: []settings{{"superuser_service_account_uid": "", "superuser_service_account_public_key": ""}}},
			{until: 112, accept: []settings{account}},
			{from: 113, accept: []settings{merge(account, settings{"_superuser_service_account_public_key_json": `"x"`})}, refuse: []settings{account}}},
		"dcos_overlay_network_default_name": {{
			accept: []settings{{"dcos_overlay_network_default_name": "dcos6"}, {"dcos_overlay_network": overlayNet(nil, merge(dcos, settings{"name": "x"})), "dcos_overlay_network_default_name": "x"}, json},
			refuse: []settings{{"dcos_overlay_network_default_name": "x"}, {"dcos_overlay_network": overlayNet(nil, dcos6)}}}},
		"calico_enabled": {
			{until: 200, accept: []settings{wide}},
			{from: 201, accept: []settings{merge(wide, settings{"calico_enabled": false}), merge(wide, settings{"dcos_overlay_enable": false}), merge(wide, settings{"calico_network_cidr": "10.128.0.0/16"})},
				refuse: []settings{wide, {"calico_network_cidr": "9.1.0.0/16"}, {"calico_network_cidr": "0.0.0.0/0"}}}},
		"custom_checks": {
			{accept: []settings{custom("mine"), clusterCheck, merge(custom("clock_sync"), settings{"check_time": false}), merge(custom("docker"), own("x"))},
				refuse: []settings{custom("docker"), custom("clock_sync"), merge(custom("x"), own("x")), merge(clusterCheck, own("x"))}},
			{until: 112, accept: []settings{custom("cockroachdb_replication")}}, {from: 113, refuse: []settings{custom("cockroachdb_replication")}},
			{until: 111, accept: []settings{custom("ifconfig")}}, {from: 112, until: 112, refuse: []settings{custom("ifconfig")}}, {from: 113, accept: []settings{custom("ifconfig")}}},
	}
}

func TestJointRules(t *testing.T) {
	all := jointRulings()
	for _, j := range jointRules() {
		for _, release := range releases {
			line := releaseLine(release)
			acceptedOnes, refusedOnes := 0, 0
			for _, r := range all[j.keys[0]] {
				if !(ruling{from: r.from, until: r.until}).holds(line) {
					continue
				}
				for _, s := range r.accept {
					if acceptedOnes++; !accepted(asked(release, s)) {
						t.Errorf("%s: %v is refused: %v", release, s, findings(asked(release, s)))
					}
				}
				for _, s := range r.refuse {
					if refusedOnes++; accepted(asked(release, s)) {
						t.Errorf("%s: %v is accepted", release, s)
					}
				}
			}
			if acceptedOnes == 0 || refusedOnes == 0 && line >= j.since {
				t.Errorf("%v has %d accepted and %d refused configurations in %s", j, acceptedOnes, refusedOnes, release)
			}
		}
	}
}

func findings(in Input) []Finding {
	_, f := Render(in)
	return f
}

// Every computed key is refused in the releases that have it, where they read it, and ignored in the others.
func TestComputedKeys(t *testing.T) {
	with := map[string]settings{
		"cluster_docker_credentials_path": {"cluster_docker_credentials_enabled": true},
		"no_proxy_final":                  proxied,
	}
	for _, k := range computedKeys() {
		for _, release := range append(releases, "") {
			refused := !accepted(asked(release, with[k.name], settings{k.name: "x"}))
			want := k.known(releaseLine(release)) && k.copy != unread
			if refused != want {
				t.Errorf("%q: %s: refused is %t, want %t", release, k.name, refused, want)
			}
			if without := !accepted(asked(release, settings{k.name: "x"})); with[k.name] != nil && without {
				t.Errorf("%q: %s is refused where nothing reads it", release, k.name)
			}
		}
	}
	for _, release := range append(releases, "") {
		if accepted(asked(release, settings{"num_masters": 3})) {
			t.Errorf("%q: num_masters is accepted with static discovery", release)
		}
		if accepted(asked(release, settings{"rexray_config_preset": "aws", "rexray_config": settings{}})) {
			t.Errorf("%q: rexray_config is accepted beside its preset", release)
		}
		if !accepted(asked(release, settings{"rexray_config_preset": "aws"})) || !accepted(asked(release, settings{"rexray_config_preset": "x", "rexray_config": settings{}})) {
			t.Errorf("%q: a preset is refused", release)
		}
	}
}

// Each branch demands its own keys, and what belongs to another branch may be anything.
func TestBranches(t *testing.T) {
	for name, branch := range map[string]struct{ on, needs settings }{
		"static":        {settings{}, settings{"cluster_name": "prod"}},
		"load balancer": {merge(zk, settings{"master_discovery": "master_http_loadbalancer"}), settings{"exhibitor_address": "lb", "num_masters": 3}},
		"zookeeper":     {settings{"exhibitor_storage_backend": "zookeeper"}, settings{"exhibitor_zk_hosts": "a:1", "exhibitor_zk_path": "/p"}},
		"S3":            {settings{"exhibitor_storage_backend": "aws_s3"}, settings{"aws_region": "r", "s3_bucket": "b", "s3_prefix": "p", "exhibitor_explicit_keys": false}},
		"S3 with keys":  {merge(s3, settings{"exhibitor_explicit_keys": true}), settings{"aws_access_key_id": "k"}},
		"azure":         {settings{"exhibitor_storage_backend": "azure"}, settings{"exhibitor_azure_account_name": "a", "exhibitor_azure_prefix": "p"}},
		"shared files":  {settings{"exhibitor_storage_backend": "shared_filesystem"}, settings{"exhibitor_fs_config_dir": "relative"}},
		"proxy":         {settings{"use_proxy": true}, settings{"http_proxy": "", "https_proxy": "", "no_proxy": []any{}}},
	} {
		for _, release := range append(releases, "") {
			if in := asked(release, branch.on, branch.needs); !accepted(in) {
				t.Errorf("%q: %s is refused: %v", release, name, findings(in))
			}
			for missing := range branch.needs {
				in := asked(release, branch.on, branch.needs)
				if delete(in.Config, missing); accepted(in) {
					t.Errorf("%q: %s is accepted without %s", release, name, missing)
				}
			}
		}
	}
	for name, value := range map[string]any{
		"os_type": "beos", "channel_name": "/x/", "aws_masters_have_public_ip": "perhaps", "exhibitor_explicit_keys": "x", "s3_prefix": "x/",
		"exhibitor_zk_hosts": "zk://", "exhibitor_zk_path": "relative", "no_proxy": "a,b", "aws_access_key_id": "", "exhibitor_address": "a\nb",
		"platform": "x", "rexray_config_preset": "x", "mesos_container_log_sink": "x", "marathon_gpu_scheduling_behavior": "x",
		"adminrouter_auth_enabled": "perhaps", "ui_update_enabled": "x", "intercom_enabled": 5, "ui_banner": "x", "ui_tracking": "x",
		"calico_ipinip_mtu": 5, "no_proxy_final": "x", "cluster_docker_credentials_path": "x", "custom_auth_json": "x",
	} {
		for _, release := range append(releases, "") {
			if in := asked(release, settings{name: value}); !accepted(in) {
				t.Errorf("%q: %s is judged, and nothing reads it or its rule is never applied: %v", release, name, findings(in))
			}
		}
	}
	for _, unread := range []settings{
		merge(balanced, settings{"master_list": "x"}),
		{"exhibitor_storage_backend": "agent_only_group_no_exhibitor", "exhibitor_tls_required": true, "exhibitor_bootstrap_ca_url": "x"},
		{"calico_vxlan_enabled": false, "calico_vxlan_mtu": 5, "calico_vxlan_port": 5, "calico_vxlan_vni": 0},
		{"oauth_available": false, "adminrouter_auth_enabled": true, "oauth_enabled": "x"},
		{"cluster_docker_credentials_dcos_owned": false, "cluster_docker_credentials": "x"},
		{"dcos_overlay_network_json": overlayNet(nil, dcos), "dcos_overlay_network": "x"},
		merge(zk, settings{"exhibitor_static_ensemble": "x"}),
	} {
		if in := asked("2.1.0", unread); !accepted(in) {
			t.Errorf("%v: what nothing reads is judged: %v", unread, findings(in))
		}
	}
	for _, read := range []settings{
		{"oauth_available": true, "adminrouter_auth_enabled": true, "oauth_enabled": "x"},
		{"oauth_available": false, "oauth_enabled": "x"},
		{"cluster_docker_credentials_dcos_owned": true, "cluster_docker_credentials": "x"},
		{"calico_vxlan_enabled": "x", "calico_vxlan_mtu": 5},
		{"exhibitor_tls_required": true},
	} {
		if accepted(asked("2.1.0", read)) {
			t.Errorf("%v is accepted", read)
		}
	}
}

// The generator ends in a traceback on these, whatever the key: known, unknown, or of another release.
func TestCrashes(t *testing.T) {
	day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, value := range map[string]any{
		"no value": nil, "float": 1.13, "float without fraction": 2.0, "infinity": math.Inf(1), "no number": math.NaN(), "date": day,
		"date in a list": []any{day}, "date deep in a mapping": settings{"a": []any{1, settings{"b": day}}}, "date as a key": map[any]any{day: 1},
		"a type that YAML has not": struct{}{}, "one in a list": []any{make(chan int)},
	} {
		for _, key := range []string{"weights", "xyzzy", "calico_enabled", "ssh_user", "os_type", "security"} {
			for _, release := range append(releases, "") {
				if accepted(asked(release, settings{key: value})) {
					t.Errorf("%q: %s: %s is accepted", release, key, name)
				}
			}
		}
	}
	for name, in := range map[string]Input{
		"a key that is no text": {NonTextKeys: []string{"1"}},
		"nothing":               {},
	} {
		in.Masters, in.BootstrapURL = []string{"10.0.0.11"}, "http://10.0.0.10"
		if accepted(in) {
			t.Errorf("%s is accepted", name)
		}
	}
}

// What follows Python's own rules within lists and mappings passes.
func TestValuesWithin(t *testing.T) {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	for want, value := range map[string]any{
		`[null, 1.5, 1e+20, 1e-05, NaN, Infinity, -Infinity, true, 5, 100000.0]`:         []any{nil, 1.5, 1e20, 1e-5, math.NaN(), math.Inf(1), math.Inf(-1), true, 5, 1e5},
		`{"1": "a", "1.5": "b", "null": "c", "true": "d", "x": "e"}`:                     map[any]any{1: "a", 1.5: "b", nil: "c", true: "d", "x": "e"},
		`["\u00fc\ud83d\ude00\u2028\"\\\n\u0007\u007f", 123456789012345678901234567890]`: []any{"ü😀\u2028\"\\\n\a\x7f", huge},
		`123456789012345678901234567890`:                                                 huge,
		`{}`:                                                                             settings{},
	} {
		got, p := generatorText(value)
		if p != nil || got != want {
			t.Errorf("got %s (%v), want %s", got, p, want)
		}
		if in := asked("2.1.0", settings{"weights": value}); !accepted(in) {
			t.Errorf("%s is refused: %v", want, findings(in))
		}
	}
}

// Accepted by the generator although it looks wrong.
func TestAcceptedAlthoughItLooksWrong(t *testing.T) {
	for _, s := range []settings{
		{"resolverz": []any{"x"}}, {"ssh_user": "centos"}, {"agent_list": "x"}, {"bootstrap_url": "xy"}, {"bootstrap_url": "http://10.0.0.10 "}, {"resolvers": []any{}},
		{"mesos_recovery_timeout": "24hrs and more"}, {"calico_vxlan_vni": 1024}, {"mesos_max_completed_tasks_per_framework": -1}, {"adminrouter_x_frame_options": "allow-from x"},
		{"security": "lax"}, {"superuser_username": "x"}, {"ui_networking": "x"}, {"ui_organization": true}, {"cluster_name": ""}, {"zk_client_port": "x"},
		{"master_list": []any{"10.9.9.9"}}, {"dns_search": "None"}, {"fault_domain_detect_filename": "nowhere"}, {"ip_detect_public_filename": ""}, {"ip_detect_contents": ""},
		{"ip_detect_contents": "echo"}, {"ip_detect_filename": "/genconf/ip-detect"}, {"exhibitor_fs_config_dir": "x"}, {"license_key_contents": "x"},
	} {
		for _, release := range append(releases, "") {
			if in := asked(release, s); !accepted(in) {
				t.Errorf("%q: %v is refused: %v", release, s, findings(in))
			}
		}
	}
}

// A key of another release is ignored by the generator, with a warning of ours that names the releases that have it.
func TestKeysOfOtherReleases(t *testing.T) {
	for _, tt := range []struct{ release, key, want string }{
		{"1.11.0", "log_offers", "warning: log_offers: is read by DC/OS 1.12 and later; 1.11.0 ignores it; remove it"},
		{"2.0.0", "calico_enabled", "warning: calico_enabled: is read by DC/OS 2.1 and later; 2.0.0 ignores it; remove it"},
		{"2.1.0", "dcos_dns_push_ops_timeout", "warning: dcos_dns_push_ops_timeout: was read by DC/OS 2.0 and earlier; 2.1.0 ignores it; remove it"},
		{"1.13.0", "exhibitor_port", "warning: exhibitor_port: is read by DC/OS 2.0 and later; 1.13.0 ignores it; remove it"},
		{"2.0.0", "exhibitor_port", "error: exhibitor_port: is computed by the generator, which refuses it; remove it"},
		{"", "calico_enabled", ""},
	} {
		got := ""
		for _, f := range findings(asked(tt.release, settings{tt.key: "nonsense"})) {
			got += f.String()
		}
		if got != tt.want {
			t.Errorf("%s in %q: got %q, want %q", tt.key, tt.release, got, tt.want)
		}
	}
}

// What an Enterprise key says of an open release is true at times: then it is no error.
func TestEnterpriseKeyThatIsTrueOfAnOpenRelease(t *testing.T) {
	for value, severity := range map[string]Severity{"disabled": Warning, "permissive": Error} {
		in := Input{Config: map[string]any{"security": value}, ClusterName: "c", Masters: []string{"10.0.0.11"}, BootstrapURL: "http://10.0.0.10:8080", Version: "2.1.0"}
		_, findings := Render(in)
		if len(findings) != 1 || findings[0].Key != "security" || findings[0].Severity != severity {
			t.Errorf("security: %s: got %v, want one %s", value, findings, severity)
		}
	}
}

// What is ours alone is marked, and passes with Lenient.
func TestOursAlone(t *testing.T) {
	enterprise := settings{"security": "strict"}
	for name, in := range map[string]Input{
		"enterprise key":       asked("2.1.0", enterprise),
		"other masters":        asked("2.1.0", settings{"master_list": []any{"10.0.0.11"}}),
		"other number":         asked("2.1.0", balanced, settings{"num_masters": 5}),
		"other bootstrap node": asked("2.1.0", settings{"bootstrap_url": "http://10.0.0.99:8080"}),
		"script from Windows":  asked("2.1.0", settings{"ip_detect_public_contents": "#!/bin/sh\r\n"}),
	} {
		hard, strict, _ := severities(in)
		if len(hard) > 0 || len(strict) != 1 {
			t.Errorf("%s: got %v and %v, want one error of our own", name, hard, strict)
		}
		in.Lenient = true
		hard, strict, warnings := severities(in)
		if len(hard)+len(strict) > 0 || len(warnings) != 1 || !warnings[0].Stricter {
			t.Errorf("%s with Lenient: got %v, %v and %v, want one warning that is marked", name, hard, strict, warnings)
		}
	}
	for name, s := range map[string]settings{
		"bootstrap node by name": {"bootstrap_url": "http://files.example"},
		"other port":             {"bootstrap_url": "http://10.0.0.10:9999/dcos"},
	} {
		if f := findings(asked("2.1.0", s)); len(f) > 0 {
			t.Errorf("%s: got %v, want nothing", name, f)
		}
	}
	in := asked("2.1.0", settings{"master_list": []any{"10.0.0.99"}, "bootstrap_url": "http://10.0.0.99"})
	if in.Provisional = true; len(findings(in)) > 0 {
		t.Errorf("held against stand-ins: %v", findings(in))
	}
}

// A finding says where within the value it is.
func TestPaths(t *testing.T) {
	for want, s := range map[string]settings{
		"dcos_overlay_network.overlays.1.subnet":  {"dcos_overlay_network": overlayNet(nil, dcos, settings{"name": "x", "subnet": "y"})},
		"resolvers.1":                             {"resolvers": []any{"10.0.0.2", "y"}},
		"dns_forward_zones.corp.0":                {"dns_forward_zones": settings{"corp": []any{"y"}}},
		"custom_checks.cluster_checks.a.timeout":  {"custom_checks": settings{"cluster_checks": settings{"a": settings{"description": "", "cmd": []any{}, "timeout": 5}}}},
		"rexray_config.a.0":                       {"rexray_config": settings{"a": []any{time.Time{}}}},
		"telemetry_enabled":                       {"telemetry_enabled": "x"},
		"dcos_overlay_network.vtep_mtu":           {"dcos_overlay_network": overlayNet(settings{"vtep_mtu": 5}, dcos)},
		"custom_checks.node_checks.checks.docker": {"custom_checks": settings{"node_checks": settings{"checks": settings{"docker": settings{"description": "", "cmd": []any{}, "timeout": "1s"}}, "prestart": []any{"docker"}}}},
	} {
		got := ""
		for _, f := range findings(asked("2.1.0", s)) {
			got += f.Where()
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestEnterpriseKeys(t *testing.T) {
	whole := settings{"security": "strict", "superuser_username": "admin", "superuser_password_hash": "$6$x", "license_key_contents": "k", "fault_domain_enabled": false, "auth_cookie_secure_flag": true}
	in := func(parts ...settings) Input {
		in := asked("2.1.0", append([]settings{whole}, parts...)...)
		in.Enterprise = true
		return in
	}
	for _, s := range []settings{
		{}, {"security": "permissive"}, {"fault_domain_enabled": true, "fault_domain_detect_contents": "#!/bin/sh\n"}, {"bouncer_expiration_auth_token_days": "0.5"},
		{"exhibitor_tls_required": true}, {"zk_super_credentials": "a:b"}, {"anything": "else"},
	} {
		if f := findings(in(s)); HasErrors(f) {
			t.Errorf("%v: got %v, want none", s, f)
		}
	}
	for _, s := range []settings{
		{"security": "lax"}, {"security": "disabled"}, {"superuser_username": nil}, {"superuser_username": ""}, {"superuser_password_hash": ""}, {"fault_domain_enabled": true}, {"fault_domain_enabled": "x"},
		{"bouncer_expiration_auth_token_days": 0.5}, {"exhibitor_tls_required": true, "exhibitor_tls_enabled": false}, merge(balanced, settings{"exhibitor_tls_required": true}),
	} {
		if accepted(in(s)) {
			t.Errorf("%v is accepted", s)
		}
	}
	old := in(settings{"security": "disabled"})
	if old.Version = "1.12.0"; !accepted(old) {
		t.Errorf("1.12 without security is refused: %v", findings(old))
	}
	told := fmt.Sprint(findings(in(settings{"superuser_username": "", "exhibitor_admin_password": "a\nsecret", "cluster_docker_credentials": "secret",
		"bootstrap_url": "ftp://me:secret@a"})))
	if !strings.Contains(told, "exhibitor_admin_password") || !strings.Contains(told, "bootstrap_url") || strings.Contains(told, "secret") {
		t.Errorf("got %s, want both keys and no secret", told)
	}
}
