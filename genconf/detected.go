package genconf

import (
	"fmt"
	"slices"
	"strings"
)

// DetectError says why what ip-detect printed cannot be the node's address.
type DetectError struct {
	Output string // what it printed, shortened
	Reason string
	Hint   string
}

func (e *DetectError) Error() string {
	return fmt.Sprintf("ip-detect printed %q: %s (%s)", e.Output, e.Reason, e.Hint)
}

// CheckDetected judges what ip-detect printed on one node: exactly one IPv4 address, one that the node has, and one
// that is in masterList if, and only if, the node is a master. An empty nodeAddresses or masterList is not compared
// with. The error is a *DetectError.
func CheckDetected(output string, nodeAddresses, masterList []string, isMaster bool) error {
	fail := func(hint, reason string, args ...any) error {
		return &DetectError{Output: shorten(strings.TrimSpace(output)), Reason: fmt.Sprintf(reason, args...), Hint: hint}
	}
	words := strings.Fields(output)
	switch len(words) {
	case 0:
		return fail("run the script on the node and read its errors", "nothing")
	case 1:
	default:
		return fail("make the script print one address and nothing else", "more than one word")
	}
	addr, ok := parseIPv4(words[0])
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

// shorten keeps messages readable when a script prints a page of HTML.
func shorten(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
