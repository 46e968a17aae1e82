package node

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// election is a service's part in electing the leader of its group: it says each tick, to its own node's exhibitor, that
// it still stands, and learns who leads.
type election struct {
	n     Node
	group string

	mu    sync.Mutex
	last  standing
	heard time.Time
}

func (e *election) run(ctx context.Context) {
	e.n.every(ctx, func() { e.stand(ctx) })
}

func (e *election) stand(ctx context.Context) {
	e.mu.Lock()
	seq := e.last.Seq
	e.mu.Unlock()
	query := url.Values{"id": {e.n.Address}, "seq": {strconv.FormatInt(seq, 10)}}
	path := "/standin/v1/groups/" + url.PathEscape(e.group) + "?" + query.Encode()
	var s standing
	if err := e.n.call(ctx, http.MethodPost, e.n.Address, e.n.Ports.Exhibitor, path, &s); err != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.Leader != e.last.Leader {
		e.n.logf("leader of %s was %q and is %q", e.group, e.last.Leader, s.Leader)
	}
	e.last, e.heard = s, time.Now()
}

// leader is who leads, "" when that is not known, or no longer sure because the ensemble has fallen silent.
func (e *election) leader() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.heard) > e.n.lost() {
		return ""
	}
	return e.last.Leader
}

func (e *election) leads() bool { return e.leader() == e.n.Address }
