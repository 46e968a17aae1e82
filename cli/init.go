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
	return &cobra.Command{
		Use:   "init [DIRECTORY]",
		Short: "Write a commented inventory of seven nodes",
		Long: `Init writes an Ansible inventory of seven nodes (bootstrap, one master, four
private agents, one public agent) with the settings that a cluster needs, each
explained. It never writes over a file.`,
		Example: `  dcosup init
  dcosup init my-cluster && dcosup check -i my-cluster/hosts`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.writeExample(dir)
		},
	}
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
