#!/bin/sh
# Runs dcos_install.sh as DC/OS means it: fetched from the bootstrap node, as root.
# $1: bootstrap_url; $2: the role; $3: where to keep the resolv.conf that DC/OS replaces.
set -eu
umask 022
# 198.51.100.x are DC/OS's own resolvers: a file that names them is not the original.
if [ -s /etc/resolv.conf ] && ! grep -q '^nameserver 198\.51\.100\.' /etc/resolv.conf; then
	mkdir -p "$(dirname "$3")"
	cp -p /etc/resolv.conf "$3.new"
	mv "$3.new" "$3"
fi

# dcos_install.sh takes any socket on the ports that it needs for a program that
# holds them, even one that the kernel keeps for a minute after its connection
# has ended (TIME_WAIT), as after DC/OS was removed. Those are waited for. The
# ports are those that its check can see: it compares lower-case digits with
# upper-case ones, so only those without letters: 53, 80, 2181, 9000, 9990.
ending() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		grep -q '^ *[0-9]*: [0-9A-F]*:\(0035\|0050\|0885\|2328\|2706\) [0-9A-F]*:[0-9A-F]* 0[1-9B]'
}
# Newer kernels forget them when they are asked to (INET_DIAG_DESTROY).
if ending; then
	ss -Ktn state time-wait '( sport = :53 or sport = :80 or sport = :2181 or sport = :9000 or sport = :9990 )' >/dev/null 2>&1 || :
fi
waited=0
while ending && [ "$waited" -lt 90 ]; do
	[ "$waited" -gt 0 ] || echo "Waiting until the kernel has forgotten the connections of an earlier DC/OS, about a minute"
	waited=$((waited + 1))
	sleep 1
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
curl -fsSL --retry 5 --connect-timeout 20 -o "$dir/dcos_install.sh" "$1/dcos_install.sh"
bash "$dir/dcos_install.sh" "$2"
