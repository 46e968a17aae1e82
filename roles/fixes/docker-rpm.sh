repository=dcosup-docker
options=''

# versions PACKAGE: those that the repositories have, the newest first. yum breaks
# long lines, so that words are looked at.
versions() {
	# shellcheck disable=SC2086 # single words, or nothing
	"$MANAGER" -q -y $options list --showduplicates "$1" 2>/dev/null |
		tr -s '[:blank:]' '\n' | sed -n "/^$1\\.[a-z0-9_]*\$/{n;p;}" | sort -u -r -V
}

# named PACKAGE VERSION: as it is told to yum. Parts of one engine have different epochs.
named() { say "$1-${2#*:}"; }

# add_repository: writes it switched off, so that nobody upgrades from it in
# passing; here it is switched on by its name.
add_repository() {
	gpgkey=$BASE/gpg
	if [ -n "$KEY" ]; then
		replace /etc/pki/rpm-gpg/RPM-GPG-KEY-dcosup-docker <"$ROOT$KEY"
		gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-dcosup-docker
	fi
	replace /etc/yum.repos.d/$repository.repo <<END
[$repository]
name=Docker for DC/OS; switched off, so that it is not upgraded in passing
baseurl=$BASE/$SUITE/\$basearch/stable
enabled=0
gpgcheck=1
gpgkey=$gpgkey
metadata_expire=60
END
	options="--enablerepo=$repository"
}

# is_installed PACKAGE-VERSION: it is there, and not another version of it.
is_installed() { rpm -q "$1" >/dev/null 2>&1; }

# install_files FILE...: they alone if that can be, for nodes without repositories.
install_files() {
	if ! manage '--disablerepo=*' install "$@"; then
		say 'the files alone do not do: the repositories are asked for what is missing'
		get install "$@"
	fi
	for file; do # yum takes an older one for nothing to do
		if ! is_installed "$(rpm -qp "$file" 2>/dev/null)"; then manage '--disablerepo=*' downgrade "$@"; fi
	done
}

if [ -n "$FILES" ]; then
	set --
	for file in $FILES; do
		file=$ROOT$DIRECTORY/$file
		named=$(rpm -qp --qf '%{NAME}' "$file" 2>/dev/null)
		judge_file "$named" "$(rpm -qp --qf '%{VERSION}' "$file" 2>/dev/null)"
		keep_packages "$named"
		set -- "$@" "$file"
	done
	install_files "$@"
else
	if [ -n "$BASE" ]; then add_repository; fi
	if [ -z "$(versions "$MAIN")" ]; then # why, says the package manager itself
		# shellcheck disable=SC2086 # single words, or nothing
		"$MANAGER" -y $options list --showduplicates "$MAIN" || :
	fi
	wanted=$(choose)
	# shellcheck disable=SC2086 # lists of single words
	keep_packages $MAIN $SAME $BESIDE
	# shellcheck disable=SC2086
	get $options install $wanted
	# shellcheck disable=SC2086
	if ! is_installed "${wanted%% *}"; then get $options downgrade $wanted; fi
fi
if [ -n "$RESTART" ]; then systemctl try-restart docker.service; fi
