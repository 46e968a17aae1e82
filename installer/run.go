package installer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"dcosup/dcos"
	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
	"dcosup/secret"
)

// Config is what a run works on and with.
type Config struct {
	Cluster *inventory.Cluster
	Ways    *reach.Ways // to the cluster's nodes
	Dialer  *remote.Dialer
	// Emit is called for every event, one at a time, in order.
	Emit func(Event)
	// Stop, when closed, starts nothing new; what runs is waited for.
	Stop <-chan struct{}
	Options
}

// Options are what a person can choose for a run. The zero value is not the
// default: take DefaultOptions.
type Options struct {
	// ID names the run in events and logs.
	ID string
	// Forks is how many nodes are talked to at once.
	Forks int
	// Downloads is how many agents install at once: each downloads the whole
	// package set from the bootstrap node.
	Downloads int
	// MaxFail is how many nodes may fail before nothing new is started; below
	// zero there is no bound. A failed master always stops the agents.
	MaxFail int
	// Lenient only warns of what DC/OS's generator would take, though we would not.
	Lenient bool
	// Only and Skip choose requirements by their ids: those of Only, or all where
	// it is empty, but for those of Skip.
	Only, Skip []string
	// Unjudged goes on with a configuration that the generator would refuse: for
	// what installs nothing from it, on clusters that were installed from another.
	Unjudged bool
	// Network has a check try the ways between the nodes.
	Network bool
	Choices
	// NodeBinary is the dcosup that is copied to the bootstrap node to serve
	// the files there. It must be built for Linux on the node's architecture.
	NodeBinary string
	// Holder tells a second operator who holds the lock.
	Holder string
	// Flags are the words that a next command has to repeat, such as "-i hosts".
	Flags string
	// GenconfTimeout, InstallTimeout and HealthTimeout bound the generator, one
	// node's installation, and the wait for health after it.
	GenconfTimeout, InstallTimeout, HealthTimeout time.Duration
	// RebootTimeout bounds the wait for a node that reboots.
	RebootTimeout time.Duration
}

// DefaultOptions are for clusters of any size. An installation may take 30
// minutes: on a slow link the packages alone take most of that, and DC/OS's own
// units have no deadline. The waits for health are those of its old installer.
// Big machines take minutes to get through their firmware: 10 for a reboot.
func DefaultOptions() Options {
	return Options{Forks: 50, Downloads: 100, MaxFail: -1,
		GenconfTimeout: 30 * time.Minute, InstallTimeout: 30 * time.Minute, HealthTimeout: 15 * time.Minute, RebootTimeout: 10 * time.Minute}
}

// asked tells whether a requirement is among those that were chosen.
func (o Options) asked(id string) bool {
	return (len(o.Only) == 0 || slices.Contains(o.Only, id)) && !slices.Contains(o.Skip, id)
}

// Run is one execution of a command on a cluster. Its methods check, plan,
// apply, reset and status are each called at most once.
type Run struct {
	Config
	began   time.Time
	here    string        // this machine's boot
	secrets []secret.Text // which no event may hold

	emitting sync.Mutex
	mu       sync.Mutex
	locked   *clusterLock        // nil while none was taken
	conns    map[string]*dialing // by node
	found    Discovery
	wanted   Wanted
	settings map[string]nodeSettings // what the inventory says of requirements and fixes, by node
	plan     Plan
	results  map[string]result // of the plan's steps that have ended, by id
	health   *dcos.Report      // the cluster's last word on itself; nil when it was not asked
}

// New prepares a run. Nothing is connected yet.
func New(c Config) *Run {
	return &Run{Config: c, began: time.Now(), here: bootHere(), secrets: secretsOf(c.Cluster), conns: map[string]*dialing{}, results: map[string]result{}}
}

// Close ends all connections of the run.
func (r *Run) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.conns {
		if d.conn != nil {
			_ = d.conn.Close()
		}
	}
	r.conns = map[string]*dialing{}
}

// Check looks at every node and judges it. Nothing is changed; where the network
// is tried, nothing that is left. Two that try it at once would be in each
// other's way: the lock is for one.
func (r *Run) Check(ctx context.Context) Summary {
	r.start("check")
	if r.Network {
		locked, release, err := r.lock(ctx)
		if err != nil {
			return r.fail("check", err)
		}
		defer release()
		ctx = locked
	}
	if err := r.discover(ctx); err != nil {
		return r.fail("check", err)
	}
	return r.end(r.summary("check", r.unmetNodes(true)))
}

