#!/bin/sh
# Starts the file server as a transient unit and waits until it answers. $1: the URL of a file that it serves; the other
# arguments are the command.
set -eu
url=$1
shift
systemd-run --quiet --unit=dcosup-fileserver -- "$@"
until curl -fsS -o /dev/null --max-time 5 "$url"; do sleep 0.2; done
