list=/etc/apt/sources.list.d/dcosup-docker.list
pins=/etc/apt/preferences.d/dcosup-docker

# versions PACKAGE: those that the lists have, the newest first.
versions() { apt-cache madison "$1" | sed -n 's/^[^|]*| *\([^ |]*\) *|.*/\1/p'; }

# named PACKAGE VERSION: as it is told to apt-get.
named() { say "$1=$2"; }

# known_already: a file of somebody else's names the repository. A second one, with
# another key, would be an error for every apt-get.
known_already() {
	for file in "$ROOT/etc/apt/sources.list" "$ROOT"/etc/apt/sources.list.d/*; do
		if [ "$file" != "$ROOT$list" ] && grep -s '^[^#]' "$file" | grep -qF "$BASE"; then return 0; fi
	done
	return 1
}

# write_key: leaves the repository's key where apt finds it, and sets keyring. apt's
# own helper fetches it, by the proxy that apt has.
write_key() {
	fetched=$ROOT$DIRECTORY/fetched
	if [ -n "$KEY" ]; then
		cat "$ROOT$KEY" >"$fetched"
	elif ! "$ROOT/usr/lib/apt/apt-helper" -o Acquire::Retries=3 download-file "$BASE/gpg" "$fetched"; then
		say "the key of the repository cannot be fetched from $BASE/gpg"
		return 1
	fi
	keyring=/etc/apt/keyrings/dcosup-docker.gpg
	if grep -q '^-----BEGIN PGP PUBLIC KEY' "$fetched"; then
		if dpkg --compare-versions "$(dpkg-query -W -f '${Version}' apt)" ge 1.4; then
			keyring=/etc/apt/keyrings/dcosup-docker.asc
		else
			gpg --batch --dearmor <"$fetched" >"$fetched.gpg"
			mv "$fetched.gpg" "$fetched"
		fi
	fi
	replace "$keyring" <"$fetched"
	chmod 0644 "$ROOT$keyring" # apt reads it as a user of its own
}

# add_repository: from now on apt knows the repository. One that it cannot read is
# taken away again: with it, no apt-get update would succeed.
add_repository() {
	needs=''
	case $BASE in
	https:*)
		if [ ! -e "$ROOT/etc/ssl/certs/ca-certificates.crt" ]; then needs=ca-certificates; fi
		if [ ! -e "$ROOT/usr/lib/apt/methods/https" ]; then needs="$needs apt-transport-https"; fi
		;;
	esac
	# shellcheck disable=SC2086 # a list of single words
	if [ -n "$needs" ]; then get $needs; fi
	if known_already; then
		update
		return
	fi
	write_key
	printf 'deb [arch=%s signed-by=%s] %s %s stable\n' "$(dpkg --print-architecture)" "$keyring" "$BASE" "$SUITE" | replace "$list"
	chmod 0644 "$ROOT$list"
	if ! update -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 || [ -z "$(versions "$MAIN")" ]; then
		say "$BASE has no packages for $SUITE that can be believed: the repository is taken away again"
		rm -f "$ROOT$list" "$ROOT$keyring"
		return 1
	fi
}

# pin PACKAGE...: keeps them in the version that is there now.
pin() {
	for name in "$@"; do
		now=$(dpkg-query -W -f '${Version}' "$name")
		printf 'Explanation: a Docker that is upgraded in passing ends what DC/OS runs\nPackage: %s\nPin: version %s\nPin-Priority: 1000\n\n' "$name" "$now"
	done | replace "$pins"
	chmod 0644 "$ROOT$pins"
}

# install_files FILE...: they alone if that can be, for nodes without repositories.
install_files() {
	if apt --allow-downgrades --no-download install "$@"; then return 0; fi
	say 'the files alone do not do: the repositories are asked for what is missing'
	update || :
	apt --allow-downgrades install "$@"
}

if [ -n "$FILES" ]; then
	names=''
	set --
	for file in $FILES; do
		file=$ROOT$DIRECTORY/$file
		name=$(dpkg-deb -f "$file" Package)
		judge_file "$name" "$(dpkg-deb -f "$file" Version)"
		names="$names $name"
		set -- "$@" "$file"
	done
	# shellcheck disable=SC2086 # a list of single words
	keep_packages $names
	install_files "$@"
else
	if [ -n "$BASE" ]; then
		add_repository
	elif ! pick "$MAIN" "$VERSION" >/dev/null; then
		update
	fi
	wanted=$(choose)
	names=$(say "$wanted" | tr ' ' '\n' | sed 's/=.*//')
	# shellcheck disable=SC2086 # lists of single words
	keep_packages $names
	# shellcheck disable=SC2086
	get --allow-downgrades $wanted
fi
# shellcheck disable=SC2086
pin $names
if [ -n "$RESTART" ]; then systemctl try-restart docker.service; fi
