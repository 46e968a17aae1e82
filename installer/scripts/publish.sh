#!/bin/sh
# Puts what the generator made in the place of the install files that are served,
# whole and at once: the link `current` is turned. The old ones stay as
# `previous`, for nodes that are downloading them. The stamp, the identity of the
# configuration and the checksum of the release, tells what was made from what.
# $1: directory of the release; $2: the identity of the configuration.
set -eu
cd "$1"
umask 077
stamp="$2 $(cut -d ' ' -f 1 release.stamp)"
mkdir -p made

# link NAME TREE: turns a link; there is no moment without it.
link() {
	ln -sfn "$2" "$1.new"
	mv -T "$1.new" "$1"
}

tree=
if [ -d genconf/serve ]; then
	tree=$(mktemp -d made/tree.XXXXXXXX)
	cp -p genconf/config.yaml "$tree/config.yaml"
	cp -p genconf.sums "$tree/sums"
	printf '%s\n' "$stamp" >"$tree/stamp"
	mv genconf/serve "$tree/serve"
else
	# An earlier try came this far, and was cut off.
	for t in made/tree.*; do
		if [ -d "$t/serve" ] && [ "$(cat "$t/stamp")" = "$stamp" ]; then tree=$t; fi
	done
fi
test -n "$tree"

old=$(readlink current || :)
if [ "$old" != "$tree" ]; then
	[ -z "$old" ] || link previous "$old"
	link current "$tree"
fi
for t in made/tree.*; do
	case $t in
	"$(readlink current)" | "$(readlink previous || :)") ;;
	*) rm -rf "$t" ;;
	esac
done
