package cli

import (
	"context"

	"github.com/spf13/cobra"

	"dcosup/installer"
)

func newStatus(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Ask the cluster how it is",
		Long: `Status asks every master and agent, through its own SSH connection, how its
DC/OS is: masters serving, agents registered with the right role, versions
equal. It changes nothing and waits for nothing.

Exit codes: 0 healthy, 1 not healthy or not installed, 4 a node could not be reached.`,
		Example: `  dcosup status -i hosts`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options := installer.DefaultOptions()
			options.Unjudged = true
			return a.execute(cmd, options, func(ctx context.Context, r *installer.Run) installer.Summary { return r.Status(ctx) })
		},
	}
	a.flags.register(cmd)
	return cmd
}
