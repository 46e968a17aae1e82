package installer

import (
	"fmt"
	"net/netip"
	"slices"

	"dcosup/inventory"
	"dcosup/roles"
)

// clusterAddress is the IPv4 address by which the other nodes reach a node:
//
//  1. the host variable private_ip,
//  2. ansible_host or the host's name, where that is an address that the node
//     itself has (a cloud's public address usually is not),
//  3. the source address of the node's default route.
func clusterAddress(n *inventory.Node, f roles.Facts) (string, error) {
	if n.PrivateIP != "" {
		return n.PrivateIP, nil
	}
	for _, name := range []string{n.SSH.Host, n.Name} {
		if addr, err := netip.ParseAddr(name); err == nil && addr.Is4() && slices.Contains(f.Network.Addresses, addr) {
			return addr.String(), nil
		}
	}
	if addr := f.Network.DefaultSource; addr.IsValid() && addr.Is4() {
		return addr.String(), nil
	}
	return "", fmt.Errorf("%s: cannot tell the address that the other nodes reach it by: "+
		"it has no default route, and the inventory names none of its addresses", n.Name)
}

// knownAddress is the address that the inventory alone tells, "" if none.
func knownAddress(n *inventory.Node) string {
	for _, name := range []string{n.PrivateIP, n.SSH.Host, n.Name} {
		if addr, err := netip.ParseAddr(name); err == nil && addr.Is4() {
			return addr.String()
		}
	}
	return ""
}
