# own FAMILY [dev NAME]: this node's addresses of IPv4 or IPv6 that others can
# reach, "ADDRESS INTERFACE WORDS" a line, in the kernel's order. The address is
# the fourth word; the broadcast address, which looks like one, comes later.
own() {
	family=$1
	shift
	list=$(ip -o "-$family" addr show "$@" 2>&1) || die "ip addr show $*: $list"
	while read -r _ interface _ address words; do
		case " $words " in
		*' scope global '*) printf '%s %s %s\n' "${address%%/*}" "$interface" "$words" ;;
		esac
	done <<END
$list
END
}

# stays WORDS: not an address that comes and goes: a second one of a network, as
# failover services add them, or one that IPv6 made up for some hours.
stays() {
	case " $1 " in
	*' secondary '* | *' temporary '* | *' deprecated '* | *' tentative '* | *' dadfailed '*) return 1 ;;
	esac
}

# behind WORD LINE: what stands behind a word. The columns of a route differ with
# and without a gateway, so words are looked for.
behind() {
	name=$1
	# shellcheck disable=SC2086 # split into words on purpose; set -f keeps them from being expanded
	set -- $2
	while [ "$#" -ge 2 ]; do
		if [ "$1" = "$name" ]; then
			printf '%s\n' "$2"
			return
		fi
		shift
	done
}
