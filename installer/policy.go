package installer

import (
	"slices"

	"github.com/hashicorp/go-multierror"

	"dcosup/inventory"
	"dcosup/roles"
)

// policies reads what the inventory changes about requirements, by node name:
// a host's value of the variable, as all variables, stands for those of its
// groups. The error is a multierror of *inventory.Error. A value that many
// nodes share is judged once.
func policies(c *inventory.Cluster) (map[string]roles.Policy, []*inventory.Error, error) {
	all := map[string]roles.Policy{}
	read := map[inventory.Pos]roles.Policy{}
	told := map[inventory.Pos]bool{}
	var warnings []*inventory.Error
	var errs *multierror.Error
	for _, n := range c.Nodes {
		for _, name := range sortedNames(n.Vars) {
			pos := n.Vars[name].Pos
			if inventory.Suggest(name, []string{roles.PolicyVar}) != "" && !told[pos] {
				told[pos] = true
				warnings = append(warnings, c.ErrorAt(pos, "the variable "+name+" means nothing to dcosup", "did you mean "+roles.PolicyVar+"?"))
			}
		}
		v, has := n.Vars[roles.PolicyVar]
		if !has {
			continue
		}
		policy, known := read[v.Pos]
		if !known {
			var problems []roles.PolicyProblem
			policy, problems = roles.ReadPolicy(v)
			read[v.Pos] = policy
			for _, p := range problems {
				if !p.Pos.IsValid() {
					p.Pos = v.Pos
				}
				errs = multierror.Append(errs, c.ErrorAt(p.Pos, p.Message, p.Hint))
			}
		}
		all[n.Name] = policy
	}
	return all, warnings, errs.ErrorOrNil()
}

func sortedNames(vars map[string]inventory.Value) []string {
	names := make([]string, 0, len(vars))
	for name := range vars {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
