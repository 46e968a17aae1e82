package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"dcosup/installer"
)

type applyOptions struct {
	dryRun      bool
	keepServing bool
	reboot      bool
	maxFail     int
	nodeBinary  string
}

func newApply(a *app) *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make the nodes a healthy DC/OS cluster",
		Long: `Apply does what is missing, and only that: it fixes what the nodes lack, runs
dcos_generate_config.sh on the bootstrap node, serves the install files there,
installs the masters and then the agents, and proves that the cluster is well.

It can be run again at any time. After a failure or an interruption it goes on
where the nodes are; on a healthy cluster it changes nothing. Where something
cannot be fixed, it stops before it changes anything.

With --reboot, nodes that need a reboot get one before anything is installed on
them: the bootstrap node first, masters one after another. A node that has DC/OS
is never rebooted, nor is the machine on which dcosup runs.`,
		Example: `  dcosup apply -i hosts
  dcosup apply -i hosts -u centos --private-key key.pem
  dcosup apply -i hosts -l 'all:!agent-3'
  dcosup apply -i hosts -C          # say what would be done (as dcosup plan)`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.apply(cmd, o) },
	}
	a.flags.registerCluster(cmd)
	flags := cmd.Flags()
	flags.BoolVarP(&o.dryRun, "check", "C", false, "do not change anything, say what would be done")
	flags.BoolVar(&o.keepServing, "keep-serving", false, "leave the file server on the bootstrap node running; install files hold secrets")
	flags.BoolVar(&o.reboot, "reboot", false, "reboot nodes that need it, before anything is installed on them")
	flags.IntVar(&o.maxFail, "max-fail", -1, "how many nodes may fail before nothing new is started (below 0: no bound)")
	flags.StringVar(&o.nodeBinary, "node-binary", "", "dcosup for Linux, to serve files on the bootstrap node (default: this program)")
	return cmd
}

func (a *app) apply(cmd *cobra.Command, o applyOptions) error {
	options := installer.DefaultOptions()
	options.KeepServing, options.MaxFail, options.Reboot = o.keepServing, o.maxFail, o.reboot
	var err error
	if options.NodeBinary, err = nodeBinary(o.nodeBinary); err != nil {
		return err
	}
	return a.execute(cmd, options, func(ctx context.Context, r *installer.Run) installer.Summary {
		if o.dryRun {
			return r.Plan(ctx)
		}
		return r.Apply(ctx)
	})
}

// nodeBinary is the program to copy to the bootstrap node: this one, where it
// is one for Linux.
func nodeBinary(given string) (string, error) {
	if given != "" {
		if info, err := os.Stat(given); err != nil {
			return "", fmt.Errorf("--node-binary: %w", err)
		} else if !info.Mode().IsRegular() {
			return "", fmt.Errorf("--node-binary: %s is not a file", given)
		}
		return given, nil
	}
	if runtime.GOOS != "linux" {
		return "", fmt.Errorf("this dcosup is built for %s, and the bootstrap node needs one for Linux: give it by --node-binary", runtime.GOOS)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("where this program lies: %w; give its path by --node-binary", err)
	}
	return self, nil
}
