package roles

import (
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

//go:embed probe.sh
var probeScript string

//go:embed probe_boot.sh
var probeBoot string

// The first and the last line of a probe's answer. The number changes with any
// change of the keys or of their meaning.
const (
	probeFirst = "dcosup-facts 4"
	probeLast  = "dcosup-facts end"
)

// ProbeScript returns the script that asks a node for its facts. It changes
// nothing, and answers on standard output in the form that ParseFacts reads. Its
// arguments are those of Questions.
func ProbeScript() string { return probeBoot + probeScript }

// Questions are what a probe asks for that depends on the cluster.
type Questions struct {
	WorkDir   string   // Mesos' directory on agents; "" is DC/OS's default
	Resolvers []string // as ADDRESS or ADDRESS:PORT
}

// Args are the arguments of the ProbeScript.
func (q Questions) Args() []string {
	args := []string{q.WorkDir}
	for _, server := range q.Resolvers {
		if !strings.Contains(server, ":") {
			server += ":53"
		}
		args = append(args, server)
	}
	return args
}

// ProbeError says where an answer is not what ParseFacts knows.
type ProbeError struct {
	Line    int    // from 1; 0: the answer as a whole
	Text    string // that line, shortened
	Problem string
}

// Error names the line, so that a stray message of the node's login scripts can
// be recognised.
func (e *ProbeError) Error() string {
	if e.Line == 0 {
		return "probe answer: " + e.Problem
	}
	return fmt.Sprintf("probe answer, line %d: %s: %q", e.Line, e.Problem, e.Text)
}

// ParseFacts reads what the probe answered. It takes nothing but a whole answer
// with every key exactly once; the error is a *ProbeError.
func ParseFacts(answer []byte) (Facts, error) {
	lines := strings.Split(strings.TrimSuffix(string(answer), "\n"), "\n")
	if lines[0] != probeFirst {
		return Facts{}, lineError(1, lines[0], "want "+strconv.Quote(probeFirst))
	}
	if len(lines) == 1 || lines[len(lines)-1] != probeLast {
		return Facts{}, &ProbeError{Problem: fmt.Sprintf("cut off after %d lines: want %q at the end", len(lines), probeLast)}
	}
	values := map[string]string{}
	var f Facts
	for i, line := range lines[1 : len(lines)-1] {
		key, value, found := strings.Cut(line, "=")
		set, known := probeKeys[key]
		_, repeated := values[key]
		switch {
		case !found:
			return Facts{}, lineError(i+2, line, "want key=value")
		case !known:
			return Facts{}, lineError(i+2, line, "unknown key")
		case repeated:
			return Facts{}, lineError(i+2, line, "repeated key")
		}
		values[key] = value
		if err := set(&f, strings.TrimSpace(printable(value))); err != nil {
			return Facts{}, lineError(i+2, line, err.Error())
		}
	}
	for key := range probeKeys {
		if _, ok := values[key]; !ok {
			return Facts{}, &ProbeError{Problem: "missing key " + strconv.Quote(key)}
		}
	}
	f.derive(values)
	return f, nil
}

func lineError(number int, text, problem string) *ProbeError {
	if len(text) > 80 {
		text = text[:80] + "…"
	}
	return &ProbeError{Line: number, Text: text, Problem: problem}
}

// printable keeps control characters, which a node's files can hold, from
// reaching a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// probeKeys are the keys of an answer, and how each becomes a fact.
var probeKeys = map[string]func(*Facts, string) error{
	"os.id":       text(func(f *Facts) *string { return &f.OS.ID }),
	"os.version":  text(func(f *Facts) *string { return &f.OS.Version }),
	"os.like":     text(func(f *Facts) *string { return &f.OS.Like }),
	"os.pretty":   text(func(f *Facts) *string { return &f.OS.Pretty }),
	"os.manager":  text(func(f *Facts) *string { return &f.OS.Manager }),
	"os.codename": text(func(f *Facts) *string { return &f.OS.Codename }),
	"os.origin":   text(func(f *Facts) *string { return &f.OS.Origin }),
	"hostname":    text(func(f *Facts) *string { return &f.Hostname }),
	"arch":        text(func(f *Facts) *string { return &f.Arch }),
	"kernel":      text(func(f *Facts) *string { return &f.Kernel }),
	"uid":         number(func(f *Facts) *int { return &f.UID }),
	"cpus":        number(func(f *Facts) *int { return &f.CPUs }),

	"dmi.vendor":  text(func(f *Facts) *string { return &f.DMI.Vendor }),
	"dmi.product": text(func(f *Facts) *string { return &f.DMI.Product }),
	"dmi.version": text(func(f *Facts) *string { return &f.DMI.ProductVersion }),
	"dmi.bios":    text(func(f *Facts) *string { return &f.DMI.BIOSVersion }),
	"dmi.asset":   text(func(f *Facts) *string { return &f.DMI.AssetTag }),

	"memory.total":     kibibytes(func(f *Facts) *int64 { return &f.Memory.Total }),
	"memory.available": kibibytes(func(f *Facts) *int64 { return &f.Memory.Available }),
	"disks":            setDisks,
	"readonly": func(f *Facts, v string) error {
		f.ReadOnly = strings.Fields(v)
		return nil
	},

	"addresses":        addresses(func(f *Facts) *[]netip.Addr { return &f.Network.Addresses }),
	"source":           setSource,
	"source.interface": text(func(f *Facts) *string { return &f.Network.DefaultDevice }),
	"source.gateway":   text(func(f *Facts) *string { return &f.Network.Gateway }),
	"ipv6":             setIPv6,
	"listen.tcp":       listening("tcp"),
	"listen.tcp6":      listening("tcp"),
	"listen.udp":       listening("udp"),
	"listen.udp6":      listening("udp"),
	"connections":      setConnections,
	"owners": func(_ *Facts, v string) error {
		_, err := owners(v)
		return err
	},

	"systemd.version": number(func(f *Facts) *int { return &f.Systemd.Version }),
	"systemd.state":   text(func(f *Facts) *string { return &f.Systemd.State }),
	"units":           setUnits,
	"ufw.enabled": func(f *Facts, v string) error {
		f.service("ufw", Service{Active: v == "yes", Enabled: v == "yes"})
		return yesNo(v)
	},

	"commands.found":   commands(true),
	"commands.missing": commands(false),
	"groups": func(f *Facts, v string) error {
		f.Groups = map[string]bool{"docker": false, "nogroup": false}
		for _, name := range strings.Fields(v) {
			f.Groups[name] = true
		}
		return nil
	},

	"selinux.mode":   text(func(f *Facts) *string { return &f.SELinux.Mode }),
	"selinux.policy": text(func(f *Facts) *string { return &f.SELinux.Policy }),
	"selinux.config": text(func(f *Facts) *string { return &f.SELinux.Config }),

	"overlay":       boolean(func(f *Facts) *bool { return &f.Overlay }),
	"docker.info":   setDockerInfo,
	"docker.config": text(func(f *Facts) *string { return &f.Docker.Config }),
	"engines":       setEngines,
	"repos":         words(func(f *Facts) *[]string { return &f.Docker.Repos }),
	"package.lock":  boolean(func(f *Facts) *bool { return &f.PackageLock }),

	"time.chrony":    setChrony,
	"time.ntpq":      setNTPQ,
	"time.kernel":    func(f *Facts, v string) error { f.Time.Kernel = v == "yes"; return nil },
	"time.timesyncd": setTimesyncd,

	"dcos.version":    text(func(f *Facts) *string { return &f.DCOS.Version }),
	"dcos.commit":     text(func(f *Facts) *string { return &f.DCOS.ImageCommit }),
	"dcos.variant":    text(func(f *Facts) *string { return &f.DCOS.Variant }),
	"dcos.roles":      words(func(f *Facts) *[]string { return &f.DCOS.Roles }),
	"dcos.repository": text(func(f *Facts) *string { return &f.DCOS.RepositoryURL }),
	"dcos.packages":   text(func(f *Facts) *string { return &f.DCOS.PackageList }),
	"dcos.traces":     words(func(f *Facts) *[]string { return &f.DCOS.Traces }),
	"jobs":            words(func(f *Facts) *[]string { return &f.Jobs }),

	"addresses.leased":   addresses(func(f *Facts) *[]netip.Addr { return &f.Network.Leased }),
	"docker.client":      setDockerClient,
	"mounts":             setMounts,
	"xfs.ftype":          setFileTypes,
	"inodes":             setInodes,
	"locale":             setLocale,
	"swaps":              words(func(f *Facts) *[]string { return &f.Settings.Swaps }),
	"modules":            words(func(f *Facts) *[]string { return &f.Settings.Modules }),
	"cgroups":            number(func(f *Facts) *int { return &f.Settings.Cgroups }),
	"nokmem":             boolean(func(f *Facts) *bool { return &f.Settings.NoKernelMemory }),
	"sort.versions":      boolean(func(f *Facts) *bool { return &f.Settings.SortsVersions }),
	"apt.upgrades":       boolean(func(f *Facts) *bool { return &f.Settings.AptUpgrades }),
	"opt.mesosphere":     setOptMesosphere,
	"resolvers":          setResolvers,
	"hostname.addresses": setHostname,
	"boot":               text(func(f *Facts) *string { return &f.Reboot.Boot }),
	"reboot.required":    boolean(func(f *Facts) *bool { return &f.Reboot.Required }),
	"reboot.packages":    words(func(f *Facts) *[]string { return &f.Reboot.Packages }),
	"kernels":            words(func(f *Facts) *[]string { return &f.Reboot.Kernels }),
	"kernel.modules":     boolean(func(f *Facts) *bool { return &f.Reboot.Modules }),
	"kernel.arguments":   words(func(f *Facts) *[]string { return &f.Reboot.Arguments }),
	"boot.known":         boolean(func(f *Facts) *bool { return &f.Reboot.NextKnown }),
	"boot.arguments":     words(func(f *Facts) *[]string { return &f.Reboot.NextArguments }),
	"changes":            setChanges,
	"clock.begin":        clock(func(f *Facts) *time.Time { return &f.Clock.Begin }),
	"clock.end":          clock(func(f *Facts) *time.Time { return &f.Clock.End }),
}

func text(field func(*Facts) *string) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		*field(f) = v
		return nil
	}
}

