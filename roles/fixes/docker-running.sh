keep_unit docker.service docker.socket
systemctl reset-failed docker.service || :
if ! systemctl start docker.service || ! await 30 docker info; then
	journalctl -u docker.service -n 20 --no-pager || :
	exit 1
fi
