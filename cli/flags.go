package cli

import (
	"cmp"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcosup/installer"
	"dcosup/inventory"
	"dcosup/inventory/ansiblecfg"
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
	becomeBy    string
	askPass     bool
	askBecome   bool
	passFile    string
	becomeFile  string
	askVault    bool
	vaultFiles  []string
	vaultIDs    []string
	timeout     int // seconds
	sshCommon   string
	sshExtra    string
	forks       int
	verbose     int
	output      string
	lenient     bool
	// askSuperuser is for the superuser of DC/OS, not for a connection.
	askSuperuser bool
}

// registerInventory declares the flags that say what the inventory is, and what
// opens its vaults.
func (f *commonFlags) registerInventory(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.inventories, "inventory", "i", nil, "inventory file, directory, or 'host1,host2,'; may be repeated (default: that of ansible.cfg or $ANSIBLE_INVENTORY, else hosts)")
	flags.StringArrayVarP(&f.extraVars, "extra-vars", "e", nil, "variables as key=value, JSON, YAML or @file; may be repeated")
	f.registerVault(cmd)
}

// registerSources declares the flags of the commands that act on some hosts of an
// inventory, and need no way to them.
func (f *commonFlags) registerSources(cmd *cobra.Command) {
	f.registerInventory(cmd)
	cmd.Flags().StringVarP(&f.limit, "limit", "l", "", "act on these hosts and groups only, as an Ansible pattern")
}

// registerVault declares the flags for passwords of Ansible Vault.
func (f *commonFlags) registerVault(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&f.askVault, "ask-vault-pass", "J", false, "ask for the password of Ansible Vault")
	flags.StringArrayVar(&f.vaultFiles, "vault-password-file", nil, "file with the password of Ansible Vault, or program that prints it; may be repeated")
	flags.StringArrayVar(&f.vaultIDs, "vault-id", nil, "as --vault-password-file, for a vault id: [LABEL@]FILE, or [LABEL@]prompt to be asked; may be repeated")
	flags.SetNormalizeFunc(ansibleNames)
}

// registerCluster declares the flags of the commands that need a cluster.
func (f *commonFlags) registerCluster(cmd *cobra.Command) {
	f.register(cmd)
	f.registerJudging(cmd)
}

// registerJudging declares the flags of the commands that judge the configuration.
func (f *commonFlags) registerJudging(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.askSuperuser, "ask-superuser-password", false, "ask for the password of DC/OS Enterprise's superuser, where the inventory has none")
	cmd.Flags().BoolVar(&f.lenient, "lenient", false, "only warn of what DC/OS's generator would take, though dcosup would not")
}

// register declares the flags of the commands that connect to nodes.
func (f *commonFlags) register(cmd *cobra.Command) {
	f.registerSources(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.user, "user", "u", "", "user to log in as, where the inventory names none")
	flags.StringArrayVar(&f.privateKeys, "private-key", nil, "private key to log in with, where the inventory names none; may be repeated")
	flags.BoolVarP(&f.askPass, "ask-pass", "k", false, "ask for the password to log in with")
	flags.StringVar(&f.passFile, "connection-password-file", "", "file with the password to log in with")
	flags.BoolVarP(&f.become, "become", "b", true, "become root, where the login user is not root")
	flags.StringVar(&f.becomeBy, "become-method", "", "how to become root: sudo (default), su or doas, where the inventory says nothing")
	flags.BoolVarP(&f.askBecome, "ask-become-pass", "K", false, "ask for the password to become root with")
	flags.StringVar(&f.becomeFile, "become-password-file", "", "file with the password to become root with")
	flags.IntVarP(&f.timeout, "timeout", "T", 0, "seconds that a connection may take (default: ConnectTimeout of ssh_config, else 10)")
	flags.StringVar(&f.sshCommon, "ssh-common-args", "", "arguments for ssh, such as '-J bastion', where the inventory has none")
	flags.StringVar(&f.sshExtra, "ssh-extra-args", "", "as --ssh-common-args, after those")
	flags.IntVarP(&f.forks, "forks", "f", installer.DefaultOptions().Forks, "nodes to talk to at once")
	flags.CountVarP(&f.verbose, "verbose", "v", "show what the nodes print")
	flags.StringVarP(&f.output, "output", "o", "auto", "how to tell: auto (a live view on a terminal, else lines), lines or json")
}

// ansibleNames are the other names that Ansible has for flags.
func ansibleNames(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	switch name {
	case "ask-vault-password":
		name = "ask-vault-pass"
	case "vault-pass-file":
		name = "vault-password-file"
	}
	return pflag.NormalizedName(name)
}

