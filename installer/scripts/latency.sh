#!/bin/sh
# Measures round trips to other nodes. The arguments are an address and open ports of
# it, as 10.0.0.1/80/443/80. For each port, in that order, one after another, it
# prints the address and how many seconds it took to connect, where that could be
# done, and "end" in the end.
set -u
for program in bash timeout; do
	if ! command -v "$program" >/dev/null; then
		echo "there is no $program to measure with" >&2
		exit 1
	fi
done
for way in "$@"; do
	# bash takes the time by itself: a program to do so would be measured, too.
	# shellcheck disable=SC2016 # the $ are bash's own
	LC_ALL=C timeout 5 bash -c '
		TIMEFORMAT=%3R
		set -- ${1//\// }
		to=$1
		shift
		for port; do
			took=$({ time : 3<"/dev/tcp/$to/$port"; } 2>&1) && echo "$to $took"
		done' _ "$way" </dev/null
done
echo end
