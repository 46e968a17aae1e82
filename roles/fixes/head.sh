#!/bin/sh
# Fixes what a node lacks for DC/OS. Each fix is a function that runs in a
# subshell, between a begin and an end line on standard output.

# Functions are called by name, here and by await.
# shellcheck disable=SC2317

LC_ALL=C
export LC_ALL
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
ROOT=''

say() { printf '%s\n' "$*"; }

# backup FILE: keeps FILE as it was before the first change by this fix. A file
# that was not there is remembered as NAME.absent.
backup() {
	keep=$ROOT/var/lib/dcosup/backup/$DCOSUP_FIX
	name=$(printf '%s' "$1" | tr / _)
	mkdir -p "$keep"
	chmod 700 "$ROOT/var/lib/dcosup/backup"
	if [ -e "$keep/$name" ] || [ -L "$keep/$name" ] || [ -e "$keep/$name.absent" ]; then return 0; fi
	if [ -e "$ROOT$1" ] || [ -L "$ROOT$1" ]; then
		cp -pP "$ROOT$1" "$keep/$name"
	else
		: >"$keep/$name.absent"
	fi
}

# replace FILE: its content becomes standard input, at once.
replace() {
	backup "$1"
	mkdir -p "$(dirname "$ROOT$1")"
	cat >"$ROOT$1.dcosup"
	if [ -e "$ROOT$1" ]; then
		# The file keeps its owner, mode and SELinux label.
		cat "$ROOT$1.dcosup" >"$ROOT$1"
		rm -f "$ROOT$1.dcosup"
	else
		mv "$ROOT$1.dcosup" "$ROOT$1"
	fi
}

# await SECONDS COMMAND...: until it succeeds.
await() {
	left=$1
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		if [ "$left" -le 0 ]; then return 1; fi
		sleep 1
	done
}

# fix ID FUNCTION NEEDED...: runs FUNCTION unless a fix that it needs failed.
failed=' '
fix() {
	DCOSUP_FIX=$1
	function=$2
	shift 2
	printf '\ndcosup-fix begin %s\n' "$DCOSUP_FIX"
	code=0
	for needed in "$@"; do
		case $failed in
		*" $needed "*)
			say "not tried: it needs $needed, which failed"
			code=77
			;;
		esac
	done
	if [ "$code" = 0 ]; then
		"$function" 2>&1
		code=$?
	fi
	if [ "$code" != 0 ]; then failed="$failed$DCOSUP_FIX "; fi
	printf '\ndcosup-fix end %s %s\n' "$DCOSUP_FIX" "$code"
}
