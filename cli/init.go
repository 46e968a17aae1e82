package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"dcosup/inventory"
)

func newInit(a *app) *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "init [DIRECTORY]",
		Short: "Write a commented inventory of seven nodes, or check an Ansible directory",
		Long: `Init writes an Ansible inventory of seven nodes (bootstrap, one master, four
private agents, one public agent) with the settings that a cluster needs, each
explained. It never writes over a file.

With --from it writes nothing: it looks at an Ansible directory, or at one
inventory, and says what is there for dcosup and what is missing.

Exit codes: 0 written, or nothing is missing; 2 something is.`,
		Example: `  dcosup init
  dcosup init my-cluster && dcosup check -i my-cluster/hosts
  dcosup init --from ../dcos-ansible`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case from != "" && len(args) > 0:
				return errFromAndDirectory
			case from != "":
				return a.initFrom(cmd, from)
			}
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.writeExample(dir)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "look at this Ansible directory, or inventory, and write nothing")
	a.flags.registerVault(cmd)
	a.flags.registerJudging(cmd)
	return cmd
}

// writeExample writes all files or, where one exists, none.
func (a *app) writeExample(dir string) error {
	files := inventory.Example()
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists already; nothing was written", name)
		}
	}
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(f.Content), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(a.Stdout, "wrote %s\n", name)
	}
	_, err := fmt.Fprintf(a.Stdout, "Fill in the addresses, then: dcosup check -i %s\n", filepath.Join(dir, files[0].Name))
	return err
}
