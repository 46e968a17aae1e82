package roles

import (
	"encoding/json"
	"fmt"
	"strings"
)

// dockerRequirements concern the container engine. Those that only a running
// engine can answer are warnings until it runs.
func dockerRequirements() []Requirement {
	return []Requirement{
		{
			ID: "overlay", Title: "The kernel has the overlay filesystem", Severity: Fail,
			Why:   "Docker's storage driver overlay2 is made of it.",
			Probe: "/proc/filesystems",
			satisfied: func(f Facts, _ Spec) Verdict {
				if f.Overlay {
					return Verdict{OK: true, Found: "there", Need: "there"}
				}
				return Verdict{Found: "not loaded", Need: "there", Fixable: true}
			},
			fix: "overlay", fixText: "load the module overlay, now and at every boot",
		},
		{
			ID: "docker-installed", Title: "Docker is installed", Severity: Fail,
			Why:       "The bootstrap node generates the install files in a container, and DC/OS runs containers with it.",
			Probe:     "looking in the PATH of root; the package manager for Podman",
			satisfied: judgeDockerInstalled,
			fix:       FixPackages, fixText: "install Docker's engine",
		},
		{
			ID: "docker-running", Title: "Docker is running", Severity: Fail,
			Why:   "DC/OS's installer asks it questions and stops if there is no answer.",
			Probe: "`docker info`",
			satisfied: func(f Facts, _ Spec) Verdict {
				if f.Docker.Running {
					return Verdict{OK: true, Found: "version " + f.Docker.Version, Need: "running"}
				}
				return Verdict{Found: dockerAbsence(f), Need: "running", Fixable: dockerComes(f),
					Hint: "install Docker first"}
			},
			fix: "docker-running", fixText: "start Docker",
		},
		{
			ID: "docker-enabled", Title: "Docker starts at boot", Severity: Fail,
			Why:   "After a reboot the node would come back without its containers.",
			Probe: "`systemctl show`",
			satisfied: func(f Facts, _ Spec) Verdict {
				if f.Docker.Enabled {
					return Verdict{OK: true, Found: "enabled", Need: "enabled"}
				}
				return Verdict{Found: "not enabled", Need: "enabled", Fixable: dockerComes(f),
					Hint: "install Docker first"}
			},
			fix: "docker-enabled", fixText: "let Docker start at boot",
		},
		{
			ID: "docker-version", Title: "Docker's version is one that DC/OS works with", Severity: Fail,
			Why:       "DC/OS's installer refuses versions before 1.6.",
			Probe:     "`docker info`",
			satisfied: judgeDockerVersion,
		},
		{
			ID: "docker-storage", Title: "Docker's storage driver is overlay2", Severity: Fail,
			Why:       "DC/OS's installer refuses devicemapper on loop devices; vfs copies every layer of every image and fills the disk.",
			Probe:     "`docker info`",
			satisfied: judgeDockerStorage,
			fix:       "docker-storage", fixText: "set the storage driver overlay2 in /etc/docker/daemon.json, beside what is there, and restart Docker",
		},
		{
			ID: "docker-live-restore", Title: "Docker's live-restore is off", Severity: Warn, Roles: clusterRoles,
			Why:   "With it containers outlive the daemon, and Mesos loses sight of them.",
			Probe: "`docker info`",
			satisfied: func(f Facts, _ Spec) Verdict {
				if !f.Docker.LiveRestore {
					return Verdict{OK: true, Found: "off", Need: "off"}
				}
				return Verdict{Found: "on", Need: "off",
					Hint: "take live-restore out of /etc/docker/daemon.json and restart Docker"}
			},
		},
	}
}

// dockerComes says that an engine is there, or will be after the fixes.
func dockerComes(f Facts) bool {
	return f.Docker.Installed || !f.Docker.Podman && dockerPackages(f) != nil
}

func dockerAbsence(f Facts) string {
	if f.Docker.Installed {
		return "installed, but does not answer"
	}
	return "not installed"
}

func judgeDockerInstalled(f Facts, _ Spec) Verdict {
	v := Verdict{OK: f.Docker.Installed, Found: orNone(f.Docker.Package, "installed, by no known package"), Need: "Docker's own engine"}
	if v.OK {
		return v
	}
	v.Found, v.Fixable = "not installed", dockerPackages(f) != nil
	if f.Docker.Podman {
		v.Found, v.Fixable = "Podman's imitation of it (podman-docker)", false
	}
	v.Hint = dockerHint(f)
	return v
}

