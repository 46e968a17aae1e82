package inventory_test

import (
	"testing"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

func TestDetectionMethods(t *testing.T) {
	for _, tt := range []struct {
		name, settings string
		want           inventory.Detection
	}{
		{"words", "  ip_detect: vagrant\n  ip_detect_public: none\n  ip6_detect: route\n  fault_domain_detect: auto\n",
			inventory.Detection{IP: inventory.Method{Word: "vagrant"}, IPPublic: inventory.Method{Word: "none"},
				IP6: inventory.Method{Word: "route"}, FaultDomain: inventory.Method{Word: "auto"}}},
		{"names of interfaces", "  ip_detect: interface eth1\n  ip6_detect: ' interface  bond0.17 '\n",
			inventory.Detection{IP: inventory.Method{Word: "interface", Interface: "eth1"}, IP6: inventory.Method{Word: "interface", Interface: "bond0.17"}}},
		{"nothing behind a key", "  ip_detect:\n", inventory.Detection{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := cluster(t, map[string]string{"group_vars/all.yml": settings + tt.settings}, inventory.Options{})
			if diff := cmp.Diff(tt.want, c.Detection); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The word auto leaves room for a script of one's own.
func TestAutoIsNoChoice(t *testing.T) {
	vars := "dcos:\n  download: https://example.com/x\n  ip_detect_public: auto\n  config:\n    cluster_name: x\n    ip_detect_public_contents: '#!/bin/sh'\n"
	c := cluster(t, map[string]string{"group_vars/all.yml": vars}, inventory.Options{})
	if got := c.Detection.IPPublic.Word; got != "auto" {
		t.Errorf("method: got %q, want auto", got)
	}
}

func TestWhatHostsAreToBeKnownBy(t *testing.T) {
	hosts := `[bootstrap]
b
[masters]
m public_ip=192.0.2.11 ip6=2001:db8::11 fault_domain_region=eu fault_domain_zone=eu/a
[agents]
a public_ip=a.example.com ip6=2001:db8::21 fault_domain_region=us fault_domain_zone=us-1.a_b
[all:vars]
fault_domain_region=
`
	vars := settings + "  ip_detect_public: inventory\n  ip6_detect: inventory\n  fault_domain_detect: inventory\n"
	c := cluster(t, map[string]string{"hosts": hosts, "group_vars/all.yml": vars}, inventory.Options{})
	var got [][4]string
	for _, n := range c.Nodes {
		got = append(got, [4]string{n.PublicIP, n.IP6, n.Region, n.Zone})
	}
	want := [][4]string{{}, {"192.0.2.11", "2001:db8::11", "eu", "eu/a"}, {"a.example.com", "2001:db8::21", "us", "us-1.a_b"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Inventories have variables of these names for other programs.
func TestVariablesOfOtherProgramsAreNotJudged(t *testing.T) {
	hosts := "[bootstrap]\nb\n[masters]\nm public_ip=true ip6={{x}}\n[agents]\na\n"
	c := cluster(t, map[string]string{"hosts": hosts}, inventory.Options{})
	if len(c.Warnings) > 0 {
		t.Errorf("warnings:\n%s", warnings(c.Warnings))
	}
}
