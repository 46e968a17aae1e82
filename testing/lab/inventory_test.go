package lab

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRenderHosts(t *testing.T) {
	l, err := newLab(Options{Dir: "/labs/one", Subnet: netip.MustParsePrefix("10.0.0.0/24"), Nodes: []string{"bootstrap", "master-1", "agent-2"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `[bootstraps]
bootstrap ansible_host=10.0.0.10

[masters]
master-1 ansible_host=10.0.0.11

[private-agents]
agent-2 ansible_host=10.0.0.22

[public-agents]

[dcos-cluster:children]
bootstraps
masters
private-agents
public-agents

[all:vars]
ansible_user=student
ansible_ssh_private_key_file=/labs/one/id_ed25519
ansible_ssh_common_args='-o UserKnownHostsFile=/labs/one/known_hosts'
`
	if diff := cmp.Diff(want, string(l.renderHosts())); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

func TestRenderVars(t *testing.T) {
	got, err := renderVars("/labs/one/release/dcos_generate_config.sh", "abc123", []string{"192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	want := `# Written by the lab. The release is a stand-in, not DC/OS.
# check_time is off because DC/OS asks the kernel's clock, which is the machine's:
# the nodes follow the lab's time source without setting it.
dcos:
    download: /labs/one/release/dcos_generate_config.sh
    download_checksum: sha256:abc123
    version: 2.1.0
    selinux_mode: permissive
    config:
        cluster_name: dcosup-lab
        resolvers:
            - 192.0.2.1
        oauth_enabled: false
        check_time: false
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("group_vars (-want +got):\n%s", diff)
	}
}

func TestResolvers(t *testing.T) {
	for _, tc := range []struct {
		name, resolv string
		want         []string
	}{
		{"one", "search example\nnameserver 192.0.2.53\n", []string{"192.0.2.53"}},
		{"a local stub cannot be reached from nodes", "nameserver 127.0.0.53\n", []string{"8.8.8.8", "8.8.4.4"}},
		{"DC/OS takes no IPv6 here", "nameserver fd00::1\nnameserver 192.0.2.1 # first\n", []string{"192.0.2.1"}},
		{"none", "", []string{"8.8.8.8", "8.8.4.4"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, resolvers(tc.resolv)); diff != "" {
				t.Errorf("resolvers (-want +got):\n%s", diff)
			}
		})
	}
}
