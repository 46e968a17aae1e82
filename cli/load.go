package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"dcosup/installer"
	"dcosup/inventory"
	"dcosup/inventory/ansiblecfg"
	"dcosup/reach"
	"dcosup/secret"
)

// readInventory reads the inventory with what the flags say of connections.
func (a *app) readInventory(cmd *cobra.Command) (*inventory.Inventory, error) {
	if err := a.flags.validate(); err != nil {
		return nil, err
	}
	cfg, err := a.ansibleConfig()
	if err != nil {
		return nil, err
	}
	a.warn(cfg.Warnings)
	f := &a.flags
	if cfg.Forks > 0 && !cmd.Flags().Changed("forks") {
		f.forks = cfg.Forks
	}
	overrides := f.overrides(cfg)
	if cmd.Flags().Changed("become") {
		overrides.Become = &a.flags.become
	}
	if err := a.passwords(&overrides); err != nil {
		return nil, err
	}
	ring, err := a.keyring(cmd.Context(), cfg)
	if err != nil {
		return nil, err
	}
	inv, err := inventory.Load(inventory.Options{Sources: f.sources(cfg), ExtraVars: f.extraVars, Limit: f.limit, WorkDir: a.workDir,
		Overrides: overrides, MergeHashes: cfg.MergeHashes, Vault: ring, Run: a.inventoryProgram(cmd.Context())})
	if err != nil && a.interrupted(cmd) {
		return nil, errInterrupted
	}
	return inv, err
}

// ansibleConfig is what Ansible's own configuration says.
func (a *app) ansibleConfig() (*ansiblecfg.Settings, error) {
	return ansiblecfg.Load(ansiblecfg.Options{Getenv: a.Getenv, Home: a.home(), WorkDir: a.workDir})
}

// inventoryProgram runs executable inventories.
func (a *app) inventoryProgram(ctx context.Context) func(string, ...string) ([]byte, error) {
	return func(path string, args ...string) ([]byte, error) {
		return a.run(ctx, program{path: path, args: args, patience: inventoryPatience, max: maxInventory})
	}
}

// passwords asks for those that -k and -K want, or reads them from files.
func (a *app) passwords(o *inventory.Overrides) (err error) {
	if o.Password, err = a.password(a.flags.askPass, a.flags.passFile, "--connection-password-file", "SSH password: "); err != nil {
		return err
	}
	prompt := "BECOME password: "
	if o.Password != "" {
		prompt = "BECOME password [the SSH password]: "
	}
	if o.BecomePassword, err = a.password(a.flags.askBecome, a.flags.becomeFile, "--become-password-file", prompt); err != nil {
		return err
	}
	if a.flags.askBecome && o.BecomePassword == "" {
		o.BecomePassword = o.Password
	}
	return a.superuserPassword(o)
}

// superuserVariable gives the password of DC/OS Enterprise's superuser, for
// those who run this without a terminal and keep no password in files.
const superuserVariable = "DCOSUP_SUPERUSER_PASSWORD"

// superuserPassword asks for what --ask-superuser-password wants, or takes it
// from the environment.
func (a *app) superuserPassword(o *inventory.Overrides) error {
	if !a.flags.askSuperuser {
		o.SuperuserPassword, o.SuperuserPasswordPos = secret.Text(a.Getenv(superuserVariable)), inventory.Pos{File: superuserVariable}
		return nil
	}
	password, err := a.askSecret("Password of DC/OS Enterprise's superuser: ")
	switch {
	case errors.Is(err, errNoTerminal):
		return fmt.Errorf("%w: give the password by the variable %s of the environment", err, superuserVariable)
	case err == nil && password == "":
		return errors.New("--ask-superuser-password: no password was given")
	}
	o.SuperuserPassword, o.SuperuserPasswordPos = password, inventory.Pos{File: "--ask-superuser-password"}
	return err
}

