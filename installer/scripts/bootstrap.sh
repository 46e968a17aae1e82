#!/bin/sh
# Says what an earlier run left on the bootstrap node. Changes nothing.
# $1: the directory of the release.
dir=$1
value() { if [ -f "$2" ]; then printf '%s=%s\n' "$1" "$(head -n 1 "$2")"; fi; }
value release "$dir/release.stamp"
value genconf "$dir/current/stamp"
value packages "$dir/current/serve/cluster-package-list.latest"
if [ -f "$dir/dcos_generate_config.sh" ]; then echo generator=yes; fi
if [ -f "$dir/current/serve/dcos_install.sh" ]; then echo served=yes; fi
if systemctl is-active --quiet dcosup-fileserver.service 2>/dev/null; then echo serving=yes; fi
echo end=yes
