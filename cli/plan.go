package cli

import (
	"context"

	"github.com/spf13/cobra"

	"dcosup/installer"
)

func newPlan(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Say what apply would do, without doing it",
		Long: `Plan looks at every node and says which steps apply would take, why each is
needed, and what it waits for. It changes nothing.`,
		Example: `  dcosup plan -i hosts
  dcosup plan -i hosts -o json | jq 'select(.type == "plan-made").plan'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.execute(cmd, installer.DefaultOptions(), func(ctx context.Context, r *installer.Run) installer.Summary { return r.Plan(ctx) })
		},
	}
	a.flags.registerCluster(cmd)
	return cmd
}