// CheckAndFix fixes what the selected nodes lack, as far as it can, and checks
// again: what is then found is what counts.
func (r *Run) CheckAndFix(ctx context.Context) Summary {
	r.start("check")
	defer r.connectAhead(ctx)()
	ctx, release, err := r.lock(ctx)
	if err != nil {
		return r.fail("check", err)
	}
	defer release()
	if err := r.discover(ctx); err != nil {
		return r.fail("check", err)
	}
	r.plan = MakeFixPlan(r.Cluster, r.found, r.Choices)
	if !r.plan.Changes() {
		for _, note := range r.plan.Notes {
			r.emit(Event{Type: Note, Message: note})
		}
		return r.end(r.summary("check", r.unmetNodes(true)))
	}
	r.emit(Event{Type: PlanMade, Plan: &r.plan})
	failures := r.execute(ctx)
	if r.stopped() || ctx.Err() != nil {
		return r.end(r.summary("check", failures))
	}
	if err := r.discover(ctx); err != nil {
		return r.fail("check", err)
	}
	return r.end(r.summary("check", stillUnmet(r.unmetNodes(true), failures)))
}

// stillUnmet are the failures that a check found after fixes, with what failed
// fixes printed, and those of fixes that have another cause.
func stillUnmet(found, fixes []Failure) []Failure {
	for _, f := range fixes {
		i := slices.IndexFunc(found, func(g Failure) bool { return g.Node == f.Node })
		switch {
		case i >= 0 && found[i].Stderr == nil:
			found[i].Stderr = f.Stderr
		case i < 0 && f.Kind != KindPrerequisite && f.Kind != KindUnreachable:
			found = append(found, f)
		}
	}
	return found
}

// Plan says what Apply would do. Nothing is changed.
func (r *Run) Plan(ctx context.Context) Summary {
	r.start("plan")
	if err := r.discover(ctx); err != nil {
		return r.fail("plan", err)
	}
	if failures := r.unmetNodes(false); len(failures) > 0 {
		return r.end(r.summary("plan", failures))
	}
	if err := r.makePlan(ctx); err != nil {
		return r.fail("plan", err)
	}
	return r.end(r.summary("plan", r.unreachable()))
}

// Apply makes the nodes the cluster that the inventory describes.
func (r *Run) Apply(ctx context.Context) Summary {
	r.start("apply")
	defer r.connectAhead(ctx)()
	ctx, release, err := r.lock(ctx)
	if err != nil {
		return r.fail("apply", err)
	}
	defer release()
	if err := r.discover(ctx); err != nil {
		return r.fail("apply", err)
	}
	if failures := r.unmetNodes(false); len(failures) > 0 {
		return r.end(r.summary("apply", failures))
	}
	if err := r.makePlan(ctx); err != nil {
		return r.fail("apply", err)
	}
	return r.end(r.summary("apply", r.execute(ctx)))
}

// Status asks every node and the cluster itself how they are. Nothing is changed.
func (r *Run) Status(ctx context.Context) Summary {
	r.start("status")
	if err := r.discover(ctx); err != nil {
		return r.fail("status", err)
	}
	return r.end(r.summary("status", r.assess(ctx)))
}

// Reset removes DC/OS, and what dcosup keeps, from every selected node.
func (r *Run) Reset(ctx context.Context) Summary {
	r.start("reset")
	defer r.connectAhead(ctx)()
	ctx, release, err := r.lock(ctx)
	if err != nil {
		return r.fail("reset", err)
	}
	defer release()
	if err := r.discover(ctx); err != nil {
		return r.fail("reset", err)
	}
	r.plan = MakeResetPlan(r.Cluster, r.found, r.Choices)
	r.emit(Event{Type: PlanMade, Plan: &r.plan})
	return r.end(r.summary("reset", r.execute(ctx)))
}

// makePlan plans and tells of it. A release on this machine is read only when
// something is to be installed from it: reading a gigabyte takes seconds. What
// is installed gets only what the rest of the cluster has.
func (r *Run) makePlan(ctx context.Context) (err error) {
	installs := needsInstall(r.Cluster, r.found)
	if installs {
		if r.wanted.Release, err = resolveRelease(r.Cluster); err != nil {
			return err
		}
		if r.wanted.URL == nil {
			return unservable(r.Cluster)
		}
	}
	if r.wanted.Drift, err = r.drift(ctx); err != nil {
		return err
	}
	if installs && r.wanted.Drift.Any() {
		return r.wanted.Drift.refused(r.Cluster)
	}
	r.plan = MakePlan(r.Cluster, r.found, r.wanted, r.Choices)
	r.emit(Event{Type: PlanMade, Plan: &r.plan})
	return nil
}

// execute walks the plan and returns the failures of its steps.
func (r *Run) execute(ctx context.Context) []Failure {
	failures := r.unreachable()
	s := schedule{Do: r.do, Limit: r.limit, MaxFail: r.MaxFail, Stop: r.Stop,
		Started: func(step Step) {
			r.emit(Event{Type: StepStarted, Stage: step.Stage, Step: step.ID, Node: step.Node, Message: step.Title})
		},
		Ended: func(step Step, res result) {
			if f := r.stepEnded(ctx, step, res); f != nil {
				failures = append(failures, *f)
			}
		}}
	if s.MaxFail >= 0 {
		s.MaxFail = max(0, s.MaxFail-len(failures))
	}
	results, err := s.Run(ctx, r.plan.Steps)
	if err != nil {
		return append(failures, failureOf(err, "", ""))
	}
	if undone := undone(results); undone > 0 && (r.stopped() || ctx.Err() != nil) {
		failures = append(failures, r.interruption(ctx, undone, len(results)))
	}
	return failures
}

