package cli

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"dcosup/adhoc"
	"dcosup/remote"
	"dcosup/report"
)

func newPush(a *app) *cobra.Command {
	var mode, owner string
	cmd := &cobra.Command{
		Use:   "push [flags] FILE PATH",
		Short: "Copy a file to the nodes",
		Long: `Push puts a file in place on all nodes at once: whole or not at all, verified by
sha256, with its mode and owner. Equal content is not sent again; what was cut off
is continued.

Exit codes: 0 the file is there on all nodes, 1 on some it is not, 2 usage or
inventory, 4 a node could not be reached, 130 interrupted.`,
		Example: `  dcosup push -i hosts daemon.json /etc/docker/daemon.json
  dcosup push -i hosts -l masters --mode 0600 --owner root:root license.txt /root/license.txt`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.push(cmd, args[0], args[1], mode, owner) },
	}
	a.flags.register(cmd)
	cmd.Flags().StringVar(&mode, "mode", "0644", "mode of the file, in octal digits")
	cmd.Flags().StringVar(&owner, "owner", "", "user:group of the file (default: root:root, or the login user without --become)")
	return cmd
}

func (a *app) push(cmd *cobra.Command, file, path, mode, owner string) error {
	bits, err := strconv.ParseUint(mode, 8, 12)
	if err != nil {
		return fmt.Errorf("--mode %s: it is up to four octal digits, such as 0644", mode)
	}
	if err := absolute("PATH", path); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file; to copy a directory, pack it: tar -czf dir.tar.gz dir", file)
	}
	crew, done, err := a.crew(cmd, true)
	if err != nil {
		return err
	}
	results := crew.Push(cmd.Context(), remote.Upload{Path: file, Dest: path, Mode: modeOf(bits), Owner: owner})
	done()
	return a.tellFiles(cmd, results)
}

// modeOf is a mode of Go's from octal digits.
func modeOf(bits uint64) fs.FileMode {
	m := fs.FileMode(bits & 0o777)
	for bit, flag := range map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if bits&bit != 0 {
			m |= flag
		}
	}
	return m
}

func newPull(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pull [flags] PATH DIRECTORY",
		Short: "Copy a file from the nodes",
		Long: `Pull copies a file from all nodes at once, into DIRECTORY/NODE/PATH: whole or not
at all, verified by sha256. Equal content is not fetched again; what was cut off is
continued. It is readable only by you here, as it may be by root only there.

Exit codes: 0 the file was copied from all nodes, 1 from some it was not,
2 usage or inventory, 4 a node could not be reached, 130 interrupted.`,
		Example: `  dcosup pull -i hosts /var/log/cloud-init.log logs
  dcosup pull -i hosts -l masters /etc/mesosphere/setup-flags/cluster-packages.json .`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := absolute("PATH", args[0]); err != nil {
				return err
			}
			crew, done, err := a.crew(cmd, true)
			if err != nil {
				return err
			}
			results := crew.Pull(cmd.Context(), args[0], args[1])
			done()
			return a.tellFiles(cmd, results)
		},
	}
	a.flags.register(cmd)
	return cmd
}

// tellFiles shows what became of a file.
func (a *app) tellFiles(cmd *cobra.Command, results []adhoc.Result) error {
	if a.flags.output == "json" {
		for _, r := range results {
			n := nodeOutcome{Node: r.Node, OK: !r.Failed(), Seconds: r.Took.Seconds(), Path: r.Path, Failure: failureOf(r.Node, r.Err)}
			if r.Err == nil {
				n.Changed = &r.Changed
			}
			if err := a.lines(n); err != nil {
				return err
			}
		}
	} else {
		fmt.Fprint(a.Stdout, report.FilesText(results, a.table()))
	}
	errs, failed := errorsOf(results)
	return a.exitOf(cmd, errs, failed)
}
