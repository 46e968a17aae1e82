package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"dcosup/report"
)

func newPing(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ping",
		Short: "Try every stage of reaching the nodes",
		Long: `Ping goes through every stage of reaching each node, and shows how long each
took: the way there, the handshake and the host key, the login, a command, a
command as root, sftp. What fails is explained, once for all nodes on which it
fails. It needs an inventory of hosts, and no settings for DC/OS.

Exit codes: 0 all stages pass, 1 a stage failed, 2 usage or inventory,
4 a node could not be reached.`,
		Example: `  dcosup ping -i hosts
  dcosup ping -i hosts -v                # what was agreed on, and which key let us in
  dcosup ping -i 'node1,node2,' -u core  # without an inventory`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.ping(cmd) },
	}
	a.flags.register(cmd)
	return cmd
}

func (a *app) ping(cmd *cobra.Command) error {
	crew, done, err := a.crew(cmd, true)
	if err != nil {
		return err
	}
	pinged := crew.Ping(cmd.Context())
	done()
	var errs []error
	for _, p := range pinged {
		check, _ := p.Failure()
		errs = append(errs, check.Err)
		if a.flags.output == "json" {
			o := nodeOutcome{Node: p.Node, Address: p.Address, OK: check.Err == nil, Failure: failureOf(p.Node, check.Err)}
			for _, c := range p.Checks {
				o.Stages = append(o.Stages, stageOutcome{Stage: string(c.Stage), Seconds: c.Took.Seconds(), Detail: c.Detail, OK: c.Err == nil})
			}
			if err := a.lines(o); err != nil {
				return err
			}
			continue
		}
		if a.flags.verbose > 0 {
			for _, c := range p.Checks {
				if c.Detail != "" {
					fmt.Fprintf(a.Stdout, "%s: %s: %s\n", p.Node, c.Stage, c.Detail)
				}
			}
		}
	}
	if a.flags.output != "json" {
		fmt.Fprint(a.Stdout, report.PingTable(pinged, a.table()))
	}
	return a.exitOf(cmd, errs, false)
}
