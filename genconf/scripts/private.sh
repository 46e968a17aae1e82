# shellcheck disable=SC2034,SC2154 # shared with the other parts
# private: a node without a public address is known by the private one. Once
# DC/OS is there, its ip-detect says which; until then this copy of it.
private() {
	if [ -x '@DETECT_IP@' ]; then
		mine=$(PATH=${given:-$PATH} '@DETECT_IP@') || die '@DETECT_IP@ failed'
	else
		mine=$(ip_detect) || die 'ip-detect failed'
	fi
	[ -n "$mine" ] || die 'ip-detect printed nothing'
	answer "$mine"
}

ip_detect() {
	PATH=${given:-$PATH} @INTERPRETER@ /dev/fd/3 3<<'@END@' </dev/null
@IP_DETECT@
@END@
}
