if [ "$(getenforce 2>/dev/null)" = Enforcing ]; then
	keep selinux mode Enforcing
	setenforce 0
fi
if [ -e "$ROOT/etc/selinux/config" ]; then
	changed=$(sed "s/^SELINUX=.*/SELINUX=$MODE/" "$ROOT/etc/selinux/config")
	printf '%s\n' "$changed" | replace /etc/selinux/config
fi
