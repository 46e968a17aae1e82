package lab

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// User is who may log in to a node, by the lab's key only; sudo asks nothing.
const User = "student"

// Node is one node of a lab. Its methods need its lab's network to be there;
// they return a [*CommandError] when docker refuses.
type Node struct {
	place place
	lab   *Lab
	image string
	flags []string // of `docker create`, as the engine needs them
}

// Name returns the node's name, which is also its host name.
func (n *Node) Name() string { return n.place.Name }

// Group returns the node's group in the lab's inventory.
func (n *Node) Group() Group { return n.place.Group }

// Flavour returns what the node had and lacked when it was new.
func (n *Node) Flavour() Flavour { return n.place.Flavour }

// Address returns the node's address, which it keeps for the lab's life.
func (n *Node) Address() netip.Addr { return n.place.Address }

func (n *Node) container() string { return n.lab.opts.Name + "-" + n.place.Name }

// Exec runs a script with sh as root in the node, past its sshd, and returns
// what it wrote to standard output. The script has no input.
func (n *Node) Exec(ctx context.Context, script string) (string, error) {
	out, err := n.docker(ctx, "exec", n.container(), "sh", "-c", script)
	if err != nil {
		return out, fmt.Errorf("node %s: %w", n.place.Name, err)
	}
	return out, nil
}

// State returns docker's word for the container (running, paused, exited,
// missing, ...), and for one that runs what systemd says in it.
func (n *Node) State(ctx context.Context) (string, error) {
	s, err := n.inspect(ctx)
	if err != nil || s.State.Status != "running" {
		return s.State.Status, err
	}
	out, err := n.docker(ctx, "exec", n.container(), "systemctl", "is-system-running")
	if word := strings.TrimSpace(out); word != "" {
		return word, nil
	}
	return s.State.Status, err
}

// Fresh makes the node anew from its image and waits until it has booted. Its
// address and its host key stay, everything else on it is lost.
func (n *Node) Fresh(ctx context.Context) error {
	if n.image == "" {
		if err := n.lab.ensureImages(ctx); err != nil {
			return err
		}
	}
	if err := n.remove(ctx); err != nil {
		return err
	}
	return n.create(ctx)
}

// state is what the lab asks of `docker container inspect`.
type state struct {
	ID    string `json:"Id"`
	State struct {
		Status    string // created, running, paused, restarting, exited, dead
		StartedAt string
		Pid       int // of its first process, in the machine
	}
	Config struct{ Labels map[string]string }
}

// missing is the status of a node that has no container.
const missing = "missing"

// inspect returns the node's state. A node without a container is no error.
func (n *Node) inspect(ctx context.Context) (state, error) {
	var none state
	none.State.Status = missing
	ids, err := n.lab.eng.lines(ctx, "container", "ls", "--all", "--quiet", "--no-trunc", "--filter", "name=^/?"+n.container()+"$")
	if err != nil || len(ids) == 0 {
		return none, err
	}
	out, err := n.docker(ctx, "container", "inspect", ids[0])
	if err != nil {
		return none, err
	}
	var list []state
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		return none, fmt.Errorf("node %s: reading its state: %w", n.place.Name, err)
	}
	return list[0], nil
}

// ensure brings the node up from whatever state it is in.
func (n *Node) ensure(ctx context.Context) error {
	s, err := n.inspect(ctx)
	if err != nil {
		return err
	}
	status := s.State.Status
	// One that was created but never started may lack its host key: an earlier
	// Up was interrupted between the two.
	if status == "created" || status != missing && s.Config.Labels[labelSpec] != n.spec() {
		n.lab.opts.Log("%s: not as it would be made now, replacing", n.place.Name)
		status = missing
		if err := n.remove(ctx); err != nil {
			return err
		}
	}
	switch status {
	case "running", "restarting":
	case missing:
		return n.create(ctx)
	case "paused":
		n.lab.opts.Log("%s: is paused, going on", n.place.Name)
		if err := n.Unpause(ctx); err != nil {
			return err
		}
	default:
		n.lab.opts.Log("%s: is %s, starting", n.place.Name, status)
		return n.Start(ctx)
	}
	return n.settle(ctx)
}

