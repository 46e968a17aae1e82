package catalog_test

import (
	"bytes"
	"compress/flate"
	"io"
	"slices"
	"strings"
	"testing"

	"dcosup/testing/lab/release/archive"
	"dcosup/testing/lab/release/catalog"

	"github.com/google/go-cmp/cmp"
)

func TestUnitsOfEachRole(t *testing.T) {
	got := map[string][]string{}
	for _, p := range catalog.Packages(catalog.Source{}) {
		for _, f := range p.Files {
			dir, unit, ok := strings.Cut(f.Name, "/")
			if ok && strings.HasPrefix(dir, "dcos.target.wants") {
				got[dir] = append(got[dir], strings.TrimSuffix(unit, ".service"))
			}
		}
	}
	want := map[string][]string{
		"dcos.target.wants": {"dcos-diagnostics"},
		"dcos.target.wants_master": {"dcos-adminrouter", "dcos-cosmos", "dcos-exhibitor", "dcos-marathon", "dcos-mesos-master",
			"dcos-mesos-dns", "dcos-metronome"},
		"dcos.target.wants_slave":        {"dcos-adminrouter-agent", "dcos-mesos-slave"},
		"dcos.target.wants_slave_public": {"dcos-adminrouter-agent", "dcos-mesos-slave-public"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("units by directory (-want +got):\n%s", diff)
	}
}

// A person who opens any package or unit must see that it is not DC/OS.
func TestEveryPackageSaysThatItIsAStandIn(t *testing.T) {
	for _, p := range catalog.Packages(catalog.Source{Runtime: []byte("program")}) {
		for _, f := range p.Files {
			isText := f.Name == "pkginfo.json" || strings.HasSuffix(f.Name, ".service")
			if isText && !strings.Contains(string(f.Body), "not DC/OS") {
				t.Errorf("%s: %s does not say what it is:\n%s", p.Name, f.Name, f.Body)
			}
		}
	}
}

func TestPayload(t *testing.T) {
	const size = 1_000_000
	var total int64
	for _, p := range catalog.Packages(catalog.Source{Payload: size}) {
		i := slices.IndexFunc(p.Files, func(f archive.File) bool { return f.Open != nil })
		if i < 0 {
			continue
		}
		f := p.Files[i]
		total += f.Size
		if squashed := deflated(t, io.LimitReader(f.Open(), f.Size)); squashed < f.Size {
			t.Errorf("%s: payload of %d bytes compresses to %d", p.Name, f.Size, squashed)
		}
	}
	if total != size {
		t.Errorf("payload of all packages is %d bytes, want %d", total, size)
	}
}

func TestIDsFollowContent(t *testing.T) {
	base := ids(catalog.Source{Runtime: []byte("1"), Payload: 100})
	if diff := cmp.Diff(base, ids(catalog.Source{Runtime: []byte("1"), Payload: 100})); diff != "" {
		t.Errorf("the same source gave other ids (-first +second):\n%s", diff)
	}
	newProgram := ids(catalog.Source{Runtime: []byte("2"), Payload: 100})
	var changed []string
	for i, id := range newProgram {
		if base[i] != id {
			changed = append(changed, strings.Split(id, "--")[0])
		}
	}
	if diff := cmp.Diff([]string{catalog.RuntimePackage}, changed); diff != "" {
		t.Errorf("packages changed by a new program (-want +got):\n%s", diff)
	}
}

func ids(src catalog.Source) []string {
	var ids []string
	for _, p := range catalog.Packages(src) {
		ids = append(ids, p.ID())
	}
	return ids
}

func deflated(t *testing.T, r io.Reader) int64 {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return int64(out.Len())
}
