# Holds the lock file $1 in the name of $2 until stdin ends or is silent for $3 seconds: so it goes when its holder's
# machine sleeps or its network is cut, though sshd may keep such a session for hours.
# Says "locked", or "held" and then who holds it.
set -eu
path=$1 holder=$2 silence=$3

mkdir -p -- "$(dirname -- "$path")"
exec 9>>"$path"
if ! flock -n 9; then
	echo held
	cat -- "$path"
	exit 0
fi
printf '%s\n' "$holder" >"$path"
echo locked
while [ "$(timeout "$silence" dd bs=1 count=1 2>/dev/null 9>&- | wc -c)" -gt 0 ]; do
	:
done
: >"$path"
