# shellcheck disable=SC2317 # its functions are called by await
# rpm_unlocked: nobody changes rpm's database. dnf and yum wait for each other
# while they fetch, but not for this lock: they fail at once.
rpm_unlocked() {
	for file in "$ROOT/var/lib/rpm/.rpm.lock" "$ROOT/usr/lib/sysimage/rpm/.rpm.lock"; do
		[ -e "$file" ] || continue
		# Unquoted on purpose: some ls put blanks before the number.
		# shellcheck disable=SC2046
		set -- $(ls -i "$file")
		if grep -q ":$1 " /proc/locks; then return 1; fi
	done
}

# shellcheck disable=SC2086 # a list of single words
keep_packages $PACKAGES
# yum waits for its lock without end, dnf likewise: the limit is ours. Mirrors
# fail now and then, so it is tried three times.
for attempt in 1 2 3; do
	if ! rpm_unlocked; then
		say "another program changes rpm's database: waiting for it"
		await 300 rpm_unlocked || say 'it still does, after 300 seconds'
	fi
	# The list is of single words.
	# shellcheck disable=SC2086
	if timeout 900 "$MANAGER" -y install $PACKAGES; then exit 0; fi
	say "attempt $attempt failed"
	if [ "$attempt" = 2 ]; then "$MANAGER" clean expire-cache || :; fi
done
exit 1
