#!/bin/sh
# Takes out of genconf/ what earlier runs wrote for the generator, and leaves what
# the generator made, and the key of its certificate authority. Only root may
# look into it: what it reads can hold secrets.
# $1: genconf/.
set -eu
mkdir -p "$1"
chmod 700 "$1"
cd "$1"
for name in * .[!.]*; do
	case $name in
	serve | state | ca | cluster_packages.json) ;;
	*) rm -rf "./$name" ;;
	esac
done
