// Package reach says how the nodes of an inventory are reached: it puts together
// what the inventory says and what OpenSSH's client configuration says, as
// Ansible and the ssh that it runs do, into targets of package remote. It reads
// configuration files and computes; it connects to nothing.
//
//	ways, err := reach.New(cluster.Nodes, reach.Options{Home: home, User: name})
//	conn, err := dialer.Connect(ctx, ways.Target(node.Name))
package reach

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/remote/sshconfig"
	"dcosup/secret"
)

// Options say where this machine keeps ssh's configuration, and who asks. Files
// are those of ssh; an inventory that names another by -F gets that instead.
type Options = sshconfig.Sources

// Ways are the ways to all nodes.
type Ways struct {
	targets  map[string]remote.Target
	asks     map[string]bool
	warnings []*inventory.Error
}

// New works out the ways to the nodes. Its error is a *multierror.Error of all
// that is wrong: *inventory.Error and *sshconfig.Error.
func New(nodes []*inventory.Node, o Options) (*Ways, error) {
	b := &builder{nodes: nodes, options: o, configs: map[string]*sshconfig.Config{}, told: map[string]bool{},
		ways: &Ways{targets: map[string]remote.Target{}, asks: map[string]bool{}}}
	for _, n := range nodes {
		b.ways.targets[n.Name] = b.target(n, nil)
	}
	if len(b.errs) > 0 {
		return nil, &multierror.Error{Errors: b.errs}
	}
	return b.ways, nil
}

// Target is the way to the node of that name.
func (w *Ways) Target(name string) remote.Target { return w.targets[name] }

// Asks tells whether a person is to be asked about a host key of the node that
// is not known, as opposed to one that is refused or accepted by rule.
func (w *Ways) Asks(name string) bool { return w.asks[name] }

// Warnings are what is set for ssh and cannot be honoured, each once.
func (w *Ways) Warnings() []*inventory.Error { return w.warnings }

type builder struct {
	nodes   []*inventory.Node
	options Options
	configs map[string]*sshconfig.Config // by -F
	told    map[string]bool
	ways    *Ways
	errs    []error
}

// config is the configuration for a -F, read once.
func (b *builder) config(file string) *sshconfig.Config {
	if c, ok := b.configs[file]; ok {
		return c
	}
	o := b.options
	if file != "" {
		o.Files = []string{file}
	}
	c, err := sshconfig.Load(o)
	b.configs[file] = c
	b.fail(err)
	return c
}

// fail records all that an error joins, each once: a mistake in a file of ssh is
// one for all nodes.
func (b *builder) fail(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, part := range joined.Unwrap() {
			b.fail(part)
		}
		return
	}
	if err != nil && !b.told[err.Error()] {
		b.told[err.Error()] = true
		b.errs = append(b.errs, err)
	}
}

// settings are what ssh would do for a node.
func (b *builder) settings(n *inventory.Node) sshconfig.Settings {
	var options []sshconfig.Option
	for _, o := range n.SSH.Options {
		options = append(options, sshconfig.Option{Name: o.Name, Value: o.Value})
	}
	s, err := b.config(n.SSH.ConfigFile).Host(n.SSH.Host, "", options)
	err = placed(n, err)
	b.fail(err)
	b.warn(n, s)
	return s
}

// placed gives what is wrong with an option of the inventory the place where it
// is said.
func placed(n *inventory.Node, err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var parts []error
		for _, part := range joined.Unwrap() {
			parts = append(parts, placed(n, part))
		}
		return errors.Join(parts...)
	}
	var of *sshconfig.Error
	if !errors.As(err, &of) || of.File != "" {
		return err
	}
	for _, o := range n.SSH.Options {
		if strings.Contains(of.Message, o.Value) || strings.Contains(of.Message, o.Name) {
			message := of.Message
			if o.Secret {
				message = secret.Hide(message, secret.Text(o.Value))
			}
			return &inventory.Error{Pos: o.Pos, Message: message}
		}
	}
	return err
}

