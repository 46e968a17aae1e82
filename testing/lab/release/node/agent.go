package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// agent is a Mesos agent: it registers with the leading master, again each tick, and keeps the id that it was given.
type agent struct {
	n Node

	mu     sync.Mutex
	id     string
	leader string
	heard  time.Time // of the last successful registration
}

func (n Node) runAgent(ctx context.Context) error {
	a := &agent{n: n}
	if text, err := os.ReadFile(a.idFile()); err == nil {
		a.id = strings.TrimSpace(string(text))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { n.every(ctx, func() { a.register(ctx) }) })
	defer cancel()
	return n.serve(ctx, n.Ports.MesosAgent, a.routes())
}

func (a *agent) idFile() string { return a.n.path(a.n.Settings.AgentWorkDir, "meta/standin-agent-id") }

func (a *agent) routes() http.Handler {
	mux := http.NewServeMux()
	for _, prefix := range []string{"", "/slave(1)"} {
		mux.HandleFunc("GET "+prefix+"/health", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("GET "+prefix+"/state", func(w http.ResponseWriter, _ *http.Request) {
			a.mu.Lock()
			defer a.mu.Unlock()
			answer(w, map[string]any{"id": a.id, "hostname": a.n.Address, "attributes": a.attributes(), "frameworks": []any{},
				"version": a.n.Settings.Version, "resources": a.resources()})
		})
	}
	mux.HandleFunc("GET /metrics/snapshot", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]float64{"slave/registered": map[bool]float64{true: 1}[a.registered()]})
	})
	return mux
}

func (a *agent) registered() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.heard) < a.n.lost()
}

// register finds the leader, where it is not known, and registers there.
func (a *agent) register(ctx context.Context) {
	a.mu.Lock()
	leader := a.leader
	a.mu.Unlock()
	if leader == "" {
		found, err := a.n.leader(ctx, "mesos")
		if err != nil {
			return
		}
		leader = found
	}
	got, err := a.tell(ctx, leader)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if a.leader != "" || isGone(err) {
			a.n.logf("not registered with %s: %v", leader, err)
		}
		a.leader = ""
		return
	}
	if got.ID != a.id {
		a.n.logf("registered with %s as %s", leader, got.ID)
		if err := writeWhole(a.idFile(), got.ID); err != nil {
			a.n.logf("keep the agent's id: %v", err)
		}
	}
	a.id, a.leader, a.heard = got.ID, leader, time.Now()
	a.n.keepClusterID(got.Cluster)
}

func isGone(err error) bool {
	var status *statusError
	return errors.As(err, &status) && status.status == http.StatusGone
}

func (a *agent) tell(ctx context.Context, leader string) (registered, error) {
	ctx, cancel := context.WithTimeout(ctx, max(a.n.Tick, time.Second))
	defer cancel()
	a.mu.Lock()
	reg := registration{ID: a.id, Hostname: a.n.Address, Port: a.n.Ports.MesosAgent,
		Attributes: a.attributes(), Resources: a.resources()}
	a.mu.Unlock()
	if a.n.Public {
		reg.Role = "slave_public"
	}
	body, err := json.Marshal(reg)
	if err != nil {
		return registered{}, err
	}
	target := "http://" + net.JoinHostPort(leader, strconv.Itoa(a.n.Ports.MesosMaster)) + "/standin/v1/agents"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return registered{}, err
	}
	res, err := client.Do(req)
	if err != nil {
		return registered{}, err
	}
	defer func() { _ = res.Body.Close() }() // read only
	if res.StatusCode != http.StatusOK {
		return registered{}, &statusError{target, res.StatusCode, ""}
	}
	var got registered
	return got, json.NewDecoder(res.Body).Decode(&got)
}

func (a *agent) attributes() map[string]string {
	if a.n.Public {
		return map[string]string{"public_ip": "true"}
	}
	return map[string]string{}
}

// resources are what the machine has: CPUs, and memory in MB less the gigabyte that Mesos leaves to the system, or half
// of it on a small machine.
func (a *agent) resources() map[string]float64 {
	memory := 0.0
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		fields := strings.Fields(string(text))
		if len(fields) > 1 {
			kilobytes, _ := strconv.ParseFloat(fields[1], 64) // 0 is told as it is
			memory = max(kilobytes/1024-1024, kilobytes/2048)
		}
	}
	return map[string]float64{"cpus": float64(runtime.NumCPU()), "mem": float64(int(memory)), "disk": 0, "gpus": 0}
}
