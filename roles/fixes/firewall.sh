if systemctl cat firewalld.service >/dev/null 2>&1; then
	systemctl stop firewalld.service
	systemctl disable firewalld.service
fi
if command -v ufw >/dev/null 2>&1; then
	ufw disable
fi
