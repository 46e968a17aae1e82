// Package adhoc does one thing on many nodes at once, as Ansible's ad hoc
// commands do: ping, look at host keys, run a command, copy a file there or
// back. It knows nothing of DC/OS, and prints nothing.
//
//	crew := adhoc.Crew{Dialer: dialer, Ways: ways, Nodes: nodes, Forks: 50}
//	for _, r := range crew.Exec(ctx, remote.Command{Script: "uname -r"}) {
//		fmt.Println(r.Node, r.Stdout, r.Err)
//	}
package adhoc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dcosup/inventory"
	"dcosup/reach"
	"dcosup/remote"
)

// Crew are nodes that do the same thing.
type Crew struct {
	Dialer *remote.Dialer
	Ways   *reach.Ways
	Nodes  []*inventory.Node
	// Forks is how many nodes are talked to at once. Default: 50.
	Forks int
	// Stop, when closed, starts on no further node; those that have begun are
	// waited for.
	Stop <-chan struct{}
	// Ended is told of each node that has ended, one call at a time.
	Ended func(node string)
}

// ErrNotStarted is the error of a node whose turn never came.
var ErrNotStarted = errors.New("not started: the command was interrupted")

// Result is how one node did.
type Result struct {
	Node string
	// Err is why it could not be done: the node could not be reached, or a file
	// could not be copied. A command that ran and failed is no such error.
	Err            error
	Took           time.Duration
	ExitCode       int
	Stdout, Stderr string
	Truncated      bool // there was more output than is kept
	Changed        bool // of a file: it was not there already
	Path           string
}

// Failed tells whether the node did not do what was asked.
func (r Result) Failed() bool { return r.Err != nil || r.ExitCode != 0 }

// each calls do for the numbers below n, at most Forks at once. A number whose
// turn never comes is given to left.
func (c Crew) each(ctx context.Context, n int, name func(int) string, do func(i int), left func(i int)) {
	forks := c.Forks
	if forks < 1 {
		forks = 50
	}
	slots := make(chan struct{}, forks)
	var all sync.WaitGroup
	var telling sync.Mutex
	for i := range n {
		select {
		case <-c.Stop:
			left(i)
			continue
		case <-ctx.Done():
			left(i)
			continue
		default:
		}
		select {
		case slots <- struct{}{}:
		case <-c.Stop:
			left(i)
			continue
		case <-ctx.Done():
			left(i)
			continue
		}
		all.Go(func() {
			defer func() { <-slots }()
			do(i)
			if c.Ended != nil {
				telling.Lock()
				defer telling.Unlock()
				c.Ended(name(i))
			}
		})
	}
	all.Wait()
}

// on connects to every node and does something there; results are in the order
// of the nodes.
func (c Crew) on(ctx context.Context, do func(context.Context, *remote.Conn, *Result) error) []Result {
	results := make([]Result, len(c.Nodes))
	for i, n := range c.Nodes {
		results[i].Node = n.Name
	}
	name := func(i int) string { return c.Nodes[i].Name }
	c.each(ctx, len(c.Nodes), name, func(i int) {
		began, r := time.Now(), &results[i]
		conn, err := c.Dialer.Connect(ctx, c.Ways.Target(r.Node))
		if err == nil {
			err = do(ctx, conn, r)
			_ = conn.Close()
		}
		r.Err, r.Took = err, time.Since(began)
	}, func(i int) { results[i].Err = ErrNotStarted })
	return results
}

// Exec runs a command on every node. Output is told as it comes to listen, by
// node, if that is not nil.
func (c Crew) Exec(ctx context.Context, cmd remote.Command, listen func(node, line string)) []Result {
	return c.on(ctx, func(ctx context.Context, conn *remote.Conn, r *Result) error {
		cmd := cmd
		if listen != nil {
			lines := remote.Lines(func(line string) { listen(r.Node, line) })
			cmd.Stdout, cmd.Stderr = lines, lines
		}
		res, err := conn.Run(ctx, cmd)
		r.Stdout, r.Stderr, r.Truncated, r.ExitCode = string(res.Stdout), string(res.Stderr), res.Truncated, res.ExitCode
		var failed *remote.CommandError
		if errors.As(err, &failed) && failed.Cause == nil && failed.Signal == "" {
			return nil // it ran
		}
		return err
	})
}

