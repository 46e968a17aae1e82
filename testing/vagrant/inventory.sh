#!/bin/sh
# Makes an Ansible inventory of the nodes that Vagrant runs.
#
#   inventory.sh [DIR]        default DIR: .lab/vagrant
#
# Writes DIR/inventory/hosts, DIR/inventory/group_vars/all.yml and
# DIR/known_hosts. The settings are copied from $DCOSUP_GROUP_VARS, by default
# DIR/group_vars/all.yml, which "lab vagrant-env" writes.
#
# known_hosts holds the keys that the nodes show now: that is as good as having
# made the machines on this very computer, and no better.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=${1:-.lab/vagrant}
mkdir -p "$dir/inventory/group_vars"
dir=$(CDPATH='' cd -- "$dir" && pwd)
settings=${DCOSUP_GROUP_VARS:-$dir/group_vars/all.yml}
subnet=${DCOSUP_SUBNET:-192.168.56}
: "${VAGRANT_CWD:=$here}"
export VAGRANT_CWD

die() {
    printf 'inventory: %s\n' "$*" >&2
    exit 1
}

case $dir in *[[:space:]]*) die "$dir has a blank in it, which ssh's options cannot carry" ;; esac
[ -r "$settings" ] || die "$settings is not there: run lab vagrant-env, or name your settings in DCOSUP_GROUP_VARS"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
vagrant status --machine-readable >"$work/status" || die "vagrant status failed (VAGRANT_CWD is $VAGRANT_CWD)"
running=$(awk -F, '$3 == "state" && $4 == "running" { print $2 }' "$work/status")
[ -n "$running" ] || die "Vagrant runs no node: vagrant up comes first"
# Asked for all nodes, ssh-config fails when one of them is off.
# shellcheck disable=SC2086 # a list of words
vagrant ssh-config $running >"$work/ssh-config" || die "vagrant ssh-config failed"

# Each node on a line: name, address, port, user, key.
awk '
    $1 == "Host"         { name = $2 }
    $1 == "HostName"     { host = $2 }
    $1 == "User"         { user = $2 }
    $1 == "Port"         { port = $2 }
    $1 == "IdentityFile" { key = $2; gsub(/"/, "", key); print name, host, port, user, key }
' "$work/ssh-config" >"$work/nodes"

# address NAME HOST: where the other nodes reach it. A virtual machine has
# besides the way that Vagrant takes (HOST) an address that the Vagrantfile gave it.
address() {
    if grep -q "^[0-9]*,$1,provider-name,docker" "$work/status"; then
        echo "$2"
        return
    fi
    case $1 in
    bootstrap) echo "$subnet.10" ;;
    master-*) echo "$subnet.1${1#master-}" ;;
    agent-*) echo "$subnet.2${1#agent-}" ;;
    public-*) echo "$subnet.3${1#public-}" ;;
    *) die "the Vagrantfile has a node $1 that is none of bootstrap, master-N, agent-N, public-N" ;;
    esac
}

: >"$work/known_hosts"
while read -r name host port user key; do
    at=$(address "$name" "$host")
    # A machine's own address has the ordinary port, whatever port is forwarded to it.
    [ "$at" = "$host" ] || port=22
    ssh-keyscan -T 10 -p "$port" "$at" 2>/dev/null >>"$work/known_hosts"
    printf '%s ansible_host=%s ansible_port=%s ansible_user=%s ansible_ssh_private_key_file=%s\n' \
        "$name" "$at" "$port" "$user" "$key" >>"$work/lines"
    grep -qF "$at" "$work/known_hosts" || die "$name shows no host key at $at port $port"
done <"$work/nodes"

# group NAME PATTERN: a group of the nodes whose line begins so.
group() {
    printf '[%s]\n' "$1"
    grep "^$2" "$work/lines" || true
    echo
}
{
    group bootstraps 'bootstrap '
    group masters 'master-'
    group private-agents 'agent-'
    group public-agents 'public-'
    printf '[dcos-cluster:children]\nbootstraps\nmasters\nprivate-agents\npublic-agents\n\n'
    printf "[all:vars]\nansible_ssh_common_args='-o UserKnownHostsFile=%s'\n" "$dir/known_hosts"
} >"$work/hosts"

mv "$work/known_hosts" "$dir/known_hosts"
mv "$work/hosts" "$dir/inventory/hosts"
cp "$settings" "$dir/inventory/group_vars/all.yml"
printf '%s\n' "$dir/inventory"
