package inventory

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Match returns the hosts that an Ansible pattern selects: names, groups,
// globs and ~regular expressions, joined by `,` or `:`, with & for "and" and !
// for "not". Unlike Ansible, it takes a part that matches nothing for a
// mistake, because a mistyped host would otherwise be left out without a word.
func (inv *Inventory) Match(pattern string) ([]*Host, error) {
	p := &problems{}
	hosts := inv.match(p, "pattern", pattern)
	return hosts, p.err()
}

// limit selects the hosts of -l, which may name a file of patterns by @.
func (inv *Inventory) limit(pattern string) {
	if pattern == "" {
		return
	}
	var parts []string
	for _, part := range splitPattern(pattern) {
		path, isFile := strings.CutPrefix(part, "@")
		if !isFile {
			parts = append(parts, part)
			continue
		}
		if content, ok := inv.problems.read(inv.disk, path); ok {
			parts = append(parts, strings.Fields(content)...)
		}
	}
	if len(inv.problems.errs) > 0 {
		// A host that could not be read would be reported as mistyped too.
		return
	}
	hosts := inv.match(inv.problems, "-l", strings.Join(parts, ","))
	inv.selected = map[*Host]bool{}
	for _, h := range hosts {
		inv.selected[h] = true
	}
	if len(hosts) == 0 && len(inv.problems.errs) == 0 {
		inv.problems.hintf(Pos{File: "-l", Line: 1, Column: 1}, inv.existing(), "the limit selects no host")
	}
}

// match evaluates a pattern: first the parts that add hosts, then those that
// keep, then those that remove.
func (inv *Inventory) match(p *problems, file, pattern string) []*Host {
	p.addFile(file, pattern)
	var add, keep, remove []string
	for _, part := range splitPattern(pattern) {
		switch part[0] {
		case '&':
			keep = append(keep, part[1:])
		case '!':
			remove = append(remove, part[1:])
		default:
			add = append(add, part)
		}
	}
	if len(add) == 0 {
		add = []string{groupAll}
	}
	find := func(part string) []*Host {
		hosts, message, hint := inv.matchOne(part)
		if message != "" {
			column := max(strings.Index(pattern, part), 0) + 1
			p.hintf(Pos{File: file, Line: 1, Column: column}, hint, "%s", message)
		}
		return hosts
	}
	var selected hostSet
	for _, part := range add {
		selected.add(find(part)...)
	}
	hosts := selected.list
	for _, part := range keep {
		var kept hostSet
		kept.add(find(part)...)
		hosts = slices.DeleteFunc(hosts, func(h *Host) bool { return !kept.has[h] })
	}
	for _, part := range remove {
		var removed hostSet
		removed.add(find(part)...)
		hosts = slices.DeleteFunc(hosts, func(h *Host) bool { return removed.has[h] })
	}
	return hosts
}

// hostSet is a list of hosts without repetition.
type hostSet struct {
	list []*Host
	has  map[*Host]bool
}

// add appends the hosts that are not there yet.
func (s *hostSet) add(hosts ...*Host) {
	if s.has == nil {
		s.has = map[*Host]bool{}
	}
	for _, h := range hosts {
		if !s.has[h] {
			s.has[h] = true
			s.list = append(s.list, h)
		}
	}
}

var patternParts = regexp.MustCompile(`(?:[^\s:\[\]]|\[[^\]]*\])+`)

// splitPattern splits at commas, or, if there are none, at colons that are
// neither those of a range, nor of a port, nor of an IPv6 address.
func splitPattern(pattern string) []string {
	var parts []string
	switch {
	case strings.Contains(pattern, ","):
		parts = strings.Split(pattern, ",")
	case isHostName(pattern):
		parts = []string{pattern}
	default:
		if host, port := splitPort(pattern); port != 0 && host != "" {
			parts = []string{pattern}
		} else {
			parts = patternParts.FindAllString(pattern, -1)
		}
	}
	var trimmed []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); strings.TrimLeft(part, "&!") != "" {
			trimmed = append(trimmed, part)
		}
	}
	return trimmed
}

// matchOne returns the hosts that one part selects, or what is wrong with it.
func (inv *Inventory) matchOne(part string) (hosts []*Host, message, hint string) {
	if h, ok := inv.hosts[part]; ok {
		return []*Host{h}, "", ""
	}
	expr, sub := cutSubscript(part)
	re, err := compilePattern(expr)
	if err != nil {
		return nil, fmt.Sprintf("%q is no pattern: %v", part, err), "regular expressions are those of Go (RE2)"
	}
	hosts, groups := inv.enumerate(re, expr)
	if len(hosts) == 0 && !groups && expr != groupAll {
		hint = inv.existing()
		if meant := Suggest(expr, append(slices.Clone(inv.hostNames), inv.groupNames...)); meant != "" {
			hint = "did you mean " + meant + "?"
		}
		return nil, fmt.Sprintf("no host and no group matches %q", expr), hint
	}
	hosts, ok := sub.apply(hosts)
	if !ok {
		return nil, fmt.Sprintf("%q selects no host: %s has %d", part, expr, len(hosts)), "the first host is [0], the last one [-1]"
	}
	return hosts, "", ""
}

