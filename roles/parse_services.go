package roles

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// timeUnits are the units of NTP clients, the one to prefer first.
var timeUnits = []string{"chrony", "chronyd", "ntpsec", "ntp", "ntpd", "systemd-timesyncd"}

func (f *Facts) service(name string, s Service) {
	if f.Services == nil {
		f.Services = map[string]Service{}
	}
	f.Services[name] = s
}

// setUnits reads what `systemctl show` said of each unit, units separated by
// ";". A unit that is an alias comes under its real name, maybe twice.
func setUnits(f *Facts, v string) error {
	for block := range strings.SplitSeq(v, ";") {
		unit := map[string]string{}
		for _, word := range strings.Fields(block) {
			key, value, found := strings.Cut(word, "=")
			if !found {
				return fmt.Errorf("want Property=value")
			}
			unit[key] = value
		}
		if unit["LoadState"] != "loaded" {
			continue
		}
		f.setUnit(strings.TrimSuffix(unit["Id"], ".service"), unit["ActiveState"],
			strings.HasPrefix(unit["UnitFileState"], "enabled"))
	}
	return nil
}

func (f *Facts) setUnit(name, state string, enabled bool) {
	switch {
	case name == "docker":
		f.Docker.Enabled = enabled
	case name == "dcos-setup":
		f.DCOS.Setup = state
	case name == "ufw": // its unit is active even when the firewall is off
	case slices.Contains(timeUnits, name):
		if !slices.ContainsFunc(f.Time.Services, func(s TimeService) bool { return s.Unit == name }) {
			f.Time.Services = append(f.Time.Services, TimeService{Unit: name, Active: state == "active", Enabled: enabled})
		}
	default:
		f.service(name, Service{Active: state == "active", Enabled: enabled})
	}
}

// setDockerInfo reads the lines of `docker info` that matter, each ended by ";".
// The engine runs when it told its version: the client's own lines have none.
func setDockerInfo(f *Facts, v string) error {
	d := &f.Docker
	for line := range strings.SplitSeq(v, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		value = strings.TrimSpace(value)
		switch key {
		case "Server Version":
			d.Version, d.Running = value, true
		case "Version": // of the command: the daemon's is Server Version
			d.Client = value
		case "Storage Driver":
			d.Driver = value
		case "Data file", "Data loop file":
			if d.DataFile == "" || strings.HasPrefix(value, "/dev/loop") {
				d.DataFile = value
			}
		case "Cgroup Driver":
			d.CgroupDriver = value
		case "Backing Filesystem":
			d.BackingFS = value
		case "Supports d_type":
			d.SupportsType = value
		case "Docker Root Dir":
			d.Root = value
		case "Live Restore Enabled":
			d.LiveRestore = value == "true"
		case "Images":
			d.Images, _ = strconv.Atoi(value)
		case "Containers":
			d.Containers, _ = strconv.Atoi(value)
		}
	}
	return nil
}

// setEngines reads "package=version" words.
func setEngines(f *Facts, v string) error {
	for _, word := range strings.Fields(v) {
		name, version, _ := strings.Cut(word, "=")
		switch {
		case name == "podman-docker":
			f.Docker.Podman = true
		case name == "containerd.io" || name == "containerd":
			f.Docker.Containerd = version
		case f.Docker.Package == "":
			f.Docker.Package = name
		}
	}
	return nil
}

// setChrony reads `chronyc -c tracking`: 14 fields, of which the first is the
// source's id, the second its name, the fifth the offset in seconds and the last
// the leap status. Anything else is chronyc saying that it cannot tell.
func setChrony(f *Facts, v string) error {
	fields := strings.Split(v, ",")
	if len(fields) != 14 || fields[13] == "Not synchronised" || fields[0] == "00000000" {
		return nil
	}
	f.Time.Daemon, f.Time.Source = true, fields[1]
	f.Time.Offset = seconds(fields[4], 1)
	return nil
}

