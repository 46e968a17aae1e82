#!/bin/sh
# Stops the file server; nothing to do is fine. Install files that were kept for
# nodes that were downloading them go with it. $1: the directory of the release.
set -eu
if systemctl is-active --quiet dcosup-fileserver.service; then
	systemctl stop dcosup-fileserver.service
fi
systemctl reset-failed dcosup-fileserver.service 2>/dev/null || :
cd "$1" 2>/dev/null || exit 0
if [ -L previous ]; then
	rm -rf "$(readlink previous)"
	rm -f previous
fi
