package lab

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"os"
	"strings"
)

// ErrSubnetTaken is returned when the subnet that was asked for is in use on
// this machine, or when none of the default ones is free.
var ErrSubnetTaken = errors.New("subnet is in use")

// minBits is the smallest network in which the highest node address (.31) and
// the gateway fit with room to spare.
const minBits = 26

// defaultSubnets are tried in turn. They are far from the ranges that Docker,
// home routers and clouds hand out first.
func defaultSubnets() []netip.Prefix {
	var list []netip.Prefix
	for third := range byte(100) {
		list = append(list, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 213, 77 + third, 0}), 24))
	}
	return list
}

// chooseSubnet returns want when it is free, or, when want is not valid, the
// first free default.
func chooseSubnet(want netip.Prefix, taken []netip.Prefix) (netip.Prefix, error) {
	if !want.IsValid() {
		for _, candidate := range defaultSubnets() {
			if overlapping(candidate, taken) == nil {
				return candidate, nil
			}
		}
		return netip.Prefix{}, fmt.Errorf("%w: all of 10.213.77.0/24 to 10.213.176.0/24: name another", ErrSubnetTaken)
	}
	if !want.Addr().Is4() || want.Bits() > minBits || want.Masked() != want {
		return netip.Prefix{}, fmt.Errorf("subnet %s does not do: it must be an IPv4 network, /%d or larger, without host bits", want, minBits)
	}
	if other := overlapping(want, taken); other != nil {
		return netip.Prefix{}, fmt.Errorf("%w: %s overlaps %s: leave the subnet open to have a free one chosen", ErrSubnetTaken, want, other)
	}
	return want, nil
}

func overlapping(p netip.Prefix, taken []netip.Prefix) *netip.Prefix {
	for _, other := range taken {
		if p.Overlaps(other) {
			return &other
		}
	}
	return nil
}

// addressAt returns the address that is offset above the network's own.
func addressAt(subnet netip.Prefix, offset int) netip.Addr {
	base := subnet.Masked().Addr().As4()
	binary.BigEndian.PutUint32(base[:], binary.BigEndian.Uint32(base[:])+uint32(offset))
	return netip.AddrFrom4(base)
}

// parseRoutes returns the networks of /proc/net/route without the default
// routes, which overlap everything.
func parseRoutes(table string) []netip.Prefix {
	var list []netip.Prefix
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 8 {
			continue
		}
		destination, err1 := littleEndian(fields[1])
		mask, err2 := littleEndian(fields[7])
		if err1 != nil || err2 != nil || mask == [4]byte{} {
			continue
		}
		ones := bits.OnesCount32(binary.BigEndian.Uint32(mask[:]))
		list = append(list, netip.PrefixFrom(netip.AddrFrom4(destination), ones))
	}
	return list
}

// littleEndian reads an address as the kernel prints it on the machines that
// the lab is for: the bytes of a word in reverse.
func littleEndian(s string) ([4]byte, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != 4 {
		return [4]byte{}, fmt.Errorf("%q is no address", s)
	}
	return [4]byte{raw[3], raw[2], raw[1], raw[0]}, nil
}

// network is what the lab asks of `docker network inspect`.
type network struct {
	Name   string
	Labels map[string]string
	IPAM   struct {
		Config []struct{ Subnet string }
	}
}

func (n network) subnets() []netip.Prefix {
	var list []netip.Prefix
	for _, c := range n.IPAM.Config {
		if p, err := netip.ParsePrefix(c.Subnet); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// networkAttempts bounds how often a subnet is chosen again because another
// lab, brought up at the same time, got it first.
const networkAttempts = 5

// ensureNetwork makes the lab's network unless it is there, and gives the
// nodes their addresses.
func (l *Lab) ensureNetwork(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		err := l.tryNetwork(ctx)
		var failed *CommandError
		lost := errors.As(err, &failed) && strings.Contains(failed.Stderr, "overlaps")
		if !lost || attempt == networkAttempts {
			return err
		}
	}
}

func (l *Lab) tryNetwork(ctx context.Context) error {
	networks, err := l.networks(ctx)
	if err != nil {
		return err
	}
	var taken []netip.Prefix
	for _, n := range networks {
		if n.Name != l.opts.Name {
			taken = append(taken, n.subnets()...)
			continue
		}
		if n.Labels[labelLab] != l.opts.Name {
			return fmt.Errorf("docker network %s was not made by a lab: give the lab another name", n.Name)
		}
		return l.useNetwork(n)
	}
	if routes, err := os.ReadFile("/proc/net/route"); err == nil {
		taken = append(taken, parseRoutes(string(routes))...)
	}
	subnet, err := chooseSubnet(l.opts.Subnet, taken)
	if err != nil {
		return err
	}
	if _, err := l.eng.run(ctx, nil, "network", "create", "--driver", "bridge", "--subnet", subnet.String(),
		"--label", labelLab+"="+l.opts.Name, l.opts.Name); err != nil {
		return err
	}
	l.opts.Log("network %s: %s", l.opts.Name, subnet)
	l.setSubnet(subnet)
	return nil
}

func (l *Lab) networks(ctx context.Context) ([]network, error) {
	ids, err := l.eng.lines(ctx, "network", "ls", "--quiet")
	if err != nil {
		return nil, err
	}
	out, err := l.eng.run(ctx, nil, append([]string{"network", "inspect"}, ids...)...)
	if err != nil {
		return nil, err
	}
	var list []network
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		return nil, fmt.Errorf("reading docker's networks: %w", err)
	}
	return list, nil
}

func (l *Lab) useNetwork(n network) error {
	subnets := n.subnets()
	if len(subnets) == 0 {
		return fmt.Errorf("docker network %s has no subnet: take the lab down and up again", n.Name)
	}
	if want := l.opts.Subnet; want.IsValid() && want != subnets[0] {
		return fmt.Errorf("lab %s is up on %s, not on %s: take it down first", n.Name, subnets[0], want)
	}
	l.setSubnet(subnets[0])
	return nil
}

func (l *Lab) setSubnet(subnet netip.Prefix) {
	l.opts.Subnet = subnet
	for _, n := range l.nodes {
		n.place.Address = addressAt(subnet, n.place.offset)
	}
}
