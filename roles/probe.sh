#!/bin/sh
# Asks a node for its facts and changes nothing. The answer on standard output
# is the line "dcosup-facts 4", then one key=value line a fact, each key exactly
# once, then "dcosup-facts end". Everything is in functions, so that a script
# that was cut off on its way does nothing at all.

# A name or path that the shell would expand is never wanted here, but for globs
# that are spelled out. The node's language must not translate answers.
LC_ALL=C
export LC_ALL
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH

newline='
'

has() { command -v "$1" >/dev/null 2>&1; }

# A node's time goes into starting programs, some milliseconds each: what the
# shell can do by itself it does, without a process.

# put KEY VALUE: one fact. Newlines within the value become blanks.
put() {
	case $2 in
	*"$newline"*)
		key=$1
		set -f
		IFS=$newline
		# shellcheck disable=SC2086 # it is split at newlines
		set -- $2
		IFS=' '
		printf '%s=%s\n' "$key" "$*"
		unset IFS
		set +f
		;;
	*) printf '%s=%s\n' "$1" "$2" ;;
	esac
}

# put_first KEY FILE: the file's first line.
put_first() {
	first "$2"
	put "$1" "$line"
}

# put_if KEY COMMAND...: yes if it succeeds, else no.
put_if() {
	key=$1
	shift
	if "$@" >/dev/null 2>&1; then put "$key" yes; else put "$key" no; fi
}

# limit SECONDS COMMAND...: never waits longer. Without timeout(1) the command
# is not run: not to know is better than to hang.
limit() {
	has timeout || return 124
	timeout "$@" 2>/dev/null
}

# first FILE: sets line to its first line.
first() {
	line=
	if [ -r "$1" ]; then read -r line <"$1" || :; fi 2>/dev/null
}

probe_os() {
	ID='' VERSION='' VERSION_ID='' ID_LIKE='' PRETTY_NAME='' codename='' origin=''
	for file in /etc/os-release /usr/lib/os-release; do
		[ -r "$file" ] || continue
		while IFS='=' read -r key value; do
			value=${value#[\"\']}
			value=${value%[\"\']}
			case $key in
			ID) ID=$value ;;
			VERSION_ID) VERSION_ID=$value ;;
			ID_LIKE) ID_LIKE=$value ;;
			PRETTY_NAME) PRETTY_NAME=$value ;;
			VERSION) VERSION=$value ;;
			VERSION_CODENAME) codename=$value ;;
			UBUNTU_CODENAME | DEBIAN_CODENAME) origin=$value ;;
			esac
		done <"$file"
		break
	done
	put os.id "$ID"
	put os.version "$VERSION_ID"
	put os.like "$ID_LIKE"
	put os.pretty "$PRETTY_NAME"
	manager=
	for name in apt-get dnf yum; do
		if has "$name"; then manager=$name && break; fi
	done
	put os.manager "$manager"
	if [ -z "$codename" ]; then # Debian 9 has it in its version only: 9 (stretch)
		case $VERSION in *'('*')') codename=${VERSION#*'('} && codename=${codename%')'} ;; esac
	fi
	put os.codename "$codename"
	put os.origin "$origin"
	# name, release and machine, in this order
	# shellcheck disable=SC2046
	set -- $(uname -nrm)
	put hostname "${1-}"
	release=${2-}
	put kernel "$release"
	put arch "${3-}"
	put uid "$(id -u)"
}

# What the firmware says of the machine: by it clouds are told. A file may be
# missing, as in containers, or be readable by root only.
probe_machine() {
	dmi=/sys/class/dmi/id
	put_first dmi.vendor $dmi/sys_vendor
	put_first dmi.product $dmi/product_name
	put_first dmi.version $dmi/product_version
	put_first dmi.bios $dmi/bios_version
	put_first dmi.asset $dmi/chassis_asset_tag
}

