package genconf

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// minimal is the smallest configuration that is accepted.
const minimal = `
bootstrap_url: http://10.0.0.1:8080
cluster_name: test
exhibitor_storage_backend: static
master_discovery: static
master_list: [10.0.0.2]
`

const loadBalanced = `
bootstrap_url: http://10.0.0.1:8080
cluster_name: test
exhibitor_storage_backend: zookeeper
exhibitor_zk_hosts: 10.0.0.9:2181
exhibitor_zk_path: /dcos
master_discovery: master_http_loadbalancer
exhibitor_address: 10.0.0.8
num_masters: 3
`

// withScripts makes a directory with genconf/ip-detect in it.
func withScripts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "genconf", "ip-detect"), "#!/bin/sh\necho 10.0.0.2\n")
	return dir
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func validate(t *testing.T, yaml, dir string) (Config, error) {
	t.Helper()
	values, err := ParseValues([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return Validate(values, dir)
}

func TestValidateAccepts(t *testing.T) {
	for name, yaml := range map[string]string{
		"the least":                      minimal,
		"an unknown key":                 minimal + "resolverz: [1]",
		"a list as JSON text":            minimal + `resolvers: '["8.8.8.8"]'`,
		"no resolvers":                   minimal + "resolvers: []",
		"resolver with port":             minimal + "resolvers: ['8.8.8.8:53']",
		"boolean in YAML 1.1":            minimal + "oauth_enabled: off",
		"IPv6 off, both":                 minimal + "enable_ipv6: false\ndcos_l4lb_enable_ipv6: false",
		"url without scheme":             strings.Replace(minimal, "http://", "", 1),
		"load balanced":                  loadBalanced,
		"unchecked boolean":              minimal + "adminrouter_auth_enabled: maybe",
		"proxy":                          minimal + "use_proxy: true\nhttp_proxy: a\nhttps_proxy: b\nno_proxy: [c]",
		"zookeeper key in other backend": minimal + "exhibitor_zk_path: relative",
		"frame options":                  minimal + "adminrouter_x_frame_options: allow-from http://x",
		"recovery timeout with junk":     minimal + "mesos_recovery_timeout: 24hrs and more",
		"number as Python reads it":      minimal + "dcos_overlay_mtu: ' 1_500 '",
		"network with a mask":            minimal + "dcos_ucr_default_bridge_subnet: 10.0.0.0/255.0.0.0",
		"MTU of the other backend":       minimal + "calico_ipinip_mtu: 5",
		"master list of one line":        minimal + "master_list: |\n  [\"10.0.0.2\"]\n",
		"a key that no template has":     minimal + "ui_networking: x",
		"Docker login that is not ours":  minimal + "cluster_docker_credentials_dcos_owned: false\ncluster_docker_credentials: x",
		"a check":                        minimal + "custom_checks: {cluster_checks: {a: {description: d, cmd: [x], timeout: 1s}}}",
		"the clock's check, replaced":    minimal + "check_time: false\ncustom_checks: {node_checks: {checks: {clock_sync: {description: d, cmd: [x], timeout: 1s}}, prestart: [clock_sync]}}",
		"calico vxlan id 1024":           minimal + "calico_vxlan_vni: 1024",
		"overlay of one's own": minimal + "dcos_overlay_network: {vtep_subnet: 44.128.0.0/20, " +
			"vtep_subnet6: 'fd01:a::/64', vtep_mac_oui: '70:B3:D5:00:00:00', overlays: [{name: dcos, subnet: 9.0.0.0/8}]}",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := validate(t, yaml, withScripts(t)); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

func TestValidateRefuses(t *testing.T) {
	without := func(key string) string {
		lines := slices.DeleteFunc(strings.Split(minimal, "\n"), func(l string) bool { return strings.HasPrefix(l, key+":") })
		return strings.Join(lines, "\n")
	}
	for name, test := range map[string]struct {
		yaml string
		want []string // keys
		say  string   // in every message
	}{
		"nothing but a name": {"cluster_name: x",
			[]string{"bootstrap_url", "exhibitor_storage_backend", "master_discovery"}, "no way to calculate value."},
		"no master list":             {without("master_list"), []string{"master_list"}, "Must set master_list"},
		"no discovery hides it":      {without("master_list") + "\nmaster_discovery: magic", []string{"master_discovery"}, "Got 'magic'"},
		"backend":                    {without("exhibitor_storage_backend") + "\nexhibitor_storage_backend: disk", []string{"exhibitor_storage_backend"}, "Got 'disk'"},
		"num_masters with static":    {minimal + "num_masters: 1", []string{"num_masters"}, "must be calculated"},
		"fault domains":              {minimal + "fault_domain_enabled: false", []string{"fault_domain_enabled"}, "Remove it"},
		"even number of masters":     {loadBalanced + "num_masters: 2", []string{"num_masters"}, "Must have 1, 3, 5, 7, or 9"},
		"balanced on static":         {loadBalanced + "exhibitor_storage_backend: static", []string{"exhibitor_storage_backend", "master_discovery"}, "static"},
		"master by name":             {without("master_list") + "\nmaster_list: [m1, 10.0.0.2]", []string{"master_list"}, "Invalid IPv4 addresses in list: m1"},
		"master with leading zero":   {without("master_list") + "\nmaster_list: [10.0.0.02]", []string{"master_list"}, "10.0.0.02"},
		"master twice":               {without("master_list") + "\nmaster_list: [10.0.0.2, 10.0.0.2]", []string{"master_list"}, "duplicates"},
		"master list is one address": {without("master_list") + "\nmaster_list: 10.0.0.2", []string{"master_list"}, "JSON formatted list"},
		"url ends in a slash":        {minimal + "bootstrap_url: http://x/", []string{"bootstrap_url"}, "Must not end in a '/'"},
		"boolean word":               {minimal + "oauth_enabled: 'yes'", []string{"oauth_enabled"}, "Must be one of 'true', 'false'. Got 'yes'."},
		"IPv6 half off":              {minimal + "enable_ipv6: false", []string{"dcos_l4lb_enable_ipv6", "enable_ipv6"}, "must be false"},
		"IPv6 resolver":              {minimal + "resolvers: ['::1']", []string{"resolvers"}, "::1"},
		"resolver port":              {minimal + "resolvers: ['8.8.8.8:0']", []string{"resolvers"}, "between 1 and 65535"},
		"spartan resolver":           {minimal + "resolvers: [198.51.100.1]", []string{"resolvers"}, "Spartan"},
		"seven search domains":       {minimal + "dns_search: a b c d e f g", []string{"dns_search"}, "6"},
		"proxy alone":                {minimal + "use_proxy: true", []string{"http_proxy", "https_proxy", "no_proxy"}, "Must set"},
		"no_proxy with commas":       {minimal + "use_proxy: true\nhttp_proxy: a\nhttps_proxy: b\nno_proxy: c,d", []string{"no_proxy"}, "list"},
		"no TLS at all": {minimal + "adminrouter_tls_1_2_enabled: false",
			[]string{"adminrouter_tls_1_0_enabled", "adminrouter_tls_1_1_enabled", "adminrouter_tls_1_2_enabled"}, "At least one"},
		"zk scheme":               {loadBalanced + "exhibitor_zk_hosts: zk://x:2181", []string{"exhibitor_zk_hosts"}, "zk://"},
		"S3":                      {minimal + "exhibitor_storage_backend: aws_s3", []string{"aws_region", "exhibitor_explicit_keys", "s3_bucket", "s3_prefix"}, "Must set"},
		"exhibitor TLS":           {minimal + "exhibitor_tls_required: true", []string{"exhibitor_tls_required"}, "enterprise"},
		"relative work dir":       {minimal + "mesos_agent_work_dir: var/lib", []string{"mesos_agent_work_dir"}, "absolute"},
		"little log":              {minimal + "mesos_log_retention_mb: 1000", []string{"mesos_log_retention_mb"}, "1024"},
		"half a service account":  {minimal + "superuser_service_account_uid: me", []string{"superuser_service_account_public_key", "superuser_service_account_uid"}, "both"},
		"overlay without content": {minimal + "dcos_overlay_network: {overlays: []}", []string{"dcos_overlay_network"}, "overlays"},
		"overlay over Calico": {minimal + "dcos_overlay_network: {vtep_subnet: 44.128.0.0/20, vtep_subnet6: 'fd01:a::/64', " +
			"vtep_mac_oui: '70:B3:D5:00:00:00', overlays: [{name: dcos, subnet: 172.29.1.0/24}]}",
			[]string{"calico_enabled", "calico_network_cidr", "dcos_overlay_enable", "dcos_overlay_network"}, "overlaps"},
		"unknown default overlay": {minimal + "dcos_overlay_network_default_name: mine",
			[]string{"dcos_overlay_network", "dcos_overlay_network_default_name"}, "mine"},
		"even number of static masters": {minimal + "master_list: [10.0.0.2, 10.0.0.3]", []string{"num_masters"}, "Found 2 masters"},
		"network with host bits":        {minimal + "calico_network_cidr: 10.0.0.1/8", []string{"calico_network_cidr"}, "10.0.0.1/8"},
		"calico over the default overlay": {minimal + "calico_network_cidr: 9.1.0.0/16",
			[]string{"calico_enabled", "calico_network_cidr", "dcos_overlay_enable", "dcos_overlay_network"}, "overlaps"},
		"checks without one":  {minimal + "custom_checks: {cluster_checks: {}}", []string{"custom_checks"}, "Missing keys"},
		"check without field": {minimal + "check_config: {cluster_checks: {a: {cmd: [x], timeout: 1s}}}", []string{"check_config"}, "description"},
		"check of a taken name": {minimal + "custom_checks: {node_checks: {checks: {docker: {description: d, cmd: [x], timeout: 1s}}, prestart: [docker]}}",
			[]string{"check_config", "custom_checks"}, "conflict"},
		"several at once": {minimal + "enable_lb: 'on'\ndns_search: a,b", []string{"dns_search", "enable_lb"}, "Must be"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := validate(t, test.yaml, withScripts(t))
			var errs Errors
			if !errors.As(err, &errs) {
				t.Fatalf("got %v, want refused keys", err)
			}
			if diff := cmp.Diff(test.want, slices.Sorted(maps.Keys(errs))); diff != "" {
				t.Errorf("refused keys (-want +got):\n%s%v", diff, errs)
			}
			for key, message := range errs {
				if !strings.Contains(message, test.say) {
					t.Errorf("%s: %q, want %q in it", key, message, test.say)
				}
			}
		})
	}
}

func TestDetectionScripts(t *testing.T) {
	t.Run("missing", func(t *testing.T) {
		_, err := validate(t, minimal, t.TempDir())
		var errs Errors
		if !errors.As(err, &errs) || errs["ip_detect_contents"] == "" {
			t.Errorf("got %v, want an error under ip_detect_contents", err)
		}
	})
	t.Run("empty passes", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "genconf", "ip-detect"), "")
		if _, err := validate(t, minimal, dir); err != nil {
			t.Errorf("refused: %v", err)
		}
	})
	t.Run("inline and quoted twice", func(t *testing.T) {
		c, err := validate(t, minimal+`ip_detect_contents: '"#!/bin/sh\necho 1.2.3.4\n"'`, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("#!/bin/sh\necho 1.2.3.4\n", c.IPDetect); diff != "" {
			t.Errorf("script (-want +got):\n%s", diff)
		}
	})
	t.Run("the public one is not found by its usual name alone", func(t *testing.T) {
		dir := withScripts(t)
		writeFile(t, filepath.Join(dir, "genconf", "ip-detect-public"), "public")
		for yaml, want := range map[string]string{
			minimal: "#!/bin/sh\necho 10.0.0.2\n",
			minimal + "ip_detect_public_filename: genconf/ip-detect-public": "public",
		} {
			c, err := validate(t, yaml, dir)
			if err != nil {
				t.Fatal(err)
			}
			if c.IPDetectPublic != want {
				t.Errorf("public script is %q, want %q", c.IPDetectPublic, want)
			}
		}
	})
}

func TestValidateCrashes(t *testing.T) {
	for name, yaml := range map[string]string{
		"raw script of many lines": minimal + "ip_detect_contents: |\n  #!/bin/sh\n  echo\n",
		"missing public script":    minimal + "ip_detect_public_filename: genconf/none",
		"newline in the name":      minimal + `cluster_name: "a\nb"`,
		"log size is a word":       minimal + "mesos_log_retention_mb: lots",
		"grpc port 0":              minimal + "adminrouter_grpc_proxy_port: 0",
		"a list of two lines":      minimal + "resolvers: |\n  [\"8.8.8.8\",\n  \"8.8.4.4\"]\n",
		"a line end within a line": minimal + "platform: \"a\\n\"",
		"half an IPv6 address":     minimal + "bootstrap_url: 'http://[::1'",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := validate(t, yaml, withScripts(t))
			var crash *CrashError
			if !errors.As(err, &crash) {
				t.Errorf("got %v, want a crash", err)
			}
		})
	}
}
