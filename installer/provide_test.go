package installer

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/remote"
)

// The file server is told who may fetch, and ends by itself in time, unless a
// person wants it to stay.
func TestServeCommand(t *testing.T) {
	const start = "/opt/dcosup/bin/dcosup serve --dir /opt/dcosup/2.1.0/current/serve --dir /opt/dcosup/2.1.0/previous/serve --listen "
	for _, tc := range []struct {
		name, url string
		stay      bool
		addresses map[string]string
		want      string
	}{
		{name: "derived", url: "http://10.0.0.10:8080", addresses: map[string]string{"b": "10.0.0.10", "m": "10.0.0.11", "a": "10.0.0.2"},
			want: start + ":8080 --prefix  --for 1h15m0s --allow 10.0.0.10,10.0.0.11,10.0.0.2"},
		{name: "a path, and the port of http", url: "http://files.example/dcos", addresses: map[string]string{"b": "10.0.0.10"},
			want: start + ":80 --prefix /dcos --for 1h15m0s --allow 10.0.0.10"},
		{name: "told to stay", url: "http://10.0.0.10:8080", stay: true, addresses: map[string]string{"b": "10.0.0.10"},
			want: start + ":8080 --prefix  --allow 10.0.0.10"},
		{name: "a node whose address is not known", url: "http://10.0.0.10:8080", addresses: map[string]string{"b": "10.0.0.10", "a": ""},
			want: start + ":8080 --prefix  --for 1h15m0s --allow 10.0.0.10"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u, err := url.Parse(tc.url)
			if err != nil {
				t.Fatal(err)
			}
			r := New(Config{Cluster: smallCluster(), Options: Options{Choices: Choices{KeepServing: tc.stay}, InstallTimeout: 30 * time.Minute, HealthTimeout: 15 * time.Minute}})
			r.wanted = Wanted{URL: u, Dir: "/opt/dcosup/2.1.0", Addresses: tc.addresses}
			if diff := cmp.Diff(tc.want, strings.Join(place{Run: r}.serveCommand(), " ")); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
		})
	}
}

// settingsFor are those of a release on this machine.
func settingsFor(file, more string) map[string]string {
	return map[string]string{"group_vars/all.yml": "dcos:\n  download: " + file + "\n" + more + "  config:\n    cluster_name: small\n"}
}

func TestResolveRelease(t *testing.T) {
	b := box{t: t, dir: t.TempDir()}
	b.write("dcos.sh", "#!/bin/bash\n")
	file, right := b.dir+"/dcos.sh", sha([]byte("#!/bin/bash\n"))
	for _, tc := range []struct {
		name, download, more string
		sum                  string // of the release
		err                  string // the place where a person must look
	}{
		{name: "its checksum is learnt", download: file, sum: right},
		{name: "it has the checksum that is given", download: file, more: "  download_checksum: " + right + "\n", sum: right},
		{name: "it has another", download: file, more: "  download_checksum: " + sha(nil) + "\n", err: "group_vars/all.yml:3:3: dcos.download_checksum: "},
		{name: "it is not there", download: file + ".other", err: "group_vars/all.yml:2:3: dcos.download: "},
		{name: "it is a directory", download: b.dir, err: "group_vars/all.yml:2:3: dcos.download: "},
		{name: "a URL is left to the bootstrap node", download: "https://example.com/x", more: "  download_checksum: " + sha(nil) + "\n", sum: sha(nil)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := resolveRelease(loaded(t, "", settingsFor(tc.download, tc.more)))
			if tc.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tc.err) || kindOf(err) != KindUsage {
					t.Errorf("error: got %v, want one at %s", err, tc.err)
				}
				return
			}
			if err != nil || got.Checksum != tc.sum || got.Download != tc.download {
				t.Errorf("got %+v, error %v; want %s with checksum %s", got, err, tc.download, tc.sum)
			}
		})
	}
}

// What the generator complains of is shown at its line of the inventory.
func TestGeneratorError(t *testing.T) {
	at := place{Run: New(Config{Cluster: loaded(t, "    resolvers: [192.0.2.1]\n", nil)})}
	refused := &remote.CommandError{Node: "b", Name: "job genconf", ExitCode: 1,
		Stderr: "resolvers: Invalid IPv4 addresses in list: x\nmaster_list: Must set master_list, no way to calculate value.\n"}
	want := `dcos_generate_config.sh refused the configuration:
  group_vars/all.yml:6:5: resolvers: Invalid IPv4 addresses in list: x
  master_list: Must set master_list, no way to calculate value.`
	got := failureOf(at.generatorError(refused), "b", "genconf/b")
	if diff := cmp.Diff(want, got.Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if got.Hint == "" {
		t.Error("it does not say what to do")
	}
	for name, err := range map[string]error{
		"a log that tells nothing":          &remote.CommandError{Node: "b", Name: "job genconf", ExitCode: 1, Stderr: "docker: no space\n"},
		"no word of the generator's at all": &remote.LostError{Node: "b", Op: "genconf"},
	} {
		if got := at.generatorError(err); got != err {
			t.Errorf("%s: got %v, want the error itself", name, got)
		}
	}
}

func TestIsURL(t *testing.T) {
	for download, want := range map[string]bool{"https://example.com/x": true, "http://x/y": true, "/srv/dcos.sh": false, "dcos.sh": false, "C:x": false} {
		if got := isURL(download); got != want {
			t.Errorf("%q: got %v, want %v", download, got, want)
		}
	}
}

// A setting's place is looked for where the bootstrap node has it; without one
// an error has no place, and is an error all the same.
func TestSettingPosWithoutSettings(t *testing.T) {
	if got := settingPos(smallCluster(), "download"); got != (inventory.Pos{}) {
		t.Errorf("got %v, want no place", got)
	}
}

func TestStopServingLeavesTheServerToANodeThatStillInstalls(t *testing.T) {
	c := smallCluster()
	r := New(Config{Cluster: c})
	r.found = fresh(c)
	set(r.found, "a", func(s *Sight) { s.Install.Phase = remote.JobRunning })
	r.results["install/a"] = result{Outcome: Cancelled} // Ctrl-C came before its turn
	got, err := place{Run: r, node: c.Bootstrap()}.stopServing(t.Context())
	if err != nil || got != Unchanged {
		t.Errorf("got %s, %v; want it left as it is", got, err)
	}
}