# nearest PATH: sets near to its nearest directory that exists.
nearest() {
	near=$1
	while [ ! -d "$near" ]; do
		near=${near%/*}
		near=${near:-/}
	done
}

# sizes DIRECTORY...: total:free:type of the filesystem of each, in KiB.
sizes() {
	limit 3 df -PkT "$@" |
		sed -n 's/^[^ ]*  *\([^ ]*\)  *\([0-9][0-9]*\)  *[0-9][0-9]*  *\([0-9][0-9]*\)  *[0-9-]*%*  *\/.*$/\2:\3:\1/p'
}

probe_sizes() {
	total=
	available=
	while read -r key value _; do
		case $key in
		MemTotal:) total=$value ;;
		MemAvailable:) available=$value && break ;;
		esac
	done </proc/meminfo
	put cpus "$(grep -c '^processor' /proc/cpuinfo 2>/dev/null)"
	put memory.total "$total"
	put memory.available "$available"
	paths='/ /var /var/lib /var/lib/docker /opt /tmp'
	set --
	for path in $paths; do
		nearest "$path"
		set -- "$@" "$near"
	done
	wanted=$#
	# A line a directory, in their order, unless df could not tell one of them.
	# shellcheck disable=SC2046 # one word a line
	set -- $(sizes "$@")
	if [ $# != "$wanted" ]; then set --; fi
	disks=
	for path in $paths; do
		if [ $# != 0 ]; then
			numbers=$1
			shift
		else
			nearest "$path"
			numbers=$(sizes "$near")
		fi
		if [ -n "$numbers" ]; then disks="$disks $path:$numbers"; fi
	done
	put disks "${disks# }"
	locked=
	for path in /etc /opt /var/lib; do
		if [ -d "$path" ] && [ ! -w "$path" ]; then locked="$locked $path"; fi
	done
	put readonly "${locked# }"
}

probe_network() {
	if has ip; then
		shown=$(limit 3 ip -o addr show scope global)
		put addresses "$(printf '%s\n' "$shown" | sed -n 's/^.* inet6* \([0-9a-f.:]*\).*/\1/p')"
		put addresses.leased "$(printf '%s\n' "$shown" | sed -n 's/^.* inet6* \([0-9a-f.:]*\).* dynamic.*/\1/p')"
	else
		put addresses "$(limit 3 hostname -I)"
		put addresses.leased ''
	fi
	# The way to everywhere is the way to the address that Ansible takes for this: it is
	# looked up, nothing is sent.
	source=
	device=
	gateway=
	# shellcheck disable=SC2046 # its words
	set -- $(limit 3 ip -4 route get 8.8.8.8)
	while [ $# -gt 1 ]; do
		case $1 in
		src) source=$2 ;;
		dev) device=$2 ;;
		via) gateway=$2 ;;
		esac
		shift
	done
	put source "$source"
	put source.interface "$device"
	put source.gateway "$gateway"
	first /proc/sys/net/ipv6/conf/all/disable_ipv6
	case $line in
	0) ipv6=on ;;
	1) ipv6=off ;;
	*) ipv6=absent ;;
	esac
	put ipv6 "$ipv6"
	for table in tcp tcp6 udp udp6; do
		case $table in
		tcp*) state=0A ;; # listening
		*) state=07 ;;    # bound, with no peer
		esac
		put "listen.$table" "$(sed -n "s/^ *[0-9]*: \([0-9A-F]*:[0-9A-F]*\) [0-9A-F]*:[0-9A-F]* $state .*/\1/p" "/proc/net/$table" 2>/dev/null)"
	done
	# DC/OS's installer looks for ports in sockets of any state, but finds only those
	# that have no letter in hex.
	script=
	for port in 0035 0050 0885 2328 2706; do
		script="$script
s/^ *[0-9]*: [0-9A-F]*:\($port\) [0-9A-F]*:[0-9A-F]* \([0-9A-F][0-9A-F]\) .*/\1:\2/p"
	done
	put connections "$(sed -n "$script" /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null |
		grep -v -e ':0A' -e ':07' | head -n 50)"
	# shellcheck disable=SC1087,SC2016
	put owners "$(limit 3 ss -lntup |
		sed -n 's/^\([tu][cd]p\) .*:\([0-9][0-9]*\)  *[^ ]*:[^ ]* .*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1:\2:\3\/\4/;t found
d
:found
s/ /_/g
p')"
}

