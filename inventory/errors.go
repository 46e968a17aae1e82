package inventory

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/go-multierror"

	"dcosup/inventory/vault"
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
	// Also are the other places where the same is wrong, for the same reason.
	Also []Pos

	// mark is the column of Source that Pos.Column became when passwords were
	// masked; 0 means that no mark can be shown.
	mark int
}

// Error returns place and message in one line.
func (e *Error) Error() string {
	text := e.Message
	if e.Pos.IsValid() {
		text = e.Pos.String() + ": " + text
	}
	switch n := len(e.Also); {
	case n == 1:
		text += " (and at another place)"
	case n > 1:
		text += fmt.Sprintf(" (and at %d other places)", n)
	}
	return text
}

// maxAlso is how many other places are shown for a person.
const maxAlso = 20

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
	for i, pos := range e.Also {
		if i == maxAlso {
			fmt.Fprintf(&b, "\n  and %d more", len(e.Also)-i)
			break
		}
		fmt.Fprintf(&b, "\n  also %s", pos)
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
	// more is how many errors are not kept: see maxProblems.
	more int
	// expanded is how many hosts and variables of hosts ranges have stood for.
	expanded int

	// vault opens what is encrypted in the files; nil opens nothing.
	vault *vault.Keyring
	// decrypted are the files of which nothing may be shown.
	decrypted map[string]bool
	// octals are the whole numbers with a leading 0 in YAML that mean another
	// number there than their digits say.
	octals map[Pos]bool
	// judging tells that messages are about values, which hide themselves, and
	// no longer about lines of files.
	judging bool
	// locked are the encrypted files and values that are needed and could not
	// be decrypted.
	locked []locked
}

// fork returns problems of the same files, none of them reported yet.
func (p *problems) fork() *problems {
	return &problems{lines: p.lines, order: p.order, vault: p.vault, decrypted: p.decrypted, octals: p.octals, judging: p.judging}
}

// addFile makes the lines of a file known.
func (p *problems) addFile(name, content string) {
	if p.lines == nil {
		p.lines, p.order, p.octals = map[string][]string{}, map[string]int{}, map[Pos]bool{}
	}
	if _, ok := p.order[name]; !ok {
		p.order[name] = len(p.order)
	}
	p.lines[name] = strings.Split(content, "\n")
}

const (
	// maxProblems bounds how many errors of one reading, and how many warnings, are
	// kept: nobody reads more before mending some, and a file of another kind has one
	// in every line.
	maxProblems = 200
	// maxLine bounds the lines that are shown, in bytes.
	maxLine = 2000
)

// failures is how many errors there are.
func (p *problems) failures() int { return len(p.errs) + p.more }

// full tells whether no more errors are kept, so that they need no hint.
func (p *problems) full() bool { return len(p.errs) >= maxProblems }

// at makes an error with the line of its place.
func (p *problems) at(pos Pos, message, hint string) *Error {
	e := &Error{Pos: pos, Message: message, Hint: hint}
	if p.decrypted[pos.File] && pos.Line > 0 {
		e.Source = secret.Hidden
		return e
	}
	lines := p.lines[pos.File]
	if pos.Line < 1 || pos.Line > len(lines) || len(lines[pos.Line-1]) > maxLine {
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
	p.hintf(pos, "", format, args...)
}

// hintf records an error with a hint.
func (p *problems) hintf(pos Pos, hint, format string, args ...any) {
	if p.full() {
		p.more++
		return
	}
	p.errs = append(p.errs, p.format(pos, hint, format, args))
}

// warnf records a warning.
func (p *problems) warnf(pos Pos, hint, format string, args ...any) {
	if len(p.warnings) < maxProblems {
		p.warnings = append(p.warnings, p.format(pos, hint, format, args))
	}
}

// words is a text of this program, which quotes nothing of a file.
type words string

// format makes an error. While a decrypted file is read, all that messages
// quote may be of that file, and is hidden unless its type says that it is not;
// a hint that quotes the same is left out.
func (p *problems) format(pos Pos, hint, format string, args []any) *Error {
	if p.decrypted[pos.File] && !p.judging {
		args = slices.Clone(args)
		for i, arg := range args {
			switch arg.(type) {
			case words, Pos, int, int64:
				continue
			}
			text := fmt.Sprint(arg)
			if text != "" && strings.Contains(hint, text) {
				hint = ""
			}
			args[i] = secret.Text(text)
		}
	}
	return p.at(pos, fmt.Sprintf(format, args...), hint)
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
	slices.SortStableFunc(errs, func(a, b *Error) int { return p.compare(a.Pos, b.Pos) })
	return errs
}

// compare orders places by file, in the order of reading, then by line.
func (p *problems) compare(a, b Pos) int {
	rank := func(pos Pos) int {
		if r, ok := p.order[pos.File]; ok {
			return r
		}
		if pos.IsValid() {
			return len(p.order)
		}
		return len(p.order) + 1
	}
	switch ra, rb := rank(a), rank(b); {
	case ra != rb:
		return ra - rb
	case a.before(b):
		return -1
	case b.before(a):
		return 1
	}
	return 0
}

// err returns all errors as one, or nil.
func (p *problems) err() error {
	errs := append(slices.Clone(p.errs), p.lockedErrors()...)
	if len(errs) == 0 {
		return nil
	}
	all := &multierror.Error{ErrorFormat: formatAll}
	for _, e := range p.sorted(errs) {
		all.Errors = append(all.Errors, e)
	}
	if p.more > 0 {
		all.Errors = append(all.Errors, &Error{Message: fmt.Sprintf("there are %d more errors, which are not shown", p.more)})
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
	`(?i)([\w-]*(?:` + secretWords + `)[\w-]*["']?\s*[=:]\s*)` +
		`("[^"]*"?|'[^']*'?|[^\s"'][^\s,}]*)`)

// secretWords are in the names of what is not to be shown.
const secretWords = "pass|secret|token|credential|license|key_contents"

// secretName matches the name of such a value.
var secretName = regexp.MustCompile(`(?i)` + secretWords)

var (
	// vaultBlock is a line below which an encrypted value begins, and which has
	// nothing of it.
	vaultBlock = regexp.MustCompile(`!vault(?:-encrypted)?\s+[|>][-+\d]*\s*$`)
	// vaultInline is an encrypted value in the line itself: some write a secret
	// there that is not encrypted.
	vaultInline = regexp.MustCompile(`(!vault(?:-encrypted)?\s+)\S.*`)
)

// maskSecrets replaces the values of secrets in a line that is to be shown.
func maskSecrets(line string) string {
	if vaultBlock.MatchString(line) {
		return line
	}
	line = vaultInline.ReplaceAllString(line, "${1}"+secret.Hidden)
	return secretAssignment.ReplaceAllString(line, "${1}"+secret.Hidden)
}
