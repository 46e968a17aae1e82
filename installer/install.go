package installer

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"dcosup/dcos"
	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// What happens on masters and agents: install, wait for health, verify.

//go:embed scripts/install.sh
var installScript string

// installJob names the long job that runs dcos_install.sh. A node has one role.
const installJob = "install"

// install runs dcos_install.sh as a long job. When DC/OS's own set-up is
// already at work, after a reboot in mid-installation, it is waited for instead.
func (p place) install(ctx context.Context) (Outcome, error) {
	sight := p.sight(p.node)
	if sight.Install.Phase != remote.JobRunning && sight.Facts.DCOS.Setup == "activating" {
		return p.awaitSetup(ctx)
	}
	return Changed, refusal(p.job(ctx, remote.Job{Name: installJob, Key: p.wanted.Key, Script: installScript,
		Args: []string{p.wanted.URL.String(), p.node.Role.InstallWord(), roles.ResolvBackup}, Timeout: p.InstallTimeout}, sight.Install.Phase, p.says))
}

// refusal puts the checks of dcos_install.sh that failed in front of a person:
// it goes on checking after a failure, so the log's end does not show them.
func refusal(err error) error {
	var failed *remote.CommandError
	if !errors.As(err, &failed) {
		return err
	}
	lines := []string{"dcos_install.sh refused the node:"}
	for line := range strings.Lines(failed.Stderr) {
		if strings.Contains(line, "FAIL") {
			lines = append(lines, "  "+strings.TrimSpace(genconf.StripANSI(line)))
		}
	}
	if len(lines) == 1 {
		return err
	}
	return hinted{explained{strings.Join(lines, "\n"), err}, "mend what it names, then run the same command again"}
}

// awaitSetup waits until the installation that DC/OS itself continues is whole.
func (p place) awaitSetup(ctx context.Context) (Outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.InstallTimeout, errors.New("DC/OS's own set-up did not end in time"))
	defer cancel()
	for try := 0; ; try++ {
		facts, err := probe(ctx, p.conn, roles.Questions{})
		if err != nil {
			return "", err
		}
		switch {
		case facts.DCOS.State == roles.DCOSInstalled:
			return Changed, nil
		case facts.DCOS.Setup != "activating":
			return "", hinted{errors.New("DC/OS's own set-up (dcos-setup.service) ended without success"),
				"run the same command again: it removes what is left and installs anew"}
		}
		p.waits("dcos-setup to end")
		if err := pause(ctx, try); err != nil {
			return "", err
		}
	}
}

// pause waits before a question is asked again: a fifth of a second first, for
// what takes a moment, and two seconds in the end, for what takes minutes.
func pause(ctx context.Context, try int) error {
	wait := min(200*time.Millisecond<<min(try/15, 4), 2*time.Second)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(wait):
		return nil
	}
}

// healthy waits until a master serves.
func (p place) healthy(ctx context.Context) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, p.HealthTimeout)
	defer cancel()
	said := ""
	for try := 0; ; try++ {
		health := dcos.MasterHealth(p.askMaster(ctx, p.node, p.conn), len(p.wanted.Masters))
		if health.Healthy {
			return Unchanged, nil
		}
		if health.Waiting != said && ctx.Err() == nil {
			said = health.Waiting
			p.waits(said)
		}
		if err := pause(ctx, try); err != nil {
			return "", p.unwell(err, said)
		}
	}
}

// unwell is the error of a wait for health that ended: by its deadline, or
// because the run was stopped.
func (p place) unwell(err error, waiting string) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return hinted{fmt.Errorf("not healthy after %s: %s", p.HealthTimeout, waiting),
		"look at `journalctl -u 'dcos-*' -e` on the node; when it is mended, run the same command again"}
}

// verify proves the cluster: every master serves, every agent that came through
// is registered with its role, and all have one version.
func (p place) verify(ctx context.Context) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, p.HealthTimeout)
	defer cancel()
	want := p.wantedCluster(p.cameThrough)
	said := ""
	for try := 0; ; try++ {
		report := p.ask(ctx, want)
		p.mu.Lock()
		p.health = &report
		p.mu.Unlock()
		if report.Healthy {
			return Unchanged, nil
		}
		if waiting := unhealthy(report); waiting != said && ctx.Err() == nil {
			said = waiting
			p.waits(said)
		}
		if err := pause(ctx, try); err != nil {
			return "", p.unwell(err, said)
		}
	}
}

