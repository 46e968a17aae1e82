# oldest LIST: of lines as own prints them, the IPv6 address that was there first
# of those that stay. The kernel puts what is added before what is there, so it
# is the last. One that was set by hand goes before one that a router gives.
oldest() {
	dynamic='' fixed=''
	while read -r address _ words; do
		if [ -z "$address" ] || ! stays "$words"; then continue; fi
		case " $words " in
		*' dynamic '*) dynamic=$address ;;
		*) fixed=$address ;;
		esac
	done <<END
$1
END
	printf '%s\n' "${fixed:-$dynamic}"
}
