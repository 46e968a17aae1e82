package dcos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Ports of DC/OS services; none of them can be configured.
const (
	exhibitorPort   = 8181
	mesosPort       = 5050
	mesosAgentPort  = 5051
	marathonPort    = 8080
	routerPort      = 80
	agentRouterPort = 61001
)

// errNoLeader is mesos's 503 for what only a leader knows.
var errNoLeader = errors.New("no leader elected")

// CollectMaster asks one master everything, all endpoints at once, which takes no longer than one timeout.
func (c *Client) CollectMaster(ctx context.Context, name string) MasterAnswers {
	s := c.session()
	a := MasterAnswers{Node: name, Address: s.address}
	inParallel(
		func() {
			a.Exhibitor.Err = s.json(ctx, s.url(exhibitorPort, "/exhibitor/v1/cluster/status"), smallBody, &a.Exhibitor.Value)
		},
		func() { a.Mesos = s.answers(ctx, s.url(mesosPort, "/health")) },
		func() { a.Log = s.metric(ctx, s.url(mesosPort, "/metrics/snapshot"), "registrar/log/recovered") },
		func() { a.Leader, a.Agents = s.leader(ctx) },
		func() { a.Marathon = s.answers(ctx, s.url(marathonPort, "/ping")) },
		func() { a.Router = s.version(ctx, routerPort) },
		func() { a.UI = s.answers(ctx, s.url(routerPort, "/")) },
	)
	return a
}

// CollectAgent asks one agent.
func (c *Client) CollectAgent(ctx context.Context, name string) AgentAnswers {
	s := c.session()
	a := AgentAnswers{Node: name, Address: s.address}
	inParallel(
		func() { a.Registered = s.metric(ctx, s.url(mesosAgentPort, "/metrics/snapshot"), "slave/registered") },
		func() { a.Router = s.version(ctx, agentRouterPort) },
	)
	return a
}

// Agents asks a master, any master, for the cluster's agents. Where it does not lead, its leader is asked, by the same
// way.
func (c *Client) Agents(ctx context.Context) ([]Agent, error) {
	s := c.session()
	leader, agents := s.leader(ctx)
	if leader.Err != nil {
		return nil, fmt.Errorf("ask %s for the agents: %w", s.address, leader.Err)
	}
	if agents.Value != nil || agents.Err != nil {
		return agents.Value, agents.Err
	}
	s.address = leader.Value
	if _, agents = s.leader(ctx); agents.Err != nil {
		return nil, fmt.Errorf("ask the leading master %s for the agents: %w", s.address, agents.Err)
	}
	if agents.Value == nil {
		return nil, fmt.Errorf("ask the leading master %s for the agents: it does not lead any more; ask again", s.address)
	}
	return agents.Value, nil
}

func inParallel(tasks ...func()) {
	var wg sync.WaitGroup
	for _, task := range tasks {
		wg.Go(task)
	}
	wg.Wait()
}

// answers is true for a 200, whatever it says.
func (s *session) answers(ctx context.Context, url string) Answer[bool] {
	_, err := s.get(ctx, url, smallBody)
	return Answer[bool]{err == nil, err}
}

func (s *session) version(ctx context.Context, port int) Answer[Version] {
	var a Answer[Version]
	a.Err = s.json(ctx, s.url(port, "/dcos-metadata/dcos-version.json"), smallBody, &a.Value)
	return a
}

// metric is true where a mesos metric is 1.
func (s *session) metric(ctx context.Context, url, name string) Answer[bool] {
	metrics := map[string]any{} // nearly all are numbers, and one that is not must not spoil the rest
	if err := s.json(ctx, url, smallBody, &metrics); err != nil {
		return Answer[bool]{Err: err}
	}
	value, there := metrics[name]
	if !there {
		return Answer[bool]{Err: fmt.Errorf("%s: has no metric %s", url, name)}
	}
	return Answer[bool]{Value: value == 1.0}
}

// leader finds the leading mesos master in one request: asked for the agents, the leader answers, others lead to it,
// and without a leader all say 503. (/redirect would do for the address, but a master that knows no leader names
// itself there in older releases.)
func (s *session) leader(ctx context.Context) (Answer[string], Answer[[]Agent]) {
	var list mesosAgents
	err := s.json(ctx, s.url(mesosPort, "/slaves"), largeBody, &list)
	var status *StatusError
	switch {
	case err == nil:
		return Answer[string]{Value: s.address}, Answer[[]Agent]{Value: list.agents()}
	case errors.As(err, &status) && status.Code == http.StatusServiceUnavailable:
		return Answer[string]{Err: errNoLeader}, Answer[[]Agent]{}
	case errors.As(err, &status) && status.Location != "" && !guarded(err):
		if to, perr := url.Parse(status.Location); perr == nil && to.Hostname() != "" {
			return Answer[string]{Value: to.Hostname()}, Answer[[]Agent]{}
		}
	}
	return Answer[string]{Err: err}, Answer[[]Agent]{Err: err}
}

// mesosAgents is what is read of mesos's /slaves.
type mesosAgents struct {
	Slaves []struct {
		ID         string         `json:"id"`
		Hostname   string         `json:"hostname"`
		PID        string         `json:"pid"` // slave(1)@10.0.0.21:5051
		Active     bool           `json:"active"`
		Attributes map[string]any `json:"attributes"`
		Reserved   map[string]any `json:"reserved_resources"` // by role
	} `json:"slaves"`
}

// agents is never nil, so that an empty cluster differs from one that was not asked.
func (m mesosAgents) agents() []Agent {
	out := make([]Agent, 0, len(m.Slaves))
	for _, s := range m.Slaves {
		_, hostPort, _ := strings.Cut(s.PID, "@")
		address, _, _ := net.SplitHostPort(hostPort)
		_, reserved := s.Reserved["slave_public"]
		out = append(out, Agent{
			ID: s.ID, Host: s.Hostname, Address: address, Active: s.Active,
			Public: reserved || fmt.Sprint(s.Attributes["public_ip"]) == "true",
		})
	}
	return out
}
