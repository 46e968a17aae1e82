#!/bin/sh
# Installs a cluster on seven nodes that Vagrant's docker provider runs, asks it
# for its health, and removes it. Needs bin/dcosup and bin/lab; run it anywhere.
#
# DCOSUP_VAGRANT_STOP=inventory  stops, and removes the nodes, once there is an inventory
# DCOSUP_VAGRANT_KEEP=1          leaves the nodes up at the end
set -eu

cd -- "$(dirname -- "$0")/../.."
dir=$PWD/.lab/vagrant
export VAGRANT_CWD="$PWD/testing/vagrant"
export VAGRANT_DOTFILE_PATH="$dir/.vagrant"
export VAGRANT_CHECKPOINT_DISABLE=1
export DCOSUP_VAGRANT_JSON="$dir/vagrant.json"

step() { printf '\n== %s\n' "$*"; }

for binary in bin/dcosup bin/lab; do
    [ -x "$binary" ] || {
        printf 'test: %s is not there: make %s\n' "$binary" "$binary" >&2
        exit 1
    }
done

step "prepare this machine"
testing/lab/prepare.sh docker mmdebstrap ssh vagrant

# The nodes go even when a step fails; the exit code stays that of the step.
# lab down also takes what Vagrant has lost sight of, and the network.
remove() {
    code=$?
    trap - EXIT
    if [ "${DCOSUP_VAGRANT_KEEP:-}" = 1 ]; then
        printf 'test: the nodes stay up; bin/lab down --dir %s removes them\n' "$dir" >&2
        exit "$code"
    fi
    step "remove the nodes"
    vagrant destroy --force --parallel || code=1
    bin/lab down --dir "$dir" || code=1
    exit "$code"
}
trap remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step "images, network, keys, release"
bin/lab down --dir "$dir"
bin/lab vagrant-env --dir "$dir" --name dcosup-vagrant

step "vagrant up"
vagrant up --provider=docker

step "inventory"
inventory=$(sh testing/vagrant/inventory.sh "$dir")
cat "$inventory/hosts"
[ "${DCOSUP_VAGRANT_STOP:-}" != inventory ] || exit 0

step "dcosup apply"
bin/dcosup apply -i "$inventory"

step "dcosup status"
bin/dcosup status -i "$inventory"

step "dcosup apply again: nothing to do"
again=$(bin/dcosup apply -i "$inventory" 2>&1)
printf '%s\n' "$again"
case $again in
*'nothing changed'*) ;;
*)
    echo 'test: the second apply changed something' >&2
    exit 1
    ;;
esac
