package genconf_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

// network is a good dcos_overlay_network with these overlays.
func network(overlays ...map[string]any) map[string]any {
	list := []any{}
	for _, o := range overlays {
		list = append(list, o)
	}
	return map[string]any{"vtep_subnet": "44.128.0.0/20", "vtep_subnet6": "fd01:a::/64", "vtep_mac_oui": "70:B3:D5:00:00:00", "overlays": list}
}

// changed is network with one field replaced, or removed by nil.
func changed(n map[string]any, field string, value any) map[string]any {
	n[field] = value
	if value == nil {
		delete(n, field)
	}
	return n
}

func TestOverlays(t *testing.T) {
	dcos := map[string]any{"name": "dcos", "subnet": "9.0.0.0/8", "prefix": 24, "enabled": true}
	wide := map[string]any{"name": "dcos", "subnet": "172.16.0.0/12", "prefix": 24}
	dcos6 := map[string]any{"name": "dcos6", "subnet6": "fd01:b::/64", "prefix6": 80}
	const field = "error: dcos_overlay_network: "
	for _, tt := range []struct {
		name    string
		version string // "" = 2.1.0
		network map[string]any
		more    map[string]any
		want    []string
	}{
		{name: "good", network: network(dcos, dcos6)},
		{name: "none", network: network(), want: []string{field + "has no overlays"}},
		{name: "default elsewhere", network: network(dcos6),
			want: []string{"error: dcos_overlay_network_default_name: is dcos, which is no overlay of dcos_overlay_network; set it to the name of one of them"}},
		{name: "default named", network: network(dcos6), more: map[string]any{"dcos_overlay_network_default_name": "dcos6"}},
		{name: "name too long", network: network(dcos, map[string]any{"name": "a-long-overlay", "subnet": "10.64.0.0/10"}),
			want: []string{field + `the overlay name "a-long-overlay" must have 1 to 13 characters`}},
		{name: "without subnet", network: network(map[string]any{"name": "dcos"}), want: []string{field + "the overlay dcos has neither subnet nor subnet6"}},
		{name: "subnet with host bits", network: network(map[string]any{"name": "dcos", "subnet": "9.0.0.1/8"}),
			want: []string{field + "the subnet of overlay dcos has address bits beyond its length; 9.0.0.0/8 is the network"}},
		{name: "subnet6 is IPv4", network: network(map[string]any{"name": "dcos", "subnet6": "9.0.0.0/8"}),
			want: []string{field + `the subnet6 of overlay dcos must be an IPv6 network such as fd01:a::/64, not "9.0.0.0/8"`}},
		{name: "subnet6 with host bits", network: network(map[string]any{"name": "dcos", "subnet6": "fd01:b::1/64"}),
			want: []string{field + "the subnet6 of overlay dcos has address bits beyond its length; fd01:b::/64 is the network"}},
		{name: "enabled as text", network: network(map[string]any{"name": "dcos", "subnet": "9.0.0.0/8", "enabled": "true"}),
			want: []string{field + "does not have the form of an overlay network: overlays.enabled cannot be a string"}},
		{name: "no MAC prefix", network: changed(network(dcos), "vtep_mac_oui", nil), want: []string{field + "has no vtep_mac_oui"}},
		{name: "MTU", network: changed(network(dcos), "vtep_mtu", 500), want: []string{field + "vtep_mtu must be at least 552, not 500"}},
		{name: "no vtep_subnet", network: changed(network(dcos), "vtep_subnet", nil), want: []string{field + `vtep_subnet must be an IPv4 network such as 172.29.0.0/16, not ""`}},
		{name: "no vtep_subnet6", network: changed(network(dcos), "vtep_subnet6", nil), want: []string{field + `vtep_subnet6 must be an IPv6 network such as fd01:a::/64, not ""`}},
		{name: "no vtep_subnet6 in 2.0", version: "2.0.4", network: changed(network(dcos), "vtep_subnet6", nil)},
		{name: "over calico's network", network: network(wide),
			want: []string{field + "the subnet 172.16.0.0/12 of overlay dcos overlaps calico_network_cidr 172.29.0.0/16"}},
		{name: "calico elsewhere", network: network(wide), more: map[string]any{"calico_network_cidr": "10.128.0.0/16"}},
		{name: "without calico", network: network(wide), more: map[string]any{"calico_enabled": false}},
		{name: "before calico", version: "2.0.4", network: network(wide)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := with(tt.more)
			in.Config["dcos_overlay_network"] = tt.network
			if tt.version != "" {
				in.Version = tt.version
			}
			_, findings := genconf.Render(in)
			if diff := cmp.Diff(tt.want, lines(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
