package node

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// States of an ensemble's member, with the codes that Exhibitor gives them.
const (
	stateLatent     = 0
	stateDown       = 1
	stateNotServing = 2
	stateServing    = 3
)

func stateName(code int) string {
	return []string{"latent", "down", "not serving", "serving"}[code]
}

// settle is for how many looks in a row a leader must be the same before it counts. A member that is started has to see
// the others first, as ZooKeeper has.
const settle = 4

// ensemble is one exhibitor with its ZooKeeper: a member of the group of masters that elects.
//
// A member looks at all others each tick. With a quorum in sight, the leader is a member in sight that says it leads,
// else the first in the list. The leader keeps who stands for election in which group; it forgets that when it loses the
// quorum, and whoever still stands says so again within a tick.
type ensemble struct {
	n Node

	mu      sync.Mutex
	peers   map[string]peer // in sight at the last look, this member included
	leader  string
	steady  int // looks in a row with this leader
	groups  map[string]map[string]candidate
	lastSeq int64
}

// peer is what a member tells the others about itself.
type peer struct {
	Leader  string `json:"leader"`
	State   int    `json:"state"`
	Cluster string `json:"cluster"`
}

// candidate stands for election. The lowest seq leads.
type candidate struct {
	seq  int64
	seen time.Time
}

// standing is the ensemble's answer to a candidate, or to whoever asks for a leader.
type standing struct {
	Leader  string `json:"leader"` // "" while there is none
	Seq     int64  `json:"seq"`
	Cluster string `json:"cluster"`
}

func (n Node) runExhibitor(ctx context.Context) error {
	e := &ensemble{n: n, peers: map[string]peer{}, groups: map[string]map[string]candidate{}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	defer group.Wait()
	zookeeper := make(chan error, 1)
	group.Go(func() { n.every(ctx, func() { e.look(ctx) }) })
	group.Go(func() {
		err := e.serveZooKeeper(ctx)
		if err != nil {
			cancel()
		}
		zookeeper <- err
	})
	err := n.serve(ctx, n.Ports.Exhibitor, e.routes())
	cancel()
	if zkErr := <-zookeeper; zkErr != nil {
		return zkErr
	}
	return err
}

// look asks every other member and settles who leads.
func (e *ensemble) look(ctx context.Context) {
	found := make(map[string]peer)
	var mu sync.Mutex
	var asked sync.WaitGroup
	for _, member := range e.n.Settings.Masters {
		if member == e.n.Address {
			continue
		}
		asked.Go(func() {
			var p peer
			if e.n.call(ctx, http.MethodGet, member, e.n.Ports.Exhibitor, "/standin/v1/peer", &p) == nil {
				mu.Lock()
				defer mu.Unlock()
				found[member] = p
			}
		})
	}
	asked.Wait()
	if ctx.Err() != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	// A node whose address is not in the list of masters never counts: DC/OS would not form with it either.
	if slices.Contains(e.n.Settings.Masters, e.n.Address) {
		found[e.n.Address] = peer{Leader: e.leader, State: e.state()}
	}
	e.peers = found
	e.follow(e.choose())
	for _, p := range found {
		e.n.keepClusterID(p.Cluster)
	}
	if e.leads() && e.state() == stateServing {
		e.n.keepClusterID(newUUID())
	}
}

// choose gives the leader by what is in sight, "" without a quorum.
func (e *ensemble) choose() string {
	if len(e.peers) <= len(e.n.Settings.Masters)/2 {
		return ""
	}
	first := ""
	for _, member := range e.n.Settings.Masters {
		p, inSight := e.peers[member]
		if inSight && p.Leader == member {
			return member
		}
		if inSight && first == "" {
			first = member
		}
	}
	return first
}

func (e *ensemble) follow(leader string) {
	if leader == e.leader {
		e.steady++
		return
	}
	e.n.logf("leader of the ensemble was %q and is %q", e.leader, leader)
	e.leader, e.steady = leader, 0
	e.groups = map[string]map[string]candidate{}
}

func (e *ensemble) leads() bool { return e.leader != "" && e.leader == e.n.Address }

func (e *ensemble) state() int {
	_, counted := e.peers[e.n.Address]
	switch {
	case !counted:
		return stateLatent
	case e.leader == "":
		return stateNotServing
	case e.steady < settle:
		return stateLatent
	}
	return stateServing
}

func (e *ensemble) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /exhibitor/v1/cluster/status", e.answerStatus)
	mux.HandleFunc("GET /exhibitor/v1/cluster/list", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"servers": e.n.Settings.Masters, "port": e.n.Ports.ZooKeeper})
	})
	mux.HandleFunc("GET /standin/v1/peer", func(w http.ResponseWriter, _ *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		answer(w, peer{Leader: e.leader, State: e.state(), Cluster: e.n.clusterID()})
	})
	mux.HandleFunc("/standin/v1/groups/{group}", e.answerGroup)
	return mux
}

func (e *ensemble) answerStatus(w http.ResponseWriter, _ *http.Request) {
	type member struct {
		Code        int    `json:"code"`
		Description string `json:"description"`
		Hostname    string `json:"hostname"`
		IsLeader    bool   `json:"isLeader"`
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	members := []member{}
	for _, name := range e.n.Settings.Masters {
		p, inSight := e.peers[name]
		switch {
		case name == e.n.Address:
			p.State = e.state()
		case !inSight:
			p.State = stateDown
		}
		members = append(members, member{p.State, stateName(p.State), name, p.State == stateServing && name == e.leader})
	}
	answer(w, members)
}

// answerGroup takes a candidate (POST with id and seq) or tells who leads (GET). The ensemble's leader knows; the others
// pass the question on, once.
func (e *ensemble) answerGroup(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	leader, state, leads := e.leader, e.state(), e.leads()
	e.mu.Unlock()
	switch {
	case leader == "":
		http.Error(w, "no quorum", http.StatusServiceUnavailable)
	case leads:
		seq, _ := strconv.ParseInt(r.FormValue("seq"), 10, 64) // 0: a new candidate
		answer(w, e.stand(r.PathValue("group"), r.FormValue("id"), seq, state == stateServing))
	case r.FormValue("passed") != "":
		http.Error(w, "not the leader", http.StatusServiceUnavailable)
	default:
		query := r.URL.Query()
		query.Set("passed", "1")
		var s standing
		if err := e.n.call(r.Context(), r.Method, leader, e.n.Ports.Exhibitor, r.URL.EscapedPath()+"?"+query.Encode(), &s); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		answer(w, s)
	}
}

// stand enters a candidate, when id names one, and gives the group's leader once the ensemble is settled.
func (e *ensemble) stand(name, id string, seq int64, settled bool) standing {
	e.mu.Lock()
	defer e.mu.Unlock()
	group := e.groups[name]
	if group == nil {
		group = map[string]candidate{}
		e.groups[name] = group
	}
	now := time.Now()
	if id != "" {
		c, known := group[id]
		if !known {
			c.seq = seq
			if seq == 0 {
				c.seq = e.lastSeq + 1
			}
			e.lastSeq = max(e.lastSeq, c.seq)
		}
		c.seen = now
		group[id] = c
	}
	s := standing{Seq: group[id].seq, Cluster: e.n.clusterID()}
	if !settled {
		return s
	}
	var best candidate
	for id, c := range group {
		if now.Sub(c.seen) > e.n.lost() {
			delete(group, id)
			continue
		}
		if s.Leader == "" || c.seq < best.seq || c.seq == best.seq && id < s.Leader {
			s.Leader, best = id, c
		}
	}
	return s
}

// newUUID is a random UUID, version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
