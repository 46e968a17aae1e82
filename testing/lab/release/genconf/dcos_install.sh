#!/bin/sh
# Makes this machine a node of a cluster. STAND-IN: written for tests, keeps to the interface of the script of the same
# name in DC/OS, and installs stand-in services, not DC/OS.
#
# The words between at-signs are filled in when the configuration is generated.
set -eu

bootstrap_url=@BOOTSTRAP_URL@
bootstrap_id=@BOOTSTRAP_ID@
bootstrap_tmp_dir=@BOOTSTRAP_TMP_DIR@
cluster_package_list=@CLUSTER_PACKAGE_LIST@
agent_work_dir=@AGENT_WORK_DIR@
rexray_config=@REXRAY_CONFIG@
docker_credentials=@DOCKER_CREDENTIALS@

# DCOSUP_STANDIN_ROOT lets a test look and install below another directory; on a node it is empty.
root=${DCOSUP_STANDIN_ROOT:-}
units="$root/etc/systemd/system"

preflight=yes
preflight_only=no
block=
failed=0

usage() {
	cat <<'USAGE'
Usage: dcos_install.sh [options] <role>...   (stand-in release, not DC/OS)

  -d, --disable-preflight    install without looking at the machine first
  -p, --preflight-only       look at the machine and install nothing
      --no-block-dcos-setup  do not wait until the packages are installed
  -h, --help                 this text

Roles: master, slave, slave_public. The exit code of the look at the machine is the number of checks that failed.
USAGE
	exit 1
}

result() { # title, 0 or 1, detail
	if [ "$2" -eq 0 ]; then
		printf 'Checking %s: PASS %s\n' "$1" "$3"
	else
		printf 'Checking %s: FAIL %s\n' "$1" "$3"
		failed=$((failed + 1))
	fi
}

# at_least HAVE WANT: is the version HAVE not below WANT?
at_least() {
	[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

check_nothing_installed() {
	found=
	[ ! -d "$units/dcos.target" ] || found="$units/dcos.target"
	[ ! -d "$units/dcos.target.wants" ] || found="$units/dcos.target.wants"
	if [ -d "$root/opt/mesosphere" ] && [ -n "$(ls -A "$root/opt/mesosphere")" ]; then
		found="$root/opt/mesosphere"
	fi
	if [ -z "$found" ]; then
		result "for an earlier DC/OS" 0 "(none)"
		return 0
	fi
	result "for an earlier DC/OS" 1 "($found)"
	echo "Found an existing DC/OS installation: $found" >&2
	echo "Remove it before installing again, or upgrade it with the upgrade script." >&2
	exit 1
}

check_selinux() {
	mode=$(getenforce || true)
	policy=$(sestatus 2>/dev/null | sed -n 's/^Loaded policy name: *//p' || true)
	bad=0
	if [ "$mode" = Enforcing ] && [ "$policy" != targeted ]; then
		bad=1
	fi
	result "that SELinux is off, permissive or targeted" "$bad" "(${mode:-no SELinux} $policy)"
}

check_docker() {
	if ! command -v docker >/dev/null; then
		result "for docker in PATH" 1 "(docker not found)"
		return 0
	fi
	result "for docker in PATH" 0 ""
	if ! docker info >/dev/null 2>&1; then
		result "that docker answers" 1 "(docker info failed)"
		return 0
	fi
	result "that docker answers" 0 ""
	[ "$sorts" = yes ] || return 0
	for side in Client Server; do
		version=$(docker version --format "{{.$side.Version}}" 2>/dev/null || true)
		bad=0
		at_least "${version:-0}" 1.6 || bad=1
		result "docker's version ($side) is at least 1.6" "$bad" "($version)"
	done
}

check_commands() {
	for name in curl bash ping tar xz unzip ipset systemd-notify; do
		bad=0
		command -v "$name" >/dev/null || bad=1
		result "for $name in PATH" "$bad" ""
	done
}

check_systemd() {
	[ "$sorts" = yes ] || return 0
	version=$(systemctl --version | awk 'NR == 1 { print $2 }')
	bad=0
	at_least "${version:-0}" 200 || bad=1
	result "systemd's version is at least 200" "$bad" "($version)"
}

# The real script looks for the port in lower-case hexadecimal, in any socket's state, in a table that the kernel writes
# in upper case. So of its ports only 53, 80, 2181, 9000 and 9990 can ever be found busy. This does the same.
check_port() { # port, owner
	hex=$(printf '%04x' "$1")
	bad=0
	for table in tcp tcp6 udp udp6; do
		[ -r "$root/proc/net/$table" ] || continue
		if awk 'NR > 1 { n = split($2, a, ":"); print a[n] }' "$root/proc/net/$table" | grep -q "^$hex\$"; then
			bad=1
		fi
	done
	result "that port $1 is free for $2" "$bad" ""
}

check_ports() {
	case " $* " in
	*" slave "* | *" slave_public "*)
		set -- 53 dcos-net 179 dcos-calico-bird 5051 mesos-agent 61001 agent-adminrouter 61091 telegraf \
			62020 fluent-bit 62080 dcos-net 62091 dcos-calico-felix 62501 dcos-net 64000 dcos-net
		;;
	*)
		set -- 53 dcos-net 80 adminrouter 179 dcos-calico-bird 443 adminrouter 1050 dcos-diagnostics 2181 zookeeper \
			2379 dcos-etcd 2380 dcos-etcd 5050 mesos-master 7070 cosmos 8080 marathon 8101 dcos-bouncer 8123 mesos-dns \
			8181 exhibitor 9000 metronome 9942 metronome 9990 cosmos 36771 marathon 41281 zookeeper 46839 metronome \
			61053 mesos-dns 61091 telegraf 62020 fluent-bit 62080 dcos-net 62091 dcos-calico-felix 62501 dcos-net \
			64000 dcos-net
		;;
	esac
	while [ "$#" -gt 0 ]; do
		check_port "$1" "$2"
		shift 2
	done
}

