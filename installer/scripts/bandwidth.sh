#!/bin/sh
# Measures how fast data come from another node: takes them for a moment, and prints
# how many bytes came and in how many seconds, then "end". $1 and $2: address and
# port; $3: bytes, and $4: whole seconds, after which it is enough.
set -u
for program in bash timeout head wc; do
	if ! command -v "$program" >/dev/null; then
		echo "there is no $program to measure with" >&2
		exit 1
	fi
done
# The first byte waits for the other node to start its program, so the time is taken
# from then on.
# shellcheck disable=SC2016 # the $ are bash's own
got=$(LC_ALL=C timeout "$(($4 + 5))" bash -c '
	TIMEFORMAT=%3R
	exec 3<"/dev/tcp/$1/$2" || exit
	[ "$(head -c 1 <&3 | wc -c)" -eq 1 ] && { time timeout "$4" head -c "$3" <&3 | wc -c; } 2>&1' _ "$@" </dev/null)
# shellcheck disable=SC2086 # two words
set -- "$1" "$2" $got
if [ $# != 4 ]; then
	echo "nothing came from $1, port $2" >&2
	exit 1
fi
echo "$3 $4"
echo end
