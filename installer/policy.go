package installer

import (
	"maps"
	"slices"

	"github.com/hashicorp/go-multierror"

	"dcosup/inventory"
	"dcosup/roles"
)

// nodeSettings are what the inventory says of the requirements of one node, and of
// their fixes.
type nodeSettings struct {
	policy roles.Policy
	fixes  roles.Fixes
}

// settings reads what the inventory says of requirements and their fixes, by node
// name: a host's value of a variable, as of all variables, stands for those of its
// groups. The error is a multierror of *inventory.Error; what is wrong with a value
// that many nodes share is said once.
func settings(c *inventory.Cluster) (map[string]nodeSettings, []*inventory.Error, error) {
	files := &localFiles{cluster: c, known: map[string]foundFiles{}}
	all := map[string]nodeSettings{}
	var wrong []*inventory.Error
	for _, n := range c.Nodes {
		var s nodeSettings
		var inPolicy, inFixes []roles.Problem
		s.policy, inPolicy = roles.ReadPolicy(n.Vars[roles.PolicyVar])
		s.fixes, inFixes = roles.ReadFixes(n.Vars[roles.FixesVar], files)
		all[n.Name] = s
		wrong = append(wrong, placed(c, n.Vars[roles.PolicyVar], inPolicy)...)
		wrong = append(wrong, placed(c, n.Vars[roles.FixesVar], inFixes)...)
	}
	var errs *multierror.Error
	for _, e := range c.Sorted(wrong) {
		errs = multierror.Append(errs, e)
	}
	return all, mistyped(c, roles.PolicyVar, roles.FixesVar), errs.ErrorOrNil()
}

// placed are the problems of a variable as errors, each at its place.
func placed(c *inventory.Cluster, v inventory.Value, problems []roles.Problem) (errs []*inventory.Error) {
	for _, p := range problems {
		if !p.Pos.IsValid() {
			p.Pos = v.Pos
		}
		errs = append(errs, c.ErrorAt(p.Pos, p.Message, p.Hint))
	}
	return errs
}

// mistyped warns of variables whose names are nearly those that are known.
func mistyped(c *inventory.Cluster, known ...string) (warnings []*inventory.Error) {
	told := map[inventory.Pos]bool{}
	for _, n := range c.Nodes {
		for _, name := range slices.Sorted(maps.Keys(n.Vars)) {
			pos, meant := n.Vars[name].Pos, inventory.Suggest(name, known)
			if meant == "" || slices.Contains(known, name) || told[pos] {
				continue
			}
			told[pos] = true
			warnings = append(warnings, c.ErrorAt(pos, "the variable "+name+" means nothing to dcosup", "did you mean "+meant+"?"))
		}
	}
	return warnings
}
