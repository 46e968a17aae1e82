package genconf

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// check judges one value as the generator sees it: text, or JSON for lists and mappings. line is the release line,
// 0 when the version is not known. The answer is what is wrong, or "". It never repeats a value that may be a secret.
type check func(value string, line int) string

const maxInt = int(^uint(0) >> 1)

func isBool(v string, _ int) string {
	if v == "true" || v == "false" {
		return ""
	}
	return fmt.Sprintf("must be true or false, not %q", v)
}

func oneOf(words ...string) check {
	return func(v string, _ int) string {
		if slices.Contains(words, v) {
			return ""
		}
		shown := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
		return fmt.Sprintf("must be one of %s, not %q", strings.Join(shown, ", "), v)
	}
}

func isInt(v string, _ int) string {
	if _, err := strconv.Atoi(v); err != nil {
		return fmt.Sprintf("must be a whole number, not %q", v)
	}
	return ""
}

func isIntOrEmpty(v string, line int) string {
	if v == "" {
		return ""
	}
	return isInt(v, line)
}

func intBetween(low, high int) check {
	return func(v string, line int) string {
		if msg := isInt(v, line); msg != "" {
			return msg
		}
		n, _ := strconv.Atoi(v)
		switch {
		case n < low && high == maxInt:
			return fmt.Sprintf("must be at least %d, not %d", low, n)
		case n < low || n > high:
			return fmt.Sprintf("must be between %d and %d, not %d", low, high, n)
		}
		return ""
	}
}

func isMasterCount(v string, _ int) string {
	switch v {
	case "1", "3", "5", "7", "9":
		return ""
	}
	return fmt.Sprintf("must be 1, 3, 5, 7 or 9, not %q", v)
}

// parseIPv4 takes the strict form only: no leading zero, blank, port or prefix length.
func parseIPv4(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Is4()
}

func isIPv4(v string, _ int) string {
	if _, ok := parseIPv4(v); !ok {
		return fmt.Sprintf("must be an IPv4 address, not %q", v)
	}
	return ""
}

func isIPv6(v string, _ int) string {
	if a, err := netip.ParseAddr(v); err != nil || !a.Is6() || a.Is4In6() || a.Zone() != "" {
		return fmt.Sprintf("must be an IPv6 address, not %q", v)
	}
	return ""
}

func isIPv4Net(v string, _ int) string {
	p, err := netip.ParsePrefix(v)
	if err != nil || !p.Addr().Is4() {
		return fmt.Sprintf("must be an IPv4 network such as 172.29.0.0/16, not %q", v)
	}
	if p.Masked() != p {
		return fmt.Sprintf("has address bits beyond its length; %s is the network", p.Masked())
	}
	return ""
}

func isIPv6Net(v string, _ int) string {
	p, err := netip.ParsePrefix(v)
	if err != nil || !p.Addr().Is6() {
		return fmt.Sprintf("must be an IPv6 network such as fd01:a::/64, not %q", v)
	}
	if p.Masked() != p {
		return fmt.Sprintf("has address bits beyond its length; %s is the network", p.Masked())
	}
	return ""
}

// stringList reads a JSON list of text.
func stringList(v string) ([]string, string) {
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil || list == nil {
		return nil, "must be a list of text"
	}
	return list, ""
}

func isStringList(v string, _ int) string {
	_, msg := stringList(v)
	return msg
}

func isIPv4List(v string, line int) string {
	list, msg := stringList(v)
	if msg != "" {
		return "must be a list of IPv4 addresses"
	}
	for i, s := range list {
		if msg := isIPv4(s, line); msg != "" {
			return "every entry " + msg
		}
		if slices.Contains(list[:i], s) {
			return fmt.Sprintf("has %s twice", s)
		}
	}
	return ""
}

// isResolvers takes what DC/OS DNS forwards to. From 2.1 on, its own listening addresses are refused: they would loop.
func isResolvers(v string, line int) string {
	list, msg := stringList(v)
	if msg != "" {
		return "must be a list of IPv4 addresses, each with an optional :port"
	}
	for i, s := range list {
		if msg := isHostPort(s); msg != "" {
			return msg
		}
		if slices.Contains(list[:i], s) {
			return fmt.Sprintf("has %s twice", s)
		}
		host, _, _ := strings.Cut(s, ":")
		own := []string{"198.51.100.1", "198.51.100.2", "198.51.100.3"}
		if (line == 0 || line >= 201) && slices.Contains(own, host) {
			return fmt.Sprintf("has %s, an address of DC/OS DNS itself, which would ask itself for ever", host)
		}
	}
	return ""
}

// isHostPort judges ip or ip:port.
func isHostPort(s string) string {
	host, port, has := strings.Cut(s, ":")
	if _, ok := parseIPv4(host); !ok {
		return fmt.Sprintf("every entry must be an IPv4 address with an optional :port, not %q", s)
	}
	if n, err := strconv.Atoi(port); has && (err != nil || n < 1 || n > 65535) {
		return fmt.Sprintf("the port of %q must be between 1 and 65535", s)
	}
	return ""
}

