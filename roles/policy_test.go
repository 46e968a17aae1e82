package roles

import (
	"strings"
	"testing"
	"time"

	"dcosup/inventory"

	"github.com/google/go-cmp/cmp"
)

// mapping makes a value of an inventory of pairs; its places are p:1:1 for the
// first key, p:1:2 for that one's value, p:2:1 and so on.
func mapping(pairs ...any) inventory.Value {
	m := &inventory.Map{}
	for i := 0; i < len(pairs); i += 2 {
		at := inventory.Pos{File: "p", Line: i/2 + 1, Column: 1}
		v, ok := pairs[i+1].(inventory.Value)
		if !ok {
			v = inventory.Value{Data: pairs[i+1]}
		}
		v.Pos = inventory.Pos{File: "p", Line: i/2 + 1, Column: 2}
		m.SetAt(pairs[i].(string), v, at)
	}
	return inventory.Value{Data: m, Pos: inventory.Pos{File: "p", Line: 1, Column: 1}}
}

func TestReadPolicy(t *testing.T) {
	got, problems := ReadPolicy(mapping(
		"memory", mapping("wanted", "8 GB", "floor", "512MiB"),
		"firewall", mapping("severity", "warn", "reason", "the zone\nlets everything  through"),
		"tmp-exec", mapping("severity", false, "reason", "YAML makes false of off"),
		"cpus", mapping("severity", "fail", "wanted", int64(8)),
		"docker-version", mapping("minimum", "18.09.1", "before", "20.10"),
		"inodes", mapping("floor", int64(1000)),
		"clocks", mapping("within", "250ms"),
		"ip-detect", mapping("severity", "off", "reason", "judged by hand"),
		"swap", mapping("severity", "warn"), // it is no more than that anyway
	))
	if problems != nil {
		t.Fatal(problems)
	}
	want := Policy{
		Rules: map[string]Rule{
			"memory": {}, "docker-version": {}, "inodes": {}, "clocks": {},
			"firewall":  {Severity: Warn, Reason: "the zone lets everything through"},
			"tmp-exec":  {Severity: Off, Reason: "YAML makes false of off"},
			"cpus":      {Severity: Fail},
			"ip-detect": {Severity: Off, Reason: "judged by hand"},
			"swap":      {Severity: Warn},
		},
		Limits: Limits{CPUs: 8, Memory: 8 * gb, MemoryFloor: 512 << 20, Docker: "18.09.1", DockerBefore: "20.10",
			InodesFloor: 1000, Clocks: 250 * time.Millisecond},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadPolicyTellsAllMistakes(t *testing.T) {
	tests := []struct {
		name  string
		value inventory.Value
		want  []string // each "place: message (hint)", or a part of it
	}{
		{"nothing at all", inventory.Value{}, nil},
		{"a list", inventory.Value{Data: []inventory.Value{}, Pos: inventory.Pos{File: "p", Line: 1, Column: 1}}, []string{"p:1:1: dcos_requirements must be a mapping"}},
		{"mistyped id", mapping("memroy", mapping("floor", "1 GB")), []string{`p:1:1: there is no requirement "memroy" (did you mean memory?)`}},
		{"half an id", mapping("selinux-mode", mapping(), "stub", mapping()), []string{
			`p:1:1: there is no requirement "selinux-mode" (docs/requirements.md`, `p:2:1: there is no requirement "stub" (did you mean resolved-stub?)`}},
		{"no mapping below an id", mapping("memory", "off"), []string{"p:1:2: dcos_requirements.memory must be a mapping (write severity: or reason: or wanted: or floor"}},
		{"mistyped setting", mapping("memory", mapping("foor", "1 GB")), []string{`p:1:1: the requirement "memory" has no setting "foor" (did you mean floor?)`}},
		{"a limit of another", mapping("firewall", mapping("floor", "1 GB")), []string{`the requirement "firewall" has no setting "floor" (it is one of severity, reason)`}},
		{"mistyped severity", mapping("memory", mapping("severity", "warm", "reason", "x")), []string{`p:1:2: memory.severity: there is no severity "warm" (did you mean warn?)`}},
		{"off without a reason", mapping("memory", mapping("severity", "off")), []string{"p:1:1: memory makes the requirement milder, and gives no reason (write reason:"}},
		{"milder without a reason", mapping("memory", mapping("severity", "warn", "reason", " ")), []string{"p:1:1: memory makes the requirement milder"}},
		{"what keeps clusters from harm", mapping("dcos-role", mapping("severity", "off", "reason", "x")), []string{`p:1:1: the requirement "dcos-role" cannot be changed`}},
		{"a template", mapping("memory", mapping("floor", "{{ size }}")), []string{"p:1:2: memory.floor is a Jinja2 template"}},
		{"a list for a reason", mapping("memory", mapping("reason", []inventory.Value{})), []string{"memory.reason must be one value"}},
		{"a version that YAML has cut", mapping("docker-version", mapping("minimum", 20.1)), []string{"docker-version.minimum was read as a number, by which digits get lost (put it in quotes)"}},
		{"wrong values", mapping("memory", mapping("floor", int64(4)), "cpus", mapping("wanted", "many"), "kernel", mapping("minimum", "new"),
			"clocks", mapping("within", "soon"), "inodes", mapping("floor", int64(0)), "disk-var", mapping("floor", "0 GB"),
			"bandwidth", mapping("wanted", "8 MB"), "latency", mapping("masters", int64(5))), []string{
			`memory.floor: want a size such as 8 GB or 512 MiB, not "4" (for example 2 GB)`, `cpus.wanted: want a whole number above 0, not "many"`,
			`kernel.minimum: want a version`, `clocks.within: want a time`, `inodes.floor: want a whole number above 0`, `disk-var.floor: want a size`,
			`bandwidth.wanted: want a rate such as 2 MB/s or 16 Mbit/s, not "8 MB" (for example 4 MB/s)`, `latency.masters: want a time`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := ReadPolicy(test.value)
			if len(problems) != len(test.want) {
				t.Fatalf("got %d problems, want %d: %v", len(problems), len(test.want), problems)
			}
			for i, p := range problems {
				if got := p.Pos.String() + ": " + p.Message + " (" + p.Hint + ")"; !strings.Contains(got, test.want[i]) {
					t.Errorf("got  %s\nwant %s", got, test.want[i])
				}
			}
		})
	}
}

func TestPolicyChangesFindings(t *testing.T) {
	small := func(f *Facts) { f.Memory.Total = 4 * gb }
	firewalld := func(f *Facts) { f.Services["firewalld"] = Service{Active: true} }
	noDocker := func(f *Facts) { f.Docker = Docker{} }
	tests := []struct {
		name    string
		change  func(*Facts)
		policy  Policy
		id      string
		want    Status
		fixable bool
		reason  string
	}{
		{"no policy", small, Policy{}, "memory", Warn, false, ""},
		{"a policy of others", small, Policy{Rules: map[string]Rule{"cpus": {Severity: Off, Reason: "x"}}}, "memory", Warn, false, ""},
		{"stricter", small, Policy{Rules: map[string]Rule{"memory": {Severity: Fail}}}, "memory", Fail, false, ""},
		{"milder, and still fixed", firewalld, Policy{Rules: map[string]Rule{"firewall": {Severity: Warn, Reason: "zones"}}}, "firewall", Warn, true, "zones"},
		{"off, and left alone", firewalld, Policy{Rules: map[string]Rule{"firewall": {Severity: Off, Reason: "zones"}}}, "firewall", Off, false, "zones"},
		{"off, but met", func(*Facts) {}, Policy{Rules: map[string]Rule{"firewall": {Severity: Off, Reason: "zones"}}}, "firewall", Pass, false, "zones"},
		{"a reason alone", small, Policy{Rules: map[string]Rule{"memory": {Reason: "a lab"}}}, "memory", Warn, false, "a lab"},
		{"what is not known yet stays a warning", noDocker, Policy{Rules: map[string]Rule{"docker-version": {Severity: Fail}}}, "docker-version", Warn, false, ""},
		{"a lower limit", small, Policy{Limits: Limits{Memory: 2 * gb}}, "memory", Pass, false, ""},
		{"a higher floor", small, Policy{Limits: Limits{MemoryFloor: 5 * gb}}, "memory", Fail, false, ""},
		{"an older Docker than wanted", func(*Facts) {}, Policy{Limits: Limits{Docker: "19.03.6"}}, "docker-version", Fail, false, ""},
		{"a newer one", func(*Facts) {}, Policy{Limits: Limits{DockerBefore: "19.03"}}, "docker-version", Fail, false, ""},
		{"an older kernel", func(*Facts) {}, Policy{Limits: Limits{Kernel: "3.10.0-1161"}}, "kernel", Fail, false, ""},
		{"an older systemd", func(*Facts) {}, Policy{Limits: Limits{Systemd: 220}}, "systemd", Fail, false, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := goodNode()
			test.change(&f)
			got := judged(t, test.id, f, Spec{Role: inventory.RoleMaster, Policy: test.policy})
			if got.Status != test.want || got.Fixable != test.fixable || got.Reason != test.reason {
				t.Errorf("got %s, fixable %v, reason %q; want %s, %v, %q", got.Status, got.Fixable, got.Reason, test.want, test.fixable, test.reason)
			}
		})
	}
}

// Each limit is one of a requirement, has an example that can be read, and
// changes something.
func TestLimitKeys(t *testing.T) {
	for _, k := range limitKeys() {
		var l Limits
		if err := k.set(&l, strings.Trim(k.Example, "'")); err != nil || l == (Limits{}) {
			t.Errorf("%s.%s: %q gives %+v, %v", k.Requirement, k.Name, k.Example, l, err)
		}
		if r, _ := Find(k.Requirement); r.ID == "" || k.About == "" {
			t.Errorf("%s.%s: no such requirement, or no words", k.Requirement, k.Name)
		}
	}
}

func TestParseSize(t *testing.T) {
	tests := []struct {
		text string
		want int64 // 0: an error
	}{
		{"8 GB", 8 * gb}, {"1.5GB", 15 * gb / 10}, {"512 MiB", 512 << 20}, {"1 TB", 1000 * gb},
		{"8", 0}, {"GB", 0}, {"", 0}, {"8 gb", 0}, {"-1 GB", 0}, {"0 GB", 0}, {"1.2.3 GB", 0}, {"9999999999 TB", 0},
	}
	for _, test := range tests {
		got, err := parseSize(test.text)
		if (err != nil) != (test.want == 0) || got != test.want {
			t.Errorf("%q: got %d, %v, want %d", test.text, got, err, test.want)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]int64{
		"2 MB/s": 2e6, "2.5MB/s": 25e5, "800 kB/s": 8e5, "1 GB/s": 1e9, "16 Mbit/s": 2e6, "100 kbit/s": 12500, "1 Gbit/s": 125e6,
		"2": 0, "2 MB": 0, "2 mbit/s": 0, "MB/s": 0, "": 0, "-1 MB/s": 0, "0 MB/s": 0,
	} {
		var l Limits
		err := rateLimit(func(l *Limits) *int64 { return &l.Bandwidth })(&l, text)
		if (err != nil) != (want == 0) || l.Bandwidth != want {
			t.Errorf("%q: got %d, %v, want %d", text, l.Bandwidth, err, want)
		}
	}
}

func TestOlder(t *testing.T) {
	tests := []struct {
		version, bound string
		want           bool
	}{
		{"3.10.0-1160.el7.x86_64", "3.10", false},
		{"3.9.9", "3.10", true},
		{"1:20.10.24+dfsg1", "20.10", false},
		{"18.09", "18.09.1", true},
		{"18.09.1-ce", "18.09.1", false},
		{"", "1.6", true},
		{"unknown", "1.6", true},
	}
	for _, test := range tests {
		if got := older(test.version, test.bound); got != test.want {
			t.Errorf("%q older than %q: got %v, want %v", test.version, test.bound, got, test.want)
		}
	}
}
