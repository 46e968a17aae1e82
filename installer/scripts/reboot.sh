#!/bin/sh
# Says which boot of the node this is, and how far it is: BOOT STATE. With an
# argument, if this is the boot that it names, the node is rebooted first.
set -eu
line=
read -r line </proc/1/stat || :
# The fields of the first process; the second is a name in parentheses. As in roles/probe_boot.sh.
# shellcheck disable=SC2086
set -- "${1-}" ${line##*) }
boot=$(cat /proc/sys/kernel/random/boot_id)/${21}
if [ "$1" = "$boot" ]; then systemctl reboot; fi
state=$(systemctl is-system-running 2>/dev/null || :)
printf '%s %s\n' "$boot" "${state:-unknown}"
