package genconf_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

// The checks are given as JSON text, which the generator takes as well, because it is shorter.
func TestChecks(t *testing.T) {
	const good = `"description":"d","cmd":["/bin/true"],"timeout":"1.5s"`
	for _, tt := range []struct {
		name, version string // "" = 2.1.0
		custom, own   string // custom_checks, check_config
		want          string // of custom_checks; "" = good
	}{
		{name: "none", custom: `{}`},
		{name: "cluster", custom: `{"cluster_checks":{"a":{` + good + `}}}`},
		{name: "node", custom: `{"node_checks":{"checks":{"a":{` + good + `,"roles":["master","agent"]}},"poststart":["a"]}}`},
		{name: "list", custom: `[]`, want: "must be a mapping"},
		{name: "unknown field", custom: `{"checks":{}}`, want: `does not have the form of check definitions: unknown field "checks"`},
		{name: "command is text", custom: `{"cluster_checks":{"a":{"description":"d","cmd":"x"}}}`, want: "does not have the form of check definitions: cluster_checks.cmd cannot be a string"},
		{name: "no description", custom: `{"cluster_checks":{"a":{"cmd":["x"],"timeout":"1s"}}}`, want: `cluster check "a" has no description`},
		{name: "no command", custom: `{"cluster_checks":{"a":{"description":"","timeout":"1s"}}}`, want: `cluster check "a" has no cmd, a list of text`},
		{name: "timeout without unit", custom: `{"cluster_checks":{"a":{"description":"","cmd":["x"],"timeout":"10"}}}`,
			want: `cluster check "a" must have a timeout such as 10s, with one of the units ns, us, ms, s, m, h, not "10"`},
		{name: "cluster check with roles", custom: `{"cluster_checks":{"a":{` + good + `,"roles":["master"]}}}`, want: `cluster check "a" cannot have roles`},
		{name: "name with blank", custom: `{"cluster_checks":{"a b":{` + good + `}}}`, want: `the check name "a b" must have at least one character and no blanks`},
		{name: "node check's name", custom: `{"node_checks":{"checks":{"":{` + good + `}},"poststart":[""]}}`, want: `the check name "" must have at least one character and no blanks`},
		{name: "role", custom: `{"node_checks":{"checks":{"a":{` + good + `,"roles":["bootstrap"]}},"poststart":["a"]}}`,
			want: `node check "a" has the role "bootstrap"; only master and agent are roles`},
		{name: "never run", custom: `{"node_checks":{"checks":{"a":{` + good + `}}}}`, want: "node_checks has neither prestart nor poststart"},
		{name: "not named", custom: `{"node_checks":{"checks":{"a":{` + good + `}},"prestart":[]}}`, want: `node check "a" is in neither prestart nor poststart`},
		{name: "not defined", custom: `{"node_checks":{"checks":{},"prestart":["b"]}}`, want: `prestart or poststart names "b", which node_checks does not define`},
		{name: "name taken", custom: `{"node_checks":{"checks":{"docker":{` + good + `}},"prestart":["docker"]}}`,
			want: `node check "docker" has the name of one that DC/OS brings; rename it`},
		{name: "name taken since 1.13", custom: `{"node_checks":{"checks":{"cockroachdb_replication":{` + good + `}},"prestart":["cockroachdb_replication"]}}`,
			want: `node check "cockroachdb_replication" has the name of one that DC/OS brings; rename it`},
		{name: "name free in 1.12", version: "1.12.0", custom: `{"node_checks":{"checks":{"cockroachdb_replication":{` + good + `}},"prestart":["cockroachdb_replication"]}}`},
		{name: "name taken in 1.12", version: "1.12.0", custom: `{"node_checks":{"checks":{"ifconfig":{` + good + `}},"prestart":["ifconfig"]}}`,
			want: `node check "ifconfig" has the name of one that DC/OS brings; rename it`},
		{name: "name free, since the own checks are replaced", own: `{"node_checks":{"checks":{"x":{` + good + `}},"prestart":["x"]}}`,
			custom: `{"node_checks":{"checks":{"docker":{` + good + `}},"prestart":["docker"]}}`},
		{name: "name taken by the replaced checks", own: `{"node_checks":{"checks":{"x":{` + good + `}},"prestart":["x"]}}`,
			custom: `{"node_checks":{"checks":{"x":{` + good + `}},"prestart":["x"]}}`, want: `node check "x" has the name of one that DC/OS brings; rename it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := with(map[string]any{"custom_checks": tt.custom})
			if tt.own != "" {
				in.Config["check_config"] = tt.own
			}
			if tt.version != "" {
				in.Version = tt.version
			}
			_, findings := genconf.Render(in)
			var want []string
			if tt.want != "" {
				want = []string{"error: custom_checks: " + tt.want}
			}
			if diff := cmp.Diff(want, lines(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
