package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dcosup/installer"
)

func newReset(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Remove DC/OS from the nodes",
		Long: `Reset removes DC/OS from every selected node, with all its data, and what dcosup
keeps on them. What apply fixed (Docker, packages, time) stays. It asks for the
cluster's name first. A reboot afterwards removes what a running kernel keeps,
such as iptables rules.`,
		Example: `  dcosup reset -i hosts
  dcosup reset -i hosts -l agent-3 --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cluster, ways, err := a.loadCluster(cmd, false)
			if err != nil {
				return err
			}
			if !yes {
				if err := a.confirm(cluster.Name); err != nil {
					return err
				}
			}
			options := installer.DefaultOptions()
			options.Unjudged = true
			return a.executeOn(cmd, cluster, ways, options,
				func(ctx context.Context, r *installer.Run) installer.Summary { return r.Reset(ctx) })
		},
	}
	a.flags.register(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// confirm asks for the cluster's name: a word that nobody types by habit.
func (a *app) confirm(name string) error {
	fmt.Fprintf(a.Stderr, "This removes DC/OS and all its data. Type the cluster's name (%s) to go on: ", name)
	line, err := bufio.NewReader(a.Stdin).ReadString('\n')
	if strings.TrimSpace(line) == name {
		return nil
	}
	if err != nil {
		fmt.Fprintln(a.Stderr)
	}
	return errors.New("that is not the cluster's name; nothing was done (--yes does not ask)")
}
