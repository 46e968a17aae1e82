package roles

import (
	"maps"
	"net/netip"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
)

// TestAnsibleFacts holds what templates get of a node that was asked.
func TestAnsibleFacts(t *testing.T) {
	answer, err := os.ReadFile("testdata/centos7.facts")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFacts(answer)
	if err != nil {
		t.Fatal(err)
	}
	f.Hostname = "m1.example.com"
	got := f.Ansible()
	want := inventory.Facts{
		"all_ipv4_addresses": ipv4(f.Network.Addresses), "architecture": "x86_64", "kernel": f.Kernel, "machine": "x86_64", "system": "Linux",
		"default_ipv4": map[string]any{"address": "10.0.0.5", "interface": "eth0", "gateway": "10.0.0.1"},
		"distribution": "CentOS", "distribution_major_version": "7", "os_family": "RedHat", "hostname": "m1", "nodename": "m1.example.com",
		"memtotal_mb": int(f.Memory.Total / 1024 / 1024), "processor_vcpus": f.CPUs, "service_mgr": "systemd", "system_vendor": f.DMI.Vendor, "product_name": f.DMI.Product,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(got)), inventory.FactNames); diff != "" {
		t.Errorf("the inventory knows other facts (-told +known):\n%s", diff)
	}
}

func TestAnsibleFactsOfAnotherMachine(t *testing.T) {
	got := Facts{Hostname: "x", OS: OS{ID: "arch"}, Network: Network{Addresses: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}}.Ansible()
	for _, name := range []string{"distribution", "os_family", "service_mgr"} {
		if v, ok := got[name]; ok {
			t.Errorf("%s = %v, which Ansible may name in another way", name, v)
		}
	}
	if diff := cmp.Diff(map[string]any{}, got["default_ipv4"]); diff != "" || len(got["all_ipv4_addresses"].([]string)) > 0 {
		t.Errorf("the addresses are %v, %v", got["default_ipv4"], got["all_ipv4_addresses"])
	}
	if got["system_vendor"] != "NA" {
		t.Errorf("system_vendor = %v, want Ansible's NA", got["system_vendor"])
	}
}
