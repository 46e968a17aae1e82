#!/bin/sh
# Removes DC/OS from a node: its services, processes, tasks, files, network
# interfaces and users. It prints a line for each thing removed, nothing when
# nothing is there, and exits with 1 if something could not be removed. What
# does not belong to DC/OS stays, also Docker's images, and what dcosup fixed, which
# restore.sh puts back. Packet filter rules and IP sets stay until the next reboot.

LC_ALL=C
export LC_ALL
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
ROOT=''

status=0
units_removed=no

say() { printf '%s\n' "$*"; }
failed() {
	printf 'cannot remove %s\n' "$*" >&2
	status=1
}
has() { command -v "$1" >/dev/null 2>&1; }
there() { [ -e "$ROOT$1" ] || [ -L "$ROOT$1" ]; }

# traces tells whether DC/OS was ever on this node. Names that others use too,
# such as /var/lib/zookeeper, are removed only then.
traces() {
	for path in /opt/mesosphere /etc/mesosphere /var/lib/dcos /etc/systemd/system/dcos.target \
		/etc/systemd/system/dcos-setup.service /etc/systemd/system/dcos-download.service; do
		if there "$path"; then return 0; fi
	done
	return 1
}

stop_units() {
	[ -d "$ROOT/run/systemd/system" ] || return 0
	units=$(systemctl list-units --all --plain --no-legend 'dcos-*' dcos.target mesos_executors.slice 2>/dev/null |
		sed -n 's/^[^a-z]*\([^ ]*\) *loaded .*/\1/p')
	[ -n "$units" ] || return 0
	# Names of units hold no blanks: the list is split on purpose.
	# shellcheck disable=SC2086
	if ! timeout 180 systemctl stop $units; then
		systemctl kill --signal=KILL $units 2>/dev/null || :
	fi
	# shellcheck disable=SC2086
	systemctl disable $units >/dev/null 2>&1 || :
	say "stopped $(printf '%s\n' "$units" | wc -l | tr -d ' ') units"
}

# processes lists those that run a program of DC/OS, or work in a task's sandbox.
processes() {
	for directory in "$ROOT"/proc/[0-9]*; do
		case $(readlink "$directory/exe") in
		/opt/mesosphere/* | /var/lib/dcos/* | /var/lib/mesos/*)
			say "${directory##*/}"
			continue
			;;
		esac
		case $(readlink "$directory/cwd") in
		/var/lib/mesos/slave/slaves/*) say "${directory##*/}" ;;
		esac
	done 2>/dev/null
}

kill_processes() {
	found=$(processes)
	[ -n "$found" ] || return 0
	# shellcheck disable=SC2086
	kill -KILL $found 2>/dev/null || :
	say "killed $(printf '%s\n' "$found" | wc -l | tr -d ' ') processes"
}

# Mesos names the containers of its tasks mesos-ID.
remove_containers() {
	has docker && [ -e "$ROOT/run/docker.pid" ] || return 0
	containers=$(timeout 30 docker ps -aq --filter 'name=^/mesos-' 2>/dev/null)
	if [ -n "$containers" ]; then
		# shellcheck disable=SC2086
		timeout 120 docker rm -f $containers >/dev/null || failed 'the containers of tasks'
		say "removed $(printf '%s\n' "$containers" | wc -l | tr -d ' ') containers of tasks"
	fi
	bridge=$(timeout 30 docker network inspect -f '{{index .Options "com.docker.network.bridge.name"}}' dcos 2>/dev/null)
	if [ "$bridge" = d-dcos ]; then
		timeout 30 docker network rm dcos >/dev/null && say 'removed the Docker network dcos'
	fi
}

