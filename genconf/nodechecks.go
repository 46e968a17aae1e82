package genconf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// checkConfig is the form of check_config and custom_checks.
type checkConfig struct {
	ClusterChecks map[string]healthCheck `json:"cluster_checks"`
	NodeChecks    *struct {
		Checks    map[string]healthCheck `json:"checks"`
		PreStart  []string               `json:"prestart"`
		PostStart []string               `json:"poststart"`
	} `json:"node_checks"`
}

// healthCheck has pointers where a field must be there but may be empty.
type healthCheck struct {
	Description *string  `json:"description"`
	Cmd         []string `json:"cmd"`
	Timeout     string   `json:"timeout"`
	Roles       []string `json:"roles"`
}

func parseCheckConfig(v string) (checkConfig, error) {
	var c checkConfig
	dec := json.NewDecoder(bytes.NewReader([]byte(v)))
	dec.DisallowUnknownFields()
	return c, dec.Decode(&c)
}

// isCheckConfig judges health checks that the person adds to a node's or the cluster's own.
func isCheckConfig(v string, line int) string {
	if m := isDict(v, line); m != "" {
		return m
	}
	c, err := parseCheckConfig(v)
	if err != nil {
		return "does not have the form of check definitions: " + formError(err)
	}
	for _, name := range sortedKeys(c.ClusterChecks) {
		if m := c.ClusterChecks[name].problem(); m != "" {
			return fmt.Sprintf("cluster check %q %s", name, m)
		}
		if len(c.ClusterChecks[name].Roles) > 0 {
			return fmt.Sprintf("cluster check %q cannot have roles", name)
		}
		if m := checkName(name); m != "" {
			return m
		}
	}
	if c.NodeChecks == nil {
		return ""
	}
	return c.nodeProblem()
}

func (c checkConfig) nodeProblem() string {
	run := slices.Concat(c.NodeChecks.PreStart, c.NodeChecks.PostStart)
	if c.NodeChecks.PreStart == nil && c.NodeChecks.PostStart == nil {
		return "node_checks has neither prestart nor poststart"
	}
	for _, name := range sortedKeys(c.NodeChecks.Checks) {
		check := c.NodeChecks.Checks[name]
		switch {
		case checkName(name) != "":
			return checkName(name)
		case check.problem() != "":
			return fmt.Sprintf("node check %q %s", name, check.problem())
		case !slices.Contains(run, name):
			return fmt.Sprintf("node check %q is in neither prestart nor poststart", name)
		}
	}
	for _, name := range run {
		if _, defined := c.NodeChecks.Checks[name]; !defined {
			return fmt.Sprintf("prestart or poststart names %q, which node_checks does not define", name)
		}
	}
	return ""
}

func checkName(name string) string {
	if name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
		return fmt.Sprintf("the check name %q must have at least one character and no blanks", name)
	}
	return ""
}

func (c healthCheck) problem() string {
	timed, _ := regexp.MatchString(`^[0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h)$`, c.Timeout)
	switch {
	case c.Description == nil:
		return "has no description"
	case c.Cmd == nil:
		return "has no cmd, a list of text"
	case !timed:
		return fmt.Sprintf("must have a timeout such as 10s, with one of the units ns, us, ms, s, m, h, not %q", c.Timeout)
	}
	for _, role := range c.Roles {
		if role != "master" && role != "agent" {
			return fmt.Sprintf("has the role %q; only master and agent are roles", role)
		}
	}
	return ""
}

// reservedChecks refuses custom checks with the name of one that the release brings. Where the person replaces
// check_config too, its names are the ones taken.
func (r *renderer) reservedChecks(texts map[string]string, line int) {
	custom, err := parseCheckConfig(texts["custom_checks"])
	if err != nil || custom.NodeChecks == nil {
		return // none, or said already
	}
	taken := builtinChecks(line)
	if own, given := texts["check_config"]; given {
		c, err := parseCheckConfig(own)
		if err != nil || c.NodeChecks == nil {
			return
		}
		taken = sortedKeys(c.NodeChecks.Checks)
	}
	for _, name := range sortedKeys(custom.NodeChecks.Checks) {
		if slices.Contains(taken, name) {
			r.fail("custom_checks", fmt.Sprintf("node check %q has the name of one that DC/OS brings", name), "rename it")
		}
	}
}

// builtinChecks are the node checks of a release line; for an unknown one, those of every line.
func builtinChecks(line int) []string {
	names := []string{
		"components_master", "components_agent", "xz", "tar", "curl", "unzip", "ip_detect_script", "docker",
		"mesos_master_replog_synchronized", "mesos_agent_registered_with_masters", "journald_dir_permissions", "clock_sync",
	}
	if line >= 113 {
		names = append(names, "cockroachdb_replication")
	}
	if line == 112 {
		names = append(names, "ifconfig")
	}
	return names
}
