# shellcheck disable=SC2154 # job.sh goes before this and sets them
# Removes what is known of a job that does not run.
if unit_active; then
	echo "$unit is running" >&2
	exit 1
fi
systemctl reset-failed "$unit" >/dev/null 2>&1 || :
rm -rf -- "$dir"
