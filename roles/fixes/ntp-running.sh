keep_unit "$UNIT.service"
systemctl reset-failed "$UNIT.service" || :
systemctl enable "$UNIT.service"
systemctl start "$UNIT.service"
# A unit whose condition is not met starts "successfully" and does not run.
if ! systemctl is-active --quiet "$UNIT.service"; then
	systemctl status --no-pager "$UNIT.service" || :
	exit 1
fi
