# The unit's main process: runs the job's script and keeps what it says and how it ended.
# $1 the job's directory, $2 working directory, $3 time limit in seconds (0: none), then the script's arguments.
# Files, and not the journal, hold the log: systemd 219 cannot write one for a unit, and journals are rate-limited.
dir=$1 workdir=$2 limit=$3
shift 3
umask 077
exec 8>"$dir/alive" >>"$dir/log" 2>&1 </dev/null
# Held while this process lives, and by no other: the kernel lets go of it however the process ends.
flock -n 8 || exit 1
: >"$dir/up"

export HOME="${HOME:-/root}" LC_ALL=C
umask 022
set -- /bin/sh "$dir/script" "$@"
if [ "$limit" -gt 0 ]; then
	# 124 is what timeout says then; 30 s are for cleaning up.
	set -- timeout -k 30 "$limit" "$@"
fi
if cd -- "$workdir"; then
	"$@" 8>&-
	code=$?
else
	code=1
fi
echo "$code" >"$dir/exit.new"
mv -f -- "$dir/exit.new" "$dir/exit"
exit "$code"
