package genconf

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// wrong is one problem with the whole value.
func wrong(format string, args ...any) []problem {
	return []problem{{message: fmt.Sprintf(format, args...)}}
}

// unwise is one that the generator would accept.
func unwise(format string, args ...any) []problem {
	return []problem{{message: fmt.Sprintf(format, args...), stricter: true}}
}

// shown is a value in a message: without the login that a URL may have, and not a page long.
func shown(v string) string { return strconv.Quote(shorten(maskedText(v))) }

var boolean = rule{words: "true or false", check: func(v string, _ int) []problem {
	if v == "true" || v == "false" {
		return nil
	}
	found := wrong("must be true or false, not %s", shown(v))
	switch strings.ToLower(v) {
	case "yes", "on", "1", "true", "y", "t":
		found[0].hint = "write true, without quotes"
	case "no", "off", "0", "false", "n", "f":
		found[0].hint = "write false, without quotes"
	}
	return found
}}

func oneOf(words ...string) rule {
	named := strings.Join(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" }), ", ")
	r := rule{words: "one of " + named}
	if slices.Contains(words, "") {
		r.words += ", or nothing"
	}
	r.hint = "write " + r.words
	r.check = func(v string, _ int) []problem {
		if slices.Contains(words, v) {
			return nil
		}
		return wrong("cannot be %s", shown(v))
	}
	return r
}

// advised is oneOf for a key whose rule the generator has and never applies.
func advised(words ...string) rule {
	r := oneOf(words...)
	apply := r.check
	r.words += " (the generator takes any text)"
	r.check = func(v string, line int) []problem {
		found := apply(v, line)
		for i := range found {
			found[i].warning = true
		}
		return found
	}
	return r
}

var (
	logSink     = advised("fluentbit", "journald", "logrotate", "fluentbit+logrotate", "journald+logrotate")
	marathonGPU = advised("restricted", "unrestricted", "")
)

// number reads a whole number; the problem is nil where it is one.
func number(v string) (*big.Int, []problem) {
	n, ok := pyInt(v)
	if !ok {
		return nil, wrong("must be a whole number, not %s", shown(v))
	}
	return n, nil
}

var whole = rule{words: "a whole number", check: func(v string, _ int) []problem {
	_, found := number(v)
	return found
}}

func atLeast(low int64) rule {
	return rule{words: fmt.Sprintf("a whole number of at least %d", low), check: func(v string, _ int) []problem {
		n, found := number(v)
		if found == nil && n.Cmp(big.NewInt(low)) < 0 {
			return wrong("must be at least %d, not %s", low, n)
		}
		return found
	}}
}

func between(low, high int64) rule {
	return rule{words: fmt.Sprintf("a whole number between %d and %d", low, high), check: func(v string, _ int) []problem {
		n, found := number(v)
		if found == nil && (n.Cmp(big.NewInt(low)) < 0 || n.Cmp(big.NewInt(high)) > 0) {
			return wrong("must be between %d and %d, not %s", low, high, n)
		}
		return found
	}}
}

// logRetention has an upper bound, past which the generator's arithmetic fails.
var logRetention = rule{words: "a whole number of at least 1024", check: func(v string, line int) []problem {
	if found := atLeast(1024).check(v, line); found != nil {
		return found
	}
	const mostBits = 1020
	if n, _ := pyInt(v); n.BitLen() > mostBits {
		return wrong("is too large, and the generator crashes on it")
	}
	return nil
}}

// clientPort is ours alone: the generator takes any text, and then no service finds ZooKeeper.
var clientPort = rule{words: "a port between 1 and 65535", check: func(v string, line int) []problem {
	found := between(1, 65535).check(v, line)
	for i := range found {
		found[i].stricter = true
	}
	return found
}}

// completedTasks may be nothing until 2.0, which then meant Mesos's own default.
var completedTasks = rule{words: "a whole number (or nothing until 2.0)", hint: "write a whole number", check: func(v string, line int) []problem {
	if v == "" && line <= 200 {
		return nil
	}
	return whole.check(v, line)
}}

var masterCount = rule{words: "1, 3, 5, 7 or 9", check: func(v string, _ int) []problem {
	n, found := number(v)
	if found == nil && !(n.Sign() > 0 && n.IsInt64() && n.Int64() <= 9 && n.Int64()%2 == 1) {
		return wrong("must be 1, 3, 5, 7 or 9, not %s", n)
	}
	return found
}}

var address4 = rule{words: "an IPv4 address", hint: "write an IPv4 address such as 11.0.0.0", check: func(v string, _ int) []problem {
	if _, ok := parseIPv4(v); !ok {
		return wrong("must be an IPv4 address, not %s", shown(v))
	}
	return nil
}}

var address6 = rule{words: "an IPv6 address", hint: "write an IPv6 address such as fd01:c::", check: func(v string, _ int) []problem {
	if _, ok := parseIPv6(v); !ok {
		return wrong("must be an IPv6 address, not %s", shown(v))
	}
	return nil
}}

// network4 may be an IPv6 network before 2.1, where the generator did not look.
var network4 = rule{words: "an IPv4 network", hint: "write an IPv4 network such as 172.31.254.0/24",
	check: func(v string, line int) []problem { return networkProblem(v, 4, line) }}

// networkProblem judges a network of a family, 4 or 6, which was not looked at before 2.1.
func networkProblem(v any, family, line int) []problem {
	p, message := ipNetwork(v)
	switch {
	case message != "":
		return wrong("%s", message)
	case line >= 201 && p.Addr().Is4() != (family == 4):
		return wrong("must be an IPv%d network, not %s", family, p)
	}
	return nil
}

// list reads a JSON list of text.
func list(v string) ([]string, []problem) {
	parsed, err := parseJSON(v)
	items, ok := parsed.([]any)
	if err != nil || !ok {
		return nil, wrong("must be a list")
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if texts[i], ok = item.(string); !ok {
			return nil, []problem{{at: []string{strconv.Itoa(i)}, message: "every entry must be text", hint: "put it in quotes"}}
		}
	}
	return texts, nil
}

var textList = rule{words: "a list of text", check: func(v string, _ int) []problem {
	_, found := list(v)
	return found
}}

// proxyExceptions are joined by commas into one line.
var proxyExceptions = rule{words: "a list of text", check: func(v string, _ int) []problem {
	hosts, found := list(v)
	for i, h := range hosts {
		for _, p := range within.problems(h) {
			p.at = []string{strconv.Itoa(i)}
			found = append(found, p)
		}
	}
	return found
}}

// eachOnce judges the entries of a list one by one, and that none is there twice.
func eachOnce(v string, judge func(string) string) []problem {
	items, found := list(v)
	for i, s := range items {
		message, hint := judge(s), ""
		if message == "" && slices.Contains(items[:i], s) {
			message, hint = fmt.Sprintf("has %s twice", s), "remove one of them"
		}
		if message != "" {
			found = append(found, problem{at: []string{strconv.Itoa(i)}, message: message, hint: hint})
		}
	}
	return found
}

var addressList = rule{words: "a list of IPv4 addresses, each once", check: func(v string, _ int) []problem {
	return eachOnce(v, func(s string) string {
		if _, ok := parseIPv4(s); !ok {
			return "every entry must be an IPv4 address, not " + shown(s)
		}
		return ""
	})
}}

// masterList's length becomes num_masters, and keeps to its rule.
var masterList = rule{words: "a list of 1, 3, 5, 7 or 9 IPv4 addresses, each once", check: func(v string, line int) []problem {
	if found := addressList.check(v, line); found != nil {
		return found
	}
	if masters, _ := list(v); len(masters)%2 == 0 || len(masters) > 9 {
		return []problem{{message: fmt.Sprintf("has %d masters; DC/OS takes 1, 3, 5, 7 or 9", len(masters)), hint: "add a master or take one away"}}
	}
	return nil
}}

// resolvers are what DC/OS DNS forwards to. From 2.1 on, its own listening addresses are refused: they would loop.
var resolvers = rule{words: "a list of IPv4 addresses, each once and with an optional :port; none of 198.51.100.1 to 3 from 2.1 on",
	hint: "write addresses such as 8.8.8.8 or 10.0.0.2:53", check: func(v string, line int) []problem {
		return eachOnce(v, func(s string) string {
			host, _, _ := strings.Cut(s, ":")
			own := []string{"198.51.100.1", "198.51.100.2", "198.51.100.3"}
			if line >= 201 && slices.Contains(own, host) {
				return fmt.Sprintf("has %s, an address of DC/OS DNS itself, which would ask itself for ever", host)
			}
			return hostPort(s)
		})
	}}

// hostPort judges ip or ip:port.
func hostPort(s string) string {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i+1:]
		if found := between(1, 65535).check(port, 0); found != nil {
			return fmt.Sprintf("the port of %s must be between 1 and 65535", shown(s))
		}
	}
	if _, ok := parseIPv4(host); !ok {
		return fmt.Sprintf("every entry must be an IPv4 address with an optional :port, not %s", shown(s))
	}
	return ""
}

