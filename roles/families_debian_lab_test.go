//go:build lab

package roles_test

import (
	"strings"
	"testing"

	"dcosup/roles"
)

// debianFirst is the node on its first day, and what the rows after it break.
// What is installed for them does not start: the rows start it.
func debianFirst() []broken {
	return []broken{{
		name: "a new node", id: "commands", status: roles.Fail, found: "missing: curl, ipset, unzip, xz", need: "all",
		also: map[string]string{"docker-installed": "not installed", "docker-running": "not installed", "docker-enabled": "not enabled",
			"group-docker": "missing", "ntp-installed": "none", "ntp-running": "none", "ntp-synchronised": "not synchronised", "locale": "not set"},
		fixes: []string{"packages", "group-docker", "docker-running", "docker-enabled", "ntp-running", "ntp-synchronised"},
		then: `dpkg -s chrony curl docker.io ipset unzip xz-utils >/dev/null
[ "$(docker info --format '{{.Driver}}')" = overlay2 ]
chronyc -n tracking | grep '^Leap status *: Normal'
systemctl is-enabled docker.service chrony.service`,
		repair: `echo LANG=C.UTF-8 >/etc/default/locale
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
cp /etc/resolv.conf /run/lab-resolv.conf
umount /etc/resolv.conf
cat /run/lab-resolv.conf >/etc/resolv.conf
` + apt + `install dnsmasq selinux-utils systemd-resolved ufw xfsprogs
rm /usr/sbin/policy-rc.d
systemctl disable --now dnsmasq.service systemd-resolved.service ufw.service
rm -f /etc/resolv.conf
cp /run/lab-resolv.conf /etc/resolv.conf`,
	}}
}

// apt changes packages, and asks nobody.
const apt = "DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "

// ntpsec comes in the place of chrony, and DHCP names a server that is silent. A node may
// not set the clock, and ntpd insists on that right only when it changes its user.
const ntpsec = `mkdir -p /etc/systemd/system/ntpsec.service.d /run/ntpsec
printf '[Unit]\nConditionCapability=\n' >/etc/systemd/system/ntpsec.service.d/lab.conf
` + apt + `install ntpsec
sed -i '/-u ntpsec:ntpsec/d' /usr/libexec/ntpsec/ntp-systemd-wrapper
sed 's/^pool.*/server 192.0.2.1/' /etc/ntpsec/ntp.conf >/run/ntpsec/ntp.conf.dhcp
systemctl restart ntpsec.service`

