package genconf

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		if v.has(key) && (key != "num_masters" || v.Get("master_discovery") != "master_http_loadbalancer") {
			v.refuse(key+" must be calculated, but was explicitly set in the configuration. "+
				"Remove it from the configuration.", key)
		}
	}
}

// required asks for the keys without a default that the chosen branches need.
func (v *validation) required() {
	need := []string{"bootstrap_url", "cluster_name", "exhibitor_storage_backend", "master_discovery"}
	switch v.Get("master_discovery") {
	case "static":
		need = append(need, "master_list")
	case "master_http_loadbalancer":
		need = append(need, "exhibitor_address", "num_masters")
		if v.Get("exhibitor_storage_backend") == "static" {
			v.refuse("`master_http_loadbalancer` needs a storage backend that the masters share, not static",
				"master_discovery", "exhibitor_storage_backend")
		}
	case "":
	default:
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
	case "", "static", "agent_only_group_no_exhibitor":
	default:
		v.refuse("Must be one of 'agent_only_group_no_exhibitor', 'aws_s3', 'azure', 'shared_filesystem', 'static', "+
			"'zookeeper'. Got '"+backend+"'.", "exhibitor_storage_backend")
	}
	return nil
}

// singles applies the rules that concern one key.
func (v *validation) singles() {
	for _, key := range booleanKeys {
		if v.has(key) {
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
		return v.Get("master_discovery") == "static"
	case "num_masters":
		return v.Get("master_discovery") == "master_http_loadbalancer"
	case "exhibitor_zk_hosts", "exhibitor_zk_path":
		return backend == "zookeeper"
	case "s3_prefix", "exhibitor_explicit_keys":
		return backend == "aws_s3"
	case "no_proxy":
		return v.Get("use_proxy") == "true"
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
	if (v.Get(uid) == "") != (v.Get(key) == "") {
		v.refuse("'"+uid+"' and '"+key+"' must be both empty or both non-empty", uid, key)
	}
	if v.Get("rexray_config_preset") == "aws" && v.has("rexray_config") {
		v.refuse("rexray_config must be calculated, but was explicitly set in the configuration. "+
			"Remove it from the configuration.", "rexray_config")
	}
	if v.Get("exhibitor_tls_required") == "true" {
		v.refuse("Exhibitor security is an enterprise feature and is disabled here.", "exhibitor_tls_required")
	}
	v.overlays()
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

// crashes are the inputs that pass, or come before, the real generator's rules and then kill it.
func (v *validation) crashes() error {
	if strings.Contains(v.Get("cluster_name"), "\n") {
		return &CrashError{Exception: "yaml.scanner.ScannerError: while scanning a quoted scalar in cluster_name"}
	}
	if text := v.Get("mesos_log_retention_mb"); text != "" && !isInt(text) {
		return &CrashError{Exception: fmt.Sprintf("ValueError: invalid literal for int() with base 10: '%s'", text)}
	}
	if text := v.Get("adminrouter_grpc_proxy_port"); isInt(text) && !inRange(text, 1, 65535) {
		return &CrashError{Exception: "AssertionError: Must be between 1 and 65535 inclusive"}
	}
	return nil
}
