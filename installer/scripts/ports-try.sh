#!/bin/sh
# Tries ways to other nodes. $1 is the node's own address, which is what it says
# over UDP; the other arguments are ways, as tcp/10.0.0.1/80, udp/10.0.0.1/64000 or
# icmp/10.0.0.1/0. For each it prints the way and what came of it: open, silent,
# refused, unreachable; sent, of UDP, which tells nothing. Then it prints "end".
#
# Many ways are tried at once. Those that are silent then are tried once more, fewer
# at once and longer: a lost packet or a node that is busy is no firewall.
set -u
own=$1
shift

# await COMMAND...: for as long as the round is patient.
await() { timeout "$patience" "$@" 2>&1 </dev/null; }

try() {
	to=${1#*/}
	port=${to#*/}
	to=${to%/*}
	case $1 in
	icmp/*)
		reach=silent
		for _ in 1 2; do
			if await ping -n -c 1 -W 1 "$to" >/dev/null; then reach=open && break; fi
		done
		;;
	udp/*)
		# shellcheck disable=SC2016 # the $ are bash's own
		await bash -c 'for _ in 1 2 3; do printf "%s\n" "$3" >"/dev/udp/$1/$2"; sleep 0.2; done' _ "$to" "$port" "$own" >/dev/null
		if [ $? = 124 ]; then reach=$late; else reach=sent; fi
		;;
	*)
		# shellcheck disable=SC2016
		said=$(await bash -c 'exec 3<>"/dev/tcp/$1/$2"' _ "$to" "$port")
		code=$?
		case $code:$said in
		0:*) reach=open ;;
		*refused*) reach=refused ;;
		*'o route'* | *nreachable*) reach=unreachable ;;
		*) reach=silent ;;
		esac
		;;
	esac
	printf '%s %s\n' "$1" "$reach"
}

# round SIZE WAY...: tries so many ways at once.
round() {
	size=$1
	shift
	running=0
	for way in "$@"; do
		try "$way" &
		running=$((running + 1))
		if [ "$running" = "$size" ]; then
			wait
			running=0
		fi
	done
	wait
}

for program in bash timeout; do
	if ! command -v "$program" >/dev/null; then
		echo "there is no $program to try ports with" >&2
		exit 1
	fi
done
# The kernel attempts to connect at once, after one second and after three. late is how
# a word over UDP is called that was not said in time.
patience=3
late=silent
said=$(round 50 "$@")
printf '%s\n' "$said" | sed -e '/ silent$/d' -e '/^$/d'
patience=5
late=sent
# shellcheck disable=SC2046 # ways without blanks
round 20 $(printf '%s\n' "$said" | sed -n 's/ silent$//p')
echo end
