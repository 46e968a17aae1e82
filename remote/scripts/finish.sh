# Checks an uploaded part and puts it in place.
# $1 part, $2 destination, $3 sha256, $4 octal mode, $5 owner ("": root:root as root, else none).
# Says "new", or "bad" and the sum of what arrived; a bad part is removed.
set -eu
part=$1 dest=$2 want=$3 mode=$4 owner=$5

got=$(sha256sum <"$part" | cut -c 1-64)
if [ "$got" != "$want" ]; then
	rm -f -- "$part"
	echo "bad $got"
	exit 0
fi
if [ -z "$owner" ] && [ "$(id -u)" = 0 ]; then
	owner=root:root
fi
[ -z "$owner" ] || chown -- "$owner" "$part"
chmod -- "$mode" "$part"
dd if=/dev/null of="$part" conv=notrunc,fsync 2>/dev/null
mv -f -- "$part" "$dest"
echo new
