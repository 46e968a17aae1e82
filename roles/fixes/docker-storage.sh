# The file may have been changed since it was read.
file=/etc/docker/daemon.json
now=$(tr '\r\t\n' '   ' 2>/dev/null <"$ROOT$file" | sed 's/^ *//;s/ *$//')
if [ "$now" != "$SEEN" ]; then
	say "$file was changed in between: run again"
	exit 1
fi
keep_unit docker.service docker.socket
first=yes
if remembered file "$file"; then first=no; fi
before=$ROOT$file.before-dcosup
rm -f "$before"
if [ -e "$ROOT$file" ]; then cp -p "$ROOT$file" "$before"; fi
printf '%s' "$CONFIG" | replace "$file" docker.service

driver() { docker info 2>/dev/null | sed -n 's/^ *Storage Driver: *//p'; }

systemctl reset-failed docker.service || :
if systemctl restart docker.service && await 30 docker info && [ "$(driver)" = overlay2 ]; then
	rm -f "$before"
	exit 0
fi
say 'Docker does not work with overlay2 here: its configuration is put back'
journalctl -u docker.service -n 20 --no-pager || :
if [ -e "$before" ]; then
	mv "$before" "$ROOT$file"
else
	rm -f "$ROOT$file"
fi
if [ "$first" = yes ]; then forget file "$file"; fi
systemctl reset-failed docker.service || :
systemctl restart docker.service
exit 1
