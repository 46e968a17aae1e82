package roles

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each time service is given the servers where it looks for them, once.
func TestTimeServers(t *testing.T) {
	yes, no := true, false
	servers := []string{"time.example", "10.0.0.2"}
	tests := []struct {
		name   string
		unit   string
		fix    TimeFix
		file   string // that has them
		before string // "": it is not there
		after  string
		calls  []string // until the clock is waited for
	}{
		{"chrony", "chrony", TimeFix{Servers: servers}, "etc/chrony/chrony.conf", "pool time.example iburst\n", "pool time.example iburst\nserver 10.0.0.2 iburst\n",
			[]string{"systemctl restart chrony.service", "chronyc -n tracking"}},
		{"a name that is the beginning of another", "chronyd", TimeFix{Servers: []string{"time.example"}}, "etc/chrony.conf", "server time.example.org\n", "server time.example.org\nserver time.example iburst\n",
			[]string{"systemctl restart chronyd.service", "chronyc -n tracking"}},
		{"chrony, which must not step", "chronyd", TimeFix{Servers: servers, Step: &no}, "etc/chrony.conf", "server time.example\n", "server time.example\nserver 10.0.0.2 iburst\n",
			[]string{"chronyc makestep 1 0", "chronyc add server 10.0.0.2 iburst", "chronyc -n tracking"}},
		{"chrony, which has them", "chronyd", TimeFix{Servers: []string{"10.0.0.2"}, Step: &yes}, "etc/chrony.conf", "server 10.0.0.2", "server 10.0.0.2", []string{"chronyc -n tracking"}},
		{"ntp", "ntp", TimeFix{Servers: servers}, "etc/ntp.conf", "driftfile x\n", "driftfile x\nserver time.example iburst\nserver 10.0.0.2 iburst\n", []string{"systemctl restart ntp.service", "ntpq -n -c rv 0 leap,stratum"}},
		{"ntpsec", "ntpsec", TimeFix{Servers: servers}, "etc/ntpsec/ntp.conf", "driftfile x\n", "driftfile x\nserver time.example iburst\nserver 10.0.0.2 iburst\n",
			[]string{"systemctl restart ntpsec.service", "ntpq -n -c rv 0 leap,stratum"}},
		{"ntpsec, which waits for more servers than there are", "ntpsec", TimeFix{Servers: servers}, "etc/ntpsec/ntp.conf",
			"server 10.0.0.2\nserver time.example\ntos maxclock 11\ntos minclock 4 minsane 3 # three\n", "server 10.0.0.2\nserver time.example\ntos maxclock 11\ntos minclock 4 minsane 2 # three\n",
			[]string{"systemctl restart ntpsec.service", "ntpq -n -c rv 0 leap,stratum"}},
		{"ntpsec, which waits for fewer", "ntpsec", TimeFix{Servers: servers}, "etc/ntpsec/ntp.conf",
			"tos minsane 1\nserver 10.0.0.2\nserver time.example\n", "tos minsane 1\nserver 10.0.0.2\nserver time.example\n", []string{"ntpq -n -c rv 0 leap,stratum"}},
		{"ntp, which has them", "ntpd", TimeFix{Servers: []string{"10.0.0.2"}}, "etc/ntp.conf", "server 10.0.0.2 prefer\n", "server 10.0.0.2 prefer\n", []string{"ntpq -n -c rv 0 leap,stratum"}},
		{"timesyncd", "systemd-timesyncd", TimeFix{Servers: servers}, "etc/systemd/timesyncd.conf.d/dcosup.conf", "", "[Time]\nNTP=time.example 10.0.0.2\n",
			[]string{"timedatectl set-ntp true", "systemctl restart systemd-timesyncd.service"}},
		{"timesyncd, with others than before", "systemd-timesyncd", TimeFix{Servers: servers}, "etc/systemd/timesyncd.conf.d/dcosup.conf", "[Time]\nNTP=old\n", "[Time]\nNTP=time.example 10.0.0.2\n",
			[]string{"timedatectl set-ntp true", "systemctl restart systemd-timesyncd.service"}},
		{"timesyncd, as it is", "systemd-timesyncd", TimeFix{}, "etc/systemd/timesyncd.conf.d/dcosup.conf", "", "absent", nil},
	}
	eachShell(t, func(t *testing.T, shell []string) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				n := newFakeNode(t)
				n.program("ntpq", "echo leap=00, stratum=3")
				n.program("timedatectl", "echo 'System clock synchronized: yes'")
				if test.before != "" {
					n.write(test.file, test.before)
				}
				f := goodNode()
				f.Time = Time{Services: []TimeService{{Unit: test.unit, Active: true}}}
				script, err := FixScript(unmet("ntp-synchronised"), f, Spec{Fixes: Fixes{Time: test.fix}, SyncWait: 5})
				if err != nil {
					t.Fatal(err)
				}
				out, errs, _ := n.run(shell, script)
				codes, output := parseFixes(t, out)
				if codes["ntp-synchronised"] != 0 || errs != "" {
					t.Errorf("code %d, stderr %q\n%s", codes["ntp-synchronised"], errs, output)
				}
				if got := n.read(test.file); got != test.after {
					t.Errorf("%s: got %q, want %q", test.file, got, test.after)
				}
				if test.calls != nil {
					if diff := cmp.Diff(test.calls, n.calls()[:len(test.calls)]); diff != "" {
						t.Errorf("calls (-want +got):\n%s", diff)
					}
				}
			})
		}
	})
}

