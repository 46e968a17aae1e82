package genconf

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"unicode/utf8"
)

// defaultOverlays is dcos_overlay_network where it is not given.
const defaultOverlays = `{"vtep_subnet": "44.128.0.0/20", "vtep_subnet6": "fd01:a::/64", "vtep_mac_oui": "70:B3:D5:00:00:00",
	"overlays": [{"name": "dcos", "subnet": "9.0.0.0/8"}, {"name": "dcos6", "subnet6": "fd01:b::/64"}]}`

// overlayNetwork judges the setting dcos_overlay_network by itself.
func overlayNetwork(s string) string {
	parsed, err := parseJSON(s)
	n, ok := parsed.(map[string]any)
	if err != nil || !ok {
		return "Provided input was not valid JSON: " + s
	}
	overlays, _ := n["overlays"].([]any)
	if len(overlays) == 0 {
		return "Missing \"overlays\" in overlay configuration"
	}
	for _, field := range []string{"vtep_mac_oui", "vtep_subnet", "vtep_subnet6"} {
		if _, ok := n[field]; !ok {
			return fmt.Sprintf("Missing %q in overlay configuration", field)
		}
	}
	if wrong := networkOf(n["vtep_subnet"], true) + networkOf(n["vtep_subnet6"], false); wrong != "" {
		return wrong
	}
	if mtu, given := n["vtep_mtu"]; given && !wideEnough(mtu) {
		return fmt.Sprintf("Must be above or equal to 552: %v", mtu)
	}
	for _, o := range overlays {
		if wrong := judgeOverlay(o); wrong != "" {
			return wrong
		}
	}
	return ""
}

// wideEnough judges an MTU that is a number, which may have a fraction, or a text.
func wideEnough(v any) bool {
	switch v := v.(type) {
	case json.Number:
		f, ok := new(big.Float).SetString(v.String())
		return ok && f.Cmp(big.NewFloat(552)) >= 0 && f.Cmp(big.NewFloat(1e300)) < 0
	case string:
		return atLeast(552)(v) == ""
	}
	return false
}

func judgeOverlay(v any) string {
	o, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprintf("Missing \"name\" in overlay configuration: %v", v)
	}
	size := 99
	switch name := o["name"].(type) {
	case string:
		size = utf8.RuneCountInString(name)
	case []any:
		size = len(name)
	case map[string]any:
		size = len(name)
	}
	if size > 13 {
		return fmt.Sprintf("Overlay name cannot exceed 13 characters: %v", o["name"])
	}
	four, hasFour := o["subnet"]
	six, hasSix := o["subnet6"]
	if !hasFour && !hasSix {
		return fmt.Sprintf("Missing \"subnet\" or \"subnet6\" in overlay configuration: %v", o)
	}
	if hasFour && networkOf(four, true) != "" {
		return networkOf(four, true)
	}
	if hasSix && networkOf(six, false) != "" {
		return networkOf(six, false)
	}
	if enabled, given := o["enabled"]; given && !trueOrFalse(enabled) {
		return fmt.Sprintf("Must be one of 'True', 'False'. Got '%v'.", enabled)
	}
	return ""
}

// trueOrFalse is so generous because Python's True equals 1.
func trueOrFalse(v any) bool {
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		return err == nil && (f == 0 || f == 1)
	}
	_, ok := v.(bool)
	return ok
}

// overlays holds the overlay networks against the name of the default one, and against Calico's network.
func (v *validation) overlays() {
	const network, name = "dcos_overlay_network", "dcos_overlay_network_default_name"
	if v.errs[network] != "" || v.has("dcos_overlay_network_json") {
		return
	}
	parsed, _ := parseJSON(v.Get(network))
	var names []any
	for _, item := range parsed.(map[string]any)["overlays"].([]any) {
		o := item.(map[string]any)
		names = append(names, o["name"])
		v.againstCalico(o["subnet"])
	}
	if !slices.ContainsFunc(names, func(n any) bool { text, ok := n.(string); return ok && text == v.Get(name) }) {
		v.refuse("Default overlay network name does not reference a defined overlay network: "+v.Get(name), name, network)
	}
}

func (v *validation) againstCalico(subnet any) {
	if v.Get("calico_enabled") != "true" || v.Get("dcos_overlay_enable") != "true" {
		return
	}
	calico, ok := parseNetwork(v.Get("calico_network_cidr"))
	if overlay, isNet := parseNetwork(subnet); ok && isNet && overlay.Overlaps(calico) {
		v.refuse(fmt.Sprintf("overlay subnet %s overlaps calico network %s", overlay, calico),
			"calico_enabled", "calico_network_cidr", "dcos_overlay_enable", "dcos_overlay_network")
	}
}
