package inventory

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/go-multierror"

	"dcosup/secret"
)

// Error is one thing that is wrong with an inventory. It is a mistake of the
// person's, never of a node or of the network.
type Error struct {
	// Pos is where it is wrong. It is not valid for what is missing altogether.
	Pos Pos
	// Source is the line at Pos with passwords masked, "" if there is none.
	Source string
	// Message says what is wrong.
	Message string
	// Hint says what to do, "" if there is nothing to say.
	Hint string

	// mark is the column of Source that Pos.Column became when passwords were
	// masked; 0 means that no mark can be shown.
	mark int
}

// Error returns place and message in one line.
func (e *Error) Error() string {
	if !e.Pos.IsValid() {
		return e.Message
	}
	return e.Pos.String() + ": " + e.Message
}

// Format returns the error for a person, over several lines: place and
// message, the line with a mark under the column, and the hint. It does not
// end in a newline.
func (e *Error) Format() string {
	var b strings.Builder
	b.WriteString(e.Error())
	if e.Source != "" {
		number := strconv.Itoa(e.Pos.Line)
		fmt.Fprintf(&b, "\n  %s | %s", number, e.Source)
		if e.mark > 0 {
			fmt.Fprintf(&b, "\n  %s | %s^", strings.Repeat(" ", len(number)), blank(e.Source, e.mark-1))
		}
	}
	if e.Hint != "" {
		b.WriteString("\n  hint: " + e.Hint)
	}
	return b.String()
}

// blank returns n columns of white space that are as wide as those of line.
func blank(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n--; n < 0 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// problems collects errors and warnings about files whose lines it knows.
type problems struct {
	// lines are the lines of every file read, by the name shown to the person.
	lines map[string][]string
	// order is the rank of every file, in the order of reading.
	order    map[string]int
	errs     []*Error
	warnings []*Error
}

// addFile makes the lines of a file known.
func (p *problems) addFile(name, content string) {
	if p.lines == nil {
		p.lines, p.order = map[string][]string{}, map[string]int{}
	}
	if _, ok := p.order[name]; !ok {
		p.order[name] = len(p.order)
	}
	p.lines[name] = strings.Split(content, "\n")
}

// at makes an error with the line of its place.
func (p *problems) at(pos Pos, message, hint string) *Error {
	e := &Error{Pos: pos, Message: message, Hint: hint}
	lines := p.lines[pos.File]
	if pos.Line < 1 || pos.Line > len(lines) {
		return e
	}
	line := strings.TrimRight(lines[pos.Line-1], "\r")
	e.Source = maskSecrets(line)
	if before := prefix(line, pos.Column-1); pos.Column > 0 {
		e.mark = utf8.RuneCountInString(maskSecrets(before)) + 1
	}
	return e
}

// errorf records an error without a hint.
func (p *problems) errorf(pos Pos, format string, args ...any) {
	p.errs = append(p.errs, p.at(pos, fmt.Sprintf(format, args...), ""))
}

// hintf records an error with a hint.
func (p *problems) hintf(pos Pos, hint, format string, args ...any) {
	p.errs = append(p.errs, p.at(pos, fmt.Sprintf(format, args...), hint))
}

// warnf records a warning.
func (p *problems) warnf(pos Pos, hint, format string, args ...any) {
	p.warnings = append(p.warnings, p.at(pos, fmt.Sprintf(format, args...), hint))
}

// prefix returns the first n characters of s.
func prefix(s string, n int) string {
	for i := range s {
		if n <= 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// sorted returns the errors by file, in the order of reading, then by line;
// those without a place come last. What is wrong with a value that many hosts
// share is said once.
func (p *problems) sorted(errs []*Error) []*Error {
	said := map[string]bool{}
	errs = slices.DeleteFunc(slices.Clone(errs), func(e *Error) bool {
		again := said[e.Error()]
		said[e.Error()] = true
		return again
	})
	rank := func(e *Error) int {
		if r, ok := p.order[e.Pos.File]; ok {
			return r
		}
		if e.Pos.IsValid() {
			return len(p.order)
		}
		return len(p.order) + 1
	}
	slices.SortStableFunc(errs, func(a, b *Error) int {
		switch ra, rb := rank(a), rank(b); {
		case ra != rb:
			return ra - rb
		case a.Pos.before(b.Pos):
			return -1
		case b.Pos.before(a.Pos):
			return 1
		}
		return 0
	})
	return errs
}

// err returns all errors as one, or nil.
func (p *problems) err() error {
	if len(p.errs) == 0 {
		return nil
	}
	all := &multierror.Error{ErrorFormat: formatAll}
	for _, e := range p.sorted(p.errs) {
		all.Errors = append(all.Errors, e)
	}
	return all
}

// formatAll shows many errors for a person, a blank line between them.
func formatAll(errs []error) string {
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
		if e, ok := err.(*Error); ok {
			texts[i] = e.Format()
		}
	}
	all := strings.Join(texts, "\n\n")
	if len(errs) > 1 {
		all += fmt.Sprintf("\n\n%d errors in the inventory", len(errs))
	}
	return all
}

// secretAssignment finds `name = value` and `name: value` where the name is
// that of a password, a token, a key or a licence.
var secretAssignment = regexp.MustCompile(
	`(?i)([\w-]*(?:pass|secret|token|credential|license|key_contents)[\w-]*["']?\s*[=:]\s*)` +
		`("[^"]*"?|'[^']*'?|[^\s"'][^\s,}]*)`)

// maskSecrets replaces the values of secrets in a line that is to be shown.
func maskSecrets(line string) string {
	return secretAssignment.ReplaceAllString(line, "${1}"+secret.Hidden)
}
