#!/bin/sh
# Fetches the release to the bootstrap node; what an interrupted fetch left is continued.
# $1: directory; $2: URL; $3: sha256, or "" to take what comes.
set -eu
dir=$1 url=$2 want=$3
part=$dir/dcos_generate_config.sh.part
mkdir -p "$dir"
cd "$dir"
rm -f release.stamp
# A part of another URL is of no use.
if [ "$(cat part.url 2>/dev/null || :)" != "$url" ]; then rm -f "$part"; fi
printf '%s\n' "$url" >part.url

# -C - asks for the rest only. A server answers 416 (curl: 22 with -f, or 33)
# when the file is whole already; the checksum decides then.
fetch() { curl -fsSL --retry 5 --connect-timeout 20 -Y 1000 -y 60 -C - -o "$part" "$url"; }
size() { wc -c 2>/dev/null <"$part" | tr -d ' ' || echo 0; }
fetch &
curl=$!
while kill -0 "$curl" 2>/dev/null; do
	echo "dcosup-progress $(size)"
	sleep 1
done
status=0
wait "$curl" || status=$?
if [ "$status" = 33 ] || { [ "$status" = 22 ] && [ -s "$part" ]; }; then
	if [ -z "$want" ]; then rm -f "$part"; status=0; fetch || status=$?; else status=0; fi
fi
if [ "$status" != 0 ]; then
	echo "fetching $url failed: curl ended with $status" >&2
	exit "$status"
fi
got=$(sha256sum "$part" | cut -d ' ' -f 1)
if [ -n "$want" ] && [ "$got" != "$want" ]; then
	rm -f "$part" part.url
	echo "dcosup-checksum $got"
	exit 3
fi
mv "$part" dcos_generate_config.sh
rm -f part.url
printf '%s %s\n' "$got" "$url" >release.stamp
