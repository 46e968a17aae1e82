replace /etc/systemd/resolved.conf.d/dcosup.conf <<'END'
# DC/OS has its own resolver, which needs port 53.
[Resolve]
DNSStubListener=no
END
case $(readlink "$ROOT/etc/resolv.conf") in
*/stub-resolv.conf)
	backup /etc/resolv.conf
	ln -sfn /run/systemd/resolve/resolv.conf "$ROOT/etc/resolv.conf"
	;;
esac
systemctl restart systemd-resolved.service
