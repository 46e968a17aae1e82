#!/bin/sh
# Writes what the generator reads. Its configuration can hold secrets.
# $1: genconf/; $2 config.yaml; $3 ip-detect; $4 ip-detect-public and
# $5 fault-domain-detect, "" for none.
set -eu
dir=$1
mkdir -p "$dir"
chmod 700 "$dir"
umask 077
rm -f "$dir/config.yaml"
printf '%s' "$2" >"$dir/config.yaml"

# script FILE TEXT: the generator takes a script that is there as one that is meant.
script() {
	rm -f "$dir/$1"
	if [ -n "$2" ]; then
		printf '%s' "$2" >"$dir/$1"
		chmod 755 "$dir/$1"
	fi
}
script ip-detect "$3"
script ip-detect-public "$4"
script fault-domain-detect "$5"
