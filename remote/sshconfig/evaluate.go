package sshconfig

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"dcosup/remote/knownhosts"
)

// evaluation is what holds for one host, as it is found line by line.
type evaluation struct {
	*Config
	name, user string // as asked for
	s          Settings
	set        map[string]bool // keywords that have been set: the first one counts
	ignored    []string        // patterns of IgnoreUnknown
	jump       string          // the ProxyJump as it is written
	final      bool            // in the second pass
	wantsFinal bool            // some Match asks for a second pass
	errs       []error
}

// file reads the lines of one file. Conditions of an included file end with it.
func (e *evaluation) file(lines []directive, active bool) {
	outer := active
	for _, d := range lines {
		switch d.key {
		case "host":
			active = e.hostBlock(d) && outer
		case "match":
			active = e.matchBlock(d, outer) && outer
		case "include":
			for _, included := range d.included {
				e.file(included, active)
			}
		default:
			if err := e.keyword(d, active); err != nil {
				e.errs = append(e.errs, err)
			}
		}
	}
}

func (e *evaluation) hostBlock(d directive) (match bool) {
	if len(d.args) == 0 {
		e.errs = append(e.errs, d.errorf("no argument after keyword %q", d.key))
	}
	for _, pattern := range d.args {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if knownhosts.Match(pattern, e.hostNow()) {
			if negated {
				return false
			}
			match = true
		}
	}
	return match
}

// hostNow is what Host patterns are held against: in the second pass the HostName that was found.
func (e *evaluation) hostNow() string {
	if e.final {
		return e.hostName()
	}
	return e.name
}

func (e *evaluation) hostName() string {
	if e.s.HostName == "" {
		return strings.ToLower(e.name)
	}
	return strings.ToLower(strings.NewReplacer("%%", "%", "%h", e.name).Replace(e.s.HostName))
}

// userNow is the login user as far as it is known.
func (e *evaluation) userNow() string {
	for _, u := range []string{e.user, e.s.User} {
		if u != "" {
			return u
		}
	}
	return e.Sources.User
}

// matchBlock judges the criteria of a Match. One that cannot be judged here does not apply, and is reported if
// all others do.
func (e *evaluation) matchBlock(d directive, active bool) bool {
	if len(d.args) == 0 {
		e.errs = append(e.errs, d.errorf("no argument after keyword %q", d.key))
		return false
	}
	result, unjudged := true, ""
	for i, judged := 0, 0; i < len(d.args); i, judged = i+1, judged+1 {
		criterion, negated := strings.CutPrefix(d.args[i], "!")
		criterion = strings.ToLower(criterion)
		var matches bool
		switch criterion {
		case "all":
			if judged > 1 || i < len(d.args)-1 {
				e.errs = append(e.errs, d.errorf("'all' cannot be combined with other Match attributes"))
				return false
			}
			matches = true
		case "final", "canonical":
			e.wantsFinal = e.wantsFinal || criterion == "final"
			matches = e.final
		case "host", "originalhost", "user", "localuser", "exec", "localnetwork", "tagged":
			i++
			if i == len(d.args) {
				e.errs = append(e.errs, d.errorf("Missing Match criteria for %s", criterion))
				return false
			}
			if criterion == "exec" || criterion == "localnetwork" || criterion == "tagged" {
				unjudged = criterion
				continue
			}
			of := map[string]string{"host": e.hostName(), "originalhost": e.name, "user": e.userNow(), "localuser": e.Sources.User}
			matches = matchList(of[criterion], d.args[i], criterion == "host" || criterion == "originalhost")
		default:
			e.errs = append(e.errs, d.errorf("Unsupported Match attribute %s", d.args[i]))
			return false
		}
		result = result && matches != negated
	}
	if unjudged != "" && result && active {
		e.unused(d, "Match "+unjudged, "dcosup does not try it, and takes it as not matching")
	}
	return result && unjudged == ""
}

// matchList holds a text against patterns with commas between them, of which a negated one rules out.
func matchList(text, list string, fold bool) (match bool) {
	if fold {
		text, list = strings.ToLower(text), strings.ToLower(list)
	}
	for pattern := range strings.SplitSeq(list, ",") {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if knownhosts.Match(pattern, text) {
			if negated {
				return false
			}
			match = true
		}
	}
	return match
}

func (e *evaluation) unused(d directive, keyword, why string) {
	for _, u := range e.s.Unused {
		if u.Keyword == keyword && u.File == d.file && u.Line == d.line {
			return
		}
	}
	e.s.Unused = append(e.s.Unused, Unused{Keyword: keyword, Why: why, File: d.file, Line: d.line})
}

