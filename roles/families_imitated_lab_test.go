//go:build lab

package roles_test

import (
	"fmt"

	"dcosup/roles"
)

// instead puts a script in the place of a program, whose own text it finds as
// /run/lab/NAME.own. away takes it away.
func instead(program, script string) (put, away string) {
	put = fmt.Sprintf(`mkdir -p /run/lab
at=$(readlink -f "$(command -v %[1]s)")
cp -p "$at" /run/lab/%[1]s.own
cat >/run/lab/%[1]s <<'END'
#!/bin/sh
%[2]s
END
chmod 755 /run/lab/%[1]s
mount --bind /run/lab/%[1]s "$at"
`, program, script)
	return put, fmt.Sprintf("umount \"$(readlink -f \"$(command -v %s)\")\"\n", program)
}

// otherDocker puts a Docker of another version in the place of the node's own:
// the same program, which calls itself so.
func otherDocker(major string) string {
	return fmt.Sprintf(`mkdir -p /run/lab
sed 's/20\.10\.24+/%s.10.24+/g' /usr/bin/docker >/run/lab/docker
chmod 755 /run/lab/docker
mount --bind /run/lab/docker /usr/bin/docker`, major)
}

const otherDockerAway = "umount /usr/bin/docker"

// imitated are rows of what a container on this machine cannot have of its own.
// The probe asks the node as ever; what answers is an imitation, and is told so.
func imitated() []broken {
	uname, unameAway := instead("uname", "exec setarch i686 /run/lab/uname.own \"$@\"")
	modprobe, modprobeAway := instead("modprobe", "umount /proc/filesystems")
	rootless, rootlessAway := instead("docker", "/run/lab/docker.own \"$@\" | sed 's/Cgroup Driver: .*/Cgroup Driver: none/'")
	const noKernel = "nodes share the machine's kernel, and cannot load modules: "
	return []broken{
		{
			name: "a processor of 32 bits", breaks: uname, repair: unameAway,
			imitates: "the kernel is asked as it answers programs for 32 bits: nodes share the machine's processor",
			id:       "arch", status: roles.Fail, found: "i686", need: "x86_64", hint: "use a machine with an x86_64 processor",
		},
		{
			name: "no overlay", breaks: "grep -vw overlay /proc/filesystems >/run/filesystems\nmount --bind /run/filesystems /proc/filesystems\n" + modprobe,
			imitates: noKernel + "a file lies over /proc/filesystems, and goes when modprobe is called",
			id:       "overlay", status: roles.Fail, found: "not loaded", need: "there", fixes: []string{"overlay"},
			then: "grep -qx overlay /etc/modules-load.d/dcosup-overlay.conf", repair: modprobeAway,
		},
		{
			name: "swap, and no RAID", imitates: noKernel + "files lie over /proc/swaps and /sys/module",
			breaks: "printf 'Filename Type Size Used Priority\\n/dev/sdb2 partition 1048572 0 -2\\n' >/run/swaps\nmount --bind /run/swaps /proc/swaps\nmount -t tmpfs tmpfs /sys/module",
			id:     "swap", status: roles.Warn, found: "/dev/sdb2", need: "none", hint: "swapoff -a, and take swap out of /etc/fstab",
			also: map[string]string{"raid-modules": "none"},
			met:  "head -n 1 /proc/swaps >/run/none\ncat /run/none >/run/swaps\nmkdir /sys/module/raid1 /sys/module/dm_raid", repair: "umount /proc/swaps /sys/module",
		},
		{
			name: "control groups of version 2", imitates: "the kernel's own control groups of one version lie over those of the other",
			breaks: "[ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t cgroup2 none /sys/fs/cgroup",
			id:     "cgroups", status: roles.Warn, found: "version 2", need: "version 1", hint: "boot the kernel with systemd.unified_cgroup_hierarchy=0",
			met:    "umount /sys/fs/cgroup\n[ -d /sys/fs/cgroup/memory ] || { mount -t tmpfs tmpfs /sys/fs/cgroup; mkdir /sys/fs/cgroup/memory; }",
			repair: "if [ ! -d /sys/fs/cgroup/systemd ]; then umount /sys/fs/cgroup; fi",
		},
		{
			name: "without root", breaks: rootless, repair: rootlessAway, imitates: "the docker command tells another driver: a Docker without root is another installation",
			id: "docker-cgroup-driver", status: roles.Warn, found: "none", need: "cgroupfs or systemd", hint: "let Docker run as root",
		},
	}
}

// imitatedVersion7 is a node of version 7 of Red Hat's family with what leaks there.
func imitatedVersion7() []broken {
	uname, unameAway := instead("uname", "/run/lab/uname.own \"$@\" | sed \"s/$(/run/lab/uname.own -r)/3.10.0-957.el7.x86_64/\"")
	docker, dockerAway := instead("docker", "/run/lab/docker.own \"$@\" | sed 's/20\\.10\\.24+dfsg1/18.06.3-ce/'")
	const containerd = `mkdir -p /run/lab/rpm
printf 'Name: containerd.io\nVersion: 1.2.10\nRelease: 3.2.el7\nSummary: for tests\nLicense: none\n%%description\nFor tests.\n%%files\n' >/run/lab/rpm/containerd.spec
rpmbuild --quiet -bb --define '_topdir /run/lab/rpm' --define '_rpmdir /run/lab/rpm' --define '_build_name_fmt %{NAME}.rpm' /run/lab/rpm/containerd.spec
rpm -U --justdb --noscripts --nodeps --oldpackage /run/lab/rpm/containerd.io.rpm
`
	return []broken{{
		name: "version 7, with what leaks there", imitates: "uname, docker and os-release tell of version 7, whose kernel the lab's nodes do not have",
		breaks: uname + docker + containerd + "sed 's/^VERSION_ID=.*/VERSION_ID=\"7\"/' /etc/os-release >/run/lab/os-release\nmount --bind /run/lab/os-release \"$(readlink -f /etc/os-release)\"",
		id:     "docker-kmem", status: roles.Warn, found: "18.06.3-ce, kernel 3.10.0-957.el7.x86_64", need: "not 17.06 to 18.09.0, on 3.10 kernels",
		hint: "install Docker 18.09.1 or newer", also: map[string]string{"containerd-version": "1.2.10-3.2.el7"},
		repair: unameAway + dockerAway + "umount \"$(readlink -f /etc/os-release)\"\n" +
			"rpm -e --justdb --noscripts --nodeps containerd.io\nrpm -U --justdb --noscripts --nodeps /srv/lab/docker-ce/containerd.io.rpm",
	}}
}
