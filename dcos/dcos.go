// Package dcos asks a running cluster how it is.
package dcos

import (
	"context"
	"net"
	"time"
)

// Dial opens a connection as the node itself would: through its SSH connection.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// Client asks the services of one node, on the node's own ports.
type Client struct {
	Dial    Dial          // nil = straight from this machine
	Address string        // the node's DC/OS address, what ip-detect prints; "" = 127.0.0.1
	Timeout time.Duration // per request; default 5 s
}

// Version is what /dcos-metadata/dcos-version.json says.
type Version struct {
	Version     string `json:"version"`
	ImageCommit string `json:"dcos-image-commit"`
	BootstrapID string `json:"bootstrap-id"`
	Variant     string `json:"dcos-variant"`
}

// Member is one master as exhibitor sees it.
type Member struct {
	Host   string // address
	State  string // "serving" when well
	Leader bool
}

// Agent is one agent as the leading mesos master sees it.
type Agent struct {
	ID, Host string
	Active   bool
	Public   bool   // attribute public_ip:true, or resources reserved for slave_public
	Version  string // of mesos
}

// Answer is one endpoint's answer: its value, or why there is none.
type Answer[T any] struct {
	Value T
	Err   error
}

// MasterAnswers is what one master said.
type MasterAnswers struct {
	Node      string // caller's name of the node
	Address   string // its DC/OS address
	Exhibitor Answer[[]Member]
	Mesos     Answer[bool]   // :5050/health
	Leader    Answer[string] // host of the leading mesos master; "" = none
	Agents    Answer[[]Agent]
	Marathon  Answer[bool]
	Router    Answer[Version]
	UI        Answer[bool]
}

// AgentAnswers is what one agent said.
type AgentAnswers struct {
	Node       string
	Address    string
	Router     Answer[Version] // :61001
	Registered Answer[bool]    // :5051/state names a master
}

// Check is one thing looked at.
type Check struct {
	Name   string
	OK     bool
	Detail string
}

// Health is one node's judgement.
type Health struct {
	Healthy bool
	Waiting string // the first check that is not OK, such as "exhibitor: 1 of 3 serving"; "" when healthy
	Checks  []Check
}

// WantNode is a node that the cluster should have.
type WantNode struct {
	Name    string
	Address string // DC/OS address
	Public  bool   // agents only
}

// Want is the cluster that the inventory asks for.
type Want struct {
	Masters []WantNode
	Agents  []WantNode
	Version string // "" = any, but the same everywhere
}

// NodeHealth is one wanted node's judgement.
type NodeHealth struct {
	Name, Address, Role string // role: master, agent, public agent
	Health
}

// Report is the cluster's judgement.
type Report struct {
	Healthy bool
	Version string
	Leader  string
	Nodes   []NodeHealth // masters, then agents, in Want's order
	Missing []string     // names of wanted nodes that the cluster does not know
	Unknown []Agent      // agents that the cluster has and nobody wants
}

// CollectMaster asks one master everything, all endpoints at once.
func (c *Client) CollectMaster(ctx context.Context, name string) MasterAnswers { panic("soon") }

// CollectAgent asks one agent.
func (c *Client) CollectAgent(ctx context.Context, name string) AgentAnswers { panic("soon") }

// MasterHealth judges one master; wantMasters is the number of masters in master_list.
func MasterHealth(a MasterAnswers, wantMasters int) Health { panic("soon") }

// AgentHealth judges one agent by its own answers and by the leading master's list of agents.
func AgentHealth(w WantNode, a AgentAnswers, known []Agent) Health { panic("soon") }

// ClusterHealth judges all.
func ClusterHealth(w Want, masters []MasterAnswers, agents []AgentAnswers) Report { panic("soon") }
