#!/bin/sh
# (Re)starts the file server as a transient unit. The arguments are the command.
set -eu
systemctl stop dcosup-fileserver.service 2>/dev/null || :
systemctl reset-failed dcosup-fileserver.service 2>/dev/null || :
systemd-run --quiet --unit=dcosup-fileserver --description='dcosup: install files for DC/OS nodes' -- "$@"
