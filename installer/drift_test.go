package installer

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-multierror"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/roles"
)

// Nothing is asked of the bootstrap node where there is nothing to compare, or
// where the stamps tell that nothing changed: these runs have no connection.
func TestDriftWithoutLooking(t *testing.T) {
	for _, tc := range []struct {
		name   string
		found  func(Discovery) Discovery
		wanted func(*Wanted)
		want   Drift
	}{
		{name: "nothing was ever made", found: func(d Discovery) Discovery { set(d, "m", installed); return d }},
		{name: "nothing is installed", found: func(d Discovery) Discovery { d.Bootstrap = provided(); return d },
			wanted: func(w *Wanted) { w.Key = "another" }},
		{name: "nodes were installed from other files", found: func(d Discovery) Discovery {
			set(d, "m", func(s *Sight) { s.Facts.DCOS = roles.DCOS{State: roles.DCOSInstalled, PackageList: "old"} })
			d.Bootstrap = provided()
			d.Bootstrap.Packages = "new"
			return d
		}, wanted: func(w *Wanted) { w.Key = "another" }},
		{name: "all is as it was", found: func(d Discovery) Discovery { set(d, "m", installed); d.Bootstrap = provided(); return d }},
		{name: "another release", found: func(d Discovery) Discovery { set(d, "m", installed); d.Bootstrap = provided(); return d },
			wanted: func(w *Wanted) { w.Release.Checksum = "bbbb" }, want: Drift{Release: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := smallCluster()
			r := New(Config{Cluster: c})
			r.found, r.wanted = tc.found(fresh(c)), wantedSmall()
			if tc.wanted != nil {
				tc.wanted(&r.wanted)
			}
			got, err := r.drift(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A release is known by its checksum; without one only the address of a
// download can tell.
func TestOtherRelease(t *testing.T) {
	for _, tc := range []struct {
		name    string
		want    inventory.Release
		release string // stamp of the release that is there; install files were made from aaaa
		other   bool
	}{
		{name: "the checksum is the same", want: inventory.Release{Checksum: "aaaa", Download: "/there"}, release: "aaaa /here"},
		{name: "the checksum differs", want: inventory.Release{Checksum: "bbbb"}, release: "aaaa /here", other: true},
		{name: "brought already, but nothing made from it", want: inventory.Release{Checksum: "bbbb"}, release: "bbbb /here", other: true},
		{name: "another path", want: inventory.Release{Download: "/there"}, release: "aaaa /here"},
		{name: "the same URL", want: inventory.Release{Download: "http://a/x"}, release: "aaaa http://a/x"},
		{name: "another URL", want: inventory.Release{Download: "http://a/y"}, release: "aaaa http://a/x", other: true},
	} {
		if got := (Wanted{Release: tc.want}).otherRelease(BootstrapFacts{Genconf: "K aaaa", Release: tc.release}); got != tc.other {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.other)
		}
	}
}

// Each difference is shown at its line, with what DC/OS says of it.
func TestDriftRefused(t *testing.T) {
	c := loaded(t, "    gc_delay: 3days\n", nil)
	d := Drift{Release: true, Config: []genconf.Change{
		{Key: "gc_delay", Old: "2days", New: "3days", Rule: "it is allowed", OK: true}, {Key: "resolvers", Old: "[10.0.0.2]", Rule: "it is not"}}}
	err := d.refused(c)
	var all *multierror.Error
	if !errors.As(err, &all) || kindOf(err) != KindUsage {
		t.Fatalf("got %v of kind %s, want a multierror about the inventory", err, kindOf(err))
	}
	var got []string
	for _, e := range all.Errors {
		got = append(got, e.Error())
	}
	want := []string{
		"group_vars/all.yml:6:5: the cluster was installed with another configuration: gc_delay: 2days → 3days",
		"the cluster was installed with another configuration: resolvers: [10.0.0.2] is gone",
		"group_vars/all.yml:2:3: the cluster was installed from another release than dcos.download",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
