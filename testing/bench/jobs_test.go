//go:build lab

package bench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dcosup/roles"
)

// BenchmarkJob does a job of twenty steps on every node of a farm: sixteen questions, a directory, two files, a script.
// dcosup, clush and pssh get it as one script, Ansible and mitogen as a playbook. After each try every node is looked at.
func BenchmarkJob(b *testing.B) {
	for _, count := range sizes(b, "7,50,200") {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			f := grow(b, count)
			twentySteps(f).compare(b, f)
		})
	}
}

// twentySteps is the job in the directory job.
func twentySteps(f field) job {
	script := filepath.Join(f.job, "job.sh")
	workers := []worker{{name: "dcosup", answered: probed, command: func(ctx context.Context, f field) *exec.Cmd {
		return dcosupOn(ctx, f.Inventory(), "exec", "--script", script)
	}}}
	workers = append(workers, byScript(script, probed)...)
	return job{done: leftThere, workers: append(workers,
		worker{name: "mitogen", slow: true, command: func(ctx context.Context, f field) *exec.Cmd {
			return f.ansible(ctx, "ANSIBLE_STRATEGY=mitogen_linear")
		}},
		worker{name: "ansible", slow: true, command: func(ctx context.Context, f field) *exec.Cmd { return f.ansible(ctx) }},
	)}
}

// probed counts the nodes that have answered all of the job's questions.
func probed(said string) int { return strings.Count(said, "probe ") / 16 }

// found counts the nodes that check could look at.
func found(said string) int { return lines(said, `"type":"node-found"`) - lines(said, `"failure":`) }

// leftThere says why a node has not got the job's files.
func leftThere(f field, i int) error {
	n := f.Nodes[i]
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

// BenchmarkProbe has `dcosup check` look at every node of a farm, and the peers start its script there.
func BenchmarkProbe(b *testing.B) {
	for _, count := range sizes(b, "7,50,200") {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			f := grow(b, count)
			cluster, script := f.cluster(b), filepath.Join(f.home, "probe.sh")
			if err := os.WriteFile(script, []byte(roles.ProbeScript()), 0o600); err != nil {
				b.Fatal(err)
			}
			workers := []worker{{name: "check", answered: found, command: func(ctx context.Context, f field) *exec.Cmd {
				return dcosupOn(ctx, f.Inventory(), "check", "-i", cluster)
			}}}
			whole := func(said string) int { return strings.Count(said, "dcosup-facts end") }
			job{workers: append(workers, byScript(script, whole)...)}.compare(b, f)
			f.singles(b, cluster, script)
		})
	}
}

// singles holds check against `ssh NODE sh` with its script: the longest one while all of them run at once, as check's
// do, and the longest one alone on the machine.
func (f field) singles(b *testing.B, cluster, script string) {
	b.Helper()
	var check, beside, alone []time.Duration
	for range rounds(b, 5) {
		t, _ := f.work(b, dcosupOn(b.Context(), f.Inventory(), "check", "-i", cluster), "")
		check = append(check, t.Wall)
		var all sync.WaitGroup
		longest := make([]time.Duration, len(f.Nodes))
		for i, n := range f.Nodes {
			all.Go(func() { longest[i] = f.single(b, n.Name, script) })
		}
		all.Wait()
		beside = append(beside, slices.Max(longest))
		most := time.Duration(0)
		for _, n := range f.Nodes[:min(len(f.Nodes), 7)] { // they are all alike
			most = max(most, f.single(b, n.Name, script))
		}
		alone = append(alone, most)
	}
	b.ReportMetric(Median(check).Seconds()/Median(beside).Seconds(), "check/ssh-beside")
	b.ReportMetric(Median(check).Seconds()/Median(alone).Seconds(), "check/ssh-alone")
}

// single looks at one node.
func (f field) single(b *testing.B, node, script string) time.Duration {
	in, err := os.Open(script)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer in.Close()
	c := exec.CommandContext(b.Context(), "ssh", "-F", f.SSHConfig(), node, "sh")
	c.Stdin, c.Env = in, f.env
	began := time.Now()
	out, err := c.Output()
	if err != nil || !strings.Contains(string(out), "dcosup-facts end") {
		b.Errorf("%s: %v: the answer is not whole: %q", node, err, out)
	}
	return time.Since(began)
}
