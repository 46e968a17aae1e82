#!/bin/sh
# Starts the file server as a transient unit. $1: the file that says what runs;
# the other arguments are the command. One that runs with the same command is
# left alone: it sees new install files by itself, and nodes of an earlier run may
# be downloading from it.
set -eu
running=$1
shift
command=$(printf '%s\n' "$@")
if [ "$(cat "$running" 2>/dev/null)" = "$command" ] &&
	systemctl is-active --quiet dcosup-fileserver.service; then
	exit 0
fi
systemctl stop dcosup-fileserver.service 2>/dev/null || :
systemctl reset-failed dcosup-fileserver.service 2>/dev/null || :
mkdir -p "$(dirname "$running")"
printf '%s\n' "$command" >"$running"
systemd-run --quiet --unit=dcosup-fileserver --description='dcosup: install files for DC/OS nodes' -- "$@"
