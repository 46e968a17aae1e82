# Puts a small file in place in one trip; its content comes on stdin.
# $1 destination, $2 sha256, $3 octal mode, $4 owner ("": root:root as root, else none).
# Says "same", "mode" (only mode or owner were set), "new", or "bad" and the sum of what arrived.
set -eu
dest=$1 want=$2 mode=$3 owner=$4
dir=$(dirname -- "$dest")

sum() { sha256sum <"$1" | cut -c 1-64; }

if [ -d "$dest" ]; then
	echo "$dest is a directory" >&2
	exit 1
fi
mkdir -p -- "$dir"
if [ -z "$owner" ] && [ "$(id -u)" = 0 ]; then
	owner=root:root
fi

if [ -f "$dest" ] && [ ! -L "$dest" ] && [ "$(sum "$dest")" = "$want" ]; then
	had=$(stat -c '%a %U:%G' "$dest")
	[ -z "$owner" ] || chown -- "$owner" "$dest"
	chmod -- "$mode" "$dest"
	if [ "$(stat -c '%a %U:%G' "$dest")" = "$had" ]; then echo same; else echo mode; fi
	exit 0
fi

part=$(mktemp "$dir/.$(basename -- "$dest").XXXXXXXX")
trap 'rm -f -- "$part"' EXIT
cat >"$part"
got=$(sum "$part")
if [ "$got" != "$want" ]; then
	echo "bad $got"
	exit 0
fi
[ -z "$owner" ] || chown -- "$owner" "$part"
chmod -- "$mode" "$part"
dd if=/dev/null of="$part" conv=notrunc,fsync 2>/dev/null
mv -f -- "$part" "$dest"
trap - EXIT
echo new