func (a *app) password(ask bool, file, flag, prompt string) (secret.Text, error) {
	switch {
	case file != "" && ask:
		return "", fmt.Errorf("%s: a password is either read or asked for", flag)
	case file != "":
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("%s: %w", flag, err)
		}
		line := strings.TrimRight(string(text), "\r\n")
		if line == "" {
			return "", fmt.Errorf("%s: %s is empty", flag, file)
		}
		return secret.Text(line), nil
	case ask:
		password, err := a.askSecret(prompt)
		if errors.Is(err, errNoTerminal) {
			err = fmt.Errorf("%w: give the password by %s", err, flag)
		}
		return password, err
	}
	return "", nil
}

// ways works out how the nodes are reached, and tells what cannot be honoured.
func (a *app) ways(nodes []*inventory.Node) (*reach.Ways, error) {
	me, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("looking up the current user: %w", err)
	}
	host, _ := os.Hostname()
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	ways, err := reach.New(nodes, reach.Options{Home: me.HomeDir, User: me.Username, UID: me.Uid, LocalHost: host, WorkDir: here, Getenv: a.Getenv})
	if err != nil {
		return nil, err
	}
	a.warn(ways.Warnings())
	return ways, nil
}

func (a *app) warn(warnings []*inventory.Error) {
	for _, w := range warnings {
		fmt.Fprintf(a.Stderr, "warning: %s\n", w.Format())
	}
}

// loadCluster reads the inventory and judges all that can be judged without
// asking a node; the configuration only for commands that install from it.
func (a *app) loadCluster(cmd *cobra.Command, judgeConfig bool) (*inventory.Cluster, *reach.Ways, error) {
	cluster, err := a.cluster(cmd, "", judgeConfig)
	if err != nil {
		return nil, nil, err
	}
	if err := inventory.CheckKeyFiles(cluster); err != nil {
		return nil, nil, err
	}
	ways, err := a.ways(cluster.Nodes)
	return cluster, ways, err
}

// cluster is the cluster that the inventory describes, with a configuration
// that the generator of a version takes, where it is to be judged; "" is the
// version that the inventory names. What is wrong is one error; warnings are told.
func (a *app) cluster(cmd *cobra.Command, version string, judgeConfig bool) (*inventory.Cluster, error) {
	inv, err := a.readInventory(cmd)
	if err != nil {
		return nil, err
	}
	cluster, warnings, err := a.judged(inv, version, judgeConfig)
	a.warn(warnings)
	if err != nil {
		return nil, err
	}
	return cluster, nil
}

// judged is the cluster that an inventory describes, as far as it can be
// understood, with all that is odd or wrong.
func (a *app) judged(inv *inventory.Inventory, version string, judgeConfig bool) (*inventory.Cluster, []*inventory.Error, error) {
	cluster, err := inv.Cluster()
	cluster.Release.Version = cmp.Or(version, cluster.Release.Version)
	warnings := cluster.Warnings
	if judgeConfig {
		unhashed := installer.HashSuperuserPassword(cluster)
		more, unfit := installer.CheckConfig(cluster, a.flags.lenient)
		warnings, err = append(warnings, more...), joined(err, unhashed, unfit)
	}
	return cluster, warnings, err
}

// joined joins errors, each of which may be many; nil if there is none.
func joined(errs ...error) error {
	var all *multierror.Error
	for _, err := range errs {
		if err != nil {
			all = multierror.Append(all, err)
		}
	}
	return all.ErrorOrNil()
}

// loadNodes reads the inventory for a command that needs no cluster, only
// machines: the hosts that -l selects, in inventory order, and the ways to them.
func (a *app) loadNodes(cmd *cobra.Command) ([]*inventory.Node, *reach.Ways, error) {
	inv, err := a.readInventory(cmd)
	if err != nil {
		return nil, nil, err
	}
	all, err := inv.Nodes()
	if err != nil {
		return nil, nil, err
	}
	ways, err := a.ways(all)
	if err != nil {
		return nil, nil, err
	}
	var selected []*inventory.Node
	for _, n := range all {
		if n.Selected {
			selected = append(selected, n)
		}
	}
	if len(selected) == 0 {
		return nil, nil, errors.New("the inventory has no hosts")
	}
	return selected, ways, nil
}
