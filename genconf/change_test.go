package genconf_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

func TestChanges(t *testing.T) {
	script := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	base := "cluster_name: lab\nresolvers: [10.0.0.2]\nmaster_list: [10.0.0.11]\n"
	const (
		yes  = "DC/OS allows it, by upgrading every node to the version that it has"
		no   = "DC/OS does not name it among what can be changed"
		same = "possible as long as it prints the same on every node"
	)
	for _, tt := range []struct {
		name, old, now string
		wasDetect      string // "" = as now
		secret         [][]string
		want           []genconf.Change
	}{
		{name: "nothing", old: base, now: base},
		{name: "other spelling, same meaning", old: base, now: "# written anew\n" + strings.ReplaceAll(base, "[10.0.0.2]", "\n- 10.0.0.2")},
		{name: "what DC/OS allows", old: base, now: strings.ReplaceAll(base, "10.0.0.2]", "10.0.0.2, 10.0.0.3]") + "use_proxy: false\n",
			want: []genconf.Change{
				{Key: "resolvers", Old: "[10.0.0.2]", New: "[10.0.0.2, 10.0.0.3]", Rule: yes, OK: true},
				{Key: "use_proxy", New: "false", Rule: yes, OK: true}}},
		{name: "what it does not", old: base + "mesos_agent_work_dir: /a\n", now: strings.ReplaceAll(base, ".11", ".12"),
			want: []genconf.Change{
				{Key: "master_list", Old: "[10.0.0.11]", New: "[10.0.0.12]", Rule: "a cluster keeps the masters that it was installed with"},
				{Key: "mesos_agent_work_dir", Old: "/a", Rule: no}}},
		{name: "storage and name", old: base + "exhibitor_storage_backend: static\n", now: strings.Replace(base, "lab", "prod", 1) + "exhibitor_storage_backend: azure\n",
			want: []genconf.Change{
				{Key: "cluster_name", Old: "lab", New: "prod", Rule: "a cluster keeps its name"},
				{Key: "exhibitor_storage_backend", Old: "static", New: "azure", Rule: "a cluster keeps its storage backend"}}},
		{name: "more security", old: base + "security: permissive\n", now: base + "security: strict\n",
			want: []genconf.Change{{Key: "security", Old: "permissive", New: "strict", OK: true, Rule: "DC/OS allows it towards more security only: disabled, permissive, strict"}}},
		{name: "less security", old: base + "security: strict\n", now: base + "security: disabled\n",
			want: []genconf.Change{{Key: "security", Old: "strict", New: "disabled", Rule: "DC/OS allows it towards more security only: disabled, permissive, strict"}}},
		{name: "a secret", old: base + "exhibitor_admin_password: hunter2\n", now: base + "exhibitor_admin_password: hunter3\n",
			want: []genconf.Change{{Key: "exhibitor_admin_password", Old: "********", New: "******** (another one)", Rule: "a cluster keeps its storage backend"}}},
		{name: "secrets that only their place tells", secret: [][]string{{"weights"}, {"rexray_config", "rexray", "token"}},
			old: base + "weights: hunter2\n", now: base + "weights: hunter3\nrexray_config: {rexray: {loglevel: info, token: hunter4}}\n",
			want: []genconf.Change{
				{Key: "rexray_config", New: "{rexray: {loglevel: info, token: ********}}", Rule: no},
				{Key: "weights", Old: "********", New: "******** (another one)", Rule: no}}},
		{name: "a secret that is of another form now", secret: [][]string{{"rexray_config", "rexray"}},
			old: base + "rexray_config: hunter2\n", now: base + "rexray_config: {rexray: hunter3, a: b}\n",
			want: []genconf.Change{{Key: "rexray_config", Old: "********", New: "{a: b, rexray: ********}", Rule: no}}},
		{name: "a secret inside", old: base, now: base + "rexray_config: {rexray: {password: hunter2}}\n",
			want: []genconf.Change{{Key: "rexray_config", New: "{rexray: {password: ********}}", Rule: no}}},
		{name: "a list over many lines", old: base, now: base + "no_proxy:\n" + strings.Repeat("- internal.example\n", 9),
			want: []genconf.Change{{Key: "no_proxy", Rule: yes, OK: true,
				New: "[internal.example, internal.example, internal.example, internal.example, interna…"}}},
		{name: "a script", old: base, now: base, wasDetect: "#!/bin/sh\necho 10.0.0.1\n",
			want: []genconf.Change{{Key: "genconf/ip-detect", Rule: same,
				Old: "sha256 " + script("#!/bin/sh\necho 10.0.0.1\n")[:12], New: "sha256 " + script("#!/bin/sh\n")[:12]}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			detect := "#!/bin/sh\n"
			if tt.wasDetect != "" {
				detect = tt.wasDetect
			}
			old := genconf.Made{Config: []byte(tt.old), Sums: map[string]string{"ip-detect": script(detect)}}
			got, err := genconf.Changes(old, genconf.Files{Config: []byte(tt.now), Scripts: []genconf.Script{{Name: genconf.IPDetect, Content: []byte("#!/bin/sh\n")}}, Secret: tt.secret})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangesOfWhatIsNoConfiguration(t *testing.T) {
	if _, err := genconf.Changes(genconf.Made{Config: []byte("\t: [")}, genconf.Files{Config: []byte("a: 1\n")}); err == nil {
		t.Error("got no error")
	}
}

func TestChangeString(t *testing.T) {
	for want, c := range map[string]genconf.Change{
		"gc_delay: 2days → 3days": {Key: "gc_delay", Old: "2days", New: "3days"},
		"gc_delay: 3days is new":  {Key: "gc_delay", New: "3days"},
		"gc_delay: 2days is gone": {Key: "gc_delay", Old: "2days"},
	} {
		if got := c.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
