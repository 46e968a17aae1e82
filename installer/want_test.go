package installer

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/roles"
)

const (
	smallHosts = `[bootstrap]
b ansible_host=10.0.0.10
[masters]
m ansible_host=10.0.0.11
[agents_private]
a ansible_host=10.0.0.21
`
	smallSettings = `dcos:
  download: https://example.com/dcos_generate_config.sh
  version: "2.1.0"
  config:
    cluster_name: small
`
)

// loaded is the cluster of an inventory on the disk: smallHosts and
// smallSettings with more lines for dcos.config, and files that replace these.
func loaded(t *testing.T, config string, files map[string]string) *inventory.Cluster {
	t.Helper()
	all := map[string]string{"hosts": smallHosts, "group_vars/all.yml": smallSettings + config}
	maps.Copy(all, files)
	dir := t.TempDir()
	for name, text := range all {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inv, err := inventory.Load(inventory.Options{Sources: []string{"hosts"}, WorkDir: dir, HomeDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c, err := inv.Cluster()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWantDerivesWhatIsNotGiven(t *testing.T) {
	c := loaded(t, "", nil)
	w, err := want(c, known{Addresses: map[string]string{"b": "10.0.0.10", "m": "10.0.0.11", "a": "10.0.0.21"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := w.URL.String(), "http://10.0.0.10:8080"; got != want {
		t.Errorf("bootstrap_url: got %s, want %s", got, want)
	}
	for _, line := range []string{"bootstrap_url: http://10.0.0.10:8080\n", "exhibitor_storage_backend: static\n",
		"master_discovery: static\n", "master_list:\n", "- 10.0.0.11\n", "cluster_name: small\n"} {
		if !strings.Contains(string(w.Files.Config), line) {
			t.Errorf("config.yaml has no %q:\n%s", line, w.Files.Config)
		}
	}
	if got, want := w.Dir, "/opt/dcosup/2.1.0"; got != want {
		t.Errorf("directory: got %s, want %s", got, want)
	}
	if w.Key == "" || w.Key != w.Files.Key() {
		t.Errorf("key: got %q, want that of the files, %q", w.Key, w.Files.Key())
	}
}

// The order of the masters is the inventory's, whatever the map's is: another
// order would be another configuration.
func TestWantKeepsTheOrderOfMasters(t *testing.T) {
	c := loaded(t, "", map[string]string{"hosts": "[bootstrap]\nb\n[masters]\nm3\nm1\nm2\n[agents_private]\na\n"})
	w, err := want(c, known{Addresses: map[string]string{"b": "10.0.0.10", "m1": "10.0.0.1", "m2": "10.0.0.2", "m3": "10.0.0.3"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"10.0.0.3", "10.0.0.1", "10.0.0.2"}, w.Masters); diff != "" {
		t.Errorf("masters (-want +got):\n%s", diff)
	}
}

func TestWantTakesAGivenBootstrapURL(t *testing.T) {
	for _, tc := range []struct{ given, url, port, path string }{
		{"http://10.0.0.10:9090", "http://10.0.0.10:9090", "9090", ""},
		{"http://10.0.0.10", "http://10.0.0.10", "80", ""},
		{"http://files.example:8080/dcos/prod", "http://files.example:8080/dcos/prod", "8080", "/dcos/prod"},
	} {
		w, err := want(loaded(t, "    bootstrap_url: "+tc.given+"\n", nil), known{Addresses: map[string]string{"b": "10.0.0.10", "m": "10.0.0.11"}})
		if err != nil {
			t.Errorf("%s: %v", tc.given, err)
			continue
		}
		if w.URL.String() != tc.url || w.port() != tc.port || w.URL.Path != tc.path {
			t.Errorf("%s: got %s, port %s, path %q; want %s, port %s, path %q", tc.given, w.URL, w.port(), w.URL.Path, tc.url, tc.port, tc.path)
		}
	}
}

// What installs nothing works on a cluster whose configuration has become wrong;
// and --lenient lets pass what only we could not serve.
func TestWantWithAWrongConfiguration(t *testing.T) {
	at := map[string]string{"b": "10.0.0.10", "m": "10.0.0.11"}
	for _, tc := range []struct {
		name, config string
		known        known
		fails        bool
	}{
		{name: "judged", config: "    resolvers: 7\n", fails: true},
		{name: "lenient", config: "    resolvers: 7\n", known: known{Lenient: true}, fails: true},
		{name: "not judged", config: "    resolvers: 7\n", known: known{Unjudged: true}},
		{name: "a URL on the disk, judged", config: "    bootstrap_url: file:///opt/dcos\n", fails: true},
		{name: "a URL on the disk, lenient", config: "    bootstrap_url: file:///opt/dcos\n", known: known{Lenient: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.known.Addresses = at
			w, err := want(loaded(t, tc.config, nil), tc.known)
			if (err != nil) != tc.fails {
				t.Fatalf("error: got %v, want one: %v", err, tc.fails)
			}
			if strings.Contains(tc.config, "file:") && w.URL != nil {
				t.Errorf("it would serve at %s", w.URL)
			}
		})
	}
}

func TestWantRefusesAMasterWithoutAddress(t *testing.T) {
	_, err := want(loaded(t, "", nil), known{Addresses: map[string]string{"b": "10.0.0.10"}})
	if err == nil || !strings.Contains(err.Error(), "master m ") {
		t.Errorf("error: got %v, want one that names m", err)
	}
}

// What is not known yet is not held against what is given.
func TestCheckConfigDoesNotCompareWithStandIns(t *testing.T) {
	config := "    bootstrap_url: http://10.0.0.10:8080\n    master_list: [10.0.0.11]\n"
	names := map[string]string{"hosts": "[bootstrap]\nb ansible_host=b.example\n[masters]\nm ansible_host=m.example\n[agents_private]\na\n"}
	if _, err := CheckConfig(loaded(t, config, names), false); err != nil {
		t.Errorf("got %v, want none: no node's address is known", err)
	}
	_, err := want(loaded(t, config, nil), known{Addresses: map[string]string{"b": "10.0.0.99", "m": "10.0.0.98"}})
	if err == nil || !strings.Contains(err.Error(), "bootstrap_url: points to 10.0.0.10") || !strings.Contains(err.Error(), "master_list: is 10.0.0.11") {
		t.Errorf("got %v, want one for each of the two", err)
	}
}

// Every mistake is shown at once, each at its line.
func TestCheckConfigShowsEveryMistakeWithItsPlace(t *testing.T) {
	for _, tc := range []struct {
		name, config string
		want         []string // starts of the errors, in their order
	}{
		{name: "nothing is wrong"},
		{name: "not http", config: "    bootstrap_url: https://10.0.0.10\n",
			want: []string{"group_vars/all.yml:6:20: dcos.config.bootstrap_url: "}},
		{name: "no URL at all", config: "    bootstrap_url: 10.0.0.10:8080\n",
			want: []string{"group_vars/all.yml:6:5: dcos.config.bootstrap_url: "}},
		{name: "a value that the generator would refuse", config: "    resolvers: [1.2.3]\n",
			want: []string{"group_vars/all.yml:6:17: dcos.config.resolvers.0: "}},
		{name: "a date without quotes", config: "    weights: 2020-01-01\n", want: []string{"group_vars/all.yml:6:5: dcos.config.weights: is a date"}},
		{name: "a key that is no text", config: "    1: x\n", want: []string{"group_vars/all.yml:6:5: dcos.config.1: is a key that is no text"}},
		{name: "two mistakes", config: "    telemetry_enabled: maybe\n    resolvers: [1.2.3]\n",
			want: []string{"group_vars/all.yml:6:5: dcos.config.telemetry_enabled: ", "group_vars/all.yml:7:17: dcos.config.resolvers.0: "}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := CheckConfig(loaded(t, tc.config, nil), false)
			var many *multierror.Error
			if errors.As(err, &many) != (tc.want != nil) {
				t.Fatalf("error: got %v, want %d", err, len(tc.want))
			}
			if many == nil {
				return
			}
			if len(many.Errors) != len(tc.want) {
				t.Fatalf("errors: got %v, want %q", err, tc.want)
			}
			for i, e := range many.Errors {
				var source *inventory.Error
				if !errors.As(e, &source) || !strings.HasPrefix(source.Error(), tc.want[i]) || source.Source == "" {
					t.Errorf("error %d: got %v, want one that begins with %q and shows the line", i, e, tc.want[i])
				}
			}
			if got := exitCode(failuresOf(err)); got != KindUsage.ExitCode() {
				t.Errorf("exit code: got %d, want %d", got, KindUsage.ExitCode())
			}
		})
	}
}

func TestCheckConfigWarnsWithAPlace(t *testing.T) {
	warnings, err := CheckConfig(loaded(t, "    master_lits: [10.0.0.11]\n", nil), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0].Error(), "group_vars/all.yml:6:5: dcos.config.master_lits: ") {
		t.Errorf("warnings: got %v, want one about master_lits at its line", warnings)
	}
}

// Names tell no address; the configuration is judged all the same, with
// addresses that nobody has.
func TestCheckConfigNeedsNoAddresses(t *testing.T) {
	c := loaded(t, "", map[string]string{"hosts": "[bootstrap]\nb\n[masters]\nm\n[agents_private]\na ansible_host=10.0.0.21\n"})
	if _, err := CheckConfig(c, false); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	want := map[string]string{"b": "240.0.0.1", "m": "240.0.0.2", "a": "10.0.0.21"}
	if diff := cmp.Diff(want, provisional(c)); diff != "" {
		t.Errorf("provisional addresses (-want +got):\n%s", diff)
	}
}

func TestSpecifierStaysBelowHome(t *testing.T) {
	for _, tc := range []struct {
		release inventory.Release
		want    string
	}{
		{inventory.Release{}, "current"},
		{inventory.Release{Version: "2.1.0"}, "2.1.0"},
		{inventory.Release{Version: "2.1.0", ImageCommit: "abc"}, "abc"},
		{inventory.Release{Version: "../../etc"}, "etc"},
		{inventory.Release{Version: "/etc/passwd"}, "passwd"},
		{inventory.Release{Version: "2.1.0/"}, "2.1.0"},
		{inventory.Release{Version: ".."}, "current"},
		{inventory.Release{Version: "./."}, "current"},
		{inventory.Release{Version: "/"}, "current"},
		{inventory.Release{Version: "2.1.0", ImageCommit: ".."}, "2.1.0"},
	} {
		if got := specifier(tc.release); got != tc.want {
			t.Errorf("commit %q, version %q: got %q, want %q", tc.release.ImageCommit, tc.release.Version, got, tc.want)
		}
	}
}

// A stamp on the bootstrap node says which release lies there.
func TestIsRelease(t *testing.T) {
	const from = "https://example.com/dcos.sh"
	for _, tc := range []struct {
		name, checksum, stamp string
		want                  bool
	}{
		{"the checksum decides", "aa", "aa https://mirror.example/x", true},
		{"another checksum, though from the same place", "aa", "bb " + from, false},
		{"no checksum is given: the place decides", "", "bb " + from, true},
		{"no checksum is given: another place", "", "bb https://example.com/other.sh", false},
		{"no stamp", "aa", "", false},
		{"no stamp and no checksum", "", "", false},
	} {
		w := Wanted{Release: inventory.Release{Download: from, Checksum: tc.checksum}}
		if got := w.isRelease(tc.stamp); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

// The generator has to run again when its files or the release change, and not
// when the same release came from another place.
func TestGenconfStamp(t *testing.T) {
	w := Wanted{Key: "K"}
	first := w.genconfStamp("aa https://one.example/x")
	if got := w.genconfStamp("aa https://two.example/x"); got != first {
		t.Errorf("another place: got %q, want %q", got, first)
	}
	if got := w.genconfStamp("bb https://one.example/x"); got == first {
		t.Errorf("another release: got %q again", got)
	}
	if got := (Wanted{Key: "L"}).genconfStamp("aa https://one.example/x"); got == first {
		t.Errorf("another configuration: got %q again", got)
	}
}

// Where all nodes that will have DC/OS run in one cloud, it tells their public
// addresses; a node that could not be looked at has no say.
func TestEnvironmentOfTheNodes(t *testing.T) {
	aws, own := roles.DMI{Vendor: "Amazon EC2"}, roles.DMI{Vendor: "Dell Inc."}
	for _, tc := range []struct {
		name            string
		bootstrap, m, a *Sight
		want            genconf.Environment
	}{
		{"all in one cloud", sightOf(aws), sightOf(aws), sightOf(aws), genconf.AWS},
		{"the bootstrap node is elsewhere", sightOf(own), sightOf(aws), sightOf(aws), genconf.AWS},
		{"an agent is elsewhere", sightOf(aws), sightOf(aws), sightOf(own), ""},
		{"an agent is not in this run", sightOf(aws), sightOf(aws), nil, genconf.AWS},
		{"an agent could not be reached", sightOf(aws), sightOf(aws), &Sight{Err: errors.New("no")}, genconf.AWS},
		{"machines of one's own", sightOf(own), sightOf(own), sightOf(own), ""},
	} {
		c := loaded(t, "", nil)
		if got := environment(c, map[string]*Sight{"b": tc.bootstrap, "m": tc.m, "a": tc.a}); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

func sightOf(d roles.DMI) *Sight { return &Sight{Facts: roles.Facts{DMI: d}} }

// What the inventory takes as a method, the room that renders scripts can do,
// and what is wrong with one is said at its place.
func TestWantMakesTheScriptOfEveryMethod(t *testing.T) {
	addresses := map[string]string{"b": "10.0.0.10", "m": "10.0.0.11", "a": "10.0.0.21"}
	hosts := strings.NewReplacer("10.0.0.11", "10.0.0.11 ip6=2001:db8::11 fault_domain_region=r fault_domain_zone=z",
		"10.0.0.21", "10.0.0.21 ip6=2001:db8::21 fault_domain_region=r fault_domain_zone=z").Replace(smallHosts)
	for setting, words := range genconf.Methods() {
		for _, word := range words {
			text := smallSettings + "  " + setting + ": " + strings.Replace(word, "interface", "interface eth1", 1) + "\n"
			c := loaded(t, "", map[string]string{"hosts": hosts, "group_vars/all.yml": text})
			w, err := want(c, known{Addresses: addresses, Environment: genconf.GCE})
			if err != nil {
				t.Errorf("%s: %s: %v", setting, word, err)
			}
			for _, warning := range w.Warnings {
				if setting != "fault_domain_detect" || !strings.HasPrefix(warning.Error(), "group_vars/all.yml:6:3: dcos.fault_domain_detect: is not used by the open release") {
					t.Errorf("%s: %s: warning: %v", setting, word, warning)
				}
			}
		}
	}
}

func TestWantTakesWhatTheInventoryTellsOfNodes(t *testing.T) {
	hosts := "[bootstrap]\nb public_ip=192.0.2.10\n[masters]\nm public_ip=192.0.2.11\n[agents_private]\na public_ip=a.example.com\nlost public_ip=192.0.2.22\n"
	c := loaded(t, "", map[string]string{"hosts": hosts, "group_vars/all.yml": smallSettings + "  ip_detect_public: inventory\n"})
	w, err := want(c, known{Addresses: map[string]string{"b": "10.0.0.10", "m": "10.0.0.11", "a": "10.0.0.21"}})
	if err != nil {
		t.Fatal(err)
	}
	script, _ := w.Files.Script(genconf.IPDetectPublic)
	if got := string(script.Content); !strings.Contains(got, "\n10.0.0.11 192.0.2.11\n10.0.0.21 a.example.com\nEND\n") {
		t.Errorf("the script has no table of the nodes that will have DC/OS:\n%s", got)
	}
}

// The person's own files go to genconf/, and what is wrong with one is said of it.
func TestWantTakesTheFilesOfGenconf(t *testing.T) {
	c := loaded(t, "", map[string]string{"genconf/check_bins/disk": "#!/bin/sh\n", "genconf/license.txt": "L", "genconf/ip-detect": "echo 10.0.0.1\n"})
	c.GenconfFiles[slices.IndexFunc(c.GenconfFiles, func(f inventory.GenconfFile) bool { return f.Name == "license.txt" })].Executable = true
	w, err := want(c, known{Addresses: map[string]string{"b": "10.0.0.10", "m": "10.0.0.11"}})
	if err == nil || !strings.Contains(err.Error(), "genconf/ip-detect: does not begin with #!") {
		t.Errorf("error: got %v, want one at the script", err)
	}
	var got []string
	for _, f := range w.Files.List() {
		got = append(got, fmt.Sprintf("%s %o", f.Name, f.Mode))
	}
	if diff := cmp.Diff([]string{"check_bins/disk 644", "config.yaml 600", "ip-detect 755", "license.txt 755"}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestWantWithFacts renders a configuration of which a part is known only once the
// nodes have been asked.
func TestWantWithFacts(t *testing.T) {
	c := loaded(t, "    dns_search: \"{{ ansible_hostname }}.example.com\"\n    exhibitor_storage_backend: \"{{ 'zookeeper' if ansible_system == 'Linux' else '' }}\"\n"+
		"    exhibitor_zk_hosts: \"{{ hostvars['a'].ansible_default_ipv4.address }}:2181\"\n    exhibitor_zk_path: /exhibitor\n", nil)
	if _, err := CheckConfig(c, false); err != nil {
		t.Fatalf("before the nodes are asked: %v", err)
	}
	d, err := DescribeCluster(c, false)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, s := range d.Settings {
		shown[s.Key] = s.Value
	}
	if shown["config.dns_search"] != "<ansible_hostname of b>" || shown["config.exhibitor_zk_hosts"] != "<ansible_default_ipv4 of a>" {
		t.Errorf("settings are shown as %v", shown)
	}
	if _, err := Genconf(c, false); err == nil || !strings.Contains(err.Error(), "dcos.config.exhibitor_zk_hosts needs the fact ansible_default_ipv4 of a, which is not known without asking the node") {
		t.Errorf("genconf says %v", err)
	}
	seen := map[string]*Sight{"b": {Facts: roles.Facts{Hostname: "boot.lan"}}, "m": {Err: errors.New("lost")}, "a": {Facts: roles.Facts{
		Network: roles.Network{DefaultSource: netip.MustParseAddr("10.0.0.21")}}}}
	with, err := c.With(facts(seen))
	if err != nil {
		t.Fatal(err)
	}
	w, err := want(with, unasked(with, false))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"dns_search: boot.example.com\n", "exhibitor_storage_backend: zookeeper\n", "exhibitor_zk_hosts: \"10.0.0.21:2181\"\n"} {
		if !strings.Contains(string(w.Files.Config), line) {
			t.Errorf("config.yaml lacks %q:\n%s", line, w.Files.Config)
		}
	}
	lost := loaded(t, "    dns_search: \"{{ hostvars['m'].ansible_hostname }}\"\n", nil)
	if _, err := lost.With(facts(seen)); err == nil || !strings.Contains(err.Error(), "the fact ansible_hostname of m is needed, and that host is not among the nodes that were asked") {
		t.Errorf("of a node that is lost: %v", err)
	}
}