check_xfs() { # directory
	dir=$1
	while [ ! -e "$dir" ]; do
		dir=$(dirname "$dir")
	done
	set -- "$1" "$(df -PT "$dir" | awk 'NR == 2 { print $1, $2, $7 }')"
	device=${2%% *}
	mount=${2##* }
	bad=0
	case "$2" in
	*" xfs "*) if [ -b "$device" ] && ! xfs_info "$mount" | grep -q 'ftype=1'; then bad=1; fi ;;
	*) device="no XFS" ;;
	esac
	result "that XFS below $1 has ftype=1" "$bad" "($device)"
}

check_agent_storage() {
	case " $* " in
	*" slave "* | *" slave_public "*) ;;
	*) return 0 ;;
	esac
	check_xfs "$agent_work_dir"
	check_xfs "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null || echo /var/lib/docker)"
}

check_storage_driver() {
	command -v docker >/dev/null || return 0
	if docker info 2>/dev/null | grep -q 'Data file: /dev/loop'; then
		result "docker's storage" 1 "(devicemapper on a loopback device)"
		echo "docker keeps its data in a loopback device (devicemapper): use overlay2" >&2
		exit 1
	fi
	result "docker's storage" 0 "($(docker info --format '{{.Driver}}' 2>/dev/null || true))"
}

warn_modules() {
	for module in raid1 dm_raid; do
		lsmod 2>/dev/null | grep -q "^$module" || echo "Warning: kernel module $module is not loaded (needed by the storage service only)"
	done
}

# All words together are one role for the real script too, so that more than one never passes.
check_role() {
	bad=0
	case "$*" in
	master | slave | slave_public | minuteman) ;;
	*) bad=1 ;;
	esac
	result "the role" "$bad" "($*)"
}

look() {
	check_nothing_installed
	check_selinux
	sorts=no
	if printf '2\n10\n' | sort -V >/dev/null 2>&1; then
		sorts=yes
	fi
	check_docker
	check_commands
	check_systemd
	check_ports "$@"
	check_agent_storage "$@"
	check_storage_driver
	warn_modules
	check_role "$@"
}

