# shellcheck disable=SC2317 # its functions are called by await
# add_servers FILE...: names the servers in the first of the files that there is,
# each once. It sets added to those that were not there, and rewritten if the file
# was changed.
added=''
rewritten=''
add_servers() {
	for file; do
		[ -e "$ROOT$file" ] || continue
		before=$(cat "$ROOT$file")
		changed=$before
		for server in $SERVERS; do
			if printf '%s\n' "$changed" | grep -qE "^[[:blank:]]*(server|pool|peer)[[:blank:]]+$server([[:blank:]]|\$)"; then continue; fi
			added="$added $server"
			changed="$changed
server $server iburst"
		done
		let_agree
		if [ "$changed" != "$before" ]; then
			printf '%s\n' "$changed" | replace "$file" "$UNIT.service"
			rewritten=yes
		fi
		return 0
	done
	say "$UNIT has no configuration file where it is looked for: $*"
	return 1
}

# let_agree: so many servers as are named are enough to be followed. Debian's ntpsec
# waits for three that agree, which a closed network need not have.
let_agree() {
	# shellcheck disable=SC2086 # a list of words
	set -- $SERVERS
	demand='^\([[:blank:]]*tos[[:blank:]].*minsane[[:blank:]]\{1,\}\)\([0-9]\{1,\}\)'
	sane=$(printf '%s\n' "$changed" | sed -n "s/$demand.*/\\2/p" | tail -n 1)
	if [ "${sane:-0}" -gt $# ]; then changed=$(printf '%s\n' "$changed" | sed "s/$demand/\\1$#/"); fi
}

# ignore_dhcp: where DHCP names time servers, Debian's ntpsec reads a configuration
# with those alone, unless it is told otherwise.
ignore_dhcp() {
	file=/etc/default/ntpsec
	if [ ! -e "$ROOT/run/ntpsec/ntp.conf.dhcp" ] || grep -qE '^IGNORE_DHCP="?yes' "$ROOT$file"; then return 0; fi
	changed=$(sed '/^IGNORE_DHCP=/d' "$ROOT$file")
	printf '%s\nIGNORE_DHCP=yes\n' "$changed" | replace "$file" "$UNIT.service"
	rewritten=yes
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
	if [ -n "$SERVERS" ]; then
		add_servers /etc/ntpsec/ntp.conf /etc/ntp.conf
		ignore_dhcp
	fi
	if [ -n "$rewritten" ]; then systemctl restart "$UNIT.service"; fi
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
