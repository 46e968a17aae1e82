// Package cli is the command line: commands and flags, one file a command. It
// holds no logic: it reads what a person typed, has the other rooms do it, and
// turns the outcome into an exit code.
//
//	os.Exit(cli.Run(os.Args[1:], cli.World{Stdin: os.Stdin, Stdout: os.Stdout, …}))
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"dcosup/installer"
	"dcosup/inventory"
	"dcosup/report"
)

// World is what a process has that a function should not reach for by itself.
type World struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
}

// Run carries out one command line and returns the process's exit code:
// 0 done, 1 failed on nodes, 2 usage or inventory, 3 prerequisites,
// 4 unreachable, 5 locked, 130 interrupted.
func Run(args []string, w World) int {
	ctx, stop, done := w.signals()
	defer done()
	root := newRoot(&app{World: w, stop: stop})
	root.SetArgs(args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	var code exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return code.code
	}
	explain(w.Stderr, err)
	return installer.KindUsage.ExitCode()
}

// app is what every command needs.
type app struct {
	World
	flags commonFlags
	// workDir is where paths of inventories count from; "" is the working directory.
	workDir string
	stop    <-chan struct{}
}

// exitError ends a command whose outcome has been told already. The failures
// of all nodes are one error, grouped by cause.
type exitError struct {
	code     int
	failures error // of report.Errors; nil where the summary names none
}

func (e exitError) Error() string {
	if e.failures == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.failures.Error()
}

func (e exitError) Unwrap() error { return e.failures }

// outcome is the error that a run's summary makes of its command.
func outcome(s installer.Summary) error {
	if s.ExitCode == 0 {
		return nil
	}
	return exitError{code: s.ExitCode, failures: report.Errors(s.Failures)}
}

// explain prints what is wrong with a command line or an inventory: everything
// at once, each with its place.
func explain(w io.Writer, err error) {
	var many *multierror.Error
	if !errors.As(err, &many) {
		many = &multierror.Error{Errors: []error{err}}
	}
	for _, e := range many.Errors {
		var placed *inventory.Error
		if errors.As(e, &placed) {
			fmt.Fprintf(w, "error: %s\n", placed.Format())
			continue
		}
		fmt.Fprintf(w, "error: %s\n", e)
	}
	if len(many.Errors) > 1 {
		fmt.Fprintf(w, "%d errors; nothing was done\n", len(many.Errors))
	}
}

// signals turns the first Ctrl-C into a wish to start nothing new, and the
// second one into leaving at once: the context ends.
func (w World) signals() (ctx context.Context, stop <-chan struct{}, done func()) {
	ctx, cancel := context.WithCancel(context.Background())
	asked, ended := make(chan struct{}), make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer close(ended)
		if _, more := <-signals; !more {
			return
		}
		close(asked)
		fmt.Fprintln(w.Stderr, "interrupted: nothing new is started, what runs is waited for; once more leaves at once "+
			"(installations go on on their nodes, and the next apply finds them)")
		if _, more := <-signals; more {
			cancel()
		}
	}()
	return ctx, asked, func() {
		signal.Stop(signals)
		close(signals)
		<-ended
		cancel()
	}
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "dcosup",
		Short: "Install DC/OS clusters over SSH from an Ansible inventory",
		Long: `dcosup turns machines that you reach over SSH into a healthy DC/OS cluster.
It reads the Ansible inventory that you already have, and needs no Ansible and
no Python, here or on the nodes.

  dcosup init                 write a commented inventory of seven nodes
  dcosup check -i hosts       look at the nodes and say what they lack
  dcosup plan -i hosts        say what apply would do
  dcosup apply -i hosts       fix, install, prove
  dcosup status -i hosts      ask the cluster how it is

  dcosup ping -i hosts        try every stage of reaching the nodes
  dcosup hostkeys -i hosts    show and pin their host keys
  dcosup exec -i hosts -- ls  run a command on them

Exit codes: 0 done, 1 failed on nodes, 2 usage or inventory, 3 prerequisites,
4 unreachable, 5 locked by another run, 130 interrupted.`,
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(newInit(a), newCheck(a), newPlan(a), newApply(a), newStatus(a), newReset(a), newGenconf(a), newInventory(a),
		newPing(a), newHostkeys(a), newExec(a), newPush(a), newPull(a), newVersion(a), newServe(a))
	return root
}
