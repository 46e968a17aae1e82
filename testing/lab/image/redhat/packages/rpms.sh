#!/bin/sh
# Makes the repositories of a node of Red Hat's family: packages with the names
# that they have there, of the files that they have in Debian.
#
#   rpms.sh DIRECTORY
#
# DIRECTORY/baseos and DIRECTORY/docker-ce are to be repositories. The packages in
# DIRECTORY/installed hold no file: they tell rpm of what every node has.
set -eu

here=$(dirname "$0")
out=$1
work=$(mktemp -d)

# unpack TREE DEB...: the files of Debian's packages, as a system with one /usr has
# them, without what only Debian or a reader needs.
unpack() {
	tree=$1
	shift
	for deb in "$@"; do
		dpkg-deb --extract "$work/debs/${deb}"_*.deb "$work/deb"
		for part in bin sbin lib; do
			[ -d "$work/deb/$part" ] || continue
			mkdir -p "$work/deb/usr/$part"
			cp -a "$work/deb/$part/." "$work/deb/usr/$part/"
			rm -r "$work/deb/${part:?}"
		done
		mkdir -p "$tree"
		cp -a "$work/deb/." "$tree/"
		rm -r "$work/deb"
	done
	for part in doc man locale lintian bug info; do
		rm -rf "${tree:?}/usr/share/$part"
	done
	for part in init.d network ppp dhcp apparmor.d cron.d cron.daily; do
		rm -rf "${tree:?}/etc/$part"
	done
}

# files TREE: the lines of %files. Names that rpmbuild would take for a pattern are
# left out: only packages without files have any.
files() {
	(cd "$1" && find . ! -type d -o -empty) | sed 's/^\.//' |
		grep -x '[A-Za-z0-9/._+@:~-]*' | sed "s/^/$ghost/"
}

# scriptlet PART: what is done before or after the package is installed or removed.
scriptlet() {
	if [ -e "$here/scriptlets/$name.$1" ]; then cat "$here/scriptlets/$name.$1"; fi
	for unit in $units; do
		case $1 in
		post) printf 'systemctl daemon-reload || :\nsystemctl preset %s || :\n' "$unit" ;;
		preun) echo "systemctl --no-reload disable --now $unit || :" ;;
		postun) echo "systemctl daemon-reload || :" ;;
		esac
	done
}

