package lab

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// entry joins fields as find prints them.
func entry(fields ...string) string { return strings.Join(fields, "\x00") + "\x00" }

func TestParseListing(t *testing.T) {
	out := entry("/etc/passwd", "f", "644", "0:0", "839", "1700000000.1234567890", "") +
		entry("/a name\nwith a newline", "f", "4755", "1000:1000", "0", "1700000000.0000000000", "") +
		entry("/bin", "l", "777", "0:0", "7", "1700000001.0000000010", "usr/bin") +
		entry("/etc", "d", "755", "0:0", "4096", "-1.5000000000", "") +
		entry("/etc/passwd", "f", "644", "0:0", "839", "1700000000.1234567890", "")
	want := Listing{
		{Path: "/a name\nwith a newline", Type: "f", Mode: "4755", Owner: "1000:1000", Changed: time.Unix(1700000000, 0).UTC()},
		{Path: "/bin", Type: "l", Mode: "777", Owner: "0:0", Size: 7, Changed: time.Unix(1700000001, 1).UTC(), Target: "usr/bin"},
		{Path: "/etc", Type: "d", Mode: "755", Owner: "0:0", Changed: time.Unix(-1, 500000000).UTC()},
		{Path: "/etc/passwd", Type: "f", Mode: "644", Owner: "0:0", Size: 839, Changed: time.Unix(1700000000, 123456789).UTC()},
	}
	got, err := parseListing(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
}

func TestParseListingRefuses(t *testing.T) {
	for name, out := range map[string]string{
		"half an entry": entry("/etc", "d", "755"),
		"no size":       entry("/etc", "f", "755", "0:0", "big", "1.0", ""),
		"no time":       entry("/etc", "f", "755", "0:0", "1", "yesterday", ""),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := parseListing(out); err == nil {
				t.Errorf("got %v, want an error", got)
			}
		})
	}
}

func TestListingWithout(t *testing.T) {
	var all Listing
	for _, p := range []string{"/etc/hosts", "/var/lib/docker", "/var/lib/docker/x/y", "/var/lib/dockerd", "/var/log/a.log", "/var/log/b.txt"} {
		all = append(all, File{Path: p})
	}
	var got []string
	for _, f := range all.without([]string{"/etc/hosts", "/var/lib/docker", "/var/log/*.log"}) {
		got = append(got, f.Path)
	}
	if diff := cmp.Diff([]string{"/var/lib/dockerd", "/var/log/b.txt"}, got); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}
