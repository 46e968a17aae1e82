package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"dcosup/remote"
	"dcosup/report"
)

type execOptions struct {
	script  string
	timeout time.Duration
}

func newExec(a *app) *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGUMENT...]",
		Short: "Run a command on the nodes",
		Long: `Exec runs a command on all nodes at once, as root (--become=false: as the login
user), and shows what it printed: nodes with equal output stand together. One
word is a line of shell; several are a command and its arguments.

Exit codes: 0 the command ended with 0 on all nodes, 1 on some it did not,
2 usage or inventory, 4 a node could not be reached, 130 interrupted.`,
		Example: `  dcosup exec -i hosts -- uname -r
  dcosup exec -i hosts -l masters -- 'systemctl --failed | head'
  dcosup exec -i hosts --script collect.sh -- --since yesterday
  dcosup exec -i hosts -o json -- cat /etc/os-release`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.exec(cmd, args, o) },
	}
	a.flags.register(cmd)
	cmd.Flags().StringVar(&o.script, "script", "", "run this file of shell (-: standard input) with the given arguments")
	cmd.Flags().DurationVar(&o.timeout, "for", 0, "how long it may take on all nodes, such as 30s or 5m (default: no bound)")
	return cmd
}

func (a *app) exec(cmd *cobra.Command, args []string, o execOptions) error {
	command, err := a.command(args, o)
	if err != nil {
		return err
	}
	crew, done, err := a.crew(cmd, true)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("it did not end within %v (--for)", o.timeout))
		defer cancel()
	}
	results := crew.Exec(ctx, command, a.listener())
	done()
	errs, failed := errorsOf(results)
	switch a.flags.output {
	case "json":
		for _, r := range results {
			n := nodeOutcome{Node: r.Node, OK: !r.Failed(), Seconds: r.Took.Seconds(), Truncated: r.Truncated, Failure: failureOf(r.Node, r.Err)}
			if r.Err == nil {
				n.ExitCode, n.Stdout, n.Stderr = &r.ExitCode, &r.Stdout, &r.Stderr
			}
			if err := a.lines(n); err != nil {
				return err
			}
		}
	case "lines":
		for _, r := range results {
			if r.Failed() {
				fmt.Fprintf(a.Stdout, "%s: failed: %s\n", r.Node, whyFailed(r.Err, r.ExitCode))
			}
		}
	default:
		fmt.Fprint(a.Stdout, report.ExecText(results, a.table()))
	}
	return a.exitOf(cmd, errs, failed)
}

func whyFailed(err error, code int) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("exit code %d", code)
}

// command is what is to be run.
func (a *app) command(args []string, o execOptions) (remote.Command, error) {
	c := remote.Command{Name: "the command", NoBecome: !a.flags.become}
	var text []byte
	var err error
	switch {
	case o.script == "-":
		text, err = io.ReadAll(a.Stdin)
		c.Name, c.Args = "the script", args
	case o.script != "":
		text, err = os.ReadFile(o.script)
		c.Name, c.Args = o.script, args
	case len(args) == 0:
		return c, errNoCommand
	default:
		text = []byte(commandText(args))
	}
	if err != nil {
		return c, fmt.Errorf("--script: %w", err)
	}
	c.Script = string(text)
	return c, nil
}

// listener shows lines as they come, with the node's name, for --output lines.
func (a *app) listener() func(node, line string) {
	if a.flags.output != "lines" {
		return nil
	}
	var mu sync.Mutex
	return func(node, line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(a.Stdout, "%s: %s\n", node, report.Clean(line))
	}
}
