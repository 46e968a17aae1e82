package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"slices"
	"text/tabwriter"

	"dcosup/testing/lab"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// streams are where the command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Exit codes of the command. lab ssh passes on what ssh returns.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the whole command; it returns the exit code.
func run(ctx context.Context, args []string, std streams) int {
	root := newRoot(std)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, new(usageError)):
		fmt.Fprintf(std.err, "lab: %v\n", err)
		return exitUsage
	case errors.As(err, new(remoteExit)) && errors.As(err, &exit):
		return exit.ExitCode()
	}
	fmt.Fprintf(std.err, "lab: %v\n", err)
	return exitFailed
}

// usageError is a mistake in the command line.
type usageError struct{ error }

// remoteExit is a command on a node that failed and has said why itself.
type remoteExit struct{ error }

func (e remoteExit) Unwrap() error { return e.error }

// newRoot is the command with all its subcommands.
func newRoot(std streams) *cobra.Command {
	c := &command{std: std}
	root := &cobra.Command{
		Use:           "lab",
		Short:         "Run seven nodes for DC/OS in Docker on this machine",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&c.dir, "dir", ".lab", "directory of keys, inventory and release")
	root.AddCommand(c.up(), c.down(), c.status(), c.ssh(), c.fresh(), c.vagrantEnv())
	root.CompletionOptions.DisableDefaultCmd = true
	return root
}

// command is what the subcommands share.
type command struct {
	std streams
	dir string
}

func (c *command) log(format string, args ...any) {
	fmt.Fprintf(c.std.err, format+"\n", args...)
}

// open opens the lab that is up in the directory.
func (c *command) open(ctx context.Context) (*lab.Lab, error) {
	l, err := lab.Open(ctx, c.dir)
	if errors.Is(err, lab.ErrNotUp) {
		return nil, fmt.Errorf("%w\nhint: lab up --dir %s", err, c.dir)
	}
	return l, err
}

// labFlags are the flags that choose a lab.
type labFlags struct {
	name, subnet, release string
	masters               int
	nodes                 []string
	flavours              map[string]string
}

func (f *labFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "", "name of the lab; prefix of its containers (default "+lab.DefaultName+")")
	cmd.Flags().StringVar(&f.subnet, "subnet", "", "network of the nodes (default 10.213.77.0/24, or the next that is free)")
	cmd.Flags().IntVar(&f.masters, "masters", 0, "number of masters, 1 to 3 (default 1)")
	cmd.Flags().StringSliceVar(&f.nodes, "nodes", nil, "only these nodes, by name (default all)")
	cmd.Flags().StringToStringVar(&f.flavours, "flavour", nil, "what a node is when it is new, as agent-4=redhat (default: see the lab's README)")
	cmd.Flags().StringVar(&f.release, "release-size", "", "package data in the stand-in release, as 50MB; 0 builds none (default 50MB)")
}

// options joins the flags to what the lab was last brought up with, so that a
// plain "lab up" repairs the lab that is there.
func (c *command) options(cmd *cobra.Command, f labFlags) (lab.Options, error) {
	opts, err := lab.ReadOptions(c.dir)
	if err != nil && !errors.Is(err, lab.ErrNotUp) {
		return opts, err
	}
	opts.Dir, opts.Log = c.dir, c.log
	opts.Subnet = netip.Prefix{} // the network that is up says, else one is chosen
	if cmd.Flags().Changed("name") {
		opts.Name = f.name
	}
	if cmd.Flags().Changed("masters") {
		opts.Masters = f.masters
	}
	if cmd.Flags().Changed("nodes") {
		opts.Nodes = f.nodes
	}
	if cmd.Flags().Changed("flavour") {
		opts.Flavours = map[string]lab.Flavour{}
		for node, flavour := range f.flavours {
			opts.Flavours[node] = lab.Flavour(flavour)
		}
	}
	if f.subnet != "" {
		if opts.Subnet, err = netip.ParsePrefix(f.subnet); err != nil {
			return opts, usageError{fmt.Errorf("--subnet: %w", err)}
		}
	}
	if f.release != "" {
		if opts.ReleaseBytes, err = parseSize(f.release); err != nil {
			return opts, usageError{fmt.Errorf("--release-size: %w", err)}
		}
		if opts.ReleaseBytes == 0 {
			opts.ReleaseBytes = -1
		}
	}
	return opts, nil
}