// settle waits for a node that was there before. One whose own services have
// failed since is up all the same.
func (n *Node) settle(ctx context.Context) error {
	booted, err := n.ready(ctx)
	if err != nil {
		return err
	}
	n.lab.opts.Log("%s: up at %s, %s", n.place.Name, n.place.Address, booted)
	return nil
}

// remove removes the node's container, if it has one.
func (n *Node) remove(ctx context.Context) error {
	_, err := n.docker(ctx, "rm", "--force", "--volumes", n.container())
	var failed *CommandError
	if errors.As(err, &failed) && strings.Contains(strings.ToLower(failed.Stderr), "no such container") {
		return nil // older clients say so for what newer ones take as done
	}
	return err
}

// create makes the node's container, gives it its host key, starts it and
// waits until it has booted without a failed service.
func (n *Node) create(ctx context.Context) error {
	args := append([]string{"create", "--name=" + n.container(), "--label=" + labelSpec + "=" + n.spec()}, n.createArgs()...)
	if _, err := n.docker(ctx, append(args, n.image)...); err != nil {
		return err
	}
	hostKey, err := n.hostKeyArchive()
	if err != nil {
		return err
	}
	if _, err := n.lab.eng.run(ctx, bytes.NewReader(hostKey), "cp", "-", n.container()+":/etc/ssh"); err != nil {
		return err
	}
	if _, err := n.docker(ctx, "start", n.container()); err != nil {
		return err
	}
	booted, err := n.ready(ctx)
	if err != nil {
		return err
	}
	if booted != running {
		failed, err := n.Exec(ctx, "systemctl --failed --plain --no-legend")
		return errors.Join(fmt.Errorf("node %s: booted, but is %s: %s", n.place.Name, booted, strings.TrimSpace(failed)), err)
	}
	n.lab.opts.Log("%s: new at %s (%s)", n.place.Name, n.place.Address, n.place.Flavour)
	return nil
}

// createArgs are the flags of `docker create` for this node, without the
// container's name.
func (n *Node) createArgs() []string {
	subnet := n.lab.opts.Subnet
	timeSource := fmt.Sprintf("--env=LAB_TIME_SOURCE=%s", addressAt(subnet, places(1)[0].offset))
	if n.place.Group == Bootstrap {
		timeSource = fmt.Sprintf("--env=LAB_TIME_ALLOW=%s", subnet)
	}
	return append([]string{
		"--hostname=" + n.place.Name,
		"--label=" + labelLab + "=" + n.lab.opts.Name,
		"--network=" + n.lab.opts.Name,
		"--network-alias=" + n.place.Name,
		"--ip=" + n.place.Address.String(),
		"--env=LAB_AUTHORIZED_KEY=" + strings.TrimSpace(string(n.lab.keys.login.public)),
		timeSource,
	}, n.flags...)
}

// spec identifies all that a new container of the node would be made of.
func (n *Node) spec() string {
	sum := sha256.New()
	fmt.Fprintln(sum, n.image)
	fmt.Fprintln(sum, strings.Join(n.createArgs(), "\n"))
	sum.Write(n.lab.keys.hosts[n.place.Name].public)
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

func (n *Node) hostKeyArchive() ([]byte, error) {
	key := n.lab.keys.hosts[n.place.Name]
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := errors.Join(
		addFile(w, "ssh_host_ed25519_key", key.private, 0o600),
		addFile(w, "ssh_host_ed25519_key.pub", key.public, 0o644),
		w.Close(),
	)
	return b.Bytes(), err
}

func (n *Node) docker(ctx context.Context, args ...string) (string, error) {
	return n.lab.eng.run(ctx, nil, args...)
}
