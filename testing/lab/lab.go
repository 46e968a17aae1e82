// Package lab runs the nodes of a small DC/OS cluster as Docker containers on
// one Linux machine: systemd, sshd, sudo and a package mirror in each, a fixed
// address, a pinned host key, and a Docker engine of its own where the node is
// meant to have one. To whoever logs in they are machines.
//
// The nodes differ on purpose. Some are ready for DC/OS, others miss what an
// installer has to put right (see [Flavour]), so that fixing is really tried.
//
// It is for tests and for trying things out. It does not install DC/OS, it does
// not limit what a node takes from the machine, and all nodes share the
// machine's kernel and clock.
//
//	l, err := lab.Up(ctx, lab.Options{Dir: t.TempDir(), Name: "upgrade-test", ReleaseBytes: 1 << 20})
//	if err != nil { ... }
//	defer l.Down(ctx)
//	run("dcosup", "apply", "-i", l.InventoryPath())
//	err = l.Node("agent-2").Reboot(ctx)
//
// Everything goes through the docker command. What a lab is made of carries the
// label dcosup.lab=NAME; several labs with different names can be up at once.
package lab

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// DefaultName is the name of a lab that was not given one.
const DefaultName = "dcosup-lab"

// Options say what lab to bring up. The zero value is the seven-node lab in
// ".lab" with a stand-in release of 50 MB.
type Options struct {
	// Dir is where keys, inventory and release are kept. Default ".lab".
	Dir string `json:"-"`
	// Name tells labs apart; it is the network's name and the containers'
	// prefix. Default [DefaultName].
	Name string `json:"name"`
	// Subnet is the network of the nodes, at least a /26. By default it is
	// 10.213.77.0/24 or, when the machine uses that, the next that is free.
	Subnet netip.Prefix `json:"subnet"`
	// Masters is the number of masters, 1 to 3. Default 1.
	Masters int `json:"masters"`
	// Nodes selects some of the nodes by name. Default: all.
	Nodes []string `json:"nodes,omitempty"`
	// Flavours overrides what a node lacks, by node name.
	Flavours map[string]Flavour `json:"flavours,omitempty"`
	// ReleaseBytes is the amount of package data in the stand-in release.
	// Default 50 MB; a negative number builds no release.
	ReleaseBytes int64 `json:"release_bytes"`
	// Log is told about progress. Default: nobody is.
	Log func(format string, args ...any) `json:"-"`
}

// withDefaults fills in what was left open.
func (o Options) withDefaults() Options {
	o.Dir = cmp.Or(o.Dir, ".lab")
	o.Name = cmp.Or(o.Name, DefaultName)
	o.Masters = cmp.Or(o.Masters, 1)
	o.ReleaseBytes = cmp.Or(o.ReleaseBytes, 50_000_000)
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	return o
}

// Lab is a lab that is up, or was when it was opened.
type Lab struct {
	opts  Options
	dir   string // absolute
	eng   engine
	keys  keyring
	nodes []*Node
}

// ErrNotUp is returned by [Open] when no lab was brought up in the directory.
var ErrNotUp = errors.New("no lab is up")

// stateFile remembers in Dir the options that a lab was brought up with.
const stateFile = "lab.json"

// Up brings the lab up and returns when every node has booted and can be logged
// in to. It does only what is missing: nodes that run are left alone, stopped or
// paused ones go on, missing ones are made. A container that is not as it would be
// made today (another image, another key) is replaced. Nodes of an earlier Up
// with other options are removed.
func Up(ctx context.Context, opts Options) (*Lab, error) {
	l, flags, err := prepare(ctx, opts)
	if err != nil {
		return nil, err
	}
	if err := l.removeUnwanted(ctx); err != nil {
		return nil, err
	}
	group, gctx := errgroup.WithContext(ctx)
	for _, n := range l.nodes {
		n.flags = flags
		group.Go(func() error { return n.ensure(gctx) })
	}
	group.Go(func() error { return l.writeInventory(gctx) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return l, nil
}

// Open returns the lab that was brought up in dir, or an error that is
// [ErrNotUp]. Its nodes may be in any state.
func Open(ctx context.Context, dir string) (*Lab, error) {
	opts, err := ReadOptions(dir)
	if err != nil {
		return nil, err
	}
	l, err := newLab(opts)
	if err != nil {
		return nil, err
	}
	if l.keys, err = loadKeys(l.dir, l.nodes); err != nil {
		return nil, err
	}
	info, err := l.eng.info(ctx)
	if err != nil {
		return nil, err
	}
	flags, err := runFlags(info)
	if err != nil {
		return nil, err
	}
	for _, n := range l.nodes {
		n.flags = flags
	}
	return l, nil
}

// ReadOptions returns the options that the lab in dir was last brought up
// with, or an error that is [ErrNotUp].
func ReadOptions(dir string) (Options, error) {
	dir = cmp.Or(dir, ".lab")
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Options{}, fmt.Errorf("%w in %s: bring it up first", ErrNotUp, dir)
	}
	if err != nil {
		return Options{}, fmt.Errorf("reading the lab's state: %w", err)
	}
	var opts Options
	if err := json.Unmarshal(data, &opts); err != nil {
		return Options{}, fmt.Errorf("reading %s: %w", filepath.Join(dir, stateFile), err)
	}
	opts.Dir = dir
	return opts, nil
}

// newLab checks the options and lays the lab out, without touching anything.
func newLab(opts Options) (*Lab, error) {
	opts = opts.withDefaults()
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the lab's directory: %w", err)
	}
	if strings.ContainsAny(dir, " \t\n'\"\\") {
		return nil, fmt.Errorf("the lab's directory %q has a blank or a quote in it, which ssh's options cannot carry: choose another", dir)
	}
	l := &Lab{opts: opts, dir: dir}
	layout, err := layoutOf(opts)
	if err != nil {
		return nil, err
	}
	for _, p := range layout {
		l.nodes = append(l.nodes, &Node{place: p, lab: l})
	}
	return l, nil
}

