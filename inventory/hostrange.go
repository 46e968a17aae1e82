package inventory

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// maxHosts bounds how many hosts one pattern may stand for.
const maxHosts = 65536

var (
	bracketedPort = regexp.MustCompile(`^\[(.+)\]:([0-9]+)$`)
	plainPort     = regexp.MustCompile(`^((?:[^:\[\]]|\[[^\]]*\])*):([0-9]+)$`)
	// hostLabel is a part of a host name between dots; ranges may stand in it.
	hostLabel = regexp.MustCompile(`^(?:[\p{L}\p{N}_]|` + labelRange + `)(?:[\p{L}\p{N}_-]|` + labelRange + `)*$`)
	hexRange  = regexp.MustCompile(`(?i)\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]`)
)

const labelRange = `\[(?:[A-Za-z]:[A-Za-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`

// splitPort takes the port off a host, as in `web:2222` and `[2001:db8::1]:22`.
// port is 0 if there is none, or if what is left is no name of a host; then
// host is the whole text, as Ansible has it.
func splitPort(text string) (host string, port int) {
	host = text
	for _, re := range []*regexp.Regexp{bracketedPort, plainPort} {
		if m := re.FindStringSubmatch(host); m != nil {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				return text, 0
			}
			host, port = m[1], n
		}
	}
	if !isHostName(host) {
		return text, 0
	}
	return host, port
}

// isHostName tells whether the text is a name or an address, ranges allowed.
func isHostName(text string) bool {
	if _, err := netip.ParseAddr(hexRange.ReplaceAllString(text, "1")); err == nil && strings.Contains(text, ":") {
		return true
	}
	for _, label := range strings.Split(text, ".") {
		if !hostLabel.MatchString(label) || strings.HasSuffix(label, "_") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return true
}

// expandRange returns the hosts that a pattern such as db[01:03]-[a:c] stands
// for, in order.
func expandRange(pattern string) ([]string, error) {
	return expandInto(nil, "", pattern)
}

// expandInto appends to hosts what rest stands for behind done, in which no
// range is left.
func expandInto(hosts []string, done, rest string) ([]string, error) {
	open := strings.IndexByte(rest, '[')
	if open < 0 {
		if len(hosts) >= maxHosts {
			return nil, fmt.Errorf("the range stands for more than %d hosts", maxHosts)
		}
		return append(hosts, done+rest), nil
	}
	length := strings.IndexByte(rest[open:], ']')
	if length < 0 {
		return nil, fmt.Errorf("the range %q has no closing bracket", rest[open:])
	}
	seq, err := parseRange(rest[open+1 : open+length])
	if err != nil {
		return nil, err
	}
	for i := seq.first; i <= seq.last; i += seq.step {
		hosts, err = expandInto(hosts, done+rest[:open]+seq.text(i), rest[open+length+1:])
		if err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

// sequence is what stands between the brackets of a range.
type sequence struct {
	first, last, step int
	// width is the number of digits to fill up with zeros; 0 for none.
	width int
	// letters tells that the numbers are indexes of alphabet.
	letters bool
}

// maxNumber bounds the numbers in a range, so that adding the step to one
// cannot overflow.
const maxNumber = 1 << 53

// alphabet is the order of letters in ranges, so that [x:C] is x y z A B C.
const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func (s sequence) text(i int) string {
	if s.letters {
		return alphabet[i : i+1]
	}
	return fmt.Sprintf("%0*d", s.width, i)
}

// parseRange reads begin:end or begin:end:step.
func parseRange(text string) (sequence, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return sequence{}, fmt.Errorf("the range [%s] must be [begin:end] or [begin:end:step]", text)
	}
	begin, end := parts[0], parts[1]
	if begin == "" {
		begin = "0"
	}
	if end == "" {
		return sequence{}, fmt.Errorf("the range [%s] has no end", text)
	}
	s := sequence{step: 1}
	var err error
	if len(parts) == 3 {
		if s.step, err = strconv.Atoi(parts[2]); err != nil || s.step < 1 {
			return sequence{}, fmt.Errorf("the step of the range [%s] must be a number above 0", text)
		}
		s.step = min(s.step, maxNumber)
	}
	if s.first, s.last = letter(begin), letter(end); s.first >= 0 && s.last >= 0 {
		s.letters = true
	} else if err = s.numbers(begin, end); err != nil {
		return sequence{}, fmt.Errorf("the range [%s] %w", text, err)
	}
	if s.first > s.last {
		return sequence{}, fmt.Errorf("the range [%s] ends before it begins", text)
	}
	if (s.last-s.first)/s.step >= maxHosts {
		return sequence{}, fmt.Errorf("the range [%s] stands for more than %d hosts", text, maxHosts)
	}
	return s, nil
}

// letter is the index of a single letter in alphabet, else -1.
func letter(s string) int {
	if len(s) != 1 {
		return -1
	}
	return strings.Index(alphabet, s)
}

// numbers reads the two ends of a range of numbers. A begin with leading zeros
// sets the width of all.
func (s *sequence) numbers(begin, end string) error {
	var err, err2 error
	s.first, err = strconv.Atoi(begin)
	s.last, err2 = strconv.Atoi(end)
	if err != nil || err2 != nil || s.first < 0 || s.last > maxNumber {
		return errors.New("must be of two numbers or of two letters")
	}
	if begin[0] == '0' && len(begin) > 1 {
		if s.width = len(begin); len(end) != s.width {
			return errors.New("must have the same number of digits at both ends")
		}
	}
	return nil
}

// maxExpanded bounds what the ranges of a file may stand for together: a host counts
// for eight, each variable of one for one. It is a quarter of a million hosts, or
// ten thousand with two hundred variables each.
const maxExpanded = 1 << 21

// hostPattern is hostPattern for hosts that get some variables each, within what
// the ranges of one file may stand for.
func (p *problems) hostPattern(text string, vars int) (names []string, port int, err error) {
	if !strings.Contains(text, "[") {
		return hostPattern(text)
	}
	if p.expanded > maxExpanded {
		return nil, 0, errTooMany
	}
	names, port, err = hostPattern(text)
	if err != nil {
		p.expanded += maxHosts // it may have come so far, and mistakes are to be told
		return nil, 0, err
	}
	if p.expanded += len(names) * (8 + vars); p.expanded > maxExpanded && len(names) > 1 {
		return nil, 0, errTooMany
	}
	return names, port, nil
}

var errTooMany = fmt.Errorf("the ranges of the file stand for too many hosts: more than %d, or fewer with many variables", maxExpanded/8)

// hostPattern reads what stands for hosts in an inventory: a name or a range,
// perhaps with a port (0 if none).
func hostPattern(text string) (names []string, port int, err error) {
	pattern, port := splitPort(text)
	if strings.HasSuffix(strings.TrimSpace(text), ":") && port == 0 {
		return nil, 0, fmt.Errorf("the host %q ends in a colon, but no port follows", text)
	}
	names, err = expandRange(pattern)
	return names, port, err
}
