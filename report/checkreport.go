package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dcosup/installer"
)

// CheckReport is what a check found, as one document. It is what a report file
// in JSON holds.
type CheckReport struct {
	Format   int         `json:"format"` // 1; it changes when a field changes its meaning
	Cluster  string      `json:"cluster"`
	Began    time.Time   `json:"began"`
	Seconds  float64     `json:"seconds"`
	OK       bool        `json:"ok"` // nothing fails
	ExitCode int         `json:"exit_code"`
	Counts   CheckCounts `json:"counts"`
	Nodes    []NodeCheck `json:"nodes"`
}

// CheckCounts are the findings of all nodes, by status.
type CheckCounts struct {
	Fail        int `json:"fail"`
	Warn        int `json:"warn"`
	Off         int `json:"off"`
	Pass        int `json:"pass"`
	Unreachable int `json:"unreachable"` // nodes
}

// NodeCheck is one node of a CheckReport.
type NodeCheck struct {
	Node     string                     `json:"node"`
	Role     string                     `json:"role"`
	Failure  *installer.Failure         `json:"failure,omitempty"` // why it could not be looked at
	Findings []installer.CheckedFinding `json:"findings,omitempty"`
}

// checkFormats are the forms of report files, by the ending of their names.
var checkFormats = map[string]func(io.Writer, CheckReport) error{
	".json": writeCheckJSON,
	".xml":  writeJUnit,
	".md":   writeMarkdown,
}

// NewCheckFiles returns a sink that writes what a check finds into files, whose
// names end in .json, .xml (JUnit) or .md (Markdown). That they can be written is
// tried at once; a file appears, whole, on Close.
func NewCheckFiles(paths []string) (Sink, error) {
	c := &checkFiles{model: newModel()}
	for _, path := range paths {
		if err := c.add(path); err != nil {
			return nil, err
		}
	}
	return c, nil
}

type checkFiles struct {
	files   []checkFile
	model   *model
	cluster string
	summary *installer.Summary
}

type checkFile struct {
	path  string
	write func(io.Writer, CheckReport) error
}

func (c *checkFiles) add(path string) error {
	write := checkFormats[filepath.Ext(path)]
	if write == nil {
		return fmt.Errorf("report %s: its name must end in .json, .xml or .md, which says what it will be", path)
	}
	if slices.ContainsFunc(c.files, func(f checkFile) bool { return f.path == path }) {
		return fmt.Errorf("report %s: named twice", path)
	}
	part, err := openPart(path)
	if err == nil {
		err = errors.Join(part.Close(), os.Remove(part.Name()))
	}
	if err != nil {
		return fmt.Errorf("report %s: %w", path, err)
	}
	c.files = append(c.files, checkFile{path, write})
	return nil
}

// openPart makes the file that a report is written to until it is whole.
func openPart(path string) (*os.File, error) {
	return os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
}

func (c *checkFiles) Event(e installer.Event) {
	c.model.take(e)
	switch e.Type {
	case installer.RunStarted:
		c.cluster = e.Cluster
	case installer.RunEnded:
		c.summary = e.Summary
	}
}

func (c *checkFiles) Close() error {
	r := c.report()
	var errs []error
	for _, f := range c.files {
		if err := f.put(r); err != nil {
			errs = append(errs, fmt.Errorf("report %s: %w", f.path, err))
		}
	}
	return errors.Join(errs...)
}

func (f checkFile) put(r CheckReport) error {
	part, err := openPart(f.path)
	if err != nil {
		return err
	}
	if err := errors.Join(f.write(part, r), part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return os.Rename(part.Name(), f.path)
}

func (c *checkFiles) report() CheckReport {
	r := CheckReport{Format: 1, Cluster: c.cluster, Began: c.model.started, Nodes: []NodeCheck{}}
	if c.summary != nil {
		r.OK, r.ExitCode, r.Seconds = c.summary.OK, c.summary.ExitCode, c.summary.Seconds
	}
	for _, n := range c.model.found {
		r.Nodes = append(r.Nodes, NodeCheck{Node: n.Node.Name, Role: string(n.Node.Role), Failure: n.Failure, Findings: n.Findings})
		if n.Failure != nil {
			r.Counts.Unreachable++
		}
	}
	slices.SortStableFunc(r.Nodes, func(a, b NodeCheck) int { return strings.Compare(a.Node, b.Node) })
	t := c.model.tally
	r.Counts.Fail, r.Counts.Warn, r.Counts.Off, r.Counts.Pass = t.fail, t.warn, t.off, t.pass
	return r
}

func writeCheckJSON(w io.Writer, r CheckReport) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, escapeControls(string(text))+"\n")
	return err
}

