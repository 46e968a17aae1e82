#!/bin/sh
# Runs the generator on what an archive brings into genconf/. What it makes is
# not served before publish.sh has run: until then the old install files are.
# $1: directory of the release; $2: the archive.
set -eu
cd "$1"
umask 077
test -f release.stamp
if [ -f "$2" ]; then
	# What is not wanted any more must not stay: the generator takes a script that
	# is there as one that is meant, and does not make anew the files that are there.
	# The generator's own memory stays, and so does the authority by which nodes of
	# DC/OS Enterprise first know each other.
	mkdir -p genconf
	chmod 700 genconf
	find genconf -mindepth 1 -maxdepth 1 ! -name state ! -name ca -exec rm -rf {} +
	tar -x -p -o -C genconf -f "$2"
	tar -t -f "$2" | while IFS= read -r name; do
		[ "$name" = config.yaml ] || (cd genconf && sha256sum "$name")
	done >genconf.sums
	rm -f genconf-*.tar
fi
rm -rf genconf/serve genconf/cluster_packages.json
umask 022
# A container that outlived a killed run would hold the name.
docker rm -f dcosup-genconf >/dev/null 2>&1 || :
DCOS_INSTALLER_CONTAINER_NAME=dcosup-genconf bash dcos_generate_config.sh --genconf
test -f genconf/serve/dcos_install.sh
