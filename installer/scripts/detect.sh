#!/bin/sh
# Runs detection scripts as DC/OS will: each by the interpreter that its first
# line names. They are not run as programs, since /tmp may be mounted noexec.
# Arguments: the name and the text of each script in turn. For each it says its
# name, its exit code, and what it printed on both outputs, in base64.
set -u
umask 077
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# limit runs a command for 30 s at most: services wait for it at every start.
limit() { if command -v timeout >/dev/null; then timeout 30 "$@"; else "$@"; fi; }

# coded is a file's beginning in base64, in quotes that keep nothing from being something.
coded() { printf '"%s"' "$(head -c 65536 "$1" | base64 | tr -d '\n')"; }

while [ "$#" -ge 2 ]; do
	name=$1
	printf '%s' "$2" >"$dir/script"
	shift 2
	IFS= read -r first <"$dir/script" || :
	case $first in '#!'*) ;; *) first='' ;; esac
	line=$(printf '%s' "${first#'#!'}" | sed 's/^[[:blank:]]*//; s/[[:blank:]]*$//')
	interpreter=${line%%[[:blank:]]*}
	argument=$(printf '%s' "${line#"$interpreter"}" | sed 's/^[[:blank:]]*//')
	code=0
	if [ -z "$interpreter" ]; then
		echo 'the first line names no interpreter' >"$dir/err"
		: >"$dir/out"
		code=126
	else
		limit "$interpreter" ${argument:+"$argument"} "$dir/script" </dev/null >"$dir/out" 2>"$dir/err" || code=$?
	fi
	printf '%s %s %s %s\n' "$name" "$code" "$(coded "$dir/out")" "$(coded "$dir/err")"
done