// The elements of JUnit's XML, as far as build servers read them.
type (
	junitSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Time     string   `xml:"time,attr"`
		Suites   []junitSuite
	}
	junitSuite struct {
		XMLName   xml.Name `xml:"testsuite"`
		Name      string   `xml:"name,attr"`
		Tests     int      `xml:"tests,attr"`
		Failures  int      `xml:"failures,attr"`
		Errors    int      `xml:"errors,attr"`
		Skipped   int      `xml:"skipped,attr"`
		Timestamp string   `xml:"timestamp,attr"`
		Cases     []junitCase
	}
	junitCase struct {
		XMLName xml.Name   `xml:"testcase"`
		Class   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		Failure *junitText `xml:"failure,omitempty"`
		Error   *junitText `xml:"error,omitempty"`
		Skipped *junitText `xml:"skipped,omitempty"`
		Out     string     `xml:"system-out,omitempty"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each node and a case for each requirement. JUnit
// has no warnings: they pass, and say so in their output. What is off is skipped.
func writeJUnit(w io.Writer, r CheckReport) error {
	all := junitSuites{Name: "dcosup check of " + clean(r.Cluster), Time: fmt.Sprintf("%.3f", r.Seconds)}
	for _, n := range r.Nodes {
		suite := junitSuite{Name: clean(n.Node), Timestamp: r.Began.UTC().Format("2006-01-02T15:04:05")}
		class := "check." + strings.ReplaceAll(clean(n.Node), ".", "_") // build servers tell cases apart by class and name, and take dots for packages
		if n.Failure != nil {
			f := unseen(*n.Failure)
			suite.Cases = append(suite.Cases, junitCase{Class: class, Name: f.Requirement,
				Error: &junitText{Message: clean(f.Found), Text: clean(f.Hint)}})
			suite.Errors++
		}
		for _, f := range n.Findings {
			suite.Cases = append(suite.Cases, junitOf(class, f))
			switch f.Status {
			case statusFail:
				suite.Failures++
			case statusOff:
				suite.Skipped++
			}
		}
		suite.Tests = len(suite.Cases)
		all.Tests, all.Failures, all.Errors, all.Skipped = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Errors+suite.Errors, all.Skipped+suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func junitOf(class string, f installer.CheckedFinding) junitCase {
	c := junitCase{Class: class, Name: clean(f.Requirement)}
	message := clean(fmt.Sprintf("%s: found %s, need %s", f.Title, f.Found, f.Need))
	more := joinFilled("\n", append([]string{clean(f.Why)}, advice(f)...)...)
	switch f.Status {
	case statusFail:
		c.Failure = &junitText{message, more}
	case statusOff:
		c.Skipped = &junitText{Message: clean(f.Reason)}
	case statusWarn:
		c.Out = "warning: " + message + "\n" + more
	}
	return c
}

// advice is what becomes of a finding, and why the inventory judges it in
// another way.
func advice(f installer.CheckedFinding) []string {
	who, what := remedy(f)
	if who == "apply" {
		who += " "
	} else if who != "" {
		who += ": "
	}
	var texts []string
	if what != "" {
		texts = append(texts, who+what)
	}
	if f.Reason != "" {
		texts = append(texts, "policy: "+clean(f.Reason))
	}
	return texts
}

// writeMarkdown writes what a person puts into a ticket: the worst first, equal
// findings together, what is in order as a number.
func writeMarkdown(w io.Writer, r CheckReport) error {
	var nodes []NodeFindings
	for _, n := range r.Nodes {
		nodes = append(nodes, NodeFindings{Node: installer.NodeName{Name: n.Node}, Findings: n.Findings, Failure: n.Failure})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Check of %s\n\n%s: %s.\n", markdown(r.Cluster), r.Began.Format("2006-01-02 15:04 MST"), checkCounts(nodes))
	p := pen{}
	head := "\n| | requirement | nodes | found | needed | what to do |\n|---|---|---|---|---|---|\n"
	for _, v := range group(nodes) {
		f := v.finding
		if f.Status == statusPass {
			continue
		}
		b.WriteString(head)
		head = ""
		fmt.Fprintf(&b, "| **%s** | %s (`%s`) | %s | %s | %s | %s |\n", markdown(f.Status), markdown(f.Title), clean(f.Requirement),
			markdown(p.which(v.nodes, len(nodes), len(v.nodes) < min(len(nodes), 12))), markdown(f.Found), markdown(f.Need),
			markdown(joinFilled("; ", advice(f)...)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown makes a text one cell of a table, and nothing but text.
func markdown(s string) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>|#~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
