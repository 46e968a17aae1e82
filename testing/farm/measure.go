package farm

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Cost is what a command took on the machine that it ran on, with all processes that it started: those too that went to
// the background, as ssh's masters do.
type Cost struct {
	Wall     time.Duration
	CPU      time.Duration // user and system
	Memory   int64         // the most that all processes had together, in bytes
	ExitCode int           // -1: a signal ended it
}

// measuring is set in the environment of a process that is to measure its arguments.
const measuring = "DCOSUP_FARM_MEASURE"

// Main is called first by the TestMain of a package that uses Measure: the processes of a command are counted by a
// process of their own, which is this program again. Everywhere else it does nothing.
func Main() {
	if os.Getenv(measuring) == "" {
		return
	}
	os.Unsetenv(measuring)
	cost, err := measure(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.NewFile(3, "cost")).Encode(cost)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measuring:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Measure runs a command, of which it takes the arguments, environment, directory and streams. What the command has left
// in the background is ended. An exit code is no error.
func Measure(c *exec.Cmd) (Cost, error) {
	self, err := os.Executable()
	if err != nil {
		return Cost{}, err
	}
	if c.Err != nil {
		return Cost{}, c.Err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return Cost{}, err
	}
	defer read.Close()
	m := exec.Command(self, append([]string{c.Path}, c.Args[1:]...)...)
	m.Dir, m.Stdin, m.Stdout, m.Stderr = c.Dir, c.Stdin, c.Stdout, c.Stderr
	m.Env = append(c.Environ(), measuring+"=1")
	m.ExtraFiles = []*os.File{write}
	err = m.Start()
	write.Close()
	if err != nil {
		return Cost{}, err
	}
	var cost Cost
	decodeErr := json.NewDecoder(read).Decode(&cost)
	if err := m.Wait(); err != nil {
		return cost, fmt.Errorf("%s: %w", strings.Join(c.Args, " "), err)
	}
	return cost, decodeErr
}

// measure runs a command as the only child of this process, to which whatever it leaves behind comes.
func measure(args []string) (cost Cost, err error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return cost, fmt.Errorf("becoming the one that orphans come to: %w", err)
	}
	c := exec.Command(args[0], args[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	began := time.Now()
	if err := c.Start(); err != nil {
		return cost, err
	}
	stop := watchMemory(&cost.Memory)
	err = c.Wait()
	cost.Wall = time.Since(began)
	cost.ExitCode = c.ProcessState.ExitCode()
	stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return cost, err
	}
	reap()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &used); err != nil {
		return cost, err
	}
	cost.CPU = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	cost.Memory = max(cost.Memory, used.Maxrss<<10) // of the largest alone, but the kernel misses no moment
	return cost, nil
}

// watchMemory notes the most memory that all processes below this one have together. To look costs time that the command
// would have had: at most a twentieth goes into it.
func watchMemory(most *int64) (stop func()) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			began := time.Now()
			var sum int64
			for _, pid := range below(os.Getpid()) {
				sum += memoryOf(pid)
			}
			*most = max(*most, sum)
			select {
			case <-done:
				return
			case <-time.After(max(20*time.Since(began), 20*time.Millisecond)):
			}
		}
	})
	return func() {
		close(done)
		watching.Wait()
	}
}

// reap ends what the command has left behind, and waits for it: only then the kernel adds its time.
func reap() {
	for began := time.Now(); ; {
		signal := syscall.SIGTERM
		if time.Since(began) > 5*time.Second {
			signal = syscall.SIGKILL
		}
		for _, pid := range below(os.Getpid()) {
			_ = syscall.Kill(pid, signal) // it may be gone already
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if errors.Is(err, syscall.ECHILD) {
				return
			}
			if pid == 0 {
				break
			}
		}
		time.Sleep(5 * time.Millisecond) // what was told to end takes its time
	}
}
