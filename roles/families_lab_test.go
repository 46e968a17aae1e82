//go:build lab

package roles_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dcosup/inventory"
	"dcosup/remote"
	"dcosup/roles"
	"dcosup/testing/lab"
)

// TestFamilies breaks a node of Red Hat's family and one of Flatcar's in every
// way that can be brought about in a container, and goes about it as the product
// does, over SSH and sudo: the finding is the one that is told, its fix mends the
// node, and where there is none a person is told what to do. The nodes' packages
// and services are real: see testing/lab.
func TestFamilies(t *testing.T) {
	l, err := lab.Up(t.Context(), lab.Options{
		Dir: t.TempDir(), Name: "dcosup-families-test", Nodes: []string{"bootstrap", "agent-1", "agent-2"},
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
	redhat, flatcar := connect(t, l, "agent-1"), connect(t, l, "agent-2")
	t.Run("nodes", func(t *testing.T) {
		t.Run("Red Hat", func(t *testing.T) {
			t.Parallel()
			redhat.rows(t, slices.Concat(redhatFirst(), anywhere(redhat), redhatRows(source)))
			t.Run("locks", redhat.locks)
		})
		t.Run("Flatcar", func(t *testing.T) {
			t.Parallel()
			flatcar.rows(t, slices.Concat(flatcarFirst(), anywhere(flatcar), flatcarRows()))
		})
	})
}

// broken is one way in which a node is not as DC/OS needs it.
type broken struct {
	name      string
	spec      func(*roles.Spec) // what the node is wanted for; nil: a private agent of DC/OS 2.1.0
	breaks    string            // script, past SSH
	id        string
	status    roles.Status
	found     string // with numbers of processes as N
	need      string
	fixes     []string // the fixes that run; nil: there is none
	fails     string   // what the fix says when it cannot help
	hint      string   // words of what a person is told, where there is no fix
	then      string   // script that succeeds when the node was mended as it should be
	repair    string   // script that puts right what the fixes do not
	questions []string // DNS servers to ask

	hears func(line string) // is told what the fixes say, while they run
}

// node is a lab's node as the product sees it.
type node struct {
	*lab.Node
	conn *remote.Conn
}

func connect(t *testing.T, l *lab.Lab, name string) node {
	d := &remote.Dialer{}
	t.Cleanup(func() { d.Close() })
	n := l.Node(name)
	conn, err := d.Connect(t.Context(), remote.Target{
		Name: name, Host: n.Address().String(), User: lab.User, Become: remote.Become{Method: remote.Sudo},
		KeyFiles: []string{l.KeyPath()}, KnownHosts: []string{l.KnownHostsPath()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return node{n, conn}
}

// on runs a script in the node, past SSH.
func (n node) on(t *testing.T, script string) {
	t.Helper()
	if script == "" {
		return
	}
	if _, err := n.Exec(t.Context(), "set -e\n"+script); err != nil {
		var failed *lab.CommandError
		errors.As(err, &failed)
		t.Fatalf("%v\n%s", err, failed.Stderr)
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
	answer, err := n.conn.Run(t.Context(), remote.Command{Script: roles.ProbeScript(), Args: roles.Questions{Resolvers: b.questions}.Args()})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := roles.ParseFacts(answer.Stdout)
	if err != nil {
		t.Fatalf("%v\n%s", err, answer.Stdout)
	}
	return facts, roles.Judge(facts, n.spec(b))
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
		if _, findings := n.look(t, broken{}); unmet(findings) != nil {
			t.Fatalf("%s is left broken by %q: %v", n.Name(), b.name, unmet(findings))
		}
	}
}

var process = regexp.MustCompile(`process \d+`)

func (n node) try(t *testing.T, b broken) {
	n.on(t, b.breaks)
	facts, findings := n.look(t, b)
	got := pick(t, findings, b.id)
	type seen struct{ Status, Found, Need string }
	want := seen{b.status.String(), b.found, b.need}
	if diff := cmp.Diff(want, seen{got.Status.String(), process.ReplaceAllString(got.Found, "process N"), got.Need}); diff != "" {
		t.Errorf("broken (-want +got):\n%s", diff)
	}
	if b.fixes != nil && got.Hint != "" || b.fixes == nil && (b.hint == "" || !strings.Contains(got.Hint, b.hint)) {
		t.Errorf("a person is told %q, want %q", got.Hint, b.hint)
	}
	var ran []string
	for range 2 { // as the product does: some requirements can be judged only when others hold
		ids, said := n.fix(t, b, facts, findings)
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
	if got := pick(t, findings, b.id); (got.Status == roles.Pass) != (b.fixes != nil && b.fails == "") {
		t.Errorf("after the fixes: %s, found %s", got.Status, got.Found)
	}
	n.on(t, b.then)
	n.on(t, b.repair)
	if _, findings := n.look(t, broken{}); unmet(findings) != nil {
		t.Errorf("in the end: %v", unmet(findings))
	}
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

// unmet are the others that do not hold.
func unmet(findings []roles.Finding) (lines []string) {
	for _, f := range findings {
		if f.Status != roles.Pass && !slices.Contains(machine, f.ID) {
			lines = append(lines, fmt.Sprintf("%s: found %s, need %s", f.ID, f.Found, f.Need))
		}
	}
	return lines
}
