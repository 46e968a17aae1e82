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
	mkdir "$work/debs"
	(cd "$work/debs" && apt-get -q -o APT::Sandbox::User=root download "$@" >/dev/null)
	for deb in "$work"/debs/*.deb; do
		dpkg-deb --extract "$deb" "$work/deb"
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
		rm -r "$work/debs"
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
	if [ -n "$link" ]; then (cd "$tree" && ln -s $link); fi
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

only=''
without=''
ghost=''
link=''
tag=''
units=''
package baseos curl curl libcurl4
package baseos unzip unzip
package baseos xz xz-utils
package baseos ipset ipset libipset13
package baseos net-tools net-tools
package baseos tar tar
package baseos kmod kmod
package baseos iputils iputils-ping
package baseos iproute iproute2
package baseos libselinux-utils selinux-utils
package baseos lab-slow
package baseos podman-docker
link='gawk usr/bin/awk'
package baseos gawk gawk libmpfr6 libsigsegv2
link=''
units=dnsmasq.service
package baseos dnsmasq dnsmasq-base libnftables1 libjansson4
units=firewalld.service
package baseos firewalld firewalld python3-firewall python3-nftables python3-gi gir1.2-glib-2.0 libgirepository-1.0-1 \
	libnftables1 libjansson4
units=chronyd.service
without='usr/lib/systemd/system/chrony.service etc/default/chrony'
package baseos chrony chrony
units='docker.service docker.socket'
without=usr/bin/docker
tag='Requires: docker-ce-cli containerd.io iptables'
package docker-ce docker-ce docker.io
without=''
tag=''
units=''
only=usr/bin/docker
package docker-ce docker-ce-cli docker.io
only=''
units=containerd.service
package docker-ce containerd.io containerd runc

units=''
ghost='%ghost '
tag='Provides: /bin/sh'
package installed bash bash
tag=''
package installed coreutils coreutils
package installed dnf dnf python3-dnf
package installed glibc-common libc-bin
package installed iptables iptables
package installed openssh-server openssh-server
package installed procps-ng procps
package installed rpm rpm
package installed sed sed
package installed shadow-utils passwd
package installed sudo sudo
package installed systemd systemd
package installed util-linux util-linux
rm -r "$work"
