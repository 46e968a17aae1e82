# Makes ready for the upload of a big file.
# $1 destination, $2 sha256, $3 size, $4 octal mode, $5 owner ("": root:root as root, else none), $6 login user,
# $7 how many bytes at the end of an earlier try may be holes.
# Says "same", "mode", "full DIR BYTES-FREE", or "part OFFSET PATH": what is there already, and where to put the rest.
set -eu
dest=$1 want=$2 size=$3 mode=$4 owner=$5 login=$6 slack=$7
dir=$(dirname -- "$dest")
base=$(basename -- "$dest")

if [ -d "$dest" ]; then
	echo "$dest is a directory" >&2
	exit 1
fi
mkdir -p -- "$dir"
if [ -z "$owner" ] && [ "$(id -u)" = 0 ]; then
	owner=root:root
fi

if [ -f "$dest" ] && [ ! -L "$dest" ] && [ "$(wc -c <"$dest")" -eq "$size" ] &&
	[ "$(sha256sum <"$dest" | cut -c 1-64)" = "$want" ]; then
	had=$(stat -c '%a %U:%G' "$dest")
	[ -z "$owner" ] || chown -- "$owner" "$dest"
	chmod -- "$mode" "$dest"
	if [ "$(stat -c '%a %U:%G' "$dest")" = "$had" ]; then echo same; else echo mode; fi
	exit 0
fi

# The name comes from the content, so that only a try with the same content is continued.
part=$dir/.$base.$(printf %s "$want" | cut -c 1-16).part
for old in "$dir/.$base."*.part; do
	[ "$old" = "$part" ] || rm -f -- "$old"
done
# What was cut off between its check and its move: the process that claimed it, by its number, is not there any more.
for old in "$dir/.$base."*.done; do
	pid=${old%.done}
	kill -0 "${pid##*.}" 2>/dev/null || rm -f -- "$old"
done
if [ -L "$part" ] || { [ -e "$part" ] && [ ! -f "$part" ]; }; then
	rm -rf -- "$part"
fi
have=0
[ ! -f "$part" ] || have=$(wc -c <"$part")

free=$(df -P -k -- "$dir" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
if [ "$((size - have))" -gt "$free" ]; then
	echo "full $free $dir"
	exit 0
fi

if [ "$have" -gt "$size" ]; then have=0; fi
have=$((have > slack ? have - slack : 0))
(umask 077 && : >>"$part")
truncate -s "$have" -- "$part"
chmod 600 -- "$part"
if [ "$(id -u)" = 0 ]; then
	chown -- "$login" "$part"
fi
echo "part $have $part"
