package remote

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"sync"
)

// How commands get root's rights, and how a password gets to sudo or su: over stdin, only when it is asked for, once.

// boot is what the login shell is asked to run. The script comes over stdin, before what the script itself shall read
// from there. "sh -s" would not do: it reads ahead, so script and input could not be told apart. dd reads the exact
// number of bytes. The mark at the end shows that all of it came; printed first on both outputs, it shows where the
// login shell's own noise ends, and that sudo let us in.
const boot = `s=$(dd bs="$1" count=1 iflag=fullblock 2>/dev/null); case $s in *"#$2") ;; *) exit 125;; esac; ` +
	`echo "$2"; echo "$2" >&2; eval "$s"`

// gatedBoot says that it is there before it reads the script: what comes earlier, sudo could take for a password.
const gatedBoot = `echo "$3" >&2; ` + boot

// marks are words that nobody else says.
type marks struct {
	begin string // the script begins
	gate  string // it may be sent
	ask   string // sudo asks for the password
}

func newMarks() marks {
	return marks{begin: "dcosup-" + rand.Text(), gate: "gate-" + rand.Text(), ask: "ask-" + rand.Text()}
}

// commandLine must mean the same to sh, csh and fish: so it is one line of plain words and one word in single quotes
// that has neither a quote, a backslash, an exclamation mark nor a newline.
func commandLine(as Become, size int, m marks) string {
	text := boot
	if as.gated() {
		text = gatedBoot
	}
	words := fmt.Sprintf("sh %d %s %s", size, m.begin, m.gate)
	sh := fmt.Sprintf("/bin/sh -c '%s' %s", text, words)
	switch as.Method {
	case Sudo:
		if as.gated() {
			return fmt.Sprintf("exec env LC_ALL=C sudo -S -p %s -- %s", m.ask, sh)
		}
		return "exec env LC_ALL=C sudo -n -- " + sh
	case Su:
		return fmt.Sprintf("exec env LC_ALL=C su -s /bin/sh -c '%s' root %s", text, words)
	case Doas:
		return "exec env LC_ALL=C doas -n " + sh
	}
	return "exec " + sh
}

// gated tells whether a password may be asked for before the script begins.
func (b Become) gated() bool { return b.Method == Sudo && b.Password != "" || b.Method == Su }

// questions counts how often a password was asked for, in what came before the script's beginning.
func (b Become) questions(noise []byte, ask string) int {
	if b.Method == Su {
		return bytes.Count(noise, []byte("assword:"))
	}
	return bytes.Count(noise, []byte(ask))
}

// gate is the stdin of a command that may ask for a password first. It is fed by what the command says on stderr: a
// question lets the password through, the mark lets the script through, a second question ends it.
type gate struct {
	as         Become
	m          marks
	script     io.Reader
	mu         sync.Mutex
	open       *sync.Cond
	heard      []byte // of stderr, until the script is let through
	answered   bool
	wrong      bool // the password that was sent was not accepted, or there was none to send
	ready      bool // the script may go
	closed     bool
	unanswered []byte // the rest of the password to be read
}

func newGate(as Become, m marks, script io.Reader) *gate {
	g := &gate{as: as, m: m, script: script}
	g.open = sync.NewCond(&g.mu)
	return g
}

// Write hears what the command says.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ready {
		return len(p), nil
	}
	g.heard = append(g.heard, p...)
	asked := g.as.questions(g.heard, g.m.ask)
	switch {
	case bytes.Contains(g.heard, []byte(g.m.gate+"\n")):
		g.ready, g.heard = true, nil
	case asked > 1, asked == 1 && g.as.Password == "":
		g.wrong = true
	case asked == 1 && !g.answered:
		g.answered = true
		g.unanswered = []byte(g.as.Password.Reveal() + "\n")
	}
	g.open.Broadcast()
	return len(p), nil
}

