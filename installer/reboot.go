package installer

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

//go:embed scripts/reboot.sh
var rebootScript string

// refusalPart is for which part of RebootTimeout a node that said no to its reboot
// is waited for: 30 seconds by default. Some complain, and reboot all the same.
const refusalPart = 20

// reboot reboots a node, waits until it is back, and looks again: fixes that
// waited for it are made then. Whether it is still needed is asked first. A node
// that comes back with the same need is not rebooted again.
func (p place) reboot(ctx context.Context) (Outcome, error) {
	sight, err := p.lookAgain(ctx, p.sight(p.node))
	if err != nil {
		return "", err
	}
	needs := rebootNeeds(sight.Findings)
	if needs == nil {
		p.remember(p.node, sight)
		return Unchanged, unmet(sight.Findings)
	}
	if sight.Facts.DCOS.State != roles.DCOSAbsent {
		return "", errors.New("there is DC/OS on the node by now: it is not rebooted")
	}
	if err := p.bounce(ctx, sight.Facts.Reboot.Boot); err != nil {
		return "", err
	}
	p.waits("it is back: looking again")
	if sight, err = p.lookAgain(ctx, sight); err != nil {
		return "", err
	}
	sight, said, err := p.mend(ctx, sight)
	if err != nil {
		return "", err
	}
	p.remember(p.node, sight)
	if err := sameNeeds(needs, sight.Findings); err != nil {
		return "", err
	}
	return Changed, unmet(sight.Findings, said...)
}

// sameNeeds is an error that names what a reboot should have met, and did not.
func sameNeeds(needs []string, findings []roles.Finding) error {
	var lines []string
	for _, f := range findings {
		if f.Reboot && f.Status != roles.Off && slices.Contains(needs, f.ID) {
			lines = append(lines, fmt.Sprintf("%s: found %s, need %s", f.ID, f.Found, f.Need))
		}
	}
	if lines == nil {
		return nil
	}
	return hinted{errors.New("it was rebooted, and needs a reboot as before: " + strings.Join(lines, "\n")),
		"see why on the node: which kernel its boot loader starts, for example (grubby --default-kernel, /etc/default/grub)"}
}

// bounce reboots the node. The bootstrap node's lock, which lives in a session
// there, is given back before and taken again after: its reboot is the first step
// of a plan, and nothing else is done beside it.
func (p place) bounce(ctx context.Context, boot string) error {
	if p.node.Role != inventory.RoleBootstrap || p.locked == nil {
		return p.awaitReboot(ctx, boot)
	}
	p.locked.free()
	if err := p.awaitReboot(ctx, boot); err != nil {
		return err
	}
	return p.locked.take(ctx)
}

// awaitReboot reboots the node, unless it has been since that boot, and waits
// until its services have started.
func (p place) awaitReboot(ctx context.Context, boot string) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, p.RebootTimeout)
	defer cancel()
	p.waits("rebooting")
	answer, last := p.conn.Run(ctx, remote.Command{Name: "reboot", Script: rebootScript, Args: []string{boot}})
	var refused *remote.CommandError
	if errors.As(last, &refused) && refused.Signal != "" {
		refused = nil // ended by the reboot
	}
	for try := 0; ; try++ {
		now, state, _ := strings.Cut(strings.TrimSpace(string(answer.Stdout)), " ")
		var key *remote.HostKeyError
		switch {
		case errors.As(last, &key):
			return last
		case last != nil || now == "" || now == boot || state == "initializing" || state == "starting":
		default:
			return nil
		}
		if refused != nil && last == nil && now == boot && state != "stopping" && time.Since(began) > p.RebootTimeout/refusalPart {
			return refused
		}
		if err := pause(ctx, try); err != nil {
			return p.gone(err, last)
		}
		if try == 0 {
			p.waits("the node to come back")
		}
		answer, last = p.conn.Run(ctx, remote.Command{Name: "ask which boot it is", Script: rebootScript})
	}
}

// gone is the error of a wait for a node that ended: by its deadline, or because
// the run was stopped.
func (p place) gone(err, last error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if last == nil || errors.Is(last, context.DeadlineExceeded) {
		last = errors.New("it answers, but has not rebooted, or its services still start")
	}
	return hinted{fmt.Errorf("not back %s after its reboot: %w", p.RebootTimeout, last),
		"see its console; when it is up, run the same command again"}
}