// prepare makes everything but the nodes: directory, keys, images, network.
// It also returns the flags with which this engine runs a node.
func prepare(ctx context.Context, opts Options) (*Lab, []string, error) {
	l, err := newLab(opts)
	if err != nil {
		return nil, nil, err
	}
	info, err := l.eng.info(ctx)
	if err != nil {
		return nil, nil, err
	}
	flags, err := runFlags(info)
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("making the lab's directory: %w", err)
	}
	if err := l.ensureNetwork(ctx); err != nil {
		return nil, nil, err
	}
	if l.keys, err = ensureKeys(l.dir, l.nodes); err != nil {
		return nil, nil, err
	}
	if err := l.saveState(); err != nil {
		return nil, nil, err
	}
	if err := l.ensureImages(ctx); err != nil {
		return nil, nil, err
	}
	return l, flags, nil
}

func (l *Lab) saveState() error {
	data, err := json.MarshalIndent(l.opts, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the lab's state: %w", err)
	}
	return writeFile(filepath.Join(l.dir, stateFile), append(data, '\n'), 0o600)
}

// Remove takes down the lab of these options, of which only Dir, Name and Log
// matter, and with images also removes the images that labs are made of. It
// works on what an interrupted Up or a lost directory left behind.
func Remove(ctx context.Context, opts Options, images bool) error {
	l, err := newLab(Options{Dir: opts.Dir, Name: opts.Name, Log: opts.Log})
	if err != nil {
		return err
	}
	if err := l.Down(ctx); err != nil || !images {
		return err
	}
	return l.RemoveImages(ctx)
}

// Down removes the lab's containers with their volumes, and its network. Keys,
// images and the release stay, so that the next Up is quick. It is no error
// when nothing is there.
func (l *Lab) Down(ctx context.Context) error {
	ids, err := l.containers(ctx)
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		l.opts.Log("removing %d nodes of %s", len(ids), l.opts.Name)
		if _, err := l.eng.run(ctx, nil, append([]string{"rm", "--force", "--volumes"}, ids...)...); err != nil {
			return err
		}
	}
	networks, err := l.eng.lines(ctx, "network", "ls", "--quiet", "--filter", l.filter())
	if err != nil || len(networks) == 0 {
		return err
	}
	_, err = l.eng.run(ctx, nil, append([]string{"network", "rm"}, networks...)...)
	return err
}

// RemoveImages removes the images that labs are made of. The next Up makes
// them again, which takes minutes. It fails while a lab is up.
func (l *Lab) RemoveImages(ctx context.Context) error {
	names, err := l.eng.lines(ctx, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference="+imagePrefix+"*")
	if err != nil || len(names) == 0 {
		return err
	}
	_, err = l.eng.run(ctx, nil, append([]string{"image", "rm"}, names...)...)
	return err
}

// removeUnwanted removes the lab's containers that are none of its nodes.
func (l *Lab) removeUnwanted(ctx context.Context) error {
	have, err := l.eng.lines(ctx, "container", "ls", "--all", "--filter", l.filter(), "--format", "{{.Names}}")
	if err != nil {
		return err
	}
	for _, name := range have {
		if slices.ContainsFunc(l.nodes, func(n *Node) bool { return n.container() == name }) {
			continue
		}
		l.opts.Log("%s: not wanted any more, removing", name)
		if _, err := l.eng.run(ctx, nil, "rm", "--force", "--volumes", name); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) containers(ctx context.Context) ([]string, error) {
	return l.eng.lines(ctx, "container", "ls", "--all", "--quiet", "--filter", l.filter())
}

func (l *Lab) filter() string { return "label=" + labelLab + "=" + l.opts.Name }

// Node returns the node of that name, or nil if the lab has none.
func (l *Lab) Node(name string) *Node {
	for _, n := range l.nodes {
		if n.place.Name == name {
			return n
		}
	}
	return nil
}

// Nodes returns all nodes in the order bootstrap, masters, agents, public agent.
func (l *Lab) Nodes() []*Node { return slices.Clone(l.nodes) }

// Dir returns the absolute path of the lab's directory.
func (l *Lab) Dir() string { return l.dir }

// InventoryPath returns the absolute path of the Ansible inventory of the lab.
func (l *Lab) InventoryPath() string { return filepath.Join(l.dir, "hosts") }

// KnownHostsPath returns the file that pins the host key of every node.
func (l *Lab) KnownHostsPath() string { return filepath.Join(l.dir, "known_hosts") }

// KeyPath returns the private key that logs in to every node as [User].
func (l *Lab) KeyPath() string { return filepath.Join(l.dir, "id_ed25519") }

// ReleasePath returns where the stand-in release is kept.
func (l *Lab) ReleasePath() string {
	return filepath.Join(l.dir, "release", "dcos_generate_config.sh")
}

// writeFile replaces path by data in one step, so that a reader never sees half
// of it, and leaves it alone when it holds the data already.
func writeFile(path string, data []byte, mode fs.FileMode) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Chmod(mode), temp.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(temp.Name(), path)
}
