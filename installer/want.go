package installer

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-multierror"

	"dcosup/genconf"
	"dcosup/inventory"
)

// Where dcosup keeps its things on the bootstrap node.
const (
	home       = "/opt/dcosup"
	nodeBinary = home + "/bin/dcosup"
	// defaultPort is where dcos-ansible serves the install files.
	defaultPort = "8080"
)

// Wanted is what the inventory asks for, once the nodes' addresses are known.
type Wanted struct {
	Release   inventory.Release // with its checksum, where the file lies on this machine
	Files     genconf.Files
	Key       string            // identity of Files and release: what genconf ran on
	URL       *url.URL          // bootstrap_url; nil where no file server of ours can serve at it
	Dir       string            // on the bootstrap node: the generator, its genconf/ and what it made
	Addresses map[string]string // node name → IPv4 address within the cluster
	Masters   []string          // the masters' addresses, in the inventory's order
	Warnings  []*inventory.Error
	Drift     Drift // from what the cluster was installed from; known when a plan is made
}

// known is what want needs to know beside the inventory.
type known struct {
	Addresses   map[string]string   // node name → IPv4 address within the cluster
	Environment genconf.Environment // where the nodes run
	Lenient     bool                // what the generator itself would take is no error
	Unjudged    bool                // nothing is: the configuration is not to be used
	StandIns    bool                // some of the Addresses only stand in for unknown ones
}

// want renders the configuration. The addresses may lack nodes; masters that it
// lacks are an error. The error is a multierror of *inventory.Error.
func want(c *inventory.Cluster, k known) (Wanted, error) {
	addresses := k.Addresses
	w := Wanted{Release: c.Release, Addresses: addresses, Dir: path.Join(home, specifier(c.Release))}
	for _, m := range c.Masters() {
		if addresses[m.Name] == "" {
			return w, fmt.Errorf("the address of master %s is not known", m.Name)
		}
		w.Masters = append(w.Masters, addresses[m.Name])
	}
	var findings []genconf.Finding
	w.Files, findings = genconf.Render(genconf.Input{
		Config: c.Config.Native(), NonTextKeys: c.Config.NonTextKeys(), ClusterName: c.Name, Masters: w.Masters,
		BootstrapURL: "http://" + addresses[c.Bootstrap().Name] + ":" + defaultPort,
		IPDetect:     method(c.Detection.IP), IPDetectPublic: method(c.Detection.IPPublic),
		IP6Detect: method(c.Detection.IP6), FaultDomainDetect: method(c.Detection.FaultDomain),
		Environment: k.Environment, Nodes: tableNodes(c, addresses), Extra: ownFiles(c), Now: time.Now(),
		Version: c.Release.Version, Enterprise: c.Release.Enterprise, Lenient: k.Lenient, Secret: c.Config.SecretPaths(),
		Provisional: k.StandIns,
	})
	var wrong []*inventory.Error
	for _, f := range findings {
		if c.Unknown(f.Key) || len(f.Path) > 0 && c.Unknown(f.Path[0]) {
			continue // it is not missing
		}
		pos, message := placeOf(c, f)
		e := c.ErrorAt(pos, message, f.Hint)
		if f.Severity == genconf.Error {
			wrong = append(wrong, e)
		} else {
			w.Warnings = append(w.Warnings, e)
		}
	}
	w.Warnings = c.Sorted(w.Warnings)
	if len(wrong) > 0 && !k.Unjudged {
		errs := &multierror.Error{}
		for _, e := range c.Sorted(wrong) {
			errs = multierror.Append(errs, e)
		}
		return w, errs
	}
	w.Key = w.Files.Key()
	given, _ := c.Config.Get("bootstrap_url")
	text, _ := given.Text()
	if text == "" {
		text = "http://" + addresses[c.Bootstrap().Name] + ":" + defaultPort
	}
	u, err := url.Parse(text)
	switch {
	case err == nil && u.Scheme == "http" && u.Host != "":
		w.URL = u
	case !k.Lenient && !k.Unjudged:
		return w, multierror.Append(nil, unservable(c))
	}
	return w, nil
}

// unservable is the error of a bootstrap_url at which dcosup cannot serve.
func unservable(c *inventory.Cluster) error {
	given, _ := c.Config.Get("bootstrap_url")
	return c.ErrorAt(given.Pos, "dcos.config.bootstrap_url: is not an http URL, so dcosup cannot serve the install files there",
		"leave it out: it is derived from the bootstrap node's address")
}

func method(m inventory.Method) genconf.Method {
	return genconf.Method{Word: m.Word, Interface: m.Interface}
}

// tableNodes are the nodes that will have DC/OS, as the inventory knows them.
func tableNodes(c *inventory.Cluster, addresses map[string]string) []genconf.Node {
	var nodes []genconf.Node
	for _, n := range c.Nodes {
		if n.Role != inventory.RoleBootstrap && addresses[n.Name] != "" {
			nodes = append(nodes, genconf.Node{Address: addresses[n.Name], Public: n.PublicIP, IP6: n.IP6, Region: n.Region, Zone: n.Zone})
		}
	}
	return nodes
}

