if systemctl cat firewalld.service >/dev/null 2>&1; then
	keep_unit firewalld.service
	systemctl stop firewalld.service
	systemctl disable firewalld.service
fi
if command -v ufw >/dev/null 2>&1; then
	if grep -q '^ENABLED=yes' "$ROOT/etc/ufw/ufw.conf" 2>/dev/null; then keep ufw state enabled; fi
	ufw disable
fi
