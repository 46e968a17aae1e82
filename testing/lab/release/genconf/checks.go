package genconf

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// ownChecks are the health checks of DC/OS 2.1 itself, without clock_sync, which hangs on check_time.
var ownChecks = strings.Fields(`components_master components_agent xz tar curl unzip ip_detect_script docker
	mesos_master_replog_synchronized mesos_agent_registered_with_masters journald_dir_permissions cockroachdb_replication`)

var (
	checkName    = regexp.MustCompile(`^[^ \t\n\r\v\f]+$`)
	checkTimeout = regexp.MustCompile(`^\p{Nd}+(\.\p{Nd}+)?(ns|us|µs|ms|s|m|h)\n?$`)
)

// form says what is wrong with a part of a document, or nothing.
type form func(any) string

// text is any text that matches.
func text(pattern *regexp.Regexp) form {
	return func(v any) string {
		if s, ok := v.(string); !ok || pattern != nil && !pattern.MatchString(s) {
			return fmt.Sprintf("%v should be a text of another form", v)
		}
		return ""
	}
}

// listOf is a list, which may be empty.
func listOf(item form) form {
	return func(v any) string {
		list, ok := v.([]any)
		if !ok {
			return fmt.Sprintf("%v should be instance of 'list'", v)
		}
		for _, i := range list {
			if wrong := item(i); wrong != "" {
				return wrong
			}
		}
		return ""
	}
}

// record is a mapping with known fields; those with a question mark may be left out.
func record(fields map[string]form) form {
	return func(v any) string {
		m, ok := v.(map[string]any)
		if !ok {
			return fmt.Sprintf("%v should be instance of 'dict'", v)
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			field := fields[k]
			if field == nil {
				field = fields[k+"?"]
			}
			if field == nil {
				return fmt.Sprintf("Wrong key '%s'", k)
			}
			if wrong := field(m[k]); wrong != "" {
				return fmt.Sprintf("Key '%s' error: %s", k, wrong)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(fields)) {
			if _, given := m[k]; !given && !strings.HasSuffix(k, "?") {
				return fmt.Sprintf("Missing keys: '%s'", k)
			}
		}
		return ""
	}
}

// named is a mapping from names to parts of one form. The real one demands at least one.
func named(part form) form {
	return func(v any) string {
		m, ok := v.(map[string]any)
		if !ok || len(m) == 0 {
			return "Missing keys: Check name must be a nonzero length string with no whitespace"
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !checkName.MatchString(k) {
				return "Check name must be a nonzero length string with no whitespace"
			}
			if wrong := part(m[k]); wrong != "" {
				return fmt.Sprintf("Key '%s' error: %s", k, wrong)
			}
		}
		return ""
	}
}

// healthChecks judges check_config and custom_checks.
func healthChecks(s string) string {
	check := func(more map[string]form) form {
		fields := map[string]form{"description": text(nil), "cmd": listOf(text(nil)), "timeout": text(checkTimeout)}
		maps.Copy(fields, more)
		return named(record(fields))
	}
	names := listOf(text(checkName))
	whole := record(map[string]form{
		"cluster_checks?": check(nil),
		"node_checks?": record(map[string]form{
			"checks":     check(map[string]form{"roles?": listOf(text(regexp.MustCompile(`^(master|agent)$`)))}),
			"prestart?":  names,
			"poststart?": names,
		}),
	})
	parsed, err := parseJSON(s)
	if err != nil {
		return "Must be valid JSON. Got: " + s
	}
	if wrong := whole(parsed); wrong != "" {
		return wrong
	}
	node, given := parsed.(map[string]any)["node_checks"].(map[string]any)
	if !given {
		return ""
	}
	before, hasBefore := node["prestart"].([]any)
	after, hasAfter := node["poststart"].([]any)
	if !hasBefore && !hasAfter {
		return "At least one of prestart or poststart must be defined in node_checks"
	}
	run := map[string]bool{}
	for _, name := range slices.Concat(before, after) {
		run[name.(string)] = true
	}
	if !slices.Equal(slices.Sorted(maps.Keys(run)), slices.Sorted(maps.Keys(node["checks"].(map[string]any)))) {
		return "All node checks must be referenced in either prestart or poststart, or both"
	}
	return ""
}

// namesOfChecks lists the cluster checks and the node checks of a text that healthChecks accepts.
func namesOfChecks(s string) (cluster, node []string) {
	parsed, _ := parseJSON(s)
	m, _ := parsed.(map[string]any)
	c, _ := m["cluster_checks"].(map[string]any)
	n, _ := m["node_checks"].(map[string]any)
	checks, _ := n["checks"].(map[string]any)
	return slices.Collect(maps.Keys(c)), slices.Collect(maps.Keys(checks))
}

// customChecks may not have the names of the others.
func (v *validation) customChecks() {
	if v.errs["custom_checks"] != "" || v.errs["check_config"] != "" || !v.has("custom_checks") {
		return
	}
	cluster, node := namesOfChecks(v.Get("custom_checks"))
	var takenCluster []string
	takenNode := slices.Clone(ownChecks)
	if v.Get("check_time") == "true" {
		takenNode = append(takenNode, "clock_sync")
	}
	if v.has("check_config") {
		takenCluster, takenNode = namesOfChecks(v.Get("check_config"))
	}
	clash := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
	}
	if clash(cluster, takenCluster) || clash(node, takenNode) {
		v.refuse("Custom check names conflict with builtin checks.", "check_config", "custom_checks")
	}
}
