//go:build lab

// Package e2e holds whole runs of dcosup on the lab's seven nodes. Each test
// says what a person does and asserts on what the nodes hold afterwards.
//
// The tests share one lab and build on each other's cluster where that saves
// minutes; each brings about by itself what it needs, so that any of them can
// be run alone.
package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"dcosup/testing/lab"
)

// nodes is the lab of this package, and program the dcosup under test; installed says
// that an apply has begun since DC/OS was removed from all nodes.
var (
	nodes     *lab.Lab
	program   string
	installed bool
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx := context.Background()
	var err error
	if program, err = filepath.Abs("../../bin/dcosup"); err == nil {
		_, err = os.Stat(program)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the program under test is missing: make build:", err)
		return 1
	}
	dir, err := os.MkdirTemp("", "dcosup-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	options := lab.Options{Dir: dir, Name: "dcosup-e2e", ReleaseBytes: 20_000_000,
		Log: func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }}
	if nodes, err = lab.Up(ctx, options); err != nil {
		fmt.Fprintln(os.Stderr, "the lab does not come up:", err)
		_ = lab.Remove(ctx, options, false)
		return 1
	}
	defer func() {
		if err := nodes.Down(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return m.Run()
}

// outcome is how a dcosup ended.
type outcome struct {
	code int
	text string // both of its outputs, as a person would see them on a pipe
}

// dcosup runs the program to its end.
func dcosup(t *testing.T, args ...string) outcome {
	t.Helper()
	c := command(t, args...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	began := time.Now()
	err := c.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	t.Logf("dcosup %s: exit code %d after %.1f s\n%s", strings.Join(args, " "), c.ProcessState.ExitCode(), time.Since(began).Seconds(), out.String())
	return outcome{c.ProcessState.ExitCode(), out.String()}
}

// command is a dcosup with a state directory of the test's own and no agent.
func command(t *testing.T, args ...string) *exec.Cmd {
	installed = installed || args[0] == "apply"
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8"}
	return c
}

// must fails the test unless the exit code is the one that is wanted, and the
// text holds all the given words.
func (o outcome) must(t *testing.T, code int, words ...string) {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code: got %d, want %d", o.code, code)
	}
	for _, w := range words {
		if !strings.Contains(o.text, w) {
			t.Errorf("what it said lacks %q", w)
		}
	}
}

func hosts() string { return nodes.InventoryPath() }

// on runs a script in a node past SSH, and fails the test if it fails.
func on(t *testing.T, node, script string) string {
	t.Helper()
	out, err := nodes.Node(node).Exec(t.Context(), script)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// listings are all files of all nodes, with their times.
func listings(t *testing.T) map[string]lab.Listing {
	t.Helper()
	all := map[string]lab.Listing{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, n := range nodes.Nodes() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			listing, err := n.Listing(t.Context(), lab.Lively()...)
			if err != nil {
				t.Errorf("%s: %v", n.Name(), err)
			}
			mu.Lock()
			defer mu.Unlock()
			all[n.Name()] = listing
		}()
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// unchanged fails the test if any file of any node is another than before.
func unchanged(t *testing.T, before map[string]lab.Listing) {
	t.Helper()
	if diff := cmp.Diff(before, listings(t)); diff != "" {
		t.Errorf("the nodes changed (-before +after):\n%s", diff)
	}
}

// variant writes the lab's inventory anew with changes, and returns its path.
func variant(t *testing.T, changeHosts, changeVars func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	for name, change := range map[string]func(string) string{"hosts": changeHosts, "group_vars/all.yml": changeVars} {
		data, err := os.ReadFile(filepath.Join(nodes.Dir(), name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if change != nil {
			text = change(text)
			if text == string(data) {
				t.Fatalf("the change of %s changes nothing", name)
			}
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "hosts")
}

func replace(old, new string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, new, 1) }
}

// setting is a change of the variables: lines before cluster_name, in dcos.config.
func setting(lines ...string) func(string) string {
	return func(text string) string {
		at := strings.Index(text, "cluster_name:")
		indent := text[strings.LastIndex(text[:at], "\n"):at]
		return text[:at] + strings.Join(lines, indent) + indent + text[at:]
	}
}

// release is a change of the variables: another download, with its checksum.
func release(download, sum string) func(string) string {
	return func(text string) string {
		var kept []string
		for line := range strings.Lines(text) {
			switch key, _, _ := strings.Cut(strings.TrimSpace(line), ":"); key {
			case "download":
				kept = append(kept, "    download: "+download+"\n", "    download_checksum: sha256:"+sum+"\n")
			case "download_checksum":
			default:
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
}

func sha256Of(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))
}

// eventually waits until a condition holds; the test's own deadline bounds it.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-t.Context().Done():
			t.Fatalf("%s: never", what)
		case <-tick.C:
		}
	}
}

// anew makes nodes anew from their images, all at once.
func anew(ctx context.Context, t *testing.T, names ...string) {
	t.Helper()
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range names {
		group.Go(func() error { return nodes.Node(name).Fresh(ctx) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// cluster brings up the whole cluster, if it is not.
func cluster(t *testing.T) {
	t.Helper()
	if dcosup(t, "status", "-i", hosts()).code != 0 {
		dcosup(t, "apply", "-i", hosts()).must(t, 0)
	}
}

// noCluster removes DC/OS from all nodes.
func noCluster(t *testing.T) {
	t.Helper()
	if installed {
		dcosup(t, "reset", "--yes", "-i", hosts()).must(t, 0)
		installed = false
	}
}

// agents are the lab's agents, of both kinds.
func agents() []string { return []string{"agent-1", "agent-2", "agent-3", "agent-4", "public-1"} }
