package roles

import (
	"slices"
	"strconv"
	"strings"

	"dcosup/inventory"
)

// command is a program that DC/OS or its installer calls, and the package that
// has it.
type command struct {
	name           string
	debian, redhat string
	bootstrap      bool   // a bootstrap node needs it too
	only           string // minor version of DC/OS that alone needs it
}

var neededCommands = []command{
	{name: "awk", debian: "gawk", redhat: "gawk"},
	{name: "bash", debian: "bash", redhat: "bash", bootstrap: true},
	{name: "curl", debian: "curl", redhat: "curl", bootstrap: true},
	{name: "df", debian: "coreutils", redhat: "coreutils"},
	{name: "getent", debian: "libc-bin", redhat: "glibc-common"},
	{name: "getopt", debian: "util-linux", redhat: "util-linux"},
	{name: "groupadd", debian: "passwd", redhat: "shadow-utils"},
	{name: "ifconfig", debian: "net-tools", redhat: "net-tools", only: "1.12"},
	{name: "ip", debian: "iproute2", redhat: "iproute"},
	{name: "ipset", debian: "ipset", redhat: "ipset"},
	{name: "lsmod", debian: "kmod", redhat: "kmod"},
	{name: "modprobe", debian: "kmod", redhat: "kmod"},
	{name: "ping", debian: "iputils-ping", redhat: "iputils"},
	{name: "sed", debian: "sed", redhat: "sed", bootstrap: true},
	{name: "sha256sum", debian: "coreutils", redhat: "coreutils", bootstrap: true},
	{name: "sort", debian: "coreutils", redhat: "coreutils"},
	{name: "systemd-notify", debian: "systemd", redhat: "systemd"},
	{name: "tar", debian: "tar", redhat: "tar", bootstrap: true},
	{name: "unzip", debian: "unzip", redhat: "unzip"},
	{name: "xz", debian: "xz-utils", redhat: "xz", bootstrap: true},
}

func (c command) wanted(s Spec) bool {
	if c.only != "" && !strings.HasPrefix(s.Version+".", c.only+".") {
		return false
	}
	return c.bootstrap || s.Role != inventory.RoleBootstrap
}

func (c command) packageOf(family Family) string {
	if family == FamilyRedHat {
		return c.redhat
	}
	return c.debian
}

// missingCommands are those that the role needs and the node lacks.
func missingCommands(f Facts, s Spec) []command {
	var missing []command
	for _, c := range neededCommands {
		if c.wanted(s) && !f.Commands[c.name] {
			missing = append(missing, c)
		}
	}
	return missing
}

// canInstall says whether fixes know the node's package manager.
func canInstall(f Facts) bool {
	switch f.OS.Family {
	case FamilyDebian:
		return f.OS.Manager == "apt-get"
	case FamilyRedHat:
		return f.OS.Manager == "dnf" || f.OS.Manager == "yum"
	}
	return false
}

// dockerPackages are what to install for a Docker engine from the node's own
// repositories, nil when they are not known to have one. The first has the daemon.
func dockerPackages(f Facts) []string {
	vendor := vendorPackages
	switch {
	case !canInstall(f):
		return nil
	case f.OS.Family == FamilyDebian && slices.Contains(f.Docker.Repos, "download.docker.com"):
		return vendor
	case f.OS.Family == FamilyDebian && f.OS.ID == "debian" && major(f.OS.Version) >= 13:
		// From Debian 13 on docker.io only recommends its own client.
		return []string{"docker.io", "docker-cli"}
	case f.OS.Family == FamilyDebian:
		return []string{"docker.io"}
	case slices.ContainsFunc(f.Docker.Repos, func(id string) bool { return strings.HasPrefix(id, "docker-ce") }):
		return vendor
	case f.OS.ID == "fedora":
		return []string{"moby-engine"}
	case f.OS.ID == "amzn" && major(f.OS.Version) >= 2023:
		return []string{"docker"}
	case major(f.OS.Version) == 7 && len(f.Docker.Repos) > 0:
		return []string{"docker"} // of the extras; version 8 has no Docker, only Podman's imitation
	}
	return nil
}

// vendorPackages are Docker's own.
var vendorPackages = []string{"docker-ce", "docker-ce-cli", "containerd.io"}

func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(first)
	return n
}

// packagesFor joins the packages of all findings that ask for some, sorted.
func packagesFor(findings []Finding, f Facts, s Spec) []string {
	var names []string
	for _, finding := range findings {
		switch finding.ID {
		case "commands":
			for _, c := range missingCommands(f, s) {
				names = append(names, c.packageOf(f.OS.Family))
			}
		case "docker-installed":
			if finding.FixID == FixPackages {
				names = append(names, dockerPackages(f)...)
			}
		case "ntp-installed":
			names = append(names, "chrony")
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
