export DEBIAN_FRONTEND=noninteractive
apt() {
	apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
		-o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@"
}

# update OPTION...: fetches the lists. They have a lock of their own, for which
# apt-get does not wait.
# shellcheck disable=SC2120 # its options come from another file
update() {
	tries=3
	waits=60
	until said=$(apt "$@" update 2>&1); do
		say "$said"
		case $said in
		*/lists/lock*) waits=$((waits - 1)) ;;
		*) tries=$((tries - 1)) ;;
		esac
		if [ "$tries" -le 0 ] || [ "$waits" -le 0 ]; then return 1; fi
		sleep 5
	done
}

# get PACKAGE...: installs. What is known of packages may be old or missing: it
# is fetched anew only if the installation does not work without.
get() {
	if apt --simulate install "$@" >/dev/null 2>&1 && apt install "$@"; then return 0; fi
	# shellcheck disable=SC2119
	update && apt install "$@"
}

# A node that was cut off in the middle of an installation needs this first.
if [ -n "$(dpkg --audit 2>/dev/null)" ]; then
	dpkg --force-confold --configure -a || :
fi