// existing says what a pattern could have selected.
func (inv *Inventory) existing() string {
	const few = 12
	var groups []string
	for _, name := range inv.groupNames {
		if g := inv.groups[name]; name != groupAll && len(g.Hosts()) > 0 {
			groups = append(groups, name)
		}
	}
	hosts := inv.hostNames
	switch {
	case len(hosts) == 0:
		return "the inventory has no hosts"
	case len(hosts) > few:
		hosts = append(slices.Clone(hosts[:few]), fmt.Sprintf("%d more", len(inv.hostNames)-few))
	}
	if len(groups) > few {
		groups = append(groups[:few], fmt.Sprintf("%d more", len(groups)-few))
	}
	return "there are the groups " + strings.Join(groups, ", ") + " and the hosts " + strings.Join(hosts, ", ")
}

// enumerate returns the hosts of all groups that match; and, if no group
// matches or the pattern is a glob or an expression, the hosts that match.
func (inv *Inventory) enumerate(re *regexp.Regexp, expr string) (hosts []*Host, groups bool) {
	var found hostSet
	for _, name := range inv.groupNames {
		if re.MatchString(name) {
			groups = true
			found.add(inv.groups[name].Hosts()...)
		}
	}
	if !groups || expr[0] == '~' || strings.ContainsAny(expr, ".?*[") {
		for _, name := range inv.hostNames {
			if re.MatchString(name) {
				found.add(inv.hosts[name])
			}
		}
	}
	return found.list, groups
}

// compilePattern turns a part into a regular expression: ~ begins one, which
// must match from the beginning; anything else is a glob for the whole name.
func compilePattern(expr string) (*regexp.Regexp, error) {
	if re, ok := strings.CutPrefix(expr, "~"); ok {
		return regexp.Compile("^(?:" + re + ")")
	}
	return regexp.Compile("^(?s:" + globToRegexp(expr) + ")$")
}

// globToRegexp translates *, ?, [abc] and [!abc]. A bracket that is not closed
// is an ordinary character.
func globToRegexp(glob string) string {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteByte('.')
		case '[':
			end := closingBracket(glob, i)
			if end < 0 {
				b.WriteString(`\[`)
				continue
			}
			set := strings.ReplaceAll(glob[i+1:end], `\`, `\\`)
			set = strings.ReplaceAll(set, "[", `\[`)
			if negated, ok := strings.CutPrefix(set, "!"); ok {
				set = "^" + negated
			} else if strings.HasPrefix(set, "^") {
				set = `\` + set
			}
			b.WriteString("[" + set + "]")
			i = end
		default:
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		}
	}
	return b.String()
}

// closingBracket is where the set that begins at open ends, -1 if it does not.
// A ] that comes first is a member of the set.
func closingBracket(glob string, open int) int {
	from := open + 1
	if from < len(glob) && glob[from] == '!' {
		from++
	}
	if from < len(glob) && glob[from] == ']' {
		from++
	}
	if from >= len(glob) {
		return -1
	}
	end := strings.IndexByte(glob[from:], ']')
	if end < 0 {
		return -1
	}
	return from + end
}

// subscript selects some of the hosts that a pattern matches.
type subscript struct {
	given, slice bool
	first, last  int
}

var subscriptSyntax = regexp.MustCompile(`^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$`)

// cutSubscript takes [2], [-1], [1:3] or [1:] off a pattern.
func cutSubscript(part string) (expr string, s subscript) {
	m := subscriptSyntax.FindStringSubmatch(part)
	if m == nil || part[0] == '~' {
		return part, s
	}
	var err, err2 error
	s = subscript{given: true, slice: m[2] == "", last: -1}
	if !s.slice {
		s.first, err = strconv.Atoi(m[2])
	} else if s.first, err = strconv.Atoi(m[3]); m[4] != "" {
		s.last, err2 = strconv.Atoi(m[4])
	}
	if err != nil || err2 != nil {
		return part, subscript{}
	}
	return m[1], s
}

// apply returns the selected hosts. ok is false for a single one that is not
// there, and then the hosts are those that could have been selected from.
func (s subscript) apply(hosts []*Host) (selected []*Host, ok bool) {
	n := len(hosts)
	if !s.given || n == 0 {
		return hosts, true
	}
	first, last := s.first, s.last
	if !s.slice {
		if first < 0 {
			first += n
		}
		if first < 0 || first >= n {
			return hosts, false
		}
		return hosts[first : first+1], true
	}
	if last < 0 {
		last = n - 1
	}
	first, end := min(first, n), min(last+1, n)
	return hosts[first:max(first, end)], true
}
