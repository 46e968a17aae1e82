#!/bin/sh
# Takes Debian's package manager out of an image that imitates another
# distribution, so that nothing uses it by mistake.
set -eu

rm -rf /usr/bin/apt* /usr/bin/dpkg* /etc/apt /etc/dpkg /var/lib/apt /var/lib/dpkg /var/cache/apt /etc/debian_version \
	/usr/lib/systemd/system/apt-* /usr/lib/systemd/system/dpkg-* \
	/etc/systemd/system/timers.target.wants/dpkg-*