// asMapping reads a JSON mapping.
func asMapping(v string) (map[string]any, []problem) {
	parsed, err := parseJSON(v)
	m, ok := parsed.(map[string]any)
	if err != nil || !ok {
		return nil, wrong("must be a mapping")
	}
	return m, nil
}

var mapping = rule{words: "a mapping", check: func(v string, _ int) []problem {
	_, found := asMapping(v)
	return found
}}

var forwardZones = rule{words: "a mapping from zones to lists of IPv4 addresses with an optional :port",
	hint: `write it as in {"corp.example": ["10.0.0.2:53"]}`, check: func(v string, _ int) []problem {
		zones, found := asMapping(v)
		for _, zone := range sortedKeys(zones) {
			servers, ok := zones[zone].([]any)
			if !ok {
				found = append(found, problem{at: []string{zone}, message: "every zone must have a list of ip or ip:port"})
			}
			for i, server := range servers {
				text, ok := server.(string)
				message := "every entry must be text"
				if ok {
					message = hostPort(text)
				}
				if message != "" {
					found = append(found, problem{at: []string{zone, strconv.Itoa(i)}, message: message})
				}
			}
		}
		return found
	}}

// dnsSearch keeps to resolv.conf's own limits.
var dnsSearch = rule{words: "at most 6 domains with blanks between them, less than 256 characters", hint: "write domains such as corp.example lab.example", check: func(v string, _ int) []problem {
	domains := strings.FieldsFunc(v, pySpace)
	switch length := utf8.RuneCountInString(v); {
	case strings.ContainsAny(v, ",\n"):
		return wrong("must be domains separated by blanks, without commas or line ends")
	case len(domains) > 6:
		return wrong("has %d domains; resolvers take 6", len(domains))
	case length >= 256:
		return wrong("has %d characters; it must have less than 256", length)
	}
	return nil
}}

