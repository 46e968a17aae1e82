# The address by which this node reaches @TARGET@. Nothing is sent there. Where
# the kernel would take one that it made up for some hours, it is the oldest one
# of the same interface.
route=$(ip -o -6 route get '@TARGET@' 2>&1) || die "no route to @TARGET@: $route"
mine=$(behind src "$route")
interface=$(behind dev "$route")
if [ -z "$mine" ] || [ -z "$interface" ]; then
	die "the route to @TARGET@ names no source address: $route"
fi
list=$(own 6)
while read -r address _ words; do
	if [ "$address" = "$mine" ] && stays "$words"; then answer "$mine"; fi
done <<END
$list
END
list=$(own 6 dev "$interface")
mine=$(oldest "$list")
[ -n "$mine" ] || die "the interface $interface has no IPv6 address that stays"
answer "$mine"
