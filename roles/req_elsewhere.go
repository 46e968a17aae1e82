package roles

// The ids of requirements that are judged by others than Judge.
const (
	IDDetect            = "ip-detect"
	IDDetectPublic      = "ip-detect-public"
	IDDetectIP6         = "ip6-detect"
	IDDetectFaultDomain = "fault-domain-detect"

	IDDCOSVersion = "dcos-version"
	IDDCOSRole    = "dcos-role"
)

// elsewhereRequirements are judged where more is known than one node's facts:
// what a script answers on it, what the cluster is, what other nodes say.
func elsewhereRequirements() []Requirement {
	var all []Requirement
	for _, r := range acrossRequirements() {
		all = append(all, r.Requirement)
	}
	all = append(all, networkRequirement(), bandwidthRequirement(), latencyRequirement())
	return append(all, []Requirement{
		{
			ID: IDDetect, Title: "ip-detect prints the node's address", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS runs it at every start of its services; masters must find themselves in master_list.",
			Probe: "running it, by a second round trip",
		},
		{
			ID: IDDetectPublic, Title: "ip-detect-public prints the address by which others reach the node", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS runs it at every start of its services, and tells clients what it says.",
			Probe: "running it, by a second round trip, where there is one",
		},
		{
			ID: IDDetectIP6, Title: "ip6-detect prints the node's IPv6 address", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS runs it at every start of its services.",
			Probe: "running it, by a second round trip, where there is one",
		},
		{
			ID: IDDetectFaultDomain, Title: "fault-domain-detect names the node's region and zone", Severity: Fail, Roles: clusterRoles,
			Why:   "DC/OS runs it at every start of its services, and places tasks by it.",
			Probe: "running it, by a second round trip, where there is one",
		},
		{
			ID: IDDCOSVersion, Title: "The DC/OS found is the one wanted", Severity: Fail, Roles: clusterRoles, firm: true,
			Why:   "A cluster of several versions does not work; changing the version is an upgrade.",
			Probe: "/opt/mesosphere/etc/dcos-version.json",
		},
		{
			ID: IDDCOSRole, Title: "The DC/OS found has the node's role", Severity: Fail, Roles: clusterRoles, firm: true,
			Why:   "DC/OS cannot change a node's role in place.",
			Probe: "/etc/mesosphere/roles",
		},
	}...)
}

// Elsewhere returns a requirement that is judged by others than Judge, by its id.
func Elsewhere(id string) Requirement {
	for _, r := range elsewhereRequirements() {
		if r.ID == id {
			return r
		}
	}
	return Requirement{}
}
