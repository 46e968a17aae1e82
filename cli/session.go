package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"dcosup/installer"
	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
	"dcosup/report"
)

// execute loads the inventory, runs a command of the installer on it, and
// tells what happens in the way that was asked for.
func (a *app) execute(cmd *cobra.Command, options installer.Options, do func(context.Context, *installer.Run) installer.Summary) error {
	cluster, ways, err := a.loadCluster(cmd)
	if err != nil {
		return err
	}
	return a.executeOn(cmd, cluster, ways, options, do)
}

// executeOn is execute for a cluster that has been loaded. Others may be told
// too what happens.
func (a *app) executeOn(cmd *cobra.Command, cluster *inventory.Cluster, ways *reach.Ways, options installer.Options,
	do func(context.Context, *installer.Run) installer.Summary, others ...report.Sink) error {
	options.ID = time.Now().Format("20060102-150405") + "-" + fmt.Sprint(os.Getpid())
	options.Forks, options.Lenient = a.flags.forks, a.flags.lenient
	options.Holder = a.holder(cmd.Name())
	options.Flags = a.words()
	dialer := a.dialer()
	defer dialer.Close()
	if err := a.prepare(cmd.Context(), dialer, installer.InScope(cluster), ways); err != nil {
		return err
	}
	dir := filepath.Join(a.stateDir(), "runs", options.ID)
	files, err := report.NewDirectory(dir)
	if err != nil {
		return fmt.Errorf("the run's directory: %w", err)
	}
	sink := report.Tee(append([]report.Sink{files, a.view(dir)}, others...)...)
	run := installer.New(installer.Config{Cluster: cluster, Ways: ways, Dialer: dialer, Emit: sink.Event, Stop: a.stop, Options: options})
	summary := do(cmd.Context(), run)
	run.Close()
	if err := sink.Close(); err != nil {
		fmt.Fprintf(a.Stderr, "warning: %v\n", err)
	}
	return outcome(summary)
}

// dialer connects; with -vvv it tells what it meets.
func (a *app) dialer() *remote.Dialer {
	d := &remote.Dialer{AgentSocket: a.Getenv("SSH_AUTH_SOCK")}
	if a.flags.verbose > 2 {
		d.Trace = func(e remote.Event) { fmt.Fprintf(a.Stderr, "ssh: %s\n", e) }
	}
	return d
}

// view is the rendering that --output names; auto is the live view on a
// terminal, and a line an event elsewhere.
func (a *app) view(logDir string) report.Sink {
	file, isFile := a.Stdout.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd())) && a.Getenv("TERM") != "dumb"
	color, ascii := terminal && a.Getenv("NO_COLOR") == "", !a.utf8()
	switch {
	case a.flags.output == "json":
		return report.NewJSON(a.Stdout)
	case a.flags.output == "auto" && terminal:
		size := window{file}
		return report.NewTerminal(a.Stdout, report.TerminalOptions{Width: size.width, Height: size.height, Color: color,
			ASCII: ascii, Verbose: a.flags.verbose, LogDir: logDir})
	}
	return report.NewLines(a.Stdout, report.LinesOptions{Verbose: a.flags.verbose, LogDir: logDir, ASCII: ascii})
}

// window is a terminal whose size is asked anew each time: people change it
// while they look. It is 0 where the terminal does not tell.
type window struct{ *os.File }

func (w window) width() int {
	columns, _, _ := term.GetSize(int(w.Fd()))
	return columns
}

func (w window) height() int {
	_, rows, _ := term.GetSize(int(w.Fd()))
	return rows
}

// utf8 tells whether the locale's characters go beyond ASCII, by the
// variables that decide it, in their order.
func (a *app) utf8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(a.Getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}
