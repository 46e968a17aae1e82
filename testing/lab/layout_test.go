package lab

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLayoutOf(t *testing.T) {
	subnet := netip.MustParsePrefix("10.213.77.0/24")
	for _, tc := range []struct {
		name string
		opts Options
		want []string // name address flavour
	}{
		{
			name: "the seven nodes",
			opts: Options{Masters: 1},
			want: []string{
				"bootstrap 10.213.77.10 ready",
				"master-1 10.213.77.11 no-tools",
				"agent-1 10.213.77.21 ready",
				"agent-2 10.213.77.22 no-docker",
				"agent-3 10.213.77.23 no-ntp",
				"agent-4 10.213.77.24 bare",
				"public-1 10.213.77.31 ready",
			},
		},
		{
			name: "three masters and nothing else",
			opts: Options{Masters: 3, Nodes: []string{"master-3", "master-1", "master-2"}},
			want: []string{
				"master-1 10.213.77.11 no-tools",
				"master-2 10.213.77.12 no-tools",
				"master-3 10.213.77.13 no-tools",
			},
		},
		{
			name: "another flavour",
			opts: Options{Masters: 1, Nodes: []string{"agent-4"}, Flavours: map[string]Flavour{"agent-4": Ready}},
			want: []string{"agent-4 10.213.77.24 ready"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.opts.Subnet = subnet
			layout, err := layoutOf(tc.opts)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range layout {
				got = append(got, strings.Join([]string{p.Name, p.Address.String(), string(p.Flavour)}, " "))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("layout (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLayoutOfRefuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts Options
		want string
	}{
		{"too many masters", Options{Masters: 4}, "1 to 3 masters, not 4"},
		{"no master", Options{Masters: -1}, "1 to 3 masters, not -1"},
		{"a node that is not", Options{Masters: 1, Nodes: []string{"master-2"}}, `no node is called "master-2"`},
		{"a flavour of nobody", Options{Masters: 1, Flavours: map[string]Flavour{"x": Ready}}, `flavour is given for "x"`},
		{"a flavour that is not", Options{Masters: 1, Flavours: map[string]Flavour{"agent-1": "sour"}}, `no flavour is called "sour"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := layoutOf(tc.opts)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestNewLabRefusesDirectoryThatSSHCannotName(t *testing.T) {
	if _, err := newLab(Options{Dir: "/tmp/my lab"}); err == nil {
		t.Error("a directory with a blank was accepted")
	}
}
