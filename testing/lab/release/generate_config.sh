#!/bin/bash
# dcos_generate_config.sh, STAND-IN: keeps to the interface of DC/OS's installer, for tests, and is not DC/OS.
# inputs @INPUTS@
# payload @PAYLOAD@
#
# Run it in the directory that holds genconf/. It unpacks a Docker image beside itself, loads it and runs it there.
set -o errexit -o nounset -o pipefail

image_name=@IMAGE@
image_tar=@TAR@
commit=@COMMIT@
bootstrap_id=@BOOTSTRAP_ID@

if ! docker version >/dev/null 2>&1; then
	echo "docker version does not work: is Docker installed, does its daemon run, and may this user talk to it?" >&2
	exit 1
fi

here=$(cd "$(dirname "$0")" && pwd)
self=$here/$(basename "$0")
if [ ! -e "$here/$image_tar" ]; then
	echo "Stand-in release for tests, not DC/OS: unpacking the image" >&2
	marker=$(grep -a -n -m 1 '^#PAYLOAD#$' "$self" | cut -d : -f 1)
	tail -n "+$((marker + 1))" "$self" | tar -x -v -C "$here"
fi
if ! docker image inspect "$image_name" >/dev/null 2>&1; then
	docker load --input "$here/$image_tar" >&2
fi

mkdir -p genconf/state

mode=-i
if [ "${DCOS_INSTALLER_DAEMONIZE:-}" = true ]; then
	mode=-d
fi
docker run "$mode" --rm --name="${DCOS_INSTALLER_CONTAINER_NAME:-${image_tar%.tar}}" \
	-v "$PWD/genconf/:/genconf" \
	-e "DCOS_IMAGE_COMMIT=$commit" -e "BOOTSTRAP_ID=$bootstrap_id" -e "BOOTSTRAP_VARIANT=" -e "INSTALLER_ARGV0=$0" \
	"$image_name" "$@"
exit 0
#PAYLOAD#
