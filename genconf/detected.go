package genconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// DetectError says why what a detection script printed cannot be right.
type DetectError struct {
	Script string // its name
	Output string // what it printed, shortened
	Reason string
	Hint   string
}

func (e *DetectError) Error() string {
	return fmt.Sprintf("%s printed %q: %s (%s)", e.Script, e.Output, e.Reason, e.Hint)
}

// Answer is what a detection script printed on one node, and what it is held against.
type Answer struct {
	Output string
	// Addresses are all that the node has, of both families. Empty is not compared with.
	Addresses []string
	// Masters is master_list. Empty is not compared with.
	Masters []string
	// IsMaster says that the node is to be a master.
	IsMaster bool
}

// Check judges what the script printed on a node. The error is a *DetectError.
func (s Script) Check(a Answer) error {
	switch s.Name {
	case IPDetectPublic:
		return CheckPublic(a.Output)
	case IP6Detect:
		return CheckIP6(a.Output, a.Addresses)
	case FaultDomainDetect:
		return CheckFaultDomain(a.Output)
	default:
		return CheckDetected(a.Output, a.Addresses, a.Masters, a.IsMaster)
	}
}

// CheckDetected judges what ip-detect printed on one node: exactly one IPv4 address, one that the node has, and one
// that is in masterList if, and only if, the node is a master. An empty nodeAddresses or masterList is not compared
// with. The error is a *DetectError.
func CheckDetected(output string, nodeAddresses, masterList []string, isMaster bool) error {
	fail := failing(IPDetect, output)
	word, err := oneWord(IPDetect, output)
	if err != nil {
		return err
	}
	addr, ok := parseIPv4(word)
	switch {
	case !ok:
		return fail("make the script print an address such as 10.0.0.11", "not an IPv4 address")
	case addr.IsLoopback() || addr.IsUnspecified():
		return fail("print an address that other nodes can reach", "not an address that other nodes can reach")
	case len(nodeAddresses) > 0 && !slices.Contains(nodeAddresses, addr.String()):
		return fail("correct the script or the node's network", "the node has only %s", strings.Join(nodeAddresses, ", "))
	case isMaster && len(masterList) > 0 && !slices.Contains(masterList, addr.String()):
		return fail("give the host that address as private_ip, or correct the script", "not in master_list %s", strings.Join(masterList, ", "))
	case !isMaster && slices.Contains(masterList, addr.String()):
		return fail("two hosts of the inventory are probably one machine", "a master's address, but this node is an agent")
	}
	return nil
}

// CheckPublic judges what ip-detect-public printed: one IPv4 address or one name that resolvers take. Whether it leads
// to the node cannot be seen from the node. The error is a *DetectError.
func CheckPublic(output string) error {
	fail := failing(IPDetectPublic, output)
	word, err := oneWord(IPDetectPublic, output)
	if err != nil {
		return err
	}
	addr, ok := parseIPv4(word)
	switch {
	case ok && (addr.IsLoopback() || addr.IsUnspecified()):
		return fail("print an address that others can reach", "not an address that others can reach")
	case !ok && !isHostname(word):
		return fail("make the script print an address such as 192.0.2.11, or a name", "neither an IPv4 address nor a name")
	}
	return nil
}

// isHostname takes names of RFC 1123. One whose last label is all digits is an address that was mistyped.
func isHostname(s string) bool {
	labels := strings.Split(strings.TrimSuffix(s, "."), ".")
	label := regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	digits := regexp.MustCompile(`^[0-9]+$`)
	return len(s) <= 253 && !digits.MatchString(labels[len(labels)-1]) &&
		!slices.ContainsFunc(labels, func(l string) bool { return !label.MatchString(l) })
}

// CheckIP6 judges what ip6-detect printed: one IPv6 address that the node has. Empty nodeAddresses are not compared
// with. The error is a *DetectError.
func CheckIP6(output string, nodeAddresses []string) error {
	fail := failing(IP6Detect, output)
	word, err := oneWord(IP6Detect, output)
	if err != nil {
		return err
	}
	addr, err := netip.ParseAddr(word)
	has := func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && a == addr
	}
	switch {
	case err != nil || !addr.Is6() || addr.Is4In6():
		return fail("make the script print an address such as 2001:db8::11", "not an IPv6 address")
	case addr.IsLoopback() || addr.IsUnspecified() || addr.IsLinkLocalUnicast() || addr.Zone() != "":
		return fail("print an address that other nodes can reach", "not an address that other nodes can reach")
	case len(nodeAddresses) > 0 && !slices.ContainsFunc(nodeAddresses, has):
		return fail("correct the script or the node's network", "the node has only %s", strings.Join(nodeAddresses, ", "))
	}
	return nil
}

// CheckFaultDomain judges what fault-domain-detect printed: JSON that names a region and a zone. The error is a
// *DetectError.
func CheckFaultDomain(output string) error {
	const form = `make the script print {"fault_domain":{"region":{"name":"REGION"},"zone":{"name":"ZONE"}}}`
	fail := failing(FaultDomainDetect, output)
	var answer struct {
		FaultDomain struct {
			Region, Zone struct{ Name string }
		} `json:"fault_domain"`
	}
	if strings.TrimSpace(output) == "" {
		return fail("run the script on the node and read its errors", "nothing")
	}
	if err := json.Unmarshal([]byte(output), &answer); err != nil {
		return fail(form, "not the JSON that DC/OS reads: %s", formError(err))
	}
	for _, part := range []struct{ what, name string }{{"region", answer.FaultDomain.Region.Name}, {"zone", answer.FaultDomain.Zone.Name}} {
		if strings.TrimSpace(part.name) == "" {
			return fail(form, "it names no %s", part.what)
		}
	}
	return nil
}

// formError is a decoding error in a person's terms: the field, and what was found there.
func formError(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Sprintf("%s cannot be a %s", strings.TrimPrefix(kind.Field, "."), kind.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// failing makes the errors about a script's output.
func failing(script, output string) func(hint, reason string, args ...any) error {
	return func(hint, reason string, args ...any) error {
		return &DetectError{Script: script, Output: shorten(strings.TrimSpace(output)), Reason: fmt.Sprintf(reason, args...), Hint: hint}
	}
}

// oneWord is the one thing that a script may print.
func oneWord(script, output string) (string, error) {
	words := strings.Fields(output)
	switch len(words) {
	case 0:
		return "", failing(script, output)("run the script on the node and read its errors", "nothing")
	case 1:
		return words[0], nil
	}
	return "", failing(script, output)("make the script print one word and nothing else", "more than one word")
}

// shorten keeps messages readable when a script prints a page of HTML.
func shorten(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