// warn tells of keywords that are set and that dcosup cannot honour.
func (b *builder) warn(n *inventory.Node, s sshconfig.Settings) {
	for _, u := range s.Unused {
		w := &inventory.Error{Pos: inventory.Pos{File: u.File, Line: u.Line},
			Message: fmt.Sprintf("%s is not honoured by dcosup", u.Keyword), Hint: u.Why}
		if u.File == "" {
			i := slices.IndexFunc(n.SSH.Options, func(o inventory.SSHOption) bool { return o.Name == u.Keyword })
			w.Pos = n.SSH.Options[max(i, 0)].Pos
		}
		if key := w.Error() + w.Pos.String(); !b.told[key] {
			b.told[key] = true
			b.ways.warnings = append(b.ways.warnings, w)
		}
	}
}

// target is a node with the way to it. behind are the nodes that this is on the
// way to.
func (b *builder) target(n *inventory.Node, behind []*inventory.Node) remote.Target {
	if n.SSH.Local {
		return remote.Target{Name: n.Name, Local: true, Become: become(n)}
	}
	s := b.settings(n)
	t := b.made(n.Name, s)
	t.Password, t.Become = n.SSH.Password, become(n)
	b.ways.asks[n.Name] = s.StrictHostKeyChecking == "" || s.StrictHostKeyChecking == "ask"
	jumps := s.ProxyJump
	if hops, ok := jumpOf(s.ProxyCommand); ok {
		jumps, t.ProxyCommand = hops, ""
	}
	t.Jump = b.way(jumps, n, t, append(slices.Clip(behind), n))
	return t
}

// made is a target of what ssh's configuration says.
func (b *builder) made(name string, s sshconfig.Settings) remote.Target {
	t := remote.Target{Name: name, Host: s.HostName, Port: s.Port, User: s.User, KeyFiles: s.IdentityFiles,
		CertFiles: s.CertificateFiles, IdentitiesOnly: s.IdentitiesOnly, AgentSocket: s.IdentityAgent, HostKeyName: s.HostKeyAlias,
		ProxyCommand: s.ProxyCommand, HashKnownHosts: s.HashKnownHosts, DialTimeout: s.ConnectTimeout,
		HostKeys: policy(s.StrictHostKeyChecking)}
	if s.UserKnownHostsFiles != nil || s.GlobalKnownHostsFiles != nil {
		user, global := s.UserKnownHostsFiles, s.GlobalKnownHostsFiles
		if user == nil {
			user = remote.UserKnownHosts(b.options.Home)
		}
		if global == nil {
			global = remote.GlobalKnownHosts()
		}
		t.KnownHosts = slices.Concat(user, global)
	}
	return t
}

// way is the last hop before a node, which holds the hops before itself; nil if
// the node is reached directly. Hops end where they name the node itself: a
// ProxyJump that is written for all hosts is not meant for the bastion.
func (b *builder) way(hops []sshconfig.Hop, n *inventory.Node, t remote.Target, behind []*inventory.Node) *remote.Target {
	var last *remote.Target
	for _, h := range hops {
		if (h.Host == n.Name || h.Host == n.SSH.Host || h.Host == t.Host) && (h.Port == 0 || h.Port == usualPort(t.Port)) {
			break
		}
		last = b.hop(h, n, t, behind, last)
	}
	return last
}

// usualPort is ssh's where nobody names one.
func usualPort(port int) int {
	if port == 0 {
		return 22
	}
	return port
}

