package installer

import (
	"fmt"
	"net/url"
	"path"

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
	URL       *url.URL          // bootstrap_url
	Dir       string            // on the bootstrap node: the generator, its genconf/ and what it made
	Addresses map[string]string // node name → IPv4 address within the cluster
	Masters   []string          // the masters' addresses, in the inventory's order
	Warnings  []*inventory.Error
	Drift     Drift // from what the cluster was installed from; known when a plan is made
}

// want renders the configuration. addresses may lack nodes; masters that it
// lacks are an error. The error is a multierror of *inventory.Error; with lenient
// what the generator itself would take is none.
func want(c *inventory.Cluster, addresses map[string]string, lenient bool) (Wanted, error) {
	w := Wanted{Release: c.Release, Addresses: addresses, Dir: path.Join(home, specifier(c.Release))}
	for _, m := range c.Masters() {
		if addresses[m.Name] == "" {
			return w, fmt.Errorf("the address of master %s is not known", m.Name)
		}
		w.Masters = append(w.Masters, addresses[m.Name])
	}
	var findings []genconf.Finding
	w.Files, findings = genconf.Render(genconf.Input{
		Config: c.Config.Plain(), ClusterName: c.Name, Masters: w.Masters,
		BootstrapURL: "http://" + addresses[c.Bootstrap().Name] + ":" + defaultPort,
		IPDetect:     c.IPDetect, IPDetectPublic: c.IPDetectPublic, FaultDomainDetect: c.FaultDomainDetect,
		Version: c.Release.Version, Enterprise: c.Release.Enterprise,
	})
	var errs *multierror.Error
	for _, f := range findings {
		e := c.ErrorAt(c.Config.KeyPos(f.Key), configMessage(f), f.Hint)
		if f.Severity == genconf.Error {
			errs = multierror.Append(errs, e)
		} else {
			w.Warnings = append(w.Warnings, e)
		}
	}
	if errs != nil {
		return w, errs
	}
	w.Key = w.Files.Key()
	given, _ := c.Config.Get("bootstrap_url")
	text, _ := given.Text()
	if text == "" {
		text = "http://" + addresses[c.Bootstrap().Name] + ":" + defaultPort
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return w, multierror.Append(nil, c.ErrorAt(given.Pos, fmt.Sprintf("dcos.config.bootstrap_url: %q is not an http URL", text),
			"leave it out: it is derived from the bootstrap node's address"))
	}
	w.URL = u
	return w, nil
}

func configMessage(f genconf.Finding) string {
	if f.Key == "" {
		return f.Message
	}
	return "dcos.config." + f.Key + ": " + f.Message
}

// port is where the file server listens: the port of bootstrap_url.
func (w Wanted) port() string {
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
// block that is reserved for documentation (RFC 5737).
func provisional(c *inventory.Cluster) map[string]string {
	addresses := map[string]string{}
	for i, n := range c.Nodes {
		addresses[n.Name] = knownAddress(n)
		if addresses[n.Name] == "" {
			addresses[n.Name] = fmt.Sprintf("192.0.2.%d", i%254+1)
		}
	}
	return addresses
}

// CheckConfig judges the configuration, and what the inventory changes about
// requirements, without any node. Its error is a
// multierror of *inventory.Error: everything that is wrong. Of a cluster without
// a bootstrap node or a master nothing can be said.
func CheckConfig(c *inventory.Cluster, lenient bool) ([]*inventory.Error, error) {
	_, warnings, wrong := policies(c)
	if c.Bootstrap() == nil || len(c.Masters()) == 0 || c.Config.Len() == 0 {
		return warnings, wrong
	}
	w, err := want(c, provisional(c), lenient)
	if wrong != nil {
		err = multierror.Append(err, wrong)
	}
	return append(warnings, w.Warnings...), err
}
