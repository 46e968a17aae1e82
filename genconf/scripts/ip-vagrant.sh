# The first interface card that is not the way out, which is Vagrant's own: to
# VirtualBox's NAT, where all machines have the same address, or to libvirt's
# management network. A machine that has nothing else, as a container, is known
# by its address there.
cards='@CARDS@'
route=$(ip -o -4 route show default 2>&1) || die "ip route show default: $route"
out=$(behind dev "$route")
list=$(own 4)
other=
while read -r address interface words; do
	case $address in
	'' | 10.0.2.*) continue ;; # VirtualBox's and QEMU's NAT, which others cannot reach
	esac
	stays "$words" || continue
	if [ "$interface" = "$out" ]; then
		other=${other:-$address}
	elif [ -e "$cards/$interface/device" ]; then # no bridge, and nothing that DC/OS or Docker make
		answer "$address"
	fi
done <<END
$list
END
[ -n "$other" ] || die "there is no network besides Vagrant's NAT: give the machines a private_network"
answer "$other"
