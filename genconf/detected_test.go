package genconf_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/genconf"
)

func TestCheckDetected(t *testing.T) {
	own := []string{"10.0.0.11", "192.168.1.5"}
	masters := []string{"10.0.0.11", "10.0.0.12", "10.0.0.13"}
	for _, tt := range []struct {
		name, output string
		own, masters []string
		isMaster     bool
		want         string // reason; "" = good
	}{
		{"master", "10.0.0.11\n", own, masters, true, ""},
		{"agent", "192.168.1.5", own, masters, false, ""},
		{"nothing to compare with", "10.1.1.1", nil, nil, true, ""},
		{"nothing", "\n", own, masters, true, "nothing"},
		{"two addresses", "10.0.0.11 192.168.1.5", own, masters, true, "more than one word"},
		{"a page", "<html>" + strings.Repeat("x", 200), own, masters, true, "not an IPv4 address"},
		{"IPv6", "fe80::1", own, masters, true, "not an IPv4 address"},
		{"with length", "10.0.0.11/24", own, masters, true, "not an IPv4 address"},
		{"loopback", "127.0.0.1", []string{"127.0.0.1"}, nil, false, "not an address that other nodes can reach"},
		{"not its own", "10.0.0.12", own, masters, true, "the node has only 10.0.0.11, 192.168.1.5"},
		{"master on its other address", "192.168.1.5", own, masters, true, "not in master_list 10.0.0.11, 10.0.0.12, 10.0.0.13"},
		{"agent on a master's address", "10.0.0.11", own, masters, false, "a master's address, but this node is an agent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := genconf.CheckDetected(tt.output, tt.own, tt.masters, tt.isMaster)
			var got string
			if d := (*genconf.DetectError)(nil); errors.As(err, &d) {
				got = d.Reason
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("the message is too long to read: %v", err)
			}
		})
	}
}

func TestScriptCheck(t *testing.T) {
	own := []string{"10.0.0.11", "2001:db8::11"}
	domain := func(region, zone string) string {
		return `{"fault_domain":{"region":{"name":"` + region + `"},"zone":{"name":"` + zone + `"}}}`
	}
	for _, tt := range []struct {
		name, script, output string
		want                 string // reason; "" = good
	}{
		{"the node's address", genconf.IPDetect, "10.0.0.11\n", ""},
		{"another node's", genconf.IPDetect, "10.0.0.12\n", "the node has only 10.0.0.11, 2001:db8::11"},

		{"a public address, which the node itself does not know", genconf.IPDetectPublic, "192.0.2.1\n", ""},
		{"a name", genconf.IPDetectPublic, "node-1.example.com\n", ""},
		{"a name with a point at its end", genconf.IPDetectPublic, "node-1.example.com.\n", ""},
		{"nothing", genconf.IPDetectPublic, "\n", "nothing"},
		{"two words", genconf.IPDetectPublic, "192.0.2.1 192.0.2.2", "more than one word"},
		{"two lines", genconf.IPDetectPublic, "192.0.2.1\n192.0.2.2\n", "more than one word"},
		{"an address with too much in it", genconf.IPDetectPublic, "192.0.2.256", "neither an IPv4 address nor a name"},
		{"a page", genconf.IPDetectPublic, "<html>", "neither an IPv4 address nor a name"},
		{"a label that is too long", genconf.IPDetectPublic, strings.Repeat("a", 64) + ".example", "neither an IPv4 address nor a name"},
		{"loopback", genconf.IPDetectPublic, "127.0.0.1", "not an address that others can reach"},

		{"IPv6", genconf.IP6Detect, "2001:db8::11\n", ""},
		{"IPv6, spelled out", genconf.IP6Detect, "2001:0db8:0:0:0:0:0:11\n", ""},
		{"IPv6 of another node", genconf.IP6Detect, "2001:db8::12\n", "the node has only 10.0.0.11, 2001:db8::11"},
		{"IPv4 for IPv6", genconf.IP6Detect, "10.0.0.11", "not an IPv6 address"},
		{"IPv4 in IPv6", genconf.IP6Detect, "::ffff:10.0.0.11", "not an IPv6 address"},
		{"link-local", genconf.IP6Detect, "fe80::1", "not an address that other nodes can reach"},
		{"with a zone", genconf.IP6Detect, "2001:db8::11%eth0", "not an address that other nodes can reach"},
		{"no IPv6", genconf.IP6Detect, "", "nothing"},

		{"a fault domain", genconf.FaultDomainDetect, domain("aws/us-west-2", "aws/us-west-2a") + "\n", ""},
		{"no fault domain", genconf.FaultDomainDetect, "", "nothing"},
		{"no zone", genconf.FaultDomainDetect, domain("r", ""), "it names no zone"},
		{"no region", genconf.FaultDomainDetect, domain(" ", "z"), "it names no region"},
		{"another form", genconf.FaultDomainDetect, `{"region":"r","zone":"z"}`, "it names no region"},
		{"no JSON", genconf.FaultDomainDetect, "us-west-2", "not the JSON that DC/OS reads: invalid character 'u' looking for beginning of value"},
		{"two answers", genconf.FaultDomainDetect, domain("r", "z") + domain("r", "z"), "not the JSON that DC/OS reads: invalid character '{' after top-level value"},
		{"a number for a name", genconf.FaultDomainDetect, `{"fault_domain":{"region":{"name":1}}}`, "not the JSON that DC/OS reads: fault_domain.Region.Name cannot be a number"},
	} {
		t.Run(tt.script+"/"+tt.name, func(t *testing.T) {
			err := genconf.Script{Name: tt.script}.Check(genconf.Answer{Output: tt.output, Addresses: own})
			var got string
			if d := (*genconf.DetectError)(nil); errors.As(err, &d) {
				got = d.Reason
				if d.Script != tt.script || !strings.HasPrefix(err.Error(), tt.script+" printed ") || d.Hint == "" {
					t.Errorf("the error does not name the script, or has no hint: %v", err)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
