# Checks an uploaded part and puts it in place.
# $1 part, $2 destination, $3 sha256, $4 octal mode, $5 owner ("": root:root as root, else none).
# Says "new", or "bad" and the sum of what arrived; a bad part is removed. Somebody else who puts the same content in
# place at the same time has the same part: when they were first, their file is the one that is wanted.
set -eu
part=$1 dest=$2 want=$3 mode=$4 owner=$5

sum() { sha256sum <"$1" 2>/dev/null | cut -c 1-64; }

# own FILE: gives it its owner and mode.
own() {
	if [ -n "$owner" ]; then chown -- "$owner" "$1" || return 1; fi
	chmod -- "$mode" "$1"
}

if [ -z "$owner" ] && [ "$(id -u)" = 0 ]; then
	owner=root:root
fi
# The part gets a name of this run's own first: under its old one somebody else might begin it anew between the check
# and the move.
mine=${part%.part}.$$.done
if mv -f -- "$part" "$mine" 2>/dev/null; then
	got=$(sum "$mine")
	if [ "$got" != "$want" ]; then
		rm -f -- "$mine"
		echo "bad $got"
		exit 0
	fi
	own "$mine"
	dd if=/dev/null of="$mine" conv=notrunc,fsync 2>/dev/null
	mv -f -- "$mine" "$dest"
	echo new
	exit 0
fi
if [ -f "$dest" ] && [ "$(sum "$dest")" = "$want" ]; then
	own "$dest"
	echo new
else
	echo "bad gone"
fi
