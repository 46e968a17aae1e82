package node

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// master is a Mesos master: it stands for election and, while it leads, keeps the list of agents.
type master struct {
	n        Node
	election *election
	id       string // of this start of the master; agents' ids begin with it

	mu     sync.Mutex
	led    bool // at the last request
	agents map[string]agentRecord
	gone   []string // ids that may never come back
	next   int
}

// agentRecord is a registered agent, as the master lists it.
type agentRecord struct {
	registration
	since, seen time.Time
}

// registration is what an agent says about itself, each tick.
type registration struct {
	ID         string             `json:"id"` // "" the first time
	Hostname   string             `json:"hostname"`
	Port       int                `json:"port"`
	Attributes map[string]string  `json:"attributes"`
	Role       string             `json:"role"` // that all resources are reserved for; "": none
	Resources  map[string]float64 `json:"resources"`
}

// registered is the master's answer.
type registered struct {
	ID      string `json:"id"`
	Cluster string `json:"cluster"`
}

func (n Node) runMaster(ctx context.Context) error {
	m := newMaster(n)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { m.election.run(ctx) })
	defer cancel()
	return n.serve(ctx, n.Ports.MesosMaster, m.routes())
}

func newMaster(n Node) *master {
	m := &master{n: n, election: &election{n: n, group: "mesos"}, id: newUUID(), agents: map[string]agentRecord{}}
	if text, err := os.ReadFile(m.goneFile()); err == nil {
		m.gone = strings.Fields(string(text))
	}
	return m
}

func (m *master) goneFile() string {
	return m.n.path(m.n.Settings.MasterWorkDir, "standin-gone-agents")
}

func (m *master) routes() http.Handler {
	mux := http.NewServeMux()
	for _, prefix := range []string{"", "/master"} {
		mux.HandleFunc("GET "+prefix+"/health", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("GET "+prefix+"/redirect", m.redirect)
		mux.HandleFunc("GET "+prefix+"/state-summary", m.leading(m.answerState))
		mux.HandleFunc("GET "+prefix+"/state", m.leading(m.answerState))
		mux.HandleFunc("GET "+prefix+"/slaves", m.leading(m.answerSlaves))
		mux.HandleFunc("POST "+prefix+"/api/v1", m.leading(m.operate))
	}
	mux.HandleFunc("GET /metrics/snapshot", m.answerMetrics)
	mux.HandleFunc("POST /standin/v1/agents", m.leading(m.register))
	return mux
}

// leading lets only the leading master answer; others send the caller there, as Mesos does.
func (m *master) leading(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leads := m.election.leads()
		m.mu.Lock()
		if !leads || !m.led {
			m.agents = map[string]agentRecord{} // a new term: agents register again
		}
		m.led = leads
		m.mu.Unlock()
		if !leads {
			m.redirect(w, r)
			return
		}
		next(w, r)
	}
}

func (m *master) redirect(w http.ResponseWriter, r *http.Request) {
	leader := m.election.leader()
	if leader == "" {
		http.Error(w, "No leader elected", http.StatusServiceUnavailable)
		return
	}
	path := r.URL.RequestURI()
	if strings.HasSuffix(path, "/redirect") {
		path = "/"
	}
	w.Header().Set("Location", "//"+net.JoinHostPort(leader, strconv.Itoa(m.n.Ports.MesosMaster))+path)
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// list gives the agents that were heard of lately, by host name, and forgets the others.
func (m *master) list() []agentRecord {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []agentRecord
	for id, a := range m.agents {
		if time.Since(a.seen) > m.n.lost() {
			m.n.logf("agent %s at %s is unreachable", id, a.Hostname)
			delete(m.agents, id)
			continue
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b agentRecord) int { return strings.Compare(a.Hostname, b.Hostname) })
	return list
}

func (m *master) register(w http.ResponseWriter, r *http.Request) {
	var reg registration
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&reg); err != nil || reg.Hostname == "" {
		http.Error(w, "not a registration", http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Contains(m.gone, reg.ID) {
		http.Error(w, "this agent was marked gone", http.StatusGone)
		return
	}
	if reg.ID == "" {
		reg.ID = fmt.Sprintf("%s-S%d", m.id, m.next)
		m.next++
	}
	a, known := m.agents[reg.ID]
	if !known {
		a.since = time.Now()
		m.n.logf("agent %s at %s registered", reg.ID, reg.Hostname)
	}
	a.registration, a.seen = reg, time.Now()
	m.agents[reg.ID] = a
	answer(w, registered{ID: reg.ID, Cluster: m.n.clusterID()})
}

// operate takes the one operator's call that a cluster's installer needs.
func (m *master) operate(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Type string `json:"type"`
		Mark struct {
			Agent struct {
				Value string `json:"value"`
			} `json:"agent_id"`
		} `json:"mark_agent_gone"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&call); err != nil || call.Type != "MARK_AGENT_GONE" {
		http.Error(w, "the stand-in knows MARK_AGENT_GONE only", http.StatusBadRequest)
		return
	}
	id := call.Mark.Agent.Value
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.agents[id]; !known {
		http.Error(w, "no agent "+id, http.StatusNotFound)
		return
	}
	delete(m.agents, id)
	m.gone = append(m.gone, id)
	if err := writeWhole(m.goneFile(), strings.Join(m.gone, "\n")); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (m *master) answerMetrics(w http.ResponseWriter, _ *http.Request) {
	number := map[bool]float64{true: 1}
	metrics := map[string]float64{
		"master/elected":          number[m.election.leads()],
		"registrar/log/recovered": number[m.election.leader() != ""],
	}
	if m.election.leads() {
		metrics["master/slaves_active"] = float64(len(m.list()))
	}
	answer(w, metrics)
}

func (m *master) answerSlaves(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"slaves": m.slaves(), "recovered_slaves": []any{}})
}

func (m *master) answerState(w http.ResponseWriter, r *http.Request) {
	frameworks := []map[string]any{}
	for _, name := range []string{"marathon", "metronome"} {
		if leader, err := m.n.leader(r.Context(), name); err == nil {
			frameworks = append(frameworks, map[string]any{"id": m.id + "-" + name, "name": name, "hostname": leader,
				"active": true, "connected": true})
		}
	}
	answer(w, map[string]any{"hostname": m.n.Address, "cluster": m.n.Settings.ClusterName, "id": m.id,
		"version": m.n.Settings.Version, "slaves": m.slaves(), "frameworks": frameworks,
		"leader": "master@" + net.JoinHostPort(m.n.Address, strconv.Itoa(m.n.Ports.MesosMaster))})
}

func (m *master) slaves() []map[string]any {
	slaves := []map[string]any{}
	for _, a := range m.list() {
		reserved, unreserved := map[string]any{}, a.Resources
		if a.Role != "" {
			reserved[a.Role], unreserved = a.Resources, map[string]float64{}
		}
		address := net.JoinHostPort(a.Hostname, strconv.Itoa(a.Port))
		slaves = append(slaves, map[string]any{
			"id": a.ID, "hostname": a.Hostname, "port": a.Port, "pid": "slave(1)@" + address, "attributes": a.Attributes,
			"resources": a.Resources, "reserved_resources": reserved, "unreserved_resources": unreserved,
			"active": true, "registered_time": float64(a.since.UnixMilli()) / 1000, "version": m.n.Settings.Version,
			"framework_ids": []string{}, "TASK_RUNNING": 0,
		})
	}
	return slaves
}
