package remote

import (
	"bytes"
	"io"
	"sync"
)

const (
	maxLine  = 64 << 10 // a longer line is handed on in pieces
	maxNoise = 64 << 10 // what is kept of the output before the mark
)

// sink takes one output of a command: it drops what comes before the line that is mark, keeps the last of what comes
// after it, and hands that on in whole lines.
type sink struct {
	mu     sync.Mutex // for an abandoned command may still write
	closed bool
	mark   []byte
	begun  bool   // the mark has been seen
	noise  []byte // what came before it
	tail   tail
	lines  []byte // the unfinished line
	to     io.Writer
	failed error // the first error of to
}

func newSink(mark string, keep int, to io.Writer) *sink {
	return &sink{mark: []byte(mark + "\n"), tail: tail{max: keep}, to: to}
}

// Write never fails: a command must not be stalled because of who watches it.
func (s *sink) Write(p []byte) (int, error) {
	n := len(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return n, nil
	}
	if !s.begun {
		s.noise = append(s.noise, p...)
		before, after, found := bytes.Cut(s.noise, s.mark)
		if !found {
			s.noise = last(s.noise, maxNoise)
			return n, nil
		}
		s.begun, s.noise, p = true, before, after
	}
	s.tail.write(p)
	if s.to != nil {
		s.forward(p)
	}
	return n, nil
}

// hasBegun reports whether the mark has been seen.
func (s *sink) hasBegun() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

func (s *sink) forward(p []byte) {
	s.lines = append(s.lines, p...)
	end := bytes.LastIndexByte(s.lines, '\n') + 1
	if end == 0 && len(s.lines) >= maxLine {
		end = len(s.lines)
	}
	if end > 0 {
		s.emit(s.lines[:end])
		s.lines = append(s.lines[:0], s.lines[end:]...)
	}
}

func (s *sink) emit(p []byte) {
	if s.failed != nil {
		return
	}
	_, s.failed = s.to.Write(p)
}

// close hands on a last line without an end. What is written after it is dropped.
func (s *sink) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if len(s.lines) > 0 {
		s.emit(s.lines)
		s.lines = nil
	}
}

// tail keeps the last max bytes.
type tail struct {
	max int
	buf []byte
	cut bool
}

func (t *tail) write(p []byte) {
	t.buf = append(t.buf, p...)
	// Moving only when twice as much is there keeps the cost per byte constant.
	if len(t.buf) > 2*t.max {
		t.buf = append(t.buf[:0], last(t.buf, t.max)...)
		t.cut = true
	}
}

func (t *tail) bytes() []byte {
	if len(t.buf) > t.max {
		t.buf = last(t.buf, t.max)
		t.cut = true
	}
	return t.buf
}

func last(b []byte, n int) []byte {
	if len(b) > n {
		return b[len(b)-n:]
	}
	return b
}

// Lines returns a writer that calls f for each line, without its end, as a Command's Stdout or Stderr. A line of more
// than 64 KiB comes in pieces.
func Lines(f func(line string)) io.Writer { return lineWriter(f) }

type lineWriter func(string)

// Write relies on getting whole lines, which Command promises.
func (w lineWriter) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		w(string(bytes.TrimRight(line, "\r\n")))
	}
	return len(p), nil
}
