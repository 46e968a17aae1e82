//go:build lab

package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"dcosup/testing/farm"
	"dcosup/testing/lab"
)

// roundsVariable overrides how often each benchmark does its job in each way.
const roundsVariable = "DCOSUP_BENCH_ROUNDS"

// nodes is the lab of this package, and program the dcosup that is measured.
// Both are there after the first call of up: no benchmark, no lab.
var (
	nodes   *lab.Lab
	program string
	options lab.Options
	bringUp = sync.OnceValue(bring)
)

func TestMain(m *testing.M) {
	farm.Main()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	code := m.Run()
	if options.Dir == "" {
		return code
	}
	ctx := context.Background()
	if err := errors.Join(lab.Remove(ctx, options, false), os.RemoveAll(options.Dir)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// up makes sure that the lab is up.
func up(b *testing.B) {
	b.Helper()
	if err := bringUp(); err != nil {
		b.Fatal(err)
	}
}

// bring brings up seven nodes that lack nothing that would have to be
// downloaded: a package mirror's mood is not what is measured here.
func bring() (err error) {
	if program, err = built(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "dcosup-bench-")
	if err != nil {
		return err
	}
	options = lab.Options{Dir: dir, Name: "dcosup-bench", Flavours: map[string]lab.Flavour{},
		Log: show}
	for _, name := range []string{"bootstrap", "master-1", "agent-1", "agent-2", "agent-3", "agent-4", "public-1"} {
		options.Flavours[name] = lab.Ready
	}
	nodes, err = lab.Up(context.Background(), options)
	return err
}

// built is the program as make builds it.
func built() (path string, err error) {
	if path, err = filepath.Abs("../../bin/dcosup"); err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the program to measure is missing: make build: %w", err)
	}
	return path, nil
}

// rounds is how often a job is done in each way.
func rounds(b *testing.B, byDefault int) int {
	b.Helper()
	text, set := os.LookupEnv(roundsVariable)
	if !set {
		return byDefault
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s=%q: want a number of rounds, 1 or more", roundsVariable, text)
	}
	return n
}

// fresh makes all nodes anew: the same state before every round, down to what
// Docker has loaded and what was ever written.
func fresh(b *testing.B) {
	b.Helper()
	group, ctx := errgroup.WithContext(b.Context())
	for _, n := range nodes.Nodes() {
		group.Go(func() error {
			if err := n.Fresh(ctx); err != nil || n.Group() == lab.Bootstrap {
				return err // the bootstrap node is the time source itself
			}
			// A clock that is not in step yet would be a fix in one round and none in the next.
			_, err := n.Exec(ctx, "chronyc waitsync 60 0 0 1")
			return err
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

// outcome is a command that has ended.
type outcome struct {
	began  time.Time
	took   time.Duration
	stdout []byte
}

// timed runs a command. An exit code that is not in may ends the benchmark.
func timed(b *testing.B, c *exec.Cmd, may ...int) outcome {
	b.Helper()
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	// A process in the background may hold the pipes when the command itself is gone.
	c.WaitDelay = 10 * time.Second
	began := time.Now()
	err := c.Run()
	took := time.Since(began)
	if c.ProcessState == nil || !slices.Contains(append(may, 0), c.ProcessState.ExitCode()) {
		b.Fatalf("%s: %v\n%s\n%s", c, err, stdout.Bytes(), stderr.Bytes())
	}
	return outcome{began, took, stdout.Bytes()}
}

// dcosup runs the program on the lab; its standard output are events.
func dcosup(b *testing.B, command string, may ...int) outcome {
	b.Helper()
	c := exec.CommandContext(b.Context(), program, command, "-i", nodes.InventoryPath(), "-o", "json")
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.TempDir(), "LANG=C.UTF-8"}
	return timed(b, c, may...)
}

// show tells a person how it goes. A benchmark's own log is cut after ten lines.
func show(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// report adds a median to the benchmark's line, in seconds.
func report(b *testing.B, name string, times []time.Duration) {
	b.ReportMetric(Median(times).Seconds(), name+"-s")
}

// reportRatio adds the ratio of two medians.
func reportRatio(b *testing.B, name string, times, to []time.Duration) {
	b.ReportMetric(Median(times).Seconds()/Median(to).Seconds(), name)
	b.ReportMetric(0, "ns/op") // of no meaning here; 0 takes it out of the line
}
