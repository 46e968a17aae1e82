#!/bin/sh
# DC/OS's @NAME@, by the method "@METHOD@" of dcos.@SETTING@. Written by dcosup.
# It prints the answer and exits with 0, or it says on standard error what is
# wrong and exits with 1. DC/OS runs it whenever one of its services starts, for
# the node's whole life, and what it says of a node must never change.
set -euf
# shellcheck disable=SC2034 # not every script needs it
given=${PATH-}
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C

die() {
	printf '@NAME@: %s\n' "$*" >&2
	exit 1
}

# answer TEXT: all that is ever printed.
answer() {
	printf '%s\n' "$1"
	exit 0
}
