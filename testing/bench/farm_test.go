//go:build lab

package bench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"dcosup/testing/farm"
)

// nodesVariable overrides on how many nodes the farm's benchmarks go: numbers, separated by commas.
const nodesVariable = "DCOSUP_BENCH_NODES"

// sizes are the numbers of nodes.
func sizes(b *testing.B, byDefault string) (all []int) {
	b.Helper()
	text := byDefault
	if set, ok := os.LookupEnv(nodesVariable); ok {
		text = set
	}
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			b.Fatalf("%s=%q: want numbers of nodes, such as 7,50", nodesVariable, text)
		}
		all = append(all, n)
	}
	return all
}

// field is a farm, and what those need who work on it.
type field struct {
	*farm.Farm
	home string   // of whoever works on it: configurations, caches, sockets
	env  []string // for their processes
	job  string   // the directory job
}

// grow starts a farm that ends with the benchmark.
func grow(b *testing.B, count int) field {
	b.Helper()
	var err error
	if program, err = built(); err != nil {
		b.Fatal(err)
	}
	// Short: the path of a socket has room for 107 bytes.
	dir, err := os.MkdirTemp("", "farm-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	f := field{home: filepath.Join(dir, "home")}
	if f.Farm, err = farm.Start(filepath.Join(dir, "farm"), count); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := f.Close(); err != nil {
			b.Error(err)
		}
	})
	if f.job, err = filepath.Abs("job"); err != nil {
		b.Fatal(err)
	}
	if err := os.Mkdir(f.home, 0o700); err != nil {
		b.Fatal(err)
	}
	f.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + f.home, "LANG=C.UTF-8"}
	return f
}

