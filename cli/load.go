package cli

import (
	"github.com/spf13/cobra"

	"dcosup/inventory"
	"dcosup/reach"
)

// loadNodes reads the inventory for a command that needs no cluster, only machines: the hosts that -l selects, in
// inventory order (an error if there is none), and the ways to them. Warnings are printed.
func (a *app) loadNodes(cmd *cobra.Command) ([]*inventory.Node, *reach.Ways, error) {
	panic("not built yet")
}