// outputs are the values of --output.
var outputs = []string{"auto", "lines", "json"}

// validate refuses flags that cannot be meant.
func (f *commonFlags) validate() error {
	if f.forks < 1 {
		return fmt.Errorf("--forks %d: at least one node must be talked to at once", f.forks)
	}
	if f.timeout < 0 {
		return fmt.Errorf("--timeout %d: it is a number of seconds", f.timeout)
	}
	if f.becomeBy != "" && !slices.Contains(inventory.BecomeMethods, f.becomeBy) {
		return fmt.Errorf("--become-method %s: it is one of %s", f.becomeBy, strings.Join(inventory.BecomeMethods, ", "))
	}
	for _, o := range outputs {
		if f.output == o {
			return nil
		}
	}
	return fmt.Errorf("--output %s: it is one of %s", f.output, strings.Join(outputs, ", "))
}

// sources are the inventories to read: those of -i, else those of Ansible's
// configuration, else the file hosts.
func (f *commonFlags) sources(cfg *ansiblecfg.Settings) []string {
	switch {
	case len(f.inventories) > 0:
		return f.inventories
	case len(cfg.Inventory) > 0:
		return cfg.Inventory
	}
	return []string{"hosts"}
}

// overrides are what flags say of connections, else Ansible's configuration.
func (f *commonFlags) overrides(cfg *ansiblecfg.Settings) inventory.Overrides {
	o := inventory.Overrides{
		User: cmp.Or(f.user, cfg.RemoteUser), KeyFiles: f.privateKeys, Port: cfg.RemotePort,
		BecomeMethod: cmp.Or(f.becomeBy, cfg.BecomeMethod), Become: cfg.Become,
		Timeout: time.Duration(cmp.Or(f.timeout, cfg.Timeout)) * time.Second,
		SSHArgs: cfg.SSHArgs, SSHCommonArgs: cmp.Or(f.sshCommon, cfg.SSHCommonArgs), SSHExtraArgs: cmp.Or(f.sshExtra, cfg.SSHExtraArgs),
		HostKeyChecking: cfg.HostKeyChecking,
	}
	if len(o.KeyFiles) == 0 && cfg.PrivateKeyFile != "" {
		o.KeyFiles = []string{cfg.PrivateKeyFile}
	}
	return o
}

// words are the flags that a next command has to repeat.
func (a *app) words() string {
	var words []string
	for _, i := range a.flags.inventories {
		words = append(words, "-i", shellWord(i))
	}
	for _, e := range a.flags.extraVars {
		words = append(words, "-e", shellWord(concealed(e)))
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
	for _, id := range a.flags.vaultIDs {
		words = append(words, "--vault-id", shellWord(id))
	}
	for _, file := range a.flags.vaultFiles {
		words = append(words, "--vault-password-file", shellWord(file))
	}
	for _, f := range []struct{ name, value string }{
		{"--connection-password-file", a.flags.passFile}, {"--become-method", a.flags.becomeBy},
		{"--become-password-file", a.flags.becomeFile}, {"--ssh-common-args", a.flags.sshCommon}, {"--ssh-extra-args", a.flags.sshExtra},
	} {
		if f.value != "" {
			words = append(words, f.name, shellWord(f.value))
		}
	}
	for _, f := range []struct {
		name  string
		given bool
	}{{"-k", a.flags.askPass}, {"-K", a.flags.askBecome}, {"-J", a.flags.askVault}, {"--ask-superuser-password", a.flags.askSuperuser}} {
		if f.given {
			words = append(words, f.name)
		}
	}
	return strings.Join(words, " ")
}

// secretVars are parts of the names of variables whose values are not repeated
// to anybody.
var secretVars = regexp.MustCompile(`(?i)pass|secret|token|credential|account_key|certificate_key`)

// concealed is an -e as it may be shown, and kept in a run's directory: without
// values that may be secret.
func concealed(vars string) string {
	name, _, pair := strings.Cut(vars, "=")
	switch {
	case strings.HasPrefix(vars, "@") || !secretVars.MatchString(vars):
		return vars
	case pair && !strings.ContainsAny(name, " {"):
		return name + "=***"
	}
	return "***"
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
	return filepath.Join(a.home(), ".local", "state", "dcosup")
}

// home is the person's home directory.
func (a *app) home() string {
	home := a.Getenv("HOME")
	if me, err := user.Current(); home == "" && err == nil {
		home = me.HomeDir
	}
	return home
}

// expandHome replaces a leading ~, which a shell does not where it stands behind
// an @ or in a variable.
func (a *app) expandHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(a.home(), rest)
	}
	return path
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
