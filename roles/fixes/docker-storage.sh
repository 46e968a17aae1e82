# The file may have been changed since it was read.
now=$(tr '\r\t\n' '   ' 2>/dev/null <"$ROOT/etc/docker/daemon.json" | sed 's/^ *//;s/ *$//')
if [ "$now" != "$SEEN" ]; then
	say '/etc/docker/daemon.json was changed in between: run again'
	exit 1
fi
before=$ROOT/etc/docker/daemon.json.before-dcosup
rm -f "$before"
if [ -e "$ROOT/etc/docker/daemon.json" ]; then cp -p "$ROOT/etc/docker/daemon.json" "$before"; fi
printf '%s' "$CONFIG" | replace /etc/docker/daemon.json

driver() { docker info 2>/dev/null | sed -n 's/^ *Storage Driver: *//p'; }

systemctl reset-failed docker.service || :
if systemctl restart docker.service && await 30 docker info && [ "$(driver)" = overlay2 ]; then
	rm -f "$before"
	exit 0
fi
say 'Docker does not work with overlay2 here: its configuration is put back'
journalctl -u docker.service -n 20 --no-pager || :
if [ -e "$before" ]; then
	mv "$before" "$ROOT/etc/docker/daemon.json"
else
	rm -f "$ROOT/etc/docker/daemon.json"
fi
systemctl reset-failed docker.service || :
systemctl restart docker.service
exit 1