func words(field func(*Facts) *[]string) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		if v != "" {
			*field(f) = strings.Fields(v)
		}
		return nil
	}
}

// number takes "" as 0: the node could not tell.
func number(field func(*Facts) *int) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		if v == "" {
			return nil
		}
		n, err := strconv.ParseUint(v, 10, 31)
		if err != nil {
			return fmt.Errorf("want a whole number")
		}
		*field(f) = int(n)
		return nil
	}
}

func kibibytes(field func(*Facts) *int64) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		if v == "" {
			return nil
		}
		n, err := strconv.ParseUint(v, 10, 50)
		if err != nil {
			return fmt.Errorf("want a number of KiB")
		}
		*field(f) = int64(n) << 10
		return nil
	}
}

func boolean(field func(*Facts) *bool) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		*field(f) = v == "yes"
		return yesNo(v)
	}
}

func yesNo(v string) error {
	if v != "yes" && v != "no" {
		return fmt.Errorf("want yes or no")
	}
	return nil
}

func commands(found bool) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		if f.Commands == nil {
			f.Commands = map[string]bool{}
		}
		for _, name := range strings.Fields(v) {
			f.Commands[name] = found
		}
		return nil
	}
}

// setDisks reads "path:total:free:type" words, sizes in KiB.
func setDisks(f *Facts, v string) error {
	for _, word := range strings.Fields(v) {
		parts := strings.Split(word, ":")
		if len(parts) != 4 {
			return fmt.Errorf("want path:total:free:type")
		}
		total, err1 := strconv.ParseUint(parts[1], 10, 50)
		free, err2 := strconv.ParseUint(parts[2], 10, 50)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("want sizes in KiB")
		}
		f.Disks = append(f.Disks, Disk{Path: parts[0], Total: int64(total) << 10, Free: int64(free) << 10, FSType: parts[3]})
	}
	return nil
}

