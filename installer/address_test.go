package installer

import (
	"net/netip"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/roles"
)

func TestClusterAddress(t *testing.T) {
	for _, tc := range []struct {
		name      string
		node      inventory.Node
		addresses string // that the node has
		source    string // of its default route
		want      string // "" for an error
	}{
		{name: "private_ip wins over all", node: inventory.Node{Name: "10.0.0.3", PrivateIP: "10.0.0.1",
			SSH: inventory.SSH{Host: "10.0.0.2"}}, addresses: "10.0.0.2 10.0.0.3", source: "10.0.0.2", want: "10.0.0.1"},
		{name: "ansible_host comes before the name", node: inventory.Node{Name: "10.0.0.3", SSH: inventory.SSH{Host: "10.0.0.2"}},
			addresses: "10.0.0.2 10.0.0.3 10.0.0.4", source: "10.0.0.4", want: "10.0.0.2"},
		{name: "the name comes before the default route", node: inventory.Node{Name: "10.0.0.3", SSH: inventory.SSH{Host: "gate"}},
			addresses: "10.0.0.3 10.0.0.4", source: "10.0.0.4", want: "10.0.0.3"},
		{name: "a public ansible_host that the node does not have", node: inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "203.0.113.9"}},
			addresses: "10.0.0.4", source: "10.0.0.4", want: "10.0.0.4"},
		{name: "a name that resolves is not an address", node: inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "m1.example"}},
			addresses: "10.0.0.4 10.0.0.5", source: "10.0.0.5", want: "10.0.0.5"},
		{name: "an IPv6 ansible_host is reached by SSH only", node: inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "2001:db8::1"}},
			addresses: "2001:db8::1 10.0.0.4", source: "10.0.0.4", want: "10.0.0.4"},
		{name: "a node with IPv6 alone", node: inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "2001:db8::1"}},
			addresses: "2001:db8::1", source: "2001:db8::1"},
		{name: "no route and no address in the inventory", node: inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "m1"}},
			addresses: "10.0.0.4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var f roles.Facts
			for _, a := range strings.Fields(tc.addresses) {
				f.Network.Addresses = append(f.Network.Addresses, netip.MustParseAddr(a))
			}
			if tc.source != "" {
				f.Network.DefaultSource = netip.MustParseAddr(tc.source)
			}
			got, err := clusterAddress(&tc.node, f)
			if got != tc.want || (err != nil) != (tc.want == "") {
				t.Errorf("got %q, error %v; want %q", got, err, tc.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), tc.node.Name+": ") {
				t.Errorf("error %q does not name the node", err)
			}
		})
	}
}

func TestKnownAddress(t *testing.T) {
	for _, tc := range []struct {
		name string
		node inventory.Node
		want string
	}{
		{"private_ip", inventory.Node{Name: "10.0.0.3", PrivateIP: "10.0.0.1", SSH: inventory.SSH{Host: "10.0.0.2"}}, "10.0.0.1"},
		{"ansible_host", inventory.Node{Name: "10.0.0.3", SSH: inventory.SSH{Host: "10.0.0.2"}}, "10.0.0.2"},
		{"the name", inventory.Node{Name: "10.0.0.3", SSH: inventory.SSH{Host: "m1.example"}}, "10.0.0.3"},
		{"names only", inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "m1.example"}}, ""},
		{"IPv6 only", inventory.Node{Name: "m1", SSH: inventory.SSH{Host: "2001:db8::1"}}, ""},
	} {
		if got := knownAddress(&tc.node); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
