#!/bin/sh
# Prints the IPv4 address by which this node reaches the first master, @MASTER@. Every DC/OS service on the node calls
# itself by it, so it must stay the same for the node's whole life. On that master the route is local and its source
# is the address itself. Written by dcosup; set dcos.config.ip_detect_contents to use your own.
set -euf
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C

route=$(ip -o -4 route get '@MASTER@' 2>&1) || {
	printf 'ip-detect: no route to the master @MASTER@: %s\n' "$route" >&2
	exit 1
}

# The answer's columns differ with and without a gateway, so the word after src is looked for.
# shellcheck disable=SC2086 # split into words on purpose; set -f keeps them from being expanded
set -- $route
while [ "$#" -ge 2 ]; do
	if [ "$1" = src ]; then
		printf '%s\n' "$2"
		exit 0
	fi
	shift
done
printf 'ip-detect: the route to the master @MASTER@ names no source address: %s\n' "$route" >&2
exit 1
