#!/bin/sh
# Fetches the release to the bootstrap node; what an interrupted fetch left is continued.
# $1: directory; $2: sha256, or "" to take what comes. A line before this script
# sets url: it can hold a password, and arguments can be seen by everybody.
set -eu
# shellcheck disable=SC2154 # url
: "${url:?}"
dir=$1 want=$2
part=$dir/dcos_generate_config.sh.part
mkdir -p "$dir"
cd "$dir"
umask 077
rm -f release.stamp
# Only a checksum can tell in the end that a part and its rest belong together.
if [ -z "$want" ] || [ "$(cat part.url 2>/dev/null || :)" != "$url" ]; then rm -f "$part"; fi
printf '%s\n' "$url" >part.url

size() { if [ -f "$part" ]; then wc -c <"$part" | tr -d ' '; else echo 0; fi; }
sum() { sha256sum "$part" | cut -d ' ' -f 1; }

# fetch runs curl with further options, and tells how far it is.
status=0
fetch() {
	printf 'url = "%s"\n' "$(printf '%s' "$url" | sed 's/[\\"]/\\&/g')" |
		curl -fsSL --retry 5 --connect-timeout 20 -Y 1000 -y 60 "$@" -o "$part" -K - &
	curl=$!
	while kill -0 "$curl" 2>/dev/null; do
		echo "dcosup-progress $(size)"
		sleep 1
	done
	status=0
	wait "$curl" || status=$?
	return "$status"
}
fail() {
	echo "fetching $(printf '%s' "$url" | sed 's|//[^/]*@|//|') failed: curl ended with $status" >&2
	exit "$status"
}

got=''
if [ "$(size)" -gt 0 ]; then
	# 33: the server cannot continue. 22: any refusal; one is 416, for a part that
	# is whole already, which curl takes for success only since 8.5. The checksum
	# decides, and what is not whole is fetched from the start.
	fetch -C - || [ "$status" = 22 ] || [ "$status" = 33 ] || fail
	got=$(sum)
fi
if [ -z "$want" ] || [ "$got" != "$want" ]; then
	fetch || fail
	got=$(sum)
fi
if [ -n "$want" ] && [ "$got" != "$want" ]; then
	rm -f "$part" part.url
	echo "dcosup-checksum $got"
	exit 3
fi
mv "$part" dcos_generate_config.sh
rm -f part.url
printf '%s %s\n' "$got" "$url" >release.stamp
