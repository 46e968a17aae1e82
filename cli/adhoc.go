package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"dcosup/adhoc"
	"dcosup/installer"
	"dcosup/remote"
	"dcosup/report"
)

// What ping, hostkeys, exec, push and pull share: they need machines and no cluster.

// crew loads the inventory and asks what is to be asked. The returned function
// ends its connections.
func (a *app) crew(cmd *cobra.Command, meet bool) (adhoc.Crew, func(), error) {
	nodes, ways, err := a.loadNodes(cmd)
	if err != nil {
		return adhoc.Crew{}, nil, err
	}
	crew := adhoc.Crew{Dialer: a.dialer(), Ways: ways, Nodes: nodes, Forks: a.flags.forks, Stop: a.stop}
	if meet {
		if err := a.prepare(cmd.Context(), crew.Dialer, nodes, ways); err != nil {
			crew.Dialer.Close()
			return adhoc.Crew{}, nil, err
		}
	}
	done := a.count(len(nodes), &crew)
	return crew, func() {
		done()
		crew.Dialer.Close()
	}, nil
}

// patience is after what time a command that says nothing tells how far it is.
const patience = 2 * time.Second

// count tells on a terminal how many nodes have ended, once that takes long.
func (a *app) count(total int, crew *adhoc.Crew) (end func()) {
	out, ok := a.Stderr.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) || a.flags.output == "json" {
		return func() {}
	}
	began, ended, shown := time.Now(), 0, false
	crew.Ended = func(string) {
		if ended++; time.Since(began) > patience {
			shown = true
			fmt.Fprintf(out, "\r%d of %d nodes ", ended, total)
		}
	}
	return func() {
		if shown {
			fmt.Fprint(out, "\r\x1b[K")
		}
	}
}

// table says how tables are drawn here.
func (a *app) table() report.TableOptions {
	file, isFile := a.Stdout.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd())) && a.Getenv("TERM") != "dumb"
	o := report.TableOptions{Color: terminal && a.Getenv("NO_COLOR") == "", ASCII: !a.utf8()}
	if terminal {
		o.Width = window{file}.width()
	}
	return o
}

// lines prints one JSON object a line.
func (a *app) lines(objects ...any) error {
	e := json.NewEncoder(a.Stdout)
	e.SetEscapeHTML(false)
	for _, o := range objects {
		if err := e.Encode(o); err != nil {
			return err
		}
	}
	return nil
}

// nodeOutcome is one node's result as a program reads it.
type nodeOutcome struct {
	Node      string             `json:"node"`
	OK        bool               `json:"ok"`
	Seconds   float64            `json:"seconds,omitempty"`
	ExitCode  *int               `json:"exit_code,omitempty"`
	Stdout    *string            `json:"stdout,omitempty"`
	Stderr    *string            `json:"stderr,omitempty"`
	Truncated bool               `json:"truncated,omitempty"`
	Changed   *bool              `json:"changed,omitempty"`
	Path      string             `json:"path,omitempty"`
	Address   string             `json:"address,omitempty"`
	Stages    []stageOutcome     `json:"stages,omitempty"`
	Keys      []keyOutcome       `json:"keys,omitempty"`
	Failure   *installer.Failure `json:"failure,omitempty"`
}

type stageOutcome struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"`
	OK      bool    `json:"ok"`
}

type keyOutcome struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Fingerprint string `json:"fingerprint"`
	State       string `json:"state"`
	Line        string `json:"line"`
}

func failureOf(node string, err error) *installer.Failure {
	if err == nil {
		return nil
	}
	f := installer.Describe(err, node)
	return &f
}

// exitOf is the exit code for the errors of nodes; done is that for no error.
func (a *app) exitOf(cmd *cobra.Command, errs []error, failed bool) error {
	unreachable := 0
	for _, err := range errs {
		switch {
		case remote.IsUnreachable(err):
			unreachable++
		case err != nil:
			failed = true
		}
	}
	switch {
	case a.interrupted(cmd):
		return exitError{code: installer.KindInterrupted.ExitCode()}
	case failed:
		return exitError{code: installer.KindFailed.ExitCode()}
	case unreachable > 0:
		return exitError{code: installer.KindUnreachable.ExitCode()}
	}
	return nil
}

func (a *app) interrupted(cmd *cobra.Command) bool {
	select {
	case <-a.stop:
		return true
	default:
		return cmd.Context().Err() != nil
	}
}

func errorsOf(results []adhoc.Result) (errs []error, failed bool) {
	for _, r := range results {
		errs = append(errs, r.Err)
		failed = failed || r.Err == nil && r.ExitCode != 0
	}
	return errs, failed
}

// commandText is what a person wants to be run: one word is a line of shell, as
// for Ansible's shell module, several are a command and its arguments.
func commandText(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return remote.Quote(args...)
}

// absolute refuses a path on a node that is not.
func absolute(what, path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%s %q: it is a path on the nodes, and must begin with /", what, path)
	}
	return nil
}

var errNoCommand = errors.New("no command is given: dcosup exec -i hosts -- COMMAND, or --script FILE")
