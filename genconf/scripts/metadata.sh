# shellcheck disable=SC2034,SC2154 # shared with the other parts
metadata='@METADATA@'
newline='
'
cr=$(printf '\r')

# fetch PATH [ARGUMENT OF CURL...]: asks the metadata service; sets status, and
# body without line ends behind it. The service is one step away and answers
# within milliseconds, so a second to connect and two for all are plenty. What
# passes, as when the network has just come up or too many ask at once, is tried
# three times. No proxy can reach the service for us, nor is there a curlrc to heed.
fetch() {
	path=$1
	shift
	for try in 1 2 3; do
		[ "$try" = 1 ] || sleep '@PAUSE@'
		got=$(curl -q -s --noproxy '*' --connect-timeout 1 --max-time 2 -w '\n%{http_code}' "$@" "$metadata$path") || {
			problem="curl fails with exit code $?"
			continue
		}
		status=${got##*"$newline"}
		body=$(printf '%s' "${got%"$newline"*}")
		body=${body%"$cr"}
		case $status in
		410 | 429 | 5??) problem="it answers with status $status" ;;
		*) return ;;
		esac
	done
	die "asking the metadata service for $path: $problem, three times"
}

# need: the service must have answered with something.
need() {
	[ "$status" = 200 ] || die "asking the metadata service for $path: it answers with status $status"
	[ -n "$body" ] || die "asking the metadata service for $path: its answer is empty"
}

# bad WHAT: the answer is not that.
bad() {
	die "asking the metadata service for $path: no $1: $(printf '%.60s' "$body" | tr -c '[:print:]' ' ')"
}

# ipv4 TEXT: whether it is an IPv4 address.
ipv4() (
	case $1 in '' | *[!0-9.]* | *.) exit 1 ;; esac
	IFS=.
	# shellcheck disable=SC2086 # split at the points
	set -- $1
	[ "$#" = 4 ] || exit 1
	for part; do
		case $part in '' | ????* | 0?*) exit 1 ;; esac
		[ "$part" -le 255 ] || exit 1
	done
)

command -v curl >/dev/null || die 'curl is missing, which DC/OS needs too'
