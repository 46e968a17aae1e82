package roles

import (
	"fmt"
	"strconv"
	"strings"
)

// FixNotTried is the code of a fix that was left out because one that it needs
// failed.
const FixNotTried = 77

// FixKind is what a line of a fix script's output tells.
type FixKind int

// The kinds of FixEvent.
const (
	FixBegin FixKind = iota + 1
	FixOutput
	FixEnd
)

// FixEvent is one line of a fix script's output, understood.
type FixEvent struct {
	Kind FixKind
	ID   string // of the fix; "" for output between fixes
	Line string // FixOutput: the line
	Code int    // FixEnd: exit code; 0 is success, FixNotTried is none
}

// FixParser follows a fix script's output. The zero value is ready.
type FixParser struct {
	open string
	done bool
	seen map[string]bool
}

// FixError is a fix script's output that is not in its form.
type FixError struct {
	Line    string // the line at fault, "" when the output ended too early
	Problem string
}

// Error says what is wrong, and with which line.
func (e *FixError) Error() string {
	if e.Line == "" {
		return "output of fixes: " + e.Problem
	}
	return fmt.Sprintf("output of fixes: %s: %q", e.Problem, e.Line)
}

const fixMark = "dcosup-fix "

// Line takes one line, without its newline. Without ok the line tells nothing:
// it is empty, or the last mark. The error is a *FixError; the parser can go on
// after it.
func (p *FixParser) Line(line string) (event FixEvent, ok bool, err error) {
	if strings.TrimSpace(line) == "" {
		return FixEvent{}, false, nil // each mark has an empty line before it
	}
	mark, found := strings.CutPrefix(line, fixMark)
	if !found {
		return FixEvent{Kind: FixOutput, ID: p.open, Line: line}, true, nil
	}
	words := strings.Split(mark, " ")
	switch {
	case p.done:
		return FixEvent{}, false, &FixError{line, "a mark after the last"}
	case mark == "done" && p.open == "":
		p.done = true
		return FixEvent{}, false, nil
	case words[0] == "begin" && len(words) == 2:
		return p.begin(line, words[1])
	case words[0] == "end" && len(words) == 3:
		return p.end(line, words[1], words[2])
	}
	return FixEvent{}, false, &FixError{line, "unknown mark"}
}

func (p *FixParser) begin(line, id string) (FixEvent, bool, error) {
	if p.open != "" || p.seen[id] || id == "" {
		return FixEvent{}, false, &FixError{line, "a fix begins twice, or within another"}
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	p.open, p.seen[id] = id, true
	return FixEvent{Kind: FixBegin, ID: id}, true, nil
}

func (p *FixParser) end(line, id, code string) (FixEvent, bool, error) {
	n, err := strconv.ParseUint(code, 10, 8)
	if id != p.open || id == "" || err != nil {
		return FixEvent{}, false, &FixError{line, "want the end of " + strconv.Quote(p.open) + " with its code"}
	}
	p.open = ""
	return FixEvent{Kind: FixEnd, ID: id, Code: int(n)}, true, nil
}

// Finish says whether the output was whole. The error is a *FixError.
func (p *FixParser) Finish() error {
	switch {
	case p.open != "":
		return &FixError{Problem: "cut off within " + p.open}
	case !p.done:
		return &FixError{Problem: "cut off before its last mark"}
	}
	return nil
}
