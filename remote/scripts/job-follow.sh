# shellcheck disable=SC2154 # job.sh goes before this and sets them
# Shows a job's log from the byte offset $3 until the job has ended, then says on stderr what describe says.
# The end of stdin, which is the end of the session, ends it too. After the job's end the last of the log may be missing
# here: then it has to be asked for once more, as "size" tells.
offset=$3
exec 3<&0
# Where the kernel cannot tell of changes, as on some layered file systems, tail asks once a second; GNU's can do better.
nap=
if tail --version >/dev/null 2>&1; then nap='-s 0.2'; fi

if [ -f "$dir/alive" ] && ! flock -n -s "$dir/alive" true; then
	# shellcheck disable=SC2086 # two words, or none
	tail -c "+$((offset + 1))" $nap -f "$dir/log" 3<&- &
	show=$!
	flock -s "$dir/alive" true 3<&- >/dev/null 2>&1 &
	ended=$!
	{
		cat <&3
		kill "$show" "$ended"
	} >/dev/null 2>&1 &
	hangup=$!
	wait "$ended" || :
	kill "$show" "$hangup" 2>/dev/null || :
	wait "$show" 2>/dev/null || :
	# The lock is let go of a moment before the unit is seen to have ended.
	tries=0
	while [ ! -f "$dir/exit" ] && unit_active && [ "$tries" -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
elif [ -f "$dir/log" ]; then
	tail -c "+$((offset + 1))" "$dir/log"
fi
if [ -f "$dir/exit" ]; then
	describe | sed 's/^phase=.*/phase=ended/' >&2
else
	describe >&2
fi
