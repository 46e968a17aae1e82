package dcos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MasterHealth judges one master by what it said. masters is the number of masters in master_list.
func MasterHealth(a MasterAnswers, masters int) Health {
	return health([]Check{
		exhibitor(a.Exhibitor, masters),
		runs("mesos", a.Mesos, "not healthy"),
		leads(a.Leader),
		recovered(a.Log),
		runs("marathon", a.Marathon, "not ready"),
		router(a.Router),
		runs("ui", a.UI, "no page"),
	})
}

// AgentHealth judges one agent by what it said and by the leading master's list; a nil list means that no leading
// master answered, which is not the agent's fault but leaves it unproven.
func AgentHealth(w WantNode, a AgentAnswers, known []Agent) Health {
	return agentHealth(w, a, roster{agents: known})
}

func agentHealth(w WantNode, a AgentAnswers, known roster) Health {
	checks := []Check{runs("registered", a.Registered, "not registered with a master"), router(a.Router)}
	entry, found := find(known.agents, w.Address)
	switch {
	case known.guarded != nil:
		checks = append(checks, failed(Check{Name: "known"}, known.guarded))
	case known.agents == nil:
		checks = append(checks, Check{"known", false, "no leading master to ask"})
	case !found:
		checks = append(checks, Check{"known", false, "the masters do not know " + w.Address})
	case !entry.Active:
		checks = append(checks, Check{"known", false, "the masters have lost it"})
	default:
		checks = append(checks, Check{"known", true, "as " + entry.ID}, roleIs(w.Public, entry.Public))
	}
	return health(checks)
}

// roster is the leading master's list of agents.
type roster struct {
	agents  []Agent // nil = no leading master answered
	guarded error   // set where the masters keep the list behind a login
}

// ClusterHealth judges all wanted nodes, each by the answers with its name, and what must hold between them. Nodes
// without answers are unhealthy.
func ClusterHealth(w Want, masters []MasterAnswers, agents []AgentAnswers) Report {
	r := Report{Version: firstVersion(masters)}
	wantVersion := cmp.Or(w.Version, r.Version)
	known := r.lead(masters)
	for _, n := range w.Masters {
		h := notAsked()
		if a, ok := named(masters, n.Name, func(a MasterAnswers) string { return a.Node }); ok {
			h = versionIs(wantVersion, a.Router, MasterHealth(a, cmp.Or(w.MasterCount, len(w.Masters))))
		}
		r.add(n, "master", h)
	}
	for _, n := range w.Agents {
		h := notAsked()
		if a, ok := named(agents, n.Name, func(a AgentAnswers) string { return a.Node }); ok {
			h = versionIs(wantVersion, a.Router, agentHealth(n, a, known))
		}
		r.add(n, roleName(n.Public), h)
	}
	r.compare(w, masters, known.agents)
	r.Healthy = len(r.Problems) == 0 && !slices.ContainsFunc(r.Nodes, func(n NodeHealth) bool { return !n.Healthy })
	return r
}

func (r *Report) add(n WantNode, role string, h Health) {
	r.Nodes = append(r.Nodes, NodeHealth{Name: n.Name, Address: n.Address, Role: role, Health: h})
}

// lead finds the leading master and its list of agents.
func (r *Report) lead(masters []MasterAnswers) roster {
	var leaders []string
	var known roster
	for _, m := range masters {
		if m.Leader.Err == nil && m.Leader.Value != "" && !slices.Contains(leaders, m.Leader.Value) {
			leaders = append(leaders, m.Leader.Value)
		}
		switch {
		case m.Agents.Value != nil:
			known.agents = m.Agents.Value
		case guarded(m.Agents.Err):
			known.guarded = m.Agents.Err
		}
	}
	if known.agents != nil {
		known.guarded = nil
	}
	slices.Sort(leaders)
	switch len(leaders) {
	case 0:
	case 1:
		r.Leader = leaders[0]
	default:
		r.Problems = append(r.Problems, "the masters disagree on the leading mesos master: "+strings.Join(leaders, ", "))
	}
	return known
}

