#!/bin/sh
# The first process of a lab node: opens what Docker mounts read-only, gives the
# node its identity at its first start, and becomes systemd.
#
# LAB_AUTHORIZED_KEY  public key that may log in as student
# LAB_TIME_SOURCE     address whose clock this node follows
# LAB_TIME_ALLOW      network that this node serves time to; instead of a source
set -eu

# Without "bind" the kernel takes it for a change to the file system itself,
# which other containers use too, and refuses.
for mount in /sys/fs/cgroup /sys/fs/cgroup/* /proc/sys; do
    if grep -q " $mount " /proc/self/mountinfo; then
        mount -o remount,rw,bind "$mount"
    fi
done

# Docker switches IPv6 off in a container; on a machine it is on.
for off in all default lo; do
    if [ -e "/proc/sys/net/ipv6/conf/$off/disable_ipv6" ]; then
        echo 0 >"/proc/sys/net/ipv6/conf/$off/disable_ipv6"
    fi
done

# once FILE: writes standard input to FILE unless it is there. A restart must
# not touch what is on the node.
once() {
    if [ -e "$1" ]; then
        cat >/dev/null
    else
        mkdir -p "$(dirname "$1")"
        cat >"$1"
    fi
}

if [ -n "${LAB_AUTHORIZED_KEY:-}" ]; then
    keys=/home/student/.ssh/authorized_keys
    printf '%s\n' "$LAB_AUTHORIZED_KEY" | once "$keys"
    chown -R student:student /home/student/.ssh
    chmod 0700 /home/student/.ssh
    chmod 0600 "$keys"
fi
# Polls start at two seconds, so that a node that is fixed while others
# watch is in step a few seconds after its time service starts.
if [ -n "${LAB_TIME_SOURCE:-}" ]; then
    printf 'server %s iburst minpoll 1 maxpoll 4\n' "$LAB_TIME_SOURCE" |
        once /etc/chrony/sources.d/lab.sources
fi
if [ -n "${LAB_TIME_ALLOW:-}" ]; then
    printf 'local stratum 10\nallow %s\n' "$LAB_TIME_ALLOW" |
        once /etc/chrony/conf.d/lab.conf
fi
if [ ! -e /etc/ssh/ssh_host_ed25519_key ]; then
    ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
fi

unset LAB_AUTHORIZED_KEY LAB_TIME_SOURCE LAB_TIME_ALLOW
container=docker
export container
exec /lib/systemd/systemd
