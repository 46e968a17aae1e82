//go:build lab

package roles_test

import (
	"fmt"
	"strings"
	"testing"

	"dcosup/inventory"
	"dcosup/roles"
)

func version(v string) func(*roles.Spec) { return func(s *roles.Spec) { s.Version = v } }

// dockerAgain puts the engine back where a row took it away for good.
const dockerAgain = "dnf -y -q install docker-ce docker-ce-cli containerd.io\nsystemctl enable --now docker.service"

// redhatFirst is the node on its first day: what it lacks comes by one script.
func redhatFirst() []broken {
	return []broken{{
		name: "a new node", id: "commands", status: roles.Fail, found: "missing: curl, ipset, unzip, xz", need: "all",
		fixes: []string{"packages", "group-docker", "docker-running", "docker-enabled", "ntp-running", "ntp-synchronised"},
		then: `rpm -q chrony curl docker-ce docker-ce-cli containerd.io ipset unzip xz
[ "$(docker info --format '{{.Driver}}')" = overlay2 ]
chronyc -n tracking | grep '^Leap status *: Normal'
systemctl is-enabled docker.service chronyd.service`,
	}}
}

// redhatRows are what only Red Hat's family can lack, or mends in its own way.
func redhatRows(source string) []broken {
	const vendor = "https://download.docker.com/linux/centos/docker-ce.repo"
	return []broken{
		{
			name: "programs of eight packages", breaks: "rpm -e --nodeps curl gawk ipset iputils kmod tar unzip xz",
			id: "commands", status: roles.Fail, found: "missing: awk, curl, ipset, lsmod, modprobe, ping, tar, unzip, xz", need: "all",
			fixes: []string{"packages"},
			then:  "rpm -q curl gawk ipset iputils kmod tar unzip xz",
		},
		{
			name: "ip and ss", breaks: "rpm -e --nodeps iproute",
			id: "commands", status: roles.Fail, found: "missing: ip", need: "all", fixes: []string{"packages"},
		},
		{
			name: "ifconfig, which only DC/OS 1.12 needs", spec: version("1.12.4"),
			id: "commands", status: roles.Fail, found: "missing: ifconfig", need: "all", fixes: []string{"packages", "group-nogroup"},
			then: "rpm -q net-tools", repair: "groupdel nogroup",
		},
		{
			name: "with yum, as on version 7", breaks: "rm /usr/bin/dnf\nrpm -e --nodeps unzip",
			id: "commands", status: roles.Fail, found: "missing: unzip", need: "all", fixes: []string{"packages"},
			repair: "ln -s dnf-3 /usr/bin/dnf",
		},
		{
			name: "without any package manager", breaks: "mount --bind /dev/null /usr/bin/dnf-3\nrpm -e --nodeps unzip",
			id: "commands", status: roles.Fail, found: "missing: unzip", need: "all",
			hint:   "install them; other distributions have them in packages such as unzip",
			repair: "umount /usr/bin/dnf-3\ndnf -y -q install unzip",
		},
		{
			name: "a repository that is gone", breaks: "mv /srv/lab/baseos /srv/lab/gone\ndnf -q clean all\nrpm -e --nodeps unzip",
			id: "commands", status: roles.Fail, found: "missing: unzip", need: "all", fixes: []string{"packages"}, fails: "attempt 3 failed",
			repair: "mv /srv/lab/gone /srv/lab/baseos\ndnf -y -q install unzip",
		},
		{
			name: "it was removed", breaks: "rpm -e docker-ce docker-ce-cli containerd.io",
			id: "docker-installed", status: roles.Fail, found: "not installed", need: "Docker's own engine",
			fixes: []string{"packages", "docker-running", "docker-enabled"}, then: "docker info",
		},
		{
			name: "no repository has it", breaks: "sed -i s/enabled=1/enabled=0/ /etc/yum.repos.d/docker-ce.repo\nrpm -e docker-ce docker-ce-cli containerd.io",
			id: "docker-installed", status: roles.Fail, found: "not installed", need: "Docker's own engine",
			hint:   "the node's repositories have no Docker; add Docker's own: save " + vendor + " in /etc/yum.repos.d",
			repair: "sed -i s/enabled=0/enabled=1/ /etc/yum.repos.d/docker-ce.repo\n" + dockerAgain,
		},
		{
			name: "Podman's imitation", breaks: "rpm -e docker-ce docker-ce-cli containerd.io\ndnf -y -q install podman-docker",
			id: "docker-installed", status: roles.Fail, found: "Podman's imitation of it (podman-docker)", need: "Docker's own engine",
			hint:   "remove podman-docker: Docker itself is then installed for you",
			repair: "rpm -e podman-docker\n" + dockerAgain,
		},
		{
			name: "firewalld", breaks: "dnf -y -q install firewalld\nsystemctl enable --now firewalld.service",
			id: "firewall", status: roles.Fail, found: "firewalld runs, and starts at boot", need: "none", fixes: []string{"firewall"},
			then: "! systemctl is-active firewalld.service && ! systemctl is-enabled firewalld.service", repair: "rpm -e firewalld",
		},
		{
			name: "a bootstrap node's own", breaks: "dnf -y -q install firewalld", spec: func(s *roles.Spec) { s.Role = inventory.RoleBootstrap },
			id: "firewall", status: roles.Warn, found: "firewalld starts at boot", need: "none",
			hint:   "a bootstrap node may keep it, if it lets the cluster reach the port that serves the install files",
			repair: "rpm -e firewalld",
		},
		{
			name: "it runs", breaks: "dnf -y -q install dnsmasq\nsystemctl enable --now dnsmasq.service\necho nameserver 192.0.2.53 >>/etc/resolv.conf",
			id: "dnsmasq", status: roles.Fail, found: "runs, and starts at boot", need: "stopped, not started at boot", fixes: []string{"dnsmasq"},
			repair: "sed '$d' /etc/resolv.conf >/run/resolv.conf\ncat /run/resolv.conf >/etc/resolv.conf",
		},
		{
			name: "it is the only name server", breaks: "systemctl enable --now dnsmasq.service",
			id: "dnsmasq", status: roles.Fail, found: "runs, and starts at boot", need: "stopped, not started at boot",
			fixes: []string{"dnsmasq"}, fails: "dnsmasq is the only name server in /etc/resolv.conf: put another one there first",
			repair: "systemctl disable --now dnsmasq.service\nrpm -e dnsmasq",
		},
		{
			name: "no nogroup, which DC/OS before 2.0 wants", spec: version("1.13.4"),
			id: "group-nogroup", status: roles.Fail, found: "missing", need: "there", fixes: []string{"group-nogroup"}, repair: "groupdel nogroup",
		},
		{
			name: "a kernel came since it booted", breaks: "dnf -y -q install yum-utils kernel", repair: "dnf -y -q remove kernel yum-utils",
			id: roles.IDRebootPending, status: roles.Warn, found: "due since upgrades of kernel", need: "none is due", hint: "systemctl reboot",
		},
		{
			name: "dnf-automatic", breaks: "printf '[Timer]\\nOnCalendar=yearly\\n[Install]\\nWantedBy=timers.target\\n' >/etc/systemd/system/dnf-automatic.timer\n" +
				"printf '[Service]\\nExecStart=true\\n' >/etc/systemd/system/dnf-automatic.service\nsystemctl enable --now dnf-automatic.timer",
			id: "auto-updates", status: roles.Warn, found: "dnf-automatic.timer", need: "nothing",
			hint:   "systemctl disable --now dnf-automatic.timer, and upgrade node by node",
			repair: "systemctl disable --now dnf-automatic.timer\nrm /etc/systemd/system/dnf-automatic.*\nsystemctl daemon-reload",
		},
		{
			name: "another language", breaks: "echo LANG=C >/etc/locale.conf",
			id: "locale", status: roles.Warn, found: "C", need: "such as en_US.UTF-8",
			hint:   "localectl set-locale LANG=en_US.UTF-8 (or C.UTF-8, where that is not installed)",
			repair: "echo LANG=C.UTF-8 >/etc/locale.conf",
		},
		{
			name: "chrony was removed", breaks: "rpm -e chrony",
			id: "ntp-installed", status: roles.Fail, found: "none", need: "chrony, ntp or systemd-timesyncd",
			fixes: []string{"packages", "ntp-running", "ntp-synchronised"},
		},
		{
			name: "chronyd is off", breaks: "systemctl disable --now chronyd.service",
			id: "ntp-running", status: roles.Fail, found: "chronyd stopped", need: "runs, and starts at boot", fixes: []string{"ntp-running", "ntp-synchronised"},
		},
		{
			name: "chronyd has no source, and is given one", breaks: "mv /etc/chrony/sources.d/lab.sources /root/\nsystemctl restart chronyd.service",
			spec: func(s *roles.Spec) { s.Fixes.Time.Servers = []string{source} },
			id:   "ntp-synchronised", status: roles.Warn, found: "not synchronised", need: "synchronised", fixes: []string{"ntp-synchronised"},
			then:   "grep -qx 'server " + source + " iburst' /etc/chrony.conf",
			repair: "sed -i '/^server /d' /etc/chrony.conf\nmv /root/lab.sources /etc/chrony/sources.d/\nsystemctl restart chronyd.service\nchronyc -n waitsync 30 0 0 1",
		},
	}
}