var clusterName = rule{words: "text of one line", hint: "name the cluster", check: func(v string, _ int) []problem {
	if strings.TrimFunc(v, pySpace) == "" {
		return unwise("must not be empty")
	}
	return nil
}}

var absolutePath = rule{words: "an absolute path", hint: "write a path that begins with a slash", check: func(v string, _ int) []problem {
	if !strings.HasPrefix(v, "/") {
		return wrong("must be an absolute path, not %s", shown(v))
	}
	return nil
}}

// bootstrapURL is stricter than the generator, which takes any text that does not end in a slash and lets the nodes
// fail on it. file:// is what the old SSH installer used and is still valid.
var bootstrapURL = rule{words: "a URL that does not end in a slash", hint: "write a URL such as http://10.0.0.10:8080", check: func(v string, line int) []problem {
	u, err := url.Parse(v)
	switch {
	case utf8.RuneCountInString(v) < 2:
		return wrong("must be a URL")
	case strings.HasSuffix(v, "/"):
		return []problem{{message: "must not end in a slash", hint: "remove the slash"}}
	case line >= 200 && openBracket(v):
		return wrong("has only one of the two brackets around an address, and the generator crashes on it")
	case strings.ContainsFunc(v, pySpace):
		return unwise("must not have a blank")
	case err != nil, u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file", u.Scheme == "file" && u.Path == "",
		u.Scheme != "file" && u.Host == "":
		return unwise("must be a URL such as http://10.0.0.10:8080, not %s", shown(v))
	}
	return nil
}}

