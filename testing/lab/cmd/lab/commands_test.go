package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcosup/testing/lab"

	"github.com/google/go-cmp/cmp"
)

// Nothing here needs Docker: each command line ends before it is asked.
func TestRunExitCodes(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		code int
		want string // in what is written to standard error
	}{
		{"help", []string{"--help"}, exitDone, ""},
		{"a flag that is not", []string{"up", "--size", "3"}, exitUsage, "unknown flag: --size"},
		{"a size that is none", []string{"up", "--release-size", "big"}, exitUsage, `"big" is no size`},
		{"a subnet that is none", []string{"up", "--subnet", "10.0.0.0"}, exitUsage, "--subnet"},
		{"too many masters", []string{"up", "--masters", "5"}, exitFailed, "1 to 3 masters"},
		{"a flavour that is none", []string{"up", "--flavour", "agent-1=sour"}, exitFailed, `no flavour is called "sour"`},
		{"status without a lab", []string{"status"}, exitFailed, "no lab is up in"},
		{"ssh without a lab", []string{"ssh", "agent-1", "true"}, exitFailed, "hint: lab up --dir"},
		{"fresh of nothing", []string{"fresh"}, exitUsage, "or say --all"},
		{"fresh of everything and something", []string{"fresh", "--all", "agent-1"}, exitUsage, "or say --all"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out, stderr bytes.Buffer
			args := append([]string{"--dir", filepath.Join(t.TempDir(), "lab")}, tc.args...)
			code := run(t.Context(), args, streams{strings.NewReader(""), &out, &stderr})
			if code != tc.code || !strings.Contains(stderr.String(), tc.want) {
				t.Errorf("lab %v: exit code %d, stderr %q; want %d and %q", tc.args, code, stderr.String(), tc.code, tc.want)
			}
		})
	}
}

func TestOptionsJoinFlagsToTheLastTime(t *testing.T) {
	last := `{"name": "mine", "subnet": "10.213.80.0/24", "masters": 3, "nodes": ["bootstrap", "master-1"], "release_bytes": 1000}`
	for _, tc := range []struct {
		name string
		args []string
		want lab.Options
	}{
		{"no flags: the lab that is there", nil, lab.Options{Name: "mine", Masters: 3, Nodes: []string{"bootstrap", "master-1"}, ReleaseBytes: 1000}},
		{"flags win", []string{"--masters=1", "--release-size=2KB", "--nodes=agent-1"}, lab.Options{Name: "mine", Masters: 1, Nodes: []string{"agent-1"}, ReleaseBytes: 2000}},
		{"another flavour", []string{"--flavour=master-1=redhat"}, lab.Options{Name: "mine", Masters: 3, Nodes: []string{"bootstrap", "master-1"},
			Flavours: map[string]lab.Flavour{"master-1": lab.RedHat}, ReleaseBytes: 1000}},
		{"no release", []string{"--release-size=0"}, lab.Options{Name: "mine", Masters: 3, Nodes: []string{"bootstrap", "master-1"}, ReleaseBytes: -1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "lab.json"), []byte(last), 0o600); err != nil {
				t.Fatal(err)
			}
			c := &command{dir: dir}
			cmd := c.up()
			var f labFlags
			cmd.ResetFlags()
			f.add(cmd)
			if err := cmd.ParseFlags(tc.args); err != nil {
				t.Fatal(err)
			}
			got, err := c.options(cmd, f)
			if err != nil {
				t.Fatal(err)
			}
			got.Dir, got.Log = "", nil
			if diff := cmp.Diff(tc.want.Nodes, got.Nodes); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want.Flavours, got.Flavours); diff != "" {
				t.Errorf("flavours (-want +got):\n%s", diff)
			}
			if got.Name != tc.want.Name || got.Masters != tc.want.Masters || got.ReleaseBytes != tc.want.ReleaseBytes {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if got.Subnet.IsValid() {
				t.Errorf("the subnet of the last time, %s, must not be asked for: it may be taken", got.Subnet)
			}
		})
	}
}

func TestParseSize(t *testing.T) {
	for _, tc := range []struct {
		in    string
		want  int64
		fails bool
	}{
		{in: "50MB", want: 50_000_000},
		{in: "300kb", want: 300_000},
		{in: "1GB", want: 1_000_000_000},
		{in: "17", want: 17},
		{in: "0", want: 0},
		{in: "", fails: true},
		{in: "-1MB", fails: true},
		{in: "1.5GB", fails: true},
		{in: "9223372036854775807GB", fails: true},
	} {
		got, err := parseSize(tc.in)
		if got != tc.want || (err != nil) != tc.fails {
			t.Errorf("parseSize(%q) = %d, %v, want %d; fails: %v", tc.in, got, err, tc.want, tc.fails)
		}
	}
}