// locks are waited for: those of another dnf, and of another rpm.
func (n node) locks(t *testing.T) {
	for _, other := range []struct{ name, command string }{
		{"dnf installs", "dnf -y install lab-slow"},
		{"rpm installs", "rpm -i /srv/lab/baseos/lab-slow.rpm"},
	} {
		t.Run(other.name, func(t *testing.T) {
			n.on(t, `rm -f /run/lab-slow.end
rpm -e --nodeps unzip
systemd-run --quiet --unit=lab-slow `+other.command+`
until [ -e /run/lab-slow.began ]; do sleep 0.1; done`)
			facts, findings := n.look(t, broken{id: "package-lock"})
			if got := pick(t, findings, "package-lock"); got.Status != roles.Warn || got.Found != "a package manager holds its lock" {
				t.Errorf("the lock: %s, found %s", got.Status, got.Found)
			}
			// The other one ends when the fix waits for it.
			const waits = "another program changes rpm's database: waiting for it"
			_, said := n.fix(t, broken{hears: func(line string) {
				if line == waits {
					if _, err := n.Exec(t.Context(), "touch /run/lab-slow.end"); err != nil {
						t.Error(err)
					}
				}
			}}, facts, findings)
			if !strings.Contains(said, waits) {
				t.Errorf("the fix does not say %q:\n%s", waits, said)
			}
			n.on(t, "touch /run/lab-slow.end")
			n.on(t, "rpm -q unzip\nrpm -e lab-slow\nrm /run/lab-slow.began")
			if _, findings := n.look(t, broken{}); n.unmet(findings) != nil {
				t.Errorf("in the end: %v", n.unmet(findings))
			}
		})
	}
}

