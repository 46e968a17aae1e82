# Stopping the node's only resolver would cut the node off from its packages.
if ! grep -E '^nameserver' "$ROOT/etc/resolv.conf" | grep -qvE '[[:blank:]](127\.|::1)'; then
	say 'dnsmasq is the only name server in /etc/resolv.conf: put another one there first'
	exit 1
fi
keep_unit dnsmasq.service
systemctl stop dnsmasq.service
systemctl disable dnsmasq.service
