package report

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"dcosup/installer"
)

// EventsFile is the name of the file in a run's directory that holds all
// events, as NewJSON writes them.
const EventsFile = "events.jsonl"

// openLogs is how many node logs are kept open at once: a fleet has more nodes
// than a process may have files (1024, by default on Linux).
const openLogs = 64

// NewDirectory returns a sink that keeps a run: every event in EventsFile and,
// for each node, a log to be read by people at LogPath. The directory is made
// when it is missing and closed to other users (0700, files 0600), as what
// nodes print is nobody else's affair. A directory that holds events already
// is added to.
func NewDirectory(path string) (Sink, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the run's directory: %w", err)
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return nil, fmt.Errorf("close the run's directory to other users: %w", err)
	}
	f, err := openAppend(filepath.Join(path, EventsFile))
	if err != nil {
		return nil, fmt.Errorf("keep the run's events: %w", err)
	}
	return &directory{path: path, file: f, events: NewJSON(f),
		logs: map[string]*os.File{}, model: newModel()}, nil
}

func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

type directory struct {
	path   string
	file   *os.File
	events Sink
	logs   map[string]*os.File // open ones, by node
	model  *model
	err    error // the first of the logs
}

func (d *directory) Event(e installer.Event) {
	d.events.Event(e)
	d.model.take(e)
	node := e.Node
	if s := d.model.steps[e.Step]; node == "" && s != nil {
		node = s.node
	}
	if node == "" {
		return
	}
	if text := logText(e, node, d.model.steps[e.Step]); text != "" {
		d.keep(node, text)
	}
}

func (d *directory) keep(node, text string) {
	f, err := d.log(node)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if d.err == nil {
		d.err = err
	}
}

func (d *directory) log(node string) (*os.File, error) {
	if f := d.logs[node]; f != nil {
		return f, nil
	}
	if len(d.logs) >= openLogs {
		if err := d.closeLogs(); err != nil {
			return nil, err
		}
	}
	f, err := openAppend(LogPath(d.path, node))
	if err != nil {
		return nil, fmt.Errorf("keep the log of %s: %w", clean(node), err)
	}
	d.logs[node] = f
	return f, nil
}

func (d *directory) closeLogs() error {
	var errs []error
	for node, f := range d.logs {
		errs = append(errs, f.Close())
		delete(d.logs, node)
	}
	return errors.Join(errs...)
}

func (d *directory) Close() error {
	return errors.Join(d.err, d.events.Close(), d.closeLogs(), d.file.Close())
}

// logText is what an event adds to its node's log.
func logText(e installer.Event, node string, s *stepState) string {
	e.Step = strings.TrimSuffix(e.Step, "/"+node)
	switch e.Type {
	case installer.NodeFound:
		found := findingsOf(e)
		text := stamp(e, foundText(found))
		if found.Failure == nil {
			return text + indented(CheckTable([]NodeFindings{found}, TableOptions{Width: linesWidth, All: true}))
		}
		return text + indented(FailureText(*found.Failure, TableOptions{Width: linesWidth}))
	case installer.StepStarted:
		return stamp(e, "start: "+e.Message)
	case installer.StepProgress:
		if e.Message == "" {
			return ""
		}
		return stamp(e, e.Message)
	case installer.StepOutput:
		return stamp(e, "| "+e.Message)
	case installer.StepEnded:
		text := stamp(e, endedText(e, s))
		if e.Failure != nil {
			text += indented(FailureText(*e.Failure, TableOptions{Width: linesWidth}))
		}
		return text
	case installer.Note:
		return stamp(e, "note: "+e.Message)
	}
	return ""
}

// stamp is a line of a log: the time in UTC, the step, the text.
func stamp(e installer.Event, text string) string {
	return strings.TrimRight(fmt.Sprintf("%s  %s  %s", e.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		pad(clean(e.Step), stageColumn), clean(text)), " ") + "\n"
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
	}
	return b.String()
}

var unsafeName = regexp.MustCompile(`[^A-Za-z0-9._-]`)

// LogPath is where the run's directory dir keeps the log of a node. A name that
// cannot be a file's name is changed, and told from others by a few digits of
// its hash.
func LogPath(dir, node string) string {
	const longest = 100 // file systems take 255 bytes
	name := strings.TrimLeft(unsafeName.ReplaceAllString(node, "_"), ".")
	if name != node || len(name) > longest || name == "" {
		name = fmt.Sprintf("%s-%x", name[:min(len(name), longest)], sha256.Sum256([]byte(node)))
		name = name[:len(name)-56] // eight digits of the hash
	}
	return filepath.Join(dir, name+".log")
}