// flatcarFirst is the node on its first day.
func flatcarFirst() []broken {
	return []broken{{
		name: "a new node", breaks: "until [ -e /run/systemd/timesync/synchronized ]; do sleep 0.2; done", id: "resolved-stub", status: roles.Fail, found: "its stub listens on port 53", need: "no stub",
		fixes:  []string{"resolved-stub", "docker-running", "docker-enabled"},
		then:   "[ \"$(readlink /etc/resolv.conf)\" = /run/systemd/resolve/resolv.conf ]\ngetent hosts bootstrap\ndocker info\nsystemctl is-enabled docker.service",
		repair: "systemctl disable --now update-engine.service locksmithd.service",
	}}
}

// flatcarRows are what is another matter where nothing can be installed.
func flatcarRows() []broken {
	hide := func(path string) string { return "mount --bind /dev/null " + path }
	return []broken{
		{
			name: "an image that is not complete", breaks: hide("/usr/bin/unzip") + "\n" + hide("/usr/sbin/ipset"), repair: "umount /usr/bin/unzip /usr/sbin/ipset",
			id: "commands", status: roles.Fail, found: "missing: ipset, unzip", need: "all",
			hint: "Flatcar has no package manager and brings them along: update it, or use an image that is complete",
		},
		{
			name: "an image without it", breaks: hide("/usr/bin/docker"), repair: "umount /usr/bin/docker",
			id: "docker-installed", status: roles.Fail, found: "not installed", need: "Docker's own engine",
			hint: "Flatcar brings Docker along: is this image complete?",
		},
		{
			name: "upgrades at night", breaks: "systemctl enable --now update-engine.service locksmithd.service",
			id: "auto-updates", status: roles.Warn, found: "update-engine, locksmithd", need: "nothing",
			hint:   "systemctl mask --now update-engine.service locksmithd.service, and upgrade node by node",
			repair: "systemctl mask --now update-engine.service locksmithd.service\nsystemctl unmask update-engine.service locksmithd.service\nsystemctl disable update-engine.service locksmithd.service",
		},
		{
			name: "the stub is back", breaks: "rm /etc/systemd/resolved.conf.d/dcosup.conf\nsystemctl restart systemd-resolved.service",
			id: "resolved-stub", status: roles.Fail, found: "its stub listens on port 53", need: "no stub", fixes: []string{"resolved-stub"},
		},
		{
			name: "systemd-timesyncd is masked", breaks: "systemctl mask --now systemd-timesyncd.service", repair: "systemctl unmask systemd-timesyncd.service\nsystemctl start systemd-timesyncd.service",
			id: "ntp-installed", status: roles.Fail, found: "none", need: "chrony, ntp or systemd-timesyncd",
			hint: "Flatcar brings one along: systemctl unmask systemd-timesyncd.service",
		},
		{
			name: "systemd-timesyncd is off", breaks: "systemctl disable --now systemd-timesyncd.service",
			id: "ntp-running", status: roles.Fail, found: "systemd-timesyncd stopped", need: "runs, and starts at boot",
			fixes: []string{"ntp-running", "ntp-synchronised"},
		},
		{
			name: "systemd-timesyncd had no answer", id: "ntp-synchronised",
			breaks: "cd /run/systemd/timesyncd.conf.d\ncp lab.conf /run/right\nsed -i s/^NTP=.*/NTP=192.0.2.1/ lab.conf\n" +
				"systemctl restart systemd-timesyncd.service\ncat /run/right >lab.conf",
			status: roles.Warn, found: "not synchronised", need: "synchronised", fixes: []string{"ntp-synchronised"},
		},
	}
}

