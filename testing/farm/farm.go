// Package farm runs many OpenSSH servers on this machine, for measurements: each is a node with an address of its own
// in 127.0.0.0/8, its own host key and its own directory for files. They are sshd as it comes, with its own limits and
// its own cost, and all of them share this machine's cores. No Docker, no root.
//
// Far puts a long way before a node, and Measure tells what a command cost that talks to nodes.
//
//	f, err := farm.Start(dir, 50)
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	cost, err := farm.Measure(exec.Command("dcosup", "exec", "-i", f.Inventory(), "--", "uname -r"))
//
// It is no stand-in for machines: all nodes have the same kernel, the same users and the same programs. What runs on a
// node finds the node's name in $NODE and its directory in $NODE_ROOT, which sshd sets, as it
// does $HOME.
package farm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// port is that of all nodes: their addresses differ.
const port = 2222

// binary is OpenSSH's server, which wants to be called by its full path.
const binary = "/usr/sbin/sshd"

// Farm is a number of running nodes.
type Farm struct {
	// Nodes are n001, n002 and so on.
	Nodes []Node

	Clients
	close chan struct{} // tells the keeper to end the nodes
	ended chan error    // what the keeper found then
}

// Node is one sshd.
type Node struct {
	Name    string
	Address string // in 127.0.0.0/8
	Port    int
	Root    string // its directory

	dir     string // its configuration and keys
	process *os.Process
}

// Start starts so many nodes, at most 250, with all their files in dir, which is made. The nodes end with Close, or with
// this process.
func Start(dir string, count int) (*Farm, error) {
	if count < 1 || count > 250 {
		return nil, fmt.Errorf("a farm of %d nodes: it has 1 to 250", count)
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("no OpenSSH server: %w; testing/lab/prepare.sh sshd installs it", err)
	}
	me, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("looking up who logs in: %w", err)
	}
	f := &Farm{Clients: Clients{dir: dir, user: me.Username, key: filepath.Join(dir, "id_ed25519")}, close: make(chan struct{}), ended: make(chan error, 1)}
	if err := f.layOut(count); err != nil {
		return nil, err
	}
	started := make(chan error)
	go f.keep(started)
	if err := <-started; err != nil {
		return nil, errors.Join(err, <-f.ended)
	}
	at := make([]place, count)
	for i, n := range f.Nodes {
		at[i] = place{n.Address, n.Port}
	}
	if err := f.describe(f.Nodes, at); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close ends all nodes. Their files stay.
func (f *Farm) Close() error {
	close(f.close)
	return <-f.ended
}

// keep starts the nodes and ends them. It has a thread of its own, for the kernel ends a node when the thread ends that
// started it.
func (f *Farm) keep(started chan<- error) {
	runtime.LockOSThread() // and never unlocked: the thread ends with this function
	err := f.startAll()
	started <- err
	if err == nil {
		<-f.close
	}
	f.ended <- f.endAll()
}

// startAll starts the nodes in a network of 256 addresses that nobody listens in.
func (f *Farm) startAll() error {
	if os.Getuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where root's sshd wants to be confined
			return err
		}
	}
	for try := 1; ; try++ {
		network := fmt.Sprintf("127.%d.%d", 64+rand.IntN(190), rand.IntN(256))
		err := f.startIn(network)
		if err == nil {
			return nil
		}
		if try == 20 || !strings.Contains(err.Error(), "in use") {
			return err
		}
		if err := f.endAll(); err != nil {
			return err
		}
	}
}

func (f *Farm) startIn(network string) error {
	for i := range f.Nodes {
		n := &f.Nodes[i]
		n.Address = fmt.Sprintf("%s.%d", network, i+1)
		if err := f.configure(n); err != nil {
			return err
		}
		if err := n.start(); err != nil {
			return err
		}
	}
	return nil
}

// start starts sshd and waits until it listens.
func (n *Node) start() error {
	c := exec.Command(binary, "-D", "-e", "-f", filepath.Join(n.dir, "sshd_config"))
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	log, err := c.StderrPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("%s: starting sshd: %w", n.Name, err)
	}
	n.process = c.Process
	said, lines := "", bufio.NewScanner(log)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Server listening") {
			go io.Copy(io.Discard, log) // ends with the last of its processes
			return nil
		}
		said += lines.Text() + "\n"
	}
	return fmt.Errorf("%s: sshd does not listen: %s", n.Name, strings.TrimSpace(said))
}

// endAll ends all nodes that run, and waits for them.
func (f *Farm) endAll() error {
	var errs []error
	for i := range f.Nodes {
		if p := f.Nodes[i].process; p != nil {
			errs = append(errs, ignoreGone(p.Signal(syscall.SIGTERM)))
		}
	}
	for i := range f.Nodes {
		if n := &f.Nodes[i]; n.process != nil {
			_, err := n.process.Wait()
			errs = append(errs, err)
			n.process = nil
		}
	}
	return errors.Join(errs...)
}

func ignoreGone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Empty makes all nodes' directories and home directories anew, with nothing in them.
func (f *Farm) Empty() error {
	for _, n := range f.Nodes {
		for _, dir := range []string{n.Root, n.home()} {
			if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755)); err != nil {
				return err
			}
		}
	}
	return nil
}

// CPU is the processor time that the nodes have used so far: of every sshd, and of all that it started and that has ended.
// What has not ended does not count yet: see Quiet.
func (f *Farm) CPU() (time.Duration, error) {
	var all time.Duration
	for _, n := range f.Nodes {
		used, err := usedBy(n.process.Pid)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", n.Name, err)
		}
		all += used
	}
	return all, nil
}

// Quiet waits until nobody is connected to any node any more, at most for a minute.
func (f *Farm) Quiet() error {
	deadline := time.Now().Add(time.Minute)
	for _, n := range f.Nodes {
		for len(childrenOf(n.process.Pid)) > 0 {
			if time.Now().After(deadline) {
				return fmt.Errorf("%s: somebody is still connected after a minute", n.Name)
			}
			time.Sleep(5 * time.Millisecond) // nothing tells
		}
	}
	return nil
}
