package genconf

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// healthChecks is the form of check_config and custom_checks: checks of the cluster, and of nodes with the order in
// which a node runs them. Every key of it is one that must be there, unless it is said to be optional.
var healthChecks = rule{words: "a mapping of cluster_checks and node_checks",
	hint: "see docs/config.md for an example", check: judgeHealthChecks}

func judgeHealthChecks(v string, _ int) []problem {
	c, found := asMapping(v)
	found = append(found, onlyFields(c, nil, []string{"cluster_checks", "node_checks"})...)
	if checks, given := c["cluster_checks"]; given {
		found = append(found, below(judgeChecks(checks, false), "cluster_checks")...)
	}
	if node, given := c["node_checks"]; given {
		found = append(found, below(judgeNodeChecks(node), "node_checks")...)
	}
	return found
}

// onlyFields demands the fields of a mapping that must be there, and refuses those that are unknown.
func onlyFields(m map[string]any, must, may []string) []problem {
	var found []problem
	for _, k := range must {
		if _, given := m[k]; !given {
			found = append(found, problem{message: "has no " + k, hint: "add " + k})
		}
	}
	for _, k := range sortedKeys(m) {
		if !slices.Contains(must, k) && !slices.Contains(may, k) {
			found = append(found, problem{at: []string{k}, message: "is not a field of this", hint: "remove it"})
		}
	}
	return found
}

// judgeChecks judges checks by name. An empty mapping is refused, too.
func judgeChecks(v any, roles bool) []problem {
	checks, ok := v.(map[string]any)
	if !ok || len(checks) == 0 {
		return wrong("must be a mapping of at least one check")
	}
	var found []problem
	for _, name := range sortedKeys(checks) {
		found = append(found, below(append(judgeCheckName(name), judgeCheck(checks[name], roles)...), name)...)
	}
	return found
}

func judgeCheckName(name any) []problem {
	text, ok := name.(string)
	if !ok || text == "" || strings.ContainsAny(text, " \t\n\r\v\f") {
		return []problem{{message: fmt.Sprintf("a check's name must have at least one character and no blanks, not %q", text), hint: "rename it"}}
	}
	return nil
}

// checkTimeout may end in a line end, which Python's $ does not see.
var checkTimeout = regexp.MustCompile(`^\p{Nd}+(\.\p{Nd}+)?(ns|us|µs|ms|s|m|h)\n?$`)

func judgeCheck(v any, roles bool) []problem {
	c, ok := v.(map[string]any)
	if !ok {
		return []problem{{message: "must be a mapping", hint: "write it as in {description: d, cmd: [/bin/true], timeout: 10s}"}}
	}
	var may []string
	if roles {
		may = []string{"roles"}
	}
	found := onlyFields(c, []string{"description", "cmd", "timeout"}, may)
	if d, given := c["description"]; given {
		if _, ok := d.(string); !ok {
			found = append(found, problem{at: []string{"description"}, message: "must be text", hint: "put it in quotes"})
		}
	}
	if cmd, given := c["cmd"]; given && !everyText(cmd, nil) {
		found = append(found, problem{at: []string{"cmd"}, message: "must be a list of text", hint: `write it as in ["/bin/true", "-x"]`})
	}
	if timeout, given := c["timeout"]; given {
		if text, ok := timeout.(string); !ok || !checkTimeout.MatchString(text) {
			found = append(found, problem{at: []string{"timeout"}, message: "must be a number with one of the units ns, us, ms, s, m, h",
				hint: "write a time such as 10s"})
		}
	}
	if r, given := c["roles"]; given && roles && !everyText(r, []string{"master", "agent"}) {
		found = append(found, problem{at: []string{"roles"}, message: "must be a list of master and agent", hint: "write [master], [agent] or both"})
	}
	return found
}

// everyText says whether v is a list of text, of the words if there are any.
func everyText(v any, words []string) bool {
	items, ok := v.([]any)
	return ok && !slices.ContainsFunc(items, func(item any) bool {
		text, ok := item.(string)
		return !ok || words != nil && !slices.Contains(words, text)
	})
}

func judgeNodeChecks(v any) []problem {
	node, ok := v.(map[string]any)
	if !ok {
		return wrong("must be a mapping")
	}
	found := onlyFields(node, []string{"checks"}, []string{"prestart", "poststart"})
	var run []string
	listed := false
	for _, field := range []string{"prestart", "poststart"} {
		names, given := node[field]
		listed = listed || given
		items, ok := names.([]any)
		if given && !ok {
			found = append(found, problem{at: []string{field}, message: "must be a list of names", hint: "write it as in [name]"})
		}
		for i, item := range items {
			found = append(found, below(judgeCheckName(item), field, strconv.Itoa(i))...)
			name, _ := item.(string)
			run = append(run, name)
		}
	}
	if !listed {
		found = append(found, problem{message: "has neither prestart nor poststart", hint: "add poststart with the names of the checks"})
	}
	checks, given := node["checks"]
	if given {
		found = append(found, below(judgeChecks(checks, true), "checks")...)
	}
	defined, _ := checks.(map[string]any)
	return append(found, sameNames(defined, run)...)
}

// sameNames holds the checks that are defined against those that are run.
func sameNames(defined map[string]any, run []string) []problem {
	var found []problem
	for _, name := range sortedKeys(defined) {
		if !slices.Contains(run, name) {
			found = append(found, problem{at: []string{"checks", name}, message: "is in neither prestart nor poststart",
				hint: "add it to poststart"})
		}
	}
	for _, name := range run {
		if _, ok := defined[name]; !ok {
			found = append(found, problem{message: fmt.Sprintf("prestart or poststart names %q, which checks does not define", name), hint: "define it or remove it"})
		}
	}
	return found
}

// checkNames are the names of cluster and node checks in a text that healthChecks has accepted.
func checkNames(text string) (cluster, node []string) {
	c, _ := asMapping(text)
	clusterChecks, _ := c["cluster_checks"].(map[string]any)
	nodeChecks, _ := c["node_checks"].(map[string]any)
	checks, _ := nodeChecks["checks"].(map[string]any)
	return sortedKeys(clusterChecks), sortedKeys(checks)
}

// builtinChecks are the node checks of a release line; for an unknown one, those of every line.
func builtinChecks(line int, clock bool) []string {
	names := []string{
		"components_master", "components_agent", "xz", "tar", "curl", "unzip", "ip_detect_script", "docker",
		"mesos_master_replog_synchronized", "mesos_agent_registered_with_masters", "journald_dir_permissions",
	}
	if clock {
		names = append(names, "clock_sync")
	}
	if line >= 113 {
		names = append(names, "cockroachdb_replication")
	}
	if line == 112 {
		names = append(names, "ifconfig")
	}
	return names
}
