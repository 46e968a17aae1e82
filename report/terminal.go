package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"dcosup/installer"
)

// The rules of what a person sees at a terminal:
//
//   - The first line says what runs, on which cluster, on how many nodes of
//     which role.
//   - A stage that ended is one line: counts and time. A running stage names
//     its slowest nodes and what they do. Below all of them is one bar for the
//     whole run.
//   - Only the live area, which is the last lines, is ever written again. What
//     stands above it stays, in order, and can be scrolled and copied.
//   - A failure is shown at once and whole. The same failure of another node is
//     one line.
//   - Warnings of an apply are a count; `dcosup check` shows them.
//   - The end is a table of nodes, the failures by cause, and the one command
//     to type next.
//   - Green is in order, yellow is worth a look, red has failed, dim is detail;
//     nothing is told by colour alone.
//   - The live area is written at most ten times a second, each time with one
//     write, and is shorter and narrower than the terminal.
//   - The cursor always rests at the start of the line below the live area, and
//     is never hidden: a process that dies leaves a usable terminal.
//   - Nothing that a node printed moves the cursor or changes a colour.

// TerminalOptions say how NewTerminal shows a run. The zero value is a plain
// view on a terminal of 80 columns and 24 rows.
type TerminalOptions struct {
	Width   func() int // columns, asked before each redraw; nil or 0 means 80
	Height  func() int // rows, likewise; nil or 0 means 24
	Color   bool       // false too where NO_COLOR is set: the caller looks
	ASCII   bool       // use no character outside ASCII
	Verbose int        // from 1 on, each step's end and the lines that nodes print
	LogDir  string     // the run's directory, to name the logs of failed nodes
	Clock   Clock
}

// Clock is the time as the live view sees it. The zero value is real time.
type Clock struct {
	Now func() time.Time
	// Tick returns a channel that receives every d, and a function that stops it.
	Tick func(d time.Duration) (<-chan time.Time, func())
}

// redraw is the shortest time between two writes to the terminal.
const redraw = 100 * time.Millisecond

// Terminal is a Sink with a live view. One goroutine of its own writes to the
// terminal; a terminal that is stopped (Ctrl-S) does not stop the run. Close
// ends that goroutine.
type Terminal struct {
	w       io.Writer
	options TerminalOptions
	view    *view
	drawn   []int    // widths of the live lines on the screen
	last    string   // those lines
	err     error    // the first of w
	ask     chan ack // Flush
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once

	mu     sync.Mutex
	queue  []installer.Event
	closed bool
}

type ack chan struct{}

// NewTerminal returns a live view on the terminal that w writes to.
func NewTerminal(w io.Writer, o TerminalOptions) *Terminal {
	if o.Clock.Now == nil {
		o.Clock.Now = time.Now
	}
	if o.Clock.Tick == nil {
		o.Clock.Tick = tick
	}
	table := TableOptions{Color: o.Color, ASCII: o.ASCII, LogDir: o.LogDir, All: o.Verbose >= 1, Why: o.Verbose >= 1}
	t := &Terminal{
		w: w, options: o, view: newView(table, o.Verbose),
		ask: make(chan ack), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go t.own()
	return t
}

func tick(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(d)
	return t.C, t.Stop
}

// Event queues an event, to be shown with the next redraw. After Close it does
// nothing.
func (t *Terminal) Event(e installer.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.queue = append(t.queue, e)
	}
}

// Flush returns when all that was told stands on the screen. A prompt must be
// written only after it.
func (t *Terminal) Flush() {
	done := make(ack)
	select {
	case t.ask <- done:
		<-done
	case <-t.stopped:
	}
}

// Close shows what is left, removes the live area and leaves the cursor below.
// It returns the first error of the terminal.
func (t *Terminal) Close() error {
	t.once.Do(func() {
		t.mu.Lock()
		t.closed = true
		t.mu.Unlock()
		close(t.stop)
	})
	<-t.stopped
	return t.err
}

// own is the goroutine that the terminal belongs to.
func (t *Terminal) own() {
	defer close(t.stopped)
	ticks, stop := t.options.Clock.Tick(redraw)
	defer stop()
	for {
		select {
		case <-ticks:
			t.draw()
		case done := <-t.ask:
			t.draw()
			close(done)
		case <-t.stop:
			t.draw()
			t.leave()
			return
		}
	}
}

// draw writes what has come since the last time above the live area, and the
// live area anew. It writes nothing when nothing is new.
func (t *Terminal) draw() {
	columns := size(t.options.Width, defaultWidth)
	t.view.table.Width = columns
	var text strings.Builder
	for _, e := range t.take() {
		text.WriteString(t.view.take(e))
	}
	lines := t.view.live(t.options.Clock.Now(), size(t.options.Height, 24)-2)
	t.write(text.String(), lines, columns)
}

func (t *Terminal) take() []installer.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := t.queue
	t.queue = nil
	return events
}

// leave removes the live area; what still ran is told in one line.
func (t *Terminal) leave() {
	text := ""
	if !t.view.over {
		for _, s := range t.view.model.open() {
			text += t.view.stageLine(s, t.options.Clock.Now())
		}
	}
	t.write(text, nil, size(t.options.Width, defaultWidth))
}

// write puts text above the live area and lines into it, with one write.
func (t *Terminal) write(text string, lines []string, columns int) {
	frame := strings.Join(lines, "\n")
	if t.err != nil || text == "" && frame == t.last {
		return
	}
	var b strings.Builder
	if up := rows(t.drawn, columns); up > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", up)
	}
	if text != "" && len(t.drawn) > 0 {
		b.WriteString("\x1b[J")
	}
	b.WriteString(text)
	for _, l := range lines {
		b.WriteString(l + "\x1b[K\n")
	}
	if len(t.drawn) > 0 {
		b.WriteString("\x1b[J")
	}
	_, t.err = io.WriteString(t.w, b.String())
	t.last, t.drawn = frame, t.drawn[:0]
	for _, l := range lines {
		t.drawn = append(t.drawn, width(escapes.ReplaceAllString(l, "")))
	}
}

// rows is how many rows lines of these widths take. Each was written to fit
// one; a terminal that has become narrower since has wrapped them.
func rows(widths []int, columns int) int {
	n := 0
	for _, w := range widths {
		n += max(1, (w+columns-1)/columns)
	}
	return n
}

func size(ask func() int, otherwise int) int {
	if ask != nil {
		if n := ask(); n > 0 {
			return n
		}
	}
	return otherwise
}
