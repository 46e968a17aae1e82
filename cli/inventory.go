package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dcosup/installer"
	"dcosup/inventory"
	"dcosup/inventory/listing"
	"dcosup/report"
)

func newInventory(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inventory",
		Short: "Look at the inventory, without asking any node",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(newInventoryList(a), newInventoryGraph(a), newInventoryHost(a), newInventoryShow(a))
	return cmd
}

// listingFlags are those of the commands that print an inventory as Ansible does.
type listingFlags struct {
	yaml, json, secrets bool
}

func (f *listingFlags) register(a *app, cmd *cobra.Command, formats bool) {
	a.flags.registerSources(cmd)
	cmd.Flags().BoolVar(&f.secrets, "show-secrets", false, "show passwords that the inventory has in clear, and what was encrypted as a file")
	if formats {
		cmd.Flags().BoolVarP(&f.yaml, "yaml", "y", false, "print YAML")
		cmd.Flags().BoolVar(&f.json, "json", false, "print JSON (default)")
		cmd.MarkFlagsMutuallyExclusive("yaml", "json")
	}
}

func (f *listingFlags) options() listing.Options {
	return listing.Options{YAML: f.yaml, Secrets: f.secrets}
}

// loadListed reads an inventory that is to be printed, and tells what is odd.
func (a *app) loadListed(cmd *cobra.Command) (*inventory.Inventory, error) {
	inv, err := a.readInventory(cmd)
	if err != nil {
		return nil, err
	}
	a.warn(inv.Warnings())
	return inv, nil
}

func newInventoryList(a *app) *cobra.Command {
	var f listingFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Print groups, hosts and variables as ansible-inventory --list does",
		Long: `List prints what the inventory says, in the form of ansible-inventory --list:
groups with their hosts and children, and all variables of each host. With --yaml
it is an inventory itself.

Values that Ansible Vault has encrypted stay encrypted. Passwords and the like that
stand there in clear, and all of a file that is encrypted, are ***, unless
--show-secrets is given.`,
		Example: `  dcosup inventory list -i hosts | jq '._meta.hostvars["master-1"]'
  dcosup inventory list -i hosts -l 'agents_private:!agent-3' --yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			inv, err := a.loadListed(cmd)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.Stdout, listing.List(inv, f.options()))
			return err
		},
	}
	f.register(a, cmd, true)
	return cmd
}

func newInventoryGraph(a *app) *cobra.Command {
	var f listingFlags
	var vars bool
	cmd := &cobra.Command{
		Use:   "graph [GROUP]",
		Short: "Print groups within groups as ansible-inventory --graph does",
		Long: `Graph prints the groups, the groups within them, and their hosts, from the group
all or the given one on. Secrets are ***, as in list.`,
		Example: `  dcosup inventory graph -i hosts
  dcosup inventory graph -i hosts --vars masters`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			inv, err := a.loadListed(cmd)
			if err != nil {
				return err
			}
			name := append(args, "all")[0]
			group := inv.Group(name)
			if group == nil {
				var names []string
				for _, g := range inv.Groups() {
					names = append(names, g.Name)
				}
				return notThere("group", name, names)
			}
			o := f.options()
			o.Vars = vars
			_, err = fmt.Fprint(a.Stdout, listing.Graph(inv, group, o))
			return err
		},
	}
	f.register(a, cmd, false)
	cmd.Flags().BoolVar(&vars, "vars", false, "print variables too")
	return cmd
}

func newInventoryHost(a *app) *cobra.Command {
	var f listingFlags
	cmd := &cobra.Command{
		Use:     "host NAME",
		Short:   "Print the variables of a host as ansible-inventory --host does",
		Long:    "Host prints all variables of one host. Secrets are ***, as in list.",
		Example: "  dcosup inventory host -i hosts master-1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			inv, err := a.loadListed(cmd)
			if err != nil {
				return err
			}
			host := inv.Host(args[0])
			if host == nil {
				var names []string
				for _, h := range inv.Hosts() {
					names = append(names, h.Name)
				}
				return notThere("host", args[0], names)
			}
			_, err = fmt.Fprint(a.Stdout, listing.Host(inv, host, f.options()))
			return err
		},
	}
	f.register(a, cmd, true)
	return cmd
}

// notThere says that the inventory has no group or host of that name, and which
// was probably meant.
func notThere(what, name string, known []string) error {
	if meant := inventory.Suggest(name, known); meant != "" {
		return fmt.Errorf("the inventory has no %s %q; did you mean %s?", what, name, meant)
	}
	const few = 10
	if len(known) > few {
		return fmt.Errorf("the inventory has no %s %q, but %s and %d others", what, name, strings.Join(known[:few], ", "), len(known)-few)
	}
	return fmt.Errorf("the inventory has no %s %q, but %s", what, name, strings.Join(known, ", "))
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
