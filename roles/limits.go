package roles

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dcosup/inventory"

	"github.com/hashicorp/go-version"
)

// Limits are what requirements measure by. Sizes are in bytes. In general less
// than wanted is a warning, and less than a floor a failure as long as DC/OS is
// not installed. A zero field is the role's default.
type Limits struct {
	CPUs        int
	Memory      int64 // wanted, of the whole memory
	MemoryFloor int64
	Disk        int64 // wanted, the size of the filesystem of /
	DiskFloor   int64 // free on it
	VarFree     int64 // wanted, free in /var
	VarFloor    int64
	OptFloor    int64 // free in /opt
	Inodes      int64 // wanted, free in /var and /opt
	InodesFloor int64

	Kernel       string // the oldest, as "3.10"
	Systemd      int    // the oldest
	Docker       string // the oldest, as "1.6"
	DockerBefore string // the first that is too new; "" is none

	Clocks time.Duration // how far a node's clock may be from the others'

	Bandwidth    int64         // wanted, bytes a second from the bootstrap node; that one needs it for each
	MastersApart time.Duration // the longest round trip between masters
	AgentsApart  time.Duration // and between an agent and a master
}

const gb = 1000 * 1000 * 1000

// DefaultLimits returns the limits of a role. What is wanted are the vendor's
// numbers for production, read as decimal gigabytes, because a machine that is
// sold with 32 GB shows less than 32 GiB. The floors are ours and low, so that
// labs can be small: with less memory the Java services of a master (ZooKeeper,
// Marathon, Metronome, Cosmos) are killed soon after their start, with less disk the
// installer of up to 1.6 GB, its image and its packages do not fit. Kernel, systemd
// and Docker are what DC/OS's installer asks for. The packages of DC/OS and the
// layers of a few images are some hundred thousand files.
func DefaultLimits(role inventory.Role) Limits {
	l := Limits{CPUs: 2, Memory: 16 * gb, MemoryFloor: gb, Disk: 60 * gb, DiskFloor: 4 * gb,
		VarFree: 20 * gb, VarFloor: 2 * gb, OptFloor: 2 * gb, Inodes: 500_000, InodesFloor: 100_000,
		Kernel: "3.10", Systemd: 200, Docker: "1.6", Clocks: time.Second,
		Bandwidth: packageSet / int64(DownloadTime/time.Second), MastersApart: mastersApart, AgentsApart: agentsApart}
	switch role {
	case inventory.RoleBootstrap:
		l.MemoryFloor, l.DiskFloor, l.OptFloor = gb/2, 5*gb, 5*gb
		l.VarFree, l.VarFloor = 0, 0 // it keeps what is large in /opt
	case inventory.RoleMaster:
		l.CPUs, l.Memory, l.Disk = 4, 32*gb, 120*gb
	}
	return l
}

// limits are the policy's where given, else the role's.
func (s Spec) limits() Limits {
	l, d := s.Policy.Limits, DefaultLimits(s.Role)
	return Limits{
		CPUs:         or(l.CPUs, d.CPUs),
		Memory:       or(l.Memory, d.Memory),
		MemoryFloor:  or(l.MemoryFloor, d.MemoryFloor),
		Disk:         or(l.Disk, d.Disk),
		DiskFloor:    or(l.DiskFloor, d.DiskFloor),
		VarFree:      or(l.VarFree, d.VarFree),
		VarFloor:     or(l.VarFloor, d.VarFloor),
		OptFloor:     or(l.OptFloor, d.OptFloor),
		Inodes:       or(l.Inodes, d.Inodes),
		InodesFloor:  or(l.InodesFloor, d.InodesFloor),
		Kernel:       or(l.Kernel, d.Kernel),
		Systemd:      or(l.Systemd, d.Systemd),
		Docker:       or(l.Docker, d.Docker),
		DockerBefore: or(l.DockerBefore, d.DockerBefore),
		Clocks:       or(l.Clocks, d.Clocks),
		Bandwidth:    or(l.Bandwidth, d.Bandwidth),
		MastersApart: or(l.MastersApart, d.MastersApart),
		AgentsApart:  or(l.AgentsApart, d.AgentsApart),
	}
}

// limitKey is a limit as a policy names it.
type limitKey struct {
	Requirement string // id
	Name        string // key below it
	About       string // what it bounds
	Example     string // a value
	set         func(*Limits, string) error
}

