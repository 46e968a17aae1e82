# shellcheck disable=SC2154 # job.sh goes before this and sets them
# Ends the job's unit and waits for that. What it did stays done.
if unit_active; then
	systemctl stop "$unit"
fi