write_files() {
	mkdir -p "$root/etc/mesosphere/roles" "$root/etc/mesosphere/setup-flags" "$root/etc/rexray" \
		"$root/etc/systemd/journald.conf.d" "$units"
	for role; do
		touch "$root/etc/mesosphere/roles/$role"
	done
	printf '%s\n' "$bootstrap_url" >"$root/etc/mesosphere/setup-flags/repository-url"
	printf '%s\n' "$cluster_package_list" >"$root/etc/mesosphere/setup-flags/cluster-package-list"
	printf '[Journal]\nMaxLevelConsole=warning\n' >"$root/etc/systemd/journald.conf.d/dcos.conf"
	printf '%s\n' "$rexray_config" >"$root/etc/rexray/config.yml"
	if [ -n "$docker_credentials" ]; then
		(umask 077 && printf '%s\n' "$docker_credentials" >"$root/etc/mesosphere/docker_credentials")
	fi
}

write_units() {
	cat >"$units/dcos-link-env.service" <<'UNIT'
[Unit]
Description=Link the environment of DC/OS for login shells (stand-in for tests, not DC/OS)
Before=dcos.target

[Service]
Type=oneshot
ExecStartPre=/bin/mkdir -p /etc/profile.d
ExecStart=/bin/ln -sf /opt/mesosphere/bin/add_dcos_path.sh /etc/profile.d/dcos.sh
UNIT
	cat >"$units/dcos-download.service" <<UNIT
[Unit]
Description=Fetch the bootstrap archive (stand-in for tests, not DC/OS)
After=network-online.target
Wants=network-online.target
ConditionPathExists=!/opt/mesosphere/active

[Service]
Type=oneshot
ExecStartPre=/bin/mkdir -p $bootstrap_tmp_dir /opt/mesosphere
ExecStartPre=/usr/bin/curl --fail --location --silent --show-error --verbose --retry 20 --speed-limit 100000 --speed-time 60 --output $bootstrap_tmp_dir/bootstrap.tar.xz $bootstrap_url/bootstrap/$bootstrap_id.bootstrap.tar.xz
ExecStart=/bin/tar -xJf $bootstrap_tmp_dir/bootstrap.tar.xz -C /opt/mesosphere
ExecStartPost=-/bin/rm -f $bootstrap_tmp_dir/bootstrap.tar.xz
UNIT
	cat >"$units/dcos-setup.service" <<'UNIT'
[Unit]
Description=Install the packages of this node (stand-in for tests, not DC/OS)
Requires=dcos-download.service
After=dcos-download.service

[Service]
Type=oneshot
EnvironmentFile=/opt/mesosphere/environment
ExecStart=/opt/mesosphere/bin/pkgpanda setup --no-block-systemd

[Install]
WantedBy=multi-user.target
UNIT
}

install() {
	write_files "$@"
	write_units
	systemctl daemon-reload
	systemctl restart systemd-journald
	systemctl restart docker
	systemctl start dcos-link-env
	systemctl enable dcos-setup
	# $block is empty or one option.
	# shellcheck disable=SC2086
	systemctl $block start dcos-setup
}

roles=
while [ "$#" -gt 0 ]; do
	case "$1" in
	-d | --disable-preflight) preflight=no ;;
	-p | --preflight-only) preflight_only=yes ;;
	--no-block-dcos-setup) block=--no-block ;;
	-*) usage ;;
	*) roles="$roles $1" ;;
	esac
	shift
done
# Roles are single words: splitting is what is meant.
# shellcheck disable=SC2086
set -- $roles
if [ "$#" -eq 0 ] && [ "$preflight_only" = no ]; then
	usage
fi

if [ "$(id -u)" -ne 0 ]; then
	echo "dcos_install.sh must run as root" >&2
	exit 1
fi

echo "Stand-in release for tests, not DC/OS: starting the installation as:$roles"
if [ "$preflight_only" = yes ]; then
	look "$@"
	exit $((failed % 256))
fi
if [ "$preflight" = yes ]; then
	look "$@"
	if [ "$failed" -gt 0 ]; then
		echo "$failed check(s) failed: nothing was installed" >&2
		exit $((failed % 256))
	fi
fi
install "$@"