// work runs a command with a script on its stdin, "" for none, and tells what it cost.
func (f field) work(b *testing.B, c *exec.Cmd, script string) (try Try, said string) {
	b.Helper()
	if script != "" {
		in, err := os.Open(script)
		if err != nil {
			b.Fatal(err)
		}
		defer in.Close()
		c.Stdin = in
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if c.Env == nil {
		c.Env = f.env
	}
	before := f.used(b)
	cost, err := farm.Measure(c)
	if err != nil {
		b.Fatalf("%v\n%s", err, out.Bytes())
	}
	return Try{Wall: cost.Wall, CPU: cost.CPU, Nodes: f.used(b) - before, Memory: cost.Memory}, out.String()
}

// used is the nodes' processor time, once they are at rest.
func (f field) used(b *testing.B) time.Duration {
	b.Helper()
	if err := f.Quiet(); err != nil {
		b.Fatal(err)
	}
	used, err := f.CPU()
	if err != nil {
		b.Fatal(err)
	}
	return used
}

// judge says why a node has not got what the job leaves there; nil if it has.
func judge(n farm.Node) error {
	agent := fmt.Sprintf("# settings of %s\nname = %[1]s\ndirectory = %s\nport = 5051\n", n.Name, n.Root)
	environment := fmt.Sprintf("NODE=%s\nWORK_DIR=%s/work\n", n.Name, n.Root)
	sum := sha256.Sum256([]byte(agent + environment))
	var errs []error
	for path, want := range map[string]string{
		"etc/agent.conf": agent, "etc/environment": environment, "ready": hex.EncodeToString(sum[:]) + "\n",
	} {
		got, err := os.ReadFile(filepath.Join(n.Root, path))
		if err == nil && string(got) != want {
			err = fmt.Errorf("%s: %s is %q, want %q", n.Name, path, got, want)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// worker does the job on all nodes.
type worker struct {
	name string
	// probes is set where the answers to the job's questions are in what it prints, a line each.
	probes bool
	// slow is set for those that take some ten times as long as the others: they do fewer rounds.
	slow bool
	do   func(ctx context.Context, f field) (c *exec.Cmd, script string)
}

// workers are the contestants, dcosup first. All talk to fifty nodes at once.
var workers = []worker{
	{name: "dcosup", probes: true, do: func(ctx context.Context, f field) (*exec.Cmd, string) {
		return exec.CommandContext(ctx, program, "exec", "-i", f.Inventory(), "-f", "50", "-o", "json", "--script", f.job+"/job.sh"), ""
	}},
	{name: "clush", probes: true, do: func(ctx context.Context, f field) (*exec.Cmd, string) {
		return clush(ctx, f, "sh"), f.job + "/job.sh"
	}},
	{name: "clush, curve25519", probes: true, do: func(ctx context.Context, f field) (*exec.Cmd, string) {
		return clush(ctx, f, "sh", "-o", "-o KexAlgorithms=curve25519-sha256 -o Ciphers=aes128-gcm@openssh.com"), f.job + "/job.sh"
	}},
	{name: "pssh", probes: true, do: func(ctx context.Context, f field) (*exec.Cmd, string) {
		return exec.CommandContext(ctx, "parallel-ssh", "-h", f.Names(), "-p", "50", "-t", "0", "-i", "-I", "-x", "-F "+f.SSHConfig(), "sh"), f.job + "/job.sh"
	}},
	{name: "mitogen", slow: true, do: func(ctx context.Context, f field) (*exec.Cmd, string) {
		return f.ansible(ctx, "ANSIBLE_STRATEGY=mitogen_linear"), ""
	}},
	{name: "ansible", slow: true, do: func(ctx context.Context, f field) (*exec.Cmd, string) { return f.ansible(ctx), "" }},
}

func clush(ctx context.Context, f field, command string, args ...string) *exec.Cmd {
	args = append([]string{"--hostfile", f.Names(), "-f", "50", "-S", "-o", "-F " + f.SSHConfig()}, args...)
	return exec.CommandContext(ctx, "clush", append(args, command)...)
}

// ansible is Ansible with all that makes it fast: no facts, one connection a node for all tasks, modules over stdin.
func (f field) ansible(ctx context.Context, env ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "ansible-playbook", "-i", f.Inventory(), "playbook.yml")
	c.Dir = f.job
	c.Env = append(append([]string{"ANSIBLE_FORKS=50", "ANSIBLE_PIPELINING=True", "ANSIBLE_GATHERING=explicit", "ANSIBLE_NOCOLOR=1",
		"ANSIBLE_SSH_ARGS=-o ControlMaster=auto -o ControlPersist=60s"}, f.env...), env...)
	return c
}

// BenchmarkJob does a job of twenty steps on every node of a farm: sixteen questions, a directory, two files, a script.
// dcosup, clush and pssh get it as one script, Ansible and mitogen as a playbook. After each try every node is looked at.
func BenchmarkJob(b *testing.B) {
	for _, count := range sizes(b, "7,50,200") {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			f := grow(b, count)
			c := Contest{Nodes: count, Cores: runtime.NumCPU()}
			for _, w := range workers {
				c.Contestants = append(c.Contestants, Contestant{Name: w.name})
			}
			most := rounds(b, 5)
			for round := range most {
				for turn := range workers {
					i := (turn + round) % len(workers) // nobody has always the same one before
					if !workers[i].slow || round < slowRounds(count) {
						one := &c.Contestants[i]
						one.Tries = append(one.Tries, f.try(b, workers[i]))
					}
				}
			}
			show("%s", c.Table())
			c.report(b)
		})
	}
}

// slowRounds is how often the slow do a job. On 200 nodes that takes minutes.
func slowRounds(count int) int {
	if count < 50 {
		return 3
	}
	return 1
}

// try does the job once, and looks whether it was done.
func (f field) try(b *testing.B, w worker) Try {
	b.Helper()
	if err := f.Empty(); err != nil {
		b.Fatal(err)
	}
	c, script := w.do(b.Context(), f)
	t, said := f.work(b, c, script)
	var why []error
	for _, n := range f.Nodes {
		if err := judge(n); err != nil {
			t.Failed++
			why = append(why, err)
		}
	}
	if got, want := strings.Count(said, "probe "), 16*len(f.Nodes); w.probes && t.Failed == 0 && got != want {
		b.Fatalf("%s: %d answers, want %d:\n%s", w.name, got, want, said)
	}
	if t.Failed > 0 {
		show("%s failed on %d nodes, such as: %v\nit said:\n%s", w.name, t.Failed, why[0], said[max(0, len(said)-3000):])
	}
	return t
}

// report adds to the benchmark's line how long others took, as a ratio to the first, and the first to the bound.
func (c Contest) report(b *testing.B) {
	first := c.Contestants[0]
	report(b, first.Name, walls(first))
	for _, one := range c.Contestants[1:] {
		if len(one.Tries) > 0 && one.Failed() == 0 {
			b.ReportMetric(one.Of(Try.wall).Seconds()/first.Of(Try.wall).Seconds(), strings.NewReplacer(", ", "-").Replace(one.Name)+"/"+first.Name)
		}
	}
	b.ReportMetric(first.Of(Try.wall).Seconds()/c.Bound().Seconds(), first.Name+"/bound")
	b.ReportMetric(first.Of(Try.cpu).Seconds()*1000/float64(c.Nodes), "CPU-ms/node")
	b.ReportMetric(float64(first.Memory())/1e6, "MB")
	b.ReportMetric(0, "ns/op") // of no meaning here; 0 takes it out of the line
}

func walls(c Contestant) (all []time.Duration) {
	for _, t := range c.Tries {
		all = append(all, t.Wall)
	}
	return all
}
