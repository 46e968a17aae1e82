replace /etc/systemd/resolved.conf.d/dcosup.conf systemd-resolved.service <<'END'
# DC/OS has its own resolver, which needs port 53.
[Resolve]
DNSStubListener=no
END
case $(readlink "$ROOT/etc/resolv.conf") in
*/stub-resolv.conf)
	relink /etc/resolv.conf /run/systemd/resolve/resolv.conf
	;;
esac
systemctl restart systemd-resolved.service
