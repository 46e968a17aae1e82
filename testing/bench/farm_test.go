//go:build lab

package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// cluster writes an inventory that makes the nodes a cluster's: a bootstrap node, three masters (one where they are few),
// and agents. It is read beside the farm's own. Nobody answers at its resolver, which shows at once.
func (f field) cluster(b *testing.B) string {
	b.Helper()
	masters := 3
	if len(f.Nodes) < 5 {
		masters = 1
	}
	var text strings.Builder
	for i, n := range f.Nodes {
		switch i {
		case 0:
			text.WriteString("[bootstraps]\n")
		case 1:
			text.WriteString("[masters]\n")
		case 1 + masters:
			text.WriteString("[agents_private]\n")
		}
		fmt.Fprintln(&text, n.Name)
	}
	text.WriteString(`[all:vars]
dcos={"download": "https://downloads.example/dcos_generate_config.sh", "version": "2.1.0", "config": {"cluster_name": "farm", "resolvers": ["127.0.0.1"]}}
`)
	path := filepath.Join(f.home, "cluster")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}