// unhealthy names the nodes of a report that are not well, and what each lacks.
func unhealthy(report dcos.Report) string {
	var lines []string
	for _, n := range report.Nodes {
		if !n.Healthy {
			lines = append(lines, n.Name+": "+n.Waiting)
		}
	}
	return strings.Join(append(lines, report.Problems...), "; ")
}

// cameThrough tells whether a node has DC/OS, by now as far as is known.
func (r *Run) cameThrough(n *inventory.Node) bool {
	if r.ended(stepID(ActInstall, n.Name)) {
		return true
	}
	s := r.sight(n)
	return s.Err == nil && s.Facts.DCOS.State == roles.DCOSInstalled
}

// wantedCluster is the cluster as a health report needs it: the nodes that count.
func (r *Run) wantedCluster(counts func(*inventory.Node) bool) dcos.Want {
	want := dcos.Want{Version: r.Cluster.Release.Version, MasterCount: len(r.wanted.Masters)}
	for _, m := range r.Cluster.Masters() {
		if counts(m) {
			want.Masters = append(want.Masters, dcos.WantNode{Name: m.Name, Address: r.wanted.Addresses[m.Name]})
		}
	}
	for _, a := range r.Cluster.Agents() {
		if counts(a) {
			want.Agents = append(want.Agents, dcos.WantNode{Name: a.Name, Address: r.wanted.Addresses[a.Name],
				Public: a.Role == inventory.RolePublicAgent})
		}
	}
	return want
}

// ask asks all nodes of want at once, each through its own connection: what
// counts is what a node answers to itself, whatever firewall stands around it.
func (r *Run) ask(ctx context.Context, want dcos.Want) dcos.Report {
	masters, agents := make([]dcos.MasterAnswers, len(want.Masters)), make([]dcos.AgentAnswers, len(want.Agents))
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, r.Forks))
	ask := func(w dcos.WantNode, do func(*dcos.Client)) {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			do(r.client(ctx, w))
		}()
	}
	for i, m := range want.Masters {
		ask(m, func(c *dcos.Client) { masters[i] = c.CollectMaster(ctx, m.Name) })
	}
	for i, a := range want.Agents {
		ask(a, func(c *dcos.Client) { agents[i] = c.CollectAgent(ctx, a.Name) })
	}
	wg.Wait()
	return dcos.ClusterHealth(want, masters, agents)
}

func (r *Run) client(ctx context.Context, w dcos.WantNode) *dcos.Client {
	conn, err := r.conn(ctx, r.Cluster.Node(w.Name))
	if err != nil {
		return &dcos.Client{Address: w.Address, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
	}
	return &dcos.Client{Address: w.Address, Dial: conn.DialContext}
}

func (r *Run) askMaster(ctx context.Context, n *inventory.Node, conn *remote.Conn) dcos.MasterAnswers {
	client := dcos.Client{Address: r.wanted.Addresses[n.Name], Dial: conn.DialContext}
	return client.CollectMaster(ctx, n.Name)
}

// assess is what `status` does: ask the whole cluster once.
func (r *Run) assess(ctx context.Context) []Failure {
	failures := r.unreachable()
	report := r.ask(ctx, r.wantedCluster(func(n *inventory.Node) bool {
		s := r.sight(n)
		// A master counts in any case: it knows which agents are registered.
		return (n.Selected || n.Role == inventory.RoleMaster) && s.Err == nil && s.Facts.DCOS.State == roles.DCOSInstalled
	}))
	r.health = &report
	for _, n := range report.Nodes {
		if !n.Healthy {
			failures = append(failures, Failure{Node: n.Name, Step: "status", Kind: KindFailed, Message: n.Waiting})
		}
	}
	for _, problem := range report.Problems {
		failures = append(failures, Failure{Step: "status", Kind: KindFailed, Message: problem})
	}
	for _, n := range r.Cluster.Nodes {
		s := r.sight(n)
		if n.Role != inventory.RoleBootstrap && n.Selected && s.Err == nil && s.Facts.DCOS.State != roles.DCOSInstalled {
			failures = append(failures, Failure{Node: n.Name, Step: "status", Kind: KindFailed,
				Message: "DC/OS is not installed", Hint: "dcosup apply " + r.Flags})
		}
	}
	return failures
}
