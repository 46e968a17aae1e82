if ! grep -qw overlay /proc/filesystems; then
	modprobe overlay
fi
printf 'overlay\n' | replace /etc/modules-load.d/dcosup-overlay.conf
