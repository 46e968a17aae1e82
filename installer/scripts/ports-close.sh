#!/bin/sh
# Closes what ports-open.sh opened, and tells what came over UDP: the addresses of
# those who sent something, one a line, each once, then "end". $1 and $2 are as there.
set -u
units=$1
state=$2
systemctl stop dcosup-ports.socket dcosup-heard.socket dcosup-zeros.socket \
	dcosup-ports.service dcosup-heard.service 'dcosup-zeros@*.service' 2>/dev/null
if [ -e "$state/heard" ]; then sort -u "$state/heard"; fi
rm -f "$state/heard" "$units"/dcosup-ports.* "$units"/dcosup-heard.* "$units"/dcosup-zeros*
systemctl daemon-reload
echo end
