# shellcheck disable=SC2034,SC2154 # shared with the other parts
# What the inventory says of this node: in the line that begins with one of the
# node's addresses.
newline='
'
mine=
list=$newline$(own 4)
while read -r address value; do
	[ -n "$address" ] || continue
	case $list in
	*"$newline$address "*)
		[ -z "$mine" ] || [ "$mine" = "$value" ] || die "two nodes of the inventory have addresses of this one: $mine, $value"
		mine=$value
		;;
	esac
done <<'END'
@TABLE@
END
