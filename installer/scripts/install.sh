#!/bin/sh
# Runs dcos_install.sh as DC/OS means it: fetched from the bootstrap node, as root.
# $1: bootstrap_url; $2: the role.
set -eu
umask 022
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
curl -fsSL --retry 5 --connect-timeout 20 -o "$dir/dcos_install.sh" "$1/dcos_install.sh"
bash "$dir/dcos_install.sh" "$2"
