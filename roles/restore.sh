
# Puts back what fixes changed on a node, the last change first. It prints a line
# for each thing, forgets what is put back, and can be run again. It exits with 1
# if something stayed; standard error says what. A line that begins with "left"
# is of something that stays on purpose. On a node that has DC/OS it does nothing.

status=0
packages=

stays() {
	printf 'cannot put back %s\n' "$*" >&2
	status=1
	return 1
}

# try COMMAND...: what it prints is kept in said.
try() { said=$("$@" 2>&1 </dev/null); }

has_dcos() {
	for path in "$ROOT"/opt/mesosphere/* "$ROOT"/etc/mesosphere/* "$ROOT"/etc/systemd/system/dcos.target \
		"$ROOT"/etc/systemd/system/dcos-setup.service; do
		if [ -e "$path" ]; then return 0; fi
	done
	return 1
}

# Each of these puts one thing back: it returns 0 if that is done, or nobody can
# do it any more, and 1 if it stays.

put_file() { # PATH FIX STATE
	mangle "$1"
	copy=$KEPT/$2/${name:?}
	if [ "$3" = absent ]; then copy=$copy.absent; fi
	if [ "$(seal "$ROOT$1")" != "$3" ]; then
		if [ ! -e "$copy" ] && [ ! -L "$copy" ]; then
			say "left $1 as it is: its copy was removed"
			return 0
		fi
		if ! ours "$1"; then
			stays "$1: somebody changed it after dcosup did. $(was "$3"): put it right, then remove $copy"
			return 1
		fi
		if ! write_back "$1" "$3" 2>/dev/null; then
			stays "$1: it cannot be written. $(was "$3")"
			return 1
		fi
		if [ "$3" = absent ]; then say "put back $1: it is gone"; else say "put back $1"; fi
	fi
	rm -f "$ROOT$1.dcosup"
	reread "$1"
}

was() { # STATE
	case $1 in
	absent) printf 'Before there was no such file' ;;
	*) printf 'As it was before it is in %s' "$copy" ;;
	esac
}

write_back() { # PATH STATE, from copy
	file=$ROOT$1
	case $2 in
	absent) rm -f "$file" ;;
	link:*) cp -pP "$copy" "$file.dcosup" && mv -f "$file.dcosup" "$file" ;;
	*)
		cp -p "$copy" "$file.dcosup" || return 1
		if [ -e "$file" ] && [ ! -L "$file" ]; then
			# It keeps its owner, mode and label, and may be a mount of its own.
			cat "$file.dcosup" >"$file" && touch -r "$file.dcosup" "$file"
		else
			mv -f "$file.dcosup" "$file"
			if command -v restorecon >/dev/null 2>&1; then restorecon "$file" || :; fi
		fi
		;;
	esac
}

# reread PATH: whoever reads the file is told.
reread() {
	while read -r kind key _ unit; do
		if [ "$kind $key" = "reads $1" ] && systemctl is-active --quiet "$unit" </dev/null && ! try systemctl restart "$unit"; then
			stays "$unit as it was: it does not start again with $1: $said"
			return 1
		fi
	done <"$KEPT/journal"
}

put_directory() { # PATH
	if [ ! -d "$ROOT$1" ]; then return 0; fi
	if rmdir "$ROOT$1" 2>/dev/null; then
		say "put back $1: it is gone"
	else
		say "left $1: it is not empty"
	fi
}

# beneath PATH: whether something in the directory is still to be put back.
beneath() {
	while read -r kind key _; do
		case "$kind $key" in "file $1/"* | "directory $1/"*) return 0 ;; esac
	done <"$KEPT/journal"
	return 1
}

turn() { # VERB UNIT STATE
	if ! try systemctl "$1" "$2"; then
		stays "$2, which was $3: $said"
		return 1
	fi
	changed=yes
}

put_unit() { # NAME ENABLED ACTIVE
	now=$(systemctl is-enabled "$1" 2>/dev/null </dev/null)
	case $now in
	'' | not-found)
		say "left $1: there is no such unit any more"
		return 0
		;;
	esac
	active=no
	if systemctl is-active --quiet "$1" </dev/null; then active=yes; fi
	changed=no
	case "$2 $now" in
	'enabled enabled' | 'disabled disabled') ;;
	'enabled '*) turn enable "$1" enabled || return 1 ;;
	'disabled '*) turn disable "$1" disabled || return 1 ;;
	esac
	case "$3 $active" in
	'active no' | 'activating no')
		try systemctl reset-failed "$1" || :
		turn start "$1" running || return 1
		;;
	'inactive yes' | 'failed yes') turn stop "$1" stopped || return 1 ;;
	esac
	if [ "$changed" = yes ]; then say "put back $1: $2, $3"; fi
}

put_group() { # NAME
	line=$(getent group "$1") || return 0
	if [ -n "${line##*:}" ]; then
		say "left the group $1: it has members now"
	elif try groupdel "$1"; then
		say "put back the group $1: it is gone"
	else
		stays "the group $1, which was not there: $said"
	fi
}

put_setting() { # PATH VALUE
	if [ ! -e "$ROOT$1" ] || [ "$(cat "$ROOT$1")" = "$2" ]; then return 0; fi
	if ! printf '%s\n' "$2" 2>/dev/null >"$ROOT$1"; then
		stays "$1: it was $2"
		return 1
	fi
	say "put back $1: $2"
}

put_selinux() {
	case $(getenforce 2>/dev/null) in
	Permissive)
		if ! try setenforce 1; then
			stays "SELinux's mode, enforcing: $said"
			return 1
		fi
		say 'put back SELinux: enforcing'
		;;
	Disabled) say 'left SELinux off in the running kernel: it comes back by a reboot; before that, run fixfiles -F onboot' ;;
	esac
}

put_ufw() {
	if ! command -v ufw >/dev/null 2>&1; then
		say 'left ufw: it is not installed any more'
	elif ! grep -q '^ENABLED=yes' "$ROOT/etc/ufw/ufw.conf" 2>/dev/null; then
		if ! try ufw --force enable; then
			stays "ufw, which was enabled: $said"
			return 1
		fi
		say 'put back ufw: enabled'
	fi
}

put_back() { # KIND KEY FIX STATE
	case $1 in
	file) put_file "$2" "$3" "$4" ;;
	directory) put_directory "$2" ;;
	unit) put_unit "$2" "${4% *}" "${4##* }" ;;
	group) put_group "$2" ;;
	setting) put_setting "$2" "$4" ;;
	selinux) put_selinux ;;
	ufw) put_ufw ;;
	*) stays "$1 $2: this dcosup does not know what it is" ;;
	esac
}

put_back_all() {
	while read -r thing whose by before <&3; do
		case $thing in
		'' | wrote | reads) ;;
		package)
			if installed "$whose"; then packages=" $whose$packages"; else forget package "$whose"; fi
			;;
		*)
			if [ "$thing" = directory ] && beneath "$whose"; then continue; fi
			if put_back "$thing" "$whose" "$by" "$before"; then forget "$thing" "$whose"; fi
			;;
		esac
	done 3<<-END
		$(sed '1!G;h;$!d' "$KEPT/journal")
	END
}

# Packages stay, for others may use them by now, and so they stay remembered.
tell_packages() {
	if [ -z "$packages" ]; then return 0; fi
	remove='yum remove'
	if command -v dpkg-query >/dev/null 2>&1; then
		remove='apt-get purge --auto-remove'
	elif command -v dnf >/dev/null 2>&1; then
		remove='dnf remove'
	fi
	say "left the packages that dcosup installed; this removes them: $remove$packages"
}

# has_line COPY: whether the journal knows of it.
has_line() {
	directory=${1%/*}
	file=${1##*/}
	[ -e "$KEPT/journal" ] || return 1
	while read -r kind key fix _; do
		mangle "$key"
		if [ "$kind $fix $name" = "file ${directory##*/} ${file%.absent}" ]; then return 0; fi
	done <"$KEPT/journal"
	return 1
}

# Copies of older versions: nobody knows what those wrote.
tell_copies() {
	for copy in "$KEPT"/*/_*; do
		case $copy in *.new) continue ;; esac
		if { [ -e "$copy" ] || [ -L "$copy" ]; } && ! has_line "$copy"; then
			stays "what an older dcosup changed: put the file right by $copy, then remove that"
		fi
	done
}

tidy() {
	if [ "$status" = 0 ] && [ ! -s "$KEPT/journal" ]; then
		rm -f "$KEPT/journal" "$KEPT/journal.new" "$KEPT/resolv.conf" "$KEPT"/*/_*.new
	fi
	rmdir "$KEPT"/* "$KEPT" "${KEPT%/*}" 2>/dev/null || :
}

main() {
	if [ ! -d "$KEPT" ]; then return 0; fi
	if has_dcos; then
		stays 'anything: DC/OS is on this node'
		return 1
	fi
	if [ -e "$KEPT/journal" ]; then put_back_all; fi
	tell_packages
	tell_copies
	tidy
	return "$status"
}

main </dev/null