// openBracket is what Python's URL parser fails on.
func openBracket(v string) bool {
	_, rest, has := strings.Cut(v, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return has && strings.Contains(rest, "[") != strings.Contains(rest, "]")
}

var caURL = rule{words: "a URL that begins with https:// and does not end in a slash, or nothing",
	hint: "write a URL such as https://10.0.0.10", check: func(v string, _ int) []problem {
		if v == "" || strings.HasPrefix(v, "https://") && strings.Count(v, "://") == 1 && !strings.HasSuffix(v, "/") {
			return nil
		}
		return wrong("must begin with https:// and must not end in a slash")
	}}

var frameOptions = rule{words: "DENY, SAMEORIGIN, or ALLOW-FROM and a URL", check: func(v string, _ int) []problem {
	if ok, _ := regexp.MatchString(`^(?i)(DENY|SAMEORIGIN|ALLOW-FROM[ \t].+)\n?$`, v); !ok {
		return wrong("must be DENY, SAMEORIGIN or ALLOW-FROM and a URL, not %s", shown(v))
	}
	return nil
}}

// zkHosts: the generator looks for zk:// only.
var zkHosts = rule{words: "host:port,host:port without zk://", hint: "write hosts such as 10.0.0.5:2181,10.0.0.6:2181", check: func(v string, _ int) []problem {
	if strings.HasPrefix(v, "zk://") {
		return wrong("must not begin with zk://")
	}
	for h := range strings.SplitSeq(strings.TrimSpace(v), ",") {
		host, port, err := net.SplitHostPort(h)
		if err != nil || host == "" || between(1, 65535).check(port, 0) != nil {
			return unwise("must be host:port,host:port, not %s", shown(v))
		}
	}
	return nil
}}

// variant names the list of packages that the generator looks for in its own image.
var variant = rule{words: "nothing, or ee", hint: "remove it", check: func(v string, _ int) []problem {
	if v != "" && v != "ee" {
		return wrong("is no variant of a release, and the generator crashes on it")
	}
	return nil
}}

var s3Prefix = rule{words: "text that does not end in a slash", hint: "remove the slash", check: func(v string, _ int) []problem {
	if strings.HasSuffix(v, "/") {
		return wrong("must not end in a slash")
	}
	return nil
}}

// recoveryTimeout is looked at only as far as the unit: what follows it passes, and Mesos is left to refuse it.
var recoveryTimeout = rule{words: "a number of at most 2^64 and one of ns, us, ms, secs, mins, hrs, days, weeks", hint: "write a time such as 24hrs", check: func(v string, _ int) []problem {
	digits, unit, ok := quantity(v)
	if !ok || !slices.Contains([]string{"ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"}, unit) {
		return wrong("must be a number with one of the units ns, us, ms, secs, mins, hrs, days, weeks, not %s", shown(v))
	}
	f, err := strconv.ParseFloat(asciiDigits(digits), 64)
	switch {
	case strings.Count(digits, ".") > 1 || strings.Trim(digits, ".") == "":
		return wrong("must have a number before the unit, not %s", shown(digits))
	case err != nil || f > 1<<64:
		return wrong("must be at most 2^64")
	case len(digits)+len(unit) < len(v):
		return unwise("has something behind the unit, which Mesos refuses")
	}
	return nil
}}

func asciiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if d, ok := digitOf(r); ok {
			return '0' + rune(d)
		}
		return r
	}, s)
}

// memorySize is looked at only as far as the unit, too.
var memorySize = rule{words: "a whole number and one of B, KB, MB, GB, TB, or nothing", hint: "write a size such as 64MB", check: func(v string, _ int) []problem {
	if v == "" {
		return nil
	}
	digits, unit, ok := quantity(v)
	switch {
	case !ok || strings.Contains(digits, ".") || !slices.Contains([]string{"B", "KB", "MB", "GB", "TB"}, strings.ToUpper(unit)):
		return wrong("must be a whole number with one of the units B, KB, MB, GB, TB, not %s", shown(v))
	case len(digits)+len(unit) < len(v):
		return unwise("has something behind the unit, which Mesos refuses")
	}
	return nil
}}

// rsaPublicKey takes a PEM block of either of the two forms that OpenSSL writes.
var rsaPublicKey = rule{words: "an RSA public key in PEM form, or nothing", hint: "give the output of openssl rsa -pubout", check: func(v string, _ int) []problem {
	if v == "" {
		return nil
	}
	block, _ := pem.Decode([]byte(v))
	if block == nil || strings.ContainsFunc(v, func(r rune) bool { return r > '~' }) {
		return wrong("must be a public key in PEM form")
	}
	var err error
	var key any
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	}
	if _, ok := key.(*rsa.PublicKey); err != nil || !ok {
		return wrong("must be an RSA public key, in a block named PUBLIC KEY")
	}
	return nil
}}

// securityMode: DC/OS Enterprise could be without security until 1.12.
var securityMode = rule{words: "one of permissive, strict (or disabled until 1.12)", hint: "write permissive or strict", check: func(v string, line int) []problem {
	if v == "permissive" || v == "strict" || v == "disabled" && line < 113 {
		return nil
	}
	return wrong("must be permissive or strict, not %s", shown(v))
}}

var nonEmpty = rule{words: "text", hint: "give it a value", check: func(v string, _ int) []problem {
	if v == "" {
		return wrong("must not be empty")
	}
	return nil
}}
