# What is common to the package managers when a person has chosen a Docker:
#   MAIN SAME BESIDE  packages: that of the daemon, those of its version, others
#   VERSION           what the version begins with; '' is any
#   BASE SUITE        directory of the repository, and what is in it for this node;
#                     no BASE: the repositories that the node has
#   KEY               file with the repository's key; '': it is fetched
#   DIRECTORY FILES   where the files from outside are, and which are packages
#   RESTART           another Docker may be running, which is to make room
umask 022
trap 'rm -rf "$ROOT$DIRECTORY"' EXIT
mkdir -p "$ROOT$DIRECTORY"
chmod 0700 "$ROOT$DIRECTORY"

# begins VERSION PREFIX: by whole numbers, without the epoch and what Debian's or
# Red Hat's have behind the version.
begins() {
	case ${1#*:} in
	"$2" | "$2"[!0-9]*) return 0 ;;
	esac
	[ -z "$2" ]
}

# pick PACKAGE PREFIX: says the newest version of the package that begins so.
pick() {
	for candidate in $(versions "$1"); do
		if begins "$candidate" "$2"; then
			say "$candidate"
			return 0
		fi
	done
	return 1
}

# choose: says what to install, in the package manager's words; or what there is
# instead. The oldest engines are one package, without others beside it.
choose() {
	if ! engine=$(pick "$MAIN" "$VERSION"); then
		there=$(versions "$MAIN" | sed 's/^[^:]*://;s/[-~+].*//' | uniq | tr '\n' ' ')
		say "there is no $MAIN${VERSION:+ $VERSION}; there is: ${there:-nothing of that name}" >&2
		return 1
	fi
	set -- "$(named "$MAIN" "$engine")"
	others=$BESIDE
	for part in $SAME; do
		if alike=$(pick "$part" "${engine#*:}"); then
			set -- "$@" "$(named "$part" "$alike")"
		else
			others=''
		fi
	done
	for part in $others; do
		if newest=$(pick "$part" ''); then set -- "$@" "$(named "$part" "$newest")"; fi
	done
	say "$*"
}

# judge_file NAME VERSION: says no to an engine of another version than wanted.
judge_file() {
	case $1 in
	docker-ce | docker.io | docker | docker-engine | moby-engine)
		begins "$2" "$VERSION" || {
			say "the files have $1 $2, but the inventory wants $VERSION"
			return 1
		}
		;;
	esac
}