func addresses(field func(*Facts) *[]netip.Addr) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		for _, word := range strings.Fields(v) {
			addr, err := netip.ParseAddr(word)
			if err != nil {
				return fmt.Errorf("%q is no address", word)
			}
			if !addr.IsLoopback() && !addr.IsLinkLocalUnicast() {
				*field(f) = append(*field(f), addr)
			}
		}
		return nil
	}
}

func setSource(f *Facts, v string) error {
	if v == "" {
		return nil
	}
	addr, err := netip.ParseAddr(v)
	f.Network.DefaultSource = addr
	return err
}

// listening reads addresses as /proc/net writes them: address and port in hex,
// the address in 32-bit words of the machine's byte order, little-endian on all
// machines that DC/OS knows.
func listening(proto string) func(*Facts, string) error {
	return func(f *Facts, v string) error {
		for _, word := range strings.Fields(v) {
			host, port, _ := strings.Cut(word, ":")
			n, err := strconv.ParseUint(port, 16, 16)
			raw, err2 := hex.DecodeString(host)
			if err != nil || err2 != nil || (len(raw) != 4 && len(raw) != 16) {
				return fmt.Errorf("%q is no socket address", word)
			}
			for i := 0; i < len(raw); i += 4 {
				slices.Reverse(raw[i : i+4])
			}
			addr, _ := netip.AddrFromSlice(raw)
			f.Sockets = append(f.Sockets, Socket{Proto: proto, Port: int(n), Address: addr.Unmap()})
		}
		return nil
	}
}

// ending are the states of TCP of a connection that goes by itself, as /proc/net
// writes them: FIN-WAIT-1 and 2, TIME-WAIT, CLOSE, LAST-ACK and CLOSING.
var ending = []string{"04", "05", "06", "07", "09", "0B"}

// setConnections reads "port:state" words, both in hex.
func setConnections(f *Facts, v string) error {
	for _, word := range strings.Fields(v) {
		port, state, found := strings.Cut(word, ":")
		n, err := strconv.ParseUint(port, 16, 16)
		if err != nil || !found {
			return fmt.Errorf("%q is no port and state", word)
		}
		f.Connections = append(f.Connections, Connection{Port: int(n), Ending: slices.Contains(ending, state)})
	}
	return nil
}

func setIPv6(f *Facts, v string) error {
	if v != "on" && v != "off" && v != "absent" {
		return fmt.Errorf("want on, off or absent")
	}
	f.Network.IPv6 = v
	return nil
}