# mounts_in PATH: mount points beneath it, the innermost first.
mounts_in() {
	sed -n 's/^[^ ]* \([^ ]*\) .*/\1/p' /proc/mounts | grep -F "$1/" | sort -r |
		while read -r point; do
			case $point in "$1"/*) say "$point" ;; esac
		done
}

# empty PATH: removes what is in a directory, never across a mount: what a task
# had mounted is not ours to delete.
empty() {
	for point in $(mounts_in "$1"); do
		umount "$point" 2>/dev/null || umount -l "$point"
	done
	if [ -n "$(mounts_in "$1")" ]; then return 1; fi
	for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		if [ -e "$entry" ] || [ -L "$entry" ]; then rm -rf -- "$entry" || return 1; fi
	done
}

# remove PATH: a file, a link or a directory. A directory that is a mount point or is
# reached by a link is somebody's choice: it stays, empty.
remove() {
	there "$1" || return 0
	path=$ROOT$1
	if [ -d "$path" ]; then
		real=$(readlink -f "$path")
		case $real in
		"$ROOT" | / | /bin | /boot | /dev | /etc | /home | /lib* | /opt | /proc | /root | /run | /sbin | /srv | /sys | /tmp | /usr | /var | /var/lib)
			failed "$1: it is $real"
			return 0
			;;
		esac
		if [ -z "$(ls -A "$real")" ] && { [ -L "$path" ] || grep -q " $real " /proc/mounts; }; then return 0; fi
		if ! empty "$real"; then
			failed "$1"
			return 0
		fi
		if [ ! -L "$path" ] && ! grep -q " $real " /proc/mounts; then rmdir "$real"; fi
	else
		rm -f -- "$path"
	fi || {
		failed "$1"
		return 0
	}
	say "removed $1"
}

remove_units() {
	for path in "$ROOT"/etc/systemd/system/dcos-* "$ROOT"/etc/systemd/system/*.wants/dcos-* \
		"$ROOT"/etc/systemd/system/*.wants/dcos.target "$ROOT"/etc/systemd/system/dcos.target.wants \
		"$ROOT"/etc/systemd/system/dcos.target "$ROOT"/run/systemd/system/mesos_executors.slice; do
		path=${path#"$ROOT"}
		if there "$path"; then
			remove "$path"
			units_removed=yes
		fi
	done
	journal=/etc/systemd/journald.conf.d/dcos.conf
	if there "$journal"; then
		remove "$journal"
		rmdir "$ROOT${journal%/*}" 2>/dev/null || : # which the installation made, too
		if [ -d "$ROOT/run/systemd/system" ]; then systemctl restart systemd-journald.service || :; fi
	fi
	if [ "$units_removed" = yes ] && [ -d "$ROOT/run/systemd/system" ]; then
		systemctl daemon-reload
		systemctl reset-failed 'dcos-*' 2>/dev/null || :
	fi
}

remove_interfaces() {
	has ip || return 0
	for path in /sys/class/net/*; do
		name=${path##*/}
		case $name in
		spartan | minuteman | dcos | d-dcos | m-dcos | vtep[0-9]*)
			if ip link delete "$name"; then say "removed the interface $name"; else failed "the interface $name"; fi
			;;
		esac
	done
}

# DC/OS lets the node ask its own resolver. When that is gone, the file from
# before, or at least the other servers, must take its place. The file can be a
# mount of its own, so it is written in place.
restore_resolver() {
	file=$ROOT/etc/resolv.conf
	grep -qE '^nameserver[[:blank:]]+198\.51\.100\.' "$file" 2>/dev/null || return 0
	kept=$ROOT/var/lib/dcosup/backup/resolv.conf
	if [ -s "$kept" ]; then
		cat "$kept" >"$file" && say 'restored /etc/resolv.conf'
	elif [ -s "$ROOT/run/systemd/resolve/resolv.conf" ]; then
		cat "$ROOT/run/systemd/resolve/resolv.conf" >"$file" && say 'restored /etc/resolv.conf from systemd-resolved'
	else
		others=$(grep -vE '^nameserver[[:blank:]]+198\.51\.100\.' "$file")
		printf '%s\n' "$others" >"$file" && say 'took the servers of DC/OS out of /etc/resolv.conf'
	fi
	if ! grep -q '^nameserver' "$file"; then
		say 'no name server is left in /etc/resolv.conf: add one' >&2
		status=1
	fi
}

remove_users() {
	# Names of users hold no blanks.
	# shellcheck disable=SC2013
	for name in $(sed -n 's/^\(dcos_[a-z0-9_-]*\):.*/\1/p' "$ROOT/etc/passwd"); do
		if userdel "$name" >/dev/null 2>&1; then say "removed the user $name"; else failed "the user $name"; fi
	done
}

# What tells that DC/OS was here goes last, so that an interrupted removal can be
# repeated.
main() {
	known=no
	if traces; then known=yes; fi
	if [ "$known" = yes ]; then
		stop_units
		kill_processes
		remove_containers
		remove /var/lib/zookeeper
		remove /etc/rexray
	fi
	for path in /var/lib/mesos /var/lib/mesosphere /var/log/mesos /run/mesos /run/dcos /tmp/dcos \
		/etc/profile.d/dcos.sh; do
		remove "$path"
	done
	remove_interfaces
	restore_resolver
	remove_users
	remove_units
	remove /var/lib/dcos
	remove /opt/mesosphere
	remove /etc/mesosphere
	return "$status"
}

main </dev/null
