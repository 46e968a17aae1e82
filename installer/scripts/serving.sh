#!/bin/sh
# Says why the file server does not run; silent and 0 when it does.
if systemctl is-active --quiet dcosup-fileserver.service; then exit 0; fi
journalctl -u dcosup-fileserver.service -n 5 -o cat --no-pager >&2
exit 1
