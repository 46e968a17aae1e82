package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dcosup/adhoc"
	"dcosup/remote"
	"dcosup/report"
)

func newHostkeys(a *app) *cobra.Command {
	var pin, yes bool
	cmd := &cobra.Command{
		Use:   "hostkeys",
		Short: "Show the nodes' host keys, and pin them",
		Long: `Hostkeys collects the host keys of all nodes, and of the jumps on the way to
them, and holds them against known_hosts. It logs in to nothing but jumps.

With --pin it records the keys of machines of which nothing is known. Compare
the fingerprints first: with those on the machines' consoles, or in what your
cloud prints at the first boot. A key that has changed is never recorded.

Exit codes: 0 all keys are known (now), 1 some are new, changed or revoked,
2 usage or inventory, 4 a node could not be reached.`,
		Example: `  dcosup hostkeys -i hosts
  dcosup hostkeys -i hosts --pin         # asks on a terminal
  dcosup hostkeys -i hosts --pin --yes   # in a lab, where the network can be trusted`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.hostkeys(cmd, pin, yes) },
	}
	a.flags.register(cmd)
	cmd.Flags().BoolVar(&pin, "pin", false, "record the keys that are new")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) hostkeys(cmd *cobra.Command, pin, yes bool) error {
	crew, done, err := a.crew(cmd, false)
	if err != nil {
		return err
	}
	defer done()
	if _, ok := a.terminal(); pin && !yes && !ok {
		return errors.New("--pin asks whether the keys are the right ones, and there is no terminal: --yes does not ask")
	}
	met := crew.HostKeys(cmd.Context(), crew.Machines())
	if pin {
		// What is behind a jump that was not known can be seen only now.
		for {
			pinned, err := a.pinNew(crew, met, yes)
			if err != nil {
				return err
			}
			if pinned == 0 {
				break
			}
			met = a.metAgain(cmd.Context(), crew, met)
		}
	}
	return a.tellHostKeys(cmd, met, pin)
}

// metAgain holds keys anew against what is known, and asks those that could not
// be asked.
func (a *app) metAgain(ctx context.Context, crew adhoc.Crew, met []adhoc.Met) []adhoc.Met {
	machines := make([]remote.Target, len(met))
	for i, m := range met {
		machines[i] = m.Target
	}
	return crew.HostKeys(ctx, machines)
}

// pinNew records the keys of machines of which nothing was known, and returns
// how many there were.
func (a *app) pinNew(crew adhoc.Crew, met []adhoc.Met, yes bool) (int, error) {
	var fresh []adhoc.Met
	for _, m := range met {
		if len(m.Keys) > 0 && isNew(m) {
			fresh = append(fresh, m)
		}
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	if !yes {
		fmt.Fprintf(a.Stderr, "%s\n", report.HostKeyTable(fresh, a.table()))
		if ok, err := a.askYes("Record these keys?"); err != nil || !ok {
			return 0, err
		}
	}
	for _, m := range fresh {
		if err := crew.Dialer.Pin(m.Target, m.Keys); err != nil {
			return 0, err
		}
	}
	return len(fresh), nil
}

func isNew(m adhoc.Met) bool {
	for _, k := range m.Keys {
		if k.State != remote.KeyNew {
			return false
		}
	}
	return true
}

// tellHostKeys shows the keys, and what to do about those that are not known. A
// machine is known by one of its keys: others of other types may be missing.
func (a *app) tellHostKeys(cmd *cobra.Command, met []adhoc.Met, pin bool) error {
	var errs []error
	fresh, changed := 0, 0
	var remove []string // the commands that take out keys which have changed
	for _, m := range met {
		errs = append(errs, m.Err)
		known := false
		o := nodeOutcome{Node: m.Target.Name, Failure: failureOf(m.Target.Name, m.Err)}
		for _, k := range m.Keys {
			known = known || k.State == remote.KeyKnown
			if k.State == remote.KeyChanged {
				remove = append(remove, fmt.Sprintf("  ssh-keygen -R %s -f %s\n", shellWord(k.Name), shellWord(k.Known[0].File)))
			}
			o.Keys = append(o.Keys, keyOutcome{k.Name, k.Type, k.Fingerprint, string(k.State), k.Line})
		}
		o.OK = known
		switch {
		case m.Err != nil || known:
		case isNew(m):
			fresh++
		default:
			changed++
		}
		if a.flags.output == "json" {
			if err := a.lines(o); err != nil {
				return err
			}
		}
	}
	if a.flags.output != "json" {
		fmt.Fprint(a.Stdout, report.HostKeyTable(met, a.table()))
		if fresh > 0 && !pin {
			fmt.Fprintf(a.Stdout, "\n%d of %d machines are not known. Compare the fingerprints, then: dcosup hostkeys %s --pin\n", fresh, len(met), a.words())
		}
		if len(remove) > 0 {
			fmt.Fprintf(a.Stdout, "\nKeys have changed. If these machines were installed anew, remove the old ones, then: dcosup hostkeys %s --pin\n%s",
				a.words(), strings.Join(slices.Compact(remove), ""))
		}
	}
	return a.exitOf(cmd, errs, fresh+changed > 0)
}