// Read gives the password when it is asked for, and the script when it may come.
func (g *gate) Read(p []byte) (int, error) {
	g.mu.Lock()
	for !g.ready && !g.wrong && !g.closed && len(g.unanswered) == 0 {
		g.open.Wait()
	}
	switch {
	case g.ready:
		g.mu.Unlock()
		return g.script.Read(p)
	case g.wrong, g.closed:
		g.mu.Unlock()
		return 0, io.EOF
	}
	n := copy(p, g.unanswered)
	g.unanswered = g.unanswered[n:]
	g.mu.Unlock()
	return n, nil
}

// close lets a Read go that waits.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.open.Broadcast()
}

// BecomeReason is why root's rights were not given.
type BecomeReason string

// The reasons.
const (
	BecomeNeedsPassword BecomeReason = "a password is needed"
	BecomeWrongPassword BecomeReason = "the password is wrong"
	BecomeNeedsTerminal BecomeReason = "it wants a terminal"
	BecomeNotAllowed    BecomeReason = "the user is not allowed to"
	BecomeMissing       BecomeReason = "there is no such command"
	BecomeOther         BecomeReason = "it did not start the script"
)

// BecomeError means that the login user did not get root's rights. It is of no use to try again.
type BecomeError struct {
	Node   string
	User   string
	Method BecomeMethod
	Reason BecomeReason
	Said   string // by the command, and the login shell before it
}

func (e *BecomeError) Error() string {
	s := fmt.Sprintf("%s: %s as %s: %s", e.Node, e.Method, e.User, e.Reason)
	if said := lastLines(e.Said, 2); said != "" {
		s += ": " + said
	}
	return s
}

// HintText says how to let the user become root.
func (e *BecomeError) HintText() string {
	rule := fmt.Sprintf("allow it with a line \"%s ALL=(ALL) NOPASSWD: ALL\" in a file in /etc/sudoers.d (visudo -f), or log in as root", e.User)
	if e.Method == Doas {
		rule = fmt.Sprintf("write \"permit nopass %s as root\" in /etc/doas.conf, for doas asks for passwords on a terminal only; or use sudo", e.User)
	}
	switch {
	case e.Reason == BecomeNeedsPassword && e.Method == Doas:
		return rule
	case e.Reason == BecomeNeedsPassword && e.Method == Su:
		return "give root's password with -K, or ansible_become_password"
	case e.Reason == BecomeNeedsPassword:
		return fmt.Sprintf("give %s's password for sudo with -K, or ansible_become_password; or %s", e.User, rule)
	case e.Reason == BecomeWrongPassword:
		return "it was sent once, and no more; give the right one with -K, or ansible_become_password"
	case e.Reason == BecomeNeedsTerminal:
		return fmt.Sprintf("take out requiretty, or add \"Defaults:%s !requiretty\" in a file in /etc/sudoers.d (visudo -f)", e.User)
	case e.Reason == BecomeMissing:
		return fmt.Sprintf("install %s on the node, set ansible_become_method to what is there (sudo, su, doas), or log in as root", e.Method)
	}
	return rule
}

// becomeError explains a command that ended before the script began. What sudo and su did not tell by asking, only
// their words tell; they are those of the C locale.
func (r *running) becomeError(st status, said string) *BecomeError {
	e := &BecomeError{Node: r.c.t.Name, User: r.c.t.User, Method: r.as.Method, Reason: BecomeOther,
		Said: strings.NewReplacer(r.m.ask, "", r.m.gate, "").Replace(said)}
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(said, w) {
				return true
			}
		}
		return false
	}
	answered := r.gate != nil && r.gate.answered
	switch {
	case answered && (r.as.Method == Su || r.gate.wrong || says("incorrect password")):
		e.Reason = BecomeWrongPassword
	case r.gate != nil && r.gate.wrong, says("a password is required", "no password was provided", "no askpass program", "Authentication required", "Authorization required", "a tty is required"):
		e.Reason = BecomeNeedsPassword
	case st.code == 127:
		e.Reason = BecomeMissing
	case says("must have a tty", "must be run from a terminal"):
		e.Reason = BecomeNeedsTerminal
	case says("is not in the sudoers file", "is not allowed to", "may not run sudo", "Operation not permitted", "Permission denied", "Authentication failure"):
		e.Reason = BecomeNotAllowed
	}
	return e
}
