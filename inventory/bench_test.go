//go:build ansible

package inventory_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkList lists ten thousand hosts with five variables each by dcosup, and
// once by ansible-inventory in the same minute: how many times faster it is, and
// how much memory it takes at most.
//
//	go test -tags ansible -run '^$' -bench List -benchtime 5x ./inventory
func BenchmarkList(b *testing.B) {
	ansible, err := exec.LookPath("ansible-inventory")
	if err != nil {
		b.Fatal("ansible-inventory, with which this is compared, is missing: install ansible-core")
	}
	dcosup := filepath.Join(b.TempDir(), "dcosup")
	if out, err := exec.Command("go", "build", "-o", dcosup, "dcosup").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	var ini, yaml strings.Builder
	ini.WriteString("[agents]\n")
	yaml.WriteString("agents:\n  hosts:\n")
	for i := range 10_000 {
		fmt.Fprintf(&ini, "agent-%d ansible_host=10.%d.%d.%d rack=r%d zone='eu west' weight=%d labels=\"['ssd', 'x']\"\n", i, i>>16, i>>8&255, i&255, i%40, i%7)
		fmt.Fprintf(&yaml, "    agent-%d: {ansible_host: 10.%d.%d.%d, rack: r%d, zone: eu west, weight: %d, labels: [ssd, x]}\n", i, i>>16, i>>8&255, i&255, i%40, i%7)
	}
	for _, format := range []struct{ name, text string }{{"hosts", ini.String()}, {"hosts.yml", yaml.String()}} {
		b.Run(format.name, func(b *testing.B) {
			dir := b.TempDir()
			write(b, dir, format.name, format.text)
			write(b, dir, "ansible.cfg", "")
			theirs := run(b, dir, ansible, "-i", format.name, "--list")
			var ours cost
			for b.Loop() {
				c := run(b, dir, dcosup, "inventory", "list", "-i", format.name)
				ours.took, ours.cpu, ours.peak = ours.took+c.took, ours.cpu+c.cpu, max(ours.peak, c.peak)
			}
			b.ReportMetric(float64(theirs.took)*float64(b.N)/float64(ours.took), "times-faster")
			b.ReportMetric(float64(theirs.cpu)*float64(b.N)/float64(ours.cpu), "times-less-cpu")
			b.ReportMetric(float64(ours.peak)/1024, "peak-MB")
			b.ReportMetric(float64(theirs.peak)/1024, "ansible-peak-MB")
		})
	}
}

func write(b *testing.B, dir, name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

// cost is what a command took.
type cost struct {
	took, cpu time.Duration
	peak      int64 // KB
}

// run runs a command that prints an inventory.
func run(b *testing.B, dir, name string, args ...string) cost {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	start := time.Now()
	if out, err := cmd.Output(); err != nil || len(out) < 1_000_000 {
		b.Fatalf("%s: %v, and %d bytes", name, err, len(out))
	}
	state := cmd.ProcessState
	return cost{time.Since(start), state.UserTime() + state.SystemTime(), state.SysUsage().(*syscall.Rusage).Maxrss}
}