// keyword judges a line, and takes what it says if it is active and the first to say it.
func (e *evaluation) keyword(d directive, active bool) error {
	take, ours := setters[d.key]
	why, changes := connecting[d.key]
	switch {
	case ours:
	case changes, passedOver[d.key]:
		if changes && active && !e.set[d.key] && !harmless(d) {
			e.set[d.key] = true
			e.unused(d, d.name, why)
		}
		return nil
	case d.key == "ignoreunknown":
		if active && len(d.args) > 0 {
			e.ignored = append(e.ignored, strings.ToLower(strings.Join(d.args, ",")))
		}
		return nil
	default:
		for _, list := range e.ignored {
			if matchList(d.key, list, true) {
				return nil
			}
		}
		return d.errorf("Bad configuration option: %s", d.name)
	}
	if len(d.args) == 0 && d.rest == "" || len(d.args) > 0 && d.args[0] == "" {
		return d.errorf("no argument after keyword %q", d.key)
	}
	if len(d.args) > 1 && !severalArguments[d.key] {
		return d.errorf("keyword %s extra arguments at end of line", d.key)
	}
	// A line that does not count is judged all the same, as ssh does.
	into := e
	if first := firstOnly(d.key); !active || first && e.set[d.key] {
		into = &evaluation{Config: e.Config, name: e.name, user: e.user, set: map[string]bool{}}
	} else {
		e.set[d.key] = true
	}
	if err := take(into, d); err != nil {
		return d.errorf("%v", err)
	}
	return nil
}

// firstOnly tells the keywords of which only the first line counts from those that accumulate.
func firstOnly(key string) bool { return key != "identityfile" && key != "certificatefile" }

var severalArguments = map[string]bool{"userknownhostsfile": true, "globalknownhostsfile": true}

// harmless tells whether a keyword is set to what it is anyway.
func harmless(d directive) bool {
	return len(d.args) == 1 && (strings.EqualFold(d.args[0], "no") || strings.EqualFold(d.args[0], "none") || strings.EqualFold(d.args[0], "any"))
}

// setters take what a keyword says.
var setters = map[string]func(*evaluation, directive) error{
	"hostname":       func(e *evaluation, d directive) error { e.s.HostName = d.args[0]; return nil },
	"user":           func(e *evaluation, d directive) error { e.s.User = d.args[0]; return nil },
	"hostkeyalias":   func(e *evaluation, d directive) error { e.s.HostKeyAlias = d.args[0]; return nil },
	"identityagent":  func(e *evaluation, d directive) error { e.s.IdentityAgent = d.args[0]; return nil },
	"identitiesonly": func(e *evaluation, d directive) (err error) { e.s.IdentitiesOnly, err = yes(d.args[0]); return err },
	"hashknownhosts": func(e *evaluation, d directive) (err error) { e.s.HashKnownHosts, err = yes(d.args[0]); return err },
	"port":           func(e *evaluation, d directive) (err error) { e.s.Port, err = portOf(d.args[0]); return err },
	"identityfile": func(e *evaluation, d directive) error {
		if d.args[0] != "none" && !slices.Contains(e.s.IdentityFiles, d.args[0]) {
			e.s.IdentityFiles = append(e.s.IdentityFiles, d.args[0])
		}
		return nil
	},
	"certificatefile": func(e *evaluation, d directive) error {
		if d.args[0] != "none" {
			e.s.CertificateFiles = append(e.s.CertificateFiles, d.args[0])
		}
		return nil
	},
	"userknownhostsfile":   func(e *evaluation, d directive) (err error) { e.s.UserKnownHostsFiles, err = files(d); return err },
	"globalknownhostsfile": func(e *evaluation, d directive) (err error) { e.s.GlobalKnownHostsFiles, err = files(d); return err },
	"stricthostkeychecking": func(e *evaluation, d directive) (err error) {
		e.s.StrictHostKeyChecking, err = strict(d.args[0])
		return err
	},
	"connecttimeout": func(e *evaluation, d directive) (err error) {
		e.s.ConnectTimeout, err = duration(d.args[0])
		return err
	},
	"proxycommand": (*evaluation).proxyCommand,
	"proxyjump":    (*evaluation).proxyJump,
}

// Of ProxyCommand and ProxyJump the first that is said counts, and the other one no more.
func (e *evaluation) proxyCommand(d directive) error {
	if len(e.s.ProxyJump) > 0 {
		return nil
	}
	e.s.ProxyCommand = d.rest
	return nil
}

func (e *evaluation) proxyJump(d directive) (err error) {
	text, _, _ := strings.Cut(d.rest, " #")
	if text = strings.Trim(text, " \t\""); strings.EqualFold(text, "none") {
		return nil
	}
	hops, err := Hops(text)
	if err == nil && !e.set["proxycommand"] {
		e.s.ProxyJump, e.jump = hops, text
	}
	return err
}

// Hops reads a ProxyJump: [user@]host[:port] or ssh://…, with commas between.
func Hops(text string) (hops []Hop, err error) {
	for part := range strings.SplitSeq(text, ",") {
		h, ok := hop(part)
		if !ok {
			return nil, fmt.Errorf("invalid ProxyJump %q", text)
		}
		hops = append(hops, h)
	}
	return hops, nil
}

