if ! getent group "$GROUP" >/dev/null; then
	keep group "$GROUP" absent
	groupadd -r "$GROUP"
fi
