package report

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-multierror"

	"dcosup/installer"
)

// FailureText renders a failure whole: what was tried, where, how it ended,
// the last lines that it printed, what to do, and where its log is. Only what
// is known is written.
//
//	✗ agent-2: install DC/OS (slave)
//	  dcos_install.sh ended with exit code 1
//	  command  bash dcos_install.sh slave
//	  stderr   curl: (7) Failed to connect
//	  hint     look at port 8080 of the bootstrap node
//	  log      /home/me/.local/state/dcosup/runs/7/agent-2.log
func FailureText(f installer.Failure, o TableOptions) string {
	p := o.pen()
	var b strings.Builder
	head := p.symbol(symFailed) + " " + p.clean(joinFilled(": ", f.Node, stepWords(f)))
	if f.Node == "" && f.Step == "" {
		head = p.symbol(symFailed) + " " + p.clean(string(f.Kind))
	}
	b.WriteString(p.paint(red, head) + "\n")
	writeMessage(&b, f.Message, o)
	writeDetails(&b, f, o)
	if o.LogDir != "" && f.Node != "" {
		b.WriteString(detail(p, "log", LogPath(o.LogDir, f.Node)))
	}
	return b.String()
}

// writeMessage writes a cause. One line is wrapped; several are left as they
// are, since they can be a quotation in which columns count.
func writeMessage(b *strings.Builder, message string, o TableOptions) {
	p := o.pen()
	lines := cleanLines(message)
	if len(lines) == 1 && lines[0] != "" {
		paragraph(b, "  ", p.fit(lines[0]), o.width())
		return
	}
	for _, line := range lines {
		b.WriteString(strings.TrimRight("  "+p.fit(line), " ") + "\n")
	}
}

// writeDetails writes the command, how it ended, what it printed and the hint.
// Lines that a person may want to copy are not wrapped.
func writeDetails(b *strings.Builder, f installer.Failure, o TableOptions) {
	p := o.pen()
	if f.Command != "" {
		b.WriteString(detail(p, "command", f.Command))
	}
	if f.ExitCode != 0 {
		b.WriteString(detail(p, "exit", fmt.Sprintf("code %d", f.ExitCode)))
	}
	label := "stderr"
	for _, line := range f.Stderr {
		b.WriteString(detail(p, label, line))
		label = ""
	}
	if f.Hint != "" {
		paragraph(b, "  "+pad("hint", labelWidth), p.clean(f.Hint), o.width())
	}
}

// labelWidth is the room for the labels of a failure's lines.
const labelWidth = 9

func detail(p pen, label, text string) string {
	line := "  " + p.paint(dim, label) + strings.Repeat(" ", labelWidth-len(label)) + p.clean(text)
	return strings.TrimRight(line, " ") + "\n"
}

// CauseError is one cause, and all failures that it explains.
type CauseError struct {
	Kind     installer.Kind
	Failures []installer.Failure // one at least, in the order in which they came
}

// Error names the nodes, the step and the cause in one line.
func (e *CauseError) Error() string {
	first := e.Failures[0]
	return joinFilled(": ", pen{}.nameList(e.Nodes(), false), clean(stepWords(first)),
		clean(firstLine(e.message())))
}

// Nodes returns the nodes that failed for this cause.
func (e *CauseError) Nodes() []string {
	var names []string
	for _, f := range e.Failures {
		if f.Node != "" {
			names = append(names, clean(f.Node))
		}
	}
	return names
}

// message is the cause in words that hold for all of its nodes.
func (e *CauseError) message() string {
	first := e.Failures[0]
	if len(e.Failures) == 1 {
		return first.Message
	}
	return withoutName(first.Message, first.Node)
}

// Errors returns the failures as one *multierror.Error, which holds a
// *CauseError for each cause, or nil when there are none.
func Errors(failures []installer.Failure) error {
	if len(failures) == 0 {
		return nil
	}
	all := &multierror.Error{ErrorFormat: causesText}
	for _, c := range causes(failures) {
		all.Errors = append(all.Errors, c)
	}
	return all
}

func causesText(errs []error) string {
	if len(errs) == 1 {
		return errs[0].Error()
	}
	lines := make([]string, len(errs))
	for i, err := range errs {
		lines[i] = "\n  " + err.Error()
	}
	return fmt.Sprintf("%d causes:%s", len(errs), strings.Join(lines, ""))
}

// causeKey is what failures of one cause have in common. The node's own name
// in its message does not count.
type causeKey struct {
	kind    installer.Kind
	step    string
	message string
	exit    int
}

func keyOf(f installer.Failure) causeKey {
	return causeKey{
		kind: f.Kind, exit: f.ExitCode,
		step:    withoutName(stepWords(f), f.Node),
		message: firstLine(withoutName(f.Message, f.Node)),
	}
}

func causes(failures []installer.Failure) []*CauseError {
	var list []*CauseError
	index := map[causeKey]*CauseError{}
	for _, f := range failures {
		key := keyOf(f)
		c := index[key]
		if c == nil {
			c = &CauseError{Kind: f.Kind}
			index[key] = c
			list = append(list, c)
		}
		c.Failures = append(c.Failures, f)
	}
	return list
}

// stepWords is the failed step without its node, which a step's id ends in.
func stepWords(f installer.Failure) string { return strings.TrimSuffix(f.Step, "/"+f.Node) }

// withoutName puts "the node" in place of the node's own name, where that
// stands as a word of its own.
func withoutName(text, node string) string {
	if node == "" {
		return text
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, node)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if endsInWord(before) || startsInWord(after) {
			b.WriteString(node)
		} else {
			b.WriteString("the node")
		}
		text = after
	}
}

func endsInWord(s string) bool   { return s != "" && isWord(s[len(s)-1]) }
func startsInWord(s string) bool { return s != "" && isWord(s[0]) }

func isWord(c byte) bool {
	return c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(s, "\r\n"), "\n")
	return line
}
