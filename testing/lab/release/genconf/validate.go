package genconf

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Config is a validated configuration.
type Config struct {
	// Values are the user's settings as texts.
	Values Values
	// IPDetect and IPDetectPublic are the detection scripts; the second is the first when none was given.
	IPDetect, IPDetectPublic string
}

// Get is the user's value, or the default, or the empty text.
func (c Config) Get(key string) string {
	if v, ok := c.Values[key]; ok {
		return v
	}
	return defaults[key]
}

// Errors are refused settings: for each key, what is wrong with it.
type Errors map[string]string

func (e Errors) Error() string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(e)) {
		lines = append(lines, key+": "+e[key])
	}
	return strings.Join(lines, "\n")
}

// Validate judges values as the generator of 2.1 does for a cluster on given machines: all that is wrong is told at
// once, as [Errors]; an input on which the real one dies gives a [*CrashError]. dir is the directory above genconf/,
// from which detection scripts are read. A setting is judged only where the chosen branch needs it.
func Validate(values Values, dir string) (Config, error) {
	v := &validation{Config: Config{Values: values}, errs: Errors{}}
	v.computed()
	v.required()
	v.singles()
	v.groups()
	if err := v.scripts(dir); err != nil {
		return Config{}, err
	}
	if err := v.crashes(); err != nil {
		return Config{}, err
	}
	if len(v.errs) > 0 {
		return Config{}, v.errs
	}
	return v.Config, nil
}

type validation struct {
	Config
	errs Errors
}

// refuse notes what is wrong with keys; what is known about a key already stays.
func (v *validation) refuse(message string, keys ...string) {
	for _, key := range keys {
		if _, told := v.errs[key]; !told {
			v.errs[key] = message
		}
	}
}

func (v *validation) has(key string) bool { _, ok := v.Values[key]; return ok }

func (v *validation) computed() {
	for _, key := range computedKeys {
		if v.has(key) && v.asks(key) {
			v.refuse(key+" must be calculated, but was explicitly set in the configuration. "+
				"Remove it from the configuration.", key)
		}
	}
}

// asks says whether the chosen branch reads a computed key; one that nothing reads is not refused.
func (v *validation) asks(key string) bool {
	switch key {
	case "num_masters":
		return v.Get("master_discovery") == "static"
	case "exhibitor_static_ensemble":
		return v.Get("exhibitor_storage_backend") == "static"
	case "no_proxy_final":
		return v.Get("use_proxy") == "true"
	case "cluster_docker_credentials_path":
		return v.Get("cluster_docker_credentials_enabled") == "true"
	}
	return true
}

// required asks for the keys without a default that the chosen branches need.
func (v *validation) required() {
	need := []string{"bootstrap_url", "cluster_name", "exhibitor_storage_backend", "master_discovery"}
	switch v.Get("master_discovery") {
	case "static":
		need = append(need, "master_list")
		masters, _ := list(v.Get("master_list"))
		if ipv4List(v.Get("master_list")) == "" && numMasters(fmt.Sprint(len(masters))) != "" {
			v.refuse(numMasters(fmt.Sprint(len(masters))), "num_masters")
		}
	case "master_http_loadbalancer":
		need = append(need, "exhibitor_address", "num_masters")
		if v.Get("exhibitor_storage_backend") == "static" {
			v.refuse("`master_http_loadbalancer` needs a storage backend that the masters share, not static",
				"master_discovery", "exhibitor_storage_backend")
		}
	default:
		if !v.has("master_discovery") {
			break // said below
		}
		v.refuse("Must be one of 'master_http_loadbalancer', 'static'. Got '"+v.Get("master_discovery")+"'.", "master_discovery")
	}
	need = append(need, v.backend()...)
	if v.Get("use_proxy") == "true" {
		need = append(need, "http_proxy", "https_proxy", "no_proxy")
	}
	for _, key := range need {
		if !v.has(key) {
			v.refuse("Must set "+key+", no way to calculate value.", key)
		}
	}
}

// backend judges exhibitor_storage_backend and lists the keys that it needs.
func (v *validation) backend() []string {
	switch backend := v.Get("exhibitor_storage_backend"); backend {
	case "zookeeper":
		return []string{"exhibitor_zk_hosts", "exhibitor_zk_path"}
	case "aws_s3":
		need := []string{"aws_region", "s3_bucket", "s3_prefix", "exhibitor_explicit_keys"}
		if v.Get("exhibitor_explicit_keys") == "true" {
			need = append(need, "aws_access_key_id")
		}
		return need
	case "azure":
		return []string{"exhibitor_azure_account_name", "exhibitor_azure_prefix"}
	case "shared_filesystem":
		return []string{"exhibitor_fs_config_dir"}
	case "static", "agent_only_group_no_exhibitor":
	default:
		if !v.has("exhibitor_storage_backend") {
			break // said by the caller
		}
		v.refuse("Must be one of 'agent_only_group_no_exhibitor', 'aws_s3', 'azure', 'shared_filesystem', 'static', "+
			"'zookeeper'. Got '"+backend+"'.", "exhibitor_storage_backend")
	}
	return nil
}

