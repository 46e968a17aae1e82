package installer

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/go-multierror"

	"dcosup/genconf"
	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
)

//go:embed scripts/effective.sh
var effectiveScript string

// Drift is how the inventory differs from what a cluster was installed from.
type Drift struct {
	Config  []genconf.Change // of config.yaml and the files beside it
	Release bool             // the release is another
}

// Any tells whether there is a difference.
func (d Drift) Any() bool { return d.Release || len(d.Config) > 0 }

// drift compares the inventory with what the installed nodes were installed
// from, which lies on the bootstrap node. Without an installed node, or where
// nothing is known of its install files, there is nothing to compare with.
func (r *Run) drift(ctx context.Context) (d Drift, err error) {
	b := r.found.Bootstrap
	if b.Genconf == "" || !r.installedFrom(b.Packages) {
		return d, nil
	}
	key, _, _ := strings.Cut(b.Genconf, " ")
	d.Release = r.wanted.otherRelease(b)
	if key == r.wanted.Key {
		return d, nil
	}
	boot := r.Cluster.Bootstrap()
	conn, err := r.conn(ctx, boot)
	var answer remote.Result
	if err == nil {
		answer, err = conn.Run(ctx, remote.Command{Name: "read the installed configuration", Script: effectiveScript,
			Args: []string{r.wanted.Dir}, Again: true, MaxOutput: 16 << 20})
	}
	var made genconf.Made
	if err == nil {
		made, err = parseEffective(string(answer.Stdout))
	}
	if err == nil {
		d.Config, err = genconf.Changes(made, r.wanted.Files)
	}
	if err != nil {
		return d, stepError{Node: boot.Name, Step: "discover", Err: err}
	}
	return d, nil
}

// otherRelease tells whether install files were made from another release than
// the wanted one. Without a checksum of the wanted one only the address of a
// download can tell: the same file has a different path on every machine.
func (w Wanted) otherRelease(b BootstrapFacts) bool {
	_, madeFrom, _ := strings.Cut(b.Genconf, " ")
	sum, source, _ := strings.Cut(b.Release, " ")
	if w.Release.Checksum != "" {
		return w.Release.Checksum != madeFrom
	}
	return sum == madeFrom && isURL(source) && isURL(w.Release.Download) && source != w.Release.Download
}

// installedFrom tells whether any node has been installed from a package list.
func (r *Run) installedFrom(packages string) bool {
	for _, n := range r.Cluster.Nodes {
		has := r.sight(n).Facts.DCOS
		if n.Role != inventory.RoleBootstrap && has.State == roles.DCOSInstalled && (has.PackageList == packages || has.PackageList == "") {
			return true
		}
	}
	return false
}

// parseEffective reads the answer of effective.sh.
func parseEffective(answer string) (genconf.Made, error) {
	head, rest, _ := strings.Cut(answer, "\n")
	number, ok := strings.CutPrefix(head, "sums ")
	count, err := strconv.Atoi(strings.TrimSpace(number))
	if !ok || err != nil {
		return genconf.Made{}, fmt.Errorf("an answer that makes no sense: %q", head)
	}
	made := genconf.Made{Sums: map[string]string{}}
	for range count {
		line, next, whole := strings.Cut(rest, "\n")
		sum, name, _ := strings.Cut(line, "  ")
		if !whole || len(sum) != 64 {
			return genconf.Made{}, errors.New("the answer ends too early")
		}
		made.Sums[name], rest = sum, next
	}
	made.Config = []byte(rest)
	return made, nil
}

// refused is the error of a run that would install nodes from another
// configuration or release than the cluster has. Every difference is one
// error, at its place in the inventory.
func (d Drift) refused(c *inventory.Cluster) error {
	var all *multierror.Error
	for _, change := range d.Config {
		hint := "take the change back, so that new nodes get what the others have (" + change.Rule + ")"
		all = multierror.Append(all, c.ErrorAt(c.Config.KeyPos(change.Key), "the cluster was installed with another configuration: "+change.String(), hint))
	}
	if d.Release {
		all = multierror.Append(all, c.ErrorAt(settingPos(c, "download"), "the cluster was installed from another release than dcos.download",
			"take the change back; or remove the cluster first: dcosup reset"))
	}
	return all.ErrorOrNil()
}

// notes tell a person of a difference that apply does nothing about.
func (d Drift) notes() []string {
	if !d.Any() {
		return nil
	}
	notes := []string{"The inventory differs from what the cluster was installed from. An installed cluster is not reconfigured by apply; nothing is done about it."}
	for _, change := range d.Config {
		notes = append(notes, change.String()+" ("+change.Rule+")")
	}
	if d.Release {
		notes = append(notes, "dcos.download is another release (changing it is an upgrade)")
	}
	return notes
}
