//go:build lab

package roles_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
	"dcosup/testing/lab"
	"dcosup/testing/lab/tried"
)

// TestFamilies breaks nodes of Debian's, Red Hat's and Flatcar's family in every
// way that can be brought about in a container, and goes about it as the product
// does, over SSH and sudo: the finding is the one that is told, its fix mends the
// node, and where there is none a person is told what to do. The nodes' packages
// and services are real: see testing/lab. Then DC/OS's own preflight is to find
// nothing that check did not (preflight_lab_test.go).
func TestFamilies(t *testing.T) {
	l, err := lab.Up(t.Context(), lab.Options{
		Dir: t.TempDir(), Name: "dcosup-families-test", Nodes: []string{"bootstrap", "agent-1", "agent-2", "agent-4"},
		Flavours:     map[string]lab.Flavour{"agent-1": lab.RedHat, "agent-2": lab.Flatcar},
		ReleaseBytes: -1, Log: t.Logf,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	source := l.Node("bootstrap").Address().String()
	debian, redhat, flatcar := connect(t, l, "agent-4"), connect(t, l, "agent-1"), connect(t, l, "agent-2")
	p := newPreflights(t)
	t.Run("nodes", func(t *testing.T) {
		t.Run("Debian", func(t *testing.T) {
			t.Parallel()
			debian.rows(t, slices.Concat(debianFirst(), anywhere(debian), imitated(), debianRows(debian, source)))
			t.Run("locks", debian.aptLock)
			t.Run("preflight", func(t *testing.T) { p.try(t, debian) })
		})
		t.Run("Red Hat", func(t *testing.T) {
			t.Parallel()
			redhat.rows(t, slices.Concat(redhatFirst(), anywhere(redhat), imitated(), imitatedVersion7(), redhatRows(source)))
			t.Run("locks", redhat.locks)
			t.Run("preflight", func(t *testing.T) { p.try(t, redhat) })
		})
		t.Run("Flatcar", func(t *testing.T) {
			t.Parallel()
			flatcar.rows(t, slices.Concat(flatcarFirst(), anywhere(flatcar), imitated(), flatcarRows()))
			t.Run("preflight", func(t *testing.T) { p.try(t, flatcar) })
		})
	})
	if !t.Failed() && whole() {
		p.judge(t)
	}
}

// broken is one way in which a node is not as DC/OS needs it.
type broken struct {
	name      string
	spec      func(*roles.Spec) // what the node is wanted for; nil: a private agent of DC/OS 2.1.0
	breaks    string            // script
	id        string
	status    roles.Status
	found     string // with numbers of processes as N
	need      string
	also      map[string]string // other requirements that are then not met, and what is found; "": that depends on the machine
	fixes     []string          // the fixes that run; nil: there is none
	fails     string            // what the fix says when it cannot help
	hint      string            // words of what a person is told, where there is no fix
	then      string            // script that succeeds when the node was mended as it should be
	repair    string            // script that puts right what the fixes do not
	questions []string          // DNS servers to ask
	user      bool              // without sudo
	stays     bool              // it cannot be put right

	// imitates says what answers in the node's place, and why: what is seen then
	// is told as imitated.
	imitates string
	// met is a script that makes the node as it should be, before the repair: for
	// what a node is not by itself.
	met string

	before func(*testing.T) // comes before the script that breaks

	hears func(line string) // is told what the fixes say, while they run
}

// node is a lab's node as the product sees it.
type node struct {
	*lab.Node
	lab        *lab.Lab
	conn, user *remote.Conn // with sudo, and without
	family     roles.Family
}

func connect(t *testing.T, l *lab.Lab, name string) node {
	d := &remote.Dialer{}
	t.Cleanup(func() { d.Close() })
	n := node{Node: l.Node(name), lab: l, family: roles.FamilyDebian}
	switch n.Flavour() {
	case lab.RedHat:
		n.family = roles.FamilyRedHat
	case lab.Flatcar:
		n.family = roles.FamilyFlatcar
	}
	for become, conn := range map[remote.BecomeMethod]**remote.Conn{remote.Sudo: &n.conn, "": &n.user} {
		var err error
		*conn, err = d.Connect(t.Context(), remote.Target{
			Name: name, Host: n.Address().String(), User: lab.User, Become: remote.Become{Method: become},
			KeyFiles: []string{l.KeyPath()}, KnownHosts: []string{l.KnownHostsPath()},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// on runs a script as root, over the connection that is there: docker exec takes longer to
// begin one than most scripts take.
func (n node) on(t *testing.T, script string) {
	t.Helper()
	if script == "" {
		return
	}
	result, err := n.conn.Run(t.Context(), remote.Command{Script: "set -e\n" + script})
	if err != nil {
		t.Fatalf("%v\n%s", err, result.Stderr)
	}
}

func (n node) spec(b broken) roles.Spec {
	s := roles.Spec{Role: inventory.RoleAgent, Version: "2.1.0", Address: n.Address(),
		AllowUnsynchronised: true, // no node can set the clock
		SyncWait:            60}
	if b.spec != nil {
		b.spec(&s)
	}
	return s
}

// look probes and judges the node.
func (n node) look(t *testing.T, b broken) (roles.Facts, []roles.Finding) {
	t.Helper()
	conn := n.conn
	if b.user {
		conn = n.user
	}
	answer, err := conn.Run(t.Context(), remote.Command{Script: roles.ProbeScript(), Args: roles.Questions{Resolvers: b.questions}.Args()})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := roles.ParseFacts(answer.Stdout)
	if err != nil {
		t.Fatalf("%v\n%s", err, answer.Stdout)
	}
	findings := roles.Judge(facts, n.spec(b))
	n.saw(b, findings)
	return facts, findings
}

// about says whether the row is about the requirement.
func (b broken) about(id string) bool {
	_, also := b.also[id]
	return id == b.id || also
}

// saw notes what a look found. That a requirement was not met counts in rows that
// are about it; what is imitated, and what depends on the machine, in no others.
func (n node) saw(b broken, findings []roles.Finding) {
	for _, f := range findings {
		switch {
		case b.about(f.ID) && f.Status == roles.Pass:
			seen.See(f.ID, string(n.family), tried.Met, b.imitates)
		case b.about(f.ID):
			seen.See(f.ID, string(n.family), tried.Unmet, b.imitates)
		case f.Status == roles.Pass && b.imitates == "" && !b.user && !slices.Contains(machine, f.ID):
			seen.See(f.ID, string(n.family), tried.Met, "")
		}
	}
}

// fix runs the fixes of all findings, and returns those that ran and what they said.
func (n node) fix(t *testing.T, b broken, facts roles.Facts, findings []roles.Finding) (ids []string, said string) {
	t.Helper()
	script, err := roles.FixScript(findings, facts, n.spec(b))
	if err != nil {
		t.Fatal(err)
	}
	if script == "" {
		return nil, ""
	}
	for _, f := range roles.FixFiles(findings, facts, n.spec(b)) {
		if _, err := n.conn.Upload(t.Context(), remote.Upload{Path: f.Path, Dest: f.Dest, Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
	}
	command := remote.Command{Script: script}
	if b.hears != nil {
		command.Stdout = remote.Lines(b.hears)
	}
	result, err := n.conn.Run(t.Context(), command)
	var failed *remote.CommandError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	var parser roles.FixParser
	for line := range strings.Lines(string(result.Stdout)) {
		event, _, err := parser.Line(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case event.Kind == roles.FixBegin:
			ids = append(ids, event.ID)
		case event.Kind == roles.FixEnd && event.Code != 0 && b.fails == "":
			t.Errorf("the fix %s ended with code %d:\n%s", event.ID, event.Code, result.Stdout)
		}
	}
	if err := parser.Finish(); err != nil {
		t.Fatal(err)
	}
	return ids, string(result.Stdout)
}

// rows breaks the node in each way, one after the other. A node that is broken
// in the end stops the rest: what they found would be that.
func (n node) rows(t *testing.T, all []broken) {
	for _, b := range all {
		if t.Run(b.id+"/"+b.name, func(t *testing.T) { n.try(t, b) }) {
			continue
		}
		if _, findings := n.look(t, broken{}); n.unmet(findings) != nil {
			t.Fatalf("%s is left broken by %q: %v", n.Name(), b.name, n.unmet(findings))
		}
	}
}

var process = regexp.MustCompile(`process \d+`)

func (n node) try(t *testing.T, b broken) {
	if b.before != nil {
		b.before(t)
	}
	n.on(t, b.breaks)
	facts, findings := n.look(t, b)
	b.told(t, findings)
	if !b.user { // whom no fix is for
		facts = n.mend(t, b, facts, findings)
	}
	if b.met != "" {
		n.on(t, b.met)
		_, findings = n.look(t, b)
		b.holds(t, findings)
	}
	n.on(t, b.then)
	n.on(t, b.repair)
	rest := broken{spec: func(s *roles.Spec) {
		small(s)
		s.Role = n.spec(b).Role
	}}
	if b.imitates == "" { // else what holds now need not be what was seen
		rest.id, rest.also = b.id, b.also
	}
	if b.then != "" || b.repair != "" || b.user || b.questions != nil {
		facts, _ = n.look(t, rest)
	}
	after := roles.Judge(facts, n.spec(rest))
	n.saw(rest, after)
	if b.stays {
		return
	}
	if b.fails == "" && b.imitates == "" {
		b.holds(t, after)
	}
	if lines := n.unmet(after); lines != nil {
		t.Errorf("in the end: %v", lines)
	}
}

// small asks of a node what every machine has.
func small(s *roles.Spec) {
	s.Policy.Limits = roles.Limits{CPUs: 1, Memory: 1, MemoryFloor: 1, Disk: 1, DiskFloor: 1, VarFree: 1, VarFloor: 1, OptFloor: 1, Inodes: 1, InodesFloor: 1}
}

// told compares the findings that the row is about.
func (b broken) told(t *testing.T, findings []roles.Finding) {
	t.Helper()
	type seen struct{ Status, Found, Need string }
	got := pick(t, findings, b.id)
	want := seen{b.status.String(), b.found, b.need}
	if diff := cmp.Diff(want, seen{got.Status.String(), process.ReplaceAllString(got.Found, "process N"), got.Need}); diff != "" {
		t.Errorf("broken (-want +got):\n%s", diff)
	}
	if b.fixes != nil && got.Hint != "" || b.fixes == nil && (b.hint == "" || !strings.Contains(got.Hint, b.hint)) {
		t.Errorf("a person is told %q, want %q", got.Hint, b.hint)
	}
	for _, id := range slices.Sorted(maps.Keys(b.also)) {
		got := pick(t, findings, id)
		if got.Status == roles.Pass || b.also[id] != "" && got.Found != b.also[id] {
			t.Errorf("%s: %s, found %q, want %q", id, got.Status, got.Found, b.also[id])
		}
		if !got.Fixable && got.Hint == "" {
			t.Errorf("%s: there is no fix, and a person is told nothing", id)
		}
	}
}

// holds wants what the row is about to be met.
func (b broken) holds(t *testing.T, findings []roles.Finding) {
	t.Helper()
	for _, f := range findings {
		if b.about(f.ID) && f.Status != roles.Pass {
			t.Errorf("in the end: %s: %s, found %s, need %s", f.ID, f.Status, f.Found, f.Need)
		}
	}
}

// mend runs the fixes, compares which ran, and looks again.
func (n node) mend(t *testing.T, b broken, facts roles.Facts, findings []roles.Finding) roles.Facts {
	t.Helper()
	var ran []string
	before := findings
	for range 2 { // as the product does: some requirements can be judged only when others hold
		ids, said := n.fix(t, b, facts, findings)
		if ids == nil {
			break
		}
		ran = append(ran, ids...)
		facts, findings = n.look(t, b)
		if b.fails == "" {
			continue
		}
		if !strings.Contains(said, b.fails) {
			t.Errorf("the fix does not say %q:\n%s", b.fails, said)
		}
		break
	}
	if diff := cmp.Diff(b.fixes, ran); diff != "" {
		t.Errorf("fixes (-want +ran):\n%s", diff)
	}
	if b.fixes == nil {
		return facts
	}
	if got := pick(t, findings, b.id); (got.Status == roles.Pass) != (b.fails == "") {
		t.Errorf("after the fixes: %s, found %s", got.Status, got.Found)
	}
	for _, f := range before {
		if b.about(f.ID) && slices.Contains(ran, f.FixID) && pick(t, findings, f.ID).Status == roles.Pass {
			seen.See(f.ID, string(n.family), tried.Fixed, b.imitates)
		}
	}
	return facts
}

func pick(t *testing.T, findings []roles.Finding, id string) roles.Finding {
	t.Helper()
	i := slices.IndexFunc(findings, func(f roles.Finding) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("there is no finding %s", id)
	}
	return findings[i]
}

// machine are the requirements that depend on the machine that the lab is on.
var machine = []string{"cpus", "memory", "disk-root", "disk-var", "disk-opt", "inodes", "raid-modules", "cgroups", "swap", "docker-backing-fs"}

// unmet are the others that do not hold. Nobody made DC/OS for Debian.
func (n node) unmet(findings []roles.Finding) (lines []string) {
	for _, f := range findings {
		standing := f.ID == "distribution" && n.family == roles.FamilyDebian
		if f.Status != roles.Pass && !standing && !slices.Contains(machine, f.ID) {
			lines = append(lines, fmt.Sprintf("%s: found %s, need %s", f.ID, f.Found, f.Need))
		}
	}
	return lines
}