// singles applies the rules that concern one key.
func (v *validation) singles() {
	for _, key := range booleanKeys {
		if v.has(key) && v.needed(key) {
			if wrong := oneOf("true", "false")(v.Values[key]); wrong != "" {
				v.refuse(wrong, key)
			}
		}
	}
	for key, rule := range singleRules() {
		if !v.has(key) || !v.needed(key) {
			continue
		}
		if wrong := rule(v.Values[key]); wrong != "" {
			v.refuse(wrong, key)
		}
	}
}

// needed says whether the chosen branch reads key.
func (v *validation) needed(key string) bool {
	backend := v.Get("exhibitor_storage_backend")
	switch key {
	case "master_list":
		return v.Get("master_discovery") == "static" || backend == "static"
	case "num_masters", "exhibitor_address":
		return v.Get("master_discovery") == "master_http_loadbalancer"
	case "exhibitor_zk_hosts", "exhibitor_zk_path":
		return backend == "zookeeper"
	case "aws_region", "s3_bucket", "s3_prefix", "exhibitor_explicit_keys":
		return backend == "aws_s3"
	case "aws_access_key_id", "aws_secret_access_key":
		return backend == "aws_s3" && v.Get("exhibitor_explicit_keys") == "true"
	case "exhibitor_azure_account_name", "exhibitor_azure_account_key", "exhibitor_azure_prefix":
		return backend == "azure"
	case "exhibitor_fs_config_dir":
		return backend == "shared_filesystem"
	case "exhibitor_tls_enabled", "exhibitor_tls_required", "exhibitor_bootstrap_ca_url":
		return backend != "agent_only_group_no_exhibitor"
	case "no_proxy", "http_proxy", "https_proxy":
		return v.Get("use_proxy") == "true"
	case "oauth_enabled":
		return v.Get("oauth_available") != "false" || !v.has("adminrouter_auth_enabled")
	case "oauth_auth_host":
		return v.Get("oauth_available") == "true"
	case "cluster_docker_credentials":
		return v.Get("cluster_docker_credentials_dcos_owned") != "false" || v.Get("cluster_docker_credentials_write_to_etc") == "true"
	case "calico_vxlan_mtu", "calico_vxlan_port", "calico_vxlan_vni":
		return v.Get("calico_vxlan_enabled") == "true"
	case "calico_ipinip_mtu":
		return v.Get("calico_vxlan_enabled") == "false"
	case "dcos_overlay_network":
		return !v.has("dcos_overlay_network_json")
	case "superuser_service_account_public_key":
		return !v.has("_superuser_service_account_public_key_json")
	case "custom_auth_json":
		return false
	}
	return true
}

// groups applies the rules over several keys.
func (v *validation) groups() {
	if v.Get("enable_ipv6") == "false" && v.Get("dcos_l4lb_enable_ipv6") != "false" {
		v.refuse("When enable_ipv6 is false, dcos_l4lb_enable_ipv6 must be false too.", "dcos_l4lb_enable_ipv6", "enable_ipv6")
	}
	tls := []string{"adminrouter_tls_1_0_enabled", "adminrouter_tls_1_1_enabled", "adminrouter_tls_1_2_enabled"}
	if !slices.ContainsFunc(tls, func(key string) bool { return v.Get(key) == "true" }) {
		v.refuse("At least one of the TLS versions must be enabled.", tls...)
	}
	uid, key := "superuser_service_account_uid", "superuser_service_account_public_key"
	if v.needed(key) && (v.Get(uid) == "") != (v.Get(key) == "") {
		v.refuse("'"+uid+"' and '"+key+"' must be both empty or both non-empty", uid, key)
	}
	if v.Get("rexray_config_preset") == "aws" && v.has("rexray_config") {
		v.refuse("rexray_config must be calculated, but was explicitly set in the configuration. "+
			"Remove it from the configuration.", "rexray_config")
	}
	if v.needed("exhibitor_tls_required") && v.Get("exhibitor_tls_required") == "true" {
		v.refuse("Exhibitor security is an enterprise feature and is disabled here.", "exhibitor_tls_required")
	}
	v.overlays()
	v.customChecks()
}

// scripts reads the detection scripts. A public one that is named and missing kills the real generator.
func (v *validation) scripts(dir string) error {
	if v.has("ip_detect_contents") {
		return v.inlineScript()
	}
	text, err := os.ReadFile(filepath.Join(dir, v.Get("ip_detect_filename")))
	if err != nil {
		v.refuse("ip-detect script '"+v.Get("ip_detect_filename")+"' must exist", "ip_detect_contents")
	}
	v.IPDetect, v.IPDetectPublic = string(text), string(text)
	if name := v.Get("ip6_detect_filename"); name != "" && !v.has("ip6_detect_contents") {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return &CrashError{Exception: fmt.Sprintf("FileNotFoundError: [Errno 2] No such file or directory: '%s'", name)}
		}
	}
	if name := v.Get("ip_detect_public_filename"); name != "" {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return &CrashError{Exception: fmt.Sprintf("FileNotFoundError: [Errno 2] No such file or directory: '%s'", name)}
		}
		v.IPDetectPublic = string(text)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "genconf", "check_bins"))
	if err == nil && slices.ContainsFunc(entries, os.DirEntry.IsDir) {
		v.refuse("genconf/check_bins/ must not contain any subdirectories", "custom_check_bins_dir")
	}
	return nil
}

