# shellcheck disable=SC2034,SC2154 # shared with the other parts
ask() { fetch "/metadata/instance/$1?api-version=2017-08-01&format=text" -H 'Metadata: true'; }

ask_private() { ask network/interface/0/ipv4/ipAddress/0/privateIpAddress; }

ask_public() { ask network/interface/0/ipv4/ipAddress/0/publicIpAddress; }

ask_fault_domain() {
	ask compute/location
	need
	region=$body
	ask compute/platformFaultDomain
	need
	zone=$body
}