// Push puts a file in place on every node.
func (c Crew) Push(ctx context.Context, u remote.Upload) []Result {
	return c.on(ctx, func(ctx context.Context, conn *remote.Conn, r *Result) (err error) {
		r.Path = u.Dest
		r.Changed, err = conn.Upload(ctx, u)
		return err
	})
}

// Pull fetches a file from every node into DIR/NODE/PATH.
func (c Crew) Pull(ctx context.Context, path, dir string) []Result {
	return c.on(ctx, func(ctx context.Context, conn *remote.Conn, r *Result) (err error) {
		r.Path = filepath.Join(dir, safeName(r.Node), filepath.Clean("/"+path))
		if err := os.MkdirAll(filepath.Dir(r.Path), 0o755); err != nil {
			return err
		}
		r.Changed, err = conn.Download(ctx, remote.Download{Path: path, Dest: r.Path})
		return err
	})
}

// safeName is a node's name as one part of a path.
func safeName(name string) string {
	name = strings.ReplaceAll(name, "/", "_")
	if name == "." || name == ".." {
		return "_" + name
	}
	return name
}

// Pinged is what a ping found on one node.
type Pinged struct {
	Node, Address string
	Checks        []remote.Check
}

// Failure is the stage that failed, if one did. That of sftp is none: files then
// go another way.
func (p Pinged) Failure() (remote.Check, bool) {
	for _, check := range p.Checks {
		if check.Err != nil && check.Stage != remote.StageSFTP {
			return check, true
		}
	}
	return remote.Check{}, false
}

// Ping goes through every stage of reaching every node.
func (c Crew) Ping(ctx context.Context) []Pinged {
	pinged := make([]Pinged, len(c.Nodes))
	for i, n := range c.Nodes {
		t := c.Ways.Target(n.Name)
		pinged[i] = Pinged{Node: n.Name, Address: address(t)}
	}
	name := func(i int) string { return pinged[i].Node }
	c.each(ctx, len(pinged), name, func(i int) { pinged[i].Checks = c.Dialer.Ping(ctx, c.Ways.Target(pinged[i].Node)) },
		func(i int) { pinged[i].Checks = []remote.Check{{Stage: remote.StageDial, Err: ErrNotStarted}} })
	return pinged
}

func address(t remote.Target) string {
	switch {
	case t.Local:
		return "this machine"
	case t.Port == 0 || t.Port == 22:
		return t.Host
	}
	return t.Addr()
}

// Met is a machine and the host keys that it showed.
type Met struct {
	Target remote.Target
	Keys   []remote.HostKey
	Err    error
}

// Machines are all that are connected to: the nodes, and before them the jumps
// on the way to them; each once.
func (c Crew) Machines() []remote.Target {
	var all []remote.Target
	seen := map[string]bool{}
	var add func(t remote.Target)
	add = func(t remote.Target) {
		if t.Jump != nil {
			add(*t.Jump)
		}
		id := fmt.Sprint(t.HostKeyName, t.Addr())
		if !t.Local && !seen[id] {
			seen[id] = true
			all = append(all, t)
		}
	}
	for _, n := range c.Nodes {
		add(c.Ways.Target(n.Name))
	}
	return all
}

// Strangers are the machines of which known_hosts says nothing, and that are
// reached through none of those.
func (c Crew) Strangers() ([]remote.Target, error) {
	var strangers []remote.Target
	for _, t := range c.Machines() {
		known, err := c.Dialer.HasHostKey(t)
		if err != nil {
			return nil, err
		}
		for jump := t.Jump; jump != nil && !known; jump = jump.Jump {
			behind, err := c.Dialer.HasHostKey(*jump)
			if err != nil {
				return nil, err
			}
			known = !behind // its turn comes when the jump is known
		}
		if !known && t.HostKeys == remote.Strict {
			strangers = append(strangers, t)
		}
	}
	return strangers, nil
}

// HostKeys asks machines for their host keys.
func (c Crew) HostKeys(ctx context.Context, machines []remote.Target) []Met {
	met := make([]Met, len(machines))
	name := func(i int) string { return machines[i].Name }
	c.each(ctx, len(machines), name, func(i int) {
		met[i].Target = machines[i]
		met[i].Keys, met[i].Err = c.Dialer.ScanHostKeys(ctx, machines[i])
	}, func(i int) { met[i] = Met{Target: machines[i], Err: ErrNotStarted} })
	return met
}