// inlineScript takes a script given in the configuration: the real template splices it into YAML, so that it has to be
// a quoted text by itself.
func (v *validation) inlineScript() error {
	raw := v.Values["ip_detect_contents"]
	inner, err := ParseValues([]byte("script: " + raw))
	if err != nil || strings.Contains(raw, "\n") {
		return &CrashError{Exception: "yaml.scanner.ScannerError: could not read ip_detect_contents"}
	}
	v.IPDetect, v.IPDetectPublic = inner["script"], inner["script"]
	return nil
}

// YAML 1.1 has more line ends than one.
const lineEnds = "\n\r\u0085\u2028\u2029"

// anew are the settings that the real generator writes anew, as JSON or YAML of its own, or not at all. All others it
// copies as they are into the templates that it then reads.
var anew = strings.Fields(`bootstrap_variant check_config custom_checks dcos_l4lb_max_named_ip dcos_l4lb_max_named_ip6
	dcos_l4lb_min_named_ip dcos_l4lb_min_named_ip6 dcos_overlay_network dns_bind_ip_blacklist dns_bind_ip_reserved
	fault_domain_detect_contents fault_domain_detect_filename ip6_detect_filename ip_detect_contents ip_detect_filename
	ip_detect_public_contents ip_detect_public_filename license_key_contents mesos_log_retention_mb no_proxy rexray_config
	rexray_config_preset superuser_service_account_public_key ui_tracking`)

// lastInLine are copied to the end of a line, where one more line end does no harm.
var lastInLine = strings.Fields(`adminrouter_auth_enabled aws_access_key_id aws_region aws_secret_access_key calico_ipinip_mtu
	calico_vxlan_mtu calico_vxlan_port calico_vxlan_vni cluster_docker_credentials cluster_docker_registry_url
	dcos_overlay_config_attempts dcos_overlay_network_json dns_forward_zones dns_search docker_remove_delay
	docker_stop_timeout exhibitor_azure_account_key exhibitor_azure_account_name exhibitor_azure_prefix
	exhibitor_bootstrap_ca_url exhibitor_fs_config_dir exhibitor_zk_hosts exhibitor_zk_path gc_delay http_proxy https_proxy
	marathon_gpu_scheduling_behavior marathon_java_args master_external_loadbalancer master_list mesos_agent_work_dir
	mesos_default_container_shm_size mesos_master_work_dir mesos_max_completed_frameworks
	mesos_max_completed_tasks_per_framework mesos_recovery_timeout mesos_seccomp_profile_name num_masters
	oauth_auth_redirector oauth_client_id oauth_issuer_url s3_bucket s3_prefix weights`)

// breaksTemplate says whether a value breaks the template that it is copied into: the lines behind its first one are
// not indented as the template is.
func breaksTemplate(key, value string) bool {
	lines := strings.FieldsFunc(value+".", func(r rune) bool { return strings.ContainsRune(lineEnds, r) })
	for _, line := range lines[1:] {
		if strings.TrimLeft(line, " ") != "." && !strings.HasPrefix(line, "      ") {
			return true
		}
	}
	last := lines[len(lines)-1]
	return len(lines) > 1 && !strings.HasPrefix(last, "      ") && !slices.Contains(lastInLine, key)
}

// crashes are the inputs that pass, or come before, the real generator's rules and then kill it.
func (v *validation) crashes() error {
	for _, key := range slices.Concat(optionalKeys, requiredKeys, []string{"num_masters"}) {
		text, given := v.Values[key]
		if !given || !v.needed(key) || slices.Contains(anew, key) {
			continue
		}
		if breaksTemplate(key, text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\t' && unicode.IsControl(r) && !strings.ContainsRune(lineEnds, r) }) {
			return &CrashError{Exception: "yaml.scanner.ScannerError: while scanning a quoted scalar in " + key}
		}
	}
	if text := v.Get("mesos_log_retention_mb"); v.has("mesos_log_retention_mb") && integer(text) != "" {
		return &CrashError{Exception: fmt.Sprintf("ValueError: invalid literal for int() with base 10: '%s'", text)}
	}
	if n, ok := parseInt(v.Get("mesos_log_retention_mb")); ok && n.BitLen() > 1000 {
		return &CrashError{Exception: "OverflowError: integer division result too large for a float"}
	}
	if text := v.Get("adminrouter_grpc_proxy_port"); v.has("adminrouter_grpc_proxy_port") && integer(text) == "" && between(1, 65535)(text) != "" {
		return &CrashError{Exception: "IndexError: tuple index out of range"}
	}
	if given, err := url.Parse(v.Get("bootstrap_url")); err != nil && strings.Contains(err.Error(), "missing ']'") {
		return &CrashError{Exception: fmt.Sprintf("ValueError: Invalid IPv6 URL %v", given)}
	}
	return nil
}