// debianRows are what only Debian's family can lack, or mends in its own way.
func debianRows(n node, source string) []broken {
	return []broken{
		{
			name: "Debian itself", stays: true,
			id: "distribution", status: roles.Warn, found: "Debian GNU/Linux 12 (bookworm)", need: "CentOS or RHEL 7 or 8, or Flatcar", hint: "it may work; try it with one node first",
		},
		{
			name: "programs of two packages", breaks: "apt-get -q -y remove unzip ipset",
			id: "commands", status: roles.Fail, found: "missing: ipset, unzip", need: "all", fixes: []string{"packages"}, then: "dpkg -s unzip ipset >/dev/null",
		},
		{
			name: "XFS of which nobody tells", before: func(t *testing.T) { n.xfs(t, "/var/lib/mesos") }, breaks: "chmod 644 /usr/sbin/xfs_info",
			id: "xfs-ftype", status: roles.Fail, found: "XFS at /var/lib/mesos, whose ftype nobody tells", need: "ftype=1", hint: "install xfsprogs",
			met: "chmod 755 /usr/sbin/xfs_info", repair: "umount /var/lib/mesos\nrmdir /var/lib/mesos",
		},
		{
			name: "ufw", breaks: "ufw allow 22/tcp\nufw --force enable\nsystemctl enable ufw.service",
			id: "firewall", status: roles.Fail, found: "ufw runs, and starts at boot", need: "none", fixes: []string{"firewall"},
			then: "ufw status | grep -qx 'Status: inactive'\n! iptables -S | grep -q ufw.*DROP", repair: "apt-get -q -y purge ufw",
		},
		{
			name: "it runs", breaks: "systemctl enable --now dnsmasq.service\necho nameserver 192.0.2.53 >>/etc/resolv.conf",
			id: "dnsmasq", status: roles.Fail, found: "runs, and starts at boot", need: "stopped, not started at boot", fixes: []string{"dnsmasq"},
			then: "! systemctl is-active dnsmasq.service && ! systemctl is-enabled dnsmasq.service", repair: "cat /run/lab-resolv.conf >/etc/resolv.conf",
		},
		{
			name: "systemd-resolved with its stub", id: "resolved-stub", status: roles.Fail, found: "its stub listens on port 53", need: "no stub", fixes: []string{"resolved-stub"},
			breaks: `mkdir -p /run/systemd/resolved.conf.d
printf '[Resolve]\nDNS=127.0.0.11\nResolveUnicastSingleLabel=yes\n' >/run/systemd/resolved.conf.d/lab.conf
systemctl enable --now systemd-resolved.service
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf`,
			then: "[ \"$(readlink /etc/resolv.conf)\" = /run/systemd/resolve/resolv.conf ]\ngetent hosts bootstrap",
			repair: `systemctl disable --now systemd-resolved.service
rm /etc/resolv.conf
cp /run/lab-resolv.conf /etc/resolv.conf`,
		},
		{
			name: "no nogroup, which DC/OS before 2.0 wants", spec: version("1.13.4"), breaks: "groupmod -n lab nogroup",
			id: "group-nogroup", status: roles.Fail, found: "missing", need: "there", fixes: []string{"group-nogroup"}, repair: "groupdel nogroup\ngroupmod -n nogroup lab",
		},
		{
			name: "unattended-upgrades", breaks: `echo 'APT::Periodic::Unattended-Upgrade "1";' >/etc/apt/apt.conf.d/20auto-upgrades`,
			id: "auto-updates", status: roles.Warn, found: "unattended-upgrades", need: "nothing",
			hint: `set APT::Periodic::Unattended-Upgrade "0" in /etc/apt/apt.conf.d/20auto-upgrades`, repair: "rm /etc/apt/apt.conf.d/20auto-upgrades",
		},
		{
			name: "another language", breaks: "echo LANG=C >/etc/default/locale", repair: "echo LANG=C.UTF-8 >/etc/default/locale",
			id: "locale", status: roles.Warn, found: "C", need: "such as en_US.UTF-8", hint: "localectl set-locale LANG=en_US.UTF-8",
		},
		{
			name: "chrony is off", breaks: "systemctl disable --now chrony.service",
			id: "ntp-running", status: roles.Fail, found: "chrony stopped", need: "runs, and starts at boot", fixes: []string{"ntp-running", "ntp-synchronised"},
		},
		{
			name: "chrony has no source, and is given one", breaks: "mv /etc/chrony/sources.d/lab.sources /root/\nsystemctl restart chrony.service",
			spec: func(s *roles.Spec) { s.Fixes.Time.Servers = []string{source} },
			id:   "ntp-synchronised", status: roles.Warn, found: "not synchronised", need: "synchronised", fixes: []string{"ntp-synchronised"},
			then:   "grep -qx 'server " + source + " iburst' /etc/chrony/chrony.conf",
			repair: "sed -i '/^server /d' /etc/chrony/chrony.conf\nmv /root/lab.sources /etc/chrony/sources.d/\nsystemctl restart chrony.service\nchronyc -n waitsync 30 0 0 1",
		},
		{
			name:   "ntpsec asks three servers to agree, DHCP has none that answers, and it is given one",
			breaks: ntpsec,
			spec:   func(s *roles.Spec) { s.Fixes.Time.Servers = []string{source} },
			id:     "ntp-synchronised", status: roles.Warn, found: "not synchronised", need: "synchronised", fixes: []string{"ntp-synchronised"},
			then: "grep -qx 'server " + source + " iburst' /etc/ntpsec/ntp.conf\ngrep -qx 'tos minclock 4 minsane 1' /etc/ntpsec/ntp.conf\ngrep -qx IGNORE_DHCP=yes /etc/default/ntpsec",
			repair: "mkdir /run/lab-sources\ncp /etc/chrony/sources.d/* /run/lab-sources/\n" + apt + "purge ntpsec\nrm -rf /run/ntpsec /etc/systemd/system/ntpsec.service.d\n" + apt + "install chrony\n" +
				"cp /run/lab-sources/* /etc/chrony/sources.d/\nsystemctl restart chrony.service\nchronyc -n waitsync 30 0 0 1",
		},
	}
}

// aptLock is waited for: another apt installs a package that takes its time.
func (n node) aptLock(t *testing.T) {
	n.on(t, `rm -f /run/lab-slow.*
mkdir -p /run/lab/slow/DEBIAN
printf 'Package: lab-slow\nVersion: 1\nArchitecture: all\nMaintainer: lab\nDescription: installs until it may end\n' >/run/lab/slow/DEBIAN/control
cat >/run/lab/slow/DEBIAN/postinst <<'END'
#!/bin/sh
touch /run/lab-slow.began
until [ -e /run/lab-slow.end ]; do sleep 0.1; done
END
chmod 755 /run/lab/slow/DEBIAN/postinst
dpkg-deb --build /run/lab/slow /run/lab/lab-slow.deb
apt-get -q -y remove unzip
systemd-run --quiet --unit=lab-slow apt-get -y install /run/lab/lab-slow.deb
until [ -e /run/lab-slow.began ]; do sleep 0.1; done`)
	facts, findings := n.look(t, broken{id: "package-lock"})
	if got := pick(t, findings, "package-lock"); got.Status != roles.Warn || got.Found != "a package manager holds its lock" {
		t.Errorf("the lock: %s, found %s", got.Status, got.Found)
	}
	// The other one ends when the fix waits for it.
	waited := false
	_, said := n.fix(t, broken{hears: func(line string) {
		if strings.Contains(line, "Waiting for cache lock") && !waited {
			waited = true
			if _, err := n.Exec(t.Context(), "touch /run/lab-slow.end"); err != nil {
				t.Error(err)
			}
		}
	}}, facts, findings)
	if !waited {
		t.Errorf("the fix does not wait:\n%s", said)
	}
	n.on(t, "touch /run/lab-slow.end")
	n.on(t, "dpkg -s unzip >/dev/null\napt-get -q -y purge lab-slow")
	if _, findings := n.look(t, broken{}); n.unmet(findings) != nil {
		t.Errorf("in the end: %v", n.unmet(findings))
	}
}
