# shellcheck disable=SC2317 # its functions are called by await
# add_servers FILE...: names the servers in the first of the files that there is,
# each once. It sets added to those that were not there.
added=''
add_servers() {
	for file; do
		[ -e "$ROOT$file" ] || continue
		changed=$(cat "$ROOT$file")
		for server in $SERVERS; do
			if printf '%s\n' "$changed" | grep -qE "^[[:blank:]]*(server|pool|peer)[[:blank:]]+$server([[:blank:]]|\$)"; then continue; fi
			added="$added $server"
			changed="$changed
server $server iburst"
		done
		if [ -n "$added" ]; then printf '%s\n' "$changed" | replace "$file" "$UNIT.service"; fi
		return 0
	done
	say "$UNIT has no configuration file where it is looked for: $*"
	return 1
}

# tell_chrony: chronyd would step the clock in its first minutes, so that it is not
# restarted where that must not be.
tell_chrony() {
	if [ -n "$STEP" ]; then
		systemctl restart "$UNIT.service"
		return
	fi
	chronyc makestep 1 0 || :
	for server in $added; do
		chronyc add server "$server" iburst || :
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
	if [ -n "$SERVERS" ]; then add_servers /etc/chrony/chrony.conf /etc/chrony.conf; fi
	if [ -n "$added" ]; then tell_chrony; fi
	# After its start the service may not listen for commands yet.
	await 10 chronyc -n tracking || say 'chronyd does not answer'
	chronyc online || :
	chronyc burst 4/4 || :
	# tries, any correction, any skew, seconds between tries
	if chronyc waitsync "$WAIT" 0 0 1; then
		# A large error would otherwise be slewed away over hours.
		if [ -n "$STEP" ]; then chronyc makestep || :; fi
		exit 0
	fi
	chronyc -n sources || :
	;;
ntp | ntpd | ntpsec)
	if [ -n "$SERVERS" ]; then add_servers /etc/ntpsec/ntp.conf /etc/ntp.conf; fi
	if [ -n "$added" ]; then systemctl restart "$UNIT.service"; fi
	if await "$WAIT" ntp_synchronised; then exit 0; fi
	ntpq -n -p || :
	;;
*)
	if [ -n "$SERVERS" ]; then
		replace /etc/systemd/timesyncd.conf.d/dcosup.conf "$UNIT.service" <<END
[Time]
NTP=$SERVERS
END
		# The service reads it as a user of its own.
		chmod 0755 "$ROOT/etc/systemd/timesyncd.conf.d"
		chmod 0644 "$ROOT/etc/systemd/timesyncd.conf.d/dcosup.conf"
	fi
	timedatectl set-ntp true || :
	systemctl restart "$UNIT.service" || : # it then asks at once
	if await "$WAIT" timesyncd_synchronised; then exit 0; fi
	timedatectl status || :
	;;
esac
say "the clock is not synchronised after $WAIT seconds: can this node reach its time servers (UDP port 123)?"
exit 1
