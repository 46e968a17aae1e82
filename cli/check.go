package cli

import (
	"context"

	"github.com/spf13/cobra"

	"dcosup/installer"
)

func newCheck(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look at every node and say what it lacks",
		Long: `Check looks at every node and holds it against what its role requires: Docker,
time, packages, ports, disk and all the rest. It changes nothing.

Exit codes: 0 all requirements hold (warnings are shown), 3 some do not,
4 a node could not be reached.`,
		Example: `  dcosup check -i hosts
  dcosup check -i hosts -l private-agents`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.execute(cmd, installer.DefaultOptions(), func(ctx context.Context, r *installer.Run) installer.Summary { return r.Check(ctx) })
		},
	}
	a.flags.registerCluster(cmd)
	return cmd
}
