# shellcheck disable=SC2317 # its functions are called by await
# add_servers: names the servers in chrony's configuration, once.
add_servers() {
	for file in /etc/chrony/chrony.conf /etc/chrony.conf; do
		[ -e "$ROOT$file" ] || continue
		changed=$(cat "$ROOT$file")
		for server in $SERVERS; do
			if printf '%s\n' "$changed" | grep -qF "server $server "; then continue; fi
			changed="$changed
server $server iburst"
		done
		if [ "$changed" = "$(cat "$ROOT$file")" ]; then return 0; fi
		printf '%s\n' "$changed" | replace "$file" "$UNIT.service"
		systemctl restart "$UNIT.service"
		return 0
	done
}

ntp_synchronised() {
	ntpq -n -c 'rv 0 leap,stratum' | grep -q 'leap=0[012]'
}

# By the service's own word or, of one that leaves none, by the kernel's.
timesyncd_synchronised() {
	[ -e "$ROOT/run/systemd/timesync/synchronized" ] || timedatectl status | grep -qiE '(NTP|System clock) synchronized: yes'
}

keep_unit "$UNIT.service"
case $UNIT in
chrony | chronyd)
	if [ -n "$SERVERS" ]; then add_servers; fi
	# After its start the service may not listen for commands yet.
	await 10 chronyc -n tracking || say 'chronyd does not answer'
	chronyc online || :
	chronyc burst 4/4 || :
	# tries, any correction, any skew, seconds between tries
	if chronyc waitsync "$WAIT" 0 0 1; then
		# A large error would otherwise be slewed away over hours.
		chronyc makestep || :
		exit 0
	fi
	chronyc -n sources || :
	;;
ntp | ntpd | ntpsec)
	if await "$WAIT" ntp_synchronised; then exit 0; fi
	ntpq -n -p || :
	;;
*)
	timedatectl set-ntp true || :
	systemctl restart "$UNIT.service" || : # it then asks at once
	if await "$WAIT" timesyncd_synchronised; then exit 0; fi
	timedatectl status || :
	;;
esac
say "the clock is not synchronised after $WAIT seconds: can this node reach its time servers (UDP port 123)?"
exit 1
