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
	var yes, restore bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Remove DC/OS from the nodes",
		Long: `Reset removes DC/OS from every selected node, with all its data, and what dcosup
keeps on them. It asks for the cluster's name first. A reboot afterwards removes
what a running kernel keeps, such as iptables rules.

What apply and check --fix changed on the nodes (files, services, groups, SELinux,
firewalls) stays, and the nodes remember how it was before. With --restore it is
put back, when DC/OS is gone: in this reset or any later one, also on nodes that
never had DC/OS. A file that somebody else has changed since is left, and it is said
where its old content is. Packages stay, with the command that removes them.`,
		Example: `  dcosup reset -i hosts
  dcosup reset -i hosts -l agent-3 --yes
  dcosup reset -i hosts --restore`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cluster, ways, err := a.loadCluster(cmd, false)
			if err != nil {
				return err
			}
			if !yes {
				if err := a.confirm(cluster.Name, restore); err != nil {
					return err
				}
			}
			options := installer.DefaultOptions()
			options.Unjudged, options.Restore = true, restore
			return a.executeOn(cmd, cluster, ways, options,
				func(ctx context.Context, r *installer.Run) installer.Summary { return r.Reset(ctx) })
		},
	}
	a.flags.register(cmd)
	cmd.Flags().BoolVar(&restore, "restore", false, "put back what fixes changed, too")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// confirm asks for the cluster's name: a word that nobody types by habit.
func (a *app) confirm(name string, restore bool) error {
	also := ""
	if restore {
		also = ", and puts back what fixes changed"
	}
	fmt.Fprintf(a.Stderr, "This removes DC/OS and all its data"+also+". Type the cluster's name (%s) to go on: ", name)
	line, err := bufio.NewReader(a.Stdin).ReadString('\n')
	if strings.TrimSpace(line) == name {
		return nil
	}
	if err != nil {
		fmt.Fprintln(a.Stderr)
	}
	return errors.New("that is not the cluster's name; nothing was done (--yes does not ask)")
}
