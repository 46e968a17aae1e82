package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"dcosup/installer"
	"dcosup/report"
	"dcosup/roles"
)

type checkOptions struct {
	only, skip []string
	fix        bool
	reboot     bool
	network    bool
	reports    []string
}

func newCheck(a *app) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look at every node and say what it lacks",
		Long: `Check looks at every node and holds it against what its role requires: Docker,
time, packages, ports, disk and all the rest. It changes nothing, but with --fix:
then it fixes what can be fixed on the selected nodes, and checks again. With
--reboot too, nodes that need a reboot get one: the bootstrap node first, masters
one after another, never a node that has DC/OS or the machine on which dcosup runs.

With --network the nodes also try each other's ports, by which firewalls between
them are found, and measure how fast the bootstrap node's data come and how far
masters are away: for a minute at most, and with 32 MB a node. For that, sockets are
opened on the nodes by transient units of systemd that are removed again.

The variable dcos_requirements of the inventory turns a requirement off, makes it
milder or stricter, or changes its limits; dcos_fixes says which Docker and which
time servers a fix takes. docs/requirements.md says how.

Exit codes: 0 all requirements hold (warnings are shown), 3 some do not,
4 a node could not be reached; with --fix or --network, 5 another run holds the cluster's lock.`,
		Example: `  dcosup check -i hosts
  dcosup check -i hosts -l private-agents
  dcosup check -i hosts --only docker-running,ntp-synchronised --fix
  dcosup check -i hosts --network
  dcosup check -i hosts --network --skip bandwidth
  dcosup check -i hosts --report check.xml --report ticket.md`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.check(cmd, o) },
	}
	a.flags.registerCluster(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&o.only, "only", nil, "judge these requirements only, by their ids")
	flags.StringSliceVar(&o.skip, "skip", nil, "leave these requirements out")
	flags.BoolVar(&o.fix, "fix", false, "fix what can be fixed, and check again")
	flags.BoolVar(&o.reboot, "reboot", false, "with --fix: reboot nodes that need it, too")
	flags.BoolVar(&o.network, "network", false, "try the ports between the nodes and measure bandwidth and latency, too: opens ports for a moment where nothing listens")
	flags.StringArrayVar(&o.reports, "report", nil, "write what was found into this file, too: .json, .xml (JUnit) or .md (Markdown); may be repeated")
	return cmd
}

func (a *app) check(cmd *cobra.Command, o checkOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	cluster, ways, err := a.loadCluster(cmd, true)
	if err != nil {
		return err
	}
	options := installer.DefaultOptions()
	options.Only, options.Skip = o.only, o.skip
	options.Reboot = o.reboot
	options.Network = o.network || installer.TriesNetwork(o.only)
	files, err := report.NewCheckFiles(o.reports)
	if err != nil {
		return err
	}
	return a.executeOn(cmd, cluster, ways, options, func(ctx context.Context, r *installer.Run) installer.Summary {
		if o.fix {
			return r.CheckAndFix(ctx)
		}
		return r.Check(ctx)
	}, files)
}

// validate refuses ids that are none: a mistyped one would judge nothing, and
// say that all is well.
func (o checkOptions) validate() error {
	var errs *multierror.Error
	for flag, ids := range map[string][]string{"--only": o.only, "--skip": o.skip} {
		for _, id := range ids {
			if r, hint := roles.Find(id); r.ID == "" {
				errs = multierror.Append(errs, fmt.Errorf("%s: there is no requirement %q: %s", flag, id, hint))
			}
		}
	}
	if o.reboot && !o.fix {
		errs = multierror.Append(errs, errors.New("--reboot: a check changes nothing; give --fix, too"))
	}
	if errs == nil && len(o.only) > 0 && !slices.ContainsFunc(o.only, func(id string) bool { return !slices.Contains(o.skip, id) }) {
		errs = multierror.Append(errs, fmt.Errorf("--only %s: --skip leaves nothing of it", strings.Join(o.only, ",")))
	}
	if errs != nil {
		slices.SortFunc(errs.Errors, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	}
	return errs.ErrorOrNil()
}