func hop(text string) (h Hop, ok bool) {
	text = strings.TrimSpace(text)
	text = strings.TrimSuffix(strings.TrimPrefix(text, "ssh://"), "/")
	if at := strings.LastIndex(text, "@"); at >= 0 {
		if at == 0 {
			return h, false
		}
		h.User, text = text[:at], text[at+1:]
	}
	h.Host = text
	if strings.HasPrefix(text, "[") || strings.Contains(text, ":") {
		host, port, err := net.SplitHostPort(text)
		switch {
		case err == nil:
			h.Host = host
			if h.Port, err = portOf(port); err != nil {
				return h, false
			}
		case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
			h.Host = text[1 : len(text)-1]
		default:
			return h, false
		}
	}
	return h, h.Host != "" && !strings.ContainsAny(h.Host, " \t'`\"$\\;&<>|(){}")
}

func yes(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "yes", "true":
		return true, nil
	case "no", "false":
		return false, nil
	}
	return false, fmt.Errorf("unsupported option %q", text)
}

func strict(text string) (string, error) {
	switch text = strings.ToLower(text); text {
	case "ask", "accept-new", "off", "yes", "no":
		return text, nil
	case "true":
		return "yes", nil
	case "false":
		return "no", nil
	}
	return "", fmt.Errorf("unsupported option %q", text)
}

func portOf(text string) (int, error) {
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("bad port %q", text)
	}
	return port, nil
}

// files are names of files; "none" alone means that there are none.
func files(d directive) ([]string, error) {
	list := []string{}
	for _, f := range d.args {
		if strings.EqualFold(f, "none") && len(d.args) > 1 {
			return nil, fmt.Errorf("keyword %s \"none\" argument must appear alone", d.key)
		}
		if !strings.EqualFold(f, "none") {
			list = append(list, f)
		}
	}
	return list, nil
}

var errTime = errors.New("invalid time value")

// duration reads sshd_config's time formats: seconds, or numbers with s, m, h, d and w after them.
func duration(text string) (time.Duration, error) {
	if text == "none" {
		return 0, nil
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	var sum time.Duration
	for rest := text; rest != ""; {
		digits := 0
		for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
			digits++
		}
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if err != nil {
			return 0, errTime
		}
		unit := time.Second
		if rest = rest[digits:]; rest != "" {
			known := false
			if unit, known = units[rest[0]|0x20]; !known {
				return 0, errTime
			}
			rest = rest[1:]
		}
		sum += time.Duration(n) * unit
	}
	return sum, nil
}

// finish replaces the tokens, when all is known.
func (e *evaluation) finish() Settings {
	s := &e.s
	s.HostName = e.hostName()
	if e.user != "" {
		s.User = e.user
	}
	port := "22"
	if s.Port != 0 {
		port = strconv.Itoa(s.Port)
	}
	key := s.HostKeyAlias
	if key == "" {
		key = e.name
	}
	sum := sha1.Sum([]byte(e.LocalHost + s.HostName + port + e.userNow() + e.jump))
	short, _, _ := strings.Cut(e.LocalHost, ".")
	tokens := strings.NewReplacer("%%", "%", "%h", s.HostName, "%n", e.name, "%p", port, "%r", e.userNow(), "%u", e.Sources.User,
		"%d", e.Home, "%i", e.UID, "%l", e.LocalHost, "%L", short, "%k", key, "%j", e.jump, "%C", hex.EncodeToString(sum[:]))
	path := func(p string) string {
		p = e.tilde(tokens.Replace(e.environment(p)))
		if p != "" && !filepath.IsAbs(p) {
			p = filepath.Join(e.WorkDir, p)
		}
		return p
	}
	for _, list := range [][]string{s.IdentityFiles, s.CertificateFiles, s.UserKnownHostsFiles, s.GlobalKnownHostsFiles} {
		for i := range list {
			list[i] = path(list[i])
		}
	}
	switch agent := s.IdentityAgent; {
	case agent == "SSH_AUTH_SOCK":
		s.IdentityAgent = ""
	case strings.HasPrefix(agent, "$") && !strings.HasPrefix(agent, "${"):
		s.IdentityAgent = e.Getenv(agent[1:])
	case agent != "" && agent != "none":
		s.IdentityAgent = path(agent)
	}
	if strings.EqualFold(s.ProxyCommand, "none") {
		s.ProxyCommand = ""
	}
	s.ProxyCommand = tokens.Replace(s.ProxyCommand)
	return *s
}

// environment replaces ${NAME}.
func (e *evaluation) environment(text string) string {
	for from := 0; ; {
		i := strings.Index(text[from:], "${")
		if i < 0 {
			return text
		}
		i += from
		end := strings.IndexByte(text[i:], '}')
		if end < 0 {
			return text
		}
		value := e.Getenv(text[i+2 : i+end])
		text = text[:i] + value + text[i+end+1:]
		from = i + len(value)
	}
}
