#!/bin/sh
# Runs the generator on genconf/. The stamp is written last: without it, or with
# another one in it, the install files count as not made. It is the identity of
# the configuration and the checksum of the release that is here.
# $1: directory of the release; $2: the identity of the configuration.
set -eu
cd "$1"
release=$(cut -d ' ' -f 1 release.stamp)
rm -f genconf.stamp
# Files that are there are not made anew by the generator; old ones must not be
# mistaken for new ones.
rm -rf genconf/serve genconf/cluster_packages.json
# A container that outlived a killed run would hold the name.
docker rm -f dcosup-genconf >/dev/null 2>&1 || :
DCOS_INSTALLER_CONTAINER_NAME=dcosup-genconf bash dcos_generate_config.sh --genconf
test -f genconf/serve/dcos_install.sh
printf '%s %s\n' "$2" "$release" >genconf.stamp
