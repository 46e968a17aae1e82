package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dcosup/inventory"
)

// initFrom looks at an Ansible directory, or at one inventory, and says what is
// there for dcosup and what is missing. It changes nothing.
func (a *app) initFrom(cmd *cobra.Command, from string) error {
	source, err := a.findInventory(from)
	if err != nil {
		return err
	}
	a.flags.inventories = []string{source}
	inv, err := a.readInventory(cmd)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "inventory  %s: %s, %s\n", source, count(len(inv.Hosts()), "host"), count(len(inv.Groups())-2, "group")) // all and ungrouped are everywhere
	cluster, warnings, err := a.judged(inv, "", true)
	a.tellCluster(cluster)
	a.warn(warnings)
	if err != nil {
		return err
	}
	dir := ""
	if a.workDir != "" {
		dir = "cd " + shellWord(a.workDir) + " && "
	}
	fmt.Fprintf(a.Stdout, "\nNothing is missing. Next: %sdcosup check -i %s\n", dir, shellWord(source))
	return nil
}

// tellCluster says what of a cluster is there, as far as it could be understood.
func (a *app) tellCluster(c *inventory.Cluster) {
	var roles []string
	for _, r := range []inventory.Role{inventory.RoleBootstrap, inventory.RoleMaster, inventory.RoleAgent, inventory.RolePublicAgent} {
		n := 0
		for _, node := range c.Nodes {
			if node.Role == r {
				n++
			}
		}
		roles = append(roles, fmt.Sprintf("%d %s", n, r))
	}
	fmt.Fprintf(a.Stdout, "roles      %s\n", strings.Join(roles, ", "))
	if b := c.Bootstrap(); b != nil {
		if v, ok := b.Vars["dcos"]; ok {
			fmt.Fprintf(a.Stdout, "settings   the variable dcos, %s\n", v.Pos)
		}
	}
	for _, old := range c.OldNames {
		fmt.Fprintf(a.Stdout, "settings   %s, %s: it is taken for dcos.%s\n", old.Name, old.Pos, old.Key)
	}
}

// findInventory is the inventory of a directory. Paths count from there, as they do
// for Ansible's playbooks; those of a file count from the working directory.
func (a *app) findInventory(from string) (string, error) {
	info, err := os.Stat(from)
	if err != nil {
		return "", fmt.Errorf("--from %s: %w", from, cause(err))
	}
	if !info.IsDir() {
		return from, nil
	}
	if a.workDir, err = filepath.Abs(from); err != nil {
		return "", err
	}
	cfg, err := a.ansibleConfig()
	if err != nil {
		return "", err
	}
	found, examples := inventory.Find(from)
	if len(cfg.Inventory) > 0 {
		found = cfg.Inventory
	}
	switch {
	case len(found) == 0 && len(examples) > 0:
		return "", fmt.Errorf("--from %s: there is no inventory yet; copy %s and fill it in", from, examples[0])
	case len(found) == 0:
		return "", fmt.Errorf("--from %s: there is no inventory, such as hosts, hosts.yml or inventory; name the file itself", from)
	case len(found) > 1:
		return "", fmt.Errorf("--from %s: there are several inventories; name one: %s", from, strings.Join(found, ", "))
	}
	return found[0], nil
}

// count is a number with a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

var errFromAndDirectory = errors.New("--from looks at a directory that is there, and nothing is written: leave out the other one")