# The version is that of the command, which DC/OS's installer asks, too.
probe_systemd() {
	state=
	if [ -d /run/systemd/system ]; then state=$(limit 10 systemctl is-system-running); fi
	put systemd.version "$(limit 3 systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')"
	put systemd.state "$state"
}

# One question for all units. Each unit's properties are followed by ";". A busy
# node is given its time: without an answer it would seem to have nothing.
probe_units() {
	units=
	if [ -d /run/systemd/system ]; then
		units=$(limit 20 systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState \
			docker.service firewalld.service ufw.service dnsmasq.service systemd-resolved.service \
			chrony.service chronyd.service ntp.service ntpd.service ntpsec.service \
			systemd-timesyncd.service dcos-setup.service \
			locksmithd.service update-engine.service yum-cron.service dnf-automatic.timer dnf-automatic-install.timer | sed 's/^$/;/')
	fi
	put units "$units"
	put_if ufw.enabled grep -q '^ENABLED=yes' /etc/ufw/ufw.conf
}

probe_commands() {
	found=
	missing=
	for name in awk bash chronyc curl df docker getent getopt groupadd ifconfig ip ipset lsmod \
		modprobe ping sed sha256sum sort ss systemctl systemd-notify tar unzip xz; do
		if has "$name"; then found="$found $name"; else missing="$missing $name"; fi
	done
	put commands.found "${found# }"
	put commands.missing "${missing# }"
	groups=
	for name in docker nogroup; do
		if grep -q "^$name:" /etc/group 2>/dev/null || limit 3 getent group "$name" >/dev/null; then
			groups="$groups $name"
		fi
	done
	put groups "${groups# }"
}

probe_selinux() {
	mode=
	if [ -r /sys/fs/selinux/enforce ]; then
		first /sys/fs/selinux/enforce
		case $line in
		1) mode=Enforcing ;;
		0) mode=Permissive ;;
		esac
	elif has getenforce; then
		mode=$(limit 3 getenforce)
	fi
	put selinux.mode "$mode"
	# What is loaded, as DC/OS's installer asks: the file can name another already.
	policy=
	if has sestatus; then policy=$(limit 3 sestatus | sed -n 's/^Loaded policy name: *//p'); fi
	config=
	if [ -r /etc/selinux/config ]; then
		config=$(sed -n 's/^SELINUX=\([a-z]*\).*/\1/p' /etc/selinux/config)
	fi
	put selinux.policy "$policy"
	put selinux.config "$config"
}

# Asking a daemon that does not run could start it through its socket, so it is
# asked only when it runs.
docker_runs() {
	first /run/docker.pid
	if [ -n "$line" ] && [ -d "/proc/$line" ]; then return 0; fi
	[ -d /run/systemd/system ] && limit 3 systemctl is-active --quiet docker.service
}

probe_docker() {
	put_if overlay grep -qw overlay /proc/filesystems
	info=
	if has docker && docker_runs; then info=$(limit 20 docker info); fi
	put docker.info "$(printf '%s\n' "$info" | sed -n \
		-e 's/^ *\(Server Version: .*\)$/\1;/p' \
		-e 's/^ \(Version: .*\)$/\1;/p' \
		-e 's/^ *\(Storage Driver: .*\)$/\1;/p' \
		-e 's/^ *\(Backing Filesystem: .*\)$/\1;/p' \
		-e 's/^ *\(Supports d_type: .*\)$/\1;/p' \
		-e 's/^ *\(Data file: .*\)$/\1;/p' \
		-e 's/^ *\(Data loop file: .*\)$/\1;/p' \
		-e 's/^ *\(Docker Root Dir: .*\)$/\1;/p' \
		-e 's/^ *\(Live Restore Enabled: .*\)$/\1;/p' \
		-e 's/^ *\(Cgroup Driver: .*\)$/\1;/p' \
		-e 's/^ *\(Images: .*\)$/\1;/p' \
		-e 's/^ *\(Containers: .*\)$/\1;/p')"
	client=
	case $info in
	'' | *"$newline Version: "*) ;; # from Docker 23 on, the command tells its own version too
	*) client=$(limit 3 docker --version) ;;
	esac
	put docker.client "$client"
	config=
	if [ -r /etc/docker/daemon.json ]; then config=$(tr '\r\t\n' '   ' </etc/docker/daemon.json | head -c 65536); fi
	put docker.config "$config"
}

