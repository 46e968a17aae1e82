// Package report renders the events of a run: for a person at a terminal, for
// a log that is read later, for programs, and for the run's directory.
//
// It only tells. It opens no connection, changes no node, decides nothing and
// never exits; what it shows stands in the events that it is given. A writer
// that fails does not disturb the run: the first error comes back from Close.
//
// A command chooses how it is to be told, and hands every event on:
//
//	files, err := report.NewDirectory(dir)
//	if err != nil {
//		return err
//	}
//	view := report.NewTerminal(os.Stdout, report.TerminalOptions{Color: true, LogDir: dir})
//	sink := report.Tee(files, view)
//	run(ctx, sink.Event)
//	err = sink.Close()
//
// The functions that end in Text and Table are pure: they return what the
// sinks print, and commands may use them without a sink.
//
// What a node printed is not trusted: control characters and escape sequences
// are removed from it before it reaches a terminal or a log for people.
package report

import (
	"errors"

	"dcosup/installer"
)

// Sink is told what happens in a run. Event is called in the order of the
// events, never twice at the same time, and returns nothing: what went wrong
// while telling is returned by Close, once.
type Sink interface {
	Event(installer.Event)
	Close() error
}

// Tee returns a sink that hands each event to all sinks, in their order. Its
// Close closes all of them and joins their errors.
func Tee(sinks ...Sink) Sink { return tee(sinks) }

type tee []Sink

func (t tee) Event(e installer.Event) {
	for _, s := range t {
		s.Event(e)
	}
}

func (t tee) Close() error {
	errs := make([]error, len(t))
	for i, s := range t {
		errs[i] = s.Close()
	}
	return errors.Join(errs...)
}

// TableOptions say how the rendering functions write. The zero value is plain
// text for 80 columns.
type TableOptions struct {
	Color  bool   // use escape codes for colours
	ASCII  bool   // use no character outside ASCII, for locales that are not UTF-8
	Width  int    // columns; 0 means 80
	All    bool   // show what is in order too, and every name of a long list
	Why    bool   // say why each requirement is one; then the check's table is one of blocks
	LogDir string // the run's directory, to name the logs of failed nodes; "" names none
}

// defaultWidth is what a terminal has that does not tell its own.
const defaultWidth = 80

func (o TableOptions) width() int {
	if o.Width <= 0 {
		return defaultWidth
	}
	return o.Width
}

func (o TableOptions) pen() pen { return pen{color: o.Color, ascii: o.ASCII} }