// limitKeys returns all limits that a policy can change.
func limitKeys() []limitKey {
	const wanted, floor = "less is a warning", "less is a failure, until DC/OS is installed"
	return []limitKey{
		{"kernel", "minimum", "the oldest version", "'4.18'", versionLimit(func(l *Limits) *string { return &l.Kernel })},
		{"systemd", "minimum", "the oldest version", "219", countLimit(func(l *Limits) *int { return &l.Systemd })},
		{"cpus", "wanted", "processors; " + wanted, "8", countLimit(func(l *Limits) *int { return &l.CPUs })},
		{"memory", "wanted", "the whole memory; " + wanted, "8 GB", sizeLimit(func(l *Limits) *int64 { return &l.Memory })},
		{"memory", "floor", "the whole memory; " + floor, "2 GB", sizeLimit(func(l *Limits) *int64 { return &l.MemoryFloor })},
		{"disk-root", "wanted", "size of the filesystem of /; " + wanted, "40 GB", sizeLimit(func(l *Limits) *int64 { return &l.Disk })},
		{"disk-root", "floor", "free on the filesystem of /; " + floor, "10 GB", sizeLimit(func(l *Limits) *int64 { return &l.DiskFloor })},
		{"disk-var", "wanted", "free in /var; " + wanted, "10 GB", sizeLimit(func(l *Limits) *int64 { return &l.VarFree })},
		{"disk-var", "floor", "free in /var; " + floor, "5 GB", sizeLimit(func(l *Limits) *int64 { return &l.VarFloor })},
		{"disk-opt", "floor", "free in /opt; " + floor, "3 GB", sizeLimit(func(l *Limits) *int64 { return &l.OptFloor })},
		{"inodes", "wanted", "free in /var and in /opt; " + wanted, "300000", numberLimit(func(l *Limits) *int64 { return &l.Inodes })},
		{"inodes", "floor", "free in /var and in /opt; " + floor, "50000", numberLimit(func(l *Limits) *int64 { return &l.InodesFloor })},
		{"docker-version", "minimum", "the oldest version", "'18.09.1'", versionLimit(func(l *Limits) *string { return &l.Docker })},
		{"docker-version", "before", "the first version that is too new", "'20.10'", versionLimit(func(l *Limits) *string { return &l.DockerBefore })},
		{"clocks", "within", "how far a clock may be from the others", "500ms", durationLimit(func(l *Limits) *time.Duration { return &l.Clocks })},
		{"bandwidth", "wanted", "what a node gets of the bootstrap node, which needs that for each that installs at once", "4 MB/s", rateLimit(func(l *Limits) *int64 { return &l.Bandwidth })},
		{"latency", "masters", "the longest round trip between masters", "20ms", durationLimit(func(l *Limits) *time.Duration { return &l.MastersApart })},
		{"latency", "agents", "the longest round trip between an agent and a master", "150ms", durationLimit(func(l *Limits) *time.Duration { return &l.AgentsApart })},
	}
}

// limitsOf are the limits of one requirement.
func limitsOf(id string) []limitKey {
	var keys []limitKey
	for _, k := range limitKeys() {
		if k.Requirement == id {
			keys = append(keys, k)
		}
	}
	return keys
}

func countLimit(field func(*Limits) *int) func(*Limits, string) error {
	return func(l *Limits, text string) error {
		n, err := strconv.ParseInt(text, 10, 31)
		if err != nil || n < 1 {
			return fmt.Errorf("want a whole number above 0, not %q", text)
		}
		*field(l) = int(n)
		return nil
	}
}

func numberLimit(field func(*Limits) *int64) func(*Limits, string) error {
	return func(l *Limits, text string) error {
		var n int
		err := countLimit(func(*Limits) *int { return &n })(l, text)
		*field(l) = int64(n)
		return err
	}
}

func sizeLimit(field func(*Limits) *int64) func(*Limits, string) error {
	return func(l *Limits, text string) (err error) {
		*field(l), err = parseSize(text)
		return err
	}
}

func durationLimit(field func(*Limits) *time.Duration) func(*Limits, string) error {
	return func(l *Limits, text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return fmt.Errorf("want a time such as 500ms or 2s, not %q", text)
		}
		*field(l) = d
		return nil
	}
}

func rateLimit(field func(*Limits) *int64) func(*Limits, string) error {
	return func(l *Limits, text string) error {
		bytes, known := parseUnit(text, rateUnits)
		if !known {
			return fmt.Errorf("want a rate such as 2 MB/s or 16 Mbit/s, not %q", text)
		}
		*field(l) = bytes
		return nil
	}
}

func versionLimit(field func(*Limits) *string) func(*Limits, string) error {
	return func(l *Limits, text string) error {
		if _, err := version.NewVersion(text); err != nil {
			return fmt.Errorf("want a version such as 18.09.1, not %q", text)
		}
		*field(l) = text
		return nil
	}
}

// units are those of sizes: decimal ones, as disks and the vendor count, and
// binary ones, as memory is counted.
var units = map[string]float64{
	"MB": 1e6, "GB": gb, "TB": 1000 * gb,
	"MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// rateUnits are those of rates, in bytes a second.
var rateUnits = map[string]float64{
	"kB/s": 1e3, "MB/s": 1e6, "GB/s": gb,
	"kbit/s": 1e3 / 8, "Mbit/s": 1e6 / 8, "Gbit/s": gb / 8,
}

// parseSize reads "8 GB" or "512MiB" as bytes.
func parseSize(text string) (int64, error) {
	bytes, known := parseUnit(text, units)
	if !known {
		return 0, fmt.Errorf("want a size such as 8 GB or 512 MiB, not %q", text)
	}
	return bytes, nil
}

// parseUnit reads a number and its unit.
func parseUnit(text string, units map[string]float64) (int64, bool) {
	at := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if at <= 0 {
		return 0, false
	}
	number, err := strconv.ParseFloat(text[:at], 64)
	unit, known := units[strings.TrimSpace(text[at:])]
	if err != nil || !known || number*unit < 1 || number*unit >= 1<<60 {
		return 0, false
	}
	return int64(number * unit), true
}

// size shows bytes as decimal gigabytes, as the vendor counts.
func size(bytes int64) string { return fmt.Sprintf("%.1f GB", float64(bytes)/gb) }

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
