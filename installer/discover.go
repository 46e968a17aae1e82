package installer

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

// Discovery is what was found on the nodes: with the cluster, all that a plan
// is made of.
type Discovery struct {
	Nodes     map[string]Sight // by node name; nodes that were not looked at have none
	Bootstrap BootstrapFacts
	Here      string // this machine's boot, as roles.Reboot tells a node's
}

// Sight is what was seen of one node.
type Sight struct {
	Err      error // why it could not be looked at; then all else is empty
	Facts    roles.Facts
	Asked    time.Time        // when the question went out
	Answered time.Time        // when the answer was whole
	Install  remote.JobStatus // of the job that runs dcos_install.sh
	Findings []roles.Finding
	Together []roles.Finding // of Findings, those that several nodes show together
}

// BootstrapFacts is what earlier runs left in the release's directory.
type BootstrapFacts struct {
	Generator bool   // dcos_generate_config.sh is there, whole
	Release   string // its stamp: "<sha256> <where it came from>"
	Genconf   string // the stamp of the inputs of the last complete genconf
	Served    bool   // genconf/serve is complete
	Packages  string // id of the served package list
	Serving   bool   // the file server runs
}

//go:embed scripts/bootstrap.sh
var bootstrapScript string

// discover looks at every node: one round trip for its facts, and a second
// one, when all addresses are known, for what its ip-detect answers.
func (r *Run) discover(ctx context.Context) error {
	nodes := InScope(r.Cluster)
	seen := map[string]*Sight{}
	for _, n := range nodes {
		seen[n.Name] = &Sight{}
	}
	r.each(nodes, func(n *inventory.Node) {
		s := seen[n.Name]
		if *s = r.look(ctx, n); s.Err != nil {
			r.tellFound(n, *s)
		}
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := r.essential(seen); err != nil {
		return err
	}
	addresses, err := r.addresses(seen)
	if err != nil {
		return err
	}
	told, err := r.Cluster.With(facts(seen))
	r.goOnWith(told)
	if err != nil && !r.Unjudged {
		return err
	}
	known := known{Addresses: addresses, Environment: environment(r.Cluster, seen), Lenient: r.Lenient, Unjudged: r.Unjudged}
	if r.wanted, err = want(r.Cluster, known); err != nil {
		return err
	}
	if r.settings, _, err = settings(r.Cluster); err != nil {
		return err
	}
	together := r.judgeAcross(nodes, seen)
	if r.Network {
		for name, findings := range r.tryNetwork(ctx, nodes, seen) {
			together[name] = append(together[name], findings...)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	var asked sync.WaitGroup
	asked.Add(1)
	var bootErr error
	go func() {
		defer asked.Done()
		r.found.Bootstrap, bootErr = r.askBootstrap(ctx)
	}()
	r.each(nodes, func(n *inventory.Node) {
		if s := seen[n.Name]; s.Err == nil {
			s.Together = together[n.Name]
			s.Findings = r.judge(ctx, n, *s)
			r.tellFound(n, *s)
		}
	})
	asked.Wait()
	r.found.Here = r.here
	r.found.Nodes = map[string]Sight{}
	for name, s := range seen {
		r.found.Nodes[name] = *s
	}
	return bootErr
}

// InScope are the nodes that a run looks at: those that are selected, and those
// without which nothing can be said about a cluster.
func InScope(c *inventory.Cluster) []*inventory.Node {
	var nodes []*inventory.Node
	for _, n := range c.Nodes {
		if n.Selected || n.Role == inventory.RoleBootstrap || n.Role == inventory.RoleMaster {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// look gathers the facts of one node. Facts that an installation has overtaken
// are gathered once more: they would look as if it had been cut off.
func (r *Run) look(ctx context.Context, n *inventory.Node) Sight {
	s := r.lookOnce(ctx, n)
	if s.Err == nil && s.overtaken() {
		s = r.lookOnce(ctx, n)
	}
	return s
}

func (r *Run) lookOnce(ctx context.Context, n *inventory.Node) Sight {
	conn, err := r.conn(ctx, n)
	if err != nil {
		return Sight{Err: err}
	}
	s := Sight{Asked: time.Now()}
	if s.Facts, err = probe(ctx, conn, questions(r.Cluster, n)); err != nil {
		return Sight{Err: err}
	}
	s.Answered = time.Now()
	if len(s.Facts.Jobs) > 0 {
		if s.Install, err = conn.JobState(ctx, installJob); err != nil {
			return Sight{Err: err}
		}
	}
	return s
}

// overtaken tells whether an installation may have ended well between the two
// questions: it has, and the facts know of a part of it only.
func (s Sight) overtaken() bool {
	return s.Install.Phase == remote.JobEnded && s.Install.ExitCode == 0 && s.Facts.DCOS.State == roles.DCOSPartial
}

func probe(ctx context.Context, conn *remote.Conn, q roles.Questions) (roles.Facts, error) {
	answer, err := conn.Run(ctx, remote.Command{Name: "look at the node", Script: roles.ProbeScript(), Args: q.Args(), Again: true})
	if err != nil {
		return roles.Facts{}, err
	}
	return roles.ParseFacts(answer.Stdout)
}

// essential fails when a node without which nothing can be planned could not
// be looked at: the bootstrap node or a master. Its error names all nodes that
// are lost, so that a person mends them in one go.
func (r *Run) essential(seen map[string]*Sight) error {
	var lost []error
	stops := false
	for _, n := range r.Cluster.Nodes {
		s := seen[n.Name]
		if s == nil || s.Err == nil {
			continue
		}
		lost = append(lost, stepError{Node: n.Name, Step: "discover", Err: s.Err})
		stops = stops || n.Role == inventory.RoleBootstrap || n.Role == inventory.RoleMaster
	}
	if !stops {
		return nil
	}
	return errors.Join(lost...)
}

func (r *Run) addresses(seen map[string]*Sight) (map[string]string, error) {
	addresses, owner := map[string]string{}, map[string]string{}
	for _, n := range r.Cluster.Nodes {
		s := seen[n.Name]
		if s == nil || s.Err != nil {
			addresses[n.Name] = knownAddress(n)
			continue
		}
		address, err := clusterAddress(n, s.Facts)
		if err != nil {
			return nil, r.Cluster.ErrorAt(n.Pos, err.Error(), "give the host a variable private_ip=ADDRESS")
		}
		if other := owner[address]; other != "" {
			return nil, r.Cluster.ErrorAt(n.Pos, fmt.Sprintf("%s and %s have the same address %s", other, n.Name, address),
				"they may be one machine under two names; else give each a variable private_ip=ADDRESS")
		}
		addresses[n.Name], owner[address] = address, n.Name
	}
	return addresses, nil
}

// facts are what the nodes have told that could be looked at.
func facts(seen map[string]*Sight) map[string]inventory.Facts {
	told := map[string]inventory.Facts{}
	for name, s := range seen {
		if s.Err == nil {
			told[name] = s.Facts.Ansible()
		}
	}
	return told
}

// judge holds a node against its role's requirements and tries the detection scripts.
func (r *Run) judge(ctx context.Context, n *inventory.Node, s Sight) []roles.Finding {
	findings := roles.Judge(s.Facts, r.spec(n, s))
	findings = append(findings, judgeInstalled(n, s.Facts, r.Cluster.Release)...)
	findings = append(findings, r.detect(ctx, n, s.Facts)...)
	findings = append(findings, s.Together...)
	if isThisMachine(n, s.Facts, r.here) {
		for i, f := range findings {
			if f.Reboot {
				findings[i].Hint = "reboot it by hand: dcosup runs on it, and cannot wait for it"
			}
		}
	}
	return slices.DeleteFunc(findings, func(f roles.Finding) bool { return !r.asked(f.ID) })
}

// spec is what a node is wanted for.
func (r *Run) spec(n *inventory.Node, s Sight) roles.Spec {
	spec := roles.Spec{Role: n.Role, Version: r.Cluster.Release.Version, SELinuxMode: r.Cluster.SELinuxMode, Policy: r.settings[n.Name].policy,
		Fixes:    r.settings[n.Name].fixes,
		Ours:     s.Install.Phase != "" && s.Install.Phase != remote.JobAbsent,
		Provided: slices.Contains(s.Facts.Jobs, genconfJob)}
	spec.WorkDir = workDir(r.Cluster)
	spec.Cloud = genconf.EnvironmentOf(genconf.DMI(s.Facts.DMI)) != ""
	spec.Address, _ = netip.ParseAddr(r.wanted.Addresses[n.Name]) // "" is none
	if v, ok := r.Cluster.Config.Get("check_time"); ok {
		spec.AllowUnsynchronised = v.Data == false || v.Data == "false"
	}
	if v, ok := r.Cluster.Config.Get("enable_ipv6"); ok {
		enabled := v.Data != false && v.Data != "false"
		spec.EnableIPv6 = &enabled
	}
	return spec
}

// judgeInstalled compares the DC/OS that a node has with the one it should have.
func judgeInstalled(n *inventory.Node, f roles.Facts, want inventory.Release) []roles.Finding {
	if f.DCOS.State != roles.DCOSInstalled || n.Role == inventory.RoleBootstrap {
		return nil
	}
	version := roles.Finding{Requirement: roles.Elsewhere(roles.IDDCOSVersion),
		Found: "DC/OS " + f.DCOS.Version, Need: "DC/OS " + want.Version}
	if want.Version != "" && f.DCOS.Version != want.Version {
		version.Status = roles.Fail
		version.Hint = "set dcos.version to " + f.DCOS.Version + ", or remove DC/OS first: dcosup reset"
	}
	role := roles.Finding{Requirement: roles.Elsewhere(roles.IDDCOSRole),
		Found: "installed as " + strings.Join(f.DCOS.Roles, ", "), Need: n.Role.InstallWord()}
	if len(f.DCOS.Roles) != 1 || f.DCOS.Roles[0] != n.Role.InstallWord() {
		role.Status = roles.Fail
		role.Hint = "move the host to the group of its role, or remove DC/OS from it first: dcosup reset -l " + n.Name
	}
	return []roles.Finding{version, role}
}

// askBootstrap asks the bootstrap node what is in the release's directory now.
func (r *Run) askBootstrap(ctx context.Context) (facts BootstrapFacts, err error) {
	b := r.Cluster.Bootstrap()
	var answer remote.Result
	conn, err := r.conn(ctx, b)
	if err == nil {
		answer, err = conn.Run(ctx, remote.Command{Name: "look for earlier runs", Script: bootstrapScript, Args: []string{r.wanted.Dir}, Again: true})
	}
	if err == nil {
		facts, err = parseBootstrap(answer.Stdout)
	}
	if err != nil {
		return facts, stepError{Node: b.Name, Step: "discover", Err: err}
	}
	return facts, nil
}

// parseBootstrap reads the answer of bootstrap.sh. An answer that was cut off
// must not look like a node on which nothing was done yet.
func parseBootstrap(answer []byte) (BootstrapFacts, error) {
	var b BootstrapFacts
	whole := false
	for line := range bytes.Lines(answer) {
		key, value, _ := strings.Cut(strings.TrimRight(string(line), "\n"), "=")
		switch key {
		case "release":
			b.Release = value
		case "genconf":
			b.Genconf = value
		case "packages":
			b.Packages = value
		case "generator":
			b.Generator = true
		case "served":
			b.Served = true
		case "serving":
			b.Serving = true
		case "end":
			whole = true
		default:
			return b, fmt.Errorf("an answer that makes no sense: %q", line)
		}
	}
	if !whole {
		return b, errors.New("the answer ends too early")
	}
	return b, nil
}

// tellFound tells what was seen of one node, as soon as it is known. Masters that
// -l leaves out are looked at, but what they lack is not this run's concern.
func (r *Run) tellFound(n *inventory.Node, s Sight) {
	if s.Err == nil && !n.Selected && n.Role != inventory.RoleBootstrap {
		return
	}
	e := Event{Type: NodeFound, Stage: StageDiscover, Node: n.Name}
	for _, f := range s.Findings {
		e.Findings = append(e.Findings, checked(f))
	}
	if s.Err != nil {
		f := failureOf(s.Err, n.Name, "discover")
		e.Failure = &f
	}
	r.emit(e)
}

func checked(f roles.Finding) CheckedFinding {
	return CheckedFinding{Requirement: f.ID, Title: f.Title, Why: f.Why, Status: f.Status.String(),
		Found: f.Found, Need: f.Need, Fix: f.Fix, Reboot: f.Reboot, Hint: f.Hint, Reason: f.Reason, Measured: f.Measured}
}
