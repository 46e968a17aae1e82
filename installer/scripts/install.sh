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
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
curl -fsSL --retry 5 --connect-timeout 20 -o "$dir/dcos_install.sh" "$1/dcos_install.sh"
bash "$dir/dcos_install.sh" "$2"
