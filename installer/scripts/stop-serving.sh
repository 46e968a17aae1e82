#!/bin/sh
# Stops the file server; nothing to do is fine.
set -eu
if systemctl is-active --quiet dcosup-fileserver.service; then
	systemctl stop dcosup-fileserver.service
fi
systemctl reset-failed dcosup-fileserver.service 2>/dev/null || :
