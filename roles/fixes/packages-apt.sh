export DEBIAN_FRONTEND=noninteractive
apt() {
	apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
		-o Acquire::Retries=3 -o Dpkg::Options::=--force-confold "$@"
}

# The lists have a lock of their own, for which apt-get does not wait.
update() {
	tries=3
	waits=60
	until said=$(apt update 2>&1); do
		say "$said"
		case $said in
		*/lists/lock*) waits=$((waits - 1)) ;;
		*) tries=$((tries - 1)) ;;
		esac
		if [ "$tries" -le 0 ] || [ "$waits" -le 0 ]; then return 1; fi
		sleep 5
	done
}

# A node that was cut off in the middle of an installation needs this first.
if [ -n "$(dpkg --audit 2>/dev/null)" ]; then
	dpkg --force-confold --configure -a || :
fi

# shellcheck disable=SC2086 # a list of single words
keep_packages $PACKAGES
# What is known of the packages may be old or missing: it is fetched anew only
# if the installation does not work without.
# shellcheck disable=SC2086 # a list of single words
if apt --simulate install $PACKAGES >/dev/null 2>&1 && apt install $PACKAGES; then
	exit 0
fi
update
# shellcheck disable=SC2086
apt install $PACKAGES
