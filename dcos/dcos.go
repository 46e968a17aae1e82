// Package dcos asks a running DC/OS cluster how it is, and judges the answers.
//
// Asking and judging are apart: the Collect methods of [Client] do the HTTP and turn every failure into an answer;
// [MasterHealth], [AgentHealth] and [ClusterHealth] are pure functions of the answers. Nothing here waits or repeats:
// who waits asks again, and shows [Health.Waiting] meanwhile.
//
// The services are asked on their own ports (exhibitor 8181, mesos 5050 and 5051, marathon 8080), on the node itself
// and through the node's own connection, rather than through admin router. Admin router wants a login for most paths
// once oauth_enabled is on, hides which service is ill behind its own 502, and answers for the leader rather than for
// the node that was asked; and nothing but the installer's own way to the node needs to be open in a firewall. Admin
// router and the user interface are asked for themselves. An answer that demands a login or TLS shows that the service
// is there; that counts as well, and the check's detail says that no more was seen.
//
//	client := dcos.Client{Address: "10.0.0.11", Dial: sshConnection.DialContext}
//	health := dcos.MasterHealth(client.CollectMaster(ctx, "m1"), 3)
//	if !health.Healthy {
//		fmt.Println("waiting for", health.Waiting) // exhibitor: 1 of 3 serving
//	}
package dcos

import (
	"context"
	"net"
	"time"
)

// DefaultTimeout is how long one request may take, dialling included. The endpoints asked answer from memory.
const DefaultTimeout = 5 * time.Second

// Dial opens a connection as the node itself would: through its SSH connection.
type Dial func(ctx context.Context, network, addr string) (net.Conn, error)

// Client asks the services of one node. Its zero value asks this machine.
type Client struct {
	Dial    Dial          // nil = straight from this machine
	Address string        // the node's DC/OS address, what its ip-detect prints, for mesos listens on no other; "" = 127.0.0.1
	Timeout time.Duration // for each request; 0 = DefaultTimeout
}

// Version is what a node's admin router says of the installed DC/OS.
type Version struct {
	Version     string `json:"version"`
	ImageCommit string `json:"dcos-image-commit"`
	BootstrapID string `json:"bootstrap-id"`
	Variant     string `json:"dcos-variant"` // "open" or "enterprise"; "" in old releases
}

// Member is one master as an exhibitor sees it.
type Member struct {
	Host   string `json:"hostname"`    // address
	State  string `json:"description"` // "serving" when well; "latent", "down", "unknown" are others
	Leader bool   `json:"isLeader"`    // of ZooKeeper, not of mesos
}

// Agent is one agent as the leading mesos master sees it.
type Agent struct {
	ID      string
	Host    string // what it calls itself: its DC/OS address
	Address string // where mesos reaches it: the same, unless mesos is told otherwise
	Active  bool   // connected; an agent that is lost is inactive until mesos gives it up
	Public  bool   // attribute public_ip true, or resources reserved for the role slave_public
}

// Answer is what one endpoint answered, or why it did not.
type Answer[T any] struct {
	Value T
	Err   error // *StatusError for an answer that is none; otherwise what the connection failed on
}

// MasterAnswers is what one master said.
type MasterAnswers struct {
	Node      string           // the caller's name of the node
	Address   string           // its DC/OS address
	Exhibitor Answer[[]Member] // the ZooKeeper ensemble
	Mesos     Answer[bool]     // mesos master runs
	Leader    Answer[string]   // address of the leading mesos master
	Log       Answer[bool]     // mesos's replicated log has caught up with the other masters
	Agents    Answer[[]Agent]  // from the leading master only; elsewhere nil without an error
	Marathon  Answer[bool]     // marathon answers
	Router    Answer[Version]  // admin router
	UI        Answer[bool]     // the user interface's page
}

// AgentAnswers is what one agent said.
type AgentAnswers struct {
	Node       string
	Address    string
	Registered Answer[bool]    // mesos agent is registered with a master
	Router     Answer[Version] // the agent's admin router
}

// Check is one thing looked at.
type Check struct {
	Name   string // stable, lower case: exhibitor, mesos, leader, log, marathon, router, ui; registered, known, role; version
	OK     bool
	Detail string // what was seen; may be "" when OK
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

// Want is the cluster that the inventory asks for, or the part of it that is looked at.
type Want struct {
	Masters     []WantNode
	MasterCount int // masters in master_list, where Masters is only a part of them; 0 = len(Masters)
	Agents      []WantNode
	Version     string // "" = any, but the same everywhere
}

// NodeHealth is one wanted node's judgement.
type NodeHealth struct {
	Name    string
	Address string
	Role    string // "master", "agent" or "public agent"
	Health
}

// Report is the cluster's judgement.
type Report struct {
	Healthy  bool         // every wanted node is healthy and there are no Problems
	Version  string       // of the first master that told; "" = none did
	Leader   string       // address of the leading mesos master; "" = none, or they disagree
	Nodes    []NodeHealth // masters, then agents, in Want's order
	Missing  []string     // names of wanted nodes that the rest of the cluster does not know
	Unknown  []Agent      // active agents that nobody wants; they do not make the cluster unhealthy
	Problems []string     // what is wrong between nodes, such as two leaders
}
