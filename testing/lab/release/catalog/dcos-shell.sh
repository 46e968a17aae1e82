#!/bin/sh
# Runs a command, or a shell, with the environment of the installed (stand-in) release.
set -eu
# shellcheck source=/dev/null
. /opt/mesosphere/environment.export
if [ "$#" -eq 0 ]; then
	exec "${SHELL:-/bin/sh}"
fi
exec "$@"