func (c *command) up() *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Bring the lab up, or put right what is not up",
		Long: `Bring the lab up and wait until every node has booted and can be logged in to.

Nodes that are up are left alone. Without flags it is the lab of the last time.
The first time takes minutes, because the nodes' images are built.`,
		Args: cobra.NoArgs,
	}
	f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		opts, err := c.options(cmd, f)
		if err != nil {
			return err
		}
		l, err := lab.Up(cmd.Context(), opts)
		if err != nil {
			return err
		}
		c.log("%d nodes are up; the inventory is %s", len(l.Nodes()), l.InventoryPath())
		return nil
	}
	return cmd
}

func (c *command) down() *cobra.Command {
	var images bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Remove the nodes and their network; keys and images stay",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts, err := lab.ReadOptions(c.dir)
			if err != nil && !errors.Is(err, lab.ErrNotUp) {
				return err
			}
			opts.Dir, opts.Log = c.dir, c.log
			return lab.Remove(cmd.Context(), opts, images)
		},
	}
	cmd.Flags().BoolVar(&images, "images", false, "remove the images too; the next up takes minutes")
	return cmd
}

func (c *command) status() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show every node and its state",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := c.open(cmd.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.std.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NODE\tADDRESS\tGROUP\tFLAVOUR\tSTATE")
			for _, n := range l.Nodes() {
				state, err := n.State(cmd.Context())
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", n.Name(), n.Address(), n.Group(), n.Flavour(), state)
			}
			return w.Flush()
		},
	}
}

func (c *command) ssh() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ssh NODE [COMMAND...]",
		Short: "Log in to a node, or run a command there",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := c.open(cmd.Context())
			if err != nil {
				return err
			}
			n, err := node(l, args[0])
			if err != nil {
				return err
			}
			ssh := exec.CommandContext(cmd.Context(), "ssh", sshArgs(l, n, args[1:])...)
			ssh.Stdin, ssh.Stdout, ssh.Stderr = c.std.in, c.std.out, c.std.err
			if err := ssh.Run(); err != nil {
				return remoteExit{err}
			}
			return nil
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows NODE belongs to the command there
	return cmd
}

// sshArgs are the arguments of ssh that run a command on a node, or a shell.
func sshArgs(l *lab.Lab, n *lab.Node, command []string) []string {
	if len(command) > 0 && command[0] == "--" {
		command = command[1:] // people separate with it what is not lab's own
	}
	return append([]string{
		"-i", l.KeyPath(), "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + l.KnownHostsPath(),
		"-o", "StrictHostKeyChecking=yes", "-l", lab.User, n.Address().String(), "--",
	}, command...)
}

func (c *command) fresh() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "fresh NODE...",
		Short: "Make nodes anew: nothing of what was done to them stays",
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usageError{errors.New("name the nodes to make anew, or say --all")}
			}
			l, err := c.open(cmd.Context())
			if err != nil {
				return err
			}
			group, ctx := errgroup.WithContext(cmd.Context())
			nodes := l.Nodes()
			if !all {
				nodes = nil
			}
			for _, name := range args {
				n, err := node(l, name)
				if err != nil {
					return err
				}
				if !slices.Contains(nodes, n) {
					nodes = append(nodes, n)
				}
			}
			for _, n := range nodes {
				group.Go(func() error {
					if err := n.Fresh(ctx); err != nil {
						return err
					}
					c.log("%s: new at %s (%s)", n.Name(), n.Address(), n.Flavour())
					return nil
				})
			}
			return group.Wait()
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every node of the lab")
	return cmd
}

// vagrantDir keeps Vagrant's nodes apart from those of lab up.
const vagrantDir = ".lab/vagrant"

func (c *command) vagrantEnv() *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:   "vagrant-env",
		Short: "Make all that Vagrant's docker provider needs to run the nodes",
		Long: `Build images, network, keys and release, and write vagrant.json, which
testing/vagrant/Vagrantfile reads, by default in ` + vagrantDir + `, beside the
lab's own. It starts no node: vagrant up does.`,
		Args: cobra.NoArgs,
	}
	f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !cmd.Flags().Changed("dir") {
			c.dir = vagrantDir
		}
		opts, err := c.options(cmd, f)
		if err != nil {
			return err
		}
		path, err := lab.PrepareVagrant(cmd.Context(), opts)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.std.out, path)
		return err
	}
	return cmd
}

// node finds a node by the name on the command line.
func node(l *lab.Lab, name string) (*lab.Node, error) {
	if n := l.Node(name); n != nil {
		return n, nil
	}
	var names []string
	for _, n := range l.Nodes() {
		names = append(names, n.Name())
	}
	return nil, usageError{fmt.Errorf("no node is called %q: there are %v", name, names)}
}
