package lab

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func prefixes(list ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

func TestChooseSubnet(t *testing.T) {
	everything := append(prefixes("172.17.0.0/16"), defaultSubnets()...)
	for _, tc := range []struct {
		name  string
		want  string // "" leaves it open
		taken []netip.Prefix
		got   string
		fails bool
		inUse bool // the error is ErrSubnetTaken
	}{
		{name: "nothing in the way", taken: prefixes("172.17.0.0/16"), got: "10.213.77.0/24"},
		{name: "another lab is up", taken: prefixes("10.213.77.0/24"), got: "10.213.78.0/24"},
		{name: "the default is part of a larger network", taken: prefixes("10.213.64.0/20"), got: "10.213.80.0/24"},
		{name: "all defaults are taken", taken: everything, fails: true, inUse: true},
		{name: "one that was asked for", want: "192.168.50.0/26", got: "192.168.50.0/26"},
		{name: "asked for and taken", want: "192.168.50.0/24", taken: prefixes("192.168.0.0/16"), fails: true, inUse: true},
		{name: "too small for the addresses", want: "192.168.50.0/27", fails: true},
		{name: "not a network", want: "192.168.50.1/24", fails: true},
		{name: "IPv6", want: "fd00::/64", fails: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want netip.Prefix
			if tc.want != "" {
				want = netip.MustParsePrefix(tc.want)
			}
			got, err := chooseSubnet(want, tc.taken)
			if tc.fails {
				if err == nil || errors.Is(err, ErrSubnetTaken) != tc.inUse {
					t.Errorf("got %v, %v, want an error; ErrSubnetTaken: %v", got, err, tc.inUse)
				}
				return
			}
			if err != nil || got.String() != tc.got {
				t.Errorf("got %v, %v, want %s", got, err, tc.got)
			}
		})
	}
}

func TestParseRoutes(t *testing.T) {
	table := `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100A8C0	0003	0	0	0	00000000	0	0	0
eth0	0000A8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
`
	want := []string{"192.168.0.0/24", "172.17.0.0/16"}
	var got []string
	for _, p := range parseRoutes(table) {
		got = append(got, p.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestAddressAt(t *testing.T) {
	for _, tc := range []struct {
		subnet string
		offset int
		want   string
	}{
		{"10.213.77.0/24", 31, "10.213.77.31"},
		{"192.168.50.64/26", 10, "192.168.50.74"},
	} {
		if got := addressAt(netip.MustParsePrefix(tc.subnet), tc.offset).String(); got != tc.want {
			t.Errorf("addressAt(%s, %d) = %s, want %s", tc.subnet, tc.offset, got, tc.want)
		}
	}
}