func isForwardZones(v string, _ int) string {
	var zones map[string][]string
	if err := json.Unmarshal([]byte(v), &zones); err != nil || zones == nil {
		return "must map each zone to a list of ip or ip:port, as in {\"corp.example\": [\"10.0.0.2:53\"]}"
	}
	for _, zone := range sortedKeys(zones) {
		for _, s := range zones[zone] {
			if msg := isHostPort(s); msg != "" {
				return zone + ": " + msg
			}
		}
	}
	return ""
}

// isDNSSearch keeps to resolv.conf's own limits: six domains, 256 characters.
func isDNSSearch(v string, _ int) string {
	switch {
	case strings.ContainsAny(v, ",\n"):
		return "must be domains separated by blanks, without commas or line ends"
	case len(strings.Fields(v)) > 6:
		return fmt.Sprintf("has %d domains; resolvers take 6", len(strings.Fields(v)))
	case len(v) >= 256:
		return fmt.Sprintf("has %d characters; it must have less than 256", len(v))
	}
	return ""
}

func isDict(v string, _ int) string {
	var m map[string]any
	if err := json.Unmarshal([]byte(v), &m); err != nil || m == nil {
		return "must be a mapping"
	}
	return ""
}

func isOneLine(v string, _ int) string {
	switch {
	case strings.ContainsAny(v, "\r\n"):
		return "must be one line"
	case strings.TrimSpace(v) == "":
		return "must not be empty"
	}
	return ""
}

func isAbsolute(v string, _ int) string {
	if !path.IsAbs(v) {
		return fmt.Sprintf("must be an absolute path, not %q", v)
	}
	return ""
}

// isBootstrapURL is stricter than the generator, which takes any text that does not end in a slash and lets the nodes
// fail on it. file:// is what the old SSH installer used and is still valid.
func isBootstrapURL(v string, _ int) string {
	u, err := url.Parse(v)
	switch {
	case strings.HasSuffix(v, "/"):
		return "must not end in a slash"
	case strings.TrimSpace(v) != v:
		return "must not begin or end with a blank"
	case err != nil:
		return fmt.Sprintf("must be a URL such as http://10.0.0.10:8080, not %q", v)
	case u.Scheme == "file" && u.Path != "":
		return ""
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Sprintf("must be a URL such as http://10.0.0.10:8080, not %q", v)
	}
	return ""
}

func isCAURL(v string, _ int) string {
	if v == "" || strings.HasPrefix(v, "https://") && !strings.HasSuffix(v, "/") {
		return ""
	}
	return "must begin with https:// and must not end in a slash"
}

func isFrameOption(v string, _ int) string {
	u := strings.ToUpper(v)
	if u == "DENY" || u == "SAMEORIGIN" || strings.HasPrefix(u, "ALLOW-FROM ") {
		return ""
	}
	return fmt.Sprintf("must be DENY, SAMEORIGIN or ALLOW-FROM and a URL, not %q", v)
}

func isZKHosts(v string, _ int) string {
	for h := range strings.SplitSeq(v, ",") {
		host, port, err := net.SplitHostPort(h)
		if n, perr := strconv.Atoi(port); err != nil || host == "" || perr != nil || n < 1 || n > 65535 {
			return fmt.Sprintf("must be host:port,host:port without zk://, not %q", v)
		}
	}
	return ""
}

func isS3Prefix(v string, _ int) string {
	if strings.HasSuffix(v, "/") {
		return "must not end in a slash"
	}
	return ""
}

func isMesosDuration(v string, _ int) string {
	ok, _ := regexp.MatchString(`^[0-9]+(\.[0-9]+)?(ns|us|ms|secs|mins|hrs|days|weeks)$`, v)
	if !ok {
		return fmt.Sprintf("must be a number with one of the units ns, us, ms, secs, mins, hrs, days, weeks, not %q", v)
	}
	return ""
}

// isRSAPublicKey takes a PEM block; "" is the generator's default.
func isRSAPublicKey(v string, _ int) string {
	if v == "" {
		return ""
	}
	block, _ := pem.Decode([]byte(v))
	if block == nil {
		return "must be a public key in PEM form"
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if _, ok := parsed.(*rsa.PublicKey); err != nil || !ok {
		return "must be an RSA public key, in a block named PUBLIC KEY"
	}
	return ""
}

func isSize(v string, _ int) string {
	ok, _ := regexp.MatchString(`^(|[0-9]+([Kk]|[Mm]|[Gg]|[Tt])?[Bb])$`, v)
	if !ok {
		return fmt.Sprintf("must be a whole number with one of the units B, KB, MB, GB, TB, not %q", v)
	}
	return ""
}
