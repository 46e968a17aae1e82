package inventory_test

import (
	"strings"
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// TestOldNames has what people have from ansible-dcos: flat variables.
func TestOldNames(t *testing.T) {
	c := cluster(t, map[string]string{"group_vars/all.yml": `
dcos_version: '1.13.4'
dcos_download: https://example.com/dcos_generate_config.sh
dcos_cluster_name: 'demo'
dcos_deploy_ee_package: False
dcos_iaas_target: gcp
dcos_exhibitor: static
dcos_resolvers: [192.0.2.53]
dcos_dns_search: None
dcos_ee_security: permissive
dcos_ee_superuser_username: admin
dcos_k8s_enabled: false
dcos_master_list: [10.0.0.11]
dcos_dowload: typo
`}, inventory.Options{})
	if c.Name != "demo" || c.Release.Version != "1.13.4" || c.Release.Download != "https://example.com/dcos_generate_config.sh" || c.Detection.IP.Word != "gce" {
		t.Errorf("got %q, %+v, %v", c.Name, c.Release, c.Detection)
	}
	want := map[string]any{"cluster_name": "demo", "exhibitor_storage_backend": "static", "resolvers": []any{"192.0.2.53"}}
	if diff := cmp.Diff(want, c.Config.Plain()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if pos := c.Config.KeyPos("cluster_name").String(); pos != "group_vars/all.yml:4:20" {
		t.Errorf("cluster_name is from %s", pos)
	}
	for _, want := range []string{"the variable dcos_dowload is not used", "dcos_master_list is not used: it is derived"} {
		if got := warnings(c.Warnings); !strings.Contains(got, want) {
			t.Errorf("warnings:\n%s\nwant %q", got, want)
		}
	}
}

func TestOldNamesBesideNewOnes(t *testing.T) {
	enterprise := "dcos:\n  download: /x\n  version: '1.11.10'\n  enterprise_dcos: true\n  config:\n    cluster_name: a\n    security: strict\n"
	c := cluster(t, map[string]string{"group_vars/all.yml": enterprise +
		"dcos_deploy_ee_package: 'yes'\ndcos_ee_security: strict\ndcos_ee_superuser_username: admin\n"},
		inventory.Options{ExtraVars: []string{"dcos_version=dcos-1.11", "dcos_cluster_name=a"}})
	if c.Release.Version != "1.11.10" || !c.Release.Enterprise || c.Name != "a" {
		t.Errorf("got %q, %+v", c.Name, c.Release)
	}
	if diff := cmp.Diff(map[string]any{"cluster_name": "a", "security": "strict", "superuser_username": "admin"}, c.Config.Plain()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	c = cluster(t, map[string]string{"group_vars/all.yml": strings.Replace(enterprise, "'1.11.10'", "'1.11'", 1)},
		inventory.Options{ExtraVars: []string{"dcos_version=1.11.10"}})
	if c.Release.Version != "1.11.10" {
		t.Errorf("of 1.11 and 1.11.10, %q counts", c.Release.Version)
	}
}

// TestAgentsOfBothKinds has a group agents over the groups of both kinds of
// agents, as dcos-ansible's inventories do.
func TestAgentsOfBothKinds(t *testing.T) {
	inv, err := load(t, map[string]string{"group_vars/all.yml": settings, "hosts": `
[bootstraps]
b
[masters]
m
[agents_private]
a
[agents_public]
p
[agents:children]
agents_private
agents_public
[common:children]
bootstraps
masters
agents
`}, inventory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := inv.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := inv.Nodes()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]inventory.Role{"b": inventory.RoleBootstrap, "m": inventory.RoleMaster, "a": inventory.RoleAgent, "p": inventory.RolePublicAgent}
	for _, got := range [][]*inventory.Node{c.Nodes, nodes} {
		roles := map[string]inventory.Role{}
		for _, n := range got {
			roles[n.Name] = n.Role
		}
		if diff := cmp.Diff(want, roles); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	}
}
