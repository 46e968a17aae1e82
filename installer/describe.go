package installer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
	"gopkg.in/yaml.v3"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/secret"
)

// Description is a cluster as an inventory describes it, and where each setting
// comes from. It is told without asking any node; secrets are masked.
type Description struct {
	Cluster  string            `json:"cluster"`
	Release  string            `json:"release"` // such as "DC/OS 2.1.0"
	Nodes    []NodeDescription `json:"nodes"`
	Settings []Setting         `json:"settings"`
}

// NodeDescription is one node of the cluster.
type NodeDescription struct {
	Name    string         `json:"node"`
	Role    inventory.Role `json:"role"`
	Address string         `json:"address,omitempty"` // within the cluster; "" where only the node itself can tell
	Host    string         `json:"host"`              // what is connected to
	From    string         `json:"from"`              // where the inventory first names it
}

// Setting is one setting of the cluster.
type Setting struct {
	Key   string `json:"key"`   // "version", "config.resolvers"
	Value string `json:"value"` // in one line
	From  string `json:"from"`  // file:line:column, "derived" or "default"
}

// The origins of settings that the inventory does not have.
const (
	FromDerived = "derived"
	FromDefault = "default"
)

// DescribeCluster says what an inventory means. Its error is that of CheckConfig.
func DescribeCluster(c *inventory.Cluster, lenient bool) (Description, error) {
	w, err := want(c, unasked(c, lenient))
	if err != nil {
		return Description{}, err
	}
	d := Description{Cluster: c.Name, Release: strings.TrimSpace("DC/OS " + c.Release.Version)}
	if c.Release.Enterprise {
		d.Release = strings.TrimSpace("DC/OS Enterprise " + c.Release.Version)
	}
	for _, n := range c.Nodes {
		d.Nodes = append(d.Nodes, NodeDescription{n.Name, n.Role, knownAddress(n), host(n), n.Pos.String()})
	}
	d.Settings = append(dcosSettings(c, w), configSettings(c, w)...)
	for i := range d.Settings {
		d.Settings[i].Value = secret.Hide(d.Settings[i].Value, c.SecretTexts()...)
	}
	return d, nil
}

func host(n *inventory.Node) string {
	if n.SSH.Local {
		return "this machine"
	}
	return n.SSH.Host
}

// dcosSettings are the settings beside config.yaml.
func dcosSettings(c *inventory.Cluster, w Wanted) []Setting {
	settings := []Setting{
		{Key: "download", Value: w.Files.OneLine("download", c.Release.Download)},
		{Key: "download_checksum", Value: c.Release.Checksum},
		{Key: "version", Value: c.Release.Version},
		{Key: "image_commit", Value: c.Release.ImageCommit},
		{Key: "enterprise_dcos", Value: fmt.Sprint(c.Release.Enterprise)},
		{Key: "selinux_mode", Value: c.SELinuxMode},
		{Key: "ip_detect", Value: c.Detection.IP.String()},
		{Key: "ip_detect_public", Value: c.Detection.IPPublic.String()},
		{Key: "ip6_detect", Value: c.Detection.IP6.String()},
		{Key: "fault_domain_detect", Value: c.Detection.FaultDomain.String()},
	}
	for i, s := range settings {
		settings[i].From = FromDefault
		if pos := settingPos(c, s.Key); pos.IsValid() {
			settings[i].From = pos.String()
		}
	}
	return slices.DeleteFunc(settings, func(s Setting) bool { return s.Value == "" })
}

// configSettings are the keys of config.yaml and the files beside it.
func configSettings(c *inventory.Cluster, w Wanted) []Setting {
	var config map[string]any
	_ = yaml.Unmarshal(w.Files.Config, &config) // it was rendered from one
	told := tellUnknown(c)
	var settings []Setting
	for key, value := range config {
		s := Setting{Key: "config." + key, Value: told.Replace(w.Files.OneLine(key, value)), From: FromDerived}
		if pos := c.Config.KeyPos(key); pos.IsValid() {
			s.From = pos.String()
		}
		settings = append(settings, s)
	}
	for _, p := range c.Pending() {
		settings = slices.DeleteFunc(settings, func(s Setting) bool { return s.Key == "config."+p.Key })
		settings = append(settings, Setting{Key: "config." + p.Key, Value: "<" + p.Fact + ">", From: p.Pos.String()})
	}
	slices.SortFunc(settings, func(a, b Setting) int { return cmp.Compare(a.Key, b.Key) })
	return settings
}

// tellUnknown replaces the addresses that stand in for those that only the nodes
// can tell.
func tellUnknown(c *inventory.Cluster) *strings.Replacer {
	stand := provisional(c)
	nodes := slices.Clone(c.Nodes)
	slices.SortFunc(nodes, func(a, b *inventory.Node) int { return cmp.Compare(len(stand[b.Name]), len(stand[a.Name])) }) // 240.0.0.10 before 240.0.0.1
	var pairs []string
	for _, n := range nodes {
		if knownAddress(n) == "" {
			pairs = append(pairs, stand[n.Name], "<address of "+n.Name+">")
		}
	}
	return strings.NewReplacer(pairs...)
}

// derivedFrom tells whether something that the person did not write is made of the
// addresses of nodes of a role.
func derivedFrom(role inventory.Role, derived []string) bool {
	from := map[inventory.Role][]string{
		inventory.RoleBootstrap: {"bootstrap_url"},
		inventory.RoleMaster:    {"master_list", "ip_detect_contents", "ip6_detect_contents"}, // scripts that ask for the route to a master
	}[role]
	return slices.ContainsFunc(from, func(key string) bool { return slices.Contains(derived, key) })
}

// Genconf renders genconf/ from the inventory alone. Its error is a multierror
// of *inventory.Error: all that is wrong, and what the inventory does not tell
// and only the nodes can: addresses within the cluster, and where they run.
func Genconf(c *inventory.Cluster, lenient bool) (genconf.Files, error) {
	w, err := want(c, unasked(c, lenient))
	if err != nil {
		return w.Files, err
	}
	var missing *multierror.Error
	d := c.Detection
	tables := slices.ContainsFunc([]inventory.Method{d.IP, d.IPPublic, d.IP6, d.FaultDomain}, inventory.Method.FromInventory)
	for _, n := range c.Nodes {
		if knownAddress(n) == "" && (derivedFrom(n.Role, w.Files.Derived) || tables && n.Role != inventory.RoleBootstrap) {
			missing = multierror.Append(missing, c.ErrorAt(n.Pos, fmt.Sprintf("the address of %s within the cluster is not known without asking the node", n.Name),
				"give the host a variable private_ip"))
		}
	}
	for _, p := range c.Pending() {
		missing = multierror.Append(missing, c.ErrorAt(p.Pos, fmt.Sprintf("dcos.config.%s needs the fact %s, which is not known without asking the node", p.Key, p.Fact),
			"write the value itself, or leave it to check, plan and apply, which ask"))
	}
	if w.Files.OpenFaultDomains {
		missing = multierror.Append(missing, c.ErrorAt(settingPos(c, "enterprise_dcos"), "where the nodes run is not known without asking them, and DC/OS Enterprise detects fault domains by it",
			"choose a method by dcos.fault_domain_detect"))
	}
	return w.Files, missing.ErrorOrNil()
}
