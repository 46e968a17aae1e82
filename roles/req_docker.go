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
				if f.Reboot.outdated() {
					return Verdict{Found: "not loaded, and the running kernel's modules are gone", Need: "there", Reboot: true, Hint: rebootHint(f)}
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
			satisfied: func(f Facts, s Spec) Verdict {
				if f.Docker.Running {
					return Verdict{OK: true, Found: "version " + f.Docker.Version, Need: "running"}
				}
				return Verdict{Found: dockerAbsence(f), Need: "running", Fixable: dockerComes(f, s),
					Hint: "install Docker first"}
			},
			fix: "docker-running", fixText: "start Docker",
		},
		{
			ID: "docker-enabled", Title: "Docker starts at boot", Severity: Fail,
			Why:   "After a reboot the node would come back without its containers.",
			Probe: "`systemctl show`",
			satisfied: func(f Facts, s Spec) Verdict {
				if f.Docker.Enabled {
					return Verdict{OK: true, Found: "enabled", Need: "enabled"}
				}
				return Verdict{Found: "not enabled", Need: "enabled", Fixable: dockerComes(f, s),
					Hint: "install Docker first"}
			},
			fix: "docker-enabled", fixText: "let Docker start at boot",
		},
		{
			ID: "docker-version", Title: "Docker's version is one that DC/OS works with", Severity: Fail,
			Why:       "DC/OS's installer refuses versions before 1.6; what a cluster was tried with, the inventory can say.",
			Probe:     "`docker info`",
			satisfied: judgeDockerVersion,
			fix:       FixDocker, fixText: "install the version that " + FixesVar + " wants, while there is no DC/OS on the node",
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
func dockerComes(f Facts, s Spec) bool {
	if f.Docker.Installed || f.Docker.Podman {
		return f.Docker.Installed
	}
	_, problem := dockerWay(f, s)
	return problem == ""
}

func dockerAbsence(f Facts) string {
	if f.Docker.Installed {
		return "installed, but does not answer"
	}
	return "not installed"
}

func judgeDockerInstalled(f Facts, s Spec) Verdict {
	v := Verdict{OK: f.Docker.Installed, Found: orNone(f.Docker.Package, "installed, by no known package"), Need: "Docker's own engine"}
	if v.OK {
		return v
	}
	way, problem := dockerWay(f, s)
	v.Found, v.Fixable, v.Hint = "not installed", problem == "", problem
	v.FixID, v.Fix = way.fixID(), way.words
	if f.Docker.Podman {
		v.Found, v.Fixable = "Podman's imitation of it (podman-docker)", false
		v.Hint = podmanHint(f, problem)
	}
	return v
}

// dockerRepo is a file that tells Red Hat's family of Docker's repository.
const dockerRepo = "https://download.docker.com/linux/centos/docker-ce.repo"

// podmanHint says how a person makes room for Docker. problem is what would keep
// it from being installed even then.
func podmanHint(f Facts, problem string) string {
	switch {
	case problem == "":
		return "remove podman-docker: Docker itself is then installed for you"
	case f.OS.Family == FamilyRedHat:
		return "remove podman-docker, then add Docker's repository: dnf config-manager --add-repo " + dockerRepo
	}
	return "remove podman-docker"
}

// noDockerHint says how a person gets an engine where the node's repositories are
// not known to have one.
func noDockerHint(f Facts) string {
	switch {
	case f.OS.Family == FamilyRedHat && f.OS.ID == "rhel" && major(f.OS.Version) == 7:
		return "enable the repository rhel-7-server-extras-rpms, which has Docker 1.13"
	case f.OS.Family == FamilyRedHat && canInstall(f):
		return "the node's repositories have no Docker; add Docker's own: save " + dockerRepo +
			" in /etc/yum.repos.d, or say `source: docker` in " + FixesVar
	case f.OS.Family == FamilyFlatcar:
		return "Flatcar brings Docker along: is this image complete?"
	}
	return "install Docker with the distribution's package manager"
}

func judgeDockerVersion(f Facts, s Spec) Verdict {
	l, version, wanted := s.limits(), f.Docker.Version, s.Fixes.Docker.Version
	need := l.Docker + " or newer" + ifText(l.DockerBefore != "", ", before "+l.DockerBefore)
	if wanted != "" {
		need = wanted
	}
	switch {
	case !f.Docker.Running:
		return notKnownYet(need)
	case wanted != "" && !beginsVersion(version, wanted):
		return otherDocker(f, s)
	case older(version, l.Docker):
		return Verdict{Found: version, Need: l.Docker + " or newer", Hint: "upgrade Docker"}
	case f.Docker.Client != "" && older(f.Docker.Client, l.Docker):
		return Verdict{Found: "command " + f.Docker.Client, Need: l.Docker + " or newer", Hint: "upgrade Docker's command, or remove the one that DC/OS shall not use"}
	case l.DockerBefore != "" && !older(version, l.DockerBefore):
		return Verdict{Found: version, Need: "before " + l.DockerBefore, Hint: "install an older Docker; its data may have to be removed first"}
	}
	return Verdict{OK: true, Found: version, Need: need}
}

// otherDocker judges a node whose Docker has another version than the inventory
// wants. It is changed only where that ends nothing of DC/OS.
func otherDocker(f Facts, s Spec) Verdict {
	v := Verdict{Found: f.Docker.Version, Need: s.Fixes.Docker.Version}
	way, problem := dockerWay(f, s)
	switch {
	case f.DCOS.State != DCOSAbsent:
		v.Mild = f.DCOS.State == DCOSInstalled
		v.Hint = "another Docker ends what runs on the node: drain it, then install that version by hand, node by node"
	case problem != "":
		v.Hint = problem
	case f.Docker.Package == "":
		v.Hint = "remove this Docker, which is of no package: the wanted one is then installed for you"
	case !way.has(f.Docker.Package):
		v.Hint = "remove " + f.Docker.Package + ": the wanted Docker, of another package, is then installed for you"
	default:
		v.Fixable, v.FixID, v.Fix = true, FixDocker, way.words+"; its containers are restarted"
	}
	return v
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
