#!/bin/sh
# What fixes change is remembered before it is changed, and restore.sh puts it
# back. It is kept in /var/lib/dcosup/backup, which is root's alone. The file
# journal there has a line for each thing, in the order of the first changes,
#
#	KIND KEY FIX STATE
#
# where STATE is how the thing was before any fix changed it:
#
#	file PATH FIX absent|sha256:SUM|link:TARGET   its copy is FIX/NAME, the PATH with _ for /
#	directory PATH FIX absent
#	unit NAME FIX ENABLED ACTIVE                  in the words of systemctl
#	group NAME FIX absent
#	package NAME FIX absent
#	setting PATH FIX VALUE                        of the kernel, below /proc/sys
#	selinux mode FIX Enforcing
#	ufw state FIX enabled
#
# and lines about files:
#
#	wrote PATH FIX sha256:SUM|link:TARGET         what a fix made of it
#	wrote PATH FIX strange                        somebody else had changed it before another fix did
#	reads PATH FIX UNIT                           the unit is restarted when the file is put back
#
# Only the last field can hold blanks. The journal is replaced as a whole, so a
# line is there or not. Copies without a line are those of older versions.

# Functions are called by name, here and by await.
# shellcheck disable=SC2317

LC_ALL=C
export LC_ALL
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
ROOT=''
KEPT=$ROOT/var/lib/dcosup/backup

say() { printf '%s\n' "$*"; }

# seal FILE: what stands for its content: a file without one is absent.
seal() {
	if [ -L "$1" ]; then
		printf 'link:%s\n' "$(readlink "$1")"
	elif [ -e "$1" ]; then
		sum=$(sha256sum <"$1")
		printf 'sha256:%s\n' "${sum%% *}"
	else
		echo absent
	fi
}

# mangle PATH: sets name to the path with _ for /.
mangle() {
	rest=$1
	name=
	while [ "$rest" != "${rest#*/}" ]; do
		name=${name}${rest%%/*}_
		rest=${rest#*/}
	done
	name=$name$rest
}

installed() { # PACKAGE
	if command -v dpkg-query >/dev/null 2>&1; then
		case $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) in ?i*) return 0 ;; esac
		return 1
	fi
	rpm -q "$1" >/dev/null 2>&1
}

# write_journal: its content becomes standard input.
write_journal() { (umask 077 && cat >"$KEPT/journal.new") && mv -f "$KEPT/journal.new" "$KEPT/journal"; }

remembered() { # KIND KEY
	[ -e "$KEPT/journal" ] || return 1
	while read -r kind key _; do
		if [ "$kind $key" = "$1 $2" ]; then return 0; fi
	done <"$KEPT/journal"
	return 1
}

# forget KIND KEY: removes the copy of a file, and the lines of the journal.
forget() {
	if [ "$1" = file ]; then
		mangle "$2"
		for copy in "$KEPT"/*/"$name" "$KEPT"/*/"$name.absent"; do
			if [ -e "$copy" ] || [ -L "$copy" ]; then rm -f "$copy"; fi
		done
	fi
	while read -r kind key fix state; do
		case "$1 $kind $key" in
		"$1 $1 $2" | "file wrote $2" | "file reads $2") ;;
		*) printf '%s %s %s %s\n' "$kind" "$key" "$fix" "$state" ;;
		esac
	done <"$KEPT/journal" | write_journal
}

# states PATH: each line is a state that the file was in before, or that a fix
# gave it.
states() {
	while read -r kind key _ state; do
		case "$kind $key" in "file $1" | "wrote $1") say "$state" ;; esac
	done <"$KEPT/journal"
}

# among STATE STATES: whether it is a line of them.
among() {
	case "
$2
" in *"
$1
"*) return 0 ;; esac
	return 1
}

# half PATH: whether the file was being written when that was cut off: it is the
# beginning of what stands beside it, ready.
half() {
	ready=$ROOT$1.dcosup
	[ -f "$ready" ] && [ ! -L "$ready" ] && [ -f "$ROOT$1" ] && [ ! -L "$ROOT$1" ] &&
		among "$(seal "$ready")" "$(states "$1")" || return 1
	size=$(wc -c <"$ROOT$1")
	[ "$(head -c "$((size))" "$ready" | sha256sum)" = "$(sha256sum <"$ROOT$1")" ]
}

# ours PATH: whether the file is as it was before, or as a fix made it, or as the
# removal of DC/OS did: that writes what there was before, and a link is then a file.
ours() {
	known=$(states "$1")
	now=$(seal "$ROOT$1")
	if among strange "$known"; then return 1; fi
	if among "$now" "$known" || half "$1"; then return 0; fi
	[ "$1" = /etc/resolv.conf ] && case $now in
	sha256:*) among "$now" "$(seal "$KEPT/resolv.conf")
$(seal "$ROOT/run/systemd/resolve/resolv.conf")" ;;
	*) return 1 ;;
	esac
}
