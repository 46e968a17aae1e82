package genconf

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

var pythonNumber = regexp.MustCompile(`^[+-]?\p{Nd}+(_\p{Nd}+)*$`)

// blank is what Python's str.split takes away.
func blank(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\x1c\x1d\x1e\x1f", r) }

// parseInt is what Python's int makes of a text.
func parseInt(s string) (*big.Int, bool) {
	s = strings.TrimSpace(s)
	if !pythonNumber.MatchString(s) || len(s) > 4300 {
		return nil, false
	}
	return new(big.Int).SetString(strings.Map(latin, strings.ReplaceAll(s, "_", "")), 10)
}

// latin turns a digit of any script into one of ours: each script has its ten in a row, and rows may follow each other.
func latin(r rune) rune {
	if !unicode.Is(unicode.Nd, r) {
		return r
	}
	first := r
	for unicode.Is(unicode.Nd, first-1) {
		first--
	}
	return '0' + (r-first)%10
}

var jsonWord = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?Infinity|NaN`)

// parseJSON is what Python's json.loads makes of a text, but that NaN and the infinities, which it takes and JSON has
// not, are null.
func parseJSON(s string) (any, error) {
	s = jsonWord.ReplaceAllStringFunc(s, func(word string) string {
		if word[0] == '"' {
			return word
		}
		return "null"
	})
	dec := json.NewDecoder(bytes.NewReader([]byte(s)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("extra data")
	}
	return v, nil
}

var dottedMask = regexp.MustCompile(`^1*0*$|^0*1*$`)

// parseNetwork is Python's ipaddress.ip_network, given a text or a whole number of a JSON document.
func parseNetwork(v any) (netip.Prefix, bool) {
	none := netip.Prefix{}
	if b, ok := v.(bool); ok {
		v = json.Number(map[bool]string{false: "0", true: "1"}[b])
	}
	if n, ok := v.(json.Number); ok {
		whole, ok := new(big.Int).SetString(n.String(), 10)
		if !ok || whole.Sign() < 0 || whole.BitLen() > 128 {
			return none, false
		}
		size := 4
		if whole.BitLen() > 32 {
			size = 16
		}
		addr, _ := netip.AddrFromSlice(whole.FillBytes(make([]byte, size)))
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	text, ok := v.(string)
	host, mask, masked := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(host)
	if !ok || err != nil || addr.Zone() != "" {
		return none, false
	}
	length := big.NewInt(int64(addr.BitLen()))
	if masked {
		if length, ok = maskLength(mask, addr); !ok {
			return none, false
		}
	}
	p := netip.PrefixFrom(addr, int(length.Int64()))
	return p, p.IsValid() && p.Masked() == p
}

// maskLength reads what stands behind the slash: a length, or for IPv4 a mask, also one that is turned round.
func maskLength(mask string, addr netip.Addr) (*big.Int, bool) {
	if regexp.MustCompile(`^[0-9]+$`).MatchString(mask) {
		n, _ := new(big.Int).SetString(mask, 10)
		return n, n.IsInt64() && n.Int64() <= int64(addr.BitLen())
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !addr.Is4() {
		return nil, false
	}
	bits := ""
	for _, octet := range m.As4() {
		for i := 7; i >= 0; i-- {
			bits += string('0' + octet>>i&1)
		}
	}
	if !dottedMask.MatchString(bits) {
		return nil, false
	}
	// 1110000 is a mask of three, and 0001111 is one turned round.
	count := strings.Count(bits, "1")
	if strings.HasPrefix(bits, "0") && count > 0 {
		count = 32 - count
	}
	return big.NewInt(int64(count)), true
}
