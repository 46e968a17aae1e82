# shellcheck disable=SC2034,SC2154 # shared with the other parts
# By address: metadata.google.internal cannot be looked up before DC/OS's own
# DNS runs.
ask() { fetch "/computeMetadata/v1/instance/$1" -H 'Metadata-Flavor: Google'; }

ask_private() { ask network-interfaces/0/ip; }

ask_public() { ask network-interfaces/0/access-configs/0/external-ip; }

# The answer is such as projects/1234/zones/us-central1-a.
ask_fault_domain() {
	ask zone
	need
	zone=${body##*/}
	region=${zone%-*}
}
