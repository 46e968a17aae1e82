package roles

import (
	"net/netip"
	"strings"

	"dcosup/inventory"
)

// distributions are Ansible's names of distributions and of their families, by the
// ID of os-release.
var distributions = map[string][2]string{
	"almalinux": {"AlmaLinux", "RedHat"}, "amzn": {"Amazon", "RedHat"}, "centos": {"CentOS", "RedHat"}, "fedora": {"Fedora", "RedHat"},
	"ol": {"OracleLinux", "RedHat"}, "rhel": {"RedHat", "RedHat"}, "rocky": {"Rocky", "RedHat"}, "debian": {"Debian", "Debian"}, "ubuntu": {"Ubuntu", "Debian"},
}

// Ansible are the facts that Ansible would gather of the node, by its names, as far
// as they are the same: see inventory.FactNames.
func (f Facts) Ansible() inventory.Facts {
	short, _, _ := strings.Cut(f.Hostname, ".")
	major, _, _ := strings.Cut(f.OS.Version, ".")
	facts := inventory.Facts{
		"all_ipv4_addresses": ipv4(f.Network.Addresses),
		"architecture":       f.Arch,
		"default_ipv4":       f.defaultRoute(),
		"hostname":           short,
		"kernel":             f.Kernel,
		"machine":            f.Arch,
		"memtotal_mb":        int(f.Memory.Total >> 20),
		"nodename":           f.Hostname,
		"processor_vcpus":    f.CPUs,
		"system":             "Linux",
	}
	for name, value := range map[string]string{"system_vendor": f.DMI.Vendor, "product_name": f.DMI.Product} {
		if facts[name] = value; value == "" {
			facts[name] = "NA"
		}
	}
	if d, ok := distributions[f.OS.ID]; ok {
		facts["distribution"], facts["os_family"], facts["distribution_major_version"] = d[0], d[1], major
	}
	if f.Systemd.Running() {
		facts["service_mgr"] = "systemd"
	}
	return facts
}

// defaultRoute is what leads to everywhere; nothing where no route does.
func (f Facts) defaultRoute() map[string]any {
	route := map[string]any{}
	if !f.Network.DefaultSource.IsValid() {
		return route
	}
	route["address"] = f.Network.DefaultSource.String()
	for name, value := range map[string]string{"interface": f.Network.DefaultDevice, "gateway": f.Network.Gateway} {
		if value != "" {
			route[name] = value
		}
	}
	return route
}

func ipv4(addresses []netip.Addr) []string {
	var texts []string
	for _, a := range addresses {
		if a.Is4() {
			texts = append(texts, a.String())
		}
	}
	return texts
}
