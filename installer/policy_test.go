package installer

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"dcosup/roles"
)

// A host's policy stands for that of its groups, as any variable does.
func TestPoliciesHoldForTheirHosts(t *testing.T) {
	c := loaded(t, "", map[string]string{
		"group_vars/all.yml":     smallSettings + "dcos_requirements:\n  memory: {floor: 2 GB}\n",
		"group_vars/masters.yml": "dcos_requirements:\n  cpus: {wanted: 8}\n",
		"host_vars/a.yml":        "dcos_requirements:\n  firewall: {severity: off, reason: zones}\n",
	})
	all, warnings, err := settings(c)
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	got := map[string]roles.Policy{}
	for name, s := range all {
		got[name] = s.policy
	}
	want := map[string]roles.Policy{
		"b": {Rules: map[string]roles.Rule{"memory": {}}, Limits: roles.Limits{MemoryFloor: 2e9}},
		"m": {Rules: map[string]roles.Rule{"cpus": {}}, Limits: roles.Limits{CPUs: 8}},
		"a": {Rules: map[string]roles.Rule{"firewall": {Severity: roles.Off, Reason: "zones"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

// Mistakes of policies stand beside those of the configuration, each at its
// line, and once however many hosts share them.
func TestCheckConfigShowsMistakesOfPolicies(t *testing.T) {
	c := loaded(t, "    telemetry_enabled: maybe\n", map[string]string{
		"group_vars/masters.yml": "dcos_requirements:\n  memroy:\n    floor: 2 GB\n  tmp-exec:\n    severity: off\n",
		"group_vars/dc.yml":      "dcos_requirments: {}\n",
		"hosts":                  smallHosts + "[masters]\nm2 ansible_host=10.0.0.12\nm3 ansible_host=10.0.0.13\n[dc:children]\nmasters\n",
	})
	warnings, err := CheckConfig(c, false)
	text := mistakes(t, err)
	for _, want := range []string{"group_vars/masters.yml:2:3: there is no requirement \"memroy\"", "group_vars/masters.yml:5:5: tmp-exec makes", "dcos.config.telemetry_enabled"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("want %q once in:\n%s", want, text)
		}
	}
	if len(warnings) != 1 || warnings[0].Hint != "did you mean dcos_requirements?" || warnings[0].Pos.File != "group_vars/dc.yml" {
		t.Errorf("warnings: got %v, want one about dcos_requirments", warnings)
	}
}

// mistakes are the errors of a multierror, a line each.
func mistakes(t *testing.T, err error) string {
	t.Helper()
	var many *multierror.Error
	if !errors.As(err, &many) {
		t.Fatalf("got %v", err)
	}
	var lines []string
	for _, e := range many.Errors {
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}
