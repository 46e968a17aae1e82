#!/bin/sh
# Installs from Debian packages what the lab and the tests of this project use on
# this machine, and starts the Docker engine.
#
#   prepare.sh [TOOL...]     default: docker mmdebstrap ssh
#
# Tools: docker mmdebstrap ssh sshd vagrant shellcheck dash busybox tcsh fish curl
# xz gcc ansible mitogen clustershell pssh. What is there is left alone. Where nothing can be installed
# (no apt-get, not root and no sudo without a password), it says what is missing
# and fails.
set -eu

say() { printf 'prepare: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# command_of TOOL: the command that shows that the tool is there.
command_of() {
    case $1 in
    ansible) echo ansible-inventory ;;
    clustershell) echo clush ;;
    sshd) echo /usr/sbin/sshd ;; # not in everybody's PATH
    pssh) echo parallel-ssh ;;
    *) echo "$1" ;;
    esac
}

# package_of TOOL: the Debian package that has it.
package_of() {
    case $1 in
    docker) echo docker.io ;;
    ssh) echo openssh-client ;;
    sshd) echo openssh-server ;;
    gcc) echo gcc libc6-dev ;;
    xz) echo xz-utils ;;
    ansible) echo ansible-core ;;
    mitogen) echo ansible-mitogen ;;
    mmdebstrap | vagrant | shellcheck | dash | busybox | tcsh | fish | curl | clustershell | pssh) echo "$1" ;;
    *) die "no tool is called $1; see the head of $0" ;;
    esac
}

present() {
    case $1 in
    mitogen) dpkg-query -W -f '${Status}' ansible-mitogen 2>/dev/null | grep -q ' installed$' ;;
    *) have "$(command_of "$1")" ;;
    esac
}

# as_root COMMAND...: runs it as root; never asks for a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

install_packages() {
    packages=$*
    have apt-get || die "not Debian or Ubuntu: install by your own means what these packages hold: $packages"
    if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        die "not root: run as root: apt-get install --no-install-recommends $packages"
    fi
    say "installing $packages"
    # shellcheck disable=SC2086 # a list of words
    if ! apt_get install $packages; then
        say "updating the package lists first"
        apt_get update
        # shellcheck disable=SC2086 # a list of words
        apt_get install $packages
    fi
}

# apt waits for others who install, but not for those who update its lists: runs of
# this script do so one after the other.
apt_get() {
    as_root flock /var/lib/apt/lists env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=120 -o APT::Install-Recommends=false "$@" >&2
}

engine_answers() { docker info >/dev/null 2>&1; }

# start_engine: starts the Docker engine unless it answers, and waits for it.
start_engine() {
    if engine_answers; then
        return
    fi
    if [ -S /var/run/docker.sock ] && as_root docker info >/dev/null 2>&1; then
        die "the Docker engine runs, but $(id -un) may not use it: usermod -aG docker $(id -un), and log in again"
    fi
    if [ -d /run/systemd/system ]; then
        say "starting docker.service"
        as_root systemctl start docker.service || die "docker.service does not start: journalctl -u docker says why"
    elif have service; then
        say "starting the service docker"
        as_root service docker start >&2 || die "the service docker does not start: /var/log/docker.log says why"
    else
        die "the Docker engine does not run, and there is neither systemd nor the command service: start dockerd"
    fi
    tries=0
    until engine_answers; do
        tries=$((tries + 1))
        [ "$tries" -lt 30 ] || die "the Docker engine was started but does not answer: docker info says why"
        sleep 1
    done
}

[ $# -gt 0 ] || set -- docker mmdebstrap ssh
missing=
for tool; do
    package=$(package_of "$tool")
    present "$tool" || missing="$missing $package"
done
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 # a list of words
    install_packages $missing
fi
for tool; do
    present "$tool" || die "$tool is still missing although its package is installed"
    [ "$tool" != docker ] || start_engine
done
