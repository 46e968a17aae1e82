package cli

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dcosup/installer"
	"dcosup/inventory"
)

// commonFlags are those of every command that reads an inventory. Their
// letters are Ansible's.
type commonFlags struct {
	inventories []string
	extraVars   []string
	limit       string
	user        string
	privateKeys []string
	become      bool
	forks       int
	verbose     int
	output      string
}

func (f *commonFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.inventories, "inventory", "i", nil, "inventory file, directory, or 'host1,host2,'; may be repeated (default: $ANSIBLE_INVENTORY, else hosts)")
	flags.StringArrayVarP(&f.extraVars, "extra-vars", "e", nil, "variables as key=value, JSON, YAML or @file; may be repeated")
	flags.StringVarP(&f.limit, "limit", "l", "", "act on these hosts and groups only, as an Ansible pattern")
	flags.StringVarP(&f.user, "user", "u", "", "user to log in as, where the inventory names none")
	flags.StringArrayVar(&f.privateKeys, "private-key", nil, "private key to log in with, where the inventory names none; may be repeated")
	flags.BoolVarP(&f.become, "become", "b", true, "become root by sudo, where the login user is not root")
	flags.IntVarP(&f.forks, "forks", "f", installer.DefaultOptions().Forks, "nodes to talk to at once")
	flags.CountVarP(&f.verbose, "verbose", "v", "show what the nodes print")
	flags.StringVarP(&f.output, "output", "o", "auto", "how to tell: auto (a live view on a terminal, else lines), lines or json")
}

// outputs are the values of --output.
var outputs = []string{"auto", "lines", "json"}

// validate refuses flags that cannot be meant.
func (f *commonFlags) validate() error {
	if f.forks < 1 {
		return fmt.Errorf("--forks %d: at least one node must be talked to at once", f.forks)
	}
	for _, o := range outputs {
		if f.output == o {
			return nil
		}
	}
	return fmt.Errorf("--output %s: it is one of %s", f.output, strings.Join(outputs, ", "))
}

// sources are the inventories to read: those of -i, else those of Ansible's
// environment variable, else the file hosts.
func (f *commonFlags) sources(getenv func(string) string) []string {
	if len(f.inventories) > 0 {
		return f.inventories
	}
	if list := getenv("ANSIBLE_INVENTORY"); list != "" {
		return strings.Split(list, ",")
	}
	return []string{"hosts"}
}

// loadCluster reads the inventory and judges all that can be judged without
// asking a node.
func (a *app) loadCluster(cmd *cobra.Command) (*inventory.Cluster, error) {
	if err := a.flags.validate(); err != nil {
		return nil, err
	}
	overrides := inventory.Overrides{User: a.flags.user, KeyFiles: a.flags.privateKeys}
	if cmd.Flags().Changed("become") {
		overrides.Become = &a.flags.become
	}
	inv, err := inventory.Load(inventory.Options{Sources: a.flags.sources(a.Getenv), ExtraVars: a.flags.extraVars,
		Limit: a.flags.limit, Overrides: overrides})
	if err != nil {
		return nil, err
	}
	cluster, err := inv.Cluster()
	if err != nil {
		return nil, err
	}
	if err := inventory.CheckKeyFiles(cluster); err != nil {
		return nil, err
	}
	warnings, err := installer.CheckConfig(cluster)
	if err != nil {
		return nil, err
	}
	for _, w := range append(cluster.Warnings, warnings...) {
		fmt.Fprintf(a.Stderr, "warning: %s\n", w.Format())
	}
	return cluster, nil
}

// words are the flags that a next command has to repeat.
func (a *app) words() string {
	var words []string
	for _, i := range a.flags.inventories {
		words = append(words, "-i", shellWord(i))
	}
	for _, e := range a.flags.extraVars {
		words = append(words, "-e", shellWord(e))
	}
	if a.flags.limit != "" {
		words = append(words, "-l", shellWord(a.flags.limit))
	}
	if a.flags.user != "" {
		words = append(words, "-u", shellWord(a.flags.user))
	}
	for _, k := range a.flags.privateKeys {
		words = append(words, "--private-key", shellWord(k))
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word for a person to copy, only where it needs it.
func shellWord(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@%+", r))
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// stateDir is where runs are kept: dcosup in the XDG state home.
func (a *app) stateDir() string {
	if dir := a.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "dcosup")
	}
	home := a.Getenv("HOME")
	if me, err := user.Current(); home == "" && err == nil {
		home = me.HomeDir
	}
	return filepath.Join(home, ".local", "state", "dcosup")
}

// holder says who runs this, for a second operator who finds the lock taken.
func (a *app) holder(command string) string {
	name := a.Getenv("USER")
	if me, err := user.Current(); name == "" && err == nil {
		name = me.Username
	}
	host, _ := os.Hostname()
	return fmt.Sprintf("%s@%s, dcosup %s, since %s", name, host, command, time.Now().Format(time.RFC3339))
}
