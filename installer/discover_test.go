package installer

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

func TestParseBootstrap(t *testing.T) {
	for _, tc := range []struct {
		name, answer string
		want         BootstrapFacts
		err          string
	}{
		{name: "nothing was done yet", answer: "end=yes\n"},
		{name: "all is there", answer: "release=aa https://example.com/x?a=b\ngenconf=K aa\npackages=pp\ngenerator=yes\nserved=yes\nserving=yes\nend=yes\n",
			want: BootstrapFacts{Release: "aa https://example.com/x?a=b", Genconf: "K aa", Packages: "pp", Generator: true, Served: true, Serving: true}},
		{name: "a stamp that is an empty file", answer: "release=\ngenerator=yes\nend=yes\n", want: BootstrapFacts{Generator: true}},
		{name: "nothing at all", err: "ends too early"},
		{name: "cut off between lines", answer: "release=aa x\ngenerator=yes\n", err: "ends too early"},
		{name: "cut off within a line", answer: "release=aa x\ngener", err: "makes no sense"},
		{name: "cut off in the last word", answer: "release=aa x\nen", err: "makes no sense"},
		{name: "a greeting before the answer", answer: "Welcome!\nend=yes\n", err: `"Welcome!\n"`},
		{name: "an empty line", answer: "\nend=yes\n", err: "makes no sense"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseBootstrap([]byte(tc.answer))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("error: got %v, want one with %s", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a node answers, an answer without its end is never believed: it
// would look like a node on which less was done.
func FuzzParseBootstrap(f *testing.F) {
	for _, seed := range []string{"", "end=yes\n", "release=aa x\ngenerator=yes\nend=yes\n", "release=a\x00\xff=b\r\nend", "serving=yes\nend=yes\nserved"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		facts, err := parseBootstrap(answer)
		if err != nil {
			return
		}
		if end := bytes.LastIndex(answer, []byte("end")); end < 0 {
			t.Errorf("an answer without an end gave %+v", facts)
		} else if cut, err := parseBootstrap(answer[:bytes.Index(append([]byte("\n"), answer...), []byte("\nend"))]); err == nil {
			t.Errorf("cut off before its first end it gave %+v", cut)
		}
		if strings.ContainsRune(facts.Release+facts.Genconf+facts.Packages, '\n') {
			t.Errorf("a value over several lines: %+v", facts)
		}
	})
}

func TestJudgeInstalled(t *testing.T) {
	agent := &inventory.Node{Name: "a", Role: inventory.RoleAgent}
	has := func(version string, words ...string) roles.DCOS {
		return roles.DCOS{State: roles.DCOSInstalled, Version: version, Roles: words}
	}
	for _, tc := range []struct {
		name    string
		node    *inventory.Node
		dcos    roles.DCOS
		version string // that is wanted
		want    string // the verdicts
		hint    string
	}{
		{name: "no DC/OS", node: agent, dcos: roles.DCOS{State: roles.DCOSAbsent}, version: "2.1.0"},
		{name: "half of one is not judged: it will be removed", node: agent, dcos: roles.DCOS{State: roles.DCOSPartial, Version: "1.9"}, version: "2.1.0"},
		{name: "the bootstrap node has no role of DC/OS", node: &inventory.Node{Role: inventory.RoleBootstrap}, dcos: has("1.9", "master"), version: "2.1.0"},
		{name: "as wanted", node: agent, dcos: has("2.1.0", "slave"), version: "2.1.0", want: "dcos-version pass, dcos-role pass"},
		{name: "any version is wanted", node: agent, dcos: has("1.13.3", "slave"), want: "dcos-version pass, dcos-role pass"},
		{name: "another version", node: agent, dcos: has("1.13.3", "slave"), version: "2.1.0",
			want: "dcos-version fail, dcos-role pass", hint: "set dcos.version to 1.13.3"},
		{name: "a public agent where a private one is wanted", node: agent, dcos: has("2.1.0", "slave_public"), version: "2.1.0",
			want: "dcos-version pass, dcos-role fail", hint: "dcosup reset -l a"},
		{name: "two roles", node: agent, dcos: has("2.1.0", "slave", "master"), version: "2.1.0",
			want: "dcos-version pass, dcos-role fail", hint: "dcosup reset -l a"},
		{name: "no role", node: agent, dcos: has("2.1.0"), version: "2.1.0",
			want: "dcos-version pass, dcos-role fail", hint: "dcosup reset -l a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var verdicts, hints []string
			for _, f := range judgeInstalled(tc.node, roles.Facts{DCOS: tc.dcos}, inventory.Release{Version: tc.version}) {
				verdicts = append(verdicts, f.ID+" "+f.Status.String())
				hints = append(hints, f.Hint)
			}
			if got := strings.Join(verdicts, ", "); got != tc.want {
				t.Errorf("verdicts: got %q, want %q", got, tc.want)
			}
			if got := strings.Join(hints, ""); !strings.Contains(got, tc.hint) || (got == "") != (tc.hint == "") {
				t.Errorf("hint: got %q, want one with %q", got, tc.hint)
			}
		})
	}
}

func TestSpec(t *testing.T) {
	yes, no := true, false
	for _, tc := range []struct {
		name, config string
		job          remote.JobPhase
		want         roles.Spec
	}{
		{name: "what the cluster says", want: roles.Spec{}},
		{name: "time need not be right", config: "    check_time: false\n", want: roles.Spec{AllowUnsynchronised: true}},
		{name: "in quotes, as dcos-ansible has it", config: "    check_time: 'false'\n", want: roles.Spec{AllowUnsynchronised: true}},
		{name: "time is to be right", config: "    check_time: true\n", want: roles.Spec{}},
		{name: "IPv6", config: "    enable_ipv6: true\n", want: roles.Spec{EnableIPv6: &yes}},
		{name: "no IPv6", config: "    enable_ipv6: 'false'\n", want: roles.Spec{EnableIPv6: &no}},
		{name: "work elsewhere", config: "    mesos_agent_work_dir: /work\n", want: roles.Spec{WorkDir: "/work"}},
		{name: "an installation of ours goes on", job: remote.JobRunning, want: roles.Spec{Ours: true}},
		{name: "one of ours was cut short", job: remote.JobInterrupted, want: roles.Spec{Ours: true}},
		{name: "nobody installed anything", job: remote.JobAbsent, want: roles.Spec{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := loaded(t, tc.config, nil)
			r := New(Config{Cluster: c})
			tc.want.Role, tc.want.Version, tc.want.SELinuxMode = inventory.RoleMaster, "2.1.0", "permissive"
			got := r.spec(c.Node("m"), Sight{Install: remote.JobStatus{Phase: tc.job}})
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
		})
	}
}

// What the node itself tells of where it runs.
func TestSpecInACloud(t *testing.T) {
	r := New(Config{Cluster: loaded(t, "", nil)})
	for vendor, want := range map[string]bool{"Amazon EC2": true, "Dell Inc.": false} {
		if got := r.spec(r.Cluster.Node("m"), Sight{Facts: roles.Facts{DMI: roles.DMI{Vendor: vendor}}}).Cloud; got != want {
			t.Errorf("%s: in a cloud: got %v, want %v", vendor, got, want)
		}
	}
}

// Two names of one machine, which nothing but the machine itself can tell.
func TestAddressesOfTwoNodesMustDiffer(t *testing.T) {
	c := loaded(t, "", map[string]string{"hosts": "[bootstrap]\nb\n[masters]\nm\n[agents_private]\na\n"})
	same := &Sight{Facts: roles.Facts{Network: roles.Network{DefaultSource: netip.MustParseAddr("10.0.0.1")}}}
	_, err := New(Config{Cluster: c}).addresses(map[string]*Sight{"b": same, "m": same})
	if err == nil || !strings.HasPrefix(err.Error(), "hosts:4:1: b and m have the same address 10.0.0.1") {
		t.Errorf("error: got %v, want one at m that names both", err)
	}
	if got := kindOf(err); got != KindUsage {
		t.Errorf("kind: got %s, want %s", got, KindUsage)
	}
}

// What is lost is told in one go; agents alone do not stop a run.
func TestEssential(t *testing.T) {
	lost := func() *Sight {
		return &Sight{Err: &remote.ConnectError{Stage: remote.StageDial, Cause: errors.New("refused")}}
	}
	for _, tc := range []struct {
		name string
		lost []string
		want string // the nodes that the error names
	}{
		{"none", nil, ""},
		{"agents", []string{"a", "p"}, ""},
		{"a master", []string{"m"}, "m"},
		{"the bootstrap node", []string{"b"}, "b"},
		{"a master and an agent", []string{"m", "a"}, "m a"},
	} {
		seen := map[string]*Sight{}
		for _, name := range []string{"b", "m", "a", "p"} {
			seen[name] = &Sight{}
		}
		for _, name := range tc.lost {
			seen[name] = lost()
		}
		var named []string
		if err := New(Config{Cluster: smallCluster()}).essential(seen); err != nil {
			for _, f := range failuresOf(err) {
				named = append(named, f.Node)
			}
		}
		if got := strings.Join(named, " "); got != tc.want {
			t.Errorf("%s: the error names %q, want %q", tc.name, got, tc.want)
		}
	}
}

// An installation that ends while its node is looked at must not be taken for one
// that was cut off, and removed.
func TestOvertaken(t *testing.T) {
	for _, tc := range []struct {
		name  string
		state roles.State
		job   remote.JobStatus
		want  bool
	}{
		{"it ended in between", roles.DCOSPartial, remote.JobStatus{Phase: remote.JobEnded}, true},
		{"it ended before", roles.DCOSInstalled, remote.JobStatus{Phase: remote.JobEnded}, false},
		{"it runs", roles.DCOSPartial, remote.JobStatus{Phase: remote.JobRunning}, false},
		{"it failed", roles.DCOSPartial, remote.JobStatus{Phase: remote.JobEnded, ExitCode: 1}, false},
		{"it was cut off", roles.DCOSPartial, remote.JobStatus{Phase: remote.JobInterrupted}, false},
		{"it was removed since", roles.DCOSAbsent, remote.JobStatus{Phase: remote.JobEnded}, false},
	} {
		s := Sight{Facts: roles.Facts{DCOS: roles.DCOS{State: tc.state}}, Install: tc.job}
		if got := s.overtaken(); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}
