package cli

import (
	"context"

	"github.com/spf13/cobra"

	"dcosup/installer"
)

func newPlan(a *app) *cobra.Command {
	var reboot bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what apply would do, without doing it",
		Long: `Plan looks at every node and says which steps apply would take, why each is
needed, and what it waits for. It changes nothing.`,
		Example: `  dcosup plan -i hosts
  dcosup plan -i hosts -o json | jq 'select(.type == "plan-made").plan'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options := installer.DefaultOptions()
			options.Reboot = reboot
			return a.execute(cmd, options, func(ctx context.Context, r *installer.Run) installer.Summary { return r.Plan(ctx) })
		},
	}
	a.flags.registerCluster(cmd)
	cmd.Flags().BoolVar(&reboot, "reboot", false, "plan for apply --reboot")
	return cmd
}
