package roles

import (
	"slices"
	"strings"
)

// leftovers are what an earlier DC/OS leaves beside its own directories, and
// what makes a new one fail in ways that are hard to read: an agent that
// remembers another cluster. (/var/lib/zookeeper can be somebody else's.)
var leftovers = []string{"/var/lib/mesos", "/var/lib/mesosphere"}

func dcosRequirements() []Requirement {
	return []Requirement{{
		ID: "no-earlier-dcos", Title: "No other installation of DC/OS is in the way", Severity: Fail, Roles: clusterRoles, fresh: true,
		Why:       "DC/OS's installer stops at once when it finds traces of an earlier one.",
		Probe:     "looking for the paths that DC/OS makes",
		satisfied: judgeEarlier,
	}}
}

func judgeEarlier(f Facts, s Spec) Verdict {
	v := Verdict{Found: "none", Need: "none"}
	if f.DCOS.State == DCOSPartial {
		v.OK, v.Found = s.Ours, "unfinished: "+strings.Join(f.DCOS.Traces, ", ")
		v.Hint = "`dcosup reset` removes it; what it holds on this node is then lost"
		return v
	}
	var left []string
	for _, path := range f.DCOS.Traces {
		if slices.Contains(leftovers, path) {
			left = append(left, path)
		}
	}
	v.OK, v.Mild = left == nil || s.Ours, true
	if left != nil {
		v.Found = "left over: " + strings.Join(left, ", ")
		v.Hint = "`dcosup reset` removes it; a node that keeps it can remember its old cluster"
	}
	return v
}