// ownFiles are the person's own files for genconf/. Programs for checks are
// packed for the nodes with the mode that they have there; all else is for the
// generator only, and may be secret.
func ownFiles(c *inventory.Cluster) []genconf.File {
	var files []genconf.File
	for _, f := range c.GenconfFiles {
		mode := fs.FileMode(0o600)
		switch {
		case f.Executable:
			mode = 0o755
		case strings.HasPrefix(f.Name, "check_bins/"):
			mode = 0o644
		}
		files = append(files, genconf.File{Name: f.Name, Mode: mode, Content: []byte(f.Content.Reveal())})
	}
	return files
}

// environment is where all nodes run that were looked at and will have DC/OS.
func environment(c *inventory.Cluster, seen map[string]*Sight) genconf.Environment {
	var all []genconf.Environment
	for _, n := range c.Nodes {
		if s := seen[n.Name]; s != nil && s.Err == nil && n.Role != inventory.RoleBootstrap {
			all = append(all, genconf.EnvironmentOf(genconf.DMI(s.Facts.DMI)))
		}
	}
	return genconf.CommonEnvironment(all)
}

// placeOf is where what a finding is about was said: in a file of genconf/, in
// the variable dcos, or in its config.
func placeOf(c *inventory.Cluster, f genconf.Finding) (inventory.Pos, string) {
	if f.Key == "" {
		return inventory.Pos{}, f.Message
	}
	for _, own := range c.GenconfFiles {
		if f.Key == "genconf/"+own.Name {
			return own.Pos, f.Message // the place is the file
		}
	}
	if _, isSetting := genconf.Methods()[f.Key]; isSetting {
		return settingPos(c, f.Key), "dcos." + f.Key + ": " + f.Message
	}
	return c.Config.PosAt(f.Path), "dcos.config." + f.Where() + ": " + f.Message
}

// port is where the file server listens: the port of bootstrap_url.
func (w Wanted) port() string {
	if w.URL == nil {
		return defaultPort
	}
	if p := w.URL.Port(); p != "" {
		return p
	}
	return "80"
}

// specifier names the directory of a release, as dcos-ansible does: several
// releases stand side by side on a bootstrap node that has seen upgrades.
func specifier(r inventory.Release) string {
	for _, name := range []string{r.ImageCommit, r.Version} {
		// A name that is a path is cut to its last part: the directory stays below home.
		if name = path.Base(path.Clean("/" + name)); name != "/" {
			return name
		}
	}
	return "current"
}

// provisional are addresses for judging the configuration before any node has
// been asked: those that the inventory tells, and for the rest some from the
// block that no machine has (240.0.0.0/4: reserved by RFC 1112, and never given
// to anybody).
func provisional(c *inventory.Cluster) map[string]string {
	addresses := map[string]string{}
	for i, n := range c.Nodes {
		addresses[n.Name] = knownAddress(n)
		if addresses[n.Name] == "" {
			addresses[n.Name] = fmt.Sprintf("240.0.0.%d", i%254+1)
		}
	}
	return addresses
}

// HashSuperuserPassword puts into the configuration what DC/OS Enterprise knows
// of the superuser's password, where one was given. It takes a second, so it is
// done once, before the configuration is judged.
func HashSuperuserPassword(c *inventory.Cluster) error {
	const key = "superuser_password_hash"
	su := c.Superuser
	if _, has := c.Config.Get(key); has || su.Password == "" {
		return nil // that both are there was refused
	}
	hash, err := genconf.HashPassword(c.Name, su.Name, su.Password)
	if err != nil {
		return c.ErrorAt(su.Pos, err.Error(), "")
	}
	c.Config.SetAt(key, inventory.Value{Data: hash, Pos: su.Pos, Secret: true}, su.Pos)
	return nil
}

// unasked is what is known before any node has been asked.
func unasked(c *inventory.Cluster, lenient bool) known {
	return known{
		Addresses: provisional(c), Environment: genconf.Unasked, Lenient: lenient,
		StandIns: slices.ContainsFunc(c.Nodes, func(n *inventory.Node) bool { return knownAddress(n) == "" }),
	}
}

// CheckConfig judges the configuration, and what the inventory changes about
// requirements, without any node. Its error is a
// multierror of *inventory.Error: everything that is wrong. Of a cluster without
// a bootstrap node or a master nothing can be said.
func CheckConfig(c *inventory.Cluster, lenient bool) ([]*inventory.Error, error) {
	_, warnings, wrong := settings(c)
	if c.Bootstrap() == nil || len(c.Masters()) == 0 || c.Config.Len() == 0 {
		return warnings, wrong
	}
	w, err := want(c, unasked(c, lenient))
	if wrong != nil {
		err = multierror.Append(err, wrong)
	}
	return append(warnings, w.Warnings...), err
}
