//go:build lab

package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// peersVariable overrides with whom dcosup is compared: names of workers, separated by commas.
const peersVariable = "DCOSUP_BENCH_PEERS"

// worker does a job on all nodes of a farm, fifty at a time.
type worker struct {
	name string
	// slow is set for those that take some ten times as long as the others: they do fewer rounds.
	slow    bool
	command func(ctx context.Context, f field) *exec.Cmd
	script  string // a file that is the command's stdin; "": it has none
	// answered counts the nodes whose answers are whole by what was printed. nil: the answers are not printed.
	answered func(said string) int
}

// patience is how many seconds a connection may take: all nodes share one machine, so that their load is no failure.
const patience = "120"

// job is what workers do, dcosup being the first of them.
type job struct {
	workers []worker
	// done says why a node has not got what the job leaves there; nil if it has. nil: the job leaves nothing.
	done func(f field, i int) error
}

// byScript are the peers that pass a script on to the nodes' shells. ssh's own first choice of algorithms costs more than
// the one that dcosup asks for first: clush has both.
func byScript(script string, answered func(said string) int) []worker {
	return []worker{
		{name: "clush", script: script, answered: answered, command: func(ctx context.Context, f field) *exec.Cmd {
			return f.clush(ctx)
		}},
		{name: "clush-curve25519", script: script, answered: answered, command: func(ctx context.Context, f field) *exec.Cmd {
			return f.clush(ctx, "-o KexAlgorithms=curve25519-sha256", "-o Ciphers=aes128-gcm@openssh.com")
		}},
		{name: "pssh", script: script, answered: answered, command: func(ctx context.Context, f field) *exec.Cmd {
			return exec.CommandContext(ctx, "parallel-ssh", "-h", f.Names(), "-p", "50", "-t", "0", "-i", "-I", "-x", "-F "+f.SSHConfig(), "sh")
		}},
	}
}

// clush is clush with a script to come on stdin; options are ssh's.
func (f field) clush(ctx context.Context, options ...string) *exec.Cmd {
	options = append([]string{"-F " + f.SSHConfig()}, options...)
	return exec.CommandContext(ctx, "clush", "--hostfile", f.Names(), "-f", "50", "-t", patience, "-S", "-o", strings.Join(options, " "), "sh")
}

// ansible is Ansible with all that makes it fast: no facts, one connection a node for all tasks, modules over stdin.
func (f field) ansible(ctx context.Context, env ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "ansible-playbook", "-i", f.Inventory(), "playbook.yml")
	c.Dir = f.job
	c.Env = append(append([]string{"ANSIBLE_FORKS=50", "ANSIBLE_TIMEOUT=" + patience, "ANSIBLE_PIPELINING=True", "ANSIBLE_GATHERING=explicit", "ANSIBLE_NOCOLOR=1",
		"ANSIBLE_SSH_ARGS=-o ControlMaster=auto -o ControlPersist=30m"}, f.env...), env...)
	return c
}

// dcosupOn is a command of the program on the nodes of an inventory. What it prints are objects, one a line.
func dcosupOn(ctx context.Context, inventory string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, program, append([]string{args[0], "-i", inventory, "-f", "50", "-T", patience, "-o", "json"}, args[1:]...)...)
}

// chosen are the workers that are to be compared.
func (j job) chosen(b *testing.B) []worker {
	b.Helper()
	names, set := os.LookupEnv(peersVariable)
	if !set {
		return j.workers
	}
	for name := range strings.SplitSeq(names, ",") {
		if !slices.Contains([]string{"clush", "clush-curve25519", "pssh", "mitogen", "ansible"}, name) {
			b.Fatalf("%s=%q: there is no peer %q", peersVariable, names, name)
		}
	}
	chosen := strings.Split(names, ",")
	return slices.DeleteFunc(slices.Clone(j.workers), func(w worker) bool { return w.name != j.workers[0].name && !slices.Contains(chosen, w.name) })
}

// compare has all workers do the job by turns, and shows how they did.
func (j job) compare(b *testing.B, f field) {
	b.Helper()
	workers := j.chosen(b)
	c := Contest{Nodes: len(f.Nodes), Cores: runtime.NumCPU()}
	for _, w := range workers {
		c.Contestants = append(c.Contestants, Contestant{Name: w.name})
	}
	for round := range rounds(b, 5) {
		for turn := range workers {
			i := (turn + round) % len(workers)
			if one := &c.Contestants[i]; !workers[i].slow || round < slowRounds(len(f.Nodes)) {
				one.Tries = append(one.Tries, j.try(b, f, workers[i]))
			}
		}
	}
	show("%s", c.Table())
	c.report(b)
}

// slowRounds is how often the slow do a job. On 200 nodes that takes minutes.
func slowRounds(count int) int {
	if count < 50 {
		return 3
	}
	return 1
}

// try has the job done once, and looks whether it was.
func (j job) try(b *testing.B, f field, w worker) Try {
	b.Helper()
	if err := f.Empty(); err != nil {
		b.Fatal(err)
	}
	t, said := f.work(b, w.command(b.Context(), f), w.script)
	var why error
	if w.answered != nil {
		if n := w.answered(said); n < len(f.Nodes) {
			t.Failed, why = len(f.Nodes)-n, fmt.Errorf("%d answers", n)
		}
	}
	undone := 0
	for i := range f.Nodes {
		if j.done == nil {
			break
		}
		if err := j.done(f, i); err != nil {
			undone++
			why = err
		}
	}
	if t.Failed = max(t.Failed, undone); t.Failed > 0 {
		show("%s failed on %d nodes: %v\nit said:\n%s", w.name, t.Failed, why, said[max(0, len(said)-3000):])
	}
	return t
}

// report adds to the benchmark's line how long others took, as a ratio to the first, and the first to the bound.
func (c Contest) report(b *testing.B) {
	first := c.Contestants[0]
	b.ReportMetric(first.Of(Try.wall).Seconds(), first.Name+"-s")
	for _, one := range c.Contestants[1:] {
		if len(one.Tries) > 0 && one.Failed() == 0 {
			b.ReportMetric(one.Of(Try.wall).Seconds()/first.Of(Try.wall).Seconds(), one.Name+"/"+first.Name)
		}
	}
	b.ReportMetric(first.Of(Try.wall).Seconds()/c.Bound().Seconds(), first.Name+"/bound")
	b.ReportMetric(c.Spent(first), "CPU/bound")
	b.ReportMetric(c.each(first.Of(Try.cpu)), "CPU-ms/node")
	b.ReportMetric(float64(first.Memory())/1e6, "MB")
	b.ReportMetric(0, "ns/op") // of no meaning here; 0 takes it out of the line
}

// lines counts those with a word in them.
func lines(said string, word string) (all int) {
	for line := range strings.Lines(said) {
		if strings.Contains(line, word) {
			all++
		}
	}
	return all
}

// seconds is how long something took by its tries.
func seconds(all []Try) time.Duration { return Contestant{Tries: all}.Of(Try.wall) }