probe_packages() {
	engines=
	repos=
	if has dpkg-query; then
		# shellcheck disable=SC2016 # the ${} are dpkg-query's own
		engines=$(limit 5 dpkg-query -W -f '${db:Status-Abbrev}${Package}=${Version}\n' \
			docker.io docker-ce docker-engine moby-engine podman-docker containerd.io containerd | sed -n 's/^.i *//p')
		if grep -qsrE '^[^#]*download\.docker\.com' /etc/apt/sources.list /etc/apt/sources.list.d; then
			repos=download.docker.com
		fi
	elif has rpm; then
		engines=$(limit 5 rpm -q --qf '%{NAME}=%{VERSION}-%{RELEASE}\n' \
			docker-ce docker-engine docker moby-engine podman-docker containerd.io containerd | grep -v ' ')
		repos=$(awk '
			function flush() { if (id ~ /docker|extras/ && on) print id; id = ""; on = 1 }
			FNR == 1 || /^\[/ { flush() }
			/^\[/ { id = substr($0, 2, index($0, "]") - 2) }
			/^enabled *= *0/ { on = 0 }
			END { flush() }' /etc/yum.repos.d/*.repo 2>/dev/null)
	fi
	put engines "$engines"
	put repos "$repos"
	put_if package.lock package_lock_held
}

# package_lock_held looks for the lock files' inodes among the kernel's locks.
package_lock_held() {
	for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock; do
		[ -e "$file" ] || continue
		# Unquoted on purpose: some ls put blanks before the number.
		# shellcheck disable=SC2046
		set -- $(ls -i "$file")
		if grep -q ":$1 " /proc/locks; then return 0; fi
	done
	# yum's, and dnf's while it fetches and when it has the database.
	for file in /var/run/yum.pid /var/cache/dnf/metadata_lock.pid /var/cache/dnf/download_lock.pid /var/lib/dnf/rpmdb_lock.pid; do
		first "$file"
		if [ -n "$line" ] && [ -d "/proc/$line" ]; then return 0; fi
	done
	return 1
}

probe_time() {
	tracking=
	if has chronyc; then tracking=$(limit 2 chronyc -n -c tracking); fi
	peers=
	if has ntpq; then peers=$(limit 2 ntpq -n -c 'rv 0 leap,stratum,offset,refid'); fi
	kernel=
	if [ -n "$state" ] && has timedatectl; then
		kernel=$(limit 3 timedatectl status |
			sed -n -e 's/^ *NTP synchronized: *//p' -e 's/^ *System clock synchronized: *//p')
	fi
	put time.chrony "$tracking"
	put time.ntpq "$peers"
	put time.kernel "$kernel"
	put_if time.timesyncd [ -e /run/systemd/timesync/synchronized ]
}

# value KEY: of /opt/mesosphere/etc/dcos-version.json.
value() {
	[ -r /opt/mesosphere/etc/dcos-version.json ] || return 0
	sed -n "s/^.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" /opt/mesosphere/etc/dcos-version.json
}

names() {
	list=
	for path in "$1"/*; do
		name=${path##*/}
		case $name in '*' | *[!A-Za-z0-9._@:-]*) continue ;; esac
		list="$list $name"
	done
	printf '%s' "${list# }"
}

probe_dcos() {
	put dcos.version "$(value version)"
	put dcos.commit "$(value dcos-image-commit)"
	put dcos.variant "$(value dcos-variant)"
	put dcos.roles "$(names /etc/mesosphere/roles)"
	put_first dcos.repository /etc/mesosphere/setup-flags/repository-url
	put_first dcos.packages /etc/mesosphere/setup-flags/cluster-package-list
	traces=
	if [ -n "$(ls -A /opt/mesosphere/ 2>/dev/null)" ]; then traces=/opt/mesosphere; fi
	for path in /opt/mesosphere/bootstrap /etc/mesosphere \
		/etc/systemd/system/dcos.target /etc/systemd/system/dcos.target.wants \
		/etc/systemd/system/dcos-setup.service /etc/systemd/system/dcos-download.service \
		/etc/systemd/system/dcos-link-env.service /etc/systemd/journald.conf.d/dcos.conf \
		/etc/profile.d/dcos.sh /etc/rexray/config.yml /run/dcos /var/lib/dcos \
		/var/lib/mesosphere /var/lib/mesos /var/lib/zookeeper; do
		if [ -e "$path" ]; then traces="$traces $path"; fi
	done
	put dcos.traces "${traces# }"
	put jobs "$(names /var/lib/dcosup/jobs)"
}

# probe_mounts PATH...: the filesystems that can hold one of the paths, as
# "point type options" words. Other mounts, of which Docker makes hundreds, are
# not told.
probe_mounts() {
	script='s#^[^ ]* \(/\) \([^ ]*\) \([^ ]*\) .*#\1 \2 \3#p'
	for path in "$@"; do
		case $path in *[!A-Za-z0-9/._-]*) continue ;; esac
		while [ -n "$path" ] && [ "$path" != / ]; do
			script="$script
s#^[^ ]* \($path\) \([^ ]*\) \([^ ]*\) .*#\1 \2 \3#p"
			path=${path%/*}
		done
	done
	# A line that was changed once matches no more: each is told once.
	put mounts "$(sed -n "$script" /proc/mounts 2>/dev/null)"
}

# probe_xfs PATH...: whether XFS tells the types of files (ftype) below each
# path that is on XFS: path=1, path=0, or path=? where nobody can tell.
probe_xfs() {
	types=
	if grep -q ' xfs ' /proc/mounts 2>/dev/null; then
		for path in "$@"; do
			nearest "$path"
			point=$(limit 3 df -PT "$near" | sed -n '2s#^[^ ]*  *xfs  *.* \(/.*\)$#\1#p')
			[ -n "$point" ] || continue
			type=
			if has xfs_info; then type=$(limit 3 xfs_info "$point" | sed -n 's/^.*ftype=\([01]\).*/\1/p'); fi
			types="$types $path=${type:-?}"
		done
	fi
	put xfs.ftype "${types# }"
}

# probe_inodes PATH...: path:total:free of the filesystem of each.
probe_inodes() {
	paths="$*"
	set --
	for path in $paths; do
		nearest "$path"
		set -- "$@" "$near"
	done
	wanted=$#
	# shellcheck disable=SC2046 # one word a line
	set -- $(limit 3 df -Pi "$@" |
		sed -n 's/^[^ ]*  *\([0-9][0-9]*\)  *[0-9][0-9]*  *\([0-9][0-9]*\)  *[0-9-]*%*  *\/.*$/\1:\2/p')
	inodes=
	if [ $# = "$wanted" ]; then
		for path in $paths; do
			inodes="$inodes $path:$1"
			shift
		done
	fi
	put inodes "${inodes# }"
}

# What the kernel and the distribution were told at boot.
probe_settings() {
	language=
	for file in /etc/locale.conf /etc/default/locale; do
		[ -r "$file" ] || continue
		while IFS='=' read -r key value; do
			value=${value#[\"\']}
			value=${value%[\"\']}
			case $key in LANG | LC_ALL) language="$language $key=$value" ;; esac
		done <"$file"
	done
	put locale "${language# }"
	swaps=
	if [ -r /proc/swaps ]; then
		while read -r name _; do
			case $name in /*) swaps="$swaps $name" ;; esac
		done </proc/swaps
	fi
	put swaps "${swaps# }"
	modules=
	for name in raid1 dm_raid; do
		if [ -d "/sys/module/$name" ]; then modules="$modules $name"; fi
	done
	put modules "${modules# }"
	cgroups=
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		cgroups=2
	elif [ -d /sys/fs/cgroup/memory ]; then
		cgroups=1
	fi
	put cgroups "$cgroups"
	nokmem=no
	if [ -r /proc/cmdline ]; then
		read -r line </proc/cmdline || :
		case " $line" in *' cgroup.memory='*nokmem*) nokmem=yes ;; esac
	fi
	put nokmem "$nokmem"
	put_if sort.versions [ "$(printf '10\n9\n' | sort -V 2>/dev/null)" = "9${newline}10" ]
	put_if apt.upgrades grep -qsrE '^[^/#]*APT::Periodic::Unattended-Upgrade[[:space:]]+"[1-9]' /etc/apt/apt.conf.d /etc/apt/apt.conf
	path=/opt/mesosphere
	if [ -L "$path" ] && [ ! -e "$path" ]; then
		kind=dangling
	elif [ ! -e "$path" ]; then
		kind=absent
	elif [ ! -d "$path" ]; then
		kind=other
	elif [ -z "$(ls -A "$path/" 2>/dev/null)" ]; then
		kind=empty
	else
		kind=full
	fi
	put opt.mesosphere "$kind"
}

# ask ADDRESS:PORT: what a DNS server says when it is asked who serves the root
# zone: the code of its answer in hex, or "silent". bash asks by itself, over
# UDP: no tool for DNS is on every node, and DC/OS needs bash anyway. A code of
# 2 or 5 is an answer too: a network can be closed.
ask() {
	said=unasked
	if has bash && has timeout && has head && has od; then
		said=silent
		for _ in 1 2; do
			# shellcheck disable=SC2016 # the $ are bash's own
			reply=$(limit 1 bash -c 'exec 3<>"/dev/udp/$1/$2" &&
				printf "\104\103\1\0\0\1\0\0\0\0\0\0\0\0\2\0\1" >&3 && head -c 12 <&3' _ "${1%:*}" "${1##*:}" | od -An -tx1)
			# shellcheck disable=SC2086 # its bytes are words
			set -- "$1" $reply
			if [ "${2-} ${3-}" = '44 43' ]; then
				said=${5#?}
				break
			fi
		done
	fi
	printf 'resolver %s=%s\n' "$1" "$said"
}

own_name() {
	if has getent; then
		# getent hosts asks for IPv6 first: of a name that /etc/hosts has for IPv4
		# only it asks the DNS, which can be silent.
		for database in ahostsv4 hosts; do
			found=$(limit 2 getent "$database" "$(uname -n)" |
				sed -n -e '/ DGRAM/d' -e '/ RAW/d' -e 's/^\([0-9a-fA-F.:%]*[^ 	]*\)[ 	].*/name \1/p')
			if [ -n "$found" ]; then break; fi
		done
		printf '%s\n' "$found"
	else
		echo 'name unasked'
	fi
}

# probe_names RESOLVER...: what takes as long as others let it take, all at once.
probe_names() {
	answers=$(
		for server in "$@"; do
			ask "$server" &
		done
		own_name &
		wait
	)
	put resolvers "$(printf '%s\n' "$answers" | sed -n 's/^resolver //p')"
	put hostname.addresses "$(printf '%s\n' "$answers" | sed -n 's/^name //p')"
}

# probe_node WORK: all that the node can tell by itself. WORK is where Mesos
# keeps the tasks of an agent.
probe_node() {
	probe_os
	probe_machine
	probe_sizes
	probe_network
	probe_systemd
	probe_units
	probe_commands
	probe_selinux
	probe_docker
	probe_packages
	probe_time
	probe_dcos
	root=/var/lib/docker
	case $info in
	*'Docker Root Dir: '*)
		root=${info#*Docker Root Dir: }
		root=${root%%"$newline"*}
		;;
	esac
	probe_mounts /tmp /var/lib/dcos/exec /opt/mesosphere "$root" "$1"
	probe_xfs "$root" "$1"
	probe_inodes /var /opt
	probe_settings
	probe_reboot
	probe_changes
}

# now: nanoseconds since 1970, or seconds where date cannot tell better.
now() { date +%s%N 2>/dev/null; }

# main [WORK [RESOLVER...]]: the clock is told first and last, so that its
# reader can say how far it can be off. Names are asked for while the node is
# looked at; the answers come after its own.
main() {
	echo 'dcosup-facts 4'
	put clock.begin "$(now)"
	work=${1:-/var/lib/mesos/slave}
	if [ $# != 0 ]; then shift; fi
	probe_names "$@" | {
		probe_node "$work" </dev/null
		while IFS= read -r line; do printf '%s\n' "$line"; done
	}
	put clock.end "$(now)"
	echo 'dcosup-facts end'
}

main "$@" </dev/null
