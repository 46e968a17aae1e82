package genconf

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
)

// Default values that rules between keys need when the person gave none.
const (
	defaultOverlay = "dcos"          // dcos_overlay_network_default_name
	defaultCalico  = "172.29.0.0/16" // calico_network_cidr, since 2.1
)

// overlayNetwork is what is judged of dcos_overlay_network.
type overlayNetwork struct {
	VTEPSubnet  string    `json:"vtep_subnet"`
	VTEPSubnet6 string    `json:"vtep_subnet6"`
	VTEPMacOUI  string    `json:"vtep_mac_oui"`
	VTEPMTU     *int      `json:"vtep_mtu"`
	Overlays    []overlay `json:"overlays"`
}

type overlay struct {
	Name    string `json:"name"`
	Subnet  string `json:"subnet"`
	Subnet6 string `json:"subnet6"`
	Enabled *bool  `json:"enabled"` // a boolean here, unlike everywhere else in the config
}

// overlays judges the virtual networks: each by itself, and that the default one exists.
func (r *renderer) overlays(texts map[string]string, line int) {
	const field = "dcos_overlay_network"
	names := []string{defaultOverlay, "dcos6"}
	if text, given := texts[field]; given {
		if isDict(text, line) != "" {
			return // said already
		}
		var n overlayNetwork
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			r.fail(field, "does not have the form of an overlay network: "+formError(err), "")
			return
		}
		for _, message := range n.problems(line, calicoNetwork(texts, line)) {
			r.fail(field, message, "")
		}
		names = nil
		for _, o := range n.Overlays {
			names = append(names, o.Name)
		}
	}
	name, given := texts["dcos_overlay_network_default_name"]
	if !given {
		name = defaultOverlay
	}
	if len(names) > 0 && !slices.Contains(names, name) {
		r.fail("dcos_overlay_network_default_name", fmt.Sprintf("is %s, which is no overlay of dcos_overlay_network", name),
			"set it to the name of one of them")
	}
}

// problems judges a network by itself; calico is the zero prefix where Calico is not used.
func (n overlayNetwork) problems(line int, calico netip.Prefix) []string {
	if len(n.Overlays) == 0 {
		return []string{"has no overlays"}
	}
	var out []string
	if n.VTEPMacOUI == "" {
		out = append(out, "has no vtep_mac_oui")
	}
	if n.VTEPMTU != nil && *n.VTEPMTU < 552 {
		out = append(out, fmt.Sprintf("vtep_mtu must be at least 552, not %d", *n.VTEPMTU))
	}
	has4 := slices.ContainsFunc(n.Overlays, func(o overlay) bool { return o.Subnet != "" })
	has6 := slices.ContainsFunc(n.Overlays, func(o overlay) bool { return o.Subnet6 != "" })
	if m := isIPv4Net(n.VTEPSubnet, line); has4 && m != "" {
		out = append(out, "vtep_subnet "+m)
	}
	if m := isIPv6Net(n.VTEPSubnet6, line); (has6 || line >= 201) && m != "" {
		out = append(out, "vtep_subnet6 "+m)
	}
	for _, o := range n.Overlays {
		out = append(out, o.problems(line, calico)...)
	}
	return out
}

// problems judges one overlay. The name becomes part of a network interface's name, which Linux limits.
func (o overlay) problems(line int, calico netip.Prefix) []string {
	var out []string
	if o.Name == "" || len(o.Name) > 13 {
		out = append(out, fmt.Sprintf("the overlay name %q must have 1 to 13 characters", o.Name))
	}
	if o.Subnet == "" && o.Subnet6 == "" {
		out = append(out, fmt.Sprintf("the overlay %s has neither subnet nor subnet6", o.Name))
	}
	if m := isIPv6Net(o.Subnet6, line); o.Subnet6 != "" && m != "" {
		out = append(out, fmt.Sprintf("the subnet6 of overlay %s %s", o.Name, m))
	}
	if o.Subnet == "" {
		return out
	}
	if m := isIPv4Net(o.Subnet, line); m != "" {
		return append(out, fmt.Sprintf("the subnet of overlay %s %s", o.Name, m))
	}
	if p := netip.MustParsePrefix(o.Subnet); calico.IsValid() && calico.Overlaps(p) {
		out = append(out, fmt.Sprintf("the subnet %s of overlay %s overlaps calico_network_cidr %s", p, o.Name, calico))
	}
	return out
}

// calicoNetwork is Calico's network, given or default, or the zero prefix where the release or the config has none.
// A version that is not known may be one without Calico.
func calicoNetwork(texts map[string]string, line int) netip.Prefix {
	if line < 201 || texts["calico_enabled"] == "false" || texts["dcos_overlay_enable"] == "false" {
		return netip.Prefix{}
	}
	text, given := texts["calico_network_cidr"]
	if !given {
		text = defaultCalico
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{} // said already
	}
	return p
}
