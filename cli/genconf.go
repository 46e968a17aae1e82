package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"dcosup/genconf"
	"dcosup/installer"
)

type genconfOptions struct {
	version string
	output  string
}

func newGenconf(a *app) *cobra.Command {
	var o genconfOptions
	cmd := &cobra.Command{
		Use:   "genconf",
		Short: "Write genconf/ and judge it, without touching any node",
		Long: `Genconf renders config.yaml and the detection scripts from the inventory, and
judges them by the rules of the generator of that version of DC/OS: all that is
wrong is shown at once. No node is asked, so the inventory must tell the nodes'
addresses (private_ip, where the address to connect to is another one).

Without -o it prints the files, with secrets masked. With -o it writes them, for
their owner only; a directory with files that dcosup did not write is left alone.

Exit codes: 0 the generator will take it, 2 it will not.`,
		Example: `  dcosup genconf -i hosts                     # is it right? what will it be?
  dcosup genconf -i hosts --version 1.13.9    # would it be right for that version?
  dcosup genconf -i hosts -o genconf`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.genconf(cmd, o) },
	}
	a.flags.registerInventory(cmd)
	a.flags.registerJudging(cmd)
	cmd.Flags().StringVar(&o.version, "version", "", "judge for this version of DC/OS (default: dcos.version)")
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "directory to write to")
	return cmd
}

func (a *app) genconf(cmd *cobra.Command, o genconfOptions) error {
	cluster, err := a.judgedCluster(cmd, o.version)
	if err != nil {
		return err
	}
	files, err := installer.Genconf(cluster, a.flags.lenient)
	if err != nil {
		return err
	}
	if o.output == "" {
		return printGenconf(a.Stdout, files)
	}
	return a.writeGenconf(o.output, files)
}

// printGenconf shows the files one after the other, without secrets.
func printGenconf(w io.Writer, files genconf.Files) error {
	for _, f := range files.List() {
		text, err := files.Shown(f)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "# genconf/%s\n%s\n", f.Name, text); err != nil {
			return err
		}
	}
	return nil
}

// writeGenconf writes all files, or none where one of somebody else's would be
// written over.
func (a *app) writeGenconf(dir string, files genconf.Files) error {
	was, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
	switch entries, listing := os.ReadDir(dir); {
	case err == nil && bytes.HasPrefix(was, []byte(genconf.Header)):
	case errors.Is(listing, fs.ErrNotExist), listing == nil && len(entries) == 0:
	case listing != nil:
		return fmt.Errorf("-o: %w", listing)
	default:
		return fmt.Errorf("-o %s: the directory has files that dcosup did not write; nothing was written", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	for _, f := range files.List() {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := replaceFile(name, f.Content, f.Mode&0o700); err != nil {
			return err
		}
		fmt.Fprintf(a.Stdout, "wrote %s\n", name)
	}
	return nil
}

// replaceFile puts a file in place, whole, with its mode from the first byte on.
func replaceFile(name string, content []byte, mode fs.FileMode) error {
	part, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	if err := errors.Join(err, part.Chmod(mode), part.Close()); err != nil {
		_ = os.Remove(name + ".new") // it would only be in the way
		return err
	}
	return os.Rename(name+".new", name)
}
