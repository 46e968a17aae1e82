package genconf

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
)

// overlayNetwork is the setting dcos_overlay_network.
type overlayNetwork struct {
	VtepMACOUI  string `json:"vtep_mac_oui"`
	VtepSubnet  string `json:"vtep_subnet"`
	VtepSubnet6 string `json:"vtep_subnet6"`
	VtepMTU     *int64 `json:"vtep_mtu"`
	Overlays    []struct {
		Name    string `json:"name"`
		Subnet  string `json:"subnet"`
		Subnet6 string `json:"subnet6"`
		Enabled any    `json:"enabled"`
	} `json:"overlays"`
}

// overlays judges the settings of the overlay networks, which refer to each other and to Calico's.
func (v *validation) overlays() {
	const network, name = "dcos_overlay_network", "dcos_overlay_network_default_name"
	n := overlayNetwork{}
	if !v.has(network) {
		if v.Get(name) != "dcos" {
			v.refuse("Default overlay network name does not reference a defined overlay network: "+v.Get(name), name, network)
		}
		return
	}
	if err := json.Unmarshal([]byte(v.Values[network]), &n); err != nil {
		v.refuse("Provided input was not valid JSON: "+v.Values[network], network)
		return
	}
	if message := n.judge(); message != "" {
		v.refuse(message, network)
		return
	}
	var names []string
	for _, o := range n.Overlays {
		names = append(names, o.Name)
		v.againstCalico(o.Subnet)
	}
	if !slices.Contains(names, v.Get(name)) {
		v.refuse("Default overlay network name does not reference a defined overlay network: "+v.Get(name), name, network)
	}
}

// judge says what is wrong with the network by itself, or nothing.
func (n overlayNetwork) judge() string {
	switch {
	case len(n.Overlays) == 0:
		return "Missing \"overlays\" in overlay configuration"
	case n.VtepMACOUI == "" || n.VtepSubnet == "" || n.VtepSubnet6 == "":
		return "Overlay configuration needs vtep_mac_oui, vtep_subnet and vtep_subnet6"
	case ipv4Network(n.VtepSubnet) != "":
		return "Incorrect value for vtep_subnet: " + n.VtepSubnet
	case n.VtepMTU != nil && *n.VtepMTU < 552:
		return fmt.Sprintf("Incorrect value for vtep_mtu: %d. Must be at least 552", *n.VtepMTU)
	}
	for _, o := range n.Overlays {
		_, isBool := o.Enabled.(bool)
		switch {
		case o.Name == "" || len(o.Name) > 13:
			return "Overlay network name must be 1 to 13 characters: " + o.Name
		case o.Subnet == "" && o.Subnet6 == "":
			return "Overlay " + o.Name + " needs subnet or subnet6"
		case o.Subnet != "" && ipv4Network(o.Subnet) != "":
			return "Incorrect value for subnet of overlay " + o.Name + ": " + o.Subnet
		case o.Enabled != nil && !isBool:
			return "enabled of overlay " + o.Name + " must be a boolean"
		}
	}
	return ""
}

func (v *validation) againstCalico(subnet string) {
	if v.Get("calico_enabled") != "true" || v.Get("dcos_overlay_enable") != "true" {
		return
	}
	calico, err := netip.ParsePrefix(v.Get("calico_network_cidr"))
	if err != nil {
		return
	}
	if overlay, err := netip.ParsePrefix(subnet); err == nil && overlay.Overlaps(calico) {
		v.refuse(fmt.Sprintf("Overlay subnet %s overlaps calico_network_cidr %s", overlay, calico),
			"calico_enabled", "calico_network_cidr", "dcos_overlay_enable", "dcos_overlay_network")
	}
}
