#!/bin/sh
# Brings this node to another version or configuration. STAND-IN: written for tests, keeps to the interface of the
# script of the same name in DC/OS.
#
# The words between at-signs are filled in when the script is generated.
set -eu

bootstrap_url=@BOOTSTRAP_URL@
installed_version=@INSTALLED_VERSION@
version=@VERSION@
packages=@PACKAGES@

mesosphere=/opt/mesosphere
checks=yes
verbose=no

while [ "$#" -gt 0 ]; do
	case "$1" in
	--skip-checks) checks=no ;;
	-v | --verbose) verbose=yes ;;
	*)
		echo "Usage: dcos_node_upgrade.sh [--skip-checks] [-v|--verbose]   (stand-in release, not DC/OS)" >&2
		exit 1
		;;
	esac
	shift
done

say() { printf '%s\n' "$*"; }

if [ "$(id -u)" -ne 0 ]; then
	say "dcos_node_upgrade.sh must run as root" >&2
	exit 1
fi
if [ ! -r "$mesosphere/environment.export" ]; then
	say "no installation to upgrade: $mesosphere/environment.export is missing" >&2
	exit 1
fi
# shellcheck source=/dev/null
. "$mesosphere/environment.export"

found=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$mesosphere/etc/dcos-version.json")
if [ "$found" != "$installed_version" ]; then
	say "this script upgrades from $installed_version, and version $found is installed" >&2
	exit 1
fi

roles=0
for role in /etc/mesosphere/roles/*; do
	[ ! -e "$role" ] || roles=$((roles + 1))
done
if [ "$roles" -ne 1 ]; then
	say "want exactly one role file in /etc/mesosphere/roles, found $roles" >&2
	exit 1
fi

run_checks() {
	if [ "$verbose" = yes ]; then
		"$mesosphere/bin/dcos-check-runner" check node-poststart
	else
		"$mesosphere/bin/dcos-check-runner" check node-poststart >/dev/null
	fi
}

if [ "$checks" = yes ] && ! run_checks; then
	say "the node is not healthy: not upgrading it. --skip-checks upgrades all the same" >&2
	exit 1
fi

say "Stand-in release for tests, not DC/OS: upgrading from $installed_version to $version"
# Package ids are single words: splitting is what is meant.
# shellcheck disable=SC2086
set -- $packages
"$mesosphere/bin/pkgpanda" fetch "--repository-url=$bootstrap_url" "$@"
"$mesosphere/bin/pkgpanda" activate --no-block "$@"

[ "$checks" = yes ] || exit 0
tries=0
until run_checks; do
	tries=$((tries + 1))
	if [ "$tries" -ge 300 ]; then
		say "the node was upgraded, and is not healthy after $tries tries" >&2
		exit 1
	fi
	sleep 1
done