// compare holds the wanted nodes against what the cluster knows.
func (r *Report) compare(w Want, masters []MasterAnswers, known []Agent) {
	var members []Member
	for _, m := range masters {
		members = append(members, m.Exhibitor.Value...)
	}
	for _, n := range w.Masters {
		in := slices.ContainsFunc(members, func(m Member) bool { return m.Host == n.Address })
		if len(members) > 0 && !in {
			r.Missing = append(r.Missing, n.Name)
		}
	}
	for _, n := range w.Agents {
		if _, found := find(known, n.Address); known != nil && !found {
			r.Missing = append(r.Missing, n.Name)
		}
	}
	for _, a := range known {
		wanted := slices.ContainsFunc(w.Agents, func(n WantNode) bool { return a.Host == n.Address || a.Address == n.Address })
		if a.Active && !wanted {
			r.Unknown = append(r.Unknown, a)
		}
	}
}

// health sums checks up.
func health(checks []Check) Health {
	h := Health{Healthy: true, Checks: checks}
	for _, c := range checks {
		if !c.OK {
			return Health{Waiting: c.Name + ": " + c.Detail, Checks: checks}
		}
	}
	return h
}

func notAsked() Health { return health([]Check{{"asked", false, "the node was not asked"}}) }

// versionIs adds the comparison of versions to a node's checks, as the last: a node that is not up has no version.
func versionIs(want string, a Answer[Version], h Health) Health {
	if a.Err != nil || want == "" {
		return h
	}
	c := Check{"version", a.Value.Version == want, a.Value.Version}
	if !c.OK {
		c.Detail = fmt.Sprintf("%s is installed, not %s", cmp.Or(a.Value.Version, "nothing known"), want)
	}
	return health(append(slices.Clip(h.Checks), c))
}

func exhibitor(a Answer[[]Member], masters int) Check {
	c := Check{Name: "exhibitor"}
	if a.Err != nil {
		return failed(c, a.Err)
	}
	serving, leaders := 0, 0
	for _, m := range a.Value {
		if m.State == "serving" {
			serving++
		}
		if m.Leader {
			leaders++
		}
	}
	c.Detail = fmt.Sprintf("%d of %d serving", serving, masters)
	switch {
	case len(a.Value) > masters:
		c.Detail = fmt.Sprintf("lists %d masters, not %d", len(a.Value), masters)
	case serving == masters && leaders != 1:
		c.Detail += fmt.Sprintf(", %d leaders", leaders)
	default:
		c.OK = serving == masters
	}
	return c
}

func leads(a Answer[string]) Check {
	c := Check{Name: "leader", OK: true, Detail: a.Value}
	if a.Err != nil {
		return failed(c, a.Err)
	}
	return c
}

// recovered: a master that just joined must copy the log before the next one may be taken down.
func recovered(a Answer[bool]) Check {
	c := Check{Name: "log", OK: a.Value}
	if a.Err != nil {
		return failed(c, a.Err)
	}
	if !a.Value {
		c.Detail = "mesos is still copying its log from the other masters"
	}
	return c
}

func router(a Answer[Version]) Check {
	c := Check{Name: "router", OK: true, Detail: a.Value.Version}
	if a.Err != nil {
		return failed(c, a.Err)
	}
	return c
}

func runs(name string, a Answer[bool], otherwise string) Check {
	c := Check{Name: name, OK: a.Value}
	if a.Err != nil {
		return failed(c, a.Err)
	}
	if !a.Value {
		c.Detail = otherwise
	}
	return c
}

// failed is a check that got no answer. One that is kept behind a login or TLS proves that the service runs.
func failed(c Check, err error) Check {
	c.OK, c.Detail = false, describe(err)
	if guarded(err) {
		c.OK, c.Detail = true, "runs; "+err.Error()
	}
	return c
}

func roleName(public bool) string {
	if public {
		return "public agent"
	}
	return "agent"
}

func roleIs(want, got bool) Check {
	c := Check{"role", want == got, roleName(got)}
	if !c.OK {
		c.Detail = fmt.Sprintf("registered as %s, not as %s", roleName(got), roleName(want))
	}
	return c
}

// find looks for the agent at an address. A node that was installed anew may be there twice, lost and active.
func find(agents []Agent, address string) (Agent, bool) {
	var found Agent
	var ok bool
	for _, a := range agents {
		if (a.Host == address || a.Address == address) && (!ok || a.Active) {
			found, ok = a, true
		}
	}
	return found, ok
}

func named[A any](answers []A, name string, nameOf func(A) string) (A, bool) {
	i := slices.IndexFunc(answers, func(a A) bool { return nameOf(a) == name })
	if i < 0 {
		var none A
		return none, false
	}
	return answers[i], true
}

func firstVersion(masters []MasterAnswers) string {
	for _, m := range masters {
		if m.Router.Err == nil && m.Router.Value.Version != "" {
			return m.Router.Value.Version
		}
	}
	return ""
}