// hop is the target of one hop: a node of the inventory, by name or address, with
// the settings that it has there; or else what ssh's configuration says of that
// name. What neither says, user and keys, is as for the node behind it. before
// is the hop before it; without one, it is reached as it would be by itself.
func (b *builder) hop(h sshconfig.Hop, n *inventory.Node, behindIt remote.Target, behind []*inventory.Node, before *remote.Target) *remote.Target {
	var t remote.Target
	for _, other := range b.nodes {
		// Behind one address there can be many nodes, each with a port.
		there := h.Host == other.SSH.Host && (h.Port == 0 || h.Port == usualPort(other.SSH.Port))
		if other.SSH.Local || !there && h.Host != other.Name || slices.Contains(behind, other) {
			continue
		}
		t = b.target(other, behind)
		t.Become = remote.Become{}
		if before != nil {
			t.Jump = before
		}
		return on(h, t)
	}
	s, err := b.config(n.SSH.ConfigFile).Host(h.Host, "", nil)
	b.fail(err)
	t = b.made(h.Host, s)
	if t.Jump = before; before == nil {
		t.Jump = b.strangersWay(h, s, behindIt, behind)
	}
	if s.User == "" {
		t.User = behindIt.User
	}
	if s.IdentityFiles == nil {
		t.KeyFiles, t.CertFiles, t.IdentitiesOnly = behindIt.KeyFiles, behindIt.CertFiles, behindIt.IdentitiesOnly || s.IdentitiesOnly
	}
	if s.UserKnownHostsFiles == nil {
		t.KnownHosts = behindIt.KnownHosts
	}
	if s.StrictHostKeyChecking == "" {
		t.HostKeys = behindIt.HostKeys
	}
	return on(h, t)
}

// strangersWay is the way to a hop that is no node of the inventory, as ssh's
// configuration says it. Jumps that lead to themselves are an error.
func (b *builder) strangersWay(h sshconfig.Hop, s sshconfig.Settings, behindIt remote.Target, behind []*inventory.Node) *remote.Target {
	if len(s.ProxyJump) == 0 {
		return nil
	}
	self := &inventory.Node{Name: h.Host, SSH: inventory.SSH{Host: h.Host, Port: h.Port}}
	for _, n := range behind {
		if n.Name == h.Host && n.Pos == (inventory.Pos{}) {
			b.fail(fmt.Errorf("ProxyJump: the way to %s leads through %s itself", behind[0].Name, h.Host))
			return nil
		}
	}
	return b.way(s.ProxyJump, self, behindIt, append(slices.Clip(behind), self))
}

// on puts what a hop says itself over its target.
func on(h sshconfig.Hop, t remote.Target) *remote.Target {
	if h.User != "" {
		t.User = h.User
	}
	if h.Port != 0 {
		t.Port = h.Port
	}
	return &t
}

// policy translates StrictHostKeyChecking. "ask" refuses: whoever can ask does so
// before anybody connects, see Asks.
func policy(strict string) remote.HostKeyPolicy {
	switch strict {
	case "accept-new":
		return remote.AcceptNew
	case "no", "off":
		return remote.Insecure
	}
	return remote.Strict
}

// become says how root's rights are got on a node.
func become(n *inventory.Node) remote.Become {
	if !n.SSH.Become {
		return remote.Become{}
	}
	return remote.Become{Method: remote.BecomeMethod(n.SSH.BecomeMethod), Password: n.SSH.BecomePassword}
}

// jumpOf returns the jump that does what a ProxyCommand such as
// `ssh -W 10.0.0.2:22 -q -p 2222 user@bastion` does, if there is one: a jump is
// one connection for all nodes, a command is one for each.
func jumpOf(command string) (hops []sshconfig.Hop, ok bool) {
	words := strings.Fields(strings.NewReplacer(`"`, "", "'", "").Replace(command))
	if len(words) == 0 || words[0] != "ssh" && !strings.HasSuffix(words[0], "/ssh") {
		return nil, false
	}
	var host, user, port string
	forwards := false
	for i := 1; i < len(words); i++ {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch w := words[i]; {
		case w == "-W":
			forwards, i = true, i+1
		case w == "-q":
		case w == "-l":
			user, i = next, i+1
		case w == "-p":
			port, i = next, i+1
		case !strings.HasPrefix(w, "-") && host == "":
			host = w
		default:
			return nil, false
		}
	}
	if user != "" && !strings.Contains(host, "@") {
		host = user + "@" + host
	}
	if port != "" {
		host += ":" + port
	}
	hops, err := sshconfig.Hops(host)
	return hops, err == nil && forwards && host != ""
}