// setNTPQ reads `leap=00, stratum=3, offset=-0.12, refid=…`; the offset is in
// milliseconds, leap 11 and stratum 16 mean that there is no source.
func setNTPQ(f *Facts, v string) error {
	values := map[string]string{}
	for word := range strings.SplitSeq(v, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(word), "=")
		values[key] = value
	}
	leap := values["leap"]
	if leap == "" || leap == "11" || leap == "3" || values["stratum"] == "16" {
		return nil
	}
	f.Time.Daemon, f.Time.Source = true, values["refid"]
	f.Time.Offset = seconds(values["offset"], 1e-3)
	return nil
}

func seconds(s string, unit float64) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Abs(v) * unit
}

func setTimesyncd(f *Facts, v string) error {
	f.Time.Daemon = f.Time.Daemon || v == "yes"
	return yesNo(v)
}

// owners reads "proto:port:name/pid" words.
func owners(v string) (map[string]string, error) {
	held := map[string]string{}
	for _, word := range strings.Fields(v) {
		parts := strings.SplitN(word, ":", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("want proto:port:name/pid")
		}
		held[parts[0]+":"+parts[1]] = parts[2]
	}
	return held, nil
}

// derive fills in what follows from several keys.
func (f *Facts) derive(values map[string]string) {
	f.OS.Family = family(f.OS)
	f.placeFileTypes(values["xfs.ftype"])
	f.Docker.Installed = f.Commands["docker"] && !f.Docker.Podman
	f.Docker.Running = f.Docker.Running && f.Docker.Installed
	f.DCOS.State = f.DCOS.state()
	held, _ := owners(values["owners"]) // read once already: no error is left
	for i, s := range f.Sockets {
		f.Sockets[i].Owner = held[s.Proto+":"+strconv.Itoa(s.Port)]
	}
	slices.SortFunc(f.Sockets, func(a, b Socket) int {
		if c := strings.Compare(a.Proto, b.Proto); c != 0 {
			return c
		}
		if a.Port != b.Port {
			return a.Port - b.Port
		}
		return a.Address.Compare(b.Address)
	})
}

// families says which IDs of os-release make a family. ID is looked up before
// the words of ID_LIKE.
var families = map[string]Family{
	"debian": FamilyDebian, "ubuntu": FamilyDebian,
	"rhel": FamilyRedHat, "centos": FamilyRedHat, "fedora": FamilyRedHat, "ol": FamilyRedHat,
	"rocky": FamilyRedHat, "almalinux": FamilyRedHat, "amzn": FamilyRedHat,
	"flatcar": FamilyFlatcar, "coreos": FamilyFlatcar,
}

func family(os OS) Family {
	for _, id := range append([]string{os.ID}, strings.Fields(os.Like)...) {
		if known, ok := families[id]; ok {
			return known
		}
	}
	return FamilyOther
}

// unfinished is the marker that an installation removes when it is complete.
const unfinished = "/opt/mesosphere/bootstrap"

// coreTraces are those that DC/OS's installer takes for an earlier installation,
// and those that it makes itself first.
var coreTraces = []string{
	"/opt/mesosphere", "/etc/mesosphere",
	"/etc/systemd/system/dcos.target", "/etc/systemd/system/dcos.target.wants",
	"/etc/systemd/system/dcos-setup.service", "/etc/systemd/system/dcos-download.service",
	"/etc/systemd/system/dcos-link-env.service",
}

// state judges by what a finished installation leaves: a version, a role, no
// marker of an unfinished one, and a setup unit that is neither at work nor
// failed.
func (d DCOS) state() State {
	done := d.Setup == "" || d.Setup == "active" || d.Setup == "inactive"
	if d.Version != "" && len(d.Roles) > 0 && done && !slices.Contains(d.Traces, unfinished) {
		return DCOSInstalled
	}
	if slices.ContainsFunc(d.Traces, func(path string) bool { return slices.Contains(coreTraces, path) }) {
		return DCOSPartial
	}
	return DCOSAbsent
}
