package inventory

import (
	"slices"
	"strings"
)

// Pending is a key of dcos.config whose value needs what only the nodes can tell.
type Pending struct {
	// Key is the key of dcos.config.
	Key string
	// Fact is the first fact that is needed: "ansible_kernel of m1".
	Fact string
	// Pos is where the key stands.
	Pos Pos
}

// later is a value that is evaluated once the nodes have been asked.
type later struct {
	Pending
	value Value
}

// Pending are the keys of dcos.config that Config lacks: With adds them.
func (c *Cluster) Pending() []Pending {
	var keys []Pending
	for _, l := range c.later {
		keys = append(keys, l.Pending)
	}
	return keys
}

// Unknown tells whether the inventory has a key of dcos.config that Config lacks: it
// is pending, or something is wrong with it, which is an error of Inventory.Cluster.
func (c *Cluster) Unknown(key string) bool {
	return slices.Contains(c.unusable, key) || slices.ContainsFunc(c.later, func(l later) bool { return l.Key == key })
}

// With returns the cluster as it is once the nodes that were asked have told their
// facts, by the hosts' names: with nothing pending. The cluster itself stays as it
// is. Its error is a *multierror.Error of *Error.
func (c *Cluster) With(facts map[string]Facts) (*Cluster, error) {
	if len(c.later) == 0 {
		return c, nil
	}
	if facts == nil {
		facts = map[string]Facts{}
	}
	with := *c
	with.later, with.Config, with.secrets = nil, &Map{}, slices.Clone(c.secrets)
	with.Config.Merge(c.Config)
	b := &clusterBuilder{inv: c.inv, problems: c.problems.fork(), eval: newEvaluation(c.inv, c.problems, facts)}
	bootstrap := c.inv.hosts[c.Bootstrap().Name]
	for _, l := range c.later {
		name := keyDCOS + "." + keyConfig + "." + l.Key
		v := b.eval.evaluated(bootstrap, name, l.value)
		if v.Data == omitted || !b.templates(name, v) {
			continue
		}
		with.Config.SetAt(l.Key, v, l.Pos)
		with.secrets = append(with.secrets, v.secretTexts()...)
	}
	return &with, b.problems.err()
}

// knownFirst are the keys of dcos.config that are needed before any node is asked.
var knownFirst = []string{keyClusterName, keySuperuserName, keySuperuserHash}

// postponed keeps a value of dcos.config that needs facts for later. It tells
// whether it has.
func (b *clusterBuilder) postponed(key string, v Value, pos Pos) bool {
	fact, ok := v.pendingFact()
	if !ok || slices.Contains(knownFirst, key) || strings.HasSuffix(key, "_contents") {
		return false
	}
	b.c.later = append(b.c.later, later{Pending{key, fact, pos}, v})
	return true
}

// pendingFact is the first fact that a value needs; ok is false if it needs none,
// or could not be evaluated with it.
func (v Value) pendingFact() (fact string, ok bool) {
	for _, v := range v.troubles() {
		t := v.Data.(*trouble)
		if t.fact == "" {
			return "", false
		}
		if !ok {
			fact, ok = t.fact, true
		}
	}
	return fact, ok
}

// troubles are the parts of a value that could not be evaluated.
func (v Value) troubles() []Value { return v.leaves(isTrouble) }
