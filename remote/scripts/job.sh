# What all scripts about jobs begin with. $1 state directory, $2 name of the job.
set -eu
root=$1/jobs name=$2
dir=$root/$name unit=dcosup-$name.service

# ActiveState is asked for without --value, which systemd 219 does not have.
unit_active() {
	case $(systemctl show -p ActiveState "$unit" 2>/dev/null) in
	ActiveState=active | ActiveState=activating | ActiveState=deactivating | ActiveState=reloading) return 0 ;;
	esac
	return 1
}

# describe says what is known of the job, one key=value a line. The exit file is looked for after the unit: the job
# writes it before its unit ends.
describe() {
	if unit_active; then
		echo phase=running
	elif [ -f "$dir/exit" ]; then
		echo phase=ended
	elif [ -d "$dir" ]; then
		echo phase=interrupted
	else
		echo phase=absent
		return 0
	fi
	for field in key exit started; do
		if [ -f "$dir/$field" ]; then
			echo "$field=$(cat "$dir/$field")"
		fi
	done
	if [ -f "$dir/log" ]; then
		echo "size=$(wc -c <"$dir/log")"
	fi
}
