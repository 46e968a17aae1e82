package genconf_test

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

func TestFindings(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version string // "" = 2.1.0
		config  map[string]any
		want    []string
	}{
		{name: "value missing", config: map[string]any{"dns_search": nil},
			want: []string{"error: dns_search: has no value, on which the generator crashes; give it a value or remove the key"}},
		{name: "float", config: map[string]any{"channel_name": 1.13},
			want: []string{"error: channel_name: is the number 1.13, on which the generator crashes; put it in quotes: '1.13'"}},
		{name: "date", config: map[string]any{"channel_name": time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)},
			want: []string{"error: channel_name: is a date, on which the generator crashes; put it in quotes"}},
		{name: "date inside", config: map[string]any{"rexray_config": map[string]any{"a": []any{time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}}},
			want: []string{"error: rexray_config.a.0: is a date, on which the generator crashes; put it in quotes"}},
		{name: "key mistyped", config: map[string]any{"resolverz": []any{"1.1.1.1"}, "dns_saerch": "a"},
			want: []string{"warning: dns_saerch: is not a key of the generator, which ignores it; did you mean dns_search?",
				"warning: resolverz: is not a key of the generator, which ignores it; did you mean resolvers?"}},
		{name: "key unknown", config: map[string]any{"xyzzy": 1},
			want: []string{"warning: xyzzy: is not a key of the generator, which ignores it; remove it if it is not meant for another program"}},
		{name: "key computed", config: map[string]any{"fault_domain_enabled": false},
			want: []string{"error: fault_domain_enabled: is computed by the generator, which refuses it; remove it"}},
		{name: "key of the SSH installer", config: map[string]any{"ssh_user": "centos"},
			want: []string{"warning: ssh_user: was read only by the SSH installer that DC/OS had until 1.12; remove it; the inventory says this now"}},
		{name: "key of Enterprise", config: map[string]any{"security": "strict"},
			want: []string{"error: security: is a key of DC/OS Enterprise; the open release ignores it; remove it, or set enterprise_dcos: true"}},
		{name: "key too new", version: "2.0.4", config: map[string]any{"calico_enabled": true},
			want: []string{"warning: calico_enabled: is read by DC/OS 2.1 and later; 2.0.4 ignores it; remove it"}},
		{name: "key too old", config: map[string]any{"dcos_dns_push_ops_timeout": 100},
			want: []string{"warning: dcos_dns_push_ops_timeout: was read by DC/OS 2.0 and earlier; 2.1.0 ignores it; remove it"}},

		{name: "boolean as JSON, text and YAML", config: map[string]any{"oauth_enabled": "false", "telemetry_enabled": false}},
		{name: "boolean in another word", config: map[string]any{"telemetry_enabled": "no", "enable_lb": "True", "check_time": 1, "log_offers": ""},
			want: []string{`error: check_time: must be true or false, not "1"; write true, without quotes`,
				`error: enable_lb: must be true or false, not "True"; write true, without quotes`,
				`error: log_offers: must be true or false, not ""; write true or false`,
				`error: telemetry_enabled: must be true or false, not "no"; write false, without quotes`}},

		{name: "resolvers with port, as JSON text", config: map[string]any{"resolvers": `["10.0.0.2:53","8.8.8.8"]`}},
		{name: "resolvers empty", config: map[string]any{"resolvers": []any{}}},
		{name: "resolver port", config: map[string]any{"resolvers": []any{"10.0.0.2:0"}},
			want: []string{`error: resolvers.0: the port of "10.0.0.2:0" must be between 1 and 65535; write addresses such as 8.8.8.8 or 10.0.0.2:53`}},
		{name: "resolver by name", config: map[string]any{"resolvers": []any{"dns.example"}},
			want: []string{`error: resolvers.0: every entry must be an IPv4 address with an optional :port, not "dns.example"; write addresses such as 8.8.8.8 or 10.0.0.2:53`}},
		{name: "resolver twice", config: map[string]any{"resolvers": []any{"10.0.0.2", "10.0.0.2"}},
			want: []string{"error: resolvers.1: has 10.0.0.2 twice; remove one of them"}},
		{name: "resolver is DC/OS itself", config: map[string]any{"resolvers": []any{"198.51.100.2"}},
			want: []string{"error: resolvers.0: has 198.51.100.2, an address of DC/OS DNS itself, which would ask itself for ever; write addresses such as 8.8.8.8 or 10.0.0.2:53"}},
		{name: "which 2.0 took", version: "2.0.1", config: map[string]any{"resolvers": []any{"198.51.100.2"}}},
		{name: "dns_search", config: map[string]any{"dns_search": "a b c d e f g"},
			want: []string{"error: dns_search: has 7 domains; resolvers take 6; write domains such as corp.example lab.example"}},
		{name: "dns_search with commas", config: map[string]any{"dns_search": "a, b"},
			want: []string{"error: dns_search: must be domains separated by blanks, without commas or line ends; write domains such as corp.example lab.example"}},
		{name: "dns_search too long", config: map[string]any{"dns_search": strings.Repeat("x", 256)},
			want: []string{"error: dns_search: has 256 characters; it must have less than 256; write domains such as corp.example lab.example"}},
		{name: "forward zones", config: map[string]any{"dns_forward_zones": map[string]any{"corp.example": []any{"10.0.0.2", "10.0.0.3:5353"}}}},
		{name: "forward zones, the old list form", config: map[string]any{"dns_forward_zones": []any{[]any{"a", "b"}}},
			want: []string{`error: dns_forward_zones: must be a mapping; write it as in {"corp.example": ["10.0.0.2:53"]}`}},
		{name: "forward zone's address", config: map[string]any{"dns_forward_zones": map[string]any{"a": []any{"b"}}},
			want: []string{`error: dns_forward_zones.a.0: every entry must be an IPv4 address with an optional :port, not "b"; write it as in {"corp.example": ["10.0.0.2:53"]}`}},

		{name: "bootstrap_url with slash", config: map[string]any{"bootstrap_url": "http://10.0.0.10/"},
			want: []string{"error: bootstrap_url: must not end in a slash; remove the slash"}},
		{name: "bootstrap_url without scheme", config: map[string]any{"bootstrap_url": "10.0.0.10:8080"},
			want: []string{`error: bootstrap_url: must be a URL such as http://10.0.0.10:8080, not "10.0.0.10:8080"; write a URL such as http://10.0.0.10:8080`}},
		{name: "bootstrap_url with blank", config: map[string]any{"bootstrap_url": "http://10.0.0.10 "},
			want: []string{"error: bootstrap_url: must not have a blank; write a URL such as http://10.0.0.10:8080"}},
		{name: "bootstrap_url on disk", config: map[string]any{"bootstrap_url": "file:///opt/dcos_install_tmp"}},
		{name: "cluster_name of two lines", config: map[string]any{"cluster_name": "a\nb"},
			want: []string{"error: cluster_name: has a line end, on which the generator crashes; write it on one line"}},

		{name: "master_list differs", config: map[string]any{"master_list": []any{"10.0.0.11"}},
			want: []string{"error: master_list: is 10.0.0.11, but the inventory's masters are 10.0.0.11, 10.0.0.12, 10.0.0.13; remove it, so that it follows the inventory, or correct the hosts"}},
		{name: "master_list is no list", config: map[string]any{"master_list": "10.0.0.11"},
			want: []string{"error: master_list: must be a list; write a list of 1, 3, 5, 7 or 9 IPv4 addresses, each once"}},
		{name: "num_masters with static", config: map[string]any{"num_masters": 3},
			want: []string{"error: num_masters: is computed where master_discovery is static, and then refused; remove it"}},
		{name: "behind a load balancer", config: map[string]any{"master_discovery": "master_http_loadbalancer", "exhibitor_address": "10.0.0.5", "num_masters": 3,
			"exhibitor_storage_backend": "zookeeper", "exhibitor_zk_hosts": "a:2181,b:2181", "exhibitor_zk_path": "/dcos"}},
		{name: "behind a load balancer, nothing else given", config: map[string]any{"master_discovery": "master_http_loadbalancer"},
			want: []string{"error: exhibitor_address: must be given where master_discovery is master_http_loadbalancer; add it, or change that",
				"error: exhibitor_storage_backend: is missing; with that master_discovery it must be zookeeper, aws_s3, azure or shared_filesystem",
				"error: num_masters: must be given where master_discovery is master_http_loadbalancer; add it, or change that"}},
		{name: "load balancer with static backend", config: map[string]any{"master_discovery": "master_http_loadbalancer", "exhibitor_address": "a", "num_masters": 4, "exhibitor_storage_backend": "static"},
			want: []string{"error: exhibitor_storage_backend: cannot be static where master_discovery is not; write zookeeper, aws_s3, azure or shared_filesystem",
				"error: master_list: must be given where exhibitor_storage_backend is static; add it, or change that",
				"error: num_masters: must be 1, 3, 5, 7 or 9, not 4; write 1, 3, 5, 7 or 9"}},
		{name: "backend unknown", config: map[string]any{"exhibitor_storage_backend": "etcd"},
			want: []string{`error: exhibitor_storage_backend: cannot be "etcd"; write one of static, zookeeper, aws_s3, azure, shared_filesystem, agent_only_group_no_exhibitor`}},
		{name: "zookeeper hosts", config: map[string]any{"exhibitor_storage_backend": "zookeeper", "exhibitor_zk_hosts": "zk://a:2181", "exhibitor_zk_path": "dcos"},
			want: []string{"error: exhibitor_zk_hosts: must not begin with zk://; write hosts such as 10.0.0.5:2181,10.0.0.6:2181",
				`error: exhibitor_zk_path: must be an absolute path, not "dcos"; write a path that begins with a slash`}},
		{name: "S3 without keys", config: map[string]any{"exhibitor_storage_backend": "aws_s3", "aws_region": "r", "s3_bucket": "b", "s3_prefix": "p/", "exhibitor_explicit_keys": true},
			want: []string{"error: aws_access_key_id: must be given where exhibitor_explicit_keys is true; add it, or change that",
				"error: s3_prefix: must not end in a slash; remove the slash"}},
		{name: "keys of another branch", config: map[string]any{"s3_prefix": "p/"},
			want: []string{"warning: s3_prefix: is not read, because exhibitor_storage_backend is not aws_s3; remove it, or change that"}},
		{name: "proxy", config: map[string]any{"use_proxy": true, "http_proxy": "http://p:1", "no_proxy": "a,b"},
			want: []string{"error: https_proxy: must be given where use_proxy is true; add it, or change that",
				"error: no_proxy: must be a list; write a list of text"}},

		{name: "ipv6 off, by half", config: map[string]any{"enable_ipv6": false},
			want: []string{"error: dcos_l4lb_enable_ipv6: must be false where enable_ipv6 is false; it is true unless it is set; set dcos_l4lb_enable_ipv6: false"}},
		{name: "ipv6 off", config: map[string]any{"enable_ipv6": false, "dcos_l4lb_enable_ipv6": false}},
		{name: "ipv6 off in 1.12", version: "1.12.4", config: map[string]any{"enable_ipv6": false}},

		{name: "numbers", config: map[string]any{"mesos_log_retention_mb": 100, "dcos_overlay_config_attempts": 11, "calico_vxlan_port": 1024, "adminrouter_grpc_proxy_port": "x", "mesos_logrotate_file_size_mb": "2"},
			want: []string{`error: adminrouter_grpc_proxy_port: must be a whole number, not "x"; write a whole number between 1 and 65535`,
				"error: calico_vxlan_port: must be between 1025 and 65535, not 1024; write a whole number between 1025 and 65535",
				"error: dcos_overlay_config_attempts: must be between 0 and 10, not 11; write a whole number between 0 and 10",
				"error: mesos_log_retention_mb: must be at least 1024, not 100; write a whole number of at least 1024"}},
		{name: "addresses", config: map[string]any{"dcos_l4lb_min_named_ip": "11.0.0.00", "dcos_l4lb_max_named_ip6": "11.0.0.1", "dcos_ucr_default_bridge_subnet": "172.31.254.1/24"},
			want: []string{`error: dcos_l4lb_max_named_ip6: must be an IPv6 address, not "11.0.0.1"; write an IPv6 address such as fd01:c::`,
				`error: dcos_l4lb_min_named_ip: must be an IPv4 address, not "11.0.0.00"; write an IPv4 address such as 11.0.0.0`,
				"error: dcos_ucr_default_bridge_subnet: has address bits beyond its length; the network is 172.31.254.0/24; write an IPv4 network such as 172.31.254.0/24"}},
		{name: "units", config: map[string]any{"mesos_recovery_timeout": "24hours", "mesos_default_container_shm_size": "2GiB"},
			want: []string{`error: mesos_default_container_shm_size: must be a whole number with one of the units B, KB, MB, GB, TB, not "2GiB"; write a size such as 64MB`,
				`error: mesos_recovery_timeout: must be a number with one of the units ns, us, ms, secs, mins, hrs, days, weeks, not "24hours"; write a time such as 24hrs`}},
		{name: "good units", config: map[string]any{"mesos_recovery_timeout": "1.5days", "mesos_default_container_shm_size": "64mb", "adminrouter_x_frame_options": "allow-from https://a"}},
		{name: "frame options", config: map[string]any{"adminrouter_x_frame_options": "ALLOW"},
			want: []string{`error: adminrouter_x_frame_options: must be DENY, SAMEORIGIN or ALLOW-FROM and a URL, not "ALLOW"; write DENY, SAMEORIGIN, or ALLOW-FROM and a URL`}},
		{name: "TLS versions", config: map[string]any{"adminrouter_tls_1_2_enabled": false},
			want: []string{"error: adminrouter_tls_1_2_enabled: is the last TLS version left; one must be enabled; write true, or enable another version"}},
		{name: "TLS to exhibitor", config: map[string]any{"exhibitor_tls_required": true, "exhibitor_bootstrap_ca_url": "http://a"},
			want: []string{"error: exhibitor_bootstrap_ca_url: must begin with https:// and must not end in a slash; write a URL such as https://10.0.0.10",
				"error: exhibitor_tls_required: is possible with DC/OS Enterprise only; remove it"}},
		{name: "service account by half", config: map[string]any{"superuser_service_account_uid": "root"},
			want: []string{"error: superuser_service_account_uid: and superuser_service_account_public_key must be given both or not at all; give the other one, too"}},
		{name: "service account's key", config: map[string]any{"superuser_service_account_uid": "root", "superuser_service_account_public_key": "ssh-rsa AAAA"},
			want: []string{"error: superuser_service_account_public_key: must be a public key in PEM form; give the output of openssl rsa -pubout"}},
		{name: "service account's key of another kind", config: map[string]any{"superuser_service_account_uid": "root", "superuser_service_account_public_key": publicKey(t, ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))},
			want: []string{"error: superuser_service_account_public_key: must be an RSA public key, in a block named PUBLIC KEY; give the output of openssl rsa -pubout"}},
		{name: "service account", config: map[string]any{"superuser_service_account_uid": "root", "superuser_service_account_public_key": publicKey(t, &rsa.PublicKey{N: big.NewInt(0).Lsh(big.NewInt(3), 2047), E: 65537})}},
		{name: "storage", config: map[string]any{"rexray_config_preset": "aws", "rexray_config": map[string]any{}},
			want: []string{"error: rexray_config: is computed where rexray_config_preset is aws, and then refused; remove it"}},

		{name: "script empty", config: map[string]any{"ip_detect_contents": " \n"},
			want: []string{"error: ip_detect_contents: is empty; remove it, or give the script's text"}},
		{name: "script without interpreter", config: map[string]any{"ip_detect_contents": "echo 1"},
			want: []string{"error: ip_detect_contents: does not begin with #!, so no node can run it; begin it with a line such as #!/bin/sh"}},
		{name: "script from Windows", config: map[string]any{"ip_detect_public_contents": "#!/bin/sh\r\necho 1\r\n"},
			want: []string{"error: ip_detect_public_contents: has Windows line ends, so no node can run it; save it with Unix line ends"}},
		{name: "script elsewhere", config: map[string]any{"ip_detect_filename": "genconf/my-detect"},
			want: []string{"error: ip_detect_filename: names a file that dcosup does not write; remove it and put the script into ip_detect_contents"}},
		{name: "script is no text", config: map[string]any{"ip_detect_public_contents": []any{1}},
			want: []string{"error: ip_detect_public_contents: must be the text of a script; give the script behind a | and indented"}},
		{name: "fault domains in open", config: map[string]any{"fault_domain_detect_contents": "#!/bin/sh\n"},
			want: []string{"warning: fault_domain_detect_contents: is not used by the open release; remove it, or set enterprise_dcos: true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := with(tt.config)
			if tt.version != "" {
				in.Version = tt.version
			}
			_, findings := genconf.Render(in)
			if diff := cmp.Diff(tt.want, lines(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			wantErrors := len(tt.want) > 0 && strings.HasPrefix(tt.want[0], "error")
			if got := genconf.HasErrors(findings); got != wantErrors {
				t.Errorf("HasErrors: got %v, want %v", got, wantErrors)
			}
		})
	}
}