# package REPOSITORY NAME DEB...: makes one. Its first deb has its version.
#   only=PATH        keeps one of the files
#   without=PATHS    leaves some out
#   link='TO PATH'   adds a symbolic link
#   tag=LINE         adds a line to the spec
#   units=UNITS      are set up when it is installed, and stopped when it is removed
#   ghost='%ghost '  leaves the files to be what is there already
# The files in payload/NAME are added, and the scriptlets in scriptlets/NAME.PART.
package() {
	repository=$1
	name=$2
	shift 2
	tree=$work/$name
	mkdir "$tree"
	version=1
	if [ "$#" -gt 0 ]; then
		unpack "$tree" "$@"
		version=$(dpkg-deb --field "$work/debs/$1"_*.deb Version)
		version=${version#*:}
		version=${version%-*}
	fi
	if [ -n "$only" ]; then
		mkdir -p "$work/only/$(dirname "$only")"
		mv "$tree/$only" "$work/only/$only"
		rm -r "$tree"
		mv "$work/only" "$tree"
	fi
	for path in $without; do
		rm "$tree/$path"
	done
	# shellcheck disable=SC2086 # two words
	if [ -n "$link" ]; then (cd "$tree" && mkdir -p "$(dirname "${link#* }")" && ln -s $link); fi
	if [ -d "$here/payload/$name" ]; then cp -a "$here/payload/$name/." "$tree/"; fi
	if [ -d "$tree/usr/bin" ]; then find "$tree/usr/bin" -type f -exec chmod 0755 {} +; fi # a build context has no modes
	files "$tree" >"$work/$name.files"
	cat >"$work/$name.spec" <<END
Name: $name
Version: $version
Release: 1.lab
Summary: Imitation of $name for tests, made of files of Debian
License: as in Debian
AutoReqProv: no
$tag
%description
For tests: not from Red Hat. Its files are from Debian: $*
%install
cp -a $tree/. %{buildroot}/
%files $(if [ -s "$work/$name.files" ]; then echo "-f $work/$name.files"; fi)
END
	for part in pre post preun postun; do
		scriptlet "$part" >"$work/scriptlet"
		if [ -s "$work/scriptlet" ]; then (echo "%$part" && cat "$work/scriptlet") >>"$work/$name.spec"; fi
	done
	rpmbuild --quiet -bb --define "_topdir $work/build" --define "_rpmdir $out/$repository" \
		--define '_build_name_fmt %%{NAME}.rpm' --define '_binary_payload w3.zstdio' \
		--define '__os_install_post %{nil}' --define 'debug_package %{nil}' --define '_build_id_links none' \
		--define '_unpackaged_files_terminate_build 0' "$work/$name.spec"
	rm -rf "$tree" "$work/build"
}

# packages DO: DO for each package, as above.
packages() {
	only=''
	without=''
	ghost=''
	link=''
	tag=''
	units=''
	"$1" baseos curl curl libcurl4
	"$1" baseos unzip unzip
	"$1" baseos xz xz-utils
	"$1" baseos ipset ipset libipset13
	"$1" baseos net-tools net-tools
	"$1" baseos tar tar
	"$1" baseos kmod kmod
	"$1" baseos iputils iputils-ping
	"$1" baseos iproute iproute2
	"$1" baseos libselinux-utils selinux-utils
	"$1" baseos lab-slow
	"$1" baseos podman-docker
	"$1" baseos kernel
	"$1" baseos dnf-plugins-core dnf-plugins-core python3-dbus python3-dateutil python3-six
	link='gawk usr/bin/awk'
	"$1" baseos gawk gawk libmpfr6 libsigsegv2
	link='/usr/libexec/dnf-utils-3 usr/bin/needs-restarting'
	tag='Requires: dnf-plugins-core'
	"$1" baseos yum-utils
	link=''
	tag=''
	units=dnsmasq.service
	"$1" baseos dnsmasq dnsmasq-base libnftables1 libjansson4
	units=firewalld.service
	"$1" baseos firewalld firewalld python3-firewall python3-nftables python3-gi gir1.2-glib-2.0 libgirepository-1.0-1 \
		libnftables1 libjansson4
	units=chronyd.service
	without='usr/lib/systemd/system/chrony.service etc/default/chrony'
	"$1" baseos chrony chrony
	units='docker.service docker.socket'
	without=usr/bin/docker
	tag='Requires: docker-ce-cli containerd.io iptables'
	"$1" docker-ce docker-ce docker.io
	without=''
	tag=''
	units=''
	only=usr/bin/docker
	"$1" docker-ce docker-ce-cli docker.io
	only=''
	units=containerd.service
	"$1" docker-ce containerd.io containerd runc

	units=''
	ghost='%ghost '
	tag='Provides: /bin/sh'
	"$1" installed bash bash
	tag=''
	"$1" installed coreutils coreutils
	"$1" installed dnf dnf python3-dnf
	"$1" installed glibc-common libc-bin
	"$1" installed iptables iptables
	"$1" installed openssh-server openssh-server
	"$1" installed procps-ng procps
	"$1" installed rpm rpm
	"$1" installed sed sed
	"$1" installed shadow-utils passwd
	"$1" installed sudo sudo
	"$1" installed systemd systemd
	"$1" installed util-linux util-linux
}

# wanted REPOSITORY NAME DEB...: what has to be fetched.
wanted() {
	shift 2
	for deb in "$@"; do echo "$deb"; done
}

mkdir "$work/debs"
packages wanted | sort -u | (cd "$work/debs" && xargs apt-get -q -o APT::Sandbox::User=root download >/dev/null)
packages package
rm -r "$work"
