#!/bin/sh
# Makes a node of Debian a mirror of Docker's repository, for Debian and for CentOS 8,
# and serves it by https and http. Its packages have Docker's names and versions, and
# the programs of Debian, so that what is installed from it really runs.
#
#   mirror.sh ADDRESS
#
# /srv/mirror is what is served, /srv/ca.pem who has signed the server's certificate,
# /srv/wrong.gpg a key that has signed nothing.
set -eu

address=$1
export DEBIAN_FRONTEND=noninteractive
work=/srv/work
mkdir -p $work/debs
cd $work
apt-get -q update >/dev/null
apt-get -q -y install --no-install-recommends apt-utils createrepo-c gpg gpg-agent python3-minimal libpython3-stdlib rpm >/dev/null

# key NAME: makes a key, and exports it as NAME.gpg.
key() {
	gpg --batch --quiet --passphrase '' --quick-generate-key "$1" rsa2048 sign never
	gpg --batch --export --armor "$1" >"/srv/$1.gpg"
}
key right
key wrong

# tree NAME DEB: unpacks the files of a package of Debian into trees/NAME.
tree() {
	(cd debs && apt-get -q -o APT::Sandbox::User=root download "$2" >/dev/null)
	mkdir -p "trees/$1"
	dpkg-deb --extract debs/"$2"_*.deb "trees/$1"
	rm -rf "trees/$1/usr/share" "trees/$1/etc/init.d"
	if [ -d "trees/$1/lib" ]; then # as a system with one /usr has it
		mkdir -p "trees/$1/usr/lib"
		cp -a "trees/$1/lib/." "trees/$1/usr/lib/"
		rm -r "trees/$1/lib"
	fi
}
tree docker-ce docker.io
tree containerd.io containerd
tree containerd.io runc
mkdir -p trees/docker-ce-cli/usr/bin
mv trees/docker-ce/usr/bin/docker trees/docker-ce-cli/usr/bin/
mv trees/docker-ce/usr/sbin/* trees/docker-ce/usr/bin/ 2>/dev/null || :
find trees -path '*/lib/systemd/system/docker.service' -exec sed -i s,/usr/sbin/dockerd,/usr/bin/dockerd, {} +

# as_version VERSION: the programs say that they are of that version, which must be
# as long as Debian's.
as_version() {
	find trees/docker-ce/usr/bin/dockerd trees/docker-ce-cli/usr/bin/docker -exec sed -i "s/20\.10\.24+dfsg1/$1/g" {} +
}

scripts() {
	echo '#!/bin/sh'
	case $1 in
	docker-ce) printf 'getent group docker >/dev/null || groupadd -r docker\nsystemctl daemon-reload\nsystemctl enable -q docker.service docker.socket\nsystemctl restart docker.service\n' ;;
	containerd.io) printf 'systemctl daemon-reload\nsystemctl enable -q --now containerd.service\n' ;;
	esac
}

# deb NAME VERSION DEPENDS
deb() {
	cp -a "trees/$1" build
	mkdir build/DEBIAN
	printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: a test <test@example.org>\nConflicts: docker.io\n%sDescription: for tests\n' \
		"$1" "$2" "${3:+Depends: $3
}" >build/DEBIAN/control
	scripts "$1" >build/DEBIAN/postinst
	chmod 0755 build/DEBIAN/postinst
	dpkg-deb --root-owner-group -Zgzip -z1 --build build /srv/mirror/linux/debian/pool >/dev/null
	rm -r build
}

# rpm NAME EPOCH VERSION REQUIRES
rpm() {
	cat >"$1.spec" <<END
Name: $1
Epoch: $2
Version: $3
Release: 3.el8
Summary: for tests
License: as in Debian
AutoReqProv: no
${4:+Requires: $4}
%description
for tests
%install
cp -a $work/trees/$1/. %{buildroot}/
%files
$(cd "trees/$1" && find . ! -type d | sed 's/^\.//')
%post
$(scripts "$1" | sed 1d)
END
	rpmbuild --quiet -bb --define "_topdir $work/build" --define "_rpmdir /srv/mirror/linux/centos/8/x86_64/stable" \
		--define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define '_binary_payload w1.gzdio' \
		--define '__os_install_post %{nil}' --define 'debug_package %{nil}' --define '_build_id_links none' "$1.spec"
	rm -rf build
}

mkdir -p /srv/mirror/linux/debian/pool /srv/mirror/linux/debian/dists/bookworm/stable/binary-amd64
# engine VERSION: the packages of one engine, as Debian's and Red Hat's name its version.
engine() {
	deb docker-ce "5:$1~3-0~debian-bookworm" 'docker-ce-cli, containerd.io, iptables'
	deb docker-ce-cli "5:$1~3-0~debian-bookworm" ''
	rpm docker-ce 3 "$1" 'docker-ce-cli containerd.io iptables'
	rpm docker-ce-cli 1 "$1" ''
}
engine 20.10.24
deb containerd.io 1.6.20-1 ''
rpm containerd.io 0 1.6.20 ''
as_version 23.0.6+dfsg1-x
engine 23.0.6

(
	cd /srv/mirror/linux/debian
	cp /srv/right.gpg gpg
	apt-ftparchive packages pool >dists/bookworm/stable/binary-amd64/Packages
	cd dists/bookworm
	apt-ftparchive -o APT::FTPArchive::Release::Suite=bookworm -o APT::FTPArchive::Release::Codename=bookworm \
		-o APT::FTPArchive::Release::Components=stable -o APT::FTPArchive::Release::Architectures=amd64 release . >"$work/Release"
	mv "$work/Release" Release
	gpg --batch --local-user right --clearsign --output InRelease Release
	cd /srv/mirror/linux/centos
	cp /srv/right.gpg gpg
	rpmsign --define '_gpg_name right' --define '__gpg /usr/bin/gpg' --addsign 8/x86_64/stable/*.rpm >/dev/null 2>&1
	createrepo_c --quiet 8/x86_64/stable
)

openssl req -x509 -newkey rsa:2048 -nodes -keyout $work/tls.key -out /srv/ca.pem -days 2 -subj '/CN=mirror of a test' \
	-addext "subjectAltName=IP:$address" 2>/dev/null
cat >/srv/mirror.py <<'END'
import functools, http.server, ssl, threading
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv/mirror")
secure = http.server.ThreadingHTTPServer(("", 8443), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/ca.pem", "/srv/work/tls.key")
secure.socket = context.wrap_socket(secure.socket, server_side=True)
threading.Thread(target=secure.serve_forever).start()
http.server.ThreadingHTTPServer(("", 8081), handler).serve_forever()
END
systemd-run --quiet --unit=mirror python3 /srv/mirror.py
tries=50
until curl -sf --cacert /srv/ca.pem "https://$address:8443/linux/debian/gpg" >/dev/null && curl -sf "http://$address:8081/" >/dev/null; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || exit 1
	sleep 0.2
done