// Where DHCP names time servers, Debian's ntpsec is told to use its own ones too.
func TestTimeServersBesideDHCP(t *testing.T) {
	for before, after := range map[string]string{
		"NTPD_OPTS=\"-g -N\"\nIGNORE_DHCP=\"\"\n": "NTPD_OPTS=\"-g -N\"\nIGNORE_DHCP=yes\n",
		"IGNORE_DHCP=\"yes\"\n":                   "IGNORE_DHCP=\"yes\"\n",
		"":                                        "\nIGNORE_DHCP=yes\n",
	} {
		eachShell(t, func(t *testing.T, shell []string) {
			n := newFakeNode(t)
			n.program("ntpq", "echo leap=00, stratum=3")
			n.write("etc/ntpsec/ntp.conf", "server 10.0.0.2 iburst\n")
			n.write("etc/default/ntpsec", before)
			n.write("run/ntpsec/ntp.conf.dhcp", "server 192.0.2.1 iburst\n")
			f := goodNode()
			f.Time = Time{Services: []TimeService{{Unit: "ntpsec", Active: true}}}
			codes, output := n.fix(shell, f, Spec{Fixes: Fixes{Time: TimeFix{Servers: []string{"10.0.0.2"}}}}, "ntp-synchronised")
			if got := n.read("etc/default/ntpsec"); codes["ntp-synchronised"] != 0 || got != after {
				t.Errorf("code %d, %q becomes %q, want %q\n%s", codes["ntp-synchronised"], before, got, after, output)
			}
			if restarted := slices.Contains(n.calls(), "systemctl restart ntpsec.service"); restarted != (before != after) {
				t.Errorf("%q: restarted: %v", before, restarted)
			}
		})
	}
}

// A service whose configuration is nowhere to be found cannot be given servers.
func TestTimeServersWithoutAFile(t *testing.T) {
	n := newFakeNode(t)
	f := goodNode()
	f.Time = Time{Services: []TimeService{{Unit: "ntpd", Active: true}}}
	codes, output := n.fix(shells[0], f, Spec{Fixes: Fixes{Time: TimeFix{Servers: []string{"10.0.0.2"}}}}, "ntp-synchronised")
	if want := "ntpd has no configuration file where it is looked for: /etc/ntpsec/ntp.conf /etc/ntp.conf\n"; codes["ntp-synchronised"] != 1 || output != want {
		t.Errorf("code %d, output %q, want %q", codes["ntp-synchronised"], output, want)
	}
}
