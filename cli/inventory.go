package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"dcosup/installer"
	"dcosup/report"
)

func newInventory(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inventory",
		Short: "Look at the inventory, without asking any node",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(newInventoryShow(a))
	return cmd
}

func newInventoryShow(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the cluster as dcosup understands it, and where each setting comes from",
		Long: `Show prints the cluster that the inventory describes: its nodes with their
roles, and every setting with its value and its origin: a place in a file,
"derived" for what follows from the inventory, "default" for what is so unless
it is said. Secrets are not shown. No node is asked.`,
		Example: `  dcosup inventory show -i hosts
  dcosup inventory show -i hosts -o json | jq '.settings[] | select(.from == "derived")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.showInventory(cmd) },
	}
	a.flags.registerCluster(cmd)
	return cmd
}

func (a *app) showInventory(cmd *cobra.Command) error {
	cluster, err := a.cluster(cmd, "", true)
	if err != nil {
		return err
	}
	described, err := installer.DescribeCluster(cluster, a.flags.lenient)
	if err != nil {
		return err
	}
	if a.flags.output == "json" {
		return json.NewEncoder(a.Stdout).Encode(described)
	}
	o := a.table()
	if o.Width == 0 { // no terminal: a line is what grep finds
		o.Width = 1000
	}
	_, err = fmt.Fprint(a.Stdout, report.InventoryText(described, o))
	return err
}