// anywhere are rows that every family has, and mends in the same way.
func anywhere(n node) []broken {
	sort, sortAway := instead("sort", "[ \"$1\" != -V ] && exec /run/lab/sort.own \"$@\"")
	const daemon = "systemctl reset-failed docker.service\nsystemctl restart docker.service"
	return []broken{
		{
			name: "libraries were upgraded", breaks: "touch /run/reboot-required", repair: "rm /run/reboot-required",
			id: roles.IDRebootPending, status: roles.Warn, found: "the distribution says that one is due", need: "none is due", hint: "systemctl reboot",
		},
		{
			name: "it does not run", breaks: "systemctl stop docker.socket docker.service",
			id: "docker-running", status: roles.Fail, found: "installed, but does not answer", need: "running", fixes: []string{"docker-running"},
		},
		{
			name: "it would not come back", breaks: "systemctl disable docker.service",
			id: "docker-enabled", status: roles.Fail, found: "not enabled", need: "enabled", fixes: []string{"docker-enabled"},
		},
		{
			name: "more is wanted than there is", spec: func(s *roles.Spec) {
				s.Policy.Limits = roles.Limits{Docker: "99.1", Kernel: "99", Systemd: 9999, CPUs: 9999, Memory: 1 << 60, MemoryFloor: 1 << 59, Disk: 1 << 60}
			},
			id: "docker-version", status: roles.Fail, found: "20.10.24+dfsg1", need: "99.1 or newer", hint: "upgrade Docker",
			also: map[string]string{"kernel": "", "systemd": "", "cpus": "", "memory": "", "disk-root": ""},
		},
		{
			name: "a sort that is not GNU's", breaks: sort, repair: sortAway,
			id: "sort-versions", status: roles.Warn, found: "it does not", need: "sort -V", hint: "install the sort of GNU coreutils",
		},
		{
			name: "without sudo", user: true,
			id: "root", status: roles.Fail, found: "user id 1000", need: "user id 0", hint: "let the user become root by sudo",
		},
		{
			name: "another driver, and a setting that stays", breaks: "mkdir -p /etc/docker\necho '{\"storage-driver\": \"vfs\", \"log-level\": \"warn\"}' >/etc/docker/daemon.json\n" + daemon,
			id: "docker-storage", status: roles.Fail, found: "vfs", need: "overlay2", fixes: []string{"docker-storage"},
			then: "grep -q '\"log-level\": \"warn\"' /etc/docker/daemon.json", repair: "rm /etc/docker/daemon.json\n" + daemon,
		},
		{
			name: "live-restore, in memory", repair: "rm /etc/docker/daemon.json\n" + daemon + "\nrm -rf /run/lab/docker",
			breaks: "mkdir -p /etc/docker\necho '{\"live-restore\": true, \"data-root\": \"/run/lab/docker\"}' >/etc/docker/daemon.json\n" + daemon,
			id:     "docker-live-restore", status: roles.Warn, found: "on", need: "off", also: map[string]string{"docker-backing-fs": "tmpfs"},
			hint: "take live-restore out of /etc/docker/daemon.json and restart Docker",
		},
		{
			name: "another in the PATH", breaks: otherDocker("90"), repair: otherDockerAway,
			imitates: "a copy of the docker command calls itself another version: the nodes' packages have one Docker",
			id:       "docker-client", status: roles.Warn, found: "command 90.10.24+dfsg1, daemon 20.10.24+dfsg1", need: "the same",
			hint: "remove the one that DC/OS shall not use",
		},
		{
			name: "no group docker", breaks: "groupdel docker",
			id: "group-docker", status: roles.Fail, found: "missing", need: "there", fixes: []string{"group-docker"},
		},
		{
			name: "enforcing after a reboot", breaks: "mkdir -p /etc/selinux\nprintf 'SELINUX=enforcing\\nSELINUXTYPE=targeted\\n' >/etc/selinux/config",
			id: "selinux", status: roles.Fail, found: "disabled, after a reboot enforcing", need: "permissive or weaker", fixes: []string{"selinux"},
			then: "grep -qx SELINUX=permissive /etc/selinux/config",
		},
		{
			name: "/tmp without programs", breaks: "mount -o remount,noexec /tmp", repair: "mount -o remount,exec /tmp",
			id: "tmp-exec", status: roles.Fail, found: "/tmp is mounted noexec", need: "no noexec",
			hint: "take noexec out of the mount options of /tmp (in /etc/fstab or tmp.mount), then `mount -o remount,exec /tmp`",
		},
		{
			name: "/opt and /var are other filesystems", repair: "umount /opt\numount -l /var",
			breaks: "mount -t tmpfs -o size=100000k,nr_inodes=1000,noexec,ro tmpfs /opt\nmount -t tmpfs -o size=100000k tmpfs /var\nln -s /run /var/run",
			id:     "writable", status: roles.Fail, found: "/opt read-only", need: "writable",
			hint: "mount them read-write; a disk that turned read-only by itself is damaged: see dmesg",
			also: map[string]string{"dcos-exec": "/opt mounted noexec", "disk-opt": "0.1 GB", "disk-var": "0.1 GB", "inodes": "999 free in /opt"},
		},
		{
			name: "a link to nowhere", breaks: "ln -s /nowhere /opt/mesosphere", repair: "rm /opt/mesosphere",
			id: "opt-mesosphere", status: roles.Fail, found: "a link to nowhere", need: "absent, an empty directory, or a link to one",
			hint: "make the directory that it points to, or remove the link",
		},
		{
			name: "traces of another", breaks: "mkdir -p /opt/mesosphere/bin", repair: "rm -r /opt/mesosphere",
			id: "no-earlier-dcos", status: roles.Fail, found: "unfinished: /opt/mesosphere", need: "none",
			hint: "`dcosup reset` removes it; what it holds on this node is then lost",
		},
		{
			name: "a port is taken", breaks: "systemd-run --quiet --unit=lab-port systemd-socket-activate -l 5051 cat\nuntil grep -q :13BB /proc/net/tcp*; do sleep 0.1; done",
			id: "ports", status: roles.Fail, found: "5051/tcp (for mesos-agent) is held by systemd-socket- (process N)", need: "10 ports free",
			hint: "stop what holds them, or use another machine: the ports of DC/OS cannot be moved", repair: "systemctl stop lab-port.service",
		},
		{
			name: "IPv6 is off", breaks: "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6",
			id: "ipv6", status: roles.Fail, found: "off", need: "on", fixes: []string{"ipv6"}, then: "[ \"$(cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6)\" = 0 ]",
		},
		{
			name: "a name that nobody knows", breaks: "cp /etc/hosts /root/hosts\nhostname nobodys-own", repair: "hostname " + n.Name() + "\ncat /root/hosts >/etc/hosts",
			id: "hostname", status: roles.Warn, found: "nobodys-own is not known", need: "an address of the node", fixes: []string{"hostname"},
			then: fmt.Sprintf("[ \"$(getent hosts nobodys-own | cut -d' ' -f1)\" = %s ]", n.Address()),
		},
		{
			name: "a name that is another's", breaks: "cp /etc/hosts /root/hosts\n(echo 192.0.2.7 nobodys-own; cat /root/hosts) >/etc/hosts\nhostname nobodys-own",
			repair: "hostname " + n.Name() + "\ncat /root/hosts >/etc/hosts",
			id:     "hostname", status: roles.Warn, found: "nobodys-own is 192.0.2.7, which is another machine", need: "an address of the node",
			hint: "give the node the address of its name, or another name (hostnamectl set-hostname), or correct /etc/hosts or the DNS",
		},
		{
			name: "a name server that is silent", questions: []string{"127.0.0.11", "192.0.2.53"},
			id: "resolvers", status: roles.Warn, found: "no answer from 192.0.2.53; 127.0.0.11 (NXDOMAIN) answer", need: "an answer of each",
			hint: "name servers that this node reaches in dcos.config.resolvers (by default they are those of Google), and let UDP port 53 through",
		},
		{
			name: "a master's address on lease", spec: func(s *roles.Spec) { s.Role = inventory.RoleMaster },
			breaks: leased(n, "3600"), repair: leased(n, "forever"),
			id: "address-stable", status: roles.Warn, found: n.Address().String() + ", from DHCP", need: "an address that stays",
			hint: "reserve it in the DHCP server, or set it on the node",
		},
	}
}

// leased gives the node's address a lifetime.
func leased(n node, lifetime string) string {
	return fmt.Sprintf("ip addr change %s/24 dev eth0 valid_lft %s preferred_lft %[2]s", n.Address(), lifetime)
}
