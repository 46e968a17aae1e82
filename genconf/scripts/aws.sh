# shellcheck disable=SC2034,SC2154 # shared with the other parts
# Every question needs a token, unless the service is one without them, as in
# other clouds that imitate it. That one can be had and is refused, or not given
# in time, is no reason to go without.
fetch /latest/api/token -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'
token=
case $status in
404 | 405) ;;
*)
	need
	case $body in *[!A-Za-z0-9+/=_-]*) bad token ;; esac
	token=$body
	;;
esac

ask() {
	if [ -n "$token" ]; then
		fetch "$1" -H "X-aws-ec2-metadata-token: $token"
	else
		fetch "$1"
	fi
}

ask_private() { ask /latest/meta-data/local-ipv4; }

ask_public() { ask /latest/meta-data/public-ipv4; }

# field NAME: a text of the JSON in body.
field() { printf '%s' "$body" | tr -d '\r\n' | sed -n "s/^.*\"$1\" *: *\"\([^\"]*\)\".*\$/\1/p"; }

ask_fault_domain() {
	ask /latest/dynamic/instance-identity/document
	need
	region=$(field region)
	zone=$(field availabilityZone)
}
