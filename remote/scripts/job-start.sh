# shellcheck disable=SC2154 # job.sh goes before this and sets them
# Starts a job, or finds that it runs or is done.
# $3 key, $4 working directory, $5 time limit in seconds (0: none), $6 a mark to do anew what was done without it,
# $7 the text of job-run.sh, $8 the job's script, then its arguments.
# Says verdict=started, attached, done, busy or stopping (the machine goes down), and what describe says.
key=$3 workdir=$4 limit=$5 again=$6 runner=$7 script=$8
shift 8

mkdir -p -- "$root"
chmod 700 "$root"
# Two starters at once: the second waits here, and then finds the job running.
exec 9>"$root/$name.lock"
flock 9

# A job that has left its exit code has ended, though its unit takes a moment to go, or longer if it left processes.
tries=0
while [ -f "$dir/exit" ] && unit_active && [ "$tries" -lt 1500 ]; do
	tries=$((tries + 1))
	sleep 0.02
done

if unit_active; then
	if [ "$(cat "$dir/key" 2>/dev/null)" = "$key" ]; then echo verdict=attached; else echo verdict=busy; fi
	describe
	exit 0
fi
if [ "$(cat "$dir/exit" 2>/dev/null)" = 0 ] && [ "$(cat "$dir/key")" = "$key" ] &&
	{ [ -z "$again" ] || [ "$(cat "$dir/again" 2>/dev/null)" = "$again" ]; }; then
	echo verdict=done
	describe
	exit 0
fi

# A systemd that goes down says so at first, and then answers nobody.
going_down() {
	command -v systemctl >/dev/null || return 1
	case $(systemctl is-system-running 2>/dev/null) in
	stopping | unknown | '') return 0 ;;
	esac
	return 1
}

if going_down; then
	echo verdict=stopping
	exit 0
fi

rm -rf -- "$dir"
mkdir -m 700 -- "$dir"
(
	umask 077
	printf '%s\n' "$script" >"$dir/script"
	printf '%s\n' "$key" >"$dir/key"
	printf '%s\n' "$again" >"$dir/again"
	printf '%s\n' "$runner" >"$dir/run"
	date +%s >"$dir/started"
	: >"$dir/log"
)

systemctl reset-failed "$unit" >/dev/null 2>&1 || :
if ! systemd-run --unit="$unit" --description="dcosup job $name" \
	/bin/sh "$dir/run" "$dir" "$workdir" "$limit" "$@" </dev/null >&2 9>&-; then
	going_down || exit 1
	echo verdict=stopping
	exit 0
fi

# The unit is active before the runner holds its lock, by which others see that it lives.
tries=0
until [ -e "$dir/up" ]; do
	if [ "$tries" -ge 1500 ] || ! unit_active; then
		[ ! -e "$dir/up" ] || break
		if going_down; then
			echo verdict=stopping
			exit 0
		fi
		echo "the unit $unit ended before it began; see journalctl -u $unit" >&2
		exit 1
	fi
	tries=$((tries + 1))
	sleep 0.02
done
echo verdict=started
describe
