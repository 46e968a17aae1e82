#!/bin/sh
# The job as one script: sixteen questions, a directory, two files that name the node, and a step that needs them all.
# playbook.yml is the same for Ansible. From the environment: NODE, its name, and NODE_ROOT, where its files go.
set -eu
tell() { printf 'probe %s=%s\n' "$1" "$2"; }

tell kernel "$(uname -r)"
tell memory "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
tell cores "$(nproc)"
tell disk "$(df -Pk / | tail -n 1)"
tell inodes "$(df -Pi / | tail -n 1)"
tell systemd "$([ -d /run/systemd/system ] && echo yes || echo no)"
tell selinux "$([ -d /sys/fs/selinux ] && echo yes || echo no)"
tell swap "$(wc -l </proc/swaps)"
tell resolvers "$(grep -c '^nameserver' /etc/resolv.conf || true)"
tell group "$(getent group root)"
tell localhost "$(getent hosts localhost)"
tell tools "$(command -v tar gzip sed | wc -l)"
tell port "$(grep -c ':13BA ' /proc/net/tcp || true)"
tell tmp "$(awk '$2 == "/tmp" { print $4 }' /proc/mounts)"
tell forwarding "$(cat /proc/sys/net/ipv4/ip_forward)"
tell time "$(date +%s)"

mkdir -p "$NODE_ROOT/etc"
cat >"$NODE_ROOT/etc/agent.conf" <<END
# settings of $NODE
name = $NODE
directory = $NODE_ROOT
port = 5051
END
cat >"$NODE_ROOT/etc/environment" <<END
NODE=$NODE
WORK_DIR=$NODE_ROOT/work
END
cat "$NODE_ROOT/etc/agent.conf" "$NODE_ROOT/etc/environment" | sha256sum | cut -c 1-64 >"$NODE_ROOT/ready"
