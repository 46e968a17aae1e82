# Parts of the probe: what a reboot would change, and what fixes have changed. They
# use functions of probe.sh, which follows.

# arguments FILE...: those of a kernel's that a requirement asks for.
arguments() {
	cat "$@" 2>/dev/null | tr "\"' \t" '[\n*]' | sed -n -e '/^systemd\.unified_cgroup_hierarchy=/p' -e '/^ipv6\.disable=/p'
}

# What a reboot would change, and whether the node waits for one.
probe_reboot() {
	# The kernel's word is also that of containers, which share it: the start of
	# their first process tells them apart, and their boots.
	line=
	if [ -r /proc/1/stat ]; then read -r line </proc/1/stat || :; fi 2>/dev/null
	# shellcheck disable=SC2086 # its fields; the second is a name in parentheses
	set -- ${line##*) }
	first /proc/sys/kernel/random/boot_id
	put boot "$line/${20-}"
	required=no
	if [ -e /run/reboot-required ]; then required=yes; fi
	packages=$(sort -u /run/reboot-required.pkgs 2>/dev/null)
	if has needs-restarting; then
		said=$(limit 10 needs-restarting -r)
		case $said in
		*'Reboot is required'*)
			required=yes
			packages=$(printf '%s\n' "$said" | sed -n -e 's/^ *\* *\([^ ]*\).*/\1/p' -e 's/^  *\([^ ]*\) -> .*/\1/p')
			;;
		esac
	fi
	put reboot.required "$required"
	put reboot.packages "$packages"
	kernels=
	for path in /lib/modules/*; do
		name=${path##*/}
		if [ -e "/boot/vmlinuz-$name" ] || [ -e "$path/vmlinuz" ]; then kernels="$kernels $name"; fi
	done
	put kernels "${kernels# }"
	put_if kernel.modules [ -d "/lib/modules/${release-}" ]
	put kernel.arguments "$(arguments /proc/cmdline)"
	loader=
	for path in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/grubenv /boot/loader/entries/*.conf; do
		if [ -r "$path" ]; then loader="$loader $path"; fi
	done
	put_if boot.known [ -n "$loader" ]
	# shellcheck disable=SC2086 # paths without blanks
	put boot.arguments "$(arguments $loader | sort -u 2>/dev/null)"
}

# still_installed PACKAGE...: those of them that are there now.
still_installed() {
	if [ $# = 0 ]; then return 0; fi
	if has dpkg-query; then
		# shellcheck disable=SC2016 # the ${} are dpkg-query's own
		limit 5 dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" | sed -n 's/^.i *//p'
	elif has rpm; then
		limit 5 rpm -q --qf '%{NAME}\n' "$@" | grep -v ' '
	fi
}

# What fixes have changed, as KIND:KEY; copies of older versions are of no kind
# that a journal has. See fixes/journal.sh.
probe_changes() {
	kept=/var/lib/dcosup/backup
	changes=
	files=' '
	packages=
	if [ -r "$kept/journal" ]; then
		while read -r kind key fix _; do
			case $kind in
			wrote | reads) continue ;;
			package)
				packages="$packages $key"
				continue
				;;
			file) files="$files$fix/$(printf '%s' "$key" | tr / _) " ;;
			esac
			changes="$changes $kind:$key"
		done <"$kept/journal"
	fi
	for path in "$kept"/*/_*; do
		if [ ! -e "$path" ] && [ ! -L "$path" ]; then continue; fi
		name=${path#"$kept/"}
		case $files in *" ${name%.absent} "*) continue ;; esac
		case $name in *.new | *[!A-Za-z0-9._/@+-]*) continue ;; esac
		changes="$changes copy:$name"
	done
	# shellcheck disable=SC2086 # names without blanks
	for name in $(still_installed $packages); do changes="$changes package:$name"; done
	put changes "${changes# }"
}