// dockerHint says how a person gets an engine where a fix cannot.
func dockerHint(f Facts) string {
	const vendor = "https://download.docker.com/linux/centos/docker-ce.repo"
	switch {
	case f.Docker.Podman && dockerPackages(f) != nil:
		return "remove podman-docker: Docker itself is then installed for you"
	case f.Docker.Podman && f.OS.Family == FamilyRedHat:
		return "remove podman-docker, then add Docker's repository: dnf config-manager --add-repo " + vendor
	case f.Docker.Podman:
		return "remove podman-docker"
	case f.OS.Family == FamilyRedHat && f.OS.ID == "rhel" && major(f.OS.Version) == 7:
		return "enable the repository rhel-7-server-extras-rpms, which has Docker 1.13"
	case f.OS.Family == FamilyRedHat && canInstall(f):
		return "the node's repositories have no Docker; add Docker's own: save " + vendor + " in /etc/yum.repos.d"
	case f.OS.Family == FamilyFlatcar:
		return "Flatcar brings Docker along: is this image complete?"
	}
	return "install Docker with the distribution's package manager"
}

func judgeDockerVersion(f Facts, s Spec) Verdict {
	l, version := s.limits(), f.Docker.Version
	need := l.Docker + " or newer" + ifText(l.DockerBefore != "", ", before "+l.DockerBefore)
	switch {
	case !f.Docker.Running:
		return notKnownYet(need)
	case older(version, l.Docker):
		return Verdict{Found: version, Need: need, Hint: "upgrade Docker"}
	case f.Docker.Client != "" && older(f.Docker.Client, l.Docker):
		return Verdict{Found: "command " + f.Docker.Client, Need: need, Hint: "upgrade Docker's command, or remove the one that DC/OS shall not use"}
	case l.DockerBefore != "" && !older(version, l.DockerBefore):
		return Verdict{Found: version, Need: need, Hint: "install an older Docker; its data may have to be removed first"}
	}
	return Verdict{OK: true, Found: version, Need: need}
}

func notKnownYet(need string) Verdict {
	return Verdict{Unknown: true, Found: "not known until Docker runs", Need: need,
		Hint: "it is asked again once Docker runs"}
}

func judgeDockerStorage(f Facts, _ Spec) Verdict {
	const need = "overlay2"
	d := f.Docker
	if !d.Running {
		return notKnownYet(need)
	}
	v := Verdict{Found: d.Driver, Need: need}
	switch d.Driver {
	case "overlay2", "overlay", "overlayfs": // the last is containerd's name for it
		v.OK = d.SupportsType != "false"
		v.Found = d.Driver + ifText(d.BackingFS != "", " on "+d.BackingFS)
		if !v.OK {
			v.Found += " without d_type"
			v.Hint = "the filesystem was made without ftype=1: files vanish from images. Make it anew: mkfs.xfs -n ftype=1"
		}
		return v
	case "devicemapper":
		v.Mild = !strings.HasPrefix(d.DataFile, "/dev/loop") && !strings.HasPrefix(d.DataFile, "/var/lib/docker/")
		v.Found += ifText(!v.Mild, " on a loop device")
	case "vfs":
	default:
		v.Mild = true
	}
	if v.Mild { // it works, and somebody chose it
		v.Hint = "it works; overlay2 is what DC/OS is tested with"
		return v
	}
	v.Fixable, v.Hint = canChangeStorage(f)
	return v
}

// canChangeStorage says whether the driver can be changed without loss, and
// otherwise why not.
func canChangeStorage(f Facts) (bool, string) {
	root := or(f.Docker.Root, "/var/lib/docker")
	disk, _ := f.Disk("/var/lib/docker")
	_, err := daemonConfig(f.Docker.Config)
	switch {
	case f.Docker.Images+f.Docker.Containers > 0:
		return false, fmt.Sprintf("a new driver hides what Docker has (%d images, %d containers): remove them, "+
			`then set "storage-driver": "overlay2" in /etc/docker/daemon.json and restart Docker`, f.Docker.Images, f.Docker.Containers)
	case strings.Contains(disk.FSType, "overlay"):
		return false, root + " is itself on an overlay filesystem, which overlay2 cannot use: give it a filesystem or volume of its own"
	case err != nil:
		return false, "correct /etc/docker/daemon.json, which is no JSON object: " + err.Error()
	}
	return true, ""
}

// daemonConfig returns the daemon.json with overlay2 as its driver, and all else
// as it was.
func daemonConfig(now string) (string, error) {
	config := map[string]json.RawMessage{}
	if strings.TrimSpace(now) != "" {
		if err := json.Unmarshal([]byte(now), &config); err != nil {
			return "", fmt.Errorf("read daemon.json: %w", err)
		}
	}
	if config == nil { // the file said null
		config = map[string]json.RawMessage{}
	}
	config["storage-driver"] = json.RawMessage(`"overlay2"`)
	delete(config, "storage-opts") // options of the other driver keep the daemon from starting
	merged, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write daemon.json: %w", err)
	}
	return string(merged) + "\n", nil
}

func ifText(condition bool, text string) string {
	if condition {
		return text
	}
	return ""
}
