#!/bin/sh
# The first process of a lab node of Flatcar's kind: /usr cannot be written, names
# are resolved by systemd-resolved, the clock is systemd-timesyncd's. The rest is
# as in every node.
#
# LAB_TIME_SOURCE  address whose clock this node follows
set -eu

mkdir -p /run/systemd/resolved.conf.d /run/systemd/timesyncd.conf.d
# Docker's own resolv.conf lies over the node's.
servers=$(sed -n 's/^nameserver //p' /etc/resolv.conf | tr '\n' ' ')
umount /etc/resolv.conf
if [ ! -L /etc/resolv.conf ]; then
    ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
fi
# The names of nodes have no dot.
printf '[Resolve]\nDNS=%s\nResolveUnicastSingleLabel=yes\n' "$servers" >/run/systemd/resolved.conf.d/lab.conf
if [ -n "${LAB_TIME_SOURCE:-}" ]; then
    printf '[Time]\nNTP=%s\nPollIntervalMinSec=16\nPollIntervalMaxSec=16\n' "$LAB_TIME_SOURCE" \
        >/run/systemd/timesyncd.conf.d/lab.conf
fi
mount --bind /usr /usr
mount -o remount,ro,bind /usr

exec /usr/local/sbin/lab-init.sh