// stepEnded tells of the end of a step, and returns its failure if it failed.
func (r *Run) stepEnded(ctx context.Context, step Step, res result) *Failure {
	e := Event{Type: StepEnded, Stage: step.Stage, Step: step.ID, Node: step.Node,
		Outcome: res.Outcome, Seconds: res.Took.Seconds()}
	switch res.Outcome {
	case Failed:
		f := failureOf(res.Err, step.Node, step.ID)
		e.Failure, e.Message = &f, f.Message
	case Skipped:
		e.Message = fmt.Sprintf("%s did not succeed", res.Because)
	}
	r.mu.Lock()
	r.results[step.ID] = res
	r.mu.Unlock()
	r.emit(e)
	return e.Failure
}

// stopped tells whether a person asked to start nothing new.
func (r *Run) stopped() bool {
	select {
	case <-r.Stop:
		return true
	default:
		return false
	}
}

// interruption says why a run ended before its plan did. Long jobs go on on
// their nodes: the next run finds them.
func (r *Run) interruption(ctx context.Context, undone, steps int) Failure {
	if cause := context.Cause(ctx); errors.Is(cause, remote.ErrLockLost) {
		return failureOf(hinted{cause, "see whether the bootstrap node is up, then run the same command again"}, r.Cluster.Bootstrap().Name, "lock")
	}
	return Failure{Kind: KindInterrupted, Message: fmt.Sprintf("interrupted: %d of %d steps are left", undone, steps),
		Hint: "installations that had begun go on on their nodes; run the same command again, it finds them"}
}

// undone counts the steps that did not come to their end.
func undone(results map[string]result) int {
	n := 0
	for _, res := range results {
		if res.Outcome != Changed && res.Outcome != Unchanged {
			n++
		}
	}
	return n
}

// limit bounds how many steps of one action run at once, one number for each
// kind of cost: installing is the bootstrap node's uplink, all else is this
// machine's connections.
func (r *Run) limit(a Action) int {
	if a == ActInstall {
		return r.Downloads
	}
	return r.Forks
}

// dialing is a connection that is being made, or was: everybody who needs it
// waits for the one attempt.
type dialing struct {
	once sync.Once
	conn *remote.Conn
	err  error
}

// conn returns the node's connection: the first call connects. After a failure
// the next call tries anew.
func (r *Run) conn(ctx context.Context, n *inventory.Node) (*remote.Conn, error) {
	r.mu.Lock()
	d := r.conns[n.Name]
	if d == nil {
		d = &dialing{}
		r.conns[n.Name] = d
	}
	r.mu.Unlock()
	d.once.Do(func() { d.conn, d.err = r.Dialer.Connect(ctx, r.Ways.Target(n.Name)) })
	if d.err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.conns[n.Name] == d {
			delete(r.conns, n.Name)
		}
	}
	return d.conn, d.err
}

// goOnWith replaces the cluster by the same one that knows more. What it has learnt
// can be secret, too.
func (r *Run) goOnWith(c *inventory.Cluster) {
	r.emitting.Lock()
	defer r.emitting.Unlock()
	r.Cluster, r.secrets = c, secretsOf(c)
}

// connectAhead begins to connect to all nodes, so that they need not wait for
// the lock. Failures show when a node is looked at. The returned function ends it.
func (r *Run) connectAhead(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	nodes := InScope(r.Cluster)
	go func() {
		defer close(done)
		r.each(nodes, func(n *inventory.Node) { _, _ = r.conn(ctx, n) })
	}()
	return func() {
		cancel()
		<-done
	}
}

// each calls do for all nodes, at most Forks at once, and waits for all.
func (r *Run) each(nodes []*inventory.Node, do func(*inventory.Node)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, r.Forks))
	for _, n := range nodes {
		wg.Add(1)
		slots <- struct{}{}
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			do(n)
		}()
	}
	wg.Wait()
}

func (r *Run) start(command string) {
	e := Event{Type: RunStarted, Command: command, Cluster: r.Cluster.Name}
	for _, n := range r.Cluster.Nodes {
		e.Nodes = append(e.Nodes, NodeName{Name: n.Name, Role: n.Role})
	}
	r.emit(e)
}

func (r *Run) end(s Summary) Summary {
	s = s.without(r.secrets)
	r.emit(Event{Type: RunEnded, Command: s.Command, Summary: &s})
	return s
}

func (r *Run) fail(command string, err error) Summary {
	return r.end(r.summary(command, failuresOf(err)))
}

// emit completes an event and hands it on. Steps run side by side; events do not.
func (r *Run) emit(e Event) {
	r.emitting.Lock()
	defer r.emitting.Unlock()
	e.Time, e.Run = time.Now(), r.ID
	if n := r.Cluster.Node(e.Node); n != nil {
		e.Role = n.Role
	}
	if r.Emit != nil {
		r.Emit(e.without(r.secrets))
	}
}
