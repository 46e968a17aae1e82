package installer

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

//go:embed scripts/ports-open.sh
var portsOpenScript string

//go:embed scripts/ports-close.sh
var portsCloseScript string

// Where units are that a reboot takes away, and where it is kept what came over UDP.
const (
	unitsDir = "/run/systemd/system"
	heardDir = "/run/dcosup"
)

// closeTime is how long closing the sockets may take, also after Ctrl-C: what is
// not closed by then closes by itself five minutes after it was opened.
const closeTime = 20 * time.Second

// network is one trial of the ways between nodes.
type network struct {
	*Run
	taking []*inventory.Node // that could be looked at
	places []roles.Place     // they, as others reach them
	paths  []roles.Path
	facts  map[string]roles.Facts // by node
	units  string                 // as unitsDir
	state  string                 // as heardDir

	mu     sync.Mutex
	opened map[string]bool                   // nodes that have, or may have, sockets to be closed
	deaf   map[string]bool                   // nodes that could not open their sockets
	said   map[string]map[string]roles.Reach // what nodes say of the ways that they tried
	heard  map[string][]string               // addresses from which a node got something over UDP
}

// networkIDs are the requirements that need a trial of the network.
var networkIDs = []string{roles.IDNetwork, roles.IDLatency, roles.IDBandwidth}

// TriesNetwork tells whether some of the requirements need Options.Network.
func TriesNetwork(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(networkIDs, id) })
}

// tryNetwork tries the ways between all nodes that were looked at, and judges them:
// findings for each node. What keeps a node from taking part is noted. When ctx is
// done they mean nothing.
func (r *Run) tryNetwork(ctx context.Context, nodes []*inventory.Node, seen map[string]*Sight) map[string][]roles.Finding {
	t := r.newNetwork(nodes, seen)
	found := map[string][]roles.Finding{}
	add := func(name string, f roles.Finding) { found[name] = append(found[name], f) }
	defer t.closeAll(ctx)
	if r.asked(roles.IDNetwork) || r.asked(roles.IDLatency) {
		t.tryPorts(ctx)
	}
	if r.asked(roles.IDLatency) && ctx.Err() == nil {
		for name, f := range roles.JudgeLatency(t.places, t.policies(), t.trips(ctx)) {
			add(name, f)
		}
	}
	if r.asked(roles.IDNetwork) {
		t.closeAll(ctx) // what came over UDP is told then
		tried := t.results()
		for _, n := range t.taking {
			add(n.Name, roles.JudgePaths(n.Name, r.settings[n.Name].policy, tried))
		}
	}
	if r.asked(roles.IDBandwidth) && ctx.Err() == nil {
		for name, f := range t.bandwidth(ctx) {
			add(name, f)
		}
	}
	return found
}

// policies are those of the nodes, by name.
func (t *network) policies() map[string]roles.Policy {
	all := map[string]roles.Policy{}
	for name, s := range t.settings {
		all[name] = s.policy
	}
	return all
}

func (r *Run) newNetwork(nodes []*inventory.Node, seen map[string]*Sight) *network {
	t := &network{Run: r, units: unitsDir, state: heardDir, facts: map[string]roles.Facts{}, opened: map[string]bool{}, deaf: map[string]bool{},
		said: map[string]map[string]roles.Reach{}, heard: map[string][]string{}}
	for _, n := range nodes {
		if s := seen[n.Name]; s.Err == nil {
			t.taking = append(t.taking, n)
			t.facts[n.Name] = s.Facts
			t.places = append(t.places, roles.Place{Name: n.Name, Role: n.Role, Address: r.wanted.Addresses[n.Name]})
		}
	}
	t.paths = roles.Paths(t.places, r.Cluster.Release.Version, t.installPort())
	return t
}

// installPort is where the bootstrap node serves the install files.
func (t *network) installPort() int {
	port, _ := strconv.Atoi(t.wanted.port()) // of a URL that was parsed
	return port
}

// open opens a node's sockets for the others, and closes those that are open.
func (t *network) open(ctx context.Context, n *inventory.Node, ports []string) {
	if len(ports) == 0 {
		return
	}
	t.mu.Lock()
	t.opened[n.Name] = true // also if it comes half-way only
	t.mu.Unlock()
	_, err := t.script(ctx, n, "open ports for other nodes", portsOpenScript, append([]string{t.units, t.state, t.address(n.Name)}, ports...))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deaf[n.Name] = err != nil
}

// taken tells whether something holds the port already, at the address that the
// other nodes reach.
func (t *network) taken(p roles.Path) bool {
	address, _ := netip.ParseAddr(t.address(p.To))
	return slices.ContainsFunc(t.facts[p.To].Sockets, func(s roles.Socket) bool {
		return s.Proto == p.Proto && s.Port == p.Port && (s.Address.IsUnspecified() || s.Address == address)
	})
}

func (t *network) address(name string) string {
	for _, p := range t.places {
		if p.Name == name {
			return p.Address
		}
	}
	return ""
}

// closeAll closes all that was opened and is not closed yet.
func (t *network) closeAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	t.each(t.taking, func(n *inventory.Node) {
		t.mu.Lock()
		opened := t.opened[n.Name]
		delete(t.opened, n.Name)
		t.mu.Unlock()
		if opened {
			t.close(ctx, n)
		}
	})
}

// close closes a node's sockets, and takes in what it heard.
func (t *network) close(ctx context.Context, n *inventory.Node) {
	answer, err := t.script(ctx, n, "close the ports again", portsCloseScript, []string{t.units, t.state})
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard[n.Name] = strings.Fields(answer)
}

func (t *network) script(ctx context.Context, n *inventory.Node, name, script string, args []string) (string, error) {
	conn, err := t.conn(ctx, n)
	var answer remote.Result
	if err == nil {
		answer, err = conn.Run(ctx, remote.Command{Name: name, Script: script, Args: args, Again: true})
	}
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		t.note(n, err)
	}
	return string(answer.Stdout), err
}

func (t *network) note(n *inventory.Node, err error) {
	f := Describe(err, n.Name)
	t.emit(Event{Type: Note, Stage: StageDiscover, Node: n.Name, Message: strings.Join(append([]string{f.Message}, f.Stderr...), ": ")})
}

// tell tells what is being done, or is not, on no node in particular.
func (t *network) tell(format string, args ...any) {
	t.emit(Event{Type: Note, Stage: StageDiscover, Message: fmt.Sprintf(format, args...)})
}

// wholeLines are the lines of an answer, which must close with "end".
func wholeLines(answer string) ([]string, error) {
	lines := strings.Split(strings.TrimSuffix(answer, "\n"), "\n")
	last := len(lines) - 1
	if lines[last] != "end" {
		return nil, errors.New("the answer ends too early")
	}
	return lines[:last], nil
}

// senseless is the error of a line that no script of ours prints.
func senseless(line string) error { return fmt.Errorf("an answer that makes no sense: %.80q", line) }
