# yum waits for its lock without end, dnf likewise: the limit is ours. Mirrors
# fail now and then, so it is tried three times.
for attempt in 1 2 3; do
	# The list is of single words.
	# shellcheck disable=SC2086
	if timeout 900 "$MANAGER" -y install $PACKAGES; then exit 0; fi
	say "attempt $attempt failed"
	if [ "$attempt" = 2 ]; then "$MANAGER" clean expire-cache || :; fi
done
exit 1
