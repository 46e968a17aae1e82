package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
)

// vagrantNode is a node as testing/vagrant/Vagrantfile reads it.
type vagrantNode struct {
	Name      string   `json:"name"`
	Container string   `json:"container"`
	Address   string   `json:"address"`
	Image     string   `json:"image"`
	Args      []string `json:"args"` // of `docker run`, but for the container's name
}

// PrepareVagrant makes all of a lab but its nodes, which Vagrant's docker
// provider is to run, and returns the path of the file that tells Vagrant how.
// The lab needs a name and a directory of its own: by default "dcosup-vagrant".
// Remove it with [Remove] when Vagrant has destroyed the nodes.
func PrepareVagrant(ctx context.Context, opts Options) (string, error) {
	if opts.Name == "" {
		opts.Name = "dcosup-vagrant"
	}
	l, flags, err := prepare(ctx, opts)
	if err != nil {
		return "", err
	}
	if err := l.writeGroupVars(ctx); err != nil {
		return "", err
	}
	// Vagrant makes the containers at once and asks about all that there are: of one
	// that is being made the engine knows nothing yet, by which Vagrant fails.
	flags = slices.DeleteFunc(flags, func(f string) bool { return f == usrVolume })
	var nodes []vagrantNode
	for _, n := range l.nodes {
		n.flags = flags
		nodes = append(nodes, vagrantNode{
			Name: n.place.Name, Container: n.container(), Address: n.place.Address.String(), Image: n.image, Args: n.createArgs(),
		})
	}
	data, err := json.MarshalIndent(map[string]any{"user": User, "key": l.KeyPath(), "nodes": nodes}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encoding vagrant.json: %w", err)
	}
	path := filepath.Join(l.dir, "vagrant.json")
	return path, writeFile(path, append(data, '\n'), 0o600)
}
