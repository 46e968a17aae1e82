hosts=$(cat "$ROOT/etc/hosts" 2>/dev/null || :)
printf '%s\n%s %s\n' "$hosts" "$ADDRESS" "$NAME" | replace /etc/hosts
if ! getent hosts "$NAME"; then
	say "/etc/hosts has $NAME now, but the node does not look there: see the line hosts: of /etc/nsswitch.conf"
	exit 1
fi
