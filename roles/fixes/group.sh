if ! getent group "$GROUP" >/dev/null; then
	groupadd -r "$GROUP"
fi