func publicKey(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestEmptyInput(t *testing.T) {
	_, findings := genconf.Render(genconf.Input{})
	want := []string{
		"error: bootstrap_url: is missing; give the bootstrap host an address, or set it",
		"error: cluster_name: is missing; name the cluster in dcos.config",
		"error: ip_detect_contents: cannot be generated without the address of a master; give the masters addresses, or give the script",
		"error: master_list: must be given where master_discovery is static; add it, or change that",
	}
	if diff := cmp.Diff(want, lines(findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMastersOfTheInventory(t *testing.T) {
	for _, tt := range []struct {
		name    string
		masters []string
		want    []string
	}{
		{"one", []string{"10.0.0.11"}, nil},
		{"two", []string{"10.0.0.11", "10.0.0.12"}, []string{"error: master_list: has 2 masters; DC/OS takes 1, 3, 5, 7 or 9; add a master or take one away"}},
		{"by name", []string{"m1.example"}, []string{
			`error: ip_detect_contents: cannot be generated: the first master's address "m1.example" is not IPv4; give that host an IPv4 address (private_ip), or give the script`,
			`error: master_list.0: every entry must be an IPv4 address, not "m1.example"; write a list of 1, 3, 5, 7 or 9 IPv4 addresses, each once`}},
		{"hostile", []string{"10.0.0.1'; reboot '"}, []string{
			`error: ip_detect_contents: cannot be generated: the first master's address "10.0.0.1'; reboot '" is not IPv4; give that host an IPv4 address (private_ip), or give the script`,
			`error: master_list.0: every entry must be an IPv4 address, not "10.0.0.1'; reboot '"; write a list of 1, 3, 5, 7 or 9 IPv4 addresses, each once`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := small()
			in.Masters = tt.masters
			_, findings := genconf.Render(in)
			if diff := cmp.Diff(tt.want, lines(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnterprise(t *testing.T) {
	in := with(map[string]any{"security": "lax"})
	in.Enterprise = true
	_, findings := genconf.Render(in)
	want := []string{
		"error: fault_domain_detect_contents: is missing; DC/OS Enterprise detects fault domains unless told not to; choose a method by dcos.fault_domain_detect, give the script, or set fault_domain_enabled: false",
		`error: security: must be permissive or strict, not "lax"; write permissive or strict`,
		"error: superuser_password_hash: is missing; DC/OS Enterprise needs it; give the password by dcos.superuser_password, or what dcos_generate_config.sh --hash-password prints",
		"error: superuser_username: is missing; DC/OS Enterprise needs it; name the first user",
		"warning: license_key_contents: is missing; DC/OS Enterprise needs a license; set it, or put license.txt into genconf/ beside the inventory",
	}
	if diff := cmp.Diff(want, lines(findings)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	for k, v := range map[string]any{"security": "strict", "superuser_username": "admin", "superuser_password_hash": "$6$x",
		"license_key_contents": "k", "fault_domain_enabled": false, "exhibitor_tls_required": true} {
		in.Config[k] = v
	}
	if _, findings := genconf.Render(in); len(findings) > 0 {
		t.Errorf("a whole configuration has findings: %q", lines(findings))
	}
}
