package genconf

import (
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// The generator is a Python program, and what it takes for a number, a blank or a network is what Python takes for one.
// The functions here say the same; the tests with the tag ansible hold them against a real Python.

// pyInt is Python's int(text): blanks around it, a sign, digits of any script, single underscores between digits.
func pyInt(text string) (*big.Int, bool) {
	s := strings.TrimFunc(text, unicode.IsSpace)
	sign := ""
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
		sign, s = s[:1], s[1:]
	}
	var digits strings.Builder
	last := '_' // no underscore may come first
	for _, r := range s {
		d, ok := digitOf(r)
		switch {
		case ok:
			digits.WriteByte('0' + d)
		case r != '_' || last == '_':
			return nil, false
		}
		last = r
	}
	// Python refuses longer ones, since they take long to convert.
	const mostDigits = 4300
	if last == '_' || digits.Len() > mostDigits {
		return nil, false
	}
	return new(big.Int).SetString(sign+digits.String(), 10)
}

// digitOf is a decimal digit's value in any script. Unicode lists them in ranges that begin with a zero.
func digitOf(r rune) (byte, bool) {
	for _, run := range unicode.Nd.R16 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return byte((r - rune(run.Lo)) % 10), true
		}
	}
	for _, run := range unicode.Nd.R32 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return byte((r - rune(run.Lo)) % 10), true
		}
	}
	return 0, false
}

// pySpace is Python's str.isspace for one character: Unicode's blanks and the four separators of ASCII.
func pySpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// pyWord is \w in a Python pattern.
func pyWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// quantity is what Python's ([\d\.]+)(\w+) finds at the beginning of a text: digits and points, then a word. The rest
// of the text is not looked at. ok is false where nothing is found, or only by taking digits for the word.
func quantity(text string) (number, unit string, ok bool) {
	rest := strings.TrimLeftFunc(text, func(r rune) bool { _, digit := digitOf(r); return digit || r == '.' })
	number = text[:len(text)-len(rest)]
	unit = rest[:len(rest)-len(strings.TrimLeftFunc(rest, pyWord))]
	return number, unit, number != "" && unit != ""
}

// pyFloat writes a float as Python does: the fewest digits that mean it, and always recognisable as no whole number.
func pyFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strings.Replace(strconv.FormatFloat(f, 'f', -1, 64)[:1], "+", "", 1) + "Infinity"
	}
	digits := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(digits, "e")
	if n, _ := strconv.Atoi(exponent); f != 0 && (n < -4 || n >= 16) {
		return digits
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// parseIPv4 takes the strict form only, as inet_pton does: no leading zero, blank, port or prefix length.
func parseIPv4(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Is4()
}

// parseIPv6 is inet_pton too: no brackets, no zone.
func parseIPv6(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Is6() && a.Zone() == ""
}

// ipNetwork is Python's ipaddress.ip_network of a value of a JSON document: an address alone is a network of one, a
// mask may have the form of an address, and a whole number is an address. message says why it is none.
func ipNetwork(v any) (p netip.Prefix, message string) {
	switch v := v.(type) {
	case bool:
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{3: boolByte(v)}), 32), ""
	case *big.Int:
		return numberNetwork(v)
	case string:
		return textNetwork(v)
	}
	return netip.Prefix{}, "is not a network"
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func numberNetwork(n *big.Int) (netip.Prefix, string) {
	switch {
	case n.Sign() < 0 || n.BitLen() > 128:
		return netip.Prefix{}, "is not a network"
	case n.BitLen() > 32:
		return netip.PrefixFrom(netip.AddrFrom16([16]byte(n.FillBytes(make([]byte, 16)))), 128), ""
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte(n.FillBytes(make([]byte, 4)))), 32), ""
}

func textNetwork(s string) (netip.Prefix, string) {
	address, mask, has := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, "is not a network"
	}
	bits := a.BitLen()
	if has {
		if bits = maskBits(mask, a); bits < 0 {
			return netip.Prefix{}, "is not a network"
		}
	}
	p := netip.PrefixFrom(a, bits)
	if p.Masked() != p {
		return p, "has address bits beyond its length; the network is " + p.Masked().String()
	}
	return p, ""
}

// maskBits is the length that a mask means, or -1. IPv4 has masks like 255.255.0.0 and, turned round, 0.0.255.255.
func maskBits(mask string, a netip.Addr) int {
	if mask != "" && strings.Trim(mask, "0123456789") == "" {
		if n, err := strconv.Atoi(mask); err == nil && n <= a.BitLen() {
			return n
		}
		return -1
	}
	m, ok := parseIPv4(mask)
	if !ok || !a.Is4() {
		return -1
	}
	octets := m.As4()
	bits := uint32(octets[0])<<24 | uint32(octets[1])<<16 | uint32(octets[2])<<8 | uint32(octets[3])
	for _, b := range []uint32{bits, ^bits} {
		for n := range 33 {
			if b == uint32(uint64(0xffffffff)<<(32-n)) {
				return n
			}
		}
	}
	return -1
}
