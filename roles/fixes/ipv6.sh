cd "$ROOT/proc/sys/net/ipv6/conf" || exit 1
# What is written to all is written to every interface. Those that differ are
# put back after it.
for which in *; do
	if [ "$(cat "$which/disable_ipv6")" != "$(cat all/disable_ipv6)" ]; then keep_setting "/proc/sys/net/ipv6/conf/$which/disable_ipv6"; fi
done
for which in all default lo; do keep_setting "/proc/sys/net/ipv6/conf/$which/disable_ipv6"; done
for which in all default lo; do echo 0 >"$which/disable_ipv6"; done
replace /etc/sysctl.d/99-dcosup-ipv6.conf <<'END'
# DC/OS's network has IPv6 addresses, as enable_ipv6 says.
net.ipv6.conf.all.disable_ipv6 = 0
net.ipv6.conf.default.disable_ipv6 = 0
net.ipv6.conf.lo.disable_ipv6 = 0
END
