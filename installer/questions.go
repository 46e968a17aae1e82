package installer

import (
	"encoding/json"

	"dcosup/inventory"
	"dcosup/roles"
)

// questions are what the probe of a node asks for that depends on the cluster.
func questions(c *inventory.Cluster, n *inventory.Node) roles.Questions {
	q := roles.Questions{WorkDir: workDir(c)}
	if n.Role != inventory.RoleBootstrap { // which has no DNS of DC/OS
		q.Resolvers = resolvers(c)
	}
	return q
}

// workDir is mesos_agent_work_dir of the configuration; "" is DC/OS's default.
func workDir(c *inventory.Cluster) string {
	v, _ := c.Config.Get("mesos_agent_work_dir")
	text, _ := v.Text()
	return text
}

// resolvers are those of the configuration: a list, or one in JSON. Without any,
// DC/OS's generator takes Google's.
func resolvers(c *inventory.Cluster) []string {
	v, given := c.Config.Get("resolvers")
	if !given {
		return []string{"8.8.8.8", "8.8.4.4"}
	}
	var servers []string
	switch d := v.Data.(type) {
	case []inventory.Value:
		for _, item := range d {
			if text, ok := item.Text(); ok {
				servers = append(servers, text)
			}
		}
	case string:
		_ = json.Unmarshal([]byte(d), &servers) // what is no list was an error of the configuration already
	}
	return servers
}

// judgeAcross judges what the nodes show together, and returns the findings of
// each, by name.
func (r *Run) judgeAcross(nodes []*inventory.Node, seen map[string]*Sight) map[string][]roles.Finding {
	var sightings []roles.Sighting
	for _, n := range nodes {
		if s := seen[n.Name]; s.Err == nil {
			sightings = append(sightings, roles.Sighting{Name: n.Name, Facts: s.Facts, Spec: r.spec(n, *s), Asked: s.Asked, Answered: s.Answered})
		}
	}
	found := map[string][]roles.Finding{}
	for i, findings := range roles.JudgeAcross(sightings) {
		found[sightings[i].Name] = findings
	}
	return found
}
