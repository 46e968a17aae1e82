// Package reach says how the nodes of an inventory are reached: it puts together what the inventory says and what
// OpenSSH's client configuration says, as Ansible and the ssh that it runs do, into targets of package remote.
// It computes only.
//
//	ways, err := reach.New(nodes, conf)
//	conn, err := dialer.Connect(ctx, ways.Target(node.Name))
package reach

import (
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/remote/sshconfig"
)

// Ways are the ways to all nodes.
type Ways struct{}

// New works out the ways to the nodes. Its error joins everything that is wrong, each with its place where it has one.
func New(nodes []*inventory.Node, conf *sshconfig.Config) (*Ways, error) { panic("not built yet") }

// Target is the way to the node of that name.
func (w *Ways) Target(name string) remote.Target { panic("not built yet") }

// Warnings are what is set and cannot be honoured, each once.
func (w *Ways) Warnings() []*inventory.Error { panic("not built yet") }
