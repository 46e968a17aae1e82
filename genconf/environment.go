package genconf

import "strings"

// Environment is where a node runs, as far as it has a metadata service that answers about itself.
type Environment string

// The environments. The zero value is any other: machines of one's own, or a cloud that is not known.
const (
	AWS   Environment = "aws"
	GCE   Environment = "gce"
	Azure Environment = "azure"
	// Unasked says that no node has been looked at yet: what follows from the environment is left open.
	Unasked Environment = "unasked"
)

// DMI is what a machine's firmware says of it: the files of /sys/class/dmi/id with these names, "" where there is none.
type DMI struct {
	Vendor         string // sys_vendor
	Product        string // product_name
	ProductVersion string // product_version
	BIOSVersion    string // bios_version
	AssetTag       string // chassis_asset_tag
}

// azureAssetTag is on every machine in Azure, and on no other of Microsoft's hypervisor, which all call themselves
// "Virtual Machine" of "Microsoft Corporation". cloud-init and systemd tell Azure by it too.
const azureAssetTag = "7783-7084-3265-9085-8269-3286-77"

// EnvironmentOf tells the environment from what the firmware says. Old instances of AWS run on Xen and name Amazon in
// a version only. Google's name alone is on Chromebooks too.
func EnvironmentOf(d DMI) Environment {
	amazon := func(s string) bool { return strings.Contains(strings.ToLower(s), "amazon") }
	switch {
	case strings.Contains(d.Vendor, "Amazon EC2"), amazon(d.ProductVersion), amazon(d.BIOSVersion):
		return AWS
	case strings.HasPrefix(d.Vendor, "Google") && d.Product == "Google Compute Engine":
		return GCE
	case d.Vendor == "Microsoft Corporation" && d.AssetTag == azureAssetTag:
		return Azure
	}
	return ""
}

// CommonEnvironment is the environment that all nodes share, or none: one script must be right on all of them.
func CommonEnvironment(all []Environment) Environment {
	if len(all) == 0 {
		return ""
	}
	for _, e := range all {
		if e != all[0] {
			return ""
		}
	}
	return all[0]
}
